# SPDX-License-Identifier: Apache-2.0
# What the gates share: TAP, and the lists of files. Sourced by bash from the root of the tree; every gate works on the tree it stands in.
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2
export LC_ALL=C
unset MAKEFLAGS MFLAGS MAKELEVEL
build=${NAVETTE_BUILD:-build/release}
tests=0 broken=0

# verdict NAME OFFENCES: passes when there are none, and shows them when there are.
verdict()
{
    tests=$((tests + 1))
    if [ -z "$2" ]; then
        echo "ok $tests - $1"
    else
        broken=$((broken + 1))
        echo "not ok $tests - $1"
        printf '%s\n' "$2" | sed 's/^/#   /'
    fi
}

skip() # NAME, REASON
{
    tests=$((tests + 1))
    echo "ok $tests - $1 # SKIP $2"
}

finish()
{
    echo "1..$tests"
    [ "$broken" -eq 0 ]
    exit
}

# our files: what is built, and what tools leave behind, is not ours
files()
{
    find . \( -name .git -o -name build -o -name __pycache__ -o -name node_modules \) -prune -o -type f -print | sed 's|^\./||' | sort
}

c_files()
{
    files | grep -E '\.[ch]$'
}
