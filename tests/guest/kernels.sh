#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# Stock Debian kernels for the guest tests: fetched with apt, unpacked, never installed.
#
#   tests/guest/kernels.sh fetch [SERIES...]   fetch and prepare (default: every series)
#   tests/guest/kernels.sh kdir SERIES         print the directory for `make modules KDIR=...`
#   tests/guest/kernels.sh root SERIES         print the directory that holds lib/modules
#   tests/guest/kernels.sh release SERIES      print what uname -r says there
#   tests/guest/kernels.sh vmlinux SERIES      print the uncompressed kernel for qemu -kernel
#   tests/guest/kernels.sh refresh             forget what was fetched
#
# SERIES is 6.1 or 6.12. Each printing command fetches first when it has to; what it reports while
# doing so goes to stderr. The newest version that the package lists offer is taken; once fetched
# it stays until refresh or make clean. An interrupted fetch leaves no stamp and is redone.
# Neither root nor an installed kernel is needed, only the guest packages of tools/deps.sh.
# The series debug, which is used only when named, is built from source: debug_kernel.sh.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
top=$(CDPATH='' cd -- "$here/../.." && pwd)
store=${KPU_KERNELS-$top/build/guest/kernels}
all_series='6.1 6.12'

# Left out of the unpacked tree: nothing a guest with an emulated USB bridge can use, and more than
# half of its size.
unused='sound drivers/media drivers/net/wireless drivers/net/ethernet drivers/infiniband
drivers/gpu/drm/amd drivers/gpu/drm/nouveau drivers/gpu/drm/i915 drivers/gpu/drm/radeon
drivers/gpu/drm/xe drivers/scsi drivers/staging drivers/iio drivers/md drivers/accel
fs/xfs fs/btrfs fs/ocfs2 fs/ceph fs/smb fs/nfs fs/bcachefs net/netfilter net/sched'

say() {
	echo "kernels: $*" >&2
}

die() {
	say "$*"
	exit 1
}

# Options that let an unprivileged apt-get use package lists of its own.
private_apt() {
	echo "-o Dir::State::lists=$store/apt/lists -o Dir::Cache=$store/apt/cache" \
		"-o APT::Sandbox::User=$(id -un)"
}
apt_options="-o APT::Sandbox::User=$(id -un)"

update_private_lists() {
	mkdir -p "$store/apt/lists/partial" "$store/apt/cache/archives/partial"
	apt_options=$(private_apt)
	# shellcheck disable=SC2086 # options
	apt-get $apt_options -q update >"$store/apt/update.log" 2>&1 ||
		say "apt-get update failed, see $store/apt/update.log"
}

newest_image() {
	case $1 in
	6.1) pattern='^linux-image-6\.1\.0-[0-9]+-amd64$' ;;
	6.12) pattern='^linux-image-6\.12\.[0-9]+\+deb12-amd64$' ;;
	*) die "unknown series '$1', one of: $all_series" ;;
	esac
	# shellcheck disable=SC2086 # options
	apt-cache $apt_options pkgnames linux-image-6 | grep -E "$pattern" | sort -V | tail -n 1
}

# The image's headers and what these need of our concern, one package=version per line.
packages_for() {
	release=$1
	headers=linux-headers-$release
	# shellcheck disable=SC2086 # options
	record=$(apt-cache $apt_options show --no-all-versions "$headers")
	version=$(echo "$record" | sed -n 's/^Version: //p')
	echo "linux-image-$release"
	echo "$headers=$version"
	echo "$record" | sed -n 's/^Depends: //p' | tr ',' '\n' | sed 's/^ *//;s/ .*//' |
		grep -E '^linux-(headers-.*-common|kbuild-.*)$'
}

# Fetch the packages for series $1 into directory $2; apt verifies their checksums.
download() {
	image=$(newest_image "$1")
	[ -n "$image" ] || return 1
	rm -rf "$2"
	mkdir -p "$2"
	say "fetching $image and its headers"
	# shellcheck disable=SC2046,SC2086 # options, one word per package
	(cd "$2" && apt-get $apt_options -q download $(packages_for "${image#linux-image-}")) \
		>"$store/download-$1.log" 2>&1
}

fetch_packages() {
	download "$1" "$2" && return
	say "the system's package lists did not serve, reading fresh ones"
	update_private_lists
	download "$1" "$2" && return
	cat "$store/download-$1.log" >&2 || :
	die "no $1 kernel could be fetched; Debian 12 has 6.1 in bookworm and 6.12 in" \
		"bookworm-security: are both among the apt sources?"
}

byte_at() { # FILE OFFSET SIZE: an unsigned little-endian field
	od -An -v -j "$2" -N "$3" -t "u$3" "$1" | tr -d ' '
}

# Take the kernel proper out of a bzImage, by the offsets of its boot header. QEMU starts the
# result through its PVH entry, which saves the seconds that unpacking takes under emulation.
extract_vmlinux() {
	setup_sectors=$(byte_at "$1" 497 1)
	start=$(((setup_sectors + 1) * 512 + $(byte_at "$1" 584 4)))
	length=$(byte_at "$1" 588 4)
	payload=$2.packed
	tail -c +$((start + 1)) "$1" | head -c "$length" >"$payload"
	case $(od -An -v -N 4 -t x1 "$payload" | tr -d ' ') in
	# The boot loader's convention appends the unpacked size to the stream.
	fd377a58) head -c $((length - 4)) "$payload" | xz -dc --single-stream >"$2" ;;
	28b52ffd) head -c $((length - 4)) "$payload" | zstd -dcq >"$2" ;;
	1f8b*) gzip -dcq <"$payload" >"$2" 2>/dev/null || : ;;
	*) die "$1: unknown compression" ;;
	esac
	rm -f "$payload"
	[ "$(od -An -v -N 4 -t x1 "$2" | tr -d ' ')" = 7f454c46 ] || die "$1: no ELF image inside"
}

unpack() { # directory with packages, root
	set -- "$1" "$2" --wildcards
	for folder in $unused; do
		set -- "$@" "--exclude=*/kernel/$folder"
	done
	debs=$1
	root=$2
	shift 2
	for deb in "$debs"/*.deb; do
		dpkg --fsys-tarfile "$deb" | tar -C "$root" -x --exclude='./usr/share' "$@"
	done
}

# The headers find each other by an absolute path. vmlinux there serves only to add BTF, for which
# pahole would be needed.
relocate_headers() {
	headers=$1/usr/src/linux-headers-$2
	# shellcheck disable=SC2016 # make expands it
	sed -i 's|/usr/src/|$(dir $(lastword $(MAKEFILE_LIST)))../|' "$headers/Makefile"
	rm -f "$headers/vmlinux"
	[ -e "$headers/scripts/Makefile.build" ] || die "$headers: incomplete headers"
}

prepare() {
	series=$1
	final=$store/$series
	[ ! -f "$final/stamp" ] || return 0
	mkdir -p "$store"
	exec 9>"$store/lock"
	flock 9
	if [ ! -f "$final/stamp" ]; then
		[ "$series" != debug ] || {
			"$here/debug_kernel.sh" "$final" 9>&-
			return
		}
		debs=$store/debs-$series
		fetch_packages "$series" "$debs"
		say "unpacking"
		rm -rf "$final"
		mkdir -p "$final"
		unpack "$debs" "$final"
		release=$(cd "$final/lib/modules" && echo *)
		extract_vmlinux "$final/boot/vmlinuz-$release" "$final/vmlinux"
		depmod -b "$final" "$release" 2>"$final/depmod.log" ||
			die "depmod: $(cat "$final/depmod.log")"
		relocate_headers "$final" "$release"
		echo "$release" >"$final/stamp.new"
		mv "$final/stamp.new" "$final/stamp"
		rm -rf "$debs"
		say "$release ready"
	fi
	exec 9>&-
}

usage() {
	sed -n '5,19s/^# \{0,1\}//p' "$0" >&2
	exit 2
}

command=${1-}
[ $# -eq 0 ] || shift
case $command in
fetch)
	[ $# -gt 0 ] || set -- 6.1 6.12
	for one in "$@"; do
		prepare "$one"
	done
	;;
kdir | root | release | vmlinux)
	[ $# -eq 1 ] || usage
	case " $all_series debug " in
	*" $1 "*) ;;
	*) die "unknown series '$1', one of: $all_series debug" ;;
	esac
	prepare "$1"
	release=$(cat "$store/$1/stamp")
	case $command in
	kdir) echo "$store/$1/usr/src/linux-headers-$release" ;;
	root) echo "$store/$1" ;;
	release) echo "$release" ;;
	vmlinux) echo "$store/$1/vmlinux" ;;
	esac
	;;
refresh)
	for one in $all_series debug; do
		rm -rf "${store:?}/$one" "$store/debs-$one"
	done
	;;
*) usage ;;
esac
