/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The KPU: one layer at a time, its end signalled by interrupt. */
#ifndef FIRMWARE_HAL_KPU_H
#define FIRMWARE_HAL_KPU_H

#include <stdbool.h>
#include <stdint.h>

#include "k210/kpu_layer.h"

/* The channel that the vendor's demos use for the KPU as well. */
#define KPU_DMA_CHANNEL 5

/* Clocks must be up. Also after kpu_reset(). */
void kpu_init(void);
/*
 * Starts a layer. The words are written as given except for the interrupt bit of word 0 and
 * send_data_out of word 11, which belong to the way the end is noticed.
 * @output_address: bus address (uncached window, 8-byte aligned) that receives the result by DMA,
 * planar, filled up to a multiple of 8 bytes; 0: the result stays in AI SRAM only.
 */
void kpu_start(const uint64_t words[K210_KPU_LAYER_WORDS], bool eight_bit_weights,
	       uint32_t output_address);
/* The layer that was started last has ended and its result is in place. */
bool kpu_done(void);
/* Ends a layer that hangs. AI SRAM content is lost. */
void kpu_reset(void);

void kpu_interrupt(void);

#endif
