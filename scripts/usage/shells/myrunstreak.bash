# Completion of myrunstreak in bash.
_myrunstreak() {
    local line
    COMPREPLY=()
    while IFS= read -r line; do
        if [[ $line == :files ]]; then
            # Not before bash 4, which macOS has not.
            compopt -o default 2>/dev/null || COMPREPLY=($(compgen -f -- "$2"))
        else
            COMPREPLY+=("${line%%$'\t'*}")
        fi
    done < <("$1" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _myrunstreak myrunstreak
