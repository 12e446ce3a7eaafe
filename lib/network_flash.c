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
	uint32_t address, size;
	bool reversed;
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

/* What has been read already. */
struct copy {
	const uint8_t *data;
	uint32_t length;
};

static bool read_copy(void *context, uint32_t offset, uint8_t *bytes, uint32_t length)
{
	const struct copy *copy = context;

	if (offset > copy->length || length > copy->length - offset)
		return false;
	memcpy(bytes, copy->data + offset, length);
	return true;
}

/* Header and tables. They are measured again: nobody has promised that they are what they were. */
static int read_head(struct flash_file *file, uint8_t *data, uint32_t head)
{
	struct copy copy = { data, head };
	uint32_t size, found;
	bool reversed;
	int rc = read_part(file, data, 0, head, file->size);

	if (rc < 0)
		return rc;
	if (!kmodel_measure_parts(read_copy, &copy, file->size, &size, &found, &reversed) ||
	    size != file->size || found != head || reversed != file->reversed)
		return kpu_device_fail(file->device, KPU_ERR_KMODEL_VERSION,
				       "the flash at %#x changes while it is read", file->address);
	return 0;
}

static uint32_t word_at(const struct flash_file *file, const uint8_t *data, uint32_t offset)
{
	uint32_t word = kpu_get_u32(data + offset);

	return file->reversed ? __builtin_bswap32(word) : word;
}

/* Header, tables and the beginning of each body. */
static int read_essentials(struct flash_file *file, uint8_t *data, uint32_t head)
{
	uint64_t body = head;
	uint32_t layers, table;
	enum kmodel_kind kind;
	int rc = read_head(file, data, head);

	if (rc < 0)
		return rc;
	kind = kmodel_identify(data, head);
	layers = word_at(file, data,
			 kind == KMODEL_KIND_V4 || kind == KMODEL_KIND_V4_REVERSED
				 ? KMODEL_V4_NODE_COUNT
				 : KMODEL_V3_LAYER_COUNT);
	table = head - layers * KMODEL_V3_LAYER_BYTES;
	for (uint32_t i = 0; rc == 0 && i < layers; i++) {
		uint32_t bytes = word_at(file, data, table + i * KMODEL_V3_LAYER_BYTES + 4);

		rc = read_part(file, data, body, body + (bytes < BODY_BYTES ? bytes : BODY_BYTES),
			       file->size);
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
	uint32_t head, crc32;
	uint8_t first[64], *data;
	int rc = kpu_flash_info(device, &info);

	if (rc == 0)
		rc = kpu_flash_read(device, address, first, sizeof(first), NULL, NULL);
	if (rc < 0)
		return rc;
	if (!kmodel_measure_parts(read_file, &file, info.size - address, &file.size, &head,
				  &file.reversed))
		return file.rc < 0 ? file.rc : refuse(device, address, first);
	data = calloc(1, file.size);
	if (!data)
		return kpu_device_fail(device, KPU_ERR_HOST_MEMORY, "no memory for %u bytes",
				       file.size);
	rc = read_essentials(&file, data, head);
	if (rc == 0)
		rc = kpu_flash_check(device, address, file.size, &crc32);
	if (rc < 0) {
		free(data);
		return rc;
	}
	rc = kpu_network_take(data, file.size, network, &error);
	if (rc == 0)
		(*network)->info.crc32 = crc32;
	return kpu_device_note(device, rc, &error);
}
