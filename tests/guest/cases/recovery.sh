# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# shellcheck shell=sh
#
# Fourteen of the twenty-five on each kernel; the others: recovery_boot and recovery_ch341.
# timeout: 280

. /cases/case.sh
. /cases/recovery_cycles.sh
begin recovery
recovery_cycles 14 3 /demo/discs.kmodel acm "$RECOVER_acm" "$CONTROL_acm" "$CRASH_ADDRESSES"
finish
