# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# shellcheck shell=sh
#
# A controller that does little in one transfer; and a board whose driver is unbound, unloaded and
# bound again while clients use it: they get an error, nothing hangs, and the board works after it.
# timeout: 60

. /cases/case.sh
. /cases/spi_bus.sh
begin spi_bind

driver=/sys/bus/spi/drivers/kpu_spi
limit=/sys/module/kpu_spi_bed/parameters/transfer_max
load() {
	while command kpuctl -d dev:/dev/kpu0 info; do :; done >/dev/null 2>&1 &
	usleep 300000
}

load_ends() {
	within 100 no_process kpuctl
}

usual=$(cat $limit)
echo 256 >$limit
need "wires" plug_spi "$BOARD_spi"
need "attach, 256 bytes a transfer" attach_spi
if [ -d /models/golden ]; then
	check "a model in small transfers" \
		kpuctl -d dev:/dev/kpu0 conformance /models --models v3_mnist
else
	skip "no published models here (KPU_SHARED)"
fi
device=spi$(bed_bus).0
for round in 1 2 3; do
	load
	echo "$device" >$driver/unbind
	check "the node goes ($round)" within 100 gone /dev/kpu0
	check "the client ends ($round)" load_ends
	echo "$usual" >$limit
	echo "$device" >$driver/bind
	check "ready again ($round)" within 100 grep -qs ready /sys/class/kpu/kpu0/state
	check "it answers ($round)" kpuctl -d dev:/dev/kpu0 info >/dev/null
done
load
check "kpu_spi goes under load" rmmod kpu_spi
check "the node goes with it" gone /dev/kpu0
check "the client ends" load_ends
check "kpu_spi loads" insmod /lib/modules/kpu_spi.ko patience=25
check "ready again" within 100 grep -qs ready /sys/class/kpu/kpu0/state
load
check "the board's description goes under load" rmmod kpu_spi_board
check "the node goes with that too" within 100 gone /dev/kpu0
check "the last client ends" load_ends
pull_spi
finish
