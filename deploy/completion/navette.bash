# SPDX-License-Identifier: Apache-2.0
# bash completion for navette: the words come from navette itself, so they are those of the version that is installed.

_navette_known() # --option: what may follow it
{
    case $1 in
    --to | --home | --owner | --peer | --place | --now-at) navette places --json 2>/dev/null | sed 's/},{/\n/g' | sed -n 's/.*"code":"\([^"]*\)".*/\1/p' ;;
    --sheet) navette labels --sheets --json 2>/dev/null | sed 's/},{/\n/g' | sed -n 's/.*"sheet":"\([^"]*\)".*/\1/p' ;;
    --code) printf '128\nqr\n' ;;
    --lang) printf 'fr\nen\n' ;;
    --party) printf 'giver\ncarrier\ntaker\n' ;;
    --direction) printf 'out\nback\n' ;;
    --state) printf 'shelf\nstaged\nin-container\nin-transit\nwith-person\nmissing\nlost\nwithdrawn\nat-relay\nclean\npacked\n' ;;
    --profile | --show-profile) navette import --profiles | cut -d' ' -f1 ;;
    --verdict) printf 'undecidable\nprovisional\nproven\nwithdrawn\nsettled\n' ;;
    --reason) printf 'worn\ndamaged\nlong-missing\nreplaced\nsurplus\nabsent\ndeclined\naddress\nwrong-place\nfull\nnot-sent\nwrong-data\ndid-not-occur\nitem-unknown\ncard-unknown\nblocked\nother\n' ;;
    *) return 1 ;;
    esac
}

_navette()
{
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} words=() word
    COMPREPLY=()
    case $previous in
    --folder | --socket | --file | --out | --key)
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return
        ;;
    esac
    if [[ $previous == --* ]] && word=$(_navette_known "$previous"); then
        mapfile -t COMPREPLY < <(compgen -W "$word" -- "$current")
        return
    fi
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        [[ $word == -* ]] || words+=("$word")
    done
    if [[ ${words[0]-} == operations && ${#words[@]} -eq 1 && $current != -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W 'resume close' -- "$current")
        return
    fi
    if [[ (${words[0]-} == import || (${words[0]-} == hub-keys && ${#words[@]} -ge 1) || (${words[0]-} == stick && ${#words[@]} -ge 2)) && $current != -* ]]; then
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return
    fi
    mapfile -t COMPREPLY < <(compgen -W "$(navette help --words "${words[@]:0:2}" 2>/dev/null)" -- "$current")
}

complete -F _navette navette
