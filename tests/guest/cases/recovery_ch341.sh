# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# shellcheck shell=sh
#
# Five of the fifty resets, unplugs and crashes, with the bridge of the boards. It moves a picture
# in some seconds, so that the model should have a small input.
# timeout: 280

. /cases/case.sh
. /cases/recovery_cycles.sh
begin recovery_ch341

model=/models/kmodel/v3_iris.kmodel
clients=3
if [ ! -e $model ]; then
	model=/demo/discs.kmodel
	clients=1
fi
recovery_cycles 5 $clients $model ch341 "$RECOVER_ch341" "$CONTROL_ch341" "$CRASH_ADDRESSES"
finish
