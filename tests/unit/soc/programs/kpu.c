/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * One 1x1 convolution whose result can be computed in two lines: three input channels of 16 x 8,
 * two output channels, batch norm times one, activation clamp(0, 255). First with calc_done, then
 * with the output through the DMA, then two layers in the FIFO.
 */
#include "program.h"

#define KPU(offset)        REG64(K210_KPU_BASE + (offset))
#define DMAC(offset)       REG64(K210_DMAC_BASE + (offset))
#define CHANNEL(n, offset) DMAC(K210_DMAC_CHANNEL(n) + (offset))
#define AI_SRAM            ((volatile u8 *)K210_AI_SRAM_UNCACHED_BASE)

#define WIDTH    16
#define HEIGHT   8
#define INPUTS   3
#define OUTPUTS  2
#define OUT_LINE 64 /* output map, in 64-byte lines */

struct tables {
	u8 weights[8] __attribute__((aligned(128)));
	u64 batch_norm[OUTPUTS];
	u64 activation[16];
	u8 bias[16];
};

static struct tables tables __attribute__((aligned(128)));
static u64 result[WIDTH * HEIGHT * OUTPUTS / 8 + 1] __attribute__((aligned(64)));
static volatile u32 done_interrupts;

static const u8 weights[OUTPUTS * INPUTS] = { 1, 2, 0, 3, 0, 1 };

static void *uncached(void *pointer)
{
	return (void *)((u64)pointer - K210_CACHED_OFFSET);
}

static u8 input_at(unsigned channel, unsigned x, unsigned y)
{
	return (u8)(channel * 31 + y * 5 + x * 3);
}

static u8 expected_at(unsigned channel, unsigned x, unsigned y)
{
	u32 sum = 0;

	for (unsigned i = 0; i < INPUTS; i++)
		sum += weights[channel * INPUTS + i] * input_at(i, x, y);
	return sum > 255 ? 255 : (u8)sum;
}

static void prepare(void)
{
	struct tables *t = uncached(&tables);

	for (unsigned i = 0; i < OUTPUTS * INPUTS; i++)
		*(volatile u8 *)&t->weights[i] = weights[i];
	for (unsigned i = 0; i < OUTPUTS; i++)
		t->batch_norm[i] = 1; /* norm_mul 1, norm_add 0, norm_shift 0 */
	/* y_mul in bits 23:8, x_start in 59:24: zero up to 0, then slope one. */
	t->activation[0] = 0x800000000ul << 24;
	t->activation[1] = 1ul << 8;
	for (unsigned i = 2; i < 16; i++)
		t->activation[i] = 0x7fffffff0ul << 24;
	for (unsigned i = 0; i < 16; i++)
		*(volatile u8 *)&t->bias[i] = 0;
	for (unsigned c = 0; c < INPUTS; c++)
		for (unsigned y = 0; y < HEIGHT; y++)
			for (unsigned x = 0; x < WIDTH; x++)
				AI_SRAM[y * 64 + c * 16 + x] = input_at(c, x, y);
}

static void push_layer(u64 interrupt, u64 output)
{
	struct tables *t = uncached(&tables);
	u64 words[12] = {
		interrupt,
		(u64)OUT_LINE << 32,
		(INPUTS - 1) | (u64)(OUTPUTS - 1) << 32 | (u64)(OUTPUTS - 1) << 48,
		(WIDTH - 1) | (HEIGHT - 1) << 10 | (u64)(WIDTH - 1) << 32 | (u64)(HEIGHT - 1) << 42,
		1 << 10 | 15 << 16 | (u64)t->batch_norm << 32,
		1 | (OUTPUTS * INPUTS) << 15 | (u64)t->weights << 32,
		0,
		HEIGHT | 1 << 16 | 4ul << 28 | 1ul << 31 | (u64)t->activation << 32,
		HEIGHT | 1 << 16 | 4 << 20,
		0,
		0,
		output | (WIDTH * HEIGHT - 1) << 16 | (u64)(WIDTH * HEIGHT * OUTPUTS - 1) << 32,
	};

	for (unsigned i = 0; i < 12; i++)
		KPU(K210_KPU_LAYER_ARGUMENT_FIFO) = words[i];
}

u64 trap_handler(u64 cause, u64 pc, u64 value)
{
	if (cause != INTERRUPT(11) || plic_claim(0) != K210_IRQ_KPU)
		no_trap_expected(cause, pc, value);
	put_value("status", KPU(K210_KPU_INTERRUPT_STATUS));
	KPU(K210_KPU_INTERRUPT_CLEAR) = K210_KPU_INT_ALL;
	done_interrupts++;
	plic_complete(0, K210_IRQ_KPU);
	return pc;
}

static void wait_for(u32 interrupts)
{
	while (done_interrupts != interrupts)
		;
}

static void with_interrupt(void)
{
	unsigned wrong = 0;

	KPU(K210_KPU_INTERRUPT_CLEAR) = K210_KPU_INT_ALL;
	KPU(K210_KPU_INTERRUPT_MASK) = K210_KPU_INT_ALL & ~K210_KPU_INT_CALC_DONE;
	push_layer(1, 0);
	wait_for(1);
	for (unsigned c = 0; c < OUTPUTS; c++)
		for (unsigned y = 0; y < HEIGHT; y++)
			for (unsigned x = 0; x < WIDTH; x++)
				wrong += AI_SRAM[OUT_LINE * 64 + y * 64 + c * 16 + x] !=
					 expected_at(c, x, y);
	put_value("ai sram wrong", wrong);
}

static void with_dma(void)
{
	volatile u8 *bytes = uncached(result);
	unsigned wrong = 0;

	KPU(K210_KPU_INTERRUPT_MASK) = K210_KPU_INT_ALL;
	REG32(K210_SYSCTL_BASE + K210_SYSCTL_DMA_SEL1) = K210_DMA_REQ_KPU_RX;
	CHANNEL(5, K210_DMAC_CH_CFG) = (u64)K210_DMAC_TT_FC_PERIPH_MEM << K210_DMAC_CH_CFG_TT_FC;
	CHANNEL(5, K210_DMAC_SAR) = K210_KPU_BASE + K210_KPU_FIFO_DATA_OUT;
	CHANNEL(5, K210_DMAC_DAR) = (u64)bytes;
	CHANNEL(5, K210_DMAC_CTL) = 1 << K210_DMAC_CTL_SRC_FIXED | 3 << K210_DMAC_CTL_SRC_WIDTH |
				    3 << K210_DMAC_CTL_DST_WIDTH | 2 << K210_DMAC_CTL_SRC_MSIZE;
	CHANNEL(5, K210_DMAC_BLOCK_TS) = WIDTH * HEIGHT * OUTPUTS / 8 - 1;
	DMAC(K210_DMAC_CFG) = K210_DMAC_CFG_ENABLE;
	DMAC(K210_DMAC_CHEN) = 0x101ul << 5;
	push_layer(0, 1);
	while (DMAC(K210_DMAC_CHEN) & 1 << 5)
		;
	for (unsigned c = 0; c < OUTPUTS; c++)
		for (unsigned y = 0; y < HEIGHT; y++)
			for (unsigned x = 0; x < WIDTH; x++)
				wrong +=
					bytes[(c * HEIGHT + y) * WIDTH + x] != expected_at(c, x, y);
	put_value("dma wrong", wrong);
	put_value("raw", KPU(K210_KPU_INTERRUPT_RAW) & K210_KPU_INT_CALC_DONE);
}

void main(void)
{
	ai_clock_start();
	prepare();
	KPU(K210_KPU_EIGHT_BIT_MODE) = 1;
	KPU(K210_KPU_FIFO_THRESHOLD) =
		10 << K210_KPU_THRESHOLD_FULL_SHIFT | 1 << K210_KPU_THRESHOLD_EMPTY_SHIFT;
	put_value("almost empty before", KPU(K210_KPU_INTERRUPT_RAW));
	plic_enable(0, K210_IRQ_KPU, 1);
	interrupts_on(MIE_MEIE);
	with_interrupt();
	with_dma();
	/* Taking a layer out latched "almost empty". */
	put_value("almost empty after", KPU(K210_KPU_INTERRUPT_RAW));

	KPU(K210_KPU_INTERRUPT_CLEAR) = K210_KPU_INT_ALL;
	KPU(K210_KPU_INTERRUPT_MASK) = K210_KPU_INT_ALL & ~K210_KPU_INT_CALC_DONE;
	push_layer(0, 0);
	push_layer(1, 0);
	wait_for(2);
	put_text("end\n");
}

void main_hart1(void)
{
}
