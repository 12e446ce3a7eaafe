# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# shellcheck shell=sh
#
# Every byte of every convolution layer, the outputs and the boxes of a third of the published
# models, through the driver. Over the faster bridge: some megabytes of feature maps come back.
# timeout: 150

. /cases/case.sh
. /cases/published.sh
begin conformance

if [ ! -d /models/golden ]; then
	skip "no published models here (KPU_SHARED)"
	finish
fi
need "plug in" plug board "$BOARD_acm" acm
need "attach" attach board
conform
need "detach" detach board
finish
