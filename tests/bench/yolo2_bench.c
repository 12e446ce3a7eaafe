/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Time of the library's YOLO v2 decoding, as rows of a Markdown table. Tensors, thresholds and
 * repetition are those of a measurement of MaixPy's algorithm (its C source with -O2 on one core of
 * a shared x86 server), whose best and mean figures stand beside ours.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <kpu.h>

#define ROUNDS 400

/* As the YOLO v2 authors give them for VOC. */
static const float anchors[] = { 1.08f,  1.19f, 3.42f, 4.41f,  6.63f,
				 11.38f, 9.42f, 5.11f, 16.62f, 10.52f };
#define ANCHORS 5

struct scene {
	unsigned width, height, classes;
	const char *content;
	float objectness, threshold;
	/* Microseconds; the faster of the two sorting algorithms that MaixPy was measured with. */
	unsigned maixpy_best, maixpy_mean;
};

static const struct scene scenes[] = {
	{ 20, 15, 20, "typical: no candidate", -4, 0.3f, 497, 718 },
	{ 20, 15, 20, "every box a candidate, threshold 0.3", 3, 0.3f, 1607, 2067 },
	{ 20, 15, 20, "every box a candidate, threshold 0.01", 3, 0.01f, 48734, 52635 },
	{ 7, 7, 20, "typical: no candidate", -4, 0.3f, 82, 115 },
	{ 7, 7, 20, "every box a candidate, threshold 0.3", 3, 0.3f, 98, 139 },
	{ 7, 7, 20, "every box a candidate, threshold 0.01", 3, 0.01f, 1723, 2155 },
	{ 20, 15, 1, "typical: no candidate", -4, 0.5f, 59, 92 },
	{ 20, 15, 1, "every box a candidate, threshold 0.5", 3, 0.5f, 1308, 1662 },
};

static double now_us(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec * 1e-3;
}

/* About normal with variance 1: the sum of twelve even numbers. */
static float noise(uint32_t *state)
{
	float sum = -6;

	for (int i = 0; i < 12; i++) {
		*state = *state * 1664525u + 1013904223u;
		sum += (float)(*state >> 8) / (float)(1 << 24);
	}
	return sum;
}

static float *make_logits(const struct scene *scene, size_t elements)
{
	size_t cells = (size_t)scene->width * scene->height;
	float *logits = malloc(elements * sizeof(*logits));
	uint32_t state = 7;

	for (size_t i = 0; logits && i < elements; i++) {
		size_t field = i / cells % (5 + scene->classes);

		logits[i] = noise(&state);
		if (field == 4)
			logits[i] = scene->objectness < 0 ? scene->objectness + 0.5f * logits[i]
							  : scene->objectness;
	}
	return logits;
}

struct timing {
	double best, mean;
	size_t found;
};

static void measure(struct kpu_yolo2 *yolo2, const struct scene *scene,
		    const struct kpu_tensor *tensor, struct timing *timing)
{
	struct kpu_detections *detections;

	timing->best = INFINITY;
	for (int i = 0; i < ROUNDS; i++) {
		double start = now_us(), elapsed;

		if (kpu_yolo2_decode(yolo2, tensor, scene->width * 32, scene->height * 32,
				     &detections) < 0)
			exit(EXIT_FAILURE);
		elapsed = now_us() - start;
		timing->found = kpu_detections_count(detections);
		kpu_detections_free(detections);
		timing->mean += elapsed / ROUNDS;
		if (elapsed < timing->best)
			timing->best = elapsed;
	}
}

static void run_scene(const struct scene *scene)
{
	struct kpu_yolo2_config config = { .threshold = scene->threshold,
					   .nms = 0.3f,
					   .anchors = anchors,
					   .anchor_count = ANCHORS };
	struct kpu_tensor tensor = { .info.type = KPU_TENSOR_FLOAT32,
				     .info.width = scene->width,
				     .info.height = scene->height,
				     .info.channels = ANCHORS * (5 + scene->classes) };
	struct timing timing = { 0 };
	struct kpu_yolo2 *yolo2;
	float *logits;

	tensor.info.elements = (size_t)scene->width * scene->height * tensor.info.channels;
	tensor.info.bytes = tensor.info.elements * sizeof(float);
	logits = make_logits(scene, tensor.info.elements);
	tensor.data = logits;
	if (!logits || kpu_yolo2_new(&config, &yolo2, NULL) < 0)
		exit(EXIT_FAILURE);
	measure(yolo2, scene, &tensor, &timing);
	printf("| %ux%ux%u | %s | %zu | %.1f / %.1f | %u / %u | %.1f x |\n", scene->width,
	       scene->height, tensor.info.channels, scene->content, timing.found, timing.best,
	       timing.mean, scene->maixpy_best, scene->maixpy_mean,
	       scene->maixpy_best / timing.best);
	kpu_yolo2_free(yolo2);
	free(logits);
}

int main(void)
{
	puts("| tensor | content | found | libkpu, us: best / mean | MaixPy's algorithm | best to "
	     "best |");
	puts("|---|---|--:|--:|--:|--:|");
	for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++)
		run_scene(&scenes[i]);
	return EXIT_SUCCESS;
}
