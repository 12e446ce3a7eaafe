# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# shellcheck shell=sh
#
# The ladder of a board on an SPI bus, whose firmware is in its flash and whose wires are bad: reset
# by somebody, by its driver, crashed, stuck in its mask ROM, dead; with a reset line and without.
# While clients work, each result is looked at. And the bus sleeps when there is nothing to do.
# timeout: 150

. /cases/case.sh
. /cases/spi_bus.sh
. /cases/recovery_cycles.sh
begin spi_recovery

not() {
	! "$@"
}

kpu=/sys/class/kpu/kpu0
counter() {
	cat "$kpu/counters/$1"
}

# has NAME LEAST: a counter of the driver.
has() {
	[ "$(counter "$1")" -ge "$2" ]
}

is() {
	grep -qs "^$1\$" $kpu/state
}

another_life() {
	is ready && [ "$(cat $kpu/boot_id)" != "$life" ]
}

# lives_anew TENTHS: the board is ready and has started since `life` was noted.
lives_anew() {
	within "$1" another_life && life=$(cat $kpu/boot_id)
}

# Its boot button is pressed: after a reset it waits in the mask ROM, where nothing of SPI works.
# The ROM looks at the button 50 ms after the reset.
lock_in_rom() {
	board_order "$CONTROL_spi" boot 1 && board_order "$CONTROL_spi" reset && usleep 200000
}

need "wires" plug_spi "$RECOVER_spi" "$CONTROL_spi"
echo N >/sys/module/kpu_spi_bed/parameters/driven_high
need "attach" attach_spi reset=kpu_spi_bed:1 boot=kpu_spi_bed:2
device=/sys/bus/spi/devices/spi$(bed_bus).0
life=$(cat $kpu/boot_id)
check "it was reset to begin with" [ "$(cat "$device/exchange/resets")" = 1 ]

# Nothing to do: the bus sleeps. The board's ready line wakes it.
asleep() {
	grep -q suspended "$device/power/runtime_status"
}
check "the bus sleeps when idle" within 100 asleep
board_order "$CONTROL_spi" reset
check "a board that starts meanwhile is noticed by its ready line" lives_anew 100
check "the bus sleeps again" within 100 asleep
check "a command wakes it" kpuctl -d dev:/dev/kpu0 ping
check "and then it sleeps again" within 100 asleep

asleep_and_back() {
	host_sleep devices 1 && kpuctl -d dev:/dev/kpu0 ping
}
check "the host sleeps, and the board answers after it" asleep_and_back
check "and is the one that it was" [ "$(cat $kpu/boot_id)" = "$life" ]

model=/models/kmodel/v3_iris.kmodel
[ -e $model ] || model=/demo/discs.kmodel
start_load 2 $model
check "clients work" clients_work 100
many_runs() {
	load_state && [ "$fewest" -ge 100 ]
}
check "a hundred frames of each client" within 300 many_runs
for event in reset crash driver; do
	case $event in
	reset) board_order "$CONTROL_spi" reset ;;
	crash) board_order "$CONTROL_spi" poke "$(echo "$CRASH_ADDRESSES" | cut -d ' ' -f 2)" 0 ;;
	driver) echo 1 >$kpu/reset ;;
	esac
	check "$event: another life" lives_anew 100
	check "$event: clients work again" clients_work 100
done
check "the driver's own reset was by the line" has boots_done 1
lock_in_rom
board_order "$CONTROL_spi" boot 0
check "stuck in the ROM: the driver resets it" lives_anew 100
check "stuck in the ROM: clients work again" clients_work 100
check "that is counted" has boots_done 2
check "kpuctl info tells" sh -c 'kpuctl -d dev:/dev/kpu0 info | grep -q "2 of 2 boots"'
check "load: no wrong result, no other error" end_load
check "clients were interrupted" [ "$interrupted" -gt 0 ]
echo "spi_recovery: $(grep . "$device"/exchange/* | sed 's/.*\///' | tr '\n' ' ')"

until_dead dev:/dev/kpu0 >/tmp/told &
asks=$!
lock_in_rom
check "a board that stays silent is dead" within 200 is dead
check "and says why" grep -q "silent" $kpu/state_reason
check "it was reset twice before" has boots_done 4
check "and users are told at once" not kpuctl -d dev:/dev/kpu0 ping 2>/dev/null
wait $asks
check "so is who has it open: $(cat /tmp/told)" \
	grep -q "KPU_ERR_DEVICE_GONE: .*given up: board is silent" /tmp/told
check "kpuctl list shows it" sh -c 'kpuctl list | grep -q "dead: board is silent"'
board_order "$CONTROL_spi" boot 0
echo 1 >$kpu/reset
check "a reset begins anew" lives_anew 100
check "reset and boot are let go, never driven high" \
	grep -q N /sys/module/kpu_spi_bed/parameters/driven_high
need "detach" detach_spi

# Without the lines.
need "attach without a reset line" attach_spi
life=$(cat $kpu/boot_id)
echo 1 >$kpu/reset
check "reset is the board's own command then" lives_anew 100
check "no boot is counted" [ "$(counter boots_asked)" = 0 ]
lock_in_rom
check "a silent board is dead" within 120 is dead
check "there is no way to reset it" not sh -c "echo 1 >$kpu/reset" 2>/dev/null
board_order "$CONTROL_spi" boot 0
board_order "$CONTROL_spi" reset
check "it is taken back when it answers" lives_anew 150
check "it works" kpuctl -d dev:/dev/kpu0 ping
need "detach again" detach_spi
pull_spi
finish
