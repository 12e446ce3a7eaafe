/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * How long things take in the real clock, against the published figures or formulas that the model
 * cites. UARTs, flash, mask ROM and camera have such tests beside their other ones.
 */
#include <check.h>
#include <stdlib.h>

#include "k210/dmac.h"
#include "k210/kpu_registers.h"
#include "k210/sysctl.h"
#include "tests/unit/soc/machine.h"
#include "utils/k210-emu/devices/kpu.h"

static struct machine machine;

static void store(uint32_t address, unsigned size, uint64_t value)
{
	ck_assert(bus_store(machine.board, address, size, value));
}

static uint64_t load(uint32_t address, unsigned size)
{
	uint64_t value;

	ck_assert(bus_load(machine.board, address, size, &value));
	return value;
}

static void run_to_next_event(void)
{
	board_run(machine.board, board_now(machine.board) + 1000);
	ck_assert_ptr_nonnull(board_next_event(machine.board));
	board_jump_to_next_event(machine.board);
}

/* PLL1 at 26 MHz * 60 / 4 = 390 MHz, divided by @divider; the harts sleep. */
static void start(unsigned divider)
{
	static const uint32_t sleep[] = { 0x10500073 /* wfi */, 0xffdff06f /* j .-4 */ };
	const uint32_t factors = 59 << K210_PLL_CLKF_SHIFT | 3 << K210_PLL_CLKOD_SHIFT;
	const uint32_t pll1 = K210_SYSCTL_BASE + K210_SYSCTL_PLL1;
	struct board_options options = { .clock = BOARD_CLOCK_REAL,
					 .kpu = { .implementation = kpu_implementation_best() } };

	machine_start_image(&machine, (const uint8_t *)sleep, sizeof(sleep), &options);
	store(pll1, 4, factors | K210_PLL_POWER | K210_PLL_RESET);
	store(pll1, 4, factors | K210_PLL_POWER);
	run_to_next_event();
	ck_assert(load(K210_SYSCTL_BASE + K210_SYSCTL_PLL_LOCK, 4) & K210_PLL_LOCK_PLL1);
	store(pll1, 4, factors | K210_PLL_POWER | K210_PLL_OUT_EN);
	store(K210_SYSCTL_BASE + K210_SYSCTL_CLK_TH0, 4, (divider - 1) << K210_CLK_TH0_AI_SHIFT);
	store(K210_SYSCTL_BASE + K210_SYSCTL_CLK_EN_PERI, 4, UINT32_MAX);
}

/*
 * nncase issue 95: 230,400 bytes from memory into AI SRAM by DMA take 0.33 ms; the vendor's demos
 * run the CPU at 400 MHz, and this board at 390.
 */
START_TEST(dma_into_ai_sram)
{
	const uint32_t channel = K210_DMAC_BASE + K210_DMAC_CHANNEL(0), bytes = 230400;
	uint64_t begin;
	double cycles;

	start(1);
	store(channel + K210_DMAC_SAR, 8, K210_SRAM_UNCACHED_BASE + 0x10000);
	store(channel + K210_DMAC_DAR, 8, K210_AI_SRAM_UNCACHED_BASE);
	store(channel + K210_DMAC_CTL, 8,
	      3 << K210_DMAC_CTL_SRC_WIDTH | 3 << K210_DMAC_CTL_DST_WIDTH);
	store(channel + K210_DMAC_CH_CFG, 8, 0);
	store(channel + K210_DMAC_BLOCK_TS, 8, bytes / 8 - 1);
	store(K210_DMAC_BASE + K210_DMAC_CFG, 8, K210_DMAC_CFG_ENABLE);
	begin = board_now(machine.board);
	store(K210_DMAC_BASE + K210_DMAC_CHEN, 8, 0x101);
	while (load(K210_DMAC_BASE + K210_DMAC_CHEN, 8) & 1)
		run_to_next_event();
	cycles = (double)(board_now(machine.board) - begin);
	ck_assert_double_eq_tol(cycles / 400e6, 0.33e-3, 0.01e-3);
	machine_stop(&machine);
}
END_TEST

/*
 * A layer takes the cycles of its formula, which tests/unit/kpu holds against published times, at
 * the KPU's clock: 390 MHz or a third of it.
 */
START_TEST(kpu_layer)
{
	static const unsigned dividers[] = { 1, 3 };
	/* 1x1 convolution, 3 channels of 64 x 16 to 4, tables at 0x40010000. */
	const uint64_t shape = 63 | 15 << 10, tables = 0x40010000;
	const uint64_t words[K210_KPU_LAYER_WORDS] = {
		1,
		100ull << 32,
		2 | 3ull << 32 | 3ull << 48,
		shape | shape << 32,
		1 << 10 | 15 << 16 | (tables + 128) << 32,
		1 | 12 << 15 | tables << 32,
		0,
		16 | 1 << 16 | 1 << 28 | 1ull << 31 | (tables + 256) << 32,
		16 | 1 << 16 | 1 << 20,
		0,
		0,
		0,
	};
	double seconds = (double)kpu_layer_cycles(words, true) / (390e6 / dividers[_i]);
	uint64_t begin;

	start(dividers[_i]);
	store(K210_KPU_BASE + K210_KPU_EIGHT_BIT_MODE, 8, 1);
	store(K210_KPU_BASE + K210_KPU_INTERRUPT_CLEAR, 8, K210_KPU_INT_ALL);
	begin = board_picoseconds(machine.board);
	for (unsigned i = 0; i < K210_KPU_LAYER_WORDS; i++)
		store(K210_KPU_BASE + K210_KPU_LAYER_ARGUMENT_FIFO, 8, words[i]);
	while (!(load(K210_KPU_BASE + K210_KPU_INTERRUPT_RAW, 8) & K210_KPU_INT_CALC_DONE))
		run_to_next_event();
	ck_assert_double_eq_tol((double)(board_picoseconds(machine.board) - begin) * 1e-12, seconds,
				seconds * 1e-3);
	ck_assert_uint_eq(kpu_layers_done(machine.board->kpu), 1);
	machine_stop(&machine);
}
END_TEST

/* Registers only: memory and computation cost what they did. */
START_TEST(slow_accesses)
{
	static const uint32_t code[] = {
		0x30401073,                         /* csrw mie, zero */
		0x020002b7,                         /* lui t0, 0x2000: the CLINT */
		0x80001eb7,                         /* lui t4, 0x80001: memory */
		0xb0002373,                         /* csrr t1, mcycle */
		0x0002a383, 0x0002a383, 0x0002a023, /* lw t2, 0(t0) twice, sw zero, 0(t0) */
		0x000ea383,                         /* lw t2, 0(t4) */
		0xb0002e73,                         /* csrr t3, mcycle */
		0x10500073, 0xffdff06f,             /* wfi, j .-4 */
	};
	struct board_options options = { .clock = BOARD_CLOCK_REAL, .access_cycles = _i ? 100 : 0 };
	const struct hart *hart;

	machine_start_image(&machine, (const uint8_t *)code, sizeof(code), &options);
	hart = machine.board->harts[0];
	ck_assert(machine_run(&machine, NULL, 100000));
	ck_assert_uint_eq(hart_read_x(hart, 28) - hart_read_x(hart, 6), 5 + 3 * (_i ? 100 : 0));
	machine_stop(&machine);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("durations of the real clock");
	TCase *tests = tcase_create("clock");
	SRunner *runner;
	int failed;

	tcase_add_test(tests, dma_into_ai_sram);
	tcase_add_loop_test(tests, kpu_layer, 0, 2);
	tcase_add_loop_test(tests, slow_accesses, 0, 2);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
