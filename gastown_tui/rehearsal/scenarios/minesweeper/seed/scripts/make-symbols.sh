#!/bin/sh
# Writes minesweeper/symbols.py from art/symbols.txt.
set -eu
cd "$(dirname "$0")/.."
{
    printf '"""What each kind of cell looks like. Made by scripts/make-symbols.sh; change art/symbols.txt instead."""\n\n'
    while read -r name symbol; do
        [ "$symbol" = _ ] && symbol=' '
        printf '%s = "%s"\n' "$name" "$symbol"
    done < art/symbols.txt
} > minesweeper/symbols.py
echo "minesweeper/symbols.py is made of $(grep -c . art/symbols.txt) symbols"
