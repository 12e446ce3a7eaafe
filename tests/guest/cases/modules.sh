# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# shellcheck shell=sh
#
# Unload and load the modules again and again, with and without a board, also in use.
# timeout: 60

. /cases/case.sh
begin modules

refuses_to_go() {
	! rmmod "$1" 2>/dev/null
}

check "kpu_spi goes" rmmod kpu_spi
check "kpu_tty goes" rmmod kpu_tty
check "kpu goes" rmmod kpu
check "the class goes" gone /sys/class/kpu
for round in 1 2 3 4 5 6 7 8 9 10; do
	check "kpu loads ($round)" insmod /lib/modules/kpu.ko
	check "kpu_tty loads ($round)" insmod /lib/modules/kpu_tty.ko
	check "kpu_spi loads ($round)" insmod /lib/modules/kpu_spi.ko
	check "kpu_tty goes ($round)" rmmod kpu_tty
	check "kpu_spi goes ($round)" rmmod kpu_spi
	check "kpu goes ($round)" rmmod kpu
done
need "kpu loads" insmod /lib/modules/kpu.ko
need "kpu_tty loads" insmod /lib/modules/kpu_tty.ko
for round in 1 2 3; do
	need "plug in ($round)" plug board "$BOARD_acm" acm
	need "attach ($round)" attach board
	check "kpu_tty stays while attached ($round)" refuses_to_go kpu_tty
	check "kpu stays while attached ($round)" refuses_to_go kpu
	check "the board still answers ($round)" kpuctl -d "dev:/dev/$kpu_board" info >/dev/null
	if [ $round = 2 ]; then
		pull board
		within 100 gone "/dev/$kpu_board" || fail "the node stays after the pull"
	else
		check "detach ($round)" detach board
		pull board
	fi
	check "kpu_tty goes ($round)" within 100 rmmod kpu_tty
	check "kpu goes ($round)" within 100 rmmod kpu
	insmod /lib/modules/kpu.ko
	insmod /lib/modules/kpu_tty.ko
done
# As the guest loads it, for the cases that follow.
check "kpu_spi is back" insmod /lib/modules/kpu_spi.ko patience=25
finish
