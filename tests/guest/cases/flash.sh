# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# shellcheck shell=sh
#
# The board's flash through the driver, with the real firmware: a model is written while another
# client runs one, read back, and what the chip is shows.
# timeout: 180

. /cases/case.sh
. /cases/recovery_cycles.sh
begin flash

# forward MODEL OUT: the last layer's result for the demo's picture.
forward() {
	kpuctl -d dev:/dev/kpu0 forward "$1" /demo/discs.png -o "$2"
}

# Two clients, each with a model that runs from the flash, beside the one in memory.
stream_at_once() {
	forward flash:0x100000,stream /tmp/single &
	first=$!
	forward flash:0x100000,dual /tmp/dual && wait "$first" &&
		cmp /tmp/memory /tmp/single && cmp /tmp/memory /tmp/dual
}

# flash ACTION...
flash() {
	kpuctl -d dev:/dev/kpu0 flash "$@"
}

# Whoever is killed while his model is loaded from the flash or runs from there leaves the flash to
# others.
killed_clients_let_go() {
	for milliseconds in 150 300 500; do
		command kpuctl -d dev:/dev/kpu0 forward flash:0x100000,stream /demo/discs.png \
			-o /tmp/killed >/dev/null 2>&1 &
		usleep ${milliseconds}000
		kill -KILL $!
		wait $!
		flash write 0x10000 /demo/discs.kmodel --force && flash erase 0x10000 4K --force ||
			return
	done
}

need "plug in" plug board "$BOARD_acm" acm
need "attach" attach board
start_load 1 /demo/discs.kmodel
need "a client works" clients_work 600
check "info" flash info
check "write" flash write 0x100000 /demo/discs.kmodel
size=$(stat -c %s /demo/discs.kmodel)
check "read" flash read 0x100000 "$size" -o /tmp/back
check "what was written is there" cmp /demo/discs.kmodel /tmp/back
check "a result from memory" forward /demo/discs.kmodel /tmp/memory
check "two streamed models and one in memory at once" stream_at_once
check "killed clients let go of the flash" killed_clients_let_go
check "the other client still works" clients_work 600
check "its results were right" end_load
detach board
pull board
finish
