# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# shellcheck shell=sh
#
# The kernel runs out of memory: first at each place in turn, in calls of one program, then now and
# then in whatever kpuctl does. Only for a kernel that injects failures (run.sh --kernel=debug), so
# it runs when it is named. Some of the failures the kernel itself tells with a call trace.
# failures are injected
# timeout: 200

. /cases/case.sh
begin failures

faults=/sys/kernel/debug/failslab
need "the kernel injects failures" test -d $faults

# Also of allocations that may wait for memory, and of single pages; the log of each would be long.
for file in /sys/kernel/debug/fail*/ignore-gfp-wait; do
	echo N >"$file"
done
# Only below the driver's functions: its modules were loaded last.
for file in /sys/kernel/debug/fail*/require-start; do
	cat /sys/module/kpu/sections/.text >"$file"
done
for file in /sys/kernel/debug/fail*/verbose /sys/kernel/debug/fail_page_alloc/min-order; do
	echo 0 >"$file"
done

check "each allocation in turn" failing_allocations

# Every tenth allocation of those who ask for it.
echo Y >$faults/task-filter
echo 10 >$faults/probability
echo -1 >$faults/times

# failing COMMAND...: as a task that may get no memory. It may fail, but not die of a signal.
failing() {
	sh -c 'echo 1 >/proc/self/make-it-fail && exec "$@"' failing "$@" >/tmp/failing 2>&1
	status=$?
	[ "$status" = 0 ] || grep -m 1 '^kpuctl: ' /tmp/failing >>/tmp/told
	[ "$status" -lt 128 ] || {
		echo "$*: status $status: $(tail -n 3 /tmp/failing)"
		return 1
	}
}

detect() {
	kpuctl -d dev:/dev/kpu0 detect /demo/discs.kmodel /demo/discs.png >/dev/null
}

need "plug in" plug board "$BOARD_acm" acm
need "attach" attach board
succeeded=0
for round in $(seq 15); do
	check "info ($round)" failing kpuctl -d dev:/dev/kpu0 info
	[ "$status" != 0 ] || succeeded=$((succeeded + 1))
	check "detect ($round)" failing kpuctl -d dev:/dev/kpu0 detect /demo/discs.kmodel \
		/demo/discs.png
	[ "$status" != 0 ] || succeeded=$((succeeded + 1))
done
echo 0 >$faults/probability
echo "failures: $succeeded of 30 succeeded all the same; what the others said:"
sort /tmp/told | uniq -c
check "some got through" [ "$succeeded" -gt 0 ]
check "some did not" [ "$succeeded" -lt 30 ]
no_models() {
	kpuctl -d dev:/dev/kpu0 info --json | grep -Eq '"models": *0\b'
}
check "no model is left on the board" within 100 no_models
check "the board works" detect
need "detach" detach board

# Attaching takes a hundred allocations.
echo 1 >$faults/probability
: >/tmp/told
attached=0
for round in $(seq 10); do
	check "attach ($round)" failing kpuctl attach --no-boot --baud 2000000 --detach "$tty_board"
	[ "$status" = 0 ] || continue
	attached=$((attached + 1))
	check "detach ($round)" killall kpuctl
	within 100 no_process kpuctl
done
echo 0 >$faults/probability
echo "failures: $attached of 10 attached all the same; what the others said:"
sort /tmp/told | uniq -c
check "some were not attached" [ "$attached" -lt 10 ]
need "attach in the end" attach board
check "the board works in the end" detect
need "detach in the end" detach board
pull board

# Looks for objects of the driver that nothing points to any more.
if echo scan >/sys/kernel/debug/kmemleak 2>/dev/null; then
	sleep 6
	echo scan >/sys/kernel/debug/kmemleak
	grep -F '[kpu' /sys/kernel/debug/kmemleak >/tmp/leaks
	check "nothing has leaked: $(cat /tmp/leaks)" [ ! -s /tmp/leaks ]
else
	skip "the kernel does not look for leaks: --append=kmemleak=on makes it"
fi
finish
