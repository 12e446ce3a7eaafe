# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# shellcheck shell=sh
#
# Five of the fifty resets, unplugs and crashes, with the bridge of the boards.
# timeout: 150

. /cases/case.sh
. /cases/recovery_cycles.sh
begin recovery_ch341
recovery_cycles 5 ch341 "$RECOVER_ch341" "$CONTROL_ch341" "$CRASH_ADDRESSES"
finish
