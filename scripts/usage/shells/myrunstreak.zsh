#compdef myrunstreak
# Completion of myrunstreak in zsh.
_myrunstreak() {
    local line
    local -a found
    while IFS= read -r line; do
        if [[ $line == :files ]]; then
            _files
            return
        fi
        found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    done < <("$words[1]" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)
    _describe -V myrunstreak found
}
# As a file in $fpath zsh runs this text as the function; elsewhere it is told of it.
if [[ $funcstack[1] == _myrunstreak ]]; then
    _myrunstreak "$@"
else
    compdef _myrunstreak myrunstreak
fi
