/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* V4 operators with windows, by hand. */
#include <math.h>

#include "tests/unit/runtime/node_test.h"
#include "tests/unit/runtime/suites.h"
#include "tools/kmodel/nodes_v4.h"

static struct node_test test;

static struct kmodel_v4_tensor floats_in(int32_t n, int32_t a, int32_t b, int32_t c,
					 const float *values)
{
	struct kmodel_v4_tensor tensor = { .shape = { n, a, b, c } };

	tensor.range = node_floats(&test, tensor.shape, values);
	return tensor;
}

static struct kmodel_v4_tensor bytes_in(int32_t n, int32_t a, int32_t b, int32_t c,
					const uint8_t *values)
{
	struct kmodel_v4_tensor tensor = { .shape = { n, a, b, c } };

	tensor.range = node_bytes(&test, tensor.shape, values);
	return tensor;
}

static const float nine[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };

START_TEST(conv2d_leaves_out_what_is_outside)
{
	/* 3x3 of ones over 3x3, one pixel of padding, stride 2: sums of the corners' 2x2 parts */
	static const struct kmodel_v4_window_parameters window = {
		{ 1, 1, 1, 1 }, { 3, 3 }, { 2, 2 }, { 1, 1 }
	};
	static const float ones[9] = { 1, 1, 1, 1, 1, 1, 1, 1, 1 }, bias[] = { 0.5f };
	static const float expected[] = { 12.5f, 16.5f, 24.5f, 28 };
	struct kmodel_v4_tensor in;

	node_start(&test);
	in = floats_in(1, 1, 3, 3, nine);
	kmodel_v4_conv2d(test.writer, KMODEL_V4_CONV2D, &in,
			 node_result(&test, KMODEL_V4_DATA_FLOAT32, 4), 1, 1, &window,
			 (struct kmodel_v4_bounds){ 0, 28 }, ones, 9, bias, 1);
	node_run(&test);
	expect_floats(&test, expected, 4);
}
END_TEST

START_TEST(conv2d_with_groups_and_dilation)
{
	/* 2 groups of one input and one output channel; 1x2 window, two apart */
	static const struct kmodel_v4_window_parameters window = {
		{ 0, 0, 0, 0 }, { 1, 2 }, { 1, 1 }, { 1, 2 }
	};
	static const float values[] = { 1, 2, 3, 4, 10, 20, 30, 40 };
	static const float weights[] = { 1, 10, 2, -1 }, bias[] = { 0, 1000 };
	/* 1 + 30, 2 + 40; 20 - 30, 40 - 40 plus 1000 */
	static const float expected[] = { 31, 42, 990, 1000 };
	struct kmodel_v4_tensor in;

	node_start(&test);
	in = floats_in(1, 2, 1, 4, values);
	kmodel_v4_conv2d(test.writer, KMODEL_V4_CONV2D, &in,
			 node_result(&test, KMODEL_V4_DATA_FLOAT32, 4), 2, 2, &window,
			 kmodel_v4_unbounded, weights, 4, bias, 2);
	node_run(&test);
	expect_floats(&test, expected, 4);
}
END_TEST

START_TEST(conv2d_adds_channel_by_channel)
{
	/* Two batches of 1x1 maps with 3 channels. ((1 + 2^24) + 1) - 2^24 = 0 in this order. */
	static const struct kmodel_v4_window_parameters window = {
		{ 0, 0, 0, 0 }, { 1, 1 }, { 1, 1 }, { 1, 1 }
	};
	static const float values[] = { 0x1p24f, 1, -0x1p24f, 1, 2, 3 };
	static const float weights[] = { 1, 1, 1, 1, 2, 3 }, bias[] = { 1, 0 };
	static const float expected[] = { 0, 2 - 0x1p25f, 7, 14 };
	struct kmodel_v4_tensor in;

	node_start(&test);
	in = floats_in(2, 3, 1, 1, values);
	kmodel_v4_conv2d(test.writer, KMODEL_V4_CONV2D, &in,
			 node_result(&test, KMODEL_V4_DATA_FLOAT32, 4), 1, 2, &window,
			 kmodel_v4_unbounded, weights, 6, bias, 2);
	node_run(&test);
	expect_floats(&test, expected, 4);
}
END_TEST

START_TEST(conv2d_with_many_channels)
{
	/* 1x1 maps: the channels lie without gaps and go through the buffered sum */
	static const struct kmodel_v4_window_parameters window = {
		{ 0, 0, 0, 0 }, { 1, 1 }, { 1, 1 }, { 1, 1 }
	};
	static float values[200], weights[200];
	static const float bias[] = { 0.5f };
	const float expected[] = { 0.5f + 199 * 200 / 2 * 3 };
	struct kmodel_v4_tensor in;

	for (unsigned i = 0; i < 200; i++) {
		values[i] = (float)i;
		weights[i] = 3;
	}
	node_start(&test);
	in = floats_in(1, 200, 1, 1, values);
	kmodel_v4_conv2d(test.writer, KMODEL_V4_CONV2D, &in,
			 node_result(&test, KMODEL_V4_DATA_FLOAT32, 1), 1, 1, &window,
			 kmodel_v4_unbounded, weights, 200, bias, 1);
	node_run(&test);
	expect_floats(&test, expected, 1);
}
END_TEST

START_TEST(cpu_conv2d_has_channels_last)
{
	/* 1x2 map with 2 channels, 1x2 window: pixel 0 (1, 2), pixel 1 (3, 4), padded right */
	static const struct kmodel_v4_window_parameters window = {
		{ 0, 0, 0, 1 }, { 1, 2 }, { 1, 1 }, { 1, 1 }
	};
	static const float values[] = { 1, 2, 3, 4 };
	/* output 0: 1 10 100 1000 on (p0c0 p0c1 p1c0 p1c1), output 1: only p1c1 */
	static const float weights[] = { 1, 10, 100, 1000, 0, 0, 0, 1 }, bias[] = { 0, 0.5f };
	static const float expected[] = { 4321, 4.5f, 43, 0.5f };
	struct kmodel_v4_tensor in;

	node_start(&test);
	in = floats_in(1, 1, 2, 2, values);
	kmodel_v4_conv2d(test.writer, KMODEL_V4_CPU_CONV2D, &in,
			 node_result(&test, KMODEL_V4_DATA_FLOAT32, 4), 0, 2, &window,
			 kmodel_v4_unbounded, weights, 8, bias, 2);
	node_run(&test);
	expect_floats(&test, expected, 4);
}
END_TEST

START_TEST(cpu_depthwise_conv2d)
{
	/* 2x1 map with 2 channels, 2x1 window, no padding */
	static const struct kmodel_v4_window_parameters window = {
		{ 0, 0, 0, 0 }, { 2, 1 }, { 1, 1 }, { 1, 1 }
	};
	static const float values[] = { 1, 2, 3, 4 };
	static const float weights[] = { 1, 10, 5, 7 }, bias[] = { 0, 1 };
	/* 1 + 30; 10 + 28 + 1 */
	static const float expected[] = { 31, 39 };
	struct kmodel_v4_tensor in;

	node_start(&test);
	in = floats_in(1, 2, 1, 2, values);
	kmodel_v4_conv2d(test.writer, KMODEL_V4_CPU_DEPTHWISE_CONV2D, &in,
			 node_result(&test, KMODEL_V4_DATA_FLOAT32, 2), 0, 0, &window,
			 kmodel_v4_unbounded, weights, 4, bias, 2);
	node_run(&test);
	expect_floats(&test, expected, 2);
}
END_TEST

static const struct kmodel_v4_window_parameters two_by_two = {
	{ 0, 0, 0, 0 }, { 2, 2 }, { 1, 1 }, { 1, 1 }
};

START_TEST(quantized_conv2d_adds_its_offsets)
{
	static const uint8_t values[] = { 5, 6, 7, 8 }, weights[] = { 1, 2, 3, 4 };
	static const int32_t bias[] = { 1000 };
	/* (x - 5)(w + 1): 0 + 3 + 8 + 15 = 26, plus 1000, times 2, by 16 half up, minus 100:
	 * 2052 / 16 = 128.25 */
	static const struct kmodel_v4_quantization numbers = { -5, 1, 2, 4, -100 };
	static const uint8_t expected[] = { 28 };
	struct kmodel_v4_tensor in;

	node_start(&test);
	in = bytes_in(1, 1, 2, 2, values);
	kmodel_v4_quantized_conv2d(test.writer, KMODEL_V4_QUANTIZED_CONV2D, &in,
				   node_result(&test, KMODEL_V4_DATA_UINT8, 1), 1, 1, &two_by_two,
				   &numbers, weights, 4, bias, 1);
	node_run(&test);
	expect_bytes(&test, expected, 1);
}
END_TEST

START_TEST(cpu_quantized_conv2d_subtracts_its_offsets)
{
	/* 1x1 window, 3 channels: the bias stands behind 3 bytes of weights, at no multiple of 4 */
	static const struct kmodel_v4_window_parameters window = {
		{ 0, 0, 0, 0 }, { 1, 1 }, { 1, 1 }, { 1, 1 }
	};
	static const uint8_t values[] = { 5, 6, 7 }, weights[] = { 1, 2, 3 };
	static const int32_t bias[] = { 10 };
	/* (x - 5)(w - 1): 0 + 1 + 4 = 5, plus 10 */
	static const struct kmodel_v4_quantization numbers = { 5, 1, 1, 0, 0 };
	static const uint8_t expected[] = { 15 };
	struct kmodel_v4_tensor in;

	node_start(&test);
	in = bytes_in(1, 1, 1, 3, values);
	kmodel_v4_quantized_conv2d(test.writer, KMODEL_V4_CPU_QUANTIZED_CONV2D, &in,
				   node_result(&test, KMODEL_V4_DATA_UINT8, 1), 0, 1, &window,
				   &numbers, weights, 3, bias, 1);
	node_run(&test);
	expect_bytes(&test, expected, 1);
}
END_TEST

START_TEST(cpu_quantized_depthwise_conv2d)
{
	/* 2x2 map with 2 channels */
	static const uint8_t values[] = { 1, 10, 2, 20, 3, 30, 4, 40 };
	static const uint8_t weights[] = { 1, 1, 1, 1, 0, 0, 0, 2 };
	static const int32_t bias[] = { 0, 5 };
	static const struct kmodel_v4_quantization numbers = { 0, 0, 1, 0, 0 };
	static const uint8_t expected[] = { 10, 85 };
	struct kmodel_v4_tensor in;

	node_start(&test);
	in = bytes_in(1, 2, 2, 2, values);
	kmodel_v4_quantized_conv2d(test.writer, KMODEL_V4_CPU_QUANTIZED_DEPTHWISE_CONV2D, &in,
				   node_result(&test, KMODEL_V4_DATA_UINT8, 2), 0, 0, &two_by_two,
				   &numbers, weights, 8, bias, 2);
	node_run(&test);
	expect_bytes(&test, expected, 2);
}
END_TEST

START_TEST(quantized_sums_wrap)
{
	static const uint8_t values[] = { 255, 255, 255, 255 }, weights[] = { 255, 255, 255, 255 };
	static const int32_t bias[] = { INT32_MAX };
	/* Offsets that make every product (255 - 2^31)(255 + 2^31 - 1) wrap; four equal ones:
	 * 4 * (255 - 2^31) * (254 + 2^31) mod 2^32 = 4 * 255 * 254 = 259080, plus 2^31 - 1 wraps to
	 * -2147224569; by 2^24 half up is -128, plus 200 */
	static const struct kmodel_v4_quantization numbers = { INT32_MIN, INT32_MAX, 1, 24, 200 };
	static const uint8_t expected[] = { 72 };
	struct kmodel_v4_tensor in;

	node_start(&test);
	in = bytes_in(1, 1, 2, 2, values);
	kmodel_v4_quantized_conv2d(test.writer, KMODEL_V4_QUANTIZED_CONV2D, &in,
				   node_result(&test, KMODEL_V4_DATA_UINT8, 1), 1, 1, &two_by_two,
				   &numbers, weights, 4, bias, 1);
	node_run(&test);
	expect_bytes(&test, expected, 1);
}
END_TEST

START_TEST(conv2d_transpose_scatters)
{
	/* 2x2 of 2x2 windows, stride 2: each input value paints its own square; bias is ignored */
	static const struct kmodel_v4_window_parameters window = {
		{ 0, 0, 0, 0 }, { 2, 2 }, { 2, 2 }, { 1, 1 }
	};
	static const float values[] = { 1, 2, 3, 4 }, weights[] = { 1, 10, 100, 1000 };
	static const float bias[] = { 5 };
	static const float expected[] = { 1, 10, 2, 20, 100, 1000, 200, 2000,
					  3, 30, 4, 40, 300, 3000, 400, 4000 };
	struct kmodel_v4_tensor in, out = { .shape = { 1, 1, 4, 4 } };

	node_start(&test);
	in = floats_in(1, 1, 2, 2, values);
	out.range = node_result(&test, KMODEL_V4_DATA_FLOAT32, 16);
	kmodel_v4_conv2d_transpose(test.writer, &in, &out, 1, &window, kmodel_v4_unbounded, weights,
				   4, bias, 1);
	node_run(&test);
	expect_floats(&test, expected, 16);
}
END_TEST

START_TEST(conv2d_transpose_overlaps)
{
	/* one row, stride 1, window 1x3, one pixel of padding on both sides, two channels in:
	 * channel 0 {1 2 3} with {1 2 4}, channel 1 {1 0 0} with {0 100 0}; cut at 15 */
	static const struct kmodel_v4_window_parameters window = {
		{ 0, 0, 1, 1 }, { 1, 3 }, { 1, 1 }, { 1, 1 }
	};
	static const float values[] = { 1, 2, 3, 1, 0, 0 };
	static const float weights[] = { 1, 2, 4, 0, 100, 0 }, bias[] = { 0 };
	/* out x takes in (x + 1 - k) * w k: x0: 1*2 + 2*1 + 100, x1: 1*4 + 2*2 + 3*1,
	 * x2: 2*4 + 3*2 */
	static const float expected[] = { 15, 11, 14 };
	struct kmodel_v4_tensor in, out = { .shape = { 1, 1, 1, 3 } };

	node_start(&test);
	in = floats_in(1, 2, 1, 3, values);
	out.range = node_result(&test, KMODEL_V4_DATA_FLOAT32, 3);
	kmodel_v4_conv2d_transpose(test.writer, &in, &out, 1, &window,
				   (struct kmodel_v4_bounds){ -15, 15 }, weights, 6, bias, 1);
	node_run(&test);
	expect_floats(&test, expected, 3);
}
END_TEST

START_TEST(conv2d_transpose_with_groups_and_dilation)
{
	/* two groups, 1x2 window two apart: 2 inputs give 4 outputs a group */
	static const struct kmodel_v4_window_parameters window = {
		{ 0, 0, 0, 0 }, { 1, 2 }, { 1, 1 }, { 1, 2 }
	};
	static const float values[] = { 1, 2, 3, 4 }, weights[] = { 1, 10, 5, 7 };
	static const float bias[] = { 0, 0 };
	static const float expected[] = { 1, 2, 10, 20, 15, 20, 21, 28 };
	struct kmodel_v4_tensor in, out = { .shape = { 1, 2, 1, 4 } };

	node_start(&test);
	in = floats_in(1, 2, 1, 2, values);
	out.range = node_result(&test, KMODEL_V4_DATA_FLOAT32, 8);
	kmodel_v4_conv2d_transpose(test.writer, &in, &out, 2, &window, kmodel_v4_unbounded, weights,
				   4, bias, 2);
	node_run(&test);
	expect_floats(&test, expected, 8);
}
END_TEST

static const struct pooling_case {
	int32_t operation;
	float start;
	float out[4];
} poolings[] = {
	/* 2x2 windows over 3x3, one row and column of padding behind, stride 2 */
	{ KMODEL_V4_REDUCE_MAX, -INFINITY, { 5, 6, 8, 9 } },
	{ KMODEL_V4_REDUCE_MIN, INFINITY, { 1, 3, 7, 8.5f } }, /* 9 is cut */
	{ KMODEL_V4_REDUCE_SUM, 1, { 8.5f, 8.5f, 8.5f, 8.5f } },
	{ KMODEL_V4_REDUCE_MEAN, 0, { 3, 4.5f, 7.5f, 8.5f } },
};

START_TEST(poolings_of_windows)
{
	static const struct kmodel_v4_window_parameters window = {
		{ 0, 1, 0, 1 }, { 2, 2 }, { 2, 2 }, { 1, 1 }
	};
	const struct pooling_case *pooling = &poolings[_i / 2];
	bool is_for_cpu = _i % 2;
	struct kmodel_v4_bounds bounds = { -1e9f, 8.5f };
	float expected[4];
	struct kmodel_v4_tensor in;

	memcpy(expected, pooling->out, sizeof(expected));
	if (pooling->operation == KMODEL_V4_REDUCE_MAX)
		bounds.greatest = 9;
	node_start(&test);
	/* With one channel both orders of dimensions hold the same bytes. */
	in = is_for_cpu ? floats_in(1, 3, 3, 1, nine) : floats_in(1, 1, 3, 3, nine);
	kmodel_v4_reduce_window(
		test.writer, is_for_cpu ? KMODEL_V4_CPU_REDUCE_WINDOW2D : KMODEL_V4_REDUCE_WINDOW2D,
		pooling->operation, &in, node_result(&test, KMODEL_V4_DATA_FLOAT32, 4), &window,
		pooling->start, bounds);
	node_run(&test);
	expect_floats(&test, expected, 4);
}
END_TEST

START_TEST(cpu_reduce_window_keeps_channels_apart)
{
	/* 1x2 map with 2 channels, 1x2 window */
	static const struct kmodel_v4_window_parameters window = {
		{ 0, 0, 0, 0 }, { 1, 2 }, { 1, 1 }, { 1, 1 }
	};
	static const float values[] = { 1, 10, 2, 20 }, expected[] = { 3, 30 };
	struct kmodel_v4_tensor in;

	node_start(&test);
	in = floats_in(1, 1, 2, 2, values);
	kmodel_v4_reduce_window(test.writer, KMODEL_V4_CPU_REDUCE_WINDOW2D, KMODEL_V4_REDUCE_SUM,
				&in, node_result(&test, KMODEL_V4_DATA_FLOAT32, 2), &window, 0,
				kmodel_v4_unbounded);
	node_run(&test);
	expect_floats(&test, expected, 2);
}
END_TEST

START_TEST(a_window_without_pixels)
{
	/* Padding of 3 in front, window 1x1: three means of nothing (0 / 0), then the pixel. */
	static const struct kmodel_v4_window_parameters window = {
		{ 0, 0, 3, 0 }, { 1, 1 }, { 1, 1 }, { 1, 1 }
	};
	static const float values[] = { 7 };
	const float expected[] = { NAN, NAN, NAN, 7 };
	struct kmodel_v4_tensor in;

	node_start(&test);
	in = floats_in(1, 1, 1, 1, values);
	kmodel_v4_reduce_window(test.writer, KMODEL_V4_REDUCE_WINDOW2D, KMODEL_V4_REDUCE_MEAN, &in,
				node_result(&test, KMODEL_V4_DATA_FLOAT32, 4), &window, 0,
				kmodel_v4_unbounded);
	node_run(&test);
	expect_floats(&test, expected, 4);
}
END_TEST

Suite *v4_windows_suite(void)
{
	Suite *suite = suite_create("V4 windows");
	TCase *tests = tcase_create("V4 windows");

	tcase_add_test(tests, conv2d_leaves_out_what_is_outside);
	tcase_add_test(tests, conv2d_with_groups_and_dilation);
	tcase_add_test(tests, conv2d_adds_channel_by_channel);
	tcase_add_test(tests, conv2d_with_many_channels);
	tcase_add_test(tests, cpu_conv2d_has_channels_last);
	tcase_add_test(tests, cpu_depthwise_conv2d);
	tcase_add_test(tests, quantized_conv2d_adds_its_offsets);
	tcase_add_test(tests, cpu_quantized_conv2d_subtracts_its_offsets);
	tcase_add_test(tests, cpu_quantized_depthwise_conv2d);
	tcase_add_test(tests, quantized_sums_wrap);
	tcase_add_test(tests, conv2d_transpose_scatters);
	tcase_add_test(tests, conv2d_transpose_overlaps);
	tcase_add_test(tests, conv2d_transpose_with_groups_and_dilation);
	tcase_add_loop_test(tests, poolings_of_windows, 0,
			    2 * (sizeof(poolings) / sizeof(poolings[0])));
	tcase_add_test(tests, cpu_reduce_window_keeps_channels_apart);
	tcase_add_test(tests, a_window_without_pixels);
	suite_add_tcase(suite, tests);
	return suite;
}
