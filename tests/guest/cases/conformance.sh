# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# shellcheck shell=sh
#
# Every byte of every convolution layer, the outputs and the boxes of a third of the published models,
# through the driver. Over the faster bridge: some megabytes of feature maps come back.
# timeout: 150

. /cases/case.sh
begin conformance

if [ ! -d /models/golden ]; then
	skip "no published models here (KPU_SHARED)"
	finish
fi
need "plug in" plug board "$BOARD_acm" acm
need "attach" attach board
for model in v3_face_maixpy v3_face_demo v3_voc20_demo v3_mnist v3_iris v4_voc20 v4_feature64 v4_iris; do
	begun=$(now)
	check "$model" kpuctl -d dev:/dev/kpu0 conformance /models --models $model
	echo "conformance: $model took $(($(now) - begun)) hundredths of a second"
done
need "detach" detach board
finish
