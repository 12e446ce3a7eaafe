/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The quantizer against its networks in single precision, both formats, on an emulated board. */
#include <check.h>
#include <kpu.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/kmodel/quantize.h"

#define SIZE    16u
#define SAMPLES 8u
#define PIXELS  (SIZE * SIZE * 3)

static char path[] = "/tmp/kpu-network-XXXXXX";
static struct network network;
static struct value_range ranges[NETWORK_LAYERS_MAX];
static struct quantized_network quantized;
static uint32_t state;

static void setup(void)
{
	int fd;

	strcpy(path + strlen(path) - 6, "XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	close(fd);
	state = 7;
}

static void teardown(void)
{
	unlink(path);
	quantized_free(&quantized);
	network_free(&network);
}

static float noise(void)
{
	state = state * 1664525u + 1013904223u;
	return (float)(state >> 8) / 8388608.0f - 1;
}

/* @count numbers around @middle. */
static void put_numbers(FILE *file, unsigned count, float middle, float spread)
{
	for (unsigned i = 0; i < count; i++) {
		float value = middle + spread * noise();

		ck_assert_uint_eq(fwrite(&value, sizeof(value), 1, file), 1);
	}
}

static void put_norm(FILE *file, unsigned outputs)
{
	put_numbers(file, outputs, 1, 0.3f); /* factor */
	put_numbers(file, outputs, 0.1f, 0.3f);
	put_numbers(file, outputs, 0, 0.2f);
	put_numbers(file, outputs, 0.8f, 0.2f); /* deviation */
}

/* Everything that the quantizer knows; @head: with fully connected layer and softmax. */
static void write_network(bool head)
{
	FILE *file = fopen(path, "wb");

	ck_assert_ptr_nonnull(file);
	fprintf(file,
		"network 1\ninput 16 16 3 100 0.01\n"
		"convolution 3 8 leaky 0.1 2 1\n"
		"depthwise 3 0 relu6 0 1 1\n"
		"convolution 1 12 leaky 0.125 1 1\n"
		"convolution 3 6 linear 1 1 0\n%sdata\n",
		head ? "dense 5\nsoftmax\n" : "");
	put_numbers(file, 3 * 8 * 9, 0, 0.4f);
	put_norm(file, 8);
	put_numbers(file, 8 * 9, 0.1f, 0.4f);
	put_norm(file, 8);
	put_numbers(file, 8 * 12, 0, 0.6f);
	put_norm(file, 12);
	put_numbers(file, 12 * 6 * 9, 0, 0.2f);
	put_numbers(file, 6, 0, 0.5f);
	if (head) {
		put_numbers(file, 5 * 6 * 64, 0, 0.1f);
		put_numbers(file, 5, 0, 0.5f);
	}
	ck_assert_int_eq(fclose(file), 0);
}

struct last_result {
	unsigned layer;
	float values[1024];
};

static void keep_last(void *context, unsigned layer, const float *values, unsigned count)
{
	struct last_result *last = context;

	ck_assert_uint_le(count, 1024);
	last->layer = layer;
	if (layer + 1 == network.layer_count)
		memcpy(last->values, values, count * sizeof(*values));
}

static void run_board(const uint8_t *file, size_t size, const uint8_t *input, unsigned count,
		      float *values)
{
	struct kpu_device *device;
	struct kpu_model *model;
	struct kpu_result *result;
	struct kpu_tensor tensor;
	struct kpu_error error;
	int rc = kpu_open("emu:", &device, &error);

	ck_assert_msg(rc == 0, "%s", error.message);
	rc = kpu_load_memory(device, file, size, NULL, &model);
	kpu_last_error(device, &error);
	ck_assert_msg(rc == 0, "%s", error.message);
	ck_assert_int_eq(kpu_forward_output(model, input, PIXELS, 0, &result), 0);
	ck_assert_int_eq(kpu_result_tensor(result, 0, &tensor), 0);
	ck_assert_uint_eq(tensor.info.elements, count);
	memcpy(values, tensor.data, count * sizeof(*values));
	kpu_result_free(result);
	kpu_model_free(model);
	kpu_close(device);
}

static void make_samples(uint8_t samples[SAMPLES * PIXELS])
{
	for (unsigned i = 0; i < SAMPLES * PIXELS; i++)
		samples[i] = (uint8_t)(128 + 127 * noise());
}

/* Largest and mean difference between the float network and the board, both formats. */
static void compare(const uint8_t *sample, float *largest, float *mean)
{
	struct last_result last;
	float values[2][1024], sum = 0;
	unsigned count = network_result_count(&network.layers[network.layer_count - 1]);

	*largest = 0;
	ck_assert(network_run(&network, sample, keep_last, &last));
	for (unsigned format = 0; format < 2; format++) {
		const char *reason = "";
		size_t size = 0;
		uint8_t *file = format ? quantized_v4(&quantized, &size, &reason)
				       : quantized_v3(&quantized, &size, &reason);

		ck_assert_msg(file != NULL, "%s", reason);
		run_board(file, size, sample, count, values[format]);
		free(file);
	}
	for (unsigned i = 0; i < count; i++) {
		float apart = fabsf(values[0][i] - last.values[i]);

		ck_assert_float_eq_tol(values[0][i], values[1][i], 1e-4f);
		*largest = apart > *largest ? apart : *largest;
		sum += apart;
	}
	*mean = sum / (float)count;
}

static void quantize(const uint8_t *samples)
{
	const char *reason;

	ck_assert(calibrate(&network, samples, SAMPLES, ranges));
	reason = quantize_network(&network, ranges, &quantized);
	ck_assert_msg(reason == NULL, "%s", reason);
}

START_TEST(a_map_stays_within_steps_of_the_float_network)
{
	static uint8_t samples[SAMPLES * PIXELS];
	float largest, mean, step;

	write_network(false);
	ck_assert_int_eq(network_read(&network, path), 0);
	ck_assert_uint_eq(network.layer_count, 4);
	make_samples(samples);
	quantize(samples);
	step = quantized.layers[3].result.scale;
	for (unsigned i = 0; i < 3; i++) {
		compare(samples + i * PIXELS, &largest, &mean);
		/* Four roundings to bytes, each half a step at most, and those of the weights. */
		ck_assert_float_lt(mean, 2 * step);
		ck_assert_float_lt(largest, 10 * step);
	}
}
END_TEST

START_TEST(classes_stay_within_hundredths_of_the_float_network)
{
	static uint8_t samples[SAMPLES * PIXELS];
	float largest, mean;

	write_network(true);
	ck_assert_int_eq(network_read(&network, path), 0);
	make_samples(samples);
	quantize(samples);
	for (unsigned i = 0; i < 3; i++) {
		compare(samples + i * PIXELS, &largest, &mean);
		ck_assert_float_lt(largest, 0.06f);
	}
}
END_TEST

/* The engine's rule, from the fact sheet: highest entry with T above its start, half to even. */
static double table_result(const struct kmodel_activation *table, int64_t t)
{
	double y;
	int i = K210_ACTIVATION_SEGMENTS - 1;

	while (i > 0 && t <= table->start[i])
		i--;
	y = nearbyint(ldexp((double)(t - table->start[i]) * table->mul[i], -table->shift[i])) +
	    table->bias[i];
	return y < 0 ? 0 : y > 255 ? 255 : y;
}

static double exact_result(enum network_activation activation, double slope, double x)
{
	if (activation == NETWORK_LEAKY)
		return x < 0 ? x * slope : x;
	if (activation == NETWORK_RELU6)
		return x < 0 ? 0 : x > 6 ? 6 : x;
	return x;
}

static void check_activation(enum network_activation activation, float slope, struct quantization q)
{
	struct kmodel_activation table;

	quantize_activation(activation, slope, q, &table);
	for (unsigned i = 1; i < K210_ACTIVATION_SEGMENTS; i++)
		ck_assert_int_ge(table.start[i], table.start[i - 1]);
	for (int64_t t = -3000000; t <= 300000; t += 37) {
		double x = (double)t / 256 * (double)q.scale;
		double exact =
			exact_result(activation, (double)slope, x) / (double)q.scale + q.zero;
		double y = table_result(&table, t);

		exact = exact < 0 ? 0 : exact > 255 ? 255 : exact;
		/* Half a step of rounding and what the slope's own rounding makes of it. */
		ck_assert_msg(fabs(y - exact) < 0.75, "activation %d at %g: %g is not %g",
			      activation, x, y, exact);
	}
	ck_assert_double_eq(table_result(&table, -(1ll << 35)), 0);
	ck_assert_double_le(table_result(&table, (1ll << 35) - 1), 255);
}

START_TEST(activations_follow_their_functions)
{
	check_activation(NETWORK_LEAKY, 0.1f, (struct quantization){ 0.04f, 20 });
	check_activation(NETWORK_LEAKY, 0.125f, (struct quantization){ 0.01f, 3 });
	check_activation(NETWORK_LEAKY, 0.1f, (struct quantization){ 0.04f, 0 });
	check_activation(NETWORK_RELU6, 0, (struct quantization){ 6.0f / 255, 0 });
	check_activation(NETWORK_RELU6, 0, (struct quantization){ 0.05f, 0 });
	check_activation(NETWORK_LINEAR, 1, (struct quantization){ 0.0628f, 127 });
}
END_TEST

START_TEST(batch_norm_is_folded_in)
{
	/* weight 3; factor 2, offset 5, mean 7, deviation 4: y = (3x - 7) / 4 * 2 + 5. */
	const float numbers[] = { 3, 2, 5, 7, 4 };
	FILE *file = fopen(path, "wb");

	fputs("network 1\ninput 4 4 1 0 1\nconvolution 1 1 leaky 0.1 1 1\ndata\n", file);
	fwrite(numbers, sizeof(numbers), 1, file);
	fclose(file);
	ck_assert_int_eq(network_read(&network, path), 0);
	ck_assert_float_eq(network.layers[0].weights[0], 1.5f);
	ck_assert_float_eq(network.layers[0].bias[0], 1.5f);
}
END_TEST

START_TEST(zero_is_always_a_byte)
{
	struct value_range range = { 0.5f, 4, 100, { 0 } };
	struct quantization q;

	range.bins[RANGE_BINS - 1] = 100;
	q = quantization_of(&range);
	ck_assert_int_eq(q.zero, 0);
	ck_assert_float_eq_tol(q.scale * 255, 4, 0.02f);
	range.least = -4;
	range.most = -1;
	q = quantization_of(&range);
	ck_assert_int_le(q.zero, 255);
	ck_assert_int_ge(q.zero, 0);
}
END_TEST

/* One value far outside costs less when it is cut off. */
START_TEST(outliers_do_not_spoil_the_steps)
{
	static struct value_range range = { 0, 1000, 0, { 0 } };
	struct quantization q;

	for (unsigned i = 0; i < RANGE_BINS / 100; i++)
		range.bins[i] = 1000000;
	range.bins[RANGE_BINS - 1] = 1;
	q = quantization_of(&range);
	ck_assert_float_lt(q.scale * 255, 100);
}
END_TEST

static void refused(const char *text)
{
	FILE *file = fopen(path, "wb");

	fputs(text, file);
	fclose(file);
	ck_assert_msg(network_read(&network, path) != 0, "accepted: %s", text);
	ck_assert_uint_eq(network.layer_count, 0);
}

START_TEST(bad_files_are_refused)
{
	refused("");
	refused("network 2\n");
	refused("network 1\ndata\n");
	refused("network 1\nconvolution 1 1 leaky 0.1 1 1\ndata\n");
	refused("network 1\ninput 0 4 1 0 1\n");
	refused("network 1\ninput 4 4 1 0 1\nconvolution 5 1 leaky 0.1 1 1\ndata\n");
	refused("network 1\ninput 4 4 1 0 1\nconvolution 1 1 tanh 0.1 1 1\ndata\n");
	refused("network 1\ninput 4 4 1 0 1\nconvolution 1 999999 leaky 0.1 1 1\ndata\n");
	refused("network 1\ninput 4 4 1 0 1\nconvolution 1 1 leaky 0.1 1 0\ndata\n");
	refused("network 1\ninput 4 4 1 0 1\nconvolution 1 1 leaky 0.1 1 0\ndata\n123456789");
	refused("network 1\ninput 4 4 1 0 1\nsoftmax\ndata\n");
}
END_TEST

START_TEST(maps_too_large_for_the_board_are_refused)
{
	struct value_range *r = ranges;
	FILE *file = fopen(path, "wb");

	fputs("network 1\ninput 512 512 4 0 1\nconvolution 1 4 leaky 0.1 1 0\n"
	      "convolution 1 8 leaky 0.1 1 0\ndata\n",
	      file);
	put_numbers(file, 4 * 4 + 4 + 4 * 8 + 8, 0, 1);
	fclose(file);
	ck_assert_int_eq(network_read(&network, path), 0);
	memset(r, 0, sizeof(ranges));
	r[0].most = r[1].most = 1;
	ck_assert_ptr_nonnull(quantize_network(&network, r, &quantized));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("quantizer");
	TCase *tests = tcase_create("quantizer");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tests, 120);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, a_map_stays_within_steps_of_the_float_network);
	tcase_add_test(tests, classes_stay_within_hundredths_of_the_float_network);
	tcase_add_test(tests, activations_follow_their_functions);
	tcase_add_test(tests, batch_norm_is_folded_in);
	tcase_add_test(tests, zero_is_always_a_byte);
	tcase_add_test(tests, outliers_do_not_spoil_the_steps);
	tcase_add_test(tests, bad_files_are_refused);
	tcase_add_test(tests, maps_too_large_for_the_board_are_refused);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
