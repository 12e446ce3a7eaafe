/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "tests/conformance/generated.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Enough for every kind; inputs must not move while they are filled. */
#define INPUT_BYTES_MAX (1u << 20)

static const struct generated_kind *const lists[] = { generated_values, generated_shapes,
						      generated_windows, generated_kpu,
						      generated_v3 };

static void *allocate(size_t bytes)
{
	void *memory = calloc(1, bytes ? bytes : 1);

	if (!memory)
		abort();
	return memory;
}

uint32_t random_bits(struct generation *generation)
{
	generation->state = generation->state * 1664525 + 1013904223;
	return generation->state >> 8;
}

int32_t random_int(struct generation *generation, int32_t least, int32_t greatest)
{
	return least + (int32_t)(random_bits(generation) % (uint32_t)(greatest - least + 1));
}

float random_float(struct generation *generation)
{
	return ((float)random_bits(generation) / 0x1p23f - 1.0f) * 8.0f;
}

void random_shape(struct generation *generation, int32_t greatest, int32_t shape[4])
{
	for (unsigned i = 0; i < 4; i++)
		shape[i] = random_int(generation, 1, greatest);
}

int32_t elements_of(const int32_t shape[4])
{
	return shape[0] * shape[1] * shape[2] * shape[3];
}

uint8_t *add_input(struct generation *generation, size_t bytes)
{
	struct generated *model = generation->model;
	uint8_t *at = model->input + model->input_bytes;

	if (model->input_bytes + bytes > INPUT_BYTES_MAX)
		abort();
	model->input_bytes += bytes;
	return at;
}

struct kmodel_v4_tensor random_floats(struct generation *generation, const int32_t shape[4],
				      const float **values)
{
	size_t count = (size_t)elements_of(shape);
	float *at = (float *)(void *)add_input(generation, count * 4);
	struct kmodel_v4_tensor tensor;

	for (size_t i = 0; i < count; i++)
		at[i] = random_float(generation);
	memcpy(tensor.shape, shape, sizeof(tensor.shape));
	tensor.range = kmodel_v4_main(generation->v4, KMODEL_V4_DATA_FLOAT32, (uint32_t)count * 4);
	kmodel_v4_input(generation->v4, tensor.range, shape);
	*values = at;
	return tensor;
}

struct kmodel_v4_tensor random_bytes(struct generation *generation, const int32_t shape[4],
				     const uint8_t **values)
{
	size_t count = (size_t)elements_of(shape);
	uint8_t *at = add_input(generation, count);
	struct kmodel_v4_tensor tensor;

	for (size_t i = 0; i < count; i++)
		at[i] = (uint8_t)random_bits(generation);
	memcpy(tensor.shape, shape, sizeof(tensor.shape));
	tensor.range = kmodel_v4_main(generation->v4, KMODEL_V4_DATA_UINT8, (uint32_t)count);
	kmodel_v4_input(generation->v4, tensor.range, shape);
	*values = at;
	return tensor;
}

struct kmodel_v4_tensor expect_float_output(struct generation *generation, const int32_t shape[4],
					    float **expected)
{
	struct generated *model = generation->model;
	struct kmodel_v4_tensor tensor;

	model->count = (size_t)elements_of(shape);
	model->is_float = true;
	*expected = model->floats = allocate(model->count * 4);
	memcpy(tensor.shape, shape, sizeof(tensor.shape));
	tensor.range =
		kmodel_v4_main(generation->v4, KMODEL_V4_DATA_FLOAT32, (uint32_t)model->count * 4);
	kmodel_v4_output(generation->v4, tensor.range);
	return tensor;
}

struct kmodel_v4_tensor expect_byte_output(struct generation *generation, const int32_t shape[4],
					   uint8_t **expected)
{
	struct generated *model = generation->model;
	struct kmodel_v4_tensor tensor;

	model->count = (size_t)elements_of(shape);
	*expected = model->bytes = allocate(model->count);
	memcpy(tensor.shape, shape, sizeof(tensor.shape));
	tensor.range = kmodel_v4_main(generation->v4, KMODEL_V4_DATA_UINT8, (uint32_t)model->count);
	kmodel_v4_output(generation->v4, tensor.range);
	return tensor;
}

uint8_t clamp_byte(int64_t value)
{
	return value < 0 ? 0 : value > 255 ? 255 : (uint8_t)value;
}

float clamp_float(float value, struct kmodel_v4_bounds bounds)
{
	return value < bounds.least      ? bounds.least
	       : value > bounds.greatest ? bounds.greatest
					 : value;
}

int32_t scale_half_up(int32_t value, int32_t factor, int32_t shift)
{
	/* floor(x / 2^shift + 1/2), exact in the range that the generators use */
	long double exact = (long double)value * factor;

	if (shift <= 0)
		return (int32_t)exact;
	exact = exact / (long double)(1ull << shift) + 0.5L;
	return (int32_t)(exact < 0 && exact != (long double)(int64_t)exact ? (int64_t)exact - 1
									   : (int64_t)exact);
}

static const struct generated_kind *find_kind(unsigned number)
{
	for (unsigned i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		for (const struct generated_kind *kind = lists[i]; kind->name; kind++)
			if (number-- == 0)
				return kind;
	return NULL;
}

bool generate_model(unsigned kind_number, uint32_t seed, struct generated *model)
{
	const struct generated_kind *kind = find_kind(kind_number);
	struct generation generation = { .model = model, .state = seed * 2654435761u + 12345 };
	const char *reason = "?";

	if (!kind)
		return false;
	memset(model, 0, sizeof(*model));
	model->name = kind->name;
	model->is_exact = !kind->is_close;
	model->input = allocate(INPUT_BYTES_MAX);
	generation.v4 = kmodel_v4_writer_new();
	generation.v3 = kmodel_writer_new();
	if (!generation.v4 || !generation.v3)
		abort();
	kind->generate(&generation);
	if (kind->is_v3) {
		kmodel_writer_work_bytes(generation.v3, generation.v3_work);
		model->file = kmodel_writer_finish(generation.v3, &model->file_bytes, &reason);
	} else {
		model->file = kmodel_v4_finish(generation.v4, &model->file_bytes, &reason);
	}
	if (!model->file) {
		fprintf(stderr, "%s: %s\n", kind->name, reason);
		abort();
	}
	kmodel_v4_writer_free(generation.v4);
	kmodel_writer_free(generation.v3);
	return true;
}

void generated_free(struct generated *model)
{
	free(model->file);
	free(model->input);
	free(model->floats);
	free(model->bytes);
}
