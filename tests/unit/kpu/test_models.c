/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Real models: the convolutions at the start of each are run one after another on one AI SRAM and
 * each output is compared with the golden dump, which comes from other implementations of the rule.
 * Models are not part of this repository; KPU_SHARED names the folder that has them.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layer_builder.h"
#include "tests/shared_models.h"

#define MODEL_BASE   0x80000000u
#define TYPE_V3_CONV 10240u
#define TYPE_V4_CONV 0x2002u
/* Layers that do not touch the AI SRAM. */
#define TYPE_V3_DEQUANTIZE 12u
#define TYPE_V4_DEQUANTIZE 3u

struct model_case {
	const char *model, *input, *dump;
	unsigned convolutions; /* that must be found and compared */
};

static const struct model_case model_cases[] = {
	{ "v3_face_maixpy", "face_a", "v3_face_maixpy__face_a", 23 },
	{ "v3_face_maixpy", "rnd320x240x3", "v3_face_maixpy__rnd320x240x3", 23 },
	{ "v3_voc20_demo", "dog", "v3_voc20_demo__dog", 16 },
	{ "v3_mask_maixpy", "face_a", "v3_mask_maixpy__face_a", 5 },
	{ "v3_ld5", "facecrop_128_0ae03b", "v3_ld5__facecrop_128", 7 },
	{ "v3_mnist", "digit4_28x28", "v3_mnist__digit4_28x28", 2 },
	{ "v4_voc20", "dog", "v4_voc20__dog", 16 },
	{ "v4_slim320", "crowd", "v4_slim320__crowd", 17 },
	{ "v4_asr", "rnd80x28x1", "v4_asr__rnd80x28x1", 3 },
};

struct file {
	uint8_t *bytes;
	size_t size;
};

static bool read_file(const char *folder, const char *name, const char *suffix, struct file *file)
{
	file->bytes = shared_models_read(folder, name, suffix, &file->size);
	return file->bytes != NULL;
}

static uint32_t word_at(const struct file *file, size_t offset)
{
	ck_assert_uint_le(offset + 4, file->size);
	return file->bytes[offset] | (uint32_t)file->bytes[offset + 1] << 8 |
	       (uint32_t)file->bytes[offset + 2] << 16 | (uint32_t)file->bytes[offset + 3] << 24;
}

static const uint8_t *map_model(void *context, uint32_t address, size_t size)
{
	const struct file *file = context;
	size_t offset = address - MODEL_BASE;

	if (address < MODEL_BASE || offset > file->size || size > file->size - offset)
		return NULL;
	return file->bytes + offset;
}

static void read_words(const struct file *model, size_t offset, uint32_t weights,
		       uint32_t batch_norm, uint32_t activation,
		       uint64_t words[K210_KPU_LAYER_WORDS])
{
	for (unsigned i = 0; i < K210_KPU_LAYER_WORDS; i++)
		words[i] = word_at(model, offset + 8 * i) |
			   (uint64_t)word_at(model, offset + 8 * i + 4) << 32;
	words[4] = (uint32_t)words[4] | (uint64_t)(MODEL_BASE + batch_norm) << 32;
	words[5] = (uint32_t)words[5] | (uint64_t)(MODEL_BASE + weights) << 32;
	words[7] = (uint32_t)words[7] | (uint64_t)(MODEL_BASE + activation) << 32;
}

/* V3 names file offsets; V4 has the parameters inline, with gaps given in the address fields. */
static void read_layer(const struct file *model, bool version_4, size_t body,
		       uint64_t words[K210_KPU_LAYER_WORDS])
{
	struct k210_kpu_layer layer;
	uint32_t batch_norm, activation;

	if (!version_4) {
		read_words(model, word_at(model, body + 8), word_at(model, body + 12),
			   word_at(model, body + 16), word_at(model, body + 20), words);
		return;
	}
	read_words(model, body + 24, 0, 0, 0, words);
	k210_decode_layer(words, &layer);
	batch_norm = (uint32_t)body + 120 + word_at(model, body + 24 + 36);
	activation = batch_norm + 8u * layer.output_channels + word_at(model, body + 24 + 60);
	read_words(model, body + 24, activation + 144 + word_at(model, body + 24 + 44), batch_norm,
		   activation, words);
}

static void upload(const struct file *input, const uint64_t words[K210_KPU_LAYER_WORDS],
		   uint8_t *ai_sram)
{
	struct k210_kpu_layer layer;
	const uint8_t *row = input->bytes;

	k210_decode_layer(words, &layer);
	ck_assert_uint_eq(input->size,
			  (size_t)layer.input_width * layer.input_height * layer.input_channels);
	for (unsigned channel = 0; channel < layer.input_channels; channel++) {
		for (unsigned y = 0; y < layer.input_height; y++) {
			memcpy(ai_sram + layer.input_line * K210_AI_SRAM_LINE +
				       k210_map_row_offset(layer.input_width, layer.input_height,
							   channel, y),
			       row, layer.input_width);
			row += layer.input_width;
		}
	}
}

static void run_convolution(enum kpu_implementation implementation, struct file *model,
			    const uint64_t words[K210_KPU_LAYER_WORDS], uint8_t *ai_sram,
			    const struct file *dump, size_t *position)
{
	struct kpu_model_options options = { implementation, KPU_ROUND_HALF_EVEN };
	struct kpu_memory memory = { model, map_model };
	size_t bytes = kpu_layer_output_bytes(words);
	uint8_t *output = malloc(bytes);
	const char *problem;
	size_t same = 0;

	ck_assert_ptr_nonnull(output);
	ck_assert_uint_le(*position + bytes, dump->size);
	problem = kpu_run_layer(&options, words, true, ai_sram, &memory, output);
	ck_assert_msg(!problem, "%s", problem);
	/* Check writes a message for every assertion: only the first difference gets one. */
	while (same < bytes && output[same] == dump->bytes[*position + same])
		same++;
	ck_assert_msg(same == bytes, "%s: dump byte %zu is %u instead of %u",
		      kpu_implementation_name(implementation), *position + same, output[same],
		      dump->bytes[*position + same]);
	*position += bytes;
	free(output);
}

static unsigned run_leading_convolutions(enum kpu_implementation implementation, struct file *model,
					 const struct file *input, const struct file *dump,
					 uint8_t *ai_sram)
{
	bool version_4 = word_at(model, 0) == 0x4B4D444C;
	size_t headers = version_4 ? 40 + 32u * word_at(model, 28) + 16u * word_at(model, 32) +
					     word_at(model, 16)
				   : 28 + 8u * word_at(model, 24);
	uint32_t layers = word_at(model, version_4 ? 24 : 12);
	size_t body = headers + 8 * (size_t)layers, position = 0;
	unsigned convolutions = 0;

	for (uint32_t i = 0; i < layers; i++) {
		uint32_t type = word_at(model, headers + 8 * i);
		uint64_t words[K210_KPU_LAYER_WORDS];

		if (type == (version_4 ? TYPE_V4_CONV : TYPE_V3_CONV)) {
			read_layer(model, version_4, body, words);
			if (convolutions++ == 0)
				upload(input, words, ai_sram);
			run_convolution(implementation, model, words, ai_sram, dump, &position);
		} else if (type != (version_4 ? TYPE_V4_DEQUANTIZE : TYPE_V3_DEQUANTIZE)) {
			break;
		}
		body += word_at(model, headers + 8 * i + 4);
	}
	return convolutions;
}

START_TEST(test_golden_convolutions)
{
	const struct model_case *test = &model_cases[_i];
	struct file model = { NULL, 0 }, input = { NULL, 0 }, dump = { NULL, 0 };
	uint8_t *ai_sram = calloc(1, K210_AI_SRAM_SIZE);

	ck_assert_ptr_nonnull(ai_sram);
	ck_assert(read_file("kmodel", test->model, ".kmodel", &model));
	ck_assert(read_file("input", test->input, ".u8", &input));
	ck_assert(read_file("golden", test->dump, ".conv.u8.gz", &dump));
	for (int i = 0; i < KPU_IMPLEMENTATION_BEST; i++) {
		enum kpu_implementation implementation = (enum kpu_implementation)i;

		/* The plain one takes seconds for each model; two are enough for it. */
		if (!kpu_implementation_available(implementation) ||
		    (implementation == KPU_IMPLEMENTATION_REFERENCE && _i != 0 && _i != 8))
			continue;
		memset(ai_sram, 0, K210_AI_SRAM_SIZE);
		ck_assert_uint_eq(run_leading_convolutions(implementation, &model, &input, &dump,
							   ai_sram),
				  test->convolutions);
	}
	free(model.bytes);
	free(input.bytes);
	free(dump.bytes);
	free(ai_sram);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("kpu: golden outputs of real models");
	TCase *cases = tcase_create("models");
	SRunner *runner;
	int failed;

	if (shared_models_present("real models"))
		tcase_add_loop_test(cases, test_golden_convolutions, 0,
				    sizeof(model_cases) / sizeof(model_cases[0]));
	tcase_set_timeout(cases, 240);
	suite_add_tcase(suite, cases);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
