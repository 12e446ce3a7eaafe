/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Speed of the KPU arithmetic: multiply-accumulates per second of each implementation for the kinds
 * of layers that detectors consist of, whole layer with parameter preparation and storing. Rows of
 * a Markdown table in GMAC/s, beside what the silicon does at 400 MHz.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/unit/kpu/layer_builder.h"

#define SECONDS_PER_RUN 0.25

struct kind {
	const char *name;
	struct test_shape shape;
};

static const struct kind kinds[] = {
	{ "3x3 320x240x3 to 16, max 2x2",
	  { .width = 320,
	    .height = 240,
	    .input_channels = 3,
	    .output_channels = 16,
	    .three_by_three = true,
	    .pool = K210_POOL_MAX_2_STRIDE_2,
	    .eight_bit = true } },
	{ "depthwise 3x3 160x120x16",
	  { .width = 160,
	    .height = 120,
	    .input_channels = 16,
	    .output_channels = 16,
	    .three_by_three = true,
	    .depthwise = true,
	    .eight_bit = true } },
	{ "1x1 80x60x32 to 64",
	  { .width = 80,
	    .height = 60,
	    .input_channels = 32,
	    .output_channels = 64,
	    .eight_bit = true } },
	{ "1x1 20x15x128 to 256",
	  { .width = 20,
	    .height = 15,
	    .input_channels = 128,
	    .output_channels = 256,
	    .eight_bit = true } },
	{ "depthwise 3x3 20x15x256",
	  { .width = 20,
	    .height = 15,
	    .input_channels = 256,
	    .output_channels = 256,
	    .three_by_three = true,
	    .depthwise = true,
	    .eight_bit = true } },
	{ "3x3 20x15x128 to 128",
	  { .width = 20,
	    .height = 15,
	    .input_channels = 128,
	    .output_channels = 128,
	    .three_by_three = true,
	    .eight_bit = true } },
	{ "3x3 20x15x128 to 128, 16-bit weights",
	  { .width = 20,
	    .height = 15,
	    .input_channels = 128,
	    .output_channels = 128,
	    .three_by_three = true } },
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* Like compilers write them: centred sums, a rectifier that uses most of the byte range. */
static void set_parameters(struct test_memory *memory, struct test_shape *shape)
{
	uint64_t state = 5;
	unsigned weights = test_weights_per_channel(shape) * shape->output_channels;

	for (unsigned i = 0; i < weights; i++)
		test_set_weight(memory, shape, i, (unsigned)test_random(&state) & 0xffff);
	for (unsigned c = 0; c < shape->output_channels; c++)
		test_set_batch_norm(memory, c, 40000, 3000 * (int)(c % 7), 15);
	test_set_segment(memory, 0, -(1ll << 35), 0, 0, 0);
	test_set_segment(memory, 1, 0, 1024, 20, 0);
	for (unsigned i = 2; i < K210_ACTIVATION_SEGMENTS; i++)
		test_set_segment(memory, i, (1ll << 35) - 32 + i, 0, 0, 0);
	shape->arg_x = -(128 << 8);
	shape->shift_x = 8;
	shape->output_line = 16384;
}

static double seconds_per_layer(enum kpu_implementation implementation,
				const struct test_shape *shape, struct test_memory *memory,
				uint8_t *ai_sram)
{
	struct kpu_model_options options = { implementation, KPU_ROUND_HALF_EVEN };
	uint64_t words[K210_KPU_LAYER_WORDS];
	double start, elapsed;
	unsigned runs = 0;

	test_build_words(shape, words);
	start = now();
	do {
		const char *problem = kpu_run_layer(&options, words, shape->eight_bit, ai_sram,
						    &memory->interface, NULL);

		if (problem) {
			fprintf(stderr, "kpu_bench: %s\n", problem);
			exit(EXIT_FAILURE);
		}
		runs++;
		elapsed = now() - start;
	} while (elapsed < SECONDS_PER_RUN);
	return elapsed / runs;
}

/* One column for each implementation that this processor can run; the reference comes first. */
static void print_head(void)
{
	printf("| layer | MMAC | K210 |");
	for (int i = KPU_IMPLEMENTATION_REFERENCE; i < KPU_IMPLEMENTATION_BEST; i++)
		if (kpu_implementation_available((enum kpu_implementation)i))
			printf(" %s |", kpu_implementation_name((enum kpu_implementation)i));
	printf(" fastest to reference |\n|---|--:|--:|");
	for (int i = KPU_IMPLEMENTATION_REFERENCE; i < KPU_IMPLEMENTATION_BEST; i++)
		if (kpu_implementation_available((enum kpu_implementation)i))
			printf("--:|");
	puts("--:|");
}

static void measure(const struct kind *kind, struct test_memory *memory, uint8_t *ai_sram)
{
	struct test_shape shape = kind->shape;
	uint64_t words[K210_KPU_LAYER_WORDS];
	double reference = 0, fastest = 0, macs;

	set_parameters(memory, &shape);
	test_build_words(&shape, words);
	macs = (double)kpu_layer_mac_count(words);
	printf("| %s | %.1f | %.1f |", kind->name, macs / 1e6,
	       macs / 1e9 / ((double)kpu_layer_cycles(words, shape.eight_bit) / 400e6));
	for (int i = KPU_IMPLEMENTATION_REFERENCE; i < KPU_IMPLEMENTATION_BEST; i++) {
		enum kpu_implementation implementation = (enum kpu_implementation)i;
		double speed;

		if (!kpu_implementation_available(implementation))
			continue;
		speed = macs / 1e9 / seconds_per_layer(implementation, &shape, memory, ai_sram);
		if (implementation == KPU_IMPLEMENTATION_REFERENCE)
			reference = speed;
		fastest = speed > fastest ? speed : fastest;
		printf(" %.2f |", speed);
		fflush(stdout);
	}
	printf(" %.0f x |\n", fastest / reference);
}

int main(void)
{
	struct test_memory memory;
	uint8_t *ai_sram = malloc(K210_AI_SRAM_SIZE);
	uint64_t state = 3;

	if (!ai_sram)
		return EXIT_FAILURE;
	print_head();
	test_memory_open(&memory);
	for (size_t i = 0; i < K210_AI_SRAM_SIZE; i++)
		ai_sram[i] = (uint8_t)test_random(&state);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		measure(&kinds[i], &memory, ai_sram);
	test_memory_close(&memory);
	free(ai_sram);
	return EXIT_SUCCESS;
}
