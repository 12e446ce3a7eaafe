# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# shellcheck shell=sh
#
# For the prompt of the interactive guest: plug, pull, attach, detach; kpuctl with its progress
# bars.
. /cases/case.sh
unset -f kpuctl
