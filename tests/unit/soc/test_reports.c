/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * What the board does although nobody knows what silicon does: it says so. The registers are used
 * from outside, while the harts sleep.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "k210/dmac.h"
#include "k210/kpu_registers.h"
#include "k210/sysctl.h"
#include "tests/unit/kpu/layer_builder.h"
#include "tests/unit/soc/machine.h"

static struct machine machine;
static char text[4096];

static void store(uint32_t address, unsigned size, uint64_t value)
{
	ck_assert(bus_store(machine.board, address, size, value));
}

static void setup(void)
{
	static const uint32_t sleep[] = { 0x30401073 /* csrw mie, zero */, 0x10500073 /* wfi */,
					  0xffdff06f /* j .-4 */ };
	const uint32_t pll = 59 << K210_PLL_CLKF_SHIFT | 3 << K210_PLL_CLKOD_SHIFT;

	machine_start_image(&machine, (const uint8_t *)sleep, sizeof(sleep), NULL);
	store(K210_SYSCTL_BASE + K210_SYSCTL_PLL1, 4, pll | K210_PLL_POWER);
	ck_assert(machine_run(&machine, NULL, 100000));
	store(K210_SYSCTL_BASE + K210_SYSCTL_PLL1, 4, pll | K210_PLL_POWER | K210_PLL_OUT_EN);
	store(K210_SYSCTL_BASE + K210_SYSCTL_CLK_EN_PERI, 4, K210_PERI_GATES);
	ck_assert_uint_eq(machine.board->report.error_count, 0);
	memset(text, 0, sizeof(text));
	machine.board->report.errors = fmemopen(text, sizeof(text) - 1, "w");
	ck_assert_ptr_nonnull(machine.board->report.errors);
}

static void teardown(void)
{
	fclose(machine.board->report.errors);
	machine_stop(&machine);
}

static void expect_reports(uint32_t count, const char *part)
{
	ck_assert_msg(machine.board->report.error_count == count, "%s", text);
	if (count)
		ck_assert_msg(strstr(text, part) != NULL, "%s", text);
}

/* SDK sysctl.h: OTP has a clock but no reset. */
START_TEST(reserved_bits_are_left_alone)
{
	store(K210_SYSCTL_BASE + K210_SYSCTL_PERI_RESET, 4, K210_PERI_RESETS & ~1u);
	store(K210_SYSCTL_BASE + K210_SYSCTL_PERI_RESET, 4, 0);
	expect_reports(0, NULL);
	store(K210_SYSCTL_BASE + K210_SYSCTL_PERI_RESET, 4, 1u << K210_PERI_OTP);
	expect_reports(1, "reserved bits 0x08000000 of peri_reset");
	store(K210_SYSCTL_BASE + K210_SYSCTL_CLK_EN_PERI, 4, UINT32_MAX);
	expect_reports(2, "reserved bits 0xd0000000 of clk_en_peri");
}
END_TEST

/* ---- DMA ---- */

static void write_channel_enable(uint64_t value)
{
	store(K210_DMAC_BASE + K210_DMAC_CHEN, 8, value);
}

START_TEST(an_abort_is_for_a_channel_that_is_on)
{
	const uint64_t on = 1ull << K210_DMAC_CHEN_ENABLE_SHIFT | 1ull << K210_DMAC_CHEN_ENABLE_WE;
	const uint64_t off = 1ull << K210_DMAC_CHEN_ENABLE_WE;
	const uint64_t abort = 1ull << K210_DMAC_CHEN_ABORT_SHIFT | 1ull << K210_DMAC_CHEN_ABORT_WE;
	const uint32_t channel = K210_DMAC_BASE + K210_DMAC_CHANNEL(0);
	uint64_t enabled;

	store(K210_SYSCTL_BASE + K210_SYSCTL_DMA_SEL0, 4, K210_DMA_REQ_UART3_RX);
	store(channel + K210_DMAC_CH_CFG, 8,
	      (uint64_t)K210_DMAC_TT_FC_PERIPH_MEM << K210_DMAC_CH_CFG_TT_FC);
	store(channel + K210_DMAC_SAR, 8, K210_UART3_BASE);
	store(channel + K210_DMAC_DAR, 8, K210_SRAM_UNCACHED_BASE + 0x1000);
	store(K210_DMAC_BASE + K210_DMAC_CFG, 8, K210_DMAC_CFG_ENABLE);
	/* It waits for a character that never comes. */
	write_channel_enable(on);
	write_channel_enable(abort);
	ck_assert(bus_load(machine.board, K210_DMAC_BASE + K210_DMAC_CHEN, 8, &enabled));
	ck_assert_uint_eq(enabled, 0);
	write_channel_enable(off);
	expect_reports(0, NULL);
	write_channel_enable(abort);
	expect_reports(1, "channel 0 aborted while it is off");
}
END_TEST

/* ---- KPU ---- */

static void run_layer(const struct test_shape *shape)
{
	uint64_t words[K210_KPU_LAYER_WORDS];

	test_build_words(shape, words);
	store(K210_KPU_BASE + K210_KPU_EIGHT_BIT_MODE, 8, 1);
	for (unsigned i = 0; i < K210_KPU_LAYER_WORDS; i++)
		store(K210_KPU_BASE + K210_KPU_LAYER_ARGUMENT_FIFO, 8, words[i]);
	ck_assert(machine_run(&machine, NULL, 100000));
}

/* Two maps of 8 x 8 pixels take 16 lines, those of four channels 8. */
static const struct test_shape shape = { .width = 8,
					 .height = 8,
					 .input_channels = 8,
					 .output_channels = 4,
					 .eight_bit = true,
					 .input_line = 100 };

START_TEST(output_over_input)
{
	static const struct {
		unsigned line;
		bool overlaps;
	} places[] = { { 92, false }, { 93, true }, { 100, true }, { 115, true }, { 116, false } };

	for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct test_shape moved = shape;
		uint64_t before = machine.board->report.error_count;

		moved.output_line = places[i].line;
		run_layer(&moved);
		ck_assert_msg(machine.board->report.error_count == before + places[i].overlaps,
			      "line %u: %s", places[i].line, text);
	}
	ck_assert_ptr_nonnull(strstr(text, "writes its output over its input"));
}
END_TEST

/* nncase issue 533. */
START_TEST(maps_below_four_pixels)
{
	struct test_shape small = shape;

	small.width = small.height = 4;
	run_layer(&small);
	expect_reports(0, NULL);
	small.width = 3;
	run_layer(&small);
	expect_reports(1, "gives 3x4 pixels");
	small.width = 8;
	small.height = 7;
	small.pool = K210_POOL_MAX_2_STRIDE_2;
	run_layer(&small);
	expect_reports(2, "gives 4x3 pixels");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("what the board reports");
	TCase *tests = tcase_create("reports");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, reserved_bits_are_left_alone);
	tcase_add_test(tests, an_abort_is_for_a_channel_that_is_on);
	tcase_add_test(tests, output_over_input);
	tcase_add_test(tests, maps_below_four_pixels);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
