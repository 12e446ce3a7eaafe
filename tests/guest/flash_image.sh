#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# tests/guest/flash_image.sh PROGRAM: the program as it lies in a board's flash, on standard output:
# a byte of flags, its length, itself, the SHA-256 of all that.
set -eu

size=$(stat -c %s "$1")
image=$(mktemp)
trap 'rm -f "$image"' EXIT
# shellcheck disable=SC2059 # the format is the bytes
printf "$(printf '\\000\\%03o\\%03o\\%03o\\%03o' $((size & 255)) $((size >> 8 & 255)) \
	$((size >> 16 & 255)) $((size >> 24 & 255)))" >"$image"
cat "$1" >>"$image"
cat "$image"
sha256sum "$image" | cut -d ' ' -f 1 | xxd -r -p
