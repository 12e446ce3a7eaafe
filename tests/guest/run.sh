#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# Run test cases in a guest with a stock Debian kernel, booted by QEMU without virtualisation.
#
#   tests/guest/run.sh [OPTION...] [CASE...]
#
#   --kernel=6.1|6.12   the guest's kernel (default 6.1); debug: one with lockdep, KASAN and more,
#                       built by debug_kernel.sh, on which all takes several times as long
#   --shell             a shell in the guest instead of test cases; leave with exit or Ctrl-A X
#   --timeout=SECONDS   for the whole run (default: the sum of the cases' limits and 60 s)
#   --debug             with poison and owner tracking in the slab allocator: slower; the leak check
#                       of the cable case needs it
#   --within=SECONDS    fail when it takes longer from launch to power-off
#   --name=NAME         of the folder with the logs (default: the kernel)
#   --cpus=N            processors of the guest (default 1, with --debug 2). Each packet of the
#                       emulated bridge wakes several threads; a second processor doubles the time
#   --append=WORDS      more kernel parameters
#   --list              names of all cases
#
# CASE is a file of tests/guest/cases/ without .sh, or a program tests/guest/uapi_*; default all but
# those for systemd. A case's limit in seconds stands in it as "# timeout: N" (default 60). One with
# a line "# init: systemd" runs under systemd (root_systemd.sh), which only cases of that kind can
# share.
#
# The emulated boards run on the host, one behind a CH341 bridge and one behind a CDC-ACM one; the
# guest reaches their USB/IP faces through QEMU's user-mode network. KPU_SHARED/models, if there,
# appears in the guest as /models, and /out of the guest is build/guest/runs/NAME/out.
#
# Exit status 0: everything passed and the guest's kernel log is clean. Logs are kept in
# build/guest/runs/NAME: console.log, cases.log, out/dmesg.log, board-*.log.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
top=$(CDPATH='' cd -- "$here/../.." && pwd)
export KPU_BUILD=${KPU_BUILD-$top/build}
models=${KPU_SHARED-$top/../shared}/models
emulator=$KPU_BUILD/bin/k210-emu
firmware=$KPU_BUILD/firmware/kpu-firmware.bin

series=6.1
shell=
limit=
within=
name=
append=
slab_debug=FZ
cpus=1
memory=768
slowness=1
cases=()

die() {
	echo "guest: $*" >&2
	exit 1
}

all_cases() {
	local path
	for path in "$here"/cases/*.sh "$KPU_BUILD"/tests/guest/uapi_*; do
		case $path in
		*.o | *.d | *'*') ;;
		*) basename "$path" .sh ;;
		esac
	done
}

# The file of a case: one that runs by default, or one of lib/ that runs only when named.
case_file() {
	local file=$here/cases/$1.sh
	[ -e "$file" ] || file=$here/lib/$1.sh
	echo "$file"
}

under_systemd() {
	grep -qs '^# init: systemd$' "$(case_file "$1")"
}

while [ $# -gt 0 ]; do
	case $1 in
	--kernel=*) series=${1#*=} ;;
	--shell) shell=1 ;;
	--timeout=*) limit=${1#*=} ;;
	--debug)
		slab_debug=FZPU
		cpus=2
		;;
	--cpus=*) cpus=${1#*=} ;;
	--within=*) within=${1#*=} ;;
	--name=*) name=${1#*=} ;;
	--append=*) append=${1#*=} ;;
	--list)
		all_cases
		exit
		;;
	-*)
		sed -n '5,33s/^# \{0,1\}//p' "$0" >&2
		exit 2
		;;
	*) cases+=("$1") ;;
	esac
	shift
done
[ ${#cases[@]} -gt 0 ] || mapfile -t cases < <(all_cases | while read -r one; do
	under_systemd "$one" || echo "$one"
done)

# KASAN sees what the slab allocator's aids would, and keeps a shadow of all memory.
if [ "$series" = debug ]; then
	slab_debug=-
	memory=1536
	slowness=5
	append="kasan_multi_shot $append"
fi
vmlinux=$("$here/kernels.sh" vmlinux "$series")
name=${name:-$series}
run=$KPU_BUILD/guest/runs/$name
rm -rf "$run"
mkdir -p "$run/out" "$run/orders"
[ -z "${KPU_GUEST_JOB-}" ] || echo "$KPU_GUEST_JOB" >"$run/out/job"

helpers=()
end_helpers() {
	[ ${#helpers[@]} -eq 0 ] || kill "${helpers[@]}" 2>/dev/null || :
}
trap end_helpers EXIT
trap 'exit 1' INT TERM

# tell_port VARIABLE WORDS LOG: the guest finds what listens under this name.
tell_port() {
	local port='' waited=0
	while [ -z "$port" ]; do
		port=$(sed -n "s/^$2listening on 127\.0\.0\.1:\([0-9]*\).*/\1/p" "$3" | head -n 1)
		[ $((waited += 1)) -lt 200 ] || die "$1 does not listen: $(cat "$3")"
		[ -n "$port" ] || sleep 0.05
	done
	echo "$1=10.0.2.2:$port" >>"$run/orders/environment"
}

# start_board NAME COMMAND...: run a board that listens on a port of its choice, and tell the guest
# the address under which it finds it.
start_board() {
	local variable=$1 log=$run/board-$1.log face=''
	[ "${variable%spi}" = "$variable" ] || face='spi '
	shift
	: >"$log"
	"$@" >"$log" 2>&1 </dev/null &
	helpers+=($!)
	tell_port "$variable" "$face" "$log"
}

# Some of the chosen cases need this variable.
mentioned() {
	local one
	[ -z "$shell" ] || return 0
	for one in "${cases[@]}"; do
		! grep -qs "$1" "$(case_file "$one")" || return 0
	done
	return 1
}

# Where a word of zeros, which is no instruction, ends the firmware: in interrupts, in the handling
# of a packet, of its checksum. The address of a store is a multiple of four, that of a function of
# two.
crash_addresses() {
	local symbols='uart_interrupt|kpu_interrupt|kpu_cobs_decode|kpu_crc32' address list=''
	while read -r address; do
		list="$list $(printf '0x%x' $(((0x$address + 3) & ~3)))"
	done < <(nm "${firmware%.bin}.elf" | sed -nE "s/^0*([0-9a-f]+) . ($symbols)\$/\1/p")
	echo "CRASH_ADDRESSES=${list# }" >>"$run/orders/environment"
}

# two_bytes ADDRESS: what stands there in the firmware, which lies at 0x80000000.
two_bytes() {
	od -An -v -j $(($1 - 0x80000000)) -N 2 -t u2 "$firmware"
}

# patch SYMBOL INSTRUCTION: "poke ADDRESS WORD" that puts an instruction of two bytes in the place
# of the function's first one, and leaves its neighbour in the word as it is.
patch() {
	local address word
	address=$(nm "${firmware%.bin}.elf" | sed -nE "s/^0*([0-9a-f]+) . $1\$/\1/p")
	[ -n "$address" ] || die "the firmware has no function $1"
	address=$((0x$address))
	if [ $((address & 2)) = 0 ]; then
		word=$(($2 | $(two_bytes $((address + 2))) << 16))
	else
		word=$(($(two_bytes $((address - 2))) | $2 << 16))
	fi
	printf 'poke 0x%x 0x%x' $((address & ~3)) $word
}

# Ways to hang for ever that a watchdog does not end, as orders to the board, "," between them. The
# instruction a001 jumps to itself, 0000 is none, 8082 returns (RISC-V unprivileged specification,
# "C" extension); the watchdog's first register has its enable bit.
hang_orders() {
	local no_watchdog='poke 0x50400000 0' loop=0xa001 check deaf report trap mute
	check=$(patch stack_check $loop)
	deaf=$(patch trap_interrupt $loop)
	report=$(patch crash_report $loop)
	trap=$(patch stack_check 0)
	mute=$(patch board_deliver 0x8082)
	{
		echo "HANG_loop=$no_watchdog,$check"
		echo "HANG_deaf=$no_watchdog,$deaf"
		echo "HANG_trap=$no_watchdog,$report,$trap"
		echo "HANG_mute=$mute"
	} >>"$run/orders/environment"
}

# A board with nothing in its flash.
start_blank() { # BRIDGE STYLE
	mentioned "BLANK_$1" || return 0
	start_board "BLANK_$1" "$emulator" --usbip="$1" --style="$2" --listen=127.0.0.1:0 \
		--control=127.0.0.1:0
	tell_port "CONTROL_BLANK_$1" "control " "$run/board-BLANK_$1.log"
}

# A device with a board's ids that is none: a program in its flash talks, and no line resets it.
start_foreign() { # BRIDGE
	mentioned "FOREIGN_$1" || return 0
	"$here/flash_image.sh" "$KPU_BUILD/tests/unit/soc/programs/chatter.bin" >"$run/foreign.$1"
	start_board "FOREIGN_$1" "$emulator" --usbip="$1" --clock=real --listen=127.0.0.1:0 \
		--flash="$run/foreign.$1"
}

start_boards() {
	local bridge
	echo "NO_COLOR=1" >"$run/orders/environment"
	for bridge in ch341 acm; do
		if mentioned ECHO_; then
			start_board "ECHO_$bridge" "$KPU_BUILD/tests/guest/usbip_echo" $bridge \
				127.0.0.1:0
		fi
		if mentioned BOARD_; then
			start_board "BOARD_$bridge" "$emulator" --usbip=$bridge \
				--listen=127.0.0.1:0 "--image=$firmware"
		fi
		if mentioned "RECOVER_$bridge"; then
			start_board "RECOVER_$bridge" "$emulator" --usbip=$bridge \
				--listen=127.0.0.1:0 --control=127.0.0.1:0 "--image=$firmware"
			tell_port "CONTROL_$bridge" "control " "$run/board-RECOVER_$bridge.log"
		fi
	done
	start_blank ch341 dan
	start_blank acm kd233
	start_foreign acm
	if mentioned BOARD_spi; then
		start_board BOARD_spi "$emulator" --spi=127.0.0.1:0 --keep "--image=$firmware"
	fi
	if mentioned BOARD_bad_spi; then
		start_board BOARD_bad_spi "$emulator" "--spi=127.0.0.1:0,$bad_wires" --keep \
			"--image=$firmware"
	fi
	if mentioned RECOVER_spi; then
		cp "$KPU_BUILD/firmware/kpu-firmware-flash.bin" "$run/spi.flash"
		start_board RECOVER_spi "$emulator" "--spi=127.0.0.1:0,$bad_wires" --keep \
			--control=127.0.0.1:0 --style=dan "--flash=$run/spi.flash"
		tell_port CONTROL_spi "control " "$run/board-RECOVER_spi.log"
	fi
	echo "RECOVERY_SEED=${RECOVERY_SEED-}" >>"$run/orders/environment"
	crash_addresses
	hang_orders
}

# One bit in so many, edges of ready, transfers with a glitch of chip select before them.
bad_wires=flip=100000,edge=20,glitch=200,seed=3

# NAME BRIDGE OPTIONS: boards without an image, as they come: in the real clock, with blank flash or
# the program of somebody else.
boot_boards() {
	local foreign=$run/foreign.flash
	"$here/flash_image.sh" "$KPU_BUILD/tests/unit/soc/programs/chatter.bin" >"$foreign"
	cp "$foreign" "$foreign.god"
	cp "$foreign" "$foreign.other"
	cat <<END
dan ch341 --style=dan
kd233 acm --style=kd233 --flash=$foreign
god ch341 --style=god --flash=$foreign.god
slow ch341 --style=dan --line-max=115200
medium acm --style=kd233 --line-max=1500000
noisy acm --style=dan --noise=300,1,20000
other ch341 --flash=$foreign.other
END
}

start_boot_boards() {
	local name bridge options
	mentioned BOOT_ || return 0
	boot_boards >"$run/boot_boards"
	while read -r name bridge options; do
		# shellcheck disable=SC2086 # one word per option
		start_board "BOOT_$name" "$emulator" --usbip="$bridge" --clock=real \
			--listen=127.0.0.1:0 --control=127.0.0.1:0 $options
		tell_port "CONTROL_$name" "control " "$run/board-BOOT_$name.log"
	done <"$run/boot_boards"
}

# Boards for a host that sleeps, which USB/IP does not let it: one at a serial port, whose flash is
# blank, one at a USB adapter. What happens meanwhile stands in /out/later, a
# line for each thing: SECONDS to wait, then "wake" (the machine's power button), "unplug" (the
# adapter), or CONTROL_... with an order to that board.
serial_lines=()
start_serial_boards() {
	local line image=()
	mentioned CONTROL_serial || return 0
	for line in serial adapter; do
		"$emulator" "--uart=unix:$run/$line" --keep --control=127.0.0.1:0 "${image[@]}" \
			>"$run/board-$line.log" 2>&1 </dev/null &
		helpers+=($!)
		tell_port "CONTROL_$line" "control " "$run/board-$line.log"
		image=("--image=$firmware")
	done
	mkfifo "$run/monitor.in" "$run/monitor.out"
	# shellcheck disable=SC2054 # the commas are QEMU's
	serial_lines=(
		-chardev "socket,id=serial,path=$run/serial" -device pci-serial,chardev=serial
		-chardev "socket,id=adapter,path=$run/adapter" -device qemu-xhci
		-device usb-serial,id=adapter,chardev=adapter
		-chardev "pipe,id=monitor,path=$run/monitor" -mon chardev=monitor
	)
	cat "$run/monitor.out" >"$run/monitor.log" &
	helpers+=($!)
	do_later &
	helpers+=($!)
}

# Until the guest says that it is awake: before it sleeps the button means nothing.
press_button() {
	local times=0
	until rm "$run/out/awake" 2>/dev/null || [ $((times += 1)) -gt 60 ]; do
		echo system_powerdown >"$run/monitor.in"
		sleep 0.5
	done
}

do_later() {
	local seconds order address answer
	while sleep 0.1; do
		mv "$run/out/later" "$run/later" 2>/dev/null || continue
		while read -r seconds order; do
			sleep "$seconds"
			case $order in
			wake) press_button ;;
			unplug) echo device_del adapter >"$run/monitor.in" ;;
			CONTROL_*)
				address=$(sed -n "s/^${order%% *}=10.0.2.2://p" \
					"$run/orders/environment")
				exec 3<>"/dev/tcp/127.0.0.1/$address"
				echo "${order#* }" >&3
				# Whoever hangs up at once may not be heard.
				read -r -t 10 answer <&3 && [ "$answer" = ok ] ||
					echo "run.sh: $order: ${answer:-no answer}" >&2
				exec 3>&-
				;;
			esac
		done <"$run/later"
	done
}

case_limit() {
	local declared
	declared=$(sed -n 's/^# timeout: *\([0-9]*\)$/\1/p' "$(case_file "$1")" 2>/dev/null || :)
	echo $((${declared:-60} * slowness))
}

make_root() {
	local one count=0 maker=root.sh
	for one in "${cases[@]}"; do
		! under_systemd "$one" || count=$((count + 1))
	done
	[ $count = 0 ] || maker=root_systemd.sh
	[ $count = 0 ] || [ $count = ${#cases[@]} ] ||
		die "some of these cases run under systemd and some do not: ${cases[*]}"
	"$here/$maker" "$series" "$run/orders" "$run/root.cpio"
}

write_orders() {
	local one sum=$((60 * slowness))
	echo "out /out rw" >"$run/orders/mounts"
	[ ! -d "$models" ] || echo "models /models ro" >>"$run/orders/mounts"
	for one in "${cases[@]}"; do
		echo "$one $(case_limit "$one")"
		sum=$((sum + $(case_limit "$one")))
	done >"$run/orders/cases"
	limit=${limit:-$sum}
	[ -z "$shell" ] || : >"$run/orders/shell"
}

# Stock kernels carry no sanitizer, but the slab allocator can check red zones (Z) and its own
# consistency (F), poison free memory (P) and track owners (U). The latter two make the network to
# the board half as fast.
kernel_parameters() {
	local khz
	khz=$("$KPU_BUILD/tests/guest/tsc_khz") && append="tsc_early_khz=$khz $append"
	# A host that is busy elsewhere leaves a processor alone for many seconds: not a lockup yet.
	echo "watchdog_thresh=30 rcupdate.rcu_cpu_stall_timeout=60" \
		"console=ttyS0 loglevel=5 panic=-1 oops=panic mitigations=off nokaslr" \
		"no_timer_check systemd.show_status=0 net.ifnames=0" \
		"tsc=reliable random.trust_cpu=on cryptomgr.notests rcupdate.rcu_expedited=1" \
		"slub_debug=$slab_debug $append"
}

boot() {
	# shellcheck disable=SC2054 # the commas are QEMU's
	local options=(
		-smp "$cpus" -M q35 -m "$memory" -cpu max -display none -nodefaults -no-user-config
		-no-reboot -monitor none -kernel "$vmlinux" -initrd "$run/root.cpio"
		-append "$(kernel_parameters)"
		-netdev user,id=net0 -device virtio-net-pci,netdev=net0,romfile=
		-fsdev "local,id=out,path=$run/out,security_model=none"
		-device virtio-9p-pci,fsdev=out,mount_tag=out
		-serial "file:$run/console.log"
	)
	# shellcheck disable=SC2054 # the commas are QEMU's
	[ ! -d "$models" ] || options+=(
		-fsdev "local,id=models,path=$models,security_model=none,readonly=on"
		-device virtio-9p-pci,fsdev=models,mount_tag=models
	)
	options+=("${serial_lines[@]}")
	# Not KVM even where the device exists: nested it may abort, and results should be the same.
	options+=(-accel "${KPU_ACCEL-tcg,thread=multi}")
	if [ -n "$shell" ]; then
		qemu-system-x86_64 "${options[@]}" -serial mon:stdio
		return
	fi
	timeout -k 5 "$limit" qemu-system-x86_64 "${options[@]}" -serial stdio </dev/null 2>&1 |
		sed -u 's/\r$//' | tee "$run/cases.log"
}

passed=0
failed=0
skipped=0

verdict() {
	if [ "$1" = 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "guest-$name: FAILED: $2"
	fi
}

count_cases() {
	local counts
	while IFS=: read -r _ counts; do
		[[ $counts =~ \ ([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)? ]] ||
			continue
		passed=$((passed + BASH_REMATCH[1]))
		failed=$((failed + BASH_REMATCH[2]))
		skipped=$((skipped + ${BASH_REMATCH[4]:-0}))
	done < <(grep -E '^[[:alnum:]_.-]+: [0-9]+ passed, [0-9]+ failed' "$run/cases.log")
}

# The kernel's own complaints; none of them may appear, whatever the cases say.
complaints='WARNING:|BUG[: ]|Oops|general protection|Kernel panic|Call Trace|blocked for more than'
complaints="$complaints|refcount_t|possible (circular|recursive) locking|inconsistent lock state"
complaints="$complaints|suspicious RCU|UBSAN|KASAN|KFENCE|list_(add|del) corruption|soft lockup"
complaints="$complaints|rcu.*detected.*stall|Objects remaining|Unable to handle|double free"
complaints="$complaints|scheduling while atomic|sleeping function called|unbalanced|still has users"

judge() {
	count_cases
	! mentioned '^# failures are injected$' || complaints=${complaints/|Call Trace/}
	local result
	result=$(sed -n 's/^kpu-guest: result \([0-9]*\) .*/\1/p' "$run/cases.log")
	[ "$result" = 0 ]
	verdict $? "the guest did not end well (result: ${result:-none})"
	grep -aE "$complaints" "$run/console.log" "$run/out/dmesg.log" >"$run/complaints.log" 2>&1
	[ ! -s "$run/complaints.log" ]
	verdict $? "complaints of the kernel: $(head -n 5 "$run/complaints.log")"
	[ -s "$run/out/dmesg.log" ]
	verdict $? "no kernel log was saved; console: $(tail -n 20 "$run/console.log")"
	if [ -n "$within" ]; then
		[ "$elapsed" -lt $((within * 1000)) ]
		verdict $? "took longer than $within s"
	fi
	echo "guest-$name: $passed passed, $failed failed, $skipped skipped"
}

# Milliseconds since some fixed point.
clock() {
	echo "$((${EPOCHREALTIME/[.,]/} / 1000))"
}

start_boards
start_boot_boards
start_serial_boards
write_orders
make_root
begin=$(clock)
boot || :
[ -z "$shell" ] || exit 0
# With two processors under TCG a kernel sometimes meets its own jump labels half patched (int3)
# while it starts. Nothing of this project has run by then.
if ! grep -q '^kpu-guest: up' "$run/cases.log"; then
	echo "guest-$name: the guest's kernel did not start; once more. Its last words:"
	grep -a "Oops\|BUG\|RIP: \|panic" "$run/console.log" | tail -n 5
	begin=$(clock)
	boot || :
fi
elapsed=$(($(clock) - begin))
echo "guest-$name: $((elapsed / 1000)).$((elapsed % 1000 / 100)) s from launch to power-off"
set +e
judge
[ "$failed" -eq 0 ]
