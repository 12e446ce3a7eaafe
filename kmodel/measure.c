/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* How long a model is whose end nobody has said: header and tables tell it. */
#include "kmodel/kmodel.h"

#define ENTRIES_AT_ONCE 32u

_Static_assert(KMODEL_V3_LAYER_BYTES == KMODEL_V4_NODE_BYTES, "one table of layers for both");

struct measure {
	kmodel_read_function read;
	void *context;
	bool reversed;
	uint32_t head;
};

void kmodel_reverse_words(uint8_t *data, size_t size)
{
	size_t i;

	for (i = 0; i + 4 <= size; i += 4) {
		uint8_t first = data[i], second = data[i + 1];

		data[i] = data[i + 3];
		data[i + 1] = data[i + 2];
		data[i + 2] = second;
		data[i + 3] = first;
	}
}

/* @offset and @length are multiples of 4. */
static bool fetch(const struct measure *measure, uint32_t offset, uint8_t *bytes, uint32_t length)
{
	if (!measure->read(measure->context, offset, bytes, length))
		return false;
	if (measure->reversed)
		kmodel_reverse_words(bytes, length);
	return true;
}

/* Adds the bodies of @count layers whose table starts at @table to *end. */
static bool add_bodies(const struct measure *measure, uint64_t table, uint32_t count,
		       uint32_t limit, uint64_t *end)
{
	uint8_t entries[ENTRIES_AT_ONCE * KMODEL_V3_LAYER_BYTES];
	uint32_t done, i;

	for (done = 0; done < count; done += ENTRIES_AT_ONCE) {
		uint32_t part = count - done < ENTRIES_AT_ONCE ? count - done : ENTRIES_AT_ONCE;

		if (table + (done + part) * KMODEL_V3_LAYER_BYTES > limit ||
		    !fetch(measure, (uint32_t)table + done * KMODEL_V3_LAYER_BYTES, entries,
			   part * KMODEL_V3_LAYER_BYTES))
			return false;
		for (i = 0; i < part; i++)
			*end += kpu_get_u32(entries + i * KMODEL_V3_LAYER_BYTES + 4);
		if (*end > limit)
			return false;
	}
	return true;
}

static bool measure_v3(struct measure *measure, const uint8_t *header, uint32_t limit,
		       uint64_t *end)
{
	uint32_t layers = kpu_get_u32(header + KMODEL_V3_LAYER_COUNT);
	uint32_t outputs = kpu_get_u32(header + KMODEL_V3_OUTPUT_COUNT);
	uint32_t table = KMODEL_V3_HEADER_BYTES + outputs * KMODEL_V3_OUTPUT_BYTES;

	if (!layers || layers > KMODEL_LAYERS_MAX || !outputs || outputs > KMODEL_OUTPUTS_MAX)
		return false;
	*end = (uint64_t)table + layers * KMODEL_V3_LAYER_BYTES;
	measure->head = (uint32_t)*end;
	return add_bodies(measure, table, layers, limit, end);
}

static bool measure_v4(struct measure *measure, const uint8_t *header, uint32_t limit,
		       uint64_t *end)
{
	uint32_t nodes = kpu_get_u32(header + KMODEL_V4_NODE_COUNT);
	uint32_t inputs = kpu_get_u32(header + KMODEL_V4_INPUT_COUNT);
	uint32_t outputs = kpu_get_u32(header + KMODEL_V4_OUTPUT_COUNT);
	uint64_t table;

	if (!nodes || nodes > KMODEL_LAYERS_MAX || !inputs || inputs > KMODEL_INPUTS_MAX ||
	    !outputs || outputs > KMODEL_OUTPUTS_MAX)
		return false;
	table = (uint64_t)KMODEL_V4_HEADER_BYTES +
		inputs * (KMODEL_V4_RANGE_BYTES + KMODEL_V4_SHAPE_BYTES) +
		outputs * KMODEL_V4_RANGE_BYTES + kpu_get_u32(header + KMODEL_V4_CONSTANT_BYTES);
	if (table & 3)
		return false;
	*end = table + nodes * KMODEL_V4_NODE_BYTES;
	measure->head = (uint32_t)*end;
	return add_bodies(measure, table, nodes, limit, end);
}

bool kmodel_measure(kmodel_read_function read, void *context, uint32_t limit, uint32_t *size)
{
	uint32_t head;
	bool reversed;

	return kmodel_measure_parts(read, context, limit, size, &head, &reversed);
}

bool kmodel_measure_parts(kmodel_read_function read, void *context, uint32_t limit, uint32_t *size,
			  uint32_t *head, bool *reversed)
{
	struct measure measure = { .read = read, .context = context };
	uint8_t header[KMODEL_V4_HEADER_BYTES];
	uint64_t end = 0;
	bool good = false;

	*size = 0;
	if (limit < sizeof(header) || !read(context, 0, header, sizeof(header)))
		return false;
	switch (kmodel_identify(header, sizeof(header))) {
	case KMODEL_KIND_V3_REVERSED:
	case KMODEL_KIND_V4_REVERSED:
		measure.reversed = true;
		if (!fetch(&measure, 0, header, sizeof(header)))
			return false;
		break;
	default:
		break;
	}
	switch (kmodel_identify(header, sizeof(header))) {
	case KMODEL_KIND_V3:
		good = measure_v3(&measure, header, limit, &end);
		break;
	case KMODEL_KIND_V4:
		good = measure_v4(&measure, header, limit, &end);
		break;
	default:
		break;
	}
	if (!good || end > limit)
		return false;
	*size = (uint32_t)end;
	*head = measure.head;
	*reversed = measure.reversed;
	return true;
}
