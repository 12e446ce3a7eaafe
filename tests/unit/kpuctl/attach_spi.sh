#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# kpuctl attach spi:... on systems that are made of files: what is said before any line is touched.
set -u

build=${O:-build}
kpuctl=$build/bin/kpuctl
# shellcheck source=tests/script.sh
. tests/script.sh

root=$work/system
parameters=$root/sys/module/kpu_spi_board/parameters
mkdir -p "$root/sys/class/spi_master/spi0" "$root/sys/class/spi_master/spi3" \
	"$root/sys/bus/spi/devices/spi0.0" "$root/sys/bus/spi/drivers/spidev"
ln -s ../../drivers/spidev "$root/sys/bus/spi/devices/spi0.0/driver"

attach() { # CODE PATTERN ARGUMENT...
	timeout 20 "$kpuctl" attach --root "$root" "${@:3}" >"$work/out" 2>"$work/err"
	[ $? -eq "$1" ] && grep -qE -- "$2" "$work/err" && return
	cat "$work/out" "$work/err"
	return 1
}

ready=ready=gpiochip0:1
check "no bus at all" attach 2 "BUS.CHIPSELECT" spi:
check "no chip select" attach 2 "BUS.CHIPSELECT" "spi:1,$ready"
check "a device of spidev" attach 2 "BUS.CHIPSELECT" "spi:/dev/spidev1.0,$ready"
check "a bus below none" attach 2 "BUS.CHIPSELECT" "spi:-1.0,$ready"
check "no ready line" attach 2 "needs ready=CHIP:LINE" spi:3.0
check "a line without a number" attach 2 "ready=gpiochip0 is not ready=CHIP:LINE" \
	spi:3.0,ready=gpiochip0
check "a number too large" attach 2 "is not reset=CHIP:LINE" "spi:3.0,$ready,reset=gpiochip0:5000"
check "a line twice" attach 2 "ready= is given twice" "spi:3.0,$ready,$ready"
check "another word" attach 2 '"irq=3" is none of' "spi:3.0,$ready,irq=3"
check "no speed" attach 2 "100000 to 25000000" "spi:3.0,$ready,speed=1"
check "words about a tty" attach 2 "no options but" --style dan "spi:3.0,$ready"
check "--remove of a tty" attach 2 "for a board on SPI" --remove /dev/ttyUSB0
check "very long" attach 2 "too long" "spi:3.0,$ready,$(printf '%0600d' 0)"

check "no such bus" attach 3 "no SPI bus 7" "spi:7.0,$ready"
check "those that are" grep -q "buses here are spi0, spi3" "$work/err"
check "a chip select of spidev" attach 3 "chip select 0 of SPI bus 0 belongs to spidev" \
	"spi:0.0,$ready"
if [ "$(id -u)" = 0 ]; then
	check "no module" attach 3 "kpu_spi_board is not there" "spi:3.0,$ready"
	check "no module to remove from" attach 3 "kpu_spi_board is not there" --remove spi:3.0
else
	check "not root" attach 3 "only root" "spi:3.0,$ready"
fi
mkdir -p "$parameters"
: >"$parameters/add"
: >"$parameters/remove"
check "no such GPIO chip" attach 3 "no such GPIO chip" "spi:3.0,ready=gpiochip77:1"
check "a file that is no chip" attach 3 "no such GPIO chip" "spi:3.0,ready=/dev/null:1"
check "removing gives the order" "$kpuctl" attach --root "$root" --remove spi:3.0
check "with its place" grep -qx "3.0" "$parameters/remove"
summary attach_spi
