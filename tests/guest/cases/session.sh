# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# shellcheck shell=sh
#
# What a user does: plug the board in, attach it, ask what it is, find objects in a photo, detach.
# The bridge is a CH341, as on the boards.
# timeout: 50

. /cases/case.sh
begin session

model=/models/kmodel/v3_face_maixpy.kmodel
photo=/models/photo/face_a.jpg
if [ ! -e $model ]; then
	model=/demo/discs.kmodel
	photo=/demo/discs.png
fi

need "plug in" plug board "$BOARD_ch341" ch341
need "attach" attach board
check "info" kpuctl -d dev:/dev/kpu0 info
info_tells_recovery() {
	kpuctl -d dev:/dev/kpu0 info --json | grep -q '"state": *"ready"'
}
check "info tells the state of the driver" info_tells_recovery
detect() {
	kpuctl --timeout 55 -d dev:/dev/kpu0 detect $model $photo --json -o /out/session.png \
		>/tmp/detections
}

begun=$(now)
need "detect" detect
echo "session: detect took $(($(now) - begun)) hundredths of a second"
cat /tmp/detections
check "something was found" grep -q score /tmp/detections
check "the annotated picture is a PNG" grep -q PNG /out/session.png
check "one more client" kpuctl -d dev:/dev/kpu0 info >/dev/null
need "detach" detach board
check "the tty works again as a tty" stty -F "$tty_board" >/dev/null
pull board
check "the bridge goes" within 100 gone "$tty_board"
finish
