/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Checks of the twelve layer words that V3 and V4 share; not for others. */
#ifndef KMODEL_CONVOLUTION_H
#define KMODEL_CONVOLUTION_H

#include "kmodel/kmodel.h"

uint32_t kmodel_weight_bytes(const struct k210_kpu_layer *conv, bool eight_bit);
/* NULL, or a sentence for kmodel_fail() and its two values. @batches maps lie one behind the other
 * in the AI SRAM, input and output alike. */
const char *kmodel_convolution_fault(const struct k210_kpu_layer *conv, uint32_t weight_bytes,
				     uint32_t batches, uint32_t values[2]);

#endif
