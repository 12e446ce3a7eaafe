#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# The driver's tests on every kernel: a user's session with its limit of a minute, then the other
# cases, then those that look at memory, with the slab allocator's debugging aids. The kernels are
# tested side by side; an idle guest costs nothing and a busy one about one processor.
set -uo pipefail

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

test_kernel() {
	local uapi
	mapfile -t uapi < <("$here/run.sh" --list | grep '^uapi_')
	"$here/run.sh" --kernel="$1" --name="$1-session" --within=60 session
	"$here/run.sh" --kernel="$1" bed modules conformance
	"$here/run.sh" --kernel="$1" --name="$1-debug" --debug cable "${uapi[@]}"
}

"$here/kernels.sh" fetch || exit 1
for series in 6.1 6.12; do
	test_kernel $series >"$logs/$series" 2>&1 &
done
wait
cat "$logs"/*

# Three runs on each of two kernels; one that left no sum has failed.
cat "$logs"/* | awk -F'[ ,:]+' '
	/^guest-[^:]*: [0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/ {
		runs++; passed += $2; failed += $4; skipped += $6
	}
	END {
		failed += 6 - runs
		printf "guest: %d passed, %d failed, %d skipped\n", passed, failed, skipped
		exit failed > 0
	}'
