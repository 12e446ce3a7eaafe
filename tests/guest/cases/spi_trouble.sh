# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# shellcheck shell=sh
#
# A board on an SPI bus with bad wires: flipped bits, missed edges of ready, glitches of chip
# select. Results are right all the same. Then the wires come off in the middle and go on again.
# timeout: 120

. /cases/case.sh
. /cases/spi_bus.sh
begin spi_trouble

models='v3_mnist v3_iris v4_iris'
if [ ! -d /models/golden ]; then
	skip "no published models here (KPU_SHARED)"
	finish
fi
need "wires" plug_spi "$BOARD_bad_spi"
need "attach" attach_spi
for model in $models; do
	check "$model" kpuctl -d dev:/dev/kpu0 conformance /models --models "$model"
done

command kpuctl -d dev:/dev/kpu0 conformance /models --models v3_face_maixpy >/dev/null 2>&1 &
client=$!
usleep 400000
pull_spi
usleep 300000
need "wires again" plug_spi "$BOARD_bad_spi"
check "ready again" within 200 grep -q ready /sys/class/kpu/kpu0/state
kill $client 2>/dev/null
wait $client
check "the models after that" kpuctl -d dev:/dev/kpu0 conformance /models --models v3_mnist
need "detach" detach_spi
pull_spi
finish
