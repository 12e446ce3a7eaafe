/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Models made for one purpose each. All take and give floats; to be freed. */
#ifndef TESTS_EMU_LIBKPU_MODELS_H
#define TESTS_EMU_LIBKPU_MODELS_H

#include <stddef.h>
#include <stdint.h>

#define CHAIN_WIDTH 253u

/*
 * Fully connected layers of CHAIN_WIDTH in and out, the last one of @last outputs. Layer l gives
 * output o the sum of two of its inputs, halved, plus (l + o) % 3; so sums stay exact.
 */
uint8_t *chain_model(unsigned layers, unsigned last, size_t *size, size_t *parameter_bytes);
/* What it makes of @input, computed here. */
void chain_expected(unsigned layers, unsigned last, const float *input, float *output);

/* y = 3 x + 1, and then @layers additions of some 100000 numbers that lead nowhere. */
uint8_t *slow_model(unsigned layers, size_t *size);

#endif
