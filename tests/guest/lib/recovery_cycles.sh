# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# shellcheck shell=sh
#
# Cycles of the recovery cases: under the load of several clients the board is reset, unplugged, or
# its firmware crashed, at a moment that a seeded generator chooses.

# A number below $1. RECOVERY_SEED, printed by the case, gives the same sequence again.
random() {
	seed=$(((seed * 1103515245 + 12345) % 2147483648))
	drawn=$((seed / 65536 % $1))
}

load_state() {
	read -r fewest interrupted wrong longest_ms </tmp/load_state
}

# Each client has finished a run since the last call.
all_have_run() {
	load_state 2>/dev/null && [ "${fewest:-0}" -gt "$fewest_before" ]
}

# They work, each of them, at most $1 tenths of a second from now.
clients_work() {
	load_state
	fewest_before=$fewest
	# A run may have been under way when the board was still its old self.
	within "$1" all_have_run && fewest_before=$fewest && within "$1" all_have_run
}

# start_load CLIENTS KMODEL [RUN_TIMEOUT_MS]
start_load() {
	echo 0 0 0 0 >/tmp/load_state
	recovery_load "$2" /tmp/load_state "$1" ${3:+"$3"} 2>/tmp/load_log &
	load_process=$!
}

end_load() {
	kill "$load_process"
	wait "$load_process"
	load_status=$?
	load_state
	head -n 20 /tmp/load_log
	echo "$case_name: $fewest runs of each client at least, $interrupted calls interrupted," \
		"$wrong wrong, longest call $longest_ms ms"
	return $load_status
}

# Through the mask ROM, and again whenever the driver asks for it.
attach_and_boot() {
	# shellcheck disable=SC2034 # as by attach
	kpuctl attach --detach "$tty_board" && kpu_board=$(kpu_of_tty "$tty_board")
}

# unplug_and_plug BRIDGE ADDRESS: as a user does when nothing else helps.
unplug_and_plug() {
	pull board
	# shellcheck disable=SC2154 # set by plug
	within 100 gone "$tty_board" && plug board "$2" "$1" && "${attach_by-attach}" board
}

# The event of this cycle: in its turn where the case has a list of them.
choose_event() {
	if [ -n "${events-}" ]; then
		event=${events%% *}
		events=${events#* }
		return
	fi
	random 10
	case $drawn in
	0 | 1 | 2 | 3) event=reset ;;
	4 | 5 | 6) event=crash ;;
	*) event=unplug ;;
	esac
}

boots_done() {
	cat "/sys/class/kpu/$kpu_board/counters/boots_done"
}

# hang CONTROL ORDERS: the program on the board comes to an end that no watchdog ends.
hang() {
	load_state
	interrupted_before=$interrupted
	boots_before=$(boots_done)
	echo "$2" | tr , '\n' | while read -r order; do
		# shellcheck disable=SC2086 # one word per argument
		board_order "$1" $order || return 1
	done
}

# It has been booted, and who waited was told.
was_booted() {
	load_state
	[ "$(boots_done)" -gt "$boots_before" ] && [ "$interrupted" -gt "$interrupted_before" ] &&
		return
	echo "$case_name: $event: $boots_before boots then, $(boots_done) now;" \
		"$interrupted_before interrupted then, $interrupted now"
	return 1
}

# happen BRIDGE ADDRESS CONTROL CRASH_ADDRESSES: the event. All but unplug are orders to CONTROL.
happen() {
	case $event in
	reset) board_order "$3" reset ;;
	crash)
		random "$(echo "$4" | wc -w)"
		board_order "$3" poke "$(echo "$4" | cut -d ' ' -f $((drawn + 1)))" 0
		;;
	unplug) unplug_and_plug "$1" "$2" ;;
	*) eval "hang \"\$3\" \"\$HANG_$event\"" ;;
	esac
}

# one_cycle BRIDGE ADDRESS CONTROL CRASH_ADDRESSES: something happens to the board; then all work
# again.
one_cycle() {
	boots_before=
	random 300
	usleep $((drawn * 1000))
	choose_event
	happen "$@"
	event_status=$?
	begun=$(now)
	[ $event_status = 0 ] && clients_work 600 || return 1
	echo "$case_name: $event, all work again after $((($(now) - begun) * 10)) ms"
	[ -z "$boots_before" ] || was_booted
}

# recovery_cycles COUNT CLIENTS KMODEL BRIDGE ADDRESS CONTROL CRASH_ADDRESSES
recovery_cycles() {
	seed=${RECOVERY_SEED:-$(($(cut -d . -f 1 </proc/uptime) + $$ * 7919 + $(date +%s)))}
	echo "$case_name: seed $seed, again with RECOVERY_SEED=$seed"
	need "plug in" plug board "$5" "$4"
	need "attach" "${attach_by-attach}" board
	start_load "$2" "$3" "${run_timeout_ms-}"
	clients_work 600 || {
		end_load
		need "the clients work" false
	}
	cycle=0
	while [ $((cycle += 1)) -le "$1" ]; do
		check "cycle $cycle" one_cycle "$4" "$5" "$6" "$7"
		[ $cycle != 3 ] || measure_memory before
	done
	measure_memory after
	check "load: no wrong result, no other error, no endless call" end_load
	check "clients were interrupted" [ "$interrupted" -gt 0 ]
	if owners_are_tracked; then
		check "kernel memory owned by the driver: $(compare_memory owned)" \
			memory_grew_less owned 24
	fi
	check "mapped kernel memory: $(compare_memory mapped)" memory_grew_less mapped 16
	check "memory of the whole system, KiB: $(compare_memory used)" memory_grew_less used 2048
	detach board
	pull board
	check "background processes have gone" within 100 no_process kpuctl
}
