# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# shellcheck shell=sh
#
# The board on an SPI bus: the same models with the same bytes as over USB, and what a user does
# wrong.
# timeout: 240

. /cases/case.sh
. /cases/spi_bus.sh
. /cases/published.sh
begin spi

not() {
	! "$@"
}

check "a board without a ready line is refused" \
	not insmod /lib/modules/kpu_spi_board.ko add="$(bed_bus).0" 2>/dev/null
check "a chip select that is no number is refused" \
	not insmod /lib/modules/kpu_spi_board.ko add="$(bed_bus).0x,ready=kpu_spi_bed:0" 2>/dev/null
check "a bus that is not there is refused" \
	not insmod /lib/modules/kpu_spi_board.ko add=77.0,ready=kpu_spi_bed:0 2>/dev/null
need "wires" plug_spi "$BOARD_spi"
echo N >/sys/module/kpu_spi_bed/parameters/pulled_down
need "attach" attach_spi
check "ready has a pull-down" grep -q Y /sys/module/kpu_spi_bed/parameters/pulled_down
check "info" kpuctl -d dev:/dev/kpu0 info
if [ -d /models/golden ]; then
	conform
else
	skip "no published models here (KPU_SHARED)"
fi
need "detach" detach_spi
pull_spi
finish
