/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/network.h"
#include "tests/unit/lib/suites.h"

static struct kpu_network *open_shared(const char *name)
{
	struct kpu_network *network;
	struct kpu_error error;
	char path[512];

	if (!shared_path(name, path, sizeof(path)))
		return NULL;
	ck_assert_msg(kpu_network_open(path, &network, &error) == 0, "%s", error.message);
	return network;
}

/* Check values measured on the model file, from the MaixPy reference. */
START_TEST(netinfo_of_the_face_detector)
{
	static const struct {
		uint32_t index, wi, hi, chi, wo, ho, cho, depthwise, kernel, pool, bytes;
	} wanted[] = {
		{ 0, 320, 240, 3, 160, 120, 16, 0, 3, 1, 432 },
		{ 1, 160, 120, 16, 160, 120, 16, 1, 3, 0, 144 },
		{ 2, 160, 120, 16, 80, 60, 32, 0, 1, 1, 512 },
		{ 12, 20, 15, 128, 20, 15, 256, 0, 1, 0, 30720 },
		{ 22, 20, 15, 256, 20, 15, 30, 0, 1, 0, 7680 },
	};
	struct kpu_network *network = open_shared("models/kmodel/v3_face_maixpy.kmodel");
	struct kpu_network_info info;
	struct kpu_tensor_info tensor;
	struct kpu_layer_info layer;

	if (!network)
		return;
	kpu_network_info(network, &info);
	ck_assert_uint_eq(info.layers, 24);
	ck_assert_uint_eq(info.input_bytes, 230400);
	ck_assert_uint_eq(info.file_size, 388776);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		ck_assert_int_eq(kpu_network_layer(network, wanted[i].index, &layer), 0);
		ck_assert_uint_eq(layer.input_width, wanted[i].wi);
		ck_assert_uint_eq(layer.input_height, wanted[i].hi);
		ck_assert_uint_eq(layer.input_channels, wanted[i].chi);
		ck_assert_uint_eq(layer.output_width, wanted[i].wo);
		ck_assert_uint_eq(layer.output_height, wanted[i].ho);
		ck_assert_uint_eq(layer.output_channels, wanted[i].cho);
		ck_assert_uint_eq(layer.depthwise, wanted[i].depthwise);
		ck_assert_uint_eq(layer.kernel, wanted[i].kernel);
		ck_assert_uint_eq(layer.pool, wanted[i].pool);
		ck_assert_uint_eq(layer.load_bytes, wanted[i].bytes);
	}
	ck_assert_int_eq(kpu_network_layer(network, 23, &layer), 0);
	ck_assert_str_eq(layer.type_name, "DEQUANTIZE");
	ck_assert(!layer.convolution && layer.parameter_bytes == 24);
	ck_assert_int_eq(kpu_network_layer(network, 24, &layer), -KPU_ERR_IDX_OUTRANGE);
	ck_assert_int_eq(kpu_network_output(network, 0, &tensor), 0);
	ck_assert(tensor.width == 20 && tensor.height == 15 && tensor.channels == 30 &&
		  tensor.type == KPU_TENSOR_FLOAT32 && tensor.bytes == 36000);
	ck_assert_int_eq(kpu_network_output(network, 1, &tensor), -KPU_ERR_IDX_OUTRANGE);
	kpu_network_free(network);
}
END_TEST

/* Sizes of the last layers and their bytes' meaning, read from the file by hand. */
START_TEST(netinfo_of_a_v4_model)
{
	struct kpu_network *network = open_shared("models/kmodel/v4_voc20.kmodel");
	struct kpu_network_info info;
	struct kpu_tensor_info tensor;
	struct kpu_layer_info layer;

	if (!network)
		return;
	kpu_network_info(network, &info);
	ck_assert_uint_eq(info.version, 4);
	ck_assert_uint_eq(info.layers, 17);
	ck_assert_uint_eq(info.weight_bits, 8);
	ck_assert_uint_eq(info.input_bytes, 230400);
	ck_assert_uint_eq(info.output_bytes, 35000);
	ck_assert_int_eq(kpu_network_layer(network, 15, &layer), 0);
	ck_assert_str_eq(layer.type_name, "KPU_CONV2D");
	ck_assert(layer.convolution && !layer.depthwise && layer.kernel == 1 && layer.pool == 0);
	ck_assert(layer.input_width == 10 && layer.input_height == 7 &&
		  layer.input_channels == 512 && layer.output_channels == 125);
	ck_assert_uint_eq(layer.load_bytes, 30720);
	ck_assert_int_eq(kpu_network_layer(network, 16, &layer), 0);
	ck_assert_str_eq(layer.type_name, "DEQUANTIZE");
	ck_assert_uint_eq(layer.parameter_bytes, 40);
	/* The last node's numbers: zero point 125, scale 7.7273211. */
	ck_assert_float_eq_tol(network->layer_tensors[15].scale, 1 / 7.7273211f, 1e-7f);
	ck_assert_float_eq_tol(network->layer_tensors[15].bias, -125 / 7.7273211f, 1e-5f);
	ck_assert_float_eq(network->layer_tensors[14].scale, 0.0f);
	/* The shape comes from the convolution: the table of outputs has none. */
	ck_assert_int_eq(kpu_network_output(network, 0, &tensor), 0);
	ck_assert(tensor.width == 10 && tensor.height == 7 && tensor.channels == 125 &&
		  tensor.type == KPU_TENSOR_FLOAT32);
	kpu_network_free(network);
}
END_TEST

START_TEST(reversed_words_are_put_right)
{
	struct kpu_network *network;
	struct kpu_network_info info;
	struct kpu_tensor_info input;
	uint8_t *model, *reversed;
	size_t size;

	model = disc_model(&size);
	size &= ~(size_t)3;
	reversed = malloc(size);
	for (size_t i = 0; i < size; i++)
		reversed[i] = model[i ^ 3];
	ck_assert_int_eq(kpu_network_parse(reversed, size, &network, NULL), 0);
	kpu_network_info(network, &info);
	ck_assert_uint_eq(info.version, 3);
	kpu_network_input(network, 0, &input);
	ck_assert(input.width == 320 && input.height == 240 && input.channels == 3);
	kpu_network_free(network);
	free(model);
	free(reversed);
}
END_TEST

START_TEST(other_kinds_are_refused_by_name)
{
	static const struct {
		uint8_t head[8];
		int code;
		const char *next_step;
	} kinds[] = {
		{ { 0x13, 0x27, 0, 0 }, KPU_ERR_DECRYPT, "plain .kmodel" },
		{ { 'L', 'D', 'M', 'S' }, KPU_ERR_DECRYPT, "plain .kmodel" },
		{ { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
		  KPU_ERR_KMODEL_VERSION,
		  "convert" },
		{ { 'h', 'e', 'l', 'l', 'o' }, KPU_ERR_KMODEL_VERSION, "convert" },
		{ { 'P', 'K', 3, 4 }, KPU_ERR_KMODEL_VERSION, "unpack it" },
	};
	uint8_t data[64];

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct kpu_network *network;
		struct kpu_error error = { 0 };

		memset(data, i == 2 ? 0xff : 0, sizeof(data));
		memcpy(data, kinds[i].head, sizeof(kinds[i].head));
		ck_assert_int_eq(kpu_network_parse(data, sizeof(data), &network, &error),
				 -kinds[i].code);
		ck_assert_ptr_null(network);
		ck_assert_uint_gt(strlen(error.message), 10);
		ck_assert_msg(strstr(error.next_step, kinds[i].next_step) != NULL, "%s",
			      error.next_step);
	}
}
END_TEST

START_TEST(every_truncation_is_refused_or_read_safely)
{
	struct kpu_network *network;
	struct kpu_error error;
	size_t size, refused = 0, step;
	uint8_t *model = disc_model(&size);

	step = size / 300 + 1;
	for (size_t cut = 1; cut < size; cut += cut < 400 ? 1 : step) {
		uint8_t *part = malloc(cut);

		memcpy(part, model, cut);
		if (kpu_network_parse(part, cut, &network, &error) < 0)
			refused++;
		else
			kpu_network_free(network);
		free(part);
		/* Only padding behind the last body may be missing. */
		ck_assert(cut + 8 > size || refused > 0);
	}
	ck_assert_uint_gt(refused, 500);
	free(model);
}
END_TEST

START_TEST(random_damage_does_no_harm)
{
	struct kpu_network *network;
	uint32_t state = 12345;
	size_t size;
	uint8_t *model = disc_model(&size);
	uint8_t *copy = malloc(size);

	for (unsigned round = 0; round < 2000; round++) {
		memcpy(copy, model, size);
		for (unsigned i = 0; i < 1 + round % 4; i++) {
			state = state * 1664525u + 1013904223u;
			copy[(state >> 8) % (size < 700 ? size : 700)] = (uint8_t)(state >> 24);
		}
		if (kpu_network_parse(copy, size, &network, NULL) == 0)
			kpu_network_free(network);
	}
	free(copy);
	free(model);
}
END_TEST

START_TEST(missing_files_are_named)
{
	struct kpu_network *network;
	struct kpu_error error;

	ck_assert_int_eq(kpu_network_open("/no/such.kmodel", &network, &error), -KPU_ERR_READ_FILE);
	ck_assert_ptr_nonnull(strstr(error.message, "/no/such.kmodel"));
	ck_assert_int_eq(kpu_network_open("/dev", &network, &error), -KPU_ERR_READ_FILE);
	ck_assert_int_eq(kpu_network_open("/dev/zero", &network, &error), -KPU_ERR_READ_FILE);
	ck_assert_int_eq(kpu_network_open(NULL, &network, &error), -KPU_ERR_PARAM);
}
END_TEST

TCase *network_tests(void)
{
	TCase *tests = tcase_create("network");

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, netinfo_of_the_face_detector);
	tcase_add_test(tests, netinfo_of_a_v4_model);
	tcase_add_test(tests, reversed_words_are_put_right);
	tcase_add_test(tests, other_kinds_are_refused_by_name);
	tcase_add_test(tests, every_truncation_is_refused_or_read_safely);
	tcase_add_test(tests, random_damage_does_no_harm);
	tcase_add_test(tests, missing_files_are_named);
	return tests;
}
