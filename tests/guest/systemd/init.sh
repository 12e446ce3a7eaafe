#!/bin/busybox sh
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# shellcheck shell=dash
#
# First process of the guest with systemd: gives it a root file system that it can move about.
/bin/busybox mount -t tmpfs -o mode=755 root /new
/bin/busybox cp -a /system/. /new/
exec /bin/busybox switch_root /new /lib/systemd/systemd
