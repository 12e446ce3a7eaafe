/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * V4 operators on single values and on matrices, against values worked out by hand from the rules
 * of nncase v0.2.0-beta4 (runtime/kernels/neutral/neutral_kernels.h).
 */
#include <math.h>

#include "tests/unit/runtime/node_test.h"
#include "tests/unit/runtime/suites.h"
#include "tools/kmodel/nodes_v4.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct node_test test;

static struct kmodel_v4_range floats_in(const float *values, unsigned count)
{
	return node_floats(&test, ROW((int32_t)count), values);
}

START_TEST(quantize_rounds_half_away_and_saturates)
{
	static const float values[] = { 0.0f,   0.25f, -0.25f,    0.75f,    1.75f, -2.0f,
					127.5f, 126.f, -INFINITY, INFINITY, NAN,   3e38f };
	static const uint8_t expected[] = { 3, 4, 3, 5, 7, 0, 255, 255, 0, 255, 255, 255 };

	/* times 2, plus 3; 3.5 to 4, 2.5 to 3, 4.5 to 5, 6.5 to 7 */
	node_start(&test);
	kmodel_v4_quantize(test.writer, KMODEL_V4_QUANTIZE, floats_in(values, COUNT(values)),
			   node_result(&test, KMODEL_V4_DATA_UINT8, COUNT(values)), 3, 2.0f);
	node_run(&test);
	expect_bytes(&test, expected, COUNT(expected));
}
END_TEST

START_TEST(dequantize_subtracts_then_multiplies)
{
	static const uint8_t values[] = { 0, 5, 6, 255 };
	/* 1 / 3 as a float is 0x1.555556p-2; each product is exact in double and rounded once. */
	const float third = 0x1.555556p-2f;
	const float expected[] = { -5 * third, 0.0f, third, 250 * third };

	node_start(&test);
	kmodel_v4_quantize(test.writer, KMODEL_V4_DEQUANTIZE, node_bytes(&test, ROW(4), values),
			   node_result(&test, KMODEL_V4_DATA_FLOAT32, 4), 5, 3.0f);
	node_run(&test);
	expect_floats(&test, expected, COUNT(expected));
}
END_TEST

START_TEST(dequantize_takes_any_zero_point)
{
	static const uint8_t values[] = { 0, 1 };
	/* 0 - (-2^31) wraps to -2^31, 1 - (-2^31) to -2^31 + 1, rounded to a float */
	static const float expected[] = { -0x1p31f, -0x1p31f };

	node_start(&test);
	kmodel_v4_quantize(test.writer, KMODEL_V4_DEQUANTIZE, node_bytes(&test, ROW(2), values),
			   node_result(&test, KMODEL_V4_DATA_FLOAT32, 2), INT32_MIN, 1.0f);
	node_run(&test);
	expect_floats(&test, expected, COUNT(expected));
}
END_TEST

START_TEST(long_vectors_are_cut_into_pieces)
{
	static uint8_t values[10007];
	static float expected[10007];

	for (unsigned i = 0; i < COUNT(values); i++) {
		values[i] = (uint8_t)(i * 37 + i / 256);
		expected[i] = (float)values[i] * 0.5f - 64.0f;
	}
	node_start(&test);
	kmodel_v4_quantize(test.writer, KMODEL_V4_DEQUANTIZE,
			   node_bytes(&test, ROW(COUNT(values)), values),
			   node_result(&test, KMODEL_V4_DATA_FLOAT32, COUNT(values)), 128, 2.0f);
	node_run(&test);
	expect_floats(&test, expected, COUNT(expected));
}
END_TEST

static const struct unary_case {
	int32_t operation;
	float in[6];
	double out[6];
} unary_cases[] = {
	{ KMODEL_V4_UNARY_ABS, { -1.5f, 2, -0.0f, 0, -9, 1 }, { 1.5, 2, 0, 0, 9, 1 } },
	{ KMODEL_V4_UNARY_CEIL, { -1.5f, 1.25f, 3, -0.5f, 1e9f, 7 }, { -1, 2, 3, 0, 1e9, 7 } },
	{ KMODEL_V4_UNARY_FLOOR, { -1.5f, 1.75f, 3, -0.5f, 1e9f, 7 }, { -2, 1, 3, -1, 1e9, 7 } },
	{ KMODEL_V4_UNARY_NEG, { -1.5f, 2, 0, 1, -1, 5 }, { 1.5, -2, 0, -1, 1, -5 } },
	{ KMODEL_V4_UNARY_SQUARE, { -1.5f, 2, 0, 1, -3, 5 }, { 2.25, 4, 0, 1, 9, 25 } },
	{ KMODEL_V4_UNARY_RSQRT, { 4, 0.25f, 1, 100, 0, -1 }, { 0.5, 2, 1, 0.1, INFINITY, NAN } },
	{ KMODEL_V4_UNARY_EXP,
	  { 0, 1, -1, 10, 100, -200 },
	  { 1, 2.718281828459045, 0.36787944117144233, 22026.465794806718, INFINITY, 0 } },
	{ KMODEL_V4_UNARY_LOG,
	  { 1, 2, 0.5f, 0, -1, INFINITY },
	  { 0, 0.6931471805599453, -0.6931471805599453, -INFINITY, NAN, INFINITY } },
	/* the smallest float is 2^-149 */
	{ KMODEL_V4_UNARY_LOG,
	  { 0x1p-149f, 10, 0.70710677f, 3e38f, 1.0000001f, 0.99999994f },
	  { -103.27892990343184, 2.302585092994046, -0.3465736073942438, 88.59684582427442,
	    1.1920928244535463e-7, -5.960464655174753e-8 } },
	{ KMODEL_V4_UNARY_SIN,
	  { 0, 1, -1, 3.1415927f, 1.5707964f, 22 },
	  { 0, 0.8414709848078965, -0.8414709848078965, -8.742278000372475e-08, 1,
	    -0.008851309290403876 } },
	{ KMODEL_V4_UNARY_COS,
	  { 0, 1, -1, 3.1415927f, 11, 1.5707964f },
	  { 1, 0.5403023058681398, 0.5403023058681398, -1, 0.004425697988050785,
	    -4.371139000186241e-8 } },
	{ KMODEL_V4_UNARY_SIN,
	  { 100000, -100000, INFINITY, NAN, 0x1p28f, 1e-20f },
	  { 0.03574879797201651, -0.03574879797201651, NAN, NAN, NAN, 1e-20 } },
};

START_TEST(unary_functions)
{
	const struct unary_case *unary = &unary_cases[_i];
	double expected[6];

	for (unsigned i = 0; i < 6; i++)
		expected[i] = unary->out[i];
	node_start(&test);
	kmodel_v4_unary(test.writer, unary->operation, floats_in(unary->in, 6),
			node_result(&test, KMODEL_V4_DATA_FLOAT32, 6));
	node_run(&test);
	expect_near(&test, expected, 6);
}
END_TEST

static const struct binary_case {
	int32_t operation;
	float out[4];
} binary_cases[] = {
	{ KMODEL_V4_BINARY_ADD, { 5, 0.5f, -6, 10 } },
	{ KMODEL_V4_BINARY_SUB, { 3, -1.5f, 0, -10 } },
	{ KMODEL_V4_BINARY_MUL, { 4, -0.5f, 9, 0 } },
	{ KMODEL_V4_BINARY_DIV, { 4, -0.5f, 1, 0 } },
	{ KMODEL_V4_BINARY_MIN, { 1, -0.5f, -3, 0 } },
	{ KMODEL_V4_BINARY_MAX, { 4, 1, -3, 10 } },
};

START_TEST(binary_operations)
{
	static const float a[] = { 4, -0.5f, -3, 0 }, b[] = { 1, 1, -3, 10 };
	struct kmodel_v4_tensor left, right, out;

	node_start(&test);
	left = (struct kmodel_v4_tensor){ floats_in(a, 4), { 1, 1, 1, 4 } };
	right = (struct kmodel_v4_tensor){ floats_in(b, 4), { 1, 1, 1, 4 } };
	out = (struct kmodel_v4_tensor){ node_result(&test, KMODEL_V4_DATA_FLOAT32, 4),
					 { 1, 1, 1, 4 } };
	kmodel_v4_binary(test.writer, binary_cases[_i].operation, &left, &right, &out,
			 kmodel_v4_unbounded);
	node_run(&test);
	expect_floats(&test, binary_cases[_i].out, 4);
}
END_TEST

START_TEST(binary_repeats_what_is_too_short)
{
	/* a has one value for each channel, b one row; bounds cut at 0 and 30 */
	static const float a[] = { 10, -20 }, b[] = { 1, 2, 25 };
	static const float expected[] = { 11, 12, 30, 11, 12, 30, 0, 0, 5, 0, 0, 5 };
	struct kmodel_v4_tensor left, right, out;

	node_start(&test);
	left = (struct kmodel_v4_tensor){ node_floats(&test, SHAPE(2, 1, 1), a), { 1, 2, 1, 1 } };
	right = (struct kmodel_v4_tensor){ node_floats(&test, SHAPE(1, 1, 3), b), { 1, 1, 1, 3 } };
	out = (struct kmodel_v4_tensor){ node_result(&test, KMODEL_V4_DATA_FLOAT32, 12),
					 { 1, 2, 2, 3 } };
	kmodel_v4_binary(test.writer, KMODEL_V4_BINARY_ADD, &left, &right, &out,
			 (struct kmodel_v4_bounds){ 0, 30 });
	node_run(&test);
	expect_floats(&test, expected, 12);
}
END_TEST

static void quantized_binary(int32_t operation, const uint8_t *a, const uint8_t *b, unsigned count,
			     const int32_t numbers[9], const uint8_t *expected)
{
	struct kmodel_v4_tensor left, right, out;
	int32_t width = (int32_t)count;

	node_start(&test);
	left = (struct kmodel_v4_tensor){ node_bytes(&test, ROW(width), a), { 1, 1, 1, width } };
	right = (struct kmodel_v4_tensor){ node_bytes(&test, ROW(width), b), { 1, 1, 1, width } };
	out = (struct kmodel_v4_tensor){ node_result(&test, KMODEL_V4_DATA_UINT8, count),
					 { 1, 1, 1, width } };
	kmodel_v4_quantized_binary(test.writer, operation, &left, &right, &out, numbers);
	node_run(&test);
	expect_bytes(&test, expected, count);
}

START_TEST(quantized_addition)
{
	static const uint8_t a[] = { 10, 11, 0, 255 }, b[] = { 1, 1, 9, 255 };
	/* a' = ((a - 10) * 3 + 1) >> 1, b' = b * 4, out = ((a' + b') * 5 + 2) >> 2, plus 7:
	 * a' = 0, 2 (3 / 2 half up), -15 + ... (-30 + 1) >> 1 = -15, (735 + 1) >> 1 = 368 */
	static const int32_t numbers[9] = { -10, 3, 1, 0, 4, 0, 7, 5, 2 };
	/* (4 * 5 + 2) >> 2 = 5; (6 * 5 + 2) >> 2 = 8; (21 * 5 + 2) >> 2 = 26; large */
	static const uint8_t expected[] = { 12, 15, 33, 255 };

	quantized_binary(KMODEL_V4_BINARY_ADD, a, b, 4, numbers, expected);
}
END_TEST

START_TEST(quantized_division_rounds_and_survives_zero)
{
	static const uint8_t a[] = { 7, 8, 100, 9, 0, 200 }, b[] = { 2, 3, 7, 0, 0, 1 };
	static const int32_t numbers[9] = { 0, 1, 0, 0, 1, 0, 100, 1, 0 };
	/* (7 + 1) / 2, (8 + 1) / 3, (100 + 3) / 7, by zero -1, -1, 200: each plus 100 */
	static const uint8_t expected[] = { 104, 103, 114, 99, 99, 255 };

	quantized_binary(KMODEL_V4_BINARY_DIV, a, b, 6, numbers, expected);
}
END_TEST

START_TEST(quantized_numbers_wrap_instead_of_trapping)
{
	static const uint8_t a[] = { 0, 255 }, b[] = { 0, 255 };
	/* The largest offsets, factors and shifts: (2^31 - 1 + 0) and its wrapped successor times
	 * -2^31, by 2^62. b' = 0 + 0 ... so division is by zero or by a wrapped number. */
	static const int32_t numbers[9] = { INT32_MAX, INT32_MIN, 62,        INT32_MIN, INT32_MIN,
					    0,         INT32_MAX, INT32_MIN, 0 };

	for (int32_t operation = 0; operation < KMODEL_V4_BINARY_COUNT; operation++) {
		struct kmodel_v4_tensor left, right, out;

		node_start(&test);
		left = (struct kmodel_v4_tensor){ node_bytes(&test, ROW(2), a), { 1, 1, 1, 2 } };
		right = (struct kmodel_v4_tensor){ node_bytes(&test, ROW(2), b), { 1, 1, 1, 2 } };
		out = (struct kmodel_v4_tensor){ node_result(&test, KMODEL_V4_DATA_UINT8, 2),
						 { 1, 1, 1, 2 } };
		kmodel_v4_quantized_binary(test.writer, operation, &left, &right, &out, numbers);
		node_run(&test);
	}
}
END_TEST

START_TEST(largest_negative_by_minus_one)
{
	static const uint8_t a[] = { 0 }, b[] = { 0 };
	/* a' = -2^31, b' = -1: a' + b'/2 = -2^31, which over -1 stays; scaled by 2^-24 and moved:
	 * -128 + 130 */
	static const int32_t numbers[9] = { INT32_MIN, 1, 0, -1, 1, 0, 130, 1, 24 };
	static const uint8_t expected[] = { 2 };

	quantized_binary(KMODEL_V4_BINARY_DIV, a, b, 1, numbers, expected);
}
END_TEST

START_TEST(table_lookup)
{
	static const uint8_t values[] = { 0, 1, 255, 7 };
	static const uint8_t expected[] = { 255, 254, 0, 248 };
	uint8_t table[256];

	for (unsigned i = 0; i < 256; i++)
		table[i] = (uint8_t)(255 - i);
	node_start(&test);
	kmodel_v4_table_lookup(test.writer, node_bytes(&test, ROW(4), values),
			       kmodel_v4_constant(test.writer, KMODEL_V4_DATA_UINT8, table,
						  sizeof(table)),
			       node_result(&test, KMODEL_V4_DATA_UINT8, 4));
	node_run(&test);
	expect_bytes(&test, expected, 4);
}
END_TEST

START_TEST(softmax_of_rows)
{
	/* beta 2 */
	static const float values[] = { 1, 1, 1, 1, -1000, 0, -1000, -1000 };
	static const double expected[] = { 0.25, 0.25, 0.25, 0.25, 0, 1, 0, 0 };
	/* e^-2 and 1 over their sum */
	static const float other[] = { -3, -2 };
	static const double expected_other[] = { 0.11920292202211755, 0.8807970779778824 };

	node_start(&test);
	kmodel_v4_softmax(test.writer, floats_in(values, 8),
			  node_result(&test, KMODEL_V4_DATA_FLOAT32, 8), 4, 2, 2.0f);
	node_run(&test);
	expect_near(&test, expected, 8);
	node_start(&test);
	kmodel_v4_softmax(test.writer, floats_in(other, 2),
			  node_result(&test, KMODEL_V4_DATA_FLOAT32, 2), 2, 1, 2.0f);
	node_run(&test);
	expect_near(&test, expected_other, 2);
}
END_TEST

START_TEST(softmax_of_a_long_row)
{
	static float values[1000];
	static double expected[1000];

	for (unsigned i = 0; i < 1000; i++) {
		values[i] = -5000.0f;
		expected[i] = 0.001;
	}
	node_start(&test);
	kmodel_v4_softmax(test.writer, floats_in(values, 1000),
			  node_result(&test, KMODEL_V4_DATA_FLOAT32, 1000), 1000, 1, 1.0f);
	node_run(&test);
	expect_near(&test, expected, 1000);
}
END_TEST

START_TEST(matmul_adds_to_the_bias)
{
	static const float a[] = { 1, 2, 3, 4, 5, 6 }, b[] = { 1, -1, 2, 0, 3, 1 };
	static const float bias[] = { 10, -10 };
	static const int32_t sizes[] = { 2, 3, 2 };
	/* (1+4+9)+10, (-1+3)-10; (4+10+18)+10, (-4+6)-10; cut at 40 */
	static const float expected[] = { 24, -8, 40, -8 };

	node_start(&test);
	kmodel_v4_matmul(test.writer, floats_in(a, 6), floats_in(b, 6),
			 node_result(&test, KMODEL_V4_DATA_FLOAT32, 4), sizes,
			 (struct kmodel_v4_bounds){ -1e9f, 40 }, bias);
	node_run(&test);
	expect_floats(&test, expected, 4);
}
END_TEST

START_TEST(matmul_keeps_the_order_of_additions)
{
	/* From the left: ((1 + 2^24) + 1) - 2^24 = 0, because 2^24 + 1 rounds to even. */
	static const float a[] = { 1, 1, 1 }, b[] = { 0x1p24f, 1, -0x1p24f }, bias[] = { 1 };
	static const int32_t sizes[] = { 1, 3, 1 };
	static const float expected[] = { 0 };

	node_start(&test);
	kmodel_v4_matmul(test.writer, floats_in(a, 3), floats_in(b, 3),
			 node_result(&test, KMODEL_V4_DATA_FLOAT32, 1), sizes, kmodel_v4_unbounded,
			 bias);
	node_run(&test);
	expect_floats(&test, expected, 1);
}
END_TEST

START_TEST(quantized_matmul)
{
	static const uint8_t a[] = { 1, 2, 3, 4 }, b[] = { 5, 6, 7, 8 };
	static const int32_t bias[] = { 100, -100 }, sizes[] = { 2, 2, 2 };
	/* a - 1: {0 1; 2 3}, b - 5: {0 1; 2 3}: products {2 3; 6 11}, plus bias, times 3, by 4 half
	 * up: 102*3=306->77 (76.5), -97*3=-291->-73 (-72.75), 106*3=318->80 (79.5),
	 * -89*3=-267->-67 (-66.75), plus 80 */
	static const struct kmodel_v4_quantization numbers = { -1, -5, 3, 2, 80 };
	static const uint8_t expected[] = { 157, 7, 160, 13 };

	node_start(&test);
	kmodel_v4_quantized_matmul(test.writer, node_bytes(&test, ROW(4), a),
				   node_bytes(&test, ROW(4), b),
				   node_result(&test, KMODEL_V4_DATA_UINT8, 4), sizes, &numbers,
				   bias);
	node_run(&test);
	expect_bytes(&test, expected, 4);
}
END_TEST

START_TEST(nnil_byte_code)
{
	/* clamp(x * x - 1 / 2.5, 0, 10), with a detour over everything that moves the stack */
	static const uint8_t code[] = {
		0x00,                         /* nop */
		0x03, 0x01, 0x42,             /* input, dup, mul */
		0x05,                         /* 1 */
		0x06, 0x00, 0x00, 0x20, 0x40, /* 2.5 */
		0x43,                         /* div */
		0x41,                         /* sub */
		0x04,                         /* 0 */
		0x03, 0x02,                   /* input, pop */
		0x06, 0x00, 0x00, 0x20, 0x41, /* 10 */
		0x80, 0xa0,                   /* clamp, return */
	};
	static const float values[] = { 0, 1, -2, 100 };
	const float expected[] = { 0, 1 - 0.4f, 4 - 0.4f, 10 };

	node_start(&test);
	kmodel_v4_nnil(test.writer, floats_in(values, 4),
		       node_result(&test, KMODEL_V4_DATA_FLOAT32, 4), code, sizeof(code));
	node_run(&test);
	expect_floats(&test, expected, 4);
}
END_TEST

START_TEST(nnil_functions)
{
	/* max(min(-abs(floor(x)), x), neg(square(ceil x))) */
	static const uint8_t code[] = { 0x03, 0x24, 0x20, 0x26, 0x03, 0x44,
					0x03, 0x21, 0x29, 0x26, 0x45, 0xa0 };
	static const float values[] = { 1.5f, -1.5f };
	/* x = 1.5: min(-1, 1.5) = -1, -(2^2) = -4; x = -1.5: min(-2, -1.5) = -2, -((-1)^2) = -1 */
	static const float expected[] = { -1, -1 };

	node_start(&test);
	kmodel_v4_nnil(test.writer, floats_in(values, 2),
		       node_result(&test, KMODEL_V4_DATA_FLOAT32, 2), code, sizeof(code));
	node_run(&test);
	expect_floats(&test, expected, 2);
}
END_TEST

Suite *v4_values_suite(void)
{
	Suite *suite = suite_create("V4 values");
	TCase *tests = tcase_create("V4 values");

	tcase_add_test(tests, quantize_rounds_half_away_and_saturates);
	tcase_add_test(tests, dequantize_subtracts_then_multiplies);
	tcase_add_test(tests, dequantize_takes_any_zero_point);
	tcase_add_test(tests, long_vectors_are_cut_into_pieces);
	tcase_add_loop_test(tests, unary_functions, 0, COUNT(unary_cases));
	tcase_add_loop_test(tests, binary_operations, 0, COUNT(binary_cases));
	tcase_add_test(tests, binary_repeats_what_is_too_short);
	tcase_add_test(tests, quantized_addition);
	tcase_add_test(tests, quantized_division_rounds_and_survives_zero);
	tcase_add_test(tests, quantized_numbers_wrap_instead_of_trapping);
	tcase_add_test(tests, largest_negative_by_minus_one);
	tcase_add_test(tests, table_lookup);
	tcase_add_test(tests, softmax_of_rows);
	tcase_add_test(tests, softmax_of_a_long_row);
	tcase_add_test(tests, matmul_adds_to_the_bias);
	tcase_add_test(tests, matmul_keeps_the_order_of_additions);
	tcase_add_test(tests, quantized_matmul);
	tcase_add_test(tests, nnil_byte_code);
	tcase_add_test(tests, nnil_functions);
	suite_add_tcase(suite, tests);
	return suite;
}
