/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Are these two faces the same person? Compares the features that a model sees in them.
 *
 *	face_recognition DEVICE FEATURES.kmodel FACE1.u8 FACE2.u8
 *
 * The faces fill the model's input: planar bytes, red, green, blue.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include <kpu.h>

/* A cosine of 0.7. */
#define SAME_PERSON 85

static void *read_input(const char *path, size_t size)
{
	FILE *file = fopen(path, "rb");
	void *input = malloc(size);

	if (!input || !file)
		err(1, "%s", path);
	/* A longer file is of another kind, a JPEG perhaps. */
	if (fread(input, 1, size, file) != size || fgetc(file) != EOF)
		errx(1, "%s: not the %zu bytes that the model takes", path, size);
	fclose(file);
	return input;
}

/* The model's features, brought to length 1 and packed into bytes. */
static int8_t *encode_face(struct kpu_model *model, const char *path, size_t *count)
{
	struct kpu_network_info info;
	struct kpu_result *result;
	struct kpu_tensor tensor;
	float *unit;
	int8_t *code;
	void *input;

	kpu_network_info(kpu_model_network(model), &info);
	input = read_input(path, info.input_bytes);
	if (kpu_forward(model, input, info.input_bytes, &result) < 0)
		return NULL;
	kpu_result_tensor(result, 0, &tensor);
	if (tensor.info.type != KPU_TENSOR_FLOAT32)
		errx(1, "the output holds no features");
	*count = tensor.info.elements;
	unit = malloc(*count * sizeof(*unit));
	code = malloc(*count);
	if (!unit || !code)
		errx(1, "no memory");
	if (kpu_face_normalize(tensor.data, *count, unit) < 0)
		errx(1, "the model sees no features in %s", path);
	kpu_face_encode(unit, *count, KPU_FACE_SATURATE, code);
	kpu_result_free(result);
	free(unit);
	free(input);
	return code;
}

int main(int argc, char **argv)
{
	struct kpu_device *device;
	struct kpu_model *model;
	struct kpu_error error;
	int8_t *first, *second;
	size_t count;
	float score;

	if (argc != 5)
		errx(2, "usage: face_recognition DEVICE FEATURES.kmodel FACE1.u8 FACE2.u8");
	if (kpu_open(argv[1], &device, &error) < 0)
		errx(1, "%s (%s)", error.message, error.next_step);
	if (kpu_load(device, argv[2], NULL, &model) < 0)
		goto failed;
	first = encode_face(model, argv[3], &count);
	second = first ? encode_face(model, argv[4], &count) : NULL;
	if (!second)
		goto failed;
	if (kpu_face_compare(first, second, count, &score) < 0)
		errx(1, "the model sees no features in a face");
	printf("likeness %.2f: %s\n", (double)score,
	       score >= SAME_PERSON ? "the same person" : "different people");
	free(first);
	free(second);
	kpu_model_free(model);
	kpu_close(device);
	return 0;
failed:
	kpu_last_error(device, &error);
	errx(1, "%s (%s)", error.message, error.next_step);
}
