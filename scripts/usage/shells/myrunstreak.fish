# Completion of myrunstreak in fish.
function __myrunstreak_complete
    set -l words (commandline -opc)
    set -l begun (commandline -ct)
    set -l found ($words[1] __complete $words[2..-1] "$begun" 2>/dev/null)
    if test "$found[1]" = :files
        __fish_complete_path "$begun"
    else if set -q found[1]
        printf '%s\n' $found
    end
end
complete --command myrunstreak --no-files --arguments '(__myrunstreak_complete)'
