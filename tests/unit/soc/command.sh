#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# The k210-emu command: exit codes, messages, silence, streams, traces.
set -u

cd "$(dirname "$0")/../../.." || exit 1
emulator=build/bin/k210-emu
programs=build/tests/unit/soc/programs
# shellcheck source=tests/script.sh
. tests/script.sh

run() { # STATUS ARGUMENTS...: runs with input from $work/in, output in $work/out and $work/err
	local expected=$1
	shift
	timeout 20 "$emulator" "$@" <"$work/in" >"$work/out" 2>"$work/err"
	[ $? -eq "$expected" ]
}

: >"$work/in"
check "no image is wrong usage" run 2 --boot=image --uart=stdio
check "... and says so" grep -q -e --image "$work/err"
check "unknown option" run 2 --no-such-option
check "unknown clock" run 2 --image=x --clock=slow
check "USB/IP without an address" run 2 --image=x --usbip=acm
check "ROM and image exclude each other" run 2 --image=x --boot=rom
check "unknown hart 1 policy" run 2 --hart1=both
check "flash of an odd size" run 1 --flash="$work/flash,size=3M"
check "... and says so" grep -q "power of two" "$work/err"
check "... of which file" grep -q "$work/flash:" "$work/err"
check "flash in a folder" run 1 --flash="$work"
check "... says which" grep -q "$work: Is a directory" "$work/err"
check "an argument" run 2 image.bin
check "... is named" grep -q "unexpected argument 'image.bin'" "$work/err"
check "a port beyond the last" run 1 --usbip=acm --listen=127.0.0.1:65536 --stop-after-cycles=1
check "... is refused" grep -q "127.0.0.1:65536: cannot listen" "$work/err"
check "flash id of the wrong length" run 2 --flash="$work/flash,id=c860"
check "flash with an unknown detail" run 2 --flash="$work/flash,colour=red"
printf 'P6 1 1 255\nrgb' >"$work/picture"
check "camera" run 0 --camera="$work/picture,sensor=ov5640,rate=60" --uart=stdio
check "camera without a picture" run 1 --camera="$work/in" --uart=stdio
check "... and says so" grep -q "not a PPM file" "$work/err"
check "camera of an unknown kind" run 2 --camera="$work/picture,sensor=film"
check "camera that stands still" run 2 --camera="$work/picture,rate=0"
check "side channel that is not open" run 1 --uart=stdio --control=fd:77
check "rate of nothing" run 2 --line-max=0
for noise in 1000001 1,2,3,4 1,,2 x 5,1,3600001 ""; do
	check "noise '$noise'" run 2 --noise="$noise"
done
check "noise with seed and time" run 0 --noise=500,7,20 --uart=stdio
check "side channel on any port beside the bytes" run 2 --uart=stdio --control=127.0.0.1:0
check "side channel over TCP" run 0 --uart="unix:$work/socket" --control=127.0.0.1:0 \
	--stop-after-cycles=1000
check "... says its port" grep -q '^control listening on 127\.0\.0\.1:[0-9]*$' "$work/out"
check "flash is made" run 0 --flash="$work/flash,size=64K" --uart=stdio
check "... of that size" test "$(stat -c %s "$work/flash")" = 65536
check "... and blank" test "$(tr -d '\377' <"$work/flash" | wc -c)" = 0
printf '\300\302\0\0\0\0\0\0\0\0\0\0\0\0\300' >"$work/in"
check "mask ROM, with a blank flash" run 0 --uart=stdio --keep --stop-after-cycles=60000000
check "... gives up" grep -q "boot failed with exit code 233" "$work/out"
head -c 65536 /dev/zero >"$work/zeros"
check "mask ROM, with a flash of wrong content" run 0 --flash="$work/zeros,size=64K" --uart=stdio \
	--keep --stop-after-cycles=60000000
check "... answers a greeting" eval '[ "$(od -An -tx1 "$work/out")" = " c0 c2 e0 c0" ]'
: >"$work/in"
check "missing file" run 1 --image="$work/nothing"
check "... and says so" grep -q "No such file" "$work/err"
check "empty image" run 1 --image=/dev/null
head -c 6291457 /dev/zero >"$work/large"
check "image larger than memory" run 1 --image="$work/large"
check "... and says so" grep -q "6 MiB" "$work/err"
check "descriptor that is not open" run 1 --image="$work/large" --uart=fd:77
check "help" run 0 --help
check "... names every option" test "$(grep -c -e '--' "$work/out")" -gt 15
check "so does the manual page" test -z "$(grep -o -e '--[a-z0-9-]*' "$work/out" | sort -u |
	while read -r option; do
		grep -q "Fl -${option#--}\>" man/k210-emu.1 || echo "$option"
	done)"

if [ -e "$programs/echo_interrupt.bin" ]; then
	image=$programs/echo_interrupt.bin
	echo "from end to end" >"$work/in"
	check "stream, until the end of input" run 0 --image="$image" --uart=stdio
	check "... all of it" cmp -s "$work/in" "$work/out"
	check "... in silence" test ! -s "$work/err"
	check "statistics" run 0 --image="$image" --uart=stdio -v
	check "... count the bytes" grep -q "16 bytes from the host, 16 to it" "$work/err"
	for run in 1 2; do
		run 0 --image=$programs/timer.bin --clock=real --trace="$work/trace$run"
	done
	check "trace" grep -q "R clint+0x" "$work/trace1"
	check "... the same again" cmp -s "$work/trace1" "$work/trace2"
	run 0 --image="$programs/dma.bin" --jitter=1 --trace="$work/trace1"
	run 0 --image="$programs/dma.bin" --jitter=2 --trace="$work/trace2"
	check "jitter changes the times" eval '! cmp -s "$work/trace1" "$work/trace2"'
	check "summary" run 0 --image="$image" --uart=stdio --trace-summary="$work/summary"
	check "... has UART3's data register" grep -q "^uart3+0x000 W 17 " "$work/summary"
	for option in trace trace-summary; do
		check "$option on a full disk" run 1 --image="$image" --uart=stdio \
			--$option=/dev/full
		check "... and says so" grep -q "/dev/full: cannot be written" "$work/err"
	done
	check "guest errors" run 0 --image="$programs/traps.bin" --guest-errors="$work/errors"
	check "... name the address" grep -q "unmapped address 10000000" "$work/errors"
	check "stops by itself" run 0 --image="$image" --uart=stdio --keep --stop-after-cycles=1000
else
	skip "runs of programs: there is no riscv64-unknown-elf-gcc"
fi
summary "k210-emu command"
