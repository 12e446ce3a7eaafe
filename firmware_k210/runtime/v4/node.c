/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Reading bodies, stepping through tensors, plans. */
#include "firmware_k210/runtime/v4/node.h"

uint8_t *v4_address(const struct layer_job *job, uint32_t offset)
{
	uint32_t start = layer_field(job, offset + 8);

	if (layer_field(job, offset) == KMODEL_V4_MEMORY_CONSTANT)
		return (uint8_t *)job->constants + start;
	return job->work + start;
}

uint32_t v4_element_bytes(const struct layer_job *job, uint32_t offset)
{
	return layer_field(job, offset + 4) == KMODEL_V4_DATA_FLOAT32 ? 4 : 1;
}

void v4_read_words(const struct layer_job *job, uint32_t offset, void *words, uint32_t count)
{
	memory_read(words, job->body + offset, count * 4);
}

uint32_t v4_output_elements(const struct layer_job *job)
{
	const struct kmodel_tensor *output = &job->layer->output;

	return output->bytes / kmodel_element_bytes(output->data_type);
}

void v4_index_set(struct v4_index *index, uint32_t element)
{
	for (unsigned side = 4; side-- > 0;) {
		index->at[side] = element % index->shape[side];
		element /= index->shape[side];
	}
}

void v4_index_next(struct v4_index *index)
{
	for (unsigned side = 4; side-- > 0;) {
		if (++index->at[side] < index->shape[side])
			return;
		index->at[side] = 0;
	}
}

void v4_steps(const uint32_t shape[4], uint32_t steps[4])
{
	steps[3] = 1;
	for (unsigned side = 3; side-- > 0;)
		steps[side] = steps[side + 1] * shape[side + 1];
}

static void plan_pieces(struct layer_plan *plan, uint32_t total, uint32_t size, uint32_t cost)
{
	plan->pieces = (total + size - 1) / size;
	plan->piece_cost = cost;
}

void v4_plan_chunks(const struct layer_job *job, struct layer_plan *plan)
{
	plan_pieces(plan, v4_output_elements(job), LAYER_CHUNK, 2 * LAYER_CHUNK);
}

void v4_plan_functions(const struct layer_job *job, struct layer_plan *plan)
{
	plan_pieces(plan, v4_output_elements(job), LAYER_CHUNK, 8 * LAYER_CHUNK);
}

void v4_plan_copy(const struct layer_job *job, struct layer_plan *plan)
{
	plan_pieces(plan, job->layer->output.bytes, V4_COPY_BYTES, V4_COPY_BYTES / 4);
}

void v4_plan_elements(const struct layer_job *job, struct layer_plan *plan, uint64_t cost)
{
	plan->pieces = v4_output_elements(job);
	plan->piece_cost = cost > UINT32_MAX ? UINT32_MAX : (uint32_t)cost;
}
