/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* nnil_unary_method: a byte code without jumps, run once for each value. The reader of the model
 * has proved that its stack neither under- nor overflows and that it ends. */
#include "firmware_k210/runtime/v4/node.h"

#define CODE 32u /* where it begins in the body */

static uint32_t code_bytes(const struct layer_job *job)
{
	return job->layer->body_size - CODE;
}

void v4_nnil_plan(const struct layer_job *job, struct layer_plan *plan)
{
	v4_plan_chunks(job, plan);
	plan->piece_cost = LAYER_CHUNK * (code_bytes(job) < 65536 ? code_bytes(job) : 65536);
}

static float constant(const uint8_t *code)
{
	float value;

	memory_read(&value, code, sizeof(value));
	return value;
}

static float evaluate(const uint8_t *code, float input)
{
	float stack[KMODEL_V4_NNIL_STACK];
	float *top = stack; /* first free place */

	for (;;) {
		uint8_t operation = memory_load8(code++);

		switch (operation) {
		case KMODEL_V4_NNIL_NOP:
			break;
		case KMODEL_V4_NNIL_DUP:
			top[0] = top[-1];
			top++;
			break;
		case KMODEL_V4_NNIL_POP:
			top--;
			break;
		case KMODEL_V4_NNIL_LDA_INPUT:
			*top++ = input;
			break;
		case KMODEL_V4_NNIL_LDC_ZERO:
			*top++ = 0.0f;
			break;
		case KMODEL_V4_NNIL_LDC_ONE:
			*top++ = 1.0f;
			break;
		case KMODEL_V4_NNIL_LDC_FLOAT:
			*top++ = constant(code);
			code += 4;
			break;
		case KMODEL_V4_NNIL_CLAMP:
			top -= 2;
			top[-1] = v4_clamp(top[-1], (struct v4_bounds){ top[0], top[1] });
			break;
		case KMODEL_V4_NNIL_RETURN:
			return top[-1];
		default:
			if (operation < KMODEL_V4_NNIL_BINARY_FIRST) {
				top[-1] = v4_unary(operation - KMODEL_V4_NNIL_UNARY_FIRST, top[-1]);
				break;
			}
			top--;
			top[-1] =
				v4_binary(operation - KMODEL_V4_NNIL_BINARY_FIRST, top[-1], top[0]);
			break;
		}
	}
}

void v4_nnil_run(struct layer_job *job, uint32_t first, uint32_t count)
{
	const uint8_t *in = v4_address(job, KMODEL_V4_INPUT);
	uint8_t *out = v4_address(job, KMODEL_V4_OUTPUT);
	uint32_t total = v4_output_elements(job);
	uint32_t end = (first + count) * LAYER_CHUNK;

	for (uint32_t i = first * LAYER_CHUNK; i < end && i < total; i++)
		memory_store_float(out + i * 4,
				   evaluate(job->body + CODE, memory_load_float(in + i * 4)));
}
