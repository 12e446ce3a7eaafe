# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# shellcheck shell=sh
#
# The SPI bus without the driver: spi: of the library over spidev and libgpiod, and what it says to
# somebody who has typed it wrong.
# timeout: 60

. /cases/case.sh
. /cases/spi_bus.sh
begin spi_user

# says WORDS URI: kpuctl fails, with these words.
says() {
	if command kpuctl -d "$2" info >/tmp/said 2>&1 || ! grep -qF "$1" /tmp/said; then
		cat /tmp/said
		return 1
	fi
}

need "wires" plug_spi "$BOARD_spi"
need "a board on the bus" name_board
device=spi$(bed_bus).0
bus=/dev/spidev${device#spi}
check "a line that a driver holds" says 'held by "ready"' "spi:$bus?ready=kpu_spi_bed:0"
echo "$device" >/sys/bus/spi/drivers/kpu_spi/unbind
check "a chip select without spidev" says "$bus: No such file" "spi:$bus?ready=kpu_spi_bed:0"
echo spidev >"/sys/bus/spi/devices/$device/driver_override"
need "spidev takes it" sh -c "echo $device >/sys/bus/spi/drivers/spidev/bind"
for chip in /sys/devices/platform/kpu_spi_bed*/gpiochip*; do
	[ ! -e "/dev/${chip##*/}" ] || chip=/dev/${chip##*/}
done
uri="spi:$bus?ready=$chip:0&patience=25"
check "info over $uri" kpuctl -d "$uri" info
check "the chip by its label" kpuctl -d "spi:$bus?ready=kpu_spi_bed:0&patience=25" info
if [ -d /models/golden ]; then
	check "a model" kpuctl -d "$uri" conformance /models --models v3_mnist
else
	skip "no published models here (KPU_SHARED)"
fi
check "no ready line" says 'ready=/dev/gpiochip0:25' "spi:$bus"
check "a line that is not there" says 'no such line' "spi:$bus?ready=$chip:999"
check "a chip that is not there" says 'gpiodetect' "spi:$bus?ready=/dev/gpiochip77:0"
check "something else than a chip" says '/dev/null: this is no GPIO chip' \
	"spi:$bus?ready=/dev/null:0"
check "something else than a bus" says 'no SPI device' "spi:/dev/null?ready=$chip:0"
check "a clock that no bus has" says 'within 100000..25000000' "spi:$bus?ready=$chip:0&hz=10"
need "the board goes" rmmod kpu_spi_board
pull_spi
finish
