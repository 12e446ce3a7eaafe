#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# The driver's tests on every kernel, in guests side by side: first a user's session with its limit
# of a minute, then in one lane for each kernel the cases with emulated boards, and in a third one
# those that look at memory, with two processors and the slab allocator's debugging aids, one guest
# at a time. There the programs come first that play the board themselves and mostly wait: a host
# with two processors has room for them. What is installed runs under systemd, on one kernel.
set -uo pipefail

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

cases='bed boot modules find conformance cable_ch341 spi spi_bind spi_trouble spi_user spi_limits
	spi_attach spi_recovery recovery recovery_boot recovery_ch341 flash suspend'
mapfile -t programs < <("$here/run.sh" --list | grep '^uapi_')

lane() {
	# shellcheck disable=SC2086 # one word per case
	"$here/run.sh" --kernel="$1" $cases
	[ "$1" != 6.1 ] || "$here/run.sh" --kernel="$1" --name="$1-service" service
}

debug_lane() {
	local series
	for series in 6.1 6.12; do
		"$here/run.sh" --kernel=$series --name=$series-uapi --debug "${programs[@]}"
	done
	for series in 6.1 6.12; do
		"$here/run.sh" --kernel=$series --name=$series-debug --debug cable
	done
}

"$here/kernels.sh" fetch || exit 1
for series in 6.1 6.12; do
	"$here/run.sh" --kernel=$series --name=$series-session --within=60 session \
		>"$logs/0-$series.log" 2>&1 &
done
wait
debug_lane >"$logs/debug.log" 2>&1 &
for series in 6.1 6.12; do
	lane $series >"$logs/$series.log" 2>&1 &
done
wait
# Each line names its guests: the logs stand one after the other.
for log in "$logs"/*.log; do
	name=$(basename "$log" .log)
	sed "s/^/${name#0-}| /" "$log"
done

# Four runs on each of two kernels, and the service's; one that left no sum has failed.
cat "$logs"/*.log | awk -F'[ ,:]+' '
	/^guest-[^:]*: [0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/ {
		runs++; passed += $2; failed += $4; skipped += $6
	}
	END {
		failed += 9 - runs
		printf "guest: %d passed, %d failed, %d skipped\n", passed, failed, skipped
		exit failed > 0
	}'
