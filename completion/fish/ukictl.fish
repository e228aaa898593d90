# SPDX-License-Identifier: BSD-2-Clause
# fish completion for ukictl(8): ukictl knows what may follow; here are only files and folders.

function __ukictl_complete
    set -l typed (commandline -opc)
    set -l word (commandline -ct)
    set -l option (string match -r -- '^--[^=]*=' "$word")
    for line in (ukictl --complete $typed[2..-1] "$word" 2>/dev/null)
        switch $line
            case '|FILE'
                string replace -r -- '^' "$option" (__fish_complete_path (string replace -- "$option" '' "$word"))
            case '|DIR'
                string replace -r -- '^' "$option" (__fish_complete_directories (string replace -- "$option" '' "$word") '')
            case '*'
                string replace '|' \t -- "$option$line"
        end
    end
end

complete -c ukictl -f -a '(__ukictl_complete)'
