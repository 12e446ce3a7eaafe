/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* V4 operators that move values, and reductions, by hand. */
#include <math.h>

#include "tests/unit/runtime/node_test.h"
#include "tests/unit/runtime/suites.h"
#include "tools/kmodel/nodes_v4.h"

static struct node_test test;

static struct kmodel_v4_tensor bytes_in(int32_t n, int32_t c, int32_t h, int32_t w,
					const uint8_t *values)
{
	struct kmodel_v4_tensor tensor = { .shape = { n, c, h, w } };

	tensor.range = node_bytes(&test, tensor.shape, values);
	return tensor;
}

static struct kmodel_v4_tensor floats_in(int32_t n, int32_t c, int32_t h, int32_t w,
					 const float *values)
{
	struct kmodel_v4_tensor tensor = { .shape = { n, c, h, w } };

	tensor.range = node_floats(&test, tensor.shape, values);
	return tensor;
}

static const uint8_t counting[24] = { 0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11,
				      12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23 };

START_TEST(pad_surrounds_and_crops)
{
	/* 2x3 map: a row above, the left column away, two columns right */
	static const int32_t pads[8] = { 0, 0, 0, 0, 1, 0, -1, 2 };
	static const uint8_t expected[] = { 9, 9, 9, 9, 1, 2, 9, 9, 4, 5, 9, 9 };
	struct kmodel_v4_tensor in;

	node_start(&test);
	in = bytes_in(1, 1, 2, 3, counting);
	kmodel_v4_pad(test.writer, &in, node_result(&test, KMODEL_V4_DATA_UINT8, 12), pads, 9);
	node_run(&test);
	expect_bytes(&test, expected, 12);
}
END_TEST

START_TEST(pad_works_on_every_dimension)
{
	/* one batch in front, one channel behind; the last row goes */
	static const int32_t pads[8] = { 1, 0, 0, 1, 0, -1, 0, 0 };
	static const float values[] = { 1, 2, 3, 4 };
	static const float expected[] = { -7, -7, -7, -7, 1, 2, -7, -7 };
	struct kmodel_v4_tensor in;
	uint32_t bits;
	float minus_seven = -7;

	memcpy(&bits, &minus_seven, sizeof(bits));
	node_start(&test);
	in = floats_in(1, 1, 2, 2, values);
	kmodel_v4_pad(test.writer, &in, node_result(&test, KMODEL_V4_DATA_FLOAT32, 8), pads, bits);
	node_run(&test);
	expect_floats(&test, expected, 8);
}
END_TEST

START_TEST(pad_may_crop_more_than_there_is_on_one_side)
{
	/* three of two columns cropped in front: only padding is left */
	static const int32_t pads[8] = { 0, 0, 0, 0, 0, 0, -3, 4 };
	static const uint8_t expected[] = { 5, 5, 5 };
	struct kmodel_v4_tensor in;

	node_start(&test);
	in = bytes_in(1, 1, 1, 2, counting);
	kmodel_v4_pad(test.writer, &in, node_result(&test, KMODEL_V4_DATA_UINT8, 3), pads, 5);
	node_run(&test);
	expect_bytes(&test, expected, 3);
}
END_TEST

START_TEST(transpose_to_channels_last)
{
	static const int32_t order[4] = { 0, 2, 3, 1 };
	/* element (c, h, w) of 2x3x4 is c * 12 + h * 4 + w */
	static const uint8_t expected[24] = { 0, 12, 1, 13, 2, 14, 3, 15, 4,  16, 5,  17,
					      6, 18, 7, 19, 8, 20, 9, 21, 10, 22, 11, 23 };
	struct kmodel_v4_tensor in;

	node_start(&test);
	in = bytes_in(1, 2, 3, 4, counting);
	kmodel_v4_transpose(test.writer, &in, node_result(&test, KMODEL_V4_DATA_UINT8, 24), order);
	node_run(&test);
	expect_bytes(&test, expected, 24);
}
END_TEST

START_TEST(transpose_reverses_floats)
{
	static const int32_t order[4] = { 3, 2, 1, 0 };
	static const float values[] = { 1, 2, 3, 4, 5, 6 };
	/* in (1, 1, 2, 3), out (3, 2, 1, 1) */
	static const float expected[] = { 1, 4, 2, 5, 3, 6 };
	struct kmodel_v4_tensor in;

	node_start(&test);
	in = floats_in(1, 1, 2, 3, values);
	kmodel_v4_transpose(test.writer, &in, node_result(&test, KMODEL_V4_DATA_FLOAT32, 6), order);
	node_run(&test);
	expect_floats(&test, expected, 6);
}
END_TEST

START_TEST(slice_with_steps_in_both_directions)
{
	/* channel 1, rows 2 and 0, columns 1 and 3 */
	static const int32_t begin[4] = { 0, 1, 2, 1 }, end[4] = { 1, 2, -1, 4 };
	static const int32_t strides[4] = { 1, 1, -2, 2 };
	static const uint8_t expected[] = { 21, 23, 13, 15 };
	struct kmodel_v4_tensor in;

	node_start(&test);
	in = bytes_in(1, 2, 3, 4, counting);
	kmodel_v4_strided_slice(test.writer, &in, node_result(&test, KMODEL_V4_DATA_UINT8, 4),
				begin, end, strides);
	node_run(&test);
	expect_bytes(&test, expected, 4);
}
END_TEST

START_TEST(concat_in_rounds)
{
	static const int32_t sizes[] = { 1, 0, 2 };
	/* 2 rounds of one unit of a and two of c, units of 2 bytes */
	static const uint8_t a[] = { 1, 2, 3, 4 }, b[] = { 99 };
	static const uint8_t c[] = { 10, 11, 12, 13, 14, 15, 16, 17 };
	static const uint8_t expected[] = { 1, 2, 10, 11, 12, 13, 3, 4, 14, 15, 16, 17 };
	struct kmodel_v4_range inputs[3];

	node_start(&test);
	inputs[0] = node_bytes(&test, ROW(4), a);
	inputs[1] = node_bytes(&test, ROW(1), b);
	inputs[2] = node_bytes(&test, ROW(8), c);
	kmodel_v4_concat(test.writer, inputs, sizes, 3, 2, 2,
			 node_result(&test, KMODEL_V4_DATA_UINT8, 12));
	node_run(&test);
	expect_bytes(&test, expected, 12);
}
END_TEST

START_TEST(concat_is_cut_anywhere)
{
	/* parts of 300 and 700 floats, larger and smaller than a piece, from input and constants */
	static const int32_t sizes[] = { 300, 700 };
	static float values[3][700], expected[2000];
	struct kmodel_v4_range inputs[2];

	for (unsigned i = 0; i < 700; i++)
		for (unsigned j = 0; j < 3; j++)
			values[j][i] = (float)(j * 1000 + i);
	for (unsigned i = 0; i < 1000; i++) {
		expected[i] = i < 300 ? values[0][i] : values[1][i - 300];
		/* the second round: a goes on, b (two rows of 700) as well */
		expected[1000 + i] = i < 300 ? values[0][300 + i] : values[2][i - 300];
	}
	node_start(&test);
	inputs[0] = node_floats(&test, ROW(700), values[0]);
	inputs[1] = kmodel_v4_constant(test.writer, KMODEL_V4_DATA_FLOAT32, values[1],
				       2 * sizeof(values[1]));
	kmodel_v4_concat(test.writer, inputs, sizes, 2, 4, 2,
			 node_result(&test, KMODEL_V4_DATA_FLOAT32, 2000));
	node_run(&test);
	expect_floats(&test, expected, 2000);
}
END_TEST

START_TEST(memory_copy)
{
	static float values[1000];

	for (unsigned i = 0; i < 1000; i++)
		values[i] = (float)i * 0.25f;
	node_start(&test);
	kmodel_v4_memory_copy(test.writer, node_floats(&test, ROW(1000), values),
			      node_result(&test, KMODEL_V4_DATA_FLOAT32, 1000));
	node_run(&test);
	expect_floats(&test, values, 1000);
}
END_TEST

START_TEST(resize_nearest)
{
	/* 2x2 to 3x4; scales 2/3 and 1/2: rows 0 0 1, columns 0 0 1 1 */
	static const uint8_t values[] = { 1, 2, 3, 4 };
	static const uint8_t expected[] = { 1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4 };
	struct kmodel_v4_tensor in;

	node_start(&test);
	in = bytes_in(1, 1, 2, 2, values);
	kmodel_v4_resize(test.writer, &in, node_result(&test, KMODEL_V4_DATA_UINT8, 12), 3, 4, true,
			 false);
	node_run(&test);
	expect_bytes(&test, expected, 12);
}
END_TEST

START_TEST(resize_bilinear)
{
	/* 2x2 to 4x4, scale 1/2: positions 0 0.5 1 1.5, the last one beyond the edge */
	static const float values[] = { 0, 4, 8, 12, 100, 100, 100, 100 };
	static const float expected[] = { 0,   2,   4,   4,   4,   6,   8,   8,   8,   10,  12,
					  12,  8,   10,  12,  12,  100, 100, 100, 100, 100, 100,
					  100, 100, 100, 100, 100, 100, 100, 100, 100, 100 };
	struct kmodel_v4_tensor in;

	node_start(&test);
	in = floats_in(1, 2, 2, 2, values);
	kmodel_v4_resize(test.writer, &in, node_result(&test, KMODEL_V4_DATA_FLOAT32, 32), 4, 4,
			 false, false);
	node_run(&test);
	expect_floats(&test, expected, 32);
}
END_TEST

START_TEST(resize_bilinear_with_aligned_corners_cuts_bytes)
{
	/* 1x3 to 1x5, scale 2/4: 0, 5, 10, 55.5, 101 */
	static const uint8_t values[] = { 0, 10, 101 };
	static const uint8_t expected[] = { 0, 5, 10, 55, 101 };
	struct kmodel_v4_tensor in;

	node_start(&test);
	in = bytes_in(1, 1, 1, 3, values);
	kmodel_v4_resize(test.writer, &in, node_result(&test, KMODEL_V4_DATA_UINT8, 5), 1, 5, false,
			 true);
	node_run(&test);
	expect_bytes(&test, expected, 5);
}
END_TEST

static const struct reduce_case {
	int32_t operation;
	int32_t shape[4]; /* of the output */
	float start;
	float out[4];
	unsigned count;
} reduce_cases[] = {
	{ KMODEL_V4_REDUCE_SUM, { 1, 2, 1, 1 }, 1, { 11, -9 }, 2 },
	/* mean: the start value counts, too */
	{ KMODEL_V4_REDUCE_MEAN, { 1, 2, 1, 1 }, 2, { 3, -2 }, 2 },
	{ KMODEL_V4_REDUCE_MAX, { 1, 1, 1, 2 }, -100, { 3, 4 }, 2 },
	{ KMODEL_V4_REDUCE_MIN, { 1, 2, 2, 1 }, 0, { 0, 0, -2, -4 }, 4 },
	{ KMODEL_V4_REDUCE_SUM, { 1, 1, 1, 1 }, 0, { 0 }, 1 },
};

START_TEST(reductions)
{
	static const float values[] = { 1, 2, 3, 4, -1, -2, -3, -4 };
	const struct reduce_case *wanted = &reduce_cases[_i];
	struct kmodel_v4_tensor in, out;

	node_start(&test);
	in = floats_in(1, 2, 2, 2, values);
	memcpy(out.shape, wanted->shape, sizeof(out.shape));
	out.range = node_result(&test, KMODEL_V4_DATA_FLOAT32, wanted->count);
	kmodel_v4_reduce(test.writer, wanted->operation, &in, &out, wanted->start);
	node_run(&test);
	expect_floats(&test, wanted->out, wanted->count);
}
END_TEST

Suite *v4_shapes_suite(void)
{
	Suite *suite = suite_create("V4 shapes");
	TCase *tests = tcase_create("V4 shapes");

	tcase_add_test(tests, pad_surrounds_and_crops);
	tcase_add_test(tests, pad_works_on_every_dimension);
	tcase_add_test(tests, pad_may_crop_more_than_there_is_on_one_side);
	tcase_add_test(tests, transpose_to_channels_last);
	tcase_add_test(tests, transpose_reverses_floats);
	tcase_add_test(tests, slice_with_steps_in_both_directions);
	tcase_add_test(tests, concat_in_rounds);
	tcase_add_test(tests, concat_is_cut_anywhere);
	tcase_add_test(tests, memory_copy);
	tcase_add_test(tests, resize_nearest);
	tcase_add_test(tests, resize_bilinear);
	tcase_add_test(tests, resize_bilinear_with_aligned_corners_cuts_bytes);
	tcase_add_loop_test(tests, reductions, 0, sizeof(reduce_cases) / sizeof(reduce_cases[0]));
	suite_add_tcase(suite, tests);
	return suite;
}
