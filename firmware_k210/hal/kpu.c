/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* KPU registers; order of the steps after K210 standalone SDK lib/drivers/kpu.c. */
#include "firmware_k210/hal/kpu.h"

#include "firmware_k210/hal/clocks.h"
#include "firmware_k210/hal/dmac.h"
#include "firmware_k210/hal/mmio.h"
#include "k210/kpu_registers.h"
#include "k210/memory_map.h"
#include "k210/sysctl.h"

#define KPU(offset) (K210_KPU_BASE + (uintptr_t)(offset))

#define FIFO_FULL_LEVEL  10u
#define FIFO_EMPTY_LEVEL 1u

static volatile bool calculation_done;
static bool output_by_dma;

void kpu_init(void)
{
	mmio_write64(KPU(K210_KPU_INTERRUPT_MASK), K210_KPU_INT_ALL);
	mmio_write64(KPU(K210_KPU_INTERRUPT_CLEAR), K210_KPU_INT_ALL);
	mmio_write64(KPU(K210_KPU_FIFO_THRESHOLD),
		     FIFO_FULL_LEVEL << K210_KPU_THRESHOLD_FULL_SHIFT |
			     FIFO_EMPTY_LEVEL << K210_KPU_THRESHOLD_EMPTY_SHIFT);
	mmio_write64(KPU(K210_KPU_EIGHT_BIT_MODE), 1);
}

void kpu_start(const uint64_t words[K210_KPU_LAYER_WORDS], bool eight_bit_weights,
	       uint32_t output_address)
{
	uint64_t first = words[0] & ~1ull, last = words[K210_KPU_LAYER_WORDS - 1] & ~1ull;

	output_by_dma = output_address != 0;
	calculation_done = false;
	mmio_write64(KPU(K210_KPU_INTERRUPT_MASK), K210_KPU_INT_ALL);
	mmio_write64(KPU(K210_KPU_INTERRUPT_CLEAR), K210_KPU_INT_ALL);
	mmio_write64(KPU(K210_KPU_EIGHT_BIT_MODE), eight_bit_weights);
	if (output_by_dma) {
		uint32_t bytes = (uint32_t)(words[K210_KPU_LAYER_WORDS - 1] >> 32) + 1;

		dmac_start_from_device(KPU_DMA_CHANNEL, K210_DMA_REQ_KPU_RX,
				       KPU(K210_KPU_FIFO_DATA_OUT), output_address,
				       bytes / 8 + (bytes % 8 != 0), DMAC_8_DOUBLE_WORDS);
		last |= 1;
	} else {
		first |= 1;
		mmio_write64(KPU(K210_KPU_INTERRUPT_MASK),
			     K210_KPU_INT_ALL & ~K210_KPU_INT_CALC_DONE);
	}
	mmio_barrier();
	mmio_write64(KPU(K210_KPU_LAYER_ARGUMENT_FIFO), first);
	for (unsigned word = 1; word < K210_KPU_LAYER_WORDS - 1; word++)
		mmio_write64(KPU(K210_KPU_LAYER_ARGUMENT_FIFO), words[word]);
	mmio_write64(KPU(K210_KPU_LAYER_ARGUMENT_FIFO), last);
}

bool kpu_done(void)
{
	return output_by_dma ? dmac_done(KPU_DMA_CHANNEL) : calculation_done;
}

void kpu_reset(void)
{
	mmio_write64(KPU(K210_KPU_INTERRUPT_MASK), K210_KPU_INT_ALL);
	dmac_abort(KPU_DMA_CHANNEL);
	clocks_reset(K210_PERI_AI);
	kpu_init();
}

void kpu_interrupt(void)
{
	mmio_write64(KPU(K210_KPU_INTERRUPT_CLEAR), K210_KPU_INT_ALL);
	mmio_write64(KPU(K210_KPU_INTERRUPT_MASK), K210_KPU_INT_ALL);
	calculation_done = true;
}
