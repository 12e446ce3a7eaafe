# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# Sourced by test scripts: a folder $work that goes when the script ends, checks that are counted,
# and the last line, which tests/run.sh reads. What a check said is shown when it failed.

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# pass_or_fail STATUS NAME
pass_or_fail() {
	local file
	if [ "$1" -eq 0 ]; then
		passed=$((passed + 1))
		return
	fi
	failed=$((failed + 1))
	echo "not ok: $2"
	for file in "$work"/log "$work"/out "$work"/err; do
		[ ! -e "$file" ] || head -20 "$file" | sed 's/^/    /'
	done
}

# check NAME COMMAND...: it succeeds; what it prints goes to $work/log.
check() {
	local name=$1 status
	shift
	"$@" >"$work/log" 2>&1
	status=$?
	pass_or_fail $status "$name"
	rm -f "$work/log"
}

# expect CODE NAME COMMAND...: exit status; output in $work/out and $work/err.
expect() {
	local code=$1 name=$2 got
	shift 2
	timeout 300 "$@" >"$work/out" 2>"$work/err" </dev/null
	got=$?
	[ "$got" -eq "$code" ]
	pass_or_fail $? "$name: exit status $got instead of $code"
}

# says out|err PATTERN NAME: of what expect ran last.
says() {
	grep -Eq -- "$2" "$work/$1"
	pass_or_fail $? "$3"
}

# skip WHY: tests/run.sh shows and counts it.
skip() {
	echo "SKIP $1"
}

# summary NAME: the last thing a script does.
summary() {
	echo "$1: $passed passed, $failed failed"
	[ "$failed" -eq 0 ]
}
