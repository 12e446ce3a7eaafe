/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Says what a picture shows: the three strongest classes of a classifier.
 *
 *	classify DEVICE MODEL.kmodel INPUT.u8
 *
 * INPUT.u8 holds just the bytes that the model takes, planar.
 */
#include <err.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <kpu.h>

/* Index of the largest score below @limit; @count if there is none. */
static size_t strongest_below(const float *scores, size_t count, float limit)
{
	size_t best = count;

	for (size_t i = 0; i < count; i++) {
		if (scores[i] < limit && (best == count || scores[i] > scores[best]))
			best = i;
	}
	return best;
}

int main(int argc, char **argv)
{
	struct kpu_network_info info;
	struct kpu_result *result;
	struct kpu_device *device;
	struct kpu_tensor tensor;
	struct kpu_model *model;
	struct kpu_error error;
	const float *scores;
	float limit = INFINITY;
	FILE *file;
	void *input;

	if (argc != 4)
		errx(2, "usage: classify DEVICE MODEL.kmodel INPUT.u8");
	if (kpu_open(argv[1], &device, &error) < 0)
		errx(1, "%s (%s)", error.message, error.next_step);
	if (kpu_load(device, argv[2], NULL, &model) < 0)
		goto failed;
	kpu_network_info(kpu_model_network(model), &info);
	input = malloc(info.input_bytes);
	file = fopen(argv[3], "rb");
	if (!input || !file)
		err(1, "%s", argv[3]);
	/* A longer file is of another kind, a JPEG perhaps. */
	if (fread(input, 1, info.input_bytes, file) != info.input_bytes || fgetc(file) != EOF)
		errx(1, "%s: not the %zu bytes that the model takes", argv[3], info.input_bytes);
	fclose(file);
	if (kpu_forward(model, input, info.input_bytes, &result) < 0)
		goto failed;

	kpu_result_tensor(result, 0, &tensor);
	if (tensor.info.type != KPU_TENSOR_FLOAT32)
		errx(1, "the output holds no scores");
	scores = tensor.data;
	for (int place = 1; place <= 3; place++) {
		size_t best = strongest_below(scores, tensor.info.elements, limit);

		if (best == tensor.info.elements)
			break;
		printf("%d. class %zu, %.4f\n", place, best, (double)scores[best]);
		limit = scores[best];
	}

	kpu_result_free(result);
	free(input);
	kpu_model_free(model);
	kpu_close(device);
	return 0;
failed:
	kpu_last_error(device, &error);
	errx(1, "%s (%s)", error.message, error.next_step);
}
