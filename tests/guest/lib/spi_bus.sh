# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# shellcheck shell=sh
#
# A board on the SPI bus of the test bed (tests/kernel/kpu_spi_bed.c).

# plug_spi ADDRESS [CONTROL]: wires between the bed's controller and the board; with the address of
# the side channel also those of reset and boot.
plug_spi() {
	rm -f /tmp/cable_spi
	spi_cable "$@" >/tmp/cable_spi 2>&1 &
	cable_spi=$!
	within 100 grep -q connected /tmp/cable_spi || {
		cat /tmp/cable_spi
		return 1
	}
}

pull_spi() {
	kill "$cable_spi" 2>/dev/null
	wait "$cable_spi" 2>/dev/null
	return 0
}

bed_bus() {
	for bus in /sys/devices/platform/kpu_spi_bed*/spi_master/spi*; do
		[ ! -e "$bus" ] || echo "${bus##*/spi}"
	done
}

# name_board [WORD...]: tell kpu_spi_board of it, with words like reset=kpu_spi_bed:1.
name_board() {
	words=$(bed_bus).0,ready=kpu_spi_bed:0
	for word; do
		words=$words,$word
	done
	insmod /lib/modules/kpu_spi_board.ko "add=$words"
}

# attach_spi [WORD...]: name the board; /dev/kpu0 comes and is ready.
attach_spi() {
	name_board "$@" || return 1
	within 100 test -c /dev/kpu0 || return 1
	within 100 grep -q ready /sys/class/kpu/kpu0/state
}

detach_spi() {
	rmmod kpu_spi_board && within 100 gone /dev/kpu0
}
