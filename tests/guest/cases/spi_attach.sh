# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# shellcheck shell=sh
#
# kpuctl attach spi:..., on a machine that has no device tree: a board comes, is listed, works,
# goes; and what users do wrong is named.
# timeout: 60

. /cases/case.sh
. /cases/spi_bus.sh
begin spi_attach

for chip in /sys/devices/platform/kpu_spi_bed*/gpiochip*; do
	[ ! -e "/dev/${chip##*/}" ] || chip_name=${chip##*/}
done
place=spi:$(bed_bus).0

# says CODE PATTERN ARGUMENT...: kpuctl attach ends so and explains itself.
says() {
	code=$1
	pattern=$2
	shift 2
	command kpuctl attach "$@" >/tmp/attach.out 2>/tmp/attach.err
	[ $? = "$code" ] && grep -q "$pattern" /tmp/attach.err && return
	cat /tmp/attach.out /tmp/attach.err
	return 1
}

attaches() {
	[ "$(kpuctl attach "$@")" = /dev/kpu0 ]
}

need "wires" plug_spi "$BOARD_spi"
check "no module" says 3 "kpu_spi_board is not there" "$place,ready=$chip_name:0"
insmod /lib/modules/kpu_spi_board.ko
check "no such bus" says 3 "no SPI bus 77" "spi:77.0,ready=$chip_name:0"
check "the buses that are" grep -q "buses here are spi$(bed_bus)" /tmp/attach.err
check "no such chip select" says 3 "has no chip select 5" "spi:$(bed_bus).5,ready=$chip_name:0"
check "no such GPIO chip" says 3 "gpiodetect" "$place,ready=gpiochip77:0"
check "no such line" says 1 "lines 0 to 2" "$place,ready=$chip_name:9"
check "a line without an interrupt" says 3 "dmesg" "$place,ready=$chip_name:1"
check "nothing is left of them" gone "/sys/bus/spi/devices/spi$(bed_bus).0"

# Somebody else has the reset line.
base=$(cat /sys/class/gpio/gpiochip*/base | tail -n 1)
for other in /sys/class/gpio/gpiochip*; do
	! grep -q kpu_spi_bed "$other/label" || base=$(cat "$other/base")
done
echo $((base + 1)) >/sys/class/gpio/export
check "a line in use" says 3 'in use by "sysfs"' "$place,ready=$chip_name:0,reset=$chip_name:1"
echo $((base + 1)) >/sys/class/gpio/unexport

check "a board by the chip's name" attaches "$place,ready=$chip_name:0,speed=5000000"
check "it works" kpuctl -d dev:/dev/kpu0 ping
check "at the speed" grep -q 5000000 "/sys/bus/spi/devices/spi$(bed_bus).0/exchange/clock_hz"
check "kpuctl list shows it" sh -c 'kpuctl list | grep -q "spi spi.*on an SPI bus"'
check "twice is once too often" says 3 "belongs to kpu_spi already" "$place,ready=$chip_name:0"
check "off again" kpuctl attach --remove "$place"
check "the device has gone" within 100 gone /dev/kpu0
check "what is not there cannot go" says 3 "has not been attached" --remove "$place"
check "a board by the chip's label, with all lines" \
	attaches --detach "$place,ready=kpu_spi_bed:0,reset=kpu_spi_bed:1,boot=kpu_spi_bed:2"
check "off once more" kpuctl attach --remove "$place"

pull_spi
check "a board that does not answer" says 3 "check wires" "$place,ready=$chip_name:0"
check "it is taken off" gone "/sys/bus/spi/devices/spi$(bed_bus).0"
check "the module goes" rmmod kpu_spi_board
finish
