/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Entry of the library: check, map the parameters, compute aside, store. */
#include <stdlib.h>
#include <string.h>

#include "fast.h"

static const char *map_parameters(struct kpu_job *job, const struct kpu_memory *memory)
{
	const struct k210_kpu_layer *layer = &job->layer;
	const uint8_t *activation;

	job->weights = memory->map(memory->context, layer->weights_address,
				   kpu_layer_weight_bytes(layer, job->eight_bit_weights));
	if (!job->weights)
		return "weights are not in readable memory";
	job->batch_norm =
		memory->map(memory->context, layer->batch_norm_address,
			    (size_t)layer->output_channels * K210_BATCH_NORM_BYTES_PER_CHANNEL);
	if (!job->batch_norm)
		return "batch norm table is not in readable memory";
	activation = memory->map(memory->context, layer->activation_address, K210_ACTIVATION_BYTES);
	if (!activation)
		return "activation table is not in readable memory";
	kpu_decode_activation(activation, &job->activation);
	return NULL;
}

static bool compute(enum kpu_implementation implementation, const struct kpu_job *job)
{
	const struct kpu_kernels *kernels = kpu_find_kernels(implementation);

	return kernels ? kpu_run_fast(job, kernels) : kpu_run_reference(job);
}

const char *kpu_run_layer(const struct kpu_model_options *options,
			  const uint64_t words[K210_KPU_LAYER_WORDS], bool eight_bit_weights,
			  uint8_t *ai_sram, const struct kpu_memory *memory, uint8_t *output)
{
	struct kpu_job job = { .eight_bit_weights = eight_bit_weights,
			       .rounding = options->rounding };
	struct k210_kpu_layer *layer = &job.layer;
	size_t output_bytes = kpu_layer_output_bytes(words);
	const char *problem;

	if (!kpu_implementation_available(options->implementation))
		return "this processor lacks the instructions of the chosen implementation";
	k210_decode_layer(words, layer);
	problem = kpu_check_layer(words, layer, eight_bit_weights);
	if (!problem)
		problem = map_parameters(&job, memory);
	if (problem)
		return problem;

	job.input = ai_sram + (size_t)layer->input_line * K210_AI_SRAM_LINE;
	job.output = malloc(output_bytes);
	if (!job.output || !compute(options->implementation, &job)) {
		free(job.output);
		return "out of memory";
	}
	kpu_store_map(ai_sram + (size_t)layer->output_line * K210_AI_SRAM_LINE, layer->output_width,
		      layer->output_height, layer->output_channels, job.output);
	if (output)
		memcpy(output, job.output, output_bytes);
	free(job.output);
	return NULL;
}
