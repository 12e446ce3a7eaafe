# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# shellcheck shell=sh
#
# The same with a board that has nothing in its flash: after each event it waits in its mask ROM,
# silent for the driver, until the holder of the tty boots it. And programs that hang while a holder
# is there, with the watchdog stopped: in an endless loop, with interrupts off, in the trap handler
# after an exception; and one that acknowledges whatever it gets and answers nothing.
# timeout: 240

. /cases/case.sh
. /cases/recovery_cycles.sh
begin recovery_boot
# shellcheck disable=SC2034 # used by recovery_cycles
attach_by=attach_and_boot
# shellcheck disable=SC2034 # used by recovery_cycles
events='reset loop deaf trap mute unplug '
# What shows that a board is mute is a run that ends at its time-out.
# shellcheck disable=SC2034 # used by recovery_cycles
run_timeout_ms=5000
recovery_cycles 6 3 /demo/discs.kmodel acm "$BLANK_acm" "$CONTROL_BLANK_acm" "$CRASH_ADDRESSES"
finish
