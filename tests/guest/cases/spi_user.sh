# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# shellcheck shell=sh
#
# The SPI bus without the driver: spi: of the library over spidev and the GPIO character device.
# timeout: 60

. /cases/case.sh
. /cases/spi_bus.sh
begin spi_user

need "wires" plug_spi "$BOARD_spi"
need "a board on the bus" insmod /lib/modules/kpu_spi_board.ko bus="$(bed_bus)" \
	ready=kpu_spi_bed:0
device=spi$(bed_bus).0
echo "$device" >/sys/bus/spi/drivers/kpu_spi/unbind
echo spidev >"/sys/bus/spi/devices/$device/driver_override"
need "spidev takes it" sh -c "echo $device >/sys/bus/spi/drivers/spidev/bind"
for chip in /sys/devices/platform/kpu_spi_bed*/gpiochip*; do
	[ ! -e "/dev/${chip##*/}" ] || line=/dev/${chip##*/}:0
done
uri="spi:/dev/spidev${device#spi}?ready=$line&patience=25"
check "info over $uri" kpuctl -d "$uri" info
if [ -d /models/golden ]; then
	check "a model" kpuctl -d "$uri" conformance /models --models v3_mnist
else
	skip "no published models here (KPU_SHARED)"
fi
refused() {
	! kpuctl -d "$1" info >/dev/null 2>&1
}
check "no line is an error" refused "spi:/dev/spidev${device#spi}"
check "a line that is not there is an error" refused "spi:/dev/spidev${device#spi}?ready=/dev/gpiochip0:999"
need "the board goes" rmmod kpu_spi_board
pull_spi
finish
