/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utils/kpuctl/command.h"
#include "utils/kpuctl/models/detector.h"
#include "utils/kpuctl/input.h"
#include "utils/kpuctl/json.h"
#include "utils/kpuctl/progress.h"

enum {
	OPTION_JSON = 256
};

static const struct option_entry options[] = {
	{ 'n', "frames", "N", "frames to run (default 20)" },
	{ 'q', "queue", "N", "frames in flight (default 2)" },
	{ OPTION_JSON, "json", NULL, "print JSON" },
	{ 0, NULL, NULL, NULL },
};

#define QUEUE_MAX 16

struct request {
	long frames, queue;
	bool json;
};

/* Sums over all frames, nanoseconds. */
struct sums {
	uint64_t wall, encode, transfer, board, post, queued;
	uint64_t cycles, kpu_cycles;
	long frames;
	uint64_t load; /* once */
	size_t model_bytes;
};

struct bench {
	struct kpu_device *device;
	struct kpu_model *model;
	struct kpu_yolo2 *yolo2; /* NULL: no detector, no last step */
	struct kpu_image image;
	struct kpu_tensor_info net;
	struct kpu_job *jobs[QUEUE_MAX];
	void *inputs[QUEUE_MAX];
	size_t input_size;
	struct sums sums;
};

/* A picture of noise, of the size of a camera that does not fit. */
static void *make_picture(struct kpu_image *image)
{
	const uint32_t width = 640, height = 480;
	uint8_t *pixels = malloc((size_t)width * height * 3);
	uint32_t state = 1;

	for (size_t i = 0; pixels && i < (size_t)width * height * 3; i++) {
		state = state * 1664525u + 1013904223u;
		pixels[i] = (uint8_t)(state >> 24);
	}
	image->format = KPU_PIXEL_RGB888;
	image->width = width;
	image->height = height;
	image->stride = 0;
	image->pixels = pixels;
	return pixels;
}

static int submit(struct bench *bench, long slot)
{
	uint64_t start = now_ns();

	/* Models that take no picture run on zeros. */
	kpu_image_to_input(&bench->image, &bench->net, KPU_RESIZE_STRETCH, bench->inputs[slot],
			   bench->input_size, NULL);
	bench->sums.encode += now_ns() - start;
	if (kpu_submit(bench->model, bench->inputs[slot], bench->input_size, NULL,
		       &bench->jobs[slot]) < 0)
		return report_last_error(bench->device);
	return EXIT_OK;
}

static void finish(struct bench *bench, const struct kpu_result *result)
{
	struct kpu_detections *detections = NULL;
	struct kpu_tensor tensor;
	struct kpu_timing timing;
	uint64_t start = now_ns();

	kpu_result_tensor(result, 0, &tensor);
	if (bench->yolo2)
		kpu_yolo2_decode(bench->yolo2, &tensor, bench->net.width, bench->net.height,
				 &detections);
	kpu_detections_free(detections);
	bench->sums.post += now_ns() - start;
	kpu_result_timing(result, &timing);
	bench->sums.transfer += timing.transfer_ns;
	bench->sums.board += timing.board_ns;
	bench->sums.queued += timing.queued_ns;
	bench->sums.cycles += timing.cycles;
	bench->sums.kpu_cycles += timing.kpu_cycles;
	bench->sums.frames++;
}

static int collect(struct bench *bench, long slot)
{
	struct kpu_result *result;
	int status = EXIT_OK;

	if (kpu_job_wait(bench->jobs[slot], -1, &result) < 0) {
		status = report_last_error(bench->device);
	} else {
		finish(bench, result);
		kpu_result_free(result);
	}
	kpu_job_free(bench->jobs[slot]);
	bench->jobs[slot] = NULL;
	return status;
}

static int measure(struct bench *bench, const struct request *request)
{
	uint64_t start = now_ns();
	int status = EXIT_OK;

	for (long i = 0; i < request->frames + request->queue && status == EXIT_OK; i++) {
		long slot = i % request->queue;

		if (bench->jobs[slot])
			status = collect(bench, slot);
		if (status == EXIT_OK && i < request->frames)
			status = submit(bench, slot);
	}
	bench->sums.wall = now_ns() - start;
	for (long i = 0; i < request->queue; i++)
		kpu_job_free(bench->jobs[i]);
	return status;
}

static double mean_ms(uint64_t sum, long frames)
{
	return (double)sum / 1e6 / (double)frames;
}

/* Of the board's own time, what it spent waiting for the accelerator. */
static double kpu_ms(const struct sums *s)
{
	if (!s->cycles)
		return 0;
	return mean_ms(s->board, s->frames) * (double)s->kpu_cycles / (double)s->cycles;
}

static double load_ms_per_mib(const struct sums *s)
{
	return mean_ms(s->load, 1) * (1 << 20) / (double)s->model_bytes;
}

static void print_text(const struct sums *s, long queue, bool decoded)
{
	printf("frames/s   %.2f (%ld frames)\n", (double)s->frames * 1e9 / (double)s->wall,
	       s->frames);
	printf("per frame  %.3f ms", mean_ms(s->wall, s->frames));
	if (queue > 1)
		printf("; %ld are under way at a time, the times of each overlap:", queue);
	putchar('\n');
	printf("  encode   %.3f ms (640x480 picture to input)\n", mean_ms(s->encode, s->frames));
	printf("  transfer %.3f ms (line, both ways, and waiting on the board)\n",
	       mean_ms(s->transfer, s->frames));
	printf("  board    %.3f ms by its own clock, %.3f ms of it in the KPU\n",
	       mean_ms(s->board, s->frames), kpu_ms(s));
	printf("  post     %.3f ms (%s)\n", mean_ms(s->post, s->frames),
	       decoded ? "YOLO v2 decode" : "no anchors are known: nothing to decode");
	printf("  queued   %.3f ms behind earlier frames on the host\n",
	       mean_ms(s->queued, s->frames));
	printf("loading    %.3f ms, %.3f ms/MiB\n", mean_ms(s->load, 1), load_ms_per_mib(s));
}

static void print_json(const struct sums *s)
{
	struct json_object *out = json_object_new_object();

	json_put_number(out, "frames", (uint64_t)s->frames);
	json_put_real(out, "frames_per_second", (double)s->frames * 1e9 / (double)s->wall, 3);
	json_put_real(out, "frame_ms", mean_ms(s->wall, s->frames), 3);
	json_put_real(out, "encode_ms", mean_ms(s->encode, s->frames), 3);
	json_put_real(out, "transfer_ms", mean_ms(s->transfer, s->frames), 3);
	json_put_real(out, "board_ms", mean_ms(s->board, s->frames), 3);
	json_put_real(out, "kpu_ms", kpu_ms(s), 3);
	json_put_real(out, "post_ms", mean_ms(s->post, s->frames), 3);
	json_put_real(out, "queued_ms", mean_ms(s->queued, s->frames), 3);
	json_put_number(out, "cycles", s->cycles / (uint64_t)s->frames);
	json_put_number(out, "kpu_cycles", s->kpu_cycles / (uint64_t)s->frames);
	json_put_number(out, "model_bytes", s->model_bytes);
	json_put_real(out, "load_ms", mean_ms(s->load, 1), 3);
	json_put_real(out, "load_ms_per_mib", load_ms_per_mib(s), 3);
	json_print(out);
}

static void choose_detector(struct bench *bench, const char *path)
{
	struct detector detector = { .threshold = -1, .nms = -1 };
	struct kpu_yolo2_config config = { .threshold = 0.5f, .nms = 0.3f };
	struct kpu_error error;

	if (detector_complete(&detector, path, NULL, kpu_model_network(bench->model), &error) ==
	    0) {
		config.anchors = detector.anchors;
		config.anchor_count = detector.anchor_count;
		kpu_yolo2_new(&config, &bench->yolo2, NULL);
	}
	detector_free(&detector);
}

static int run_model(struct bench *bench, const char *path, const struct request *request)
{
	const struct kpu_network *network = kpu_model_network(bench->model);
	struct kpu_network_info info;
	void *picture = make_picture(&bench->image);
	int status = EXIT_FAILED;
	bool ready = picture;

	kpu_network_info(network, &info);
	kpu_network_input(network, 0, &bench->net);
	bench->input_size = info.input_bytes;
	bench->sums.model_bytes = info.file_size;
	choose_detector(bench, path);
	for (long i = 0; i < request->queue && ready; i++)
		ready = kpu_input_alloc(bench->model, &bench->inputs[i]) == 0;
	if (ready)
		status = measure(bench, request);
	else
		complain("no memory for the inputs");
	for (long i = 0; i < request->queue; i++)
		kpu_input_free(bench->model, bench->inputs[i]);
	free(picture);
	if (status == EXIT_OK && request->json)
		print_json(&bench->sums);
	else if (status == EXIT_OK)
		print_text(&bench->sums, request->queue, bench->yolo2);
	kpu_yolo2_free(bench->yolo2);
	return status;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct request request = { .frames = 20, .queue = 2 };
	struct bench bench = { 0 };
	int status, option;
	uint64_t start;

	while ((option = next_option(command, argc, argv)) != -1) {
		if (option == 'n')
			request.frames = option_number(command, "frames", optarg, 1, 1000000);
		else if (option == 'q')
			request.queue = option_number(command, "queue", optarg, 1, QUEUE_MAX);
		else
			request.json = true;
	}
	check_arguments(command, argc, argv);
	bench.device = open_device(&status);
	if (!bench.device)
		return status;
	start = now_ns();
	bench.model = load_model(bench.device, argv[optind], &status);
	bench.sums.load = now_ns() - start;
	if (bench.model)
		status = run_model(&bench, argv[optind], &request);
	kpu_model_free(bench.model);
	kpu_close(bench.device);
	return status;
}

const struct command command_bench = {
	.name = "bench",
	.arguments = "MODEL",
	.summary = "measure frames per second and where the time goes",
	.example = "kpuctl bench face.kmodel --frames 100",
	.options = options,
	.least_arguments = 1,
	.most_arguments = 1,
	.run = run,
};
