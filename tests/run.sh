#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# tests/run.sh [--jobs N] [--tally FILE] PROGRAM|SCRIPT...
# tests/run.sh --sum FILE
#
# Runs Check programs and test scripts, N of them at a time (default 1), in the order given,
# and adds up what they say. A program ends with Check's summary line, a script with
# "NAME: N passed, N failed, N skipped". A program that says neither, or that fails without a failed
# test, counts as one failure: nothing that did not run reads as passed. Lines that start with SKIP
# count as skipped tests. They are shown, and so are figures: lines that start with FIGURE.
#
# Prints the sums as a last line "N passed, N failed, N skipped", before it the failed checks and
# what led to the first one; with --tally FILE they are added to that file and to FILE.failures
# instead, so that several calls make one sum (tests/run.sh --sum FILE prints it).
set -uo pipefail

tally=
jobs=1
limit=${TEST_TIMEOUT:-900}
# Check gives a test that sets no limit of its own 4 s, which a machine that is busy elsewhere can
# take for anything.
export CK_DEFAULT_TIMEOUT=${CK_DEFAULT_TIMEOUT:-60}
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
# Also in the shell of each program: there the job is timeout, which ends all that it started.
end_jobs() {
	# shellcheck disable=SC2046 # one word per process
	kill $(jobs -p) 2>/dev/null
	exit 1
}
trap end_jobs INT TERM

count_check_summary() { # OUTPUT: sums of "97%: Checks: 39, Failures: 1, Errors: 0"
	local line='[0-9]*%: Checks: ([0-9]*), Failures: ([0-9]*), Errors: ([0-9]*)'
	sed -En "s/^$line\$/\1 \2 \3/p" "$1" |
		awk '{ all += $1; bad += $2 + $3 } END { if (NR) print all - bad, bad, 0 }'
}

count_script_summary() { # OUTPUT: the last "NAME: N passed, N failed[, N skipped]"
	local line='[^:]*: ([0-9]*) passed, ([0-9]*) failed(, ([0-9]*) skipped)?'
	sed -En "s/^$line\$/\1 \2 \4/p" "$1" | tail -1
}

# Failed checks of Check's programs, of test scripts, of guests and of their programs.
failed_check='^[^ ]+:[0-9]+:[FE]:|^not ok: |FAILED: '

# PROGRAM OUTPUT STATUS: what is shown of one that failed. For the list at the end a line for each
# failed check, the first one with what its program said before.
report_failure() {
	local program=$1 output=$2 status=$3
	if [ "$(wc -l <"$output")" -gt 60 ]; then
		grep -aE -B 6 -A 12 -- "$failed_check" "$output" | head -200 | sed 's/^/   /'
		echo "   ..."
	fi
	tail -60 "$output" | sed 's/^/   /'
	[ "$status" -ne 124 ] || echo "   stopped after $limit s" | tee -a "$output"
	echo "   exit status $status"
	{
		grep -aE -m 1 -B 8 -- "$failed_check" "$output" | sed '$d; s/^/   /'
		if ! grep -aE -- "$failed_check" "$output"; then
			echo "exit status $status: $(tail -1 "$output")"
		fi | head -50 | sed "s|^|failed: $program: |"
	} | cut -c 1-300 >"$output.failures"
}

# PROGRAM OUTPUT: prints the report.
run_one() {
	local program=$1 output=$2 status sums good bad skips started
	started=$(date +%s)
	echo "== $program"
	timeout --kill-after=10 "$limit" "$program" >"$output" 2>&1 </dev/null &
	wait $!
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
		report_failure "$program" "$output" "$status"
	else
		grep -E '^(SKIP|FIGURE )' "$output" | sed 's/^/   /'
	fi
	echo "   $good passed, $bad failed, $skips skipped in $(($(date +%s) - started)) s"
	echo "$good $bad $skips" >"$output.sums"
}

# A report is printed in one piece, when its program has ended.
start_one() {
	local place=$results/$started
	started=$((started + 1))
	(
		trap end_jobs TERM
		run_one "$1" "$place" >"$place.report"
		cat "$place.report"
	) &
}

run_all() {
	local program started=0
	for program; do
		[ "$started" -lt "$jobs" ] || wait -n
		start_one "$program"
	done
	wait
}

list_failures() {
	find "$results" -name '*.failures' -print0 | sort -zV | xargs -0 -r cat
}

# show_failures: what list_failures says, in few and short lines, since of a long run often only the
# last ones are kept: some of the failed checks, and last what led to the first of them.
show_failures() {
	awk '
		/^failed: / { if (failed++ < 6) print; next }
		!failed { before[++lines] = $0 }
		END {
			if (failed > 6) print "failed: and", failed - 6, "more"
			if (lines) print "what led to the first one:"
			for (i = lines > 7 ? lines - 6 : 1; i <= lines; i++) print before[i]
		}' | cut -c 1-110
}

add_up() { # TALLY...
	awk '{ p += $1; f += $2; s += $3 } END { print p + 0, f + 0, s + 0 }' "$@" </dev/null
}

say_sum() { # PASSED FAILED SKIPPED
	echo "$1 passed, $2 failed, $3 skipped"
	[ "$2" -eq 0 ] && [ "$1" -gt 0 ]
}

while [ $# -gt 0 ]; do
	case $1 in
	--tally)
		tally=$2
		shift 2
		;;
	--jobs)
		jobs=$2
		shift 2
		;;
	--sum)
		[ ! -e "$2.failures" ] || show_failures <"$2.failures"
		# shellcheck disable=SC2046 # three numbers
		say_sum $(add_up "$2")
		exit
		;;
	*) break ;;
	esac
done

run_all "$@"
# A program whose sums are missing was ended together with its shell.
sums=$(
	shopt -s nullglob
	add_up "$results"/*.sums
)
read -r passed failed skipped <<<"$sums"
missing=$(($# - $(find "$results" -name '*.sums' | wc -l)))
failed=$((failed + missing))
if [ -n "$tally" ]; then
	echo "$passed $failed $skipped" >>"$tally"
	list_failures >>"$tally.failures"
	exit 0
fi
list_failures | show_failures
say_sum "$passed" "$failed" "$skipped"
