/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * lines_bench MODEL: frames per second over serial lines and SPI buses, as rows of a Markdown
 * table. The real firmware on the emulated board with the durations of the silicon; time is the
 * board's own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/engine.h"
#include "lib/object.h"
#include "link/commands.h"

#define IN_FLIGHT_MAX 2

static void check(struct kpu_device *device, int rc)
{
	struct kpu_error error;

	if (rc >= 0)
		return;
	kpu_last_error(device, &error);
	fprintf(stderr, "lines_bench: %s\n", error.message);
	exit(1);
}

static uint32_t uptime_ms(struct kpu_device *device)
{
	struct kpu_engine_call call;
	struct kpu_board_info info;
	struct kpu_error error;

	kpu_engine_call_init(&call, (struct kpu_engine *)device->backend, KPU_OP_INFO);
	if (kpu_engine_call(&call, 60000, NULL, &error) < 0 ||
	    !kpu_decode_board_info(call.transaction.results, call.transaction.result_length,
				   &info)) {
		fprintf(stderr, "lines_bench: the board does not tell its time\n");
		exit(1);
	}
	return info.uptime_ms;
}

static void run_frames(struct kpu_device *device, struct kpu_model *model, unsigned frames,
		       unsigned in_flight)
{
	struct kpu_run_options options = { .timeout_ms = 600000 };
	struct kpu_job *jobs[IN_FLIGHT_MAX] = { NULL };
	void *inputs[IN_FLIGHT_MAX];
	struct kpu_network_info info;

	kpu_network_info(kpu_model_network(model), &info);
	for (unsigned i = 0; i < in_flight; i++) {
		check(device, kpu_input_alloc(model, &inputs[i]));
		memset(inputs[i], (int)(i * 90 + 40), info.input_bytes);
	}
	for (unsigned frame = 0; frame < frames + in_flight; frame++) {
		unsigned slot = frame % in_flight;
		struct kpu_result *result;

		if (jobs[slot]) {
			check(device, kpu_job_wait(jobs[slot], -1, &result));
			kpu_result_free(result);
			kpu_job_free(jobs[slot]);
			jobs[slot] = NULL;
		}
		if (frame < frames)
			check(device, kpu_submit(model, inputs[slot], info.input_bytes, &options,
						 &jobs[slot]));
	}
	for (unsigned i = 0; i < in_flight; i++)
		kpu_input_free(model, inputs[i]);
}

static double frames_per_second(const char *uri, const char *path, unsigned frames,
				unsigned in_flight)
{
	struct kpu_device *device = NULL;
	struct kpu_model *model;
	uint32_t begun, ended;
	struct kpu_error error;

	if (kpu_open(uri, &device, &error) < 0) {
		fprintf(stderr, "lines_bench: %s: %s\n", uri, error.message);
		exit(1);
	}
	check(device, kpu_load(device, path, NULL, &model));
	begun = uptime_ms(device);
	run_frames(device, model, frames, in_flight);
	ended = uptime_ms(device);
	kpu_model_free(model);
	kpu_close(device);
	return 1000.0 * frames / (ended - begun);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name, *option;
		unsigned frames;
	} lines[] = {
		{ "115200 baud", "baud=115200", 2 },  { "1.5 Mbaud", "baud=1500000", 4 },
		{ "2 Mbaud", "baud=2000000", 4 },     { "3 Mbaud", "baud=3000000", 4 },
		{ "4.5 Mbaud", "baud=4500000", 4 },   { "SPI, 5 MHz", "spi=5000000", 8 },
		{ "SPI, 10 MHz", "spi=10000000", 8 }, { "SPI, 20 MHz", "spi=20000000", 8 },
	};
	char uri[200];

	if (argc != 2) {
		fprintf(stderr, "usage: lines_bench MODEL\n");
		return 2;
	}
	puts("| line | frames/s, one in flight | two in flight |");
	puts("|---|--:|--:|");
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		double rates[IN_FLIGHT_MAX];

		snprintf(uri, sizeof(uri), "emu:?clock=real&idle-grace=1&%s", lines[i].option);
		for (unsigned in_flight = 1; in_flight <= IN_FLIGHT_MAX; in_flight++)
			rates[in_flight - 1] =
				frames_per_second(uri, argv[1], lines[i].frames, in_flight);
		printf("| %s | %.3f | %.3f |\n", lines[i].name, rates[0], rates[1]);
		fflush(stdout);
	}
	return 0;
}
