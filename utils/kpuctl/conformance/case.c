/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <sha2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utils/kpuctl/conformance/conformance.h"
#include "utils/kpuctl/input.h"

/* What sums of floats may differ by, see the folder's README. */
#define RELATIVE_TOLERANCE 1e-5

void *conformance_read(const struct conformance *run, const char *name, size_t *size)
{
	char path[4096];
	uint8_t *data = NULL;
	FILE *file;
	long length;

	snprintf(path, sizeof(path), "%s/%s", run->folder, name);
	file = fopen(path, "rb");
	if (!file)
		return NULL;
	if (fseek(file, 0, SEEK_END) == 0 && (length = ftell(file)) > 0) {
		rewind(file);
		*size = (size_t)length;
		data = malloc(*size);
		if (data && fread(data, 1, *size, file) != *size) {
			free(data);
			data = NULL;
		}
	}
	fclose(file);
	return data;
}

void conformance_remark(struct conformance_row *row, const char *format, ...)
{
	va_list arguments;

	if (row->detail[0])
		return;
	va_start(arguments, format);
	vsnprintf(row->detail, sizeof(row->detail), format, arguments);
	va_end(arguments);
}

static bool has_digest(const uint8_t *data, size_t size, const char *wanted)
{
	char digest[SHA256_DIGEST_STRING_LENGTH];

	SHA256Data(data, size, digest);
	return wanted && !strcmp(digest, wanted);
}

/* Pixel (0,0) of each channel: all that is defined behind a padding layer. */
static bool first_pixels_match(const struct kpu_tensor *tensor, const char *wanted)
{
	const struct kpu_tensor_info *info = &tensor->info;
	size_t plane = (size_t)info->width * info->height;
	uint8_t pixels[1024];
	uint32_t i;

	for (i = 0; i < info->channels && i < sizeof(pixels); i++)
		pixels[i] = ((const uint8_t *)tensor->data)[i * plane];
	return has_digest(pixels, i, wanted);
}

static void check_layer(const struct kpu_tensor *tensor, struct json_object *golden,
			struct conformance_row *row)
{
	const char *pixels = json_text(golden, "pixel00_sha256");
	bool right = tensor->info.bytes == (size_t)json_number(golden, "bytes", -1);

	if (right)
		right = pixels ? first_pixels_match(tensor, pixels)
			       : has_digest(tensor->data, tensor->info.bytes,
					    json_text(golden, "sha256"));
	row->layers++;
	row->layers_exact += right;
	if (!right)
		conformance_remark(row, "layer %u differs", tensor->target.index);
}

static bool is_close(const float *got, const float *wanted, size_t count, double *worst)
{
	*worst = 0;
	for (size_t i = 0; i < count; i++) {
		double size = wanted[i] < 0 ? -(double)wanted[i] : (double)wanted[i];
		double error = (double)got[i] - (double)wanted[i];

		error = (error < 0 ? -error : error) / (size > 1 ? size : 1);
		/* Written so that NaN counts as far off. */
		if (!(error <= *worst))
			*worst = error;
	}
	return *worst <= RELATIVE_TOLERANCE;
}

/* Layers whose float results depend on nothing but single operations. */
static bool must_be_exact(const struct kpu_network *network)
{
	static const uint32_t exact[] = { 2,  8,  11, 12,    13,    17,    20,
					  22, 23, 24, 10240, 10241, 10242, 10243 };
	struct kpu_network_info info;
	struct kpu_layer_info layer;

	kpu_network_info(network, &info);
	if (info.version != 3)
		return false;
	for (uint32_t i = 0; kpu_network_layer(network, i, &layer) == 0; i++) {
		bool known = false;

		for (size_t k = 0; k < sizeof(exact) / sizeof(exact[0]); k++)
			known |= layer.type == exact[k];
		if (!known)
			return false;
	}
	return true;
}

static void check_output(const struct conformance *run, const struct kpu_network *network,
			 const struct kpu_tensor *tensor, struct json_object *golden,
			 struct conformance_row *row)
{
	size_t size = 0;
	void *wanted = conformance_read(run, json_text(golden, "file"), &size);
	bool exact, close;
	double worst = 0;

	exact = wanted && size == tensor->info.bytes && !memcmp(wanted, tensor->data, size);
	close = wanted && size == tensor->info.bytes && !must_be_exact(network) &&
		is_close(tensor->data, wanted, size / sizeof(float), &worst);
	row->outputs++;
	row->outputs_exact += exact;
	row->outputs_close += !exact && close;
	if (!wanted)
		conformance_remark(row, "cannot read %s", json_text(golden, "file"));
	else if (!exact && !close)
		conformance_remark(row, "output %u differs (%.1e)", tensor->target.index, worst);
	free(wanted);
}

/* Layers that the manifest has digests of, by their number among the convolutions. */
static long layer_of_convolution(struct json_object *entry, int64_t number)
{
	struct json_object *layers = json_list(entry, "layers");

	for (size_t i = 0; i < json_object_array_length(layers); i++) {
		struct json_object *layer = json_object_array_get_idx(layers, i);

		if (json_number(layer, "conv", -1) == number)
			return (long)json_number(layer, "i", -1);
	}
	return -1;
}

/* Fills @targets from convolution @first on; returns how many. */
static size_t layer_targets(struct json_object *entry, struct json_object *test, size_t first,
			    struct kpu_target *targets)
{
	struct json_object *goldens = json_list(test, "conv");
	size_t count = 0;

	while (count < KPU_TARGETS_MAX && first + count < json_object_array_length(goldens)) {
		struct json_object *golden = json_object_array_get_idx(goldens, first + count);
		long layer = layer_of_convolution(entry, json_number(golden, "conv", -1));

		targets[count].kind = KPU_TARGET_LAYER;
		targets[count].index = layer < 0 ? UINT32_MAX : (uint32_t)layer;
		count++;
	}
	return count;
}

static bool failed(const struct conformance *run, struct conformance_row *row)
{
	struct kpu_error error;

	kpu_last_error(run->device, &error);
	conformance_remark(row, "%.180s", error.message);
	return false;
}

static bool run_layers(const struct conformance *run, struct kpu_model *model,
		       struct json_object *entry, struct json_object *test, const void *input,
		       size_t size, struct conformance_row *row)
{
	struct json_object *goldens = json_list(test, "conv");
	struct kpu_target targets[KPU_TARGETS_MAX];
	struct kpu_result *result;
	struct kpu_tensor tensor;
	size_t count;

	for (size_t first = 0; first < json_object_array_length(goldens); first += count) {
		struct kpu_run_options options = { .targets = targets };

		count = layer_targets(entry, test, first, targets);
		options.target_count = count;
		if (kpu_forward_targets(model, input, size, &options, &result) < 0)
			return failed(run, row);
		for (size_t i = 0; i < count; i++) {
			kpu_result_tensor(result, i, &tensor);
			check_layer(&tensor, json_object_array_get_idx(goldens, first + i), row);
		}
		kpu_result_free(result);
	}
	return true;
}

static bool run_outputs(const struct conformance *run, struct kpu_model *model,
			struct json_object *test, const void *input, size_t size,
			struct conformance_row *row)
{
	struct json_object *goldens = json_list(test, "outputs");
	const char *slash, *name = json_text(test, "input");
	struct kpu_timing timing;
	struct kpu_result *result;
	struct kpu_tensor tensor;

	if (kpu_forward(model, input, size, &result) < 0)
		return failed(run, row);
	for (size_t i = 0; i < kpu_result_count(result); i++) {
		kpu_result_tensor(result, i, &tensor);
		if (i < json_object_array_length(goldens))
			check_output(run, kpu_model_network(model), &tensor,
				     json_object_array_get_idx(goldens, i), row);
	}
	kpu_result_tensor(result, 0, &tensor);
	slash = strrchr(name, '/');
	if (run->boxes)
		conformance_boxes(run, &tensor, slash ? slash + 1 : name, row);
	kpu_result_timing(result, &timing);
	row->milliseconds += (double)timing.total_ns / 1e6;
	kpu_result_free(result);
	return true;
}

/* A folder that compares less than the model gives would pass too easily. */
static bool is_complete(const struct kpu_network *network, struct json_object *test,
			struct conformance_row *row)
{
	size_t layers = json_object_array_length(json_list(test, "conv"));
	size_t outputs = json_object_array_length(json_list(test, "outputs"));
	struct kpu_network_info info;
	struct kpu_layer_info layer;
	size_t convolutions = 0;

	kpu_network_info(network, &info);
	for (uint32_t i = 0; kpu_network_layer(network, i, &layer) == 0; i++)
		convolutions += layer.convolution;
	if (layers != convolutions)
		conformance_remark(row, "%zu of %zu convolutions have a golden", layers,
				   convolutions);
	else if (outputs != info.outputs)
		conformance_remark(row, "%zu of %u outputs have a golden", outputs, info.outputs);
	return layers == convolutions && outputs == info.outputs;
}

bool conformance_case(const struct conformance *run, struct kpu_model *model,
		      struct json_object *entry, struct json_object *test,
		      struct conformance_row *row)
{
	const char *name = json_text(test, "input");
	size_t size = 0;
	void *input = name ? conformance_read(run, name, &size) : NULL;
	bool ok;

	row->cases++;
	if (!input) {
		conformance_remark(row, "cannot read %s", name ? name : "an input");
		return false;
	}
	ok = is_complete(kpu_model_network(model), test, row) &&
	     run_layers(run, model, entry, test, input, size, row) &&
	     run_outputs(run, model, test, input, size, row);
	free(input);
	return ok;
}
