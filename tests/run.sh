#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# tests/run.sh [--name NAME] [--list FILE] PROGRAM|SCRIPT...
#
# Runs Check programs and test scripts one after the other and adds up what they say. A program
# ends with Check's summary line, a script with "NAME: N passed, N failed, N skipped". A program
# that says neither, or that fails without a failed test, counts as one failure: nothing that
# did not run reads as passed. Lines that start with SKIP count as skipped tests.
#
# Prints the sums as a last line "N passed, N failed, N skipped"; with --tally FILE they are added
# to that file instead, so that several calls make one sum (tests/run.sh --sum FILE prints it).
set -uo pipefail

tally=
limit=${TEST_TIMEOUT:-900}
passed=0
failed=0
skipped=0

count_check_summary() { # OUTPUT: sums of "97%: Checks: 39, Failures: 1, Errors: 0"
	sed -n 's/^[0-9]*%: Checks: \([0-9]*\), Failures: \([0-9]*\), Errors: \([0-9]*\)$/\1 \2 \3/p' \
		"$1" | awk '{ all += $1; bad += $2 + $3 } END { if (NR) print all - bad, bad, 0 }'
}

count_script_summary() { # OUTPUT: the last "NAME: N passed, N failed[, N skipped]"
	sed -n 's/^[^:]*: \([0-9]*\) passed, \([0-9]*\) failed\(, \([0-9]*\) skipped\)\{0,1\}$/\1 \2 \4/p' \
		"$1" | tail -1
}

run_one() {
	local program=$1 output status sums good bad skips started
	output=$(mktemp)
	started=$(date +%s)
	echo "== $program"
	timeout --kill-after=10 "$limit" "$program" >"$output" 2>&1
	status=$?
	sums=$(count_check_summary "$output")
	[ -n "$sums" ] || sums=$(count_script_summary "$output")
	if [ -z "$sums" ]; then
		case $status in
		77) sums="0 0 1" ;;
		*) sums="0 1 0" ;;
		esac
	fi
	read -r good bad skips <<<"$sums"
	if [ "$status" -ne 0 ] && [ "$status" -ne 77 ] && [ "$bad" -eq 0 ]; then
		bad=1
	fi
	skips=$((${skips:-0} + $(grep -c '^SKIP' "$output")))
	if [ "$bad" -gt 0 ]; then
		sed 's/^/   /' "$output" | tail -60
		[ "$status" -eq 124 ] && echo "   stopped after $limit s"
		echo "   exit status $status"
	else
		grep '^SKIP' "$output" | sed 's/^/   /'
	fi
	echo "   $good passed, $bad failed, $skips skipped in $(($(date +%s) - started)) s"
	passed=$((passed + good))
	failed=$((failed + bad))
	skipped=$((skipped + skips))
	rm -f "$output"
}

while [ $# -gt 0 ]; do
	case $1 in
	--tally)
		tally=$2
		shift 2
		;;
	--sum)
		awk '{ p += $1; f += $2; s += $3 }
		     END { printf "%d passed, %d failed, %d skipped\n", p, f, s; exit f > 0 || p == 0 }' "$2"
		exit
		;;
	*)
		run_one "$1"
		shift
		;;
	esac
done

if [ -n "$tally" ]; then
	echo "$passed $failed $skipped" >>"$tally"
	exit 0
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
