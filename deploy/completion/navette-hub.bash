# SPDX-License-Identifier: Apache-2.0
# bash completion for navette-hub: commands and options come from its own --help, so they are those of the version that is installed.

# The lines of --help: one a command, "words ARGUMENTS [--option]...".
_navette_hub_commands() { navette-hub --help 2>/dev/null | grep '^[a-z]' | sed 's/^navette-hub serve .*/serve/; /^navette-hub /d'; }

# The places the hub knows, asked with the folder or the socket typed so far.
_navette_hub_places()
{
    local where=() i
    for ((i = 1; i + 1 < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in --folder | --control | --config) where+=("${COMP_WORDS[i]}" "${COMP_WORDS[i + 1]}") ;; esac
    done
    navette-hub places --json "${where[@]}" 2>/dev/null | sed 's/},{/\n/g' | sed -n 's/.*"code":"\([^"]*\)".*/\1/p'
}

_navette_hub_known() # COMMAND --option: what may follow it
{
    case $1,$2 in
    *,--place | *,--host | *,--places | *,--destination) _navette_hub_places ;;
    *,--lang) printf 'fr\nen\n' ;;
    *,--log) printf 'info\nwarning\nerror\n' ;;
    *,--role) printf 'branch\nrelay\ncarrier\ncoordinator\nreader\n' ;;
    *,--scope) printf 'network\nown\n' ;;
    place*,--kind) printf 'branch\nrelay\ndepot\nreturn-box\nvehicle\n' ;;
    *,--kind) printf 'item\nbag\ncrate\n' ;;
    settle*,--reason) printf 'not-sent\nwrong-place\ndid-not-occur\nwrong-data\nlong-missing\ndamaged\nreplaced\nsurplus\nother\n' ;;
    *,--need) printf 'none\ncode\npin\npassphrase\n' ;;
    *,--unknown) printf 'refuse\nrecord\n' ;;
    *,--verdict) printf 'undecidable\nprovisional\nproven\nwithdrawn\nsettled\n' ;;
    *,--reason) printf 'key-lost\nkey-stolen\nreplaced\nsurplus\nother\n' ;;
    *,--state) printf 'shelf\nstaged\nin-container\nin-transit\nwith-person\nisolated\ncleaning\nmissing\nlost\ndamaged\nwithdrawn\nclean\npacked\nat-relay\n' ;;
    *) return 1 ;;
    esac
}

_navette_hub()
{
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} words=() offered word i line
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        case $word in
        --json | --csv | --by-home | --stock | --gaps | --unpaired | --verify | --lead | --forget | --now | --help) ;;
        --*) i=$((i + 1)) ;;
        *) words+=("$word") ;;
        esac
    done
    case $previous in
    --folder | --control | --config | --file | --out)
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return
        ;;
    --json | --csv | --by-home | --stock | --gaps | --unpaired | --verify | --lead | --forget | --now | --help) ;;
    --*)
        word=$(_navette_hub_known "${words[0]-}" "$previous") && mapfile -t COMPREPLY < <(compgen -W "$word" -- "$current")
        return
        ;;
    esac
    line=$(_navette_hub_commands)
    case ${#words[@]},${words[0]-} in
    0,) offered="$(sed 's/ .*//' <<<"$line" | sort -u) --help" ;;
    1,operators) offered="rule add end reset $(_navette_hub_places)" ;;
    2,operators) offered=$(_navette_hub_places) ;;
    1,place | 1,rule) offered=$(sed -n "s/^${words[0]} \([a-z]*\) .*/\1/p" <<<"$line") ;;
    1,enrol | 1,revoke | 1,rights | 1,choose | 1,compare) offered=$(_navette_hub_places) ;;
    1,backup | 1,restore)
        [[ $current == -* ]] || mapfile -t COMPREPLY < <(compgen -f -- "$current")
        [[ $current == -* ]] || return
        ;;
    1,stick) offered=in ;;
    1,erase) offered='order person' ;;
    1,recovery) offered='new show' ;;
    1,rekey) offered=show ;;
    *,stick)
        [[ $current == -* ]] || mapfile -t COMPREPLY < <(compgen -f -- "$current")
        [[ $current == -* ]] || return
        ;;
    2,rule) offered='isolation grace late overdue' ;;
    esac
    if ((${#words[@]} > 0)) && [[ ${words[0]} != serve ]]; then
        offered+=" $(grep -E "^${words[0]}( |\$)" <<<"$line" | grep -o -- '--[a-z-]*') --folder --control --config --json --lang"
    elif ((${#words[@]} > 0)); then
        offered=$(navette-hub --help 2>/dev/null | sed -n '/^$/q; s/^  \(--[a-z-]*\).*/\1/p')
    fi
    mapfile -t COMPREPLY < <(compgen -W "${offered-}" -- "$current")
}

complete -F _navette_hub navette-hub
