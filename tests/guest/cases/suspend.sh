# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# shellcheck shell=sh
# shellcheck disable=SC2034 # tty_board is used by attach
#
# The host sleeps, really, until somebody presses its power button: with work under way, on a board
# that is as it was, on one that has lost its power meanwhile, and on one behind a USB bridge that
# the kernel finds anew, or that is pulled, and on an SPI bus.
# timeout: 150

. /cases/case.sh
. /cases/spi_bus.sh
. /cases/recovery_cycles.sh
begin suspend

# The first that is there of these files of sysfs, as a node.
first_tty() {
	for found in "$@"; do
		[ -e "$found" ] && [ -e "/dev/${found##*/}" ] && echo "/dev/${found##*/}" && return
	done
	return 1
}

serial_tty() {
	first_tty /sys/bus/pci/drivers/serial/*/tty/ttyS* \
		/sys/bus/pci/drivers/serial/*/*/*/tty/ttyS* # since 6.5
}

adapter_tty() {
	first_tty /sys/bus/usb-serial/devices/ttyUSB*
}

# doze [SECONDS ORDER]: sleep, and what happens before the machine wakes.
doze() {
	[ $# = 0 ] || echo "$@" >/tmp/later
	echo "1.5 wake" >>/tmp/later
	cat /tmp/later >/out/.later && mv /out/.later /out/later
	rm /tmp/later
	host_sleep s2idle
	slept=$?
	# By its name only when it is whole: the runner removes it at once, and whoever is still
	# creating a file that has gone is told that there is no such directory.
	: >/out/.awake && mv /out/.awake /out/awake
	# Whoever presses the button has seen it.
	within 100 gone /out/awake && return $slept
}

counter() {
	cat "/sys/class/kpu/$kpu_board/counters/$1"
}

load_modules() {
	while read -r module; do
		insmod "$module" || return 1
	done </etc/spare_modules
}

state_is_ready() {
	within 100 grep -q ready "/sys/class/kpu/$kpu_board/state"
}

nobody_noticed() {
	load_state
	[ "$interrupted" -eq 0 ] && [ "$(counter suspends)" = 1 ] &&
		[ "$(counter board_resets)" = "$resets" ]
}

need "modules" load_modules
need "a serial port" serial_tty
need "a USB adapter" within 100 adapter_tty

tty_board=$(serial_tty)
# No wires reset this board: its boot button is held, so it waits in its mask ROM whenever it has
# been without power.
need "boot button" board_order "$CONTROL_serial" boot 1
need "reset button" board_order "$CONTROL_serial" reset
need "attach" attach_and_boot
need "ready" state_is_ready
model=/models/kmodel/v3_iris.kmodel
[ -e $model ] || model=/demo/discs.kmodel
start_load 3 $model
need "the clients work" clients_work 600
resets=$(counter board_resets)
check "sleep" doze
check "the clients work after it" clients_work 300
check "and have not noticed" nobody_noticed
check "sleep, power lost" doze 0.5 CONTROL_serial power
check "the clients work with the board that was booted again" clients_work 600
check "each boot is counted: $(counter boots_done)" [ "$(counter boots_done)" = 2 ]
check "no wrong result, no other error" end_load
check "clients were interrupted" [ "$interrupted" -gt 0 ]
detach board

# The kernel finds the bridge anew: the device goes, and comes back with the next attach.
tty_board=$(adapter_tty)
need "attach the adapter" attach board
start_load 3 /demo/discs.kmodel
need "the clients work" clients_work 600
check "sleep" doze
check "the device goes with its bridge" within 100 gone "/dev/$kpu_board"
need "the bridge is back" within 100 adapter_tty
tty_board=$(adapter_tty)
need "attach it again" attach board
check "the clients work after it" clients_work 300
check "sleep, pulled" doze 0.5 unplug
check "the device has gone" within 100 gone "/dev/$kpu_board"
check "no wrong result, no other error, no endless call" end_load
check "clients were interrupted" [ "$interrupted" -gt 0 ]
check "background processes have gone" within 100 no_process kpuctl

# On an SPI bus. The program that plays the wires is frozen first, which no real wire is; so the bus
# is quiet when the host goes to sleep.
need "wires" plug_spi "$BOARD_spi"
need "attach to the bus" attach_spi
kpu_board=kpu0
start_load 2 $model
need "the clients work" clients_work 600
kill -STOP "$load_process"
usleep 500000
resets=$(counter board_resets)
check "sleep" doze
kill -CONT "$load_process"
check "the clients work after it" clients_work 300
check "and have not noticed" nobody_noticed
check "no wrong result, no other error" end_load
need "detach" detach_spi
pull_spi
finish
