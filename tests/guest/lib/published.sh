# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# shellcheck shell=sh
#
# The published models that each line to a board runs in a guest: those over USB are those over SPI.

conform() {
	for model in v3_face_maixpy v3_face_demo v3_voc20_demo v3_mnist v3_iris v4_voc20 \
		v4_feature64 v4_iris; do
		begun=$(now)
		check "$model" kpuctl --timeout 60 -d dev:/dev/kpu0 \
			conformance /models --models $model
		echo "$case_name: $model took $(($(now) - begun)) hundredths of a second"
	done
}
