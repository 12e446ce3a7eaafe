/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Several frames in flight: while one computes, the next one travels.
 *
 *	frames DEVICE MODEL.kmodel COUNT
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kpu.h>

#define IN_FLIGHT 3

static void check(struct kpu_device *device, int result)
{
	struct kpu_error error;

	if (result >= 0)
		return;
	kpu_last_error(device, &error);
	errx(1, "%s (%s)", error.message, error.next_step);
}

/* Stands for a camera. */
static void next_frame(void *input, size_t size, long number)
{
	memset(input, (int)(number & 0xff), size);
}

int main(int argc, char **argv)
{
	struct kpu_job *jobs[IN_FLIGHT] = { NULL };
	void *inputs[IN_FLIGHT];
	struct kpu_network_info info;
	struct kpu_timing timing;
	struct kpu_result *result;
	struct kpu_device *device;
	struct kpu_model *model;
	struct kpu_error error;
	long count;

	if (argc != 4 || (count = atol(argv[3])) < 1)
		errx(2, "usage: frames DEVICE MODEL.kmodel COUNT");
	if (kpu_open(argv[1], &device, &error) < 0)
		errx(1, "%s (%s)", error.message, error.next_step);
	check(device, kpu_load(device, argv[2], NULL, &model));
	kpu_network_info(kpu_model_network(model), &info);
	for (int i = 0; i < IN_FLIGHT; i++)
		check(device, kpu_input_alloc(model, &inputs[i]));

	for (long frame = 0; frame < count + IN_FLIGHT; frame++) {
		long slot = frame % IN_FLIGHT;

		if (jobs[slot]) {
			check(device, kpu_job_wait(jobs[slot], -1, &result));
			kpu_result_timing(result, &timing);
			printf("frame %ld: %.2f ms, %u layers\n", frame - IN_FLIGHT,
			       (double)timing.total_ns / 1e6, timing.layers_run);
			kpu_result_free(result);
			kpu_job_free(jobs[slot]);
			jobs[slot] = NULL;
		}
		if (frame < count) {
			next_frame(inputs[slot], info.input_bytes, frame);
			check(device,
			      kpu_submit(model, inputs[slot], info.input_bytes, NULL, &jobs[slot]));
		}
	}

	for (int i = 0; i < IN_FLIGHT; i++)
		kpu_input_free(model, inputs[i]);
	kpu_model_free(model);
	kpu_close(device);
	return 0;
}
