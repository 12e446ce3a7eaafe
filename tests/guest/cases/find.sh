# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# shellcheck shell=sh
#
# Boards on a real USB stack: kpuctl list by libusb, and the udev rules that start the service,
# where the machine that packed the guest has udevadm.
# timeout: 60

. /cases/case.sh
begin find

# shellcheck disable=SC2154 # from the runner and from plug
listed() { # TTY ID NAME: all within one object of the list
	kpuctl list --json >/tmp/list || return 1
	tr -d '\n' </tmp/list | sed 's/  {/\n{/g' | grep "\"tty\": \"$1\"" | grep "\"id\": \"$2\"" |
		grep -q "\"board\": \"[^\"]*$3"
}

# udev_says TTY PATTERN: among the properties that the rules give the port
udev_says() {
	udevadm test --action=add "/sys/class/tty/${1#/dev/}" >/tmp/udev 2>&1
	grep -Eq "$2" /tmp/udev
}

no_board() {
	kpuctl list >/dev/null
	[ $? -eq 3 ]
}

check "no board" no_board
need "plug in a CH340" plug dock "$BOARD_ch341" ch341
need "plug in a CH9102" plug canmv "$BOARD_acm" acm
check "the CH340 is listed" listed "$tty_dock" 1a86:7523 "Maix Dock"
check "the CH9102 is listed" listed "$tty_canmv" 1a86:55d4 CanMV
check "once each" [ "$(kpuctl list --json | grep -c '"tty":')" -eq 2 ]
cat "$tty_dock" >/dev/null &
holder=$!
held() {
	kpuctl list | grep -q "held by   cat (process $holder)"
}
check "who has it open" within 100 held
kill $holder

if command -v udevadm >/dev/null; then
	for tty in "$tty_dock" "$tty_canmv"; do
		check "$tty: service" udev_says "$tty" \
			"SYSTEMD_WANTS=kpu-attach@${tty#/dev/}.service"
		check "$tty: for systemd" udev_says "$tty" "(TAGS|CURRENT_TAGS)=.*:systemd:"
		check "$tty: not for ModemManager" udev_says "$tty" ID_MM_PORT_IGNORE=1
	done
	udev_says /dev/ttyS1 .
	check "another port: nothing" sh -c "! grep -E 'SYSTEMD_WANTS|ID_MM_PORT' /tmp/udev"
	# The guest has no groups.
	check "no mistake in the rules" \
		sh -c "! grep '60-kpu.*rules:' /tmp/udev | grep -v 'Unknown group'"
else
	skip "no udevadm: the rules are not tested"
fi
pull dock
pull canmv
check "the bridges go" within 100 gone "$tty_dock"
check "none is listed" within 100 no_board
finish
