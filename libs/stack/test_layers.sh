#!/bin/sh
# Runs the layers of the tests one after the other: test_layers.sh NAME MARKERS ARGS [NAME MARKERS ARGS …].
# Each layer prints its time and pytest's closing line; those lines come again at the end. All layers run, also
# after one has failed; then the exit code is 1. PYTEST is the program, ARGS a layer's further arguments, in one word.
set -u
log=$(mktemp)
summary=$(mktemp)
trap 'rm -f "$log" "$summary"' EXIT
failed=0
while [ $# -ge 3 ]; do
    began=$(date +%s)
    printf '== %s tests\n' "$1"
    # shellcheck disable=SC2086 # what is one word here are several for pytest
    { "$PYTEST" -m "$2" $3; echo $? >"$log.code"; } 2>&1 | tee "$log"
    code=$(cat "$log.code")
    rm -f "$log.code"
    seconds=$(($(date +%s) - began))
    # 5: the layer has no test.
    if [ "$code" -ne 5 ]; then
        [ "$code" -eq 0 ] || failed=1
        printf '== %s: %s s\n%s\n' "$1" "$seconds" "$(tail -n 1 "$log")" >>"$summary"
    fi
    printf '== %s tests took %s s\n' "$1" "$seconds"
    shift 3
done
printf '== all layers\n'
cat "$summary"
exit $failed
