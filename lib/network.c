/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Model files on the host: reading, checking, tables for netinfo. */
#include <stdlib.h>
#include <string.h>

#include "lib/api.h"
#include "lib/error.h"
#include "lib/file.h"
#include "lib/network.h"
#include "lib/network_layers.h"
#include "link/commands.h"
#include "link/crc.h"

/* More than a board can hold, so that a wrong file does not fill the host's memory. */
#define FILE_BYTES_MAX ((size_t)16 << 20)

static void destroy(struct kpu_network *network)
{
	free(network->data);
	free(network->layers);
	free(network->layer_tensors);
	free(network->inputs);
	free(network->outputs);
	free(network);
}

struct kpu_network *kpu_network_reference(const struct kpu_network *network)
{
	struct kpu_network *shared = (struct kpu_network *)network;

	atomic_fetch_add(&shared->references, 1);
	return shared;
}

KPU_API void kpu_network_free(struct kpu_network *network)
{
	if (network && atomic_fetch_sub(&network->references, 1) == 1)
		destroy(network);
}

/* Sentence of the model reader, with the layer's number and name in front. */
static int fail_problem(struct kpu_error *error, const struct kmodel_problem *problem)
{
	int code = problem->status;

	if (!kpu_error_known(code))
		code = KPU_ERR_KMODEL_FORMAT;
	if (problem->layer == KMODEL_NO_LAYER)
		return kpu_fail(error, code, "%s", problem->text);
	return kpu_fail(error, code, "layer %u: %s", problem->layer, problem->text);
}

static size_t board_block(size_t bytes)
{
	return (bytes + KPU_MEMORY_BLOCK - 1) & ~(size_t)(KPU_MEMORY_BLOCK - 1);
}

static void fill_info(struct kpu_network *network)
{
	struct kpu_network_info *info = &network->info;
	const struct kmodel_plan *plan = &network->plan;

	info->version = network->model.kind == KMODEL_KIND_V4 ? 4 : 3;
	info->layers = network->model.layer_count;
	info->inputs = network->model.input_count;
	info->outputs = network->model.output_count;
	info->file_size = network->size;
	for (uint32_t i = 0; i < info->inputs; i++)
		info->input_bytes += network->inputs[i].bytes;
	for (uint32_t i = 0; i < info->outputs; i++)
		info->output_bytes += network->outputs[i].bytes;
	info->work_bytes = plan->work_bytes;
	info->board_bytes = board_block(((network->size + 7) & ~(size_t)7) + KPU_MEMORY_FILE_MORE) +
			    board_block((size_t)plan->work_bytes + KPU_MEMORY_WORK_MORE +
					(size_t)info->layers * KPU_MEMORY_LAYER_MORE);
	info->ai_sram_bytes = (size_t)plan->ai_sram_lines * K210_AI_SRAM_LINE;
	info->weight_bits = network->model.eight_bit_weights ? 8 : 16;
	info->largest_layer = plan->largest_layer;
	info->largest_layer_bytes = plan->largest_layer_bytes;
	info->crc32 = kpu_crc32(KPU_CRC32_START, network->data, network->size);
	for (uint32_t i = 0; i < info->layers; i++)
		info->macs += network->layers[i].macs;
}

static int refuse(struct kpu_error *error, const struct kmodel_problem *problem,
		  enum kmodel_kind kind)
{
	int rc = fail_problem(error, problem);

	if (kind == KMODEL_KIND_KFPKG)
		kpu_error_advise(error, "unpack it, it is a zip file; kpuctl takes it as it is");
	return rc;
}

int kpu_network_take(uint8_t *data, size_t size, struct kpu_network **out, struct kpu_error *error)
{
	struct kpu_network *network = calloc(1, sizeof(*network));
	struct kmodel_problem problem = { 0 };
	enum kmodel_kind kind = kmodel_identify(data, size);
	int rc = 0;

	if (!network) {
		free(data);
		return kpu_fail_memory(error);
	}
	network->data = data;
	network->size = size;
	atomic_init(&network->references, 1);
	network->info.word_reversed =
		kind == KMODEL_KIND_V3_REVERSED || kind == KMODEL_KIND_V4_REVERSED;
	if (network->info.word_reversed)
		kmodel_reverse_words(data, size);
	if (!kmodel_open(&network->model, data, size, &problem) ||
	    !kmodel_validate(&network->model, &network->plan, &problem))
		rc = refuse(error, &problem, kind);
	else if (!kpu_network_read_layers(network) || !kpu_network_read_tensors(network))
		rc = kpu_fail_memory(error);
	if (rc < 0) {
		destroy(network);
		return rc;
	}
	fill_info(network);
	*out = network;
	return 0;
}

KPU_API int kpu_network_open(const char *path, struct kpu_network **network,
			     struct kpu_error *error)
{
	struct kpu_error local;
	uint8_t *data;
	size_t size;
	int rc;

	if (!network || !path)
		return kpu_fail(error, KPU_ERR_PARAM, "path or network is NULL");
	*network = NULL;
	rc = kpu_file_read(path, FILE_BYTES_MAX, &data, &size, error);
	if (rc < 0)
		return rc;
	rc = kpu_network_take(data, size, network, &local);
	if (rc < 0) {
		kpu_fail(error, -rc, "%s: %s", path, local.message);
		kpu_error_advise(error, "%s", local.next_step);
	}
	return rc;
}

KPU_API int kpu_network_parse(const void *data, size_t size, struct kpu_network **network,
			      struct kpu_error *error)
{
	uint8_t *copy;

	if (!network || !data || size == 0 || size > FILE_BYTES_MAX)
		return kpu_fail(error, KPU_ERR_PARAM, "no data, or %zu bytes of it", size);
	*network = NULL;
	copy = malloc(size);
	if (!copy)
		return kpu_fail_memory(error);
	memcpy(copy, data, size);
	return kpu_network_take(copy, size, network, error);
}

KPU_API int kpu_network_info(const struct kpu_network *network, struct kpu_network_info *info)
{
	if (!network || !info)
		return -KPU_ERR_PARAM;
	*info = network->info;
	return 0;
}

KPU_API int kpu_network_layer(const struct kpu_network *network, uint32_t index,
			      struct kpu_layer_info *layer)
{
	if (!network || !layer)
		return -KPU_ERR_PARAM;
	if (index >= network->info.layers)
		return -KPU_ERR_IDX_OUTRANGE;
	*layer = network->layers[index];
	return 0;
}

KPU_API int kpu_network_input(const struct kpu_network *network, uint32_t index,
			      struct kpu_tensor_info *info)
{
	if (!network || !info)
		return -KPU_ERR_PARAM;
	if (index >= network->info.inputs)
		return -KPU_ERR_IDX_OUTRANGE;
	*info = network->inputs[index];
	return 0;
}

KPU_API int kpu_network_output(const struct kpu_network *network, uint32_t index,
			       struct kpu_tensor_info *info)
{
	if (!network || !info)
		return -KPU_ERR_PARAM;
	if (index >= network->info.outputs)
		return -KPU_ERR_IDX_OUTRANGE;
	*info = network->outputs[index];
	return 0;
}

size_t kpu_network_target_bytes(const struct kpu_network *network, const struct kpu_target *target)
{
	size_t bytes = 0;

	if (target->kind == KPU_TARGET_OUTPUT && target->index < network->info.outputs)
		bytes = network->outputs[target->index].bytes;
	else if (target->kind == KPU_TARGET_LAYER && target->index < network->info.layers)
		bytes = network->layer_tensors[target->index].bytes;
	else if (target->kind == KPU_TARGET_PROFILE)
		bytes = (size_t)network->info.layers * sizeof(uint32_t);
	return (bytes + 3) & ~(size_t)3;
}
