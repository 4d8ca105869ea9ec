#!/bin/sh
# Runs the layers of the tests one after the other: test_layers.sh BOUND NAME BOUND MARKERS ARGS [NAME BOUND MARKERS ARGS …].
# A bound is in seconds, of all layers or of one, or `none`; times are told beside it and never fail a run.
# Each layer prints its time and pytest's closing line; those lines come again at the end. All layers run, also
# after one has failed; then the exit code is 1. PYTEST is the program, ARGS a layer's further arguments, in one word.
set -u
log=$(mktemp)
summary=$(mktemp)
trap 'rm -f "$log" "$summary"' EXIT
failed=0
total=0
bound_of_all=$1
shift

beside() {
    [ "$1" = none ] || printf ' (bound: %s s)' "$1"
}

while [ $# -ge 4 ]; do
    began=$(date +%s)
    printf '== %s tests\n' "$1"
    # shellcheck disable=SC2086 # what is one word here are several for pytest
    { "$PYTEST" -m "$3" $4; echo $? >"$log.code"; } 2>&1 | tee "$log"
    code=$(cat "$log.code")
    rm -f "$log.code"
    seconds=$(($(date +%s) - began))
    total=$((total + seconds))
    # 5: the layer has no test.
    if [ "$code" -ne 5 ]; then
        [ "$code" -eq 0 ] || failed=1
        printf '== %s: %s s%s\n%s\n' "$1" "$seconds" "$(beside "$2")" "$(tail -n 1 "$log")" >>"$summary"
    fi
    printf '== %s tests took %s s%s\n' "$1" "$seconds" "$(beside "$2")"
    shift 4
done
cat "$summary"
printf '== all layers: %s s%s\n' "$total" "$(beside "$bound_of_all")"
exit $failed
