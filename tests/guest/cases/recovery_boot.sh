# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# shellcheck shell=sh
#
# The same with a board that has nothing in its flash: after each reset, crash and unplug it waits in
# its mask ROM, silent for the driver, until the holder of the tty boots it.
# timeout: 200

. /cases/case.sh
. /cases/recovery_cycles.sh
begin recovery_boot
# shellcheck disable=SC2034 # used by recovery_cycles
attach_by=attach_and_boot
recovery_cycles 5 3 /demo/discs.kmodel acm "$BLANK_acm" "$CONTROL_blank" "$CRASH_ADDRESSES"
finish
