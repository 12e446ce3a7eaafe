#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# The driver's tests on every kernel: a user's session with its limit of a minute, one kernel after
# the other so that the time means something; then, side by side, the other cases and those that look
# at memory, these with two processors and the slab allocator's debugging aids and therefore only one
# at a time: on two processors of the host the board would not answer in time.
set -uo pipefail

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

test_kernel() {
	local uapi
	mapfile -t uapi < <("$here/run.sh" --list | grep '^uapi_')
	"$here/run.sh" --kernel="$1" bed boot modules find conformance cable_ch341 spi spi_bind \
		spi_trouble spi_user spi_limits spi_attach spi_recovery recovery recovery_boot \
		recovery_ch341 flash suspend
	flock "$logs/debug" "$here/run.sh" --kernel="$1" --name="$1-debug" --debug cable \
		"${uapi[@]}"
}

"$here/kernels.sh" fetch || exit 1
for series in 6.1 6.12; do
	"$here/run.sh" --kernel=$series --name=$series-session --within=60 session
done >"$logs/0.log" 2>&1
for series in 6.1 6.12; do
	test_kernel $series >"$logs/$series.log" 2>&1 &
done
wait
cat "$logs"/*.log

# Three runs on each of two kernels; one that left no sum has failed.
cat "$logs"/*.log | awk -F'[ ,:]+' '
	/^guest-[^:]*: [0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/ {
		runs++; passed += $2; failed += $4; skipped += $6
	}
	END {
		failed += 6 - runs
		printf "guest: %d passed, %d failed, %d skipped\n", passed, failed, skipped
		exit failed > 0
	}'
