# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# shellcheck shell=sh
#
# Twenty of the fifty resets, unplugs and crashes; the other ones: recovery_ch341, and the same on the
# other kernel.
# timeout: 280

. /cases/case.sh
. /cases/recovery_cycles.sh
begin recovery
recovery_cycles 20 3 /demo/discs.kmodel acm "$RECOVER_acm" "$CONTROL_acm" "$CRASH_ADDRESSES"
finish
