#!/bin/sh
# Trains on scikit-learn's diabetes table in the folder demo/, then predicts. Start it with: make demo
set -eu

cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"
mkdir -p demo
cd demo
rm -f diabetes.csv model.glassnet predictions.csv  # of the last demo

# Shows a command as one would type it, then runs it.
show() {
    printf '\n$ %s\n' "$*"
    "$@"
}

show glassnet demo
show glassnet train diabetes.csv --target target -o model.glassnet
show glassnet predict model.glassnet diabetes.csv -o predictions.csv

printf '\nDone. Your files:\n'
for file in diabetes.csv model.glassnet predictions.csv; do
    printf '  %s\n' "$PWD/$file"
done
printf 'To go on, type:  cd demo && . ../.venv/bin/activate && glassnet --help\n'
