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

# A GPIO chip behind USB or I2C tells the level sooner than the edge before it. Such an edge is no
# call of the board: behind a command the bus comes to rest.
slow=/sys/module/kpu_spi_bed/parameters/edge_delay_ms
exchanges=/sys/bus/spi/devices/spi$(bed_bus).0/exchange/exchanges
echo 5 >$slow
moved=0
for round in 1 2 3; do
	check "a command over a slow GPIO chip ($round)" kpuctl -d dev:/dev/kpu0 info >/dev/null
	moved=$((moved - $(cat "$exchanges")))
	usleep 200000
	moved=$((moved + $(cat "$exchanges")))
done
echo 0 >$slow
echo "spi: $moved exchanges behind three commands over a slow GPIO chip"
check "the bus comes to rest behind them" [ $moved -le 15 ]
if [ -d /models/golden ]; then
	conform
else
	skip "no published models here (KPU_SHARED)"
fi
need "detach" detach_spi
pull_spi
finish
