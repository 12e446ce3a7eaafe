# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# shellcheck shell=sh
#
# What `make install` brings, under systemd and udev as Debian has them: nobody types a command, and
# a board that is plugged in works. Its owner, her rights, and what doctor says when something is
# wrong.
# init: systemd
# timeout: 300

. /cases/case.sh
begin service

unit=kpu-attach@ttyACM0

ready() {
	[ -c /dev/kpu0 ] && grep -q ready /sys/class/kpu/kpu0/state
}

plug_in() {
	begun=$(now)
	plug "$1" "$2" acm || return 1
	[ "$tty_board" = /dev/ttyACM0 ]
}

works_by_itself() {
	eventually ready || return 1
	echo "service: $1: ready $((($(now) - begun) * 10)) ms after the plug"
}

# eventually COMMAND...: in half a minute. Commands that ask systemd take long, here.
eventually() {
	end=$(($(now) + 3000))
	until "$@"; do
		[ "$(now)" -lt $end ] || return 1
		usleep 100000
	done
}

nothing_has_failed() {
	[ "$(systemctl is-system-running)" = running ]
}

unit_is() { # active|inactive|failed
	[ "$(systemctl is-active "$unit")" = "$1" ]
}

property() {
	systemctl show -P "$1" "$unit"
}

# exit_of STATUS COMMAND...: what it says is in /tmp/said
exit_of() {
	wanted=$1
	shift
	"$@" >/tmp/said 2>&1
	got=$?
	[ $got = "$wanted" ] && return
	echo "service: exit status $got, not $wanted:"
	cat /tmp/said
	return 1
}

kpuctl() {
	/usr/local/bin/kpuctl "$@"
}

as() { # USER COMMAND
	su -s /bin/sh "$1" -c "$2"
}

says() {
	grep -q -- "$1" /tmp/said && return
	cat /tmp/said
	return 1
}

# Every word that systemd and its log say about the unit.
status_of_unit() {
	systemctl status --no-pager -l "$unit" >/tmp/said
	says "$1"
}

unprivileged() {
	process=$(property MainPID)
	! grep -q '^Uid:.*\<0\>' "/proc/$process/status" &&
		[ "$(sed -n 's/^CapEff:\t*//p' "/proc/$process/status")" = 0000000000001000 ]
}

pull_out() {
	pull board
	eventually gone /dev/kpu0 && eventually gone /dev/ttyACM0 && eventually unit_is inactive &&
		return
	systemctl status --no-pager -l "$unit"
	return 1
}

# doctor_names STATUS FINDING REPAIR: and what it says is what has to be typed.
doctor_names() {
	exit_of "$1" kpuctl doctor && says "$2" && says "-> .*$3"
}

repaired_by() { # as doctor says, but for sudo, whose place root takes
	repair=$(sed -n "s/^ *-> sudo \\(.*$1[^;]*\\).*/\\1/p" /tmp/said | head -n 1)
	[ -n "$repair" ] && $repair
}

need "all that is installed has started" eventually nothing_has_failed
check "the module is loaded at boot" test -d /sys/module/kpu_tty
check "doctor: no board" exit_of 3 kpuctl doctor

# A board with nothing in its flash.
# shellcheck disable=SC2154 # from the runner
need "plug in" plug_in board "$BLANK_acm"
need "it works" works_by_itself "plugged in"
check "systemctl status" status_of_unit "Active: active (running)"
check "... with what it has settled on" status_of_unit "reset style kd233, .* baud, booted in"
check "no right but the one to attach" unprivileged
check "rights of the node" [ "$(stat -c '%a %U:%G' /dev/kpu0)" = "660 root:plugdev" ]
check "alice may" exit_of 0 as alice "kpuctl info"
check "bob may not" exit_of 3 as bob "kpuctl info"
check "... and learns what to do" says "usermod -aG plugdev"
check "doctor: all is well" exit_of 0 kpuctl doctor
check "doctor for bob" exit_of 1 as bob "kpuctl doctor"
check "... the same" says "usermod -aG plugdev bob"

before=$(cat /sys/class/kpu/kpu0/boot_id)
check "reset" exit_of 0 kpuctl reset kpu0
check "another life" [ "$(cat /sys/class/kpu/kpu0/boot_id)" != "$before" ]
check "reset is not for bob" exit_of 3 as bob "kpuctl reset kpu0"
check "... who learns that root may" says "sudo kpuctl reset kpu0"
check "a port that is a device already" exit_of 3 kpuctl attach /dev/ttyACM0
check "... says which" says "/dev/kpu0"

process=$(property MainPID)
kill -KILL "$process"
begun=$(now)
check "a killed holder goes" eventually gone /dev/kpu0
check "another one comes" works_by_itself "holder killed"
check "unplug" pull_out

rmmod kpu_tty kpu
check "plug in again" plug_in board "$BLANK_acm"
check "without the module loaded before" works_by_itself "plugged in again"

systemctl stop "$unit"
is_ordinary() {
	stty -F /dev/ttyACM0 -a >/tmp/said 2>/dev/null && says "speed 9600 baud" && says " icanon"
}
check "stopped: the port is an ordinary one" is_ordinary
check "stopped: no node" gone /dev/kpu0
check "stopped: doctor" doctor_names 0 "^note .*not attached" "systemctl restart $unit"
begun=$(now)
check "stopped: its advice" repaired_by systemctl
check "stopped: works again" works_by_itself "restarted"

systemctl stop "$unit"
check "tty: boots the board by itself" exit_of 0 kpuctl -d tty:/dev/ttyACM0 info
check "... and says so" says "tty ttyACM0"
cat /dev/ttyACM0 >/dev/null &
holder=$!
check "port busy: doctor" doctor_names 1 "^problem .*in use by cat" "kill $holder"
kill $holder
check "probe" exit_of 1 kpuctl doctor --probe
check "... finds the K210" says "a K210 answers on /dev/ttyACM0"
check "... which is not attached" says "^problem .*not attached"

rmmod kpu_tty kpu
check "no module: doctor" doctor_names 1 "^problem .*kpu_tty .*not loaded" "modprobe kpu_tty"
check "no module: its advice" repaired_by modprobe
check "no module: loaded" test -d /sys/module/kpu_tty
rmmod kpu_tty kpu
check "no module: who attaches by hand loads it" exit_of 0 kpuctl attach --detach /dev/ttyACM0
killall kpuctl
check "attached by hand: over" eventually gone /dev/kpu0
mv /usr/local/lib/udev/rules.d/60-kpu.rules /tmp/
check "no rule: doctor" doctor_names 1 "^problem .*60-kpu.rules is not installed" "make install"
mv /tmp/60-kpu.rules /usr/local/lib/udev/rules.d/
pull board
eventually gone /dev/ttyACM0

cp /etc/kpu/attach.conf /tmp/
echo "ignore id=1a86:55d4" >/etc/kpu/attach.conf
check "ignored: plug in" plug_in board "$BLANK_acm"
left_alone() {
	journalctl -u "$unit" | grep -q "left alone: /etc/kpu/attach.conf, line 1" &&
		unit_is inactive
}
check "ignored: left alone, which is no failure" eventually left_alone
cp /tmp/attach.conf /etc/kpu/attach.conf
pull board
eventually gone /dev/ttyACM0

# A device with a board's ids that is none. It would be asked again after three seconds.
times_given_up() {
	journalctl -u "$unit" | grep -c "no K210 answers"
}
given_up() {
	[ "$(times_given_up)" != 0 ] && unit_is inactive
}
# shellcheck disable=SC2154 # from the runner
check "foreign: plug in" plug_in board "$FOREIGN_acm"
check "foreign: no K210, which is no failure" eventually given_up
sleep 5
check "foreign: asked once" [ "$(times_given_up)" = 1 ]
check "foreign: the port is an ordinary one" is_ordinary
pull board
check "nothing has failed" nothing_has_failed
finish
