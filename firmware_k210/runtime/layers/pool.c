/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Pooling: GLOBAL_AVERAGE_POOL2D, AVERAGE_POOL2D, QUANTIZED_MAX_POOL2D. */
#include "firmware_k210/runtime/layers/layer.h"

/* One piece is one channel. */
static void global_average_plan(const struct layer_job *job, struct layer_plan *plan)
{
	plan->pieces = layer_field(job, 16);
	plan->piece_cost = layer_field(job, 12);
}

static void global_average_run(struct layer_job *job, uint32_t first, uint32_t count)
{
	uint32_t pixels = layer_field(job, 12);
	const uint8_t *in = layer_work(job, 4) + first * pixels * 4;
	uint8_t *out = layer_work(job, 8);
	LAYER_BUFFER float values[LAYER_CHUNK];

	for (uint32_t channel = first; channel < first + count; channel++) {
		float sum = 0.0f;

		for (uint32_t done = 0; done < pixels; done += LAYER_CHUNK) {
			uint32_t length = layer_chunk_length(pixels, done / LAYER_CHUNK);

			memory_read(values, in, length * 4);
			in += length * 4;
			for (uint32_t i = 0; i < length; i++)
				sum += values[i];
		}
		memory_store_float(out + channel * 4, sum / (float)pixels);
	}
}

struct pool {
	const uint8_t *in;
	uint32_t in_width, in_height, out_width, out_height;
	uint32_t kernel_width, kernel_height, stride_width, stride_height, pad_width, pad_height;
};

/* The part of a window that lies inside the map: [first, end) along one side. */
struct span {
	uint32_t first, end;
};

static void read_pool(const struct layer_job *job, struct pool *pool)
{
	pool->in = layer_work(job, 4);
	pool->in_width = layer_field(job, 12);
	pool->in_height = layer_field(job, 16);
	pool->out_width = layer_field(job, 24);
	pool->out_height = layer_field(job, 28);
	pool->kernel_width = layer_field(job, 36);
	pool->kernel_height = layer_field(job, 40);
	pool->stride_width = layer_field(job, 44);
	pool->stride_height = layer_field(job, 48);
	pool->pad_width = layer_field(job, 52);
	pool->pad_height = layer_field(job, 56);
}

static struct span clip(uint32_t index, uint32_t stride, uint32_t pad, uint32_t kernel,
			uint32_t size)
{
	int64_t first = (int64_t)index * stride - pad, end = first + kernel;
	struct span span;

	first = first < 0 ? 0 : first > size ? size : first;
	end = end < first ? first : end > size ? size : end;
	span.first = (uint32_t)first;
	span.end = (uint32_t)end;
	return span;
}

/* One piece is one output row of one channel. */
static void pool_plan(const struct layer_job *job, struct layer_plan *plan)
{
	struct pool pool;
	uint64_t cost;

	read_pool(job, &pool);
	plan->pieces = pool.out_height * layer_field(job, 32);
	cost = (uint64_t)pool.out_width *
	       (pool.kernel_width < pool.in_width ? pool.kernel_width : pool.in_width) *
	       (pool.kernel_height < pool.in_height ? pool.kernel_height : pool.in_height);
	plan->piece_cost = cost > UINT32_MAX ? UINT32_MAX : (uint32_t)cost;
}

static uint8_t window_maximum(const struct pool *pool, const uint8_t *map, struct span rows,
			      struct span columns)
{
	uint8_t maximum = 0;

	for (uint32_t y = rows.first; y < rows.end; y++)
		for (uint32_t x = columns.first; x < columns.end; x++) {
			uint8_t value = memory_load8(map + y * pool->in_width + x);

			if (value > maximum)
				maximum = value;
		}
	return maximum;
}

/* Divided by the pixels that are really inside; the body's activation field is ignored, as by the
 * SDK. A window without pixels gives 0/0. */
static float window_average(const struct pool *pool, const uint8_t *map, struct span rows,
			    struct span columns)
{
	float sum = 0.0f;
	int32_t pixels = (int32_t)((rows.end - rows.first) * (columns.end - columns.first));

	for (uint32_t y = rows.first; y < rows.end; y++)
		for (uint32_t x = columns.first; x < columns.end; x++)
			sum += memory_load_float(map + (y * pool->in_width + x) * 4);
	return sum / (float)pixels;
}

static void pool_run(struct layer_job *job, uint32_t first, uint32_t count, bool is_maximum)
{
	uint32_t element = is_maximum ? 1 : 4;
	uint8_t *out = layer_work(job, 8);
	struct pool pool;

	read_pool(job, &pool);
	out += first * pool.out_width * element;
	for (uint32_t piece = first; piece < first + count; piece++) {
		const uint8_t *map = pool.in + piece / pool.out_height * pool.in_width *
						       pool.in_height * element;
		struct span rows = clip(piece % pool.out_height, pool.stride_height,
					pool.pad_height, pool.kernel_height, pool.in_height);

		for (uint32_t x = 0; x < pool.out_width; x++, out += element) {
			struct span columns = clip(x, pool.stride_width, pool.pad_width,
						   pool.kernel_width, pool.in_width);

			if (is_maximum)
				memory_store8(out, window_maximum(&pool, map, rows, columns));
			else
				memory_store_float(out, window_average(&pool, map, rows, columns));
		}
	}
}

static void max_pool_run(struct layer_job *job, uint32_t first, uint32_t count)
{
	pool_run(job, first, count, true);
}

static void average_pool_run(struct layer_job *job, uint32_t first, uint32_t count)
{
	pool_run(job, first, count, false);
}

const struct layer_kind layer_global_average_pool = { KMODEL_V3_GLOBAL_AVERAGE_POOL2D,
						      global_average_plan, global_average_run };
const struct layer_kind layer_average_pool = { KMODEL_V3_AVERAGE_POOL2D, pool_plan,
					       average_pool_run };
const struct layer_kind layer_max_pool = { KMODEL_V3_QUANTIZED_MAX_POOL2D, pool_plan,
					   max_pool_run };
