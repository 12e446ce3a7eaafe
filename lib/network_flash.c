/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "lib/network_flash.h"

#include <stdlib.h>
#include <string.h>

/* Fields of a layer and the words of a convolution lie at the beginning of its body; what follows
 * are parameters, which the host need not see. */
#define BODY_BYTES 1024u

struct flash_file {
	struct kpu_device *device;
	uint32_t address;
	int rc;
};

static bool read_file(void *context, uint32_t offset, uint8_t *bytes, uint32_t length)
{
	struct flash_file *file = context;

	file->rc = kpu_flash_read(file->device, file->address + offset, bytes, length, NULL, NULL);
	return file->rc == 0;
}

/* What is there instead of a model. */
static int refuse(struct kpu_device *device, uint32_t address, const uint8_t head[64])
{
	enum kmodel_kind kind = kmodel_identify(head, 64);
	struct kpu_error error;
	int rc;

	if (kind == KMODEL_KIND_BLANK)
		rc = kpu_fail(&error, KPU_ERR_KMODEL_VERSION, "the flash is %s at %#x",
			      head[0] ? "erased" : "zero", address);
	else
		rc = kpu_fail(&error, KPU_ERR_KMODEL_VERSION,
			      "there is no kmodel V3 or V4 at %#x of the flash, but %s: %02x %02x "
			      "%02x %02x %02x %02x %02x %02x",
			      address, kmodel_kind_name(kind), head[0], head[1], head[2], head[3],
			      head[4], head[5], head[6], head[7]);
	kpu_error_advise(&error, "kpuctl flash info shows what lies where");
	return kpu_device_note(device, rc, &error);
}

/* Reads [@from, @to) of the file into its place. */
static int read_part(struct flash_file *file, uint8_t *data, uint64_t from, uint64_t to,
		     uint32_t size)
{
	if (to > size)
		to = size;
	if (from >= to)
		return 0;
	return kpu_flash_read(file->device, file->address + (uint32_t)from, data + from,
			      (uint32_t)(to - from), NULL, NULL);
}

static uint32_t word_at(const uint8_t *data, uint32_t offset, bool reversed)
{
	const uint8_t *at = data + offset;

	if (reversed)
		return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
	return kpu_get_u32(at);
}

/* Header, tables and the beginning of each body; kmodel_measure() has found the tables good. */
static int read_essentials(struct flash_file *file, uint8_t *data, uint32_t size)
{
	enum kmodel_kind kind;
	bool reversed, version_4;
	uint32_t table, layers;
	uint64_t body;
	int rc = read_part(file, data, 0, KMODEL_V4_HEADER_BYTES, size);

	if (rc < 0)
		return rc;
	kind = kmodel_identify(data, KMODEL_V4_HEADER_BYTES);
	version_4 = kind == KMODEL_KIND_V4 || kind == KMODEL_KIND_V4_REVERSED;
	reversed = kind == KMODEL_KIND_V3_REVERSED || kind == KMODEL_KIND_V4_REVERSED;
	if (version_4) {
		layers = word_at(data, KMODEL_V4_NODE_COUNT, reversed);
		table = KMODEL_V4_HEADER_BYTES +
			word_at(data, KMODEL_V4_INPUT_COUNT, reversed) *
				(KMODEL_V4_RANGE_BYTES + KMODEL_V4_SHAPE_BYTES) +
			word_at(data, KMODEL_V4_OUTPUT_COUNT, reversed) * KMODEL_V4_RANGE_BYTES +
			word_at(data, KMODEL_V4_CONSTANT_BYTES, reversed);
	} else {
		layers = word_at(data, KMODEL_V3_LAYER_COUNT, reversed);
		table = KMODEL_V3_HEADER_BYTES +
			word_at(data, KMODEL_V3_OUTPUT_COUNT, reversed) * KMODEL_V3_OUTPUT_BYTES;
	}
	body = (uint64_t)table + layers * KMODEL_V3_LAYER_BYTES;
	rc = read_part(file, data, 0, body, size);
	for (uint32_t i = 0; rc == 0 && i < layers; i++) {
		uint32_t bytes = word_at(data, table + i * KMODEL_V3_LAYER_BYTES + 4, reversed);

		rc = read_part(file, data, body, body + (bytes < BODY_BYTES ? bytes : BODY_BYTES),
			       size);
		body += bytes;
	}
	return rc;
}

int kpu_network_from_flash(struct kpu_device *device, uint32_t address,
			   struct kpu_network **network)
{
	struct flash_file file = { .device = device, .address = address };
	struct kpu_flash_info info;
	struct kpu_error error;
	uint32_t size, crc32;
	uint8_t head[64], *data;
	int rc = kpu_flash_info(device, &info);

	if (rc == 0)
		rc = kpu_flash_read(device, address, head, sizeof(head), NULL, NULL);
	if (rc < 0)
		return rc;
	if (!kmodel_measure(read_file, &file, info.size - address, &size))
		return file.rc < 0 ? file.rc : refuse(device, address, head);
	data = calloc(1, size);
	if (!data)
		return kpu_device_fail(device, KPU_ERR_HOST_MEMORY, "no memory for %u bytes", size);
	rc = read_essentials(&file, data, size);
	if (rc == 0)
		rc = kpu_flash_check(device, address, size, &crc32);
	if (rc < 0) {
		free(data);
		return rc;
	}
	rc = kpu_network_take(data, size, network, &error);
	if (rc == 0)
		(*network)->info.crc32 = crc32;
	return kpu_device_note(device, rc, &error);
}
