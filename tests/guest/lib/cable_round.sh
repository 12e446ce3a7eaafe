# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# shellcheck shell=sh
#
# One round of the cable cases.

# pull_in_mid_run BRIDGE ADDRESS DELAY_MS: plug in, attach, work, pull. Every waiting call must end
# within a second, the device node and the tty must go.
pull_in_mid_run() {
	pull_and_look "$@" && return
	pull board
	return 1
}

pull_and_look() {
	plug board "$2" "$1" && attach board || return 1
	# shellcheck disable=SC2154 # set by plug
	pull_cable "/dev/$kpu_board" "$cable_board" "$3" /demo/discs.kmodel || return 1
	within 100 gone "/dev/$kpu_board" && within 100 gone "$tty_board"
}
