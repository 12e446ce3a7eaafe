# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# shellcheck shell=sh
#
# SPI controllers that cannot transfer much at once.
# timeout: 60

. /cases/case.sh
. /cases/spi_bus.sh
begin spi_limits

not() {
	! "$@"
}

need "wires" plug_spi "$BOARD_spi"
# Controllers whose transfers are short, and one that cannot do it at all.
limit=/sys/module/kpu_spi_bed/parameters/transfer_max
echo 1100 >$limit
need "attach to a controller of 1100 bytes" attach_spi
[ ! -d /models/golden ] ||
	check "a model over it" kpuctl -d dev:/dev/kpu0 conformance /models --models v3_mnist
need "detach" detach_spi
# Less than the smallest frame, in as many transfers as one frame may have.
echo 8 >$limit
check "one of 8 bytes is refused" not name_board 2>/dev/null
check "and there is no device" gone /dev/kpu0
pull_spi
echo 65536 >$limit
# Slower than the bed's controller can be.
check "a clock below the controller's is refused" not name_board speed=50000 2>/dev/null
check "and there is no device either" gone /dev/kpu0
finish
