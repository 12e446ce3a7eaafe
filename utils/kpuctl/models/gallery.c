/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/kpuctl/models/gallery.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link/bytes.h"
#include "link/crc.h"
#include "utils/kpuctl/failure.h"

#define MAGIC        "KPUFACES"
#define VERSION      1u
#define HEADER_BYTES 24u
#define CRC_BYTES    4u

static size_t file_bytes(uint32_t length, uint32_t count)
{
	return HEADER_BYTES + CRC_BYTES + (size_t)count * (GALLERY_NAME_BYTES + length);
}

void gallery_free(struct gallery *gallery)
{
	free(gallery->names);
	free(gallery->vectors);
	memset(gallery, 0, sizeof(*gallery));
}

const int8_t *gallery_vector(const struct gallery *gallery, uint32_t index)
{
	return gallery->vectors + (size_t)index * gallery->length;
}

bool gallery_name_fits(const char *name)
{
	char kept[GALLERY_NAME_BYTES];

	snprintf(kept, sizeof(kept), "%s", name);
	make_printable(kept);
	return !strcmp(kept, name);
}

int gallery_add(struct gallery *gallery, const char *name, const int8_t *vector, uint32_t length,
		struct kpu_error *error)
{
	size_t count = gallery->count;
	int8_t *vectors;
	void *names;

	if (gallery->count && length != gallery->length)
		return fail(error, KPU_ERR_SIZE_NOTMATCH,
			    "the gallery's vectors have %u features, this one has %u",
			    gallery->length, length);
	if (!length || length > GALLERY_LENGTH_MAX || count == GALLERY_ENTRIES_MAX ||
	    file_bytes(length, gallery->count + 1) > GALLERY_BYTES_MAX)
		return fail(error, KPU_ERR_SIZE_NOTMATCH, "the gallery is full");
	names = realloc(gallery->names, (count + 1) * GALLERY_NAME_BYTES);
	if (names)
		gallery->names = names;
	vectors = realloc(gallery->vectors, (count + 1) * length);
	if (vectors)
		gallery->vectors = vectors;
	if (!names || !vectors)
		return fail(error, KPU_ERR_HOST_MEMORY, "no memory for the gallery");
	memset(gallery->names[count], 0, GALLERY_NAME_BYTES);
	snprintf(gallery->names[count], GALLERY_NAME_BYTES, "%s", name);
	make_printable(gallery->names[count]);
	memcpy(vectors + count * length, vector, length);
	gallery->length = length;
	gallery->count++;
	return 0;
}

uint32_t gallery_remove(struct gallery *gallery, const char *name)
{
	uint32_t kept = 0, before = gallery->count;

	for (uint32_t i = 0; i < before; i++) {
		if (!strcmp(gallery->names[i], name))
			continue;
		memmove(gallery->names[kept], gallery->names[i], GALLERY_NAME_BYTES);
		memmove(gallery->vectors + (size_t)kept * gallery->length,
			gallery_vector(gallery, i), gallery->length);
		kept++;
	}
	gallery->count = kept;
	return before - kept;
}

static int check_file(const uint8_t *data, size_t size, struct kpu_error *error)
{
	uint32_t length, count;

	if (size < HEADER_BYTES + CRC_BYTES || memcmp(data, MAGIC, strlen(MAGIC)) != 0)
		return fail(error, KPU_ERR_KMODEL_FORMAT, "this is no gallery of faces");
	if (kpu_get_u32(data + 8) != VERSION)
		return fail(error, KPU_ERR_KMODEL_FORMAT,
			    "the gallery has version %u, this program reads %u",
			    kpu_get_u32(data + 8), VERSION);
	length = kpu_get_u32(data + 16);
	count = kpu_get_u32(data + 20);
	if (length > GALLERY_LENGTH_MAX || count > GALLERY_ENTRIES_MAX || (count && !length) ||
	    size != file_bytes(length, count))
		return fail(error, KPU_ERR_KMODEL_FORMAT,
			    "a gallery of %zu bytes cannot hold %u vectors of %u features", size,
			    count, length);
	if (kpu_get_u32(data + size - CRC_BYTES) !=
	    kpu_crc32(KPU_CRC32_START, data, size - CRC_BYTES))
		return fail(error, KPU_ERR_CHECKSUM,
			    "the gallery is damaged: its checksum is wrong");
	return 0;
}

int gallery_parse(const uint8_t *data, size_t size, struct gallery *gallery,
		  struct kpu_error *error)
{
	uint32_t length, count;
	int rc;

	memset(gallery, 0, sizeof(*gallery));
	rc = check_file(data, size, error);
	if (rc < 0)
		return rc;
	length = kpu_get_u32(data + 16);
	count = kpu_get_u32(data + 20);
	gallery->network_crc32 = kpu_get_u32(data + 12);
	data += HEADER_BYTES;
	for (uint32_t i = 0; i < count && rc == 0; i++, data += GALLERY_NAME_BYTES + length) {
		char name[GALLERY_NAME_BYTES];

		memcpy(name, data, sizeof(name));
		name[sizeof(name) - 1] = 0;
		rc = gallery_add(gallery, name, (const int8_t *)data + GALLERY_NAME_BYTES, length,
				 error);
	}
	if (rc < 0)
		gallery_free(gallery);
	return rc;
}

uint8_t *gallery_encode(const struct gallery *gallery, size_t *size)
{
	uint8_t *data, *out;

	*size = file_bytes(gallery->length, gallery->count);
	data = calloc(1, *size);
	if (!data)
		return NULL;
	memcpy(data, MAGIC, strlen(MAGIC));
	kpu_put_u32(data + 8, VERSION);
	kpu_put_u32(data + 12, gallery->network_crc32);
	kpu_put_u32(data + 16, gallery->length);
	kpu_put_u32(data + 20, gallery->count);
	out = data + HEADER_BYTES;
	for (uint32_t i = 0; i < gallery->count; i++) {
		memcpy(out, gallery->names[i], GALLERY_NAME_BYTES);
		memcpy(out + GALLERY_NAME_BYTES, gallery_vector(gallery, i), gallery->length);
		out += GALLERY_NAME_BYTES + gallery->length;
	}
	kpu_put_u32(out, kpu_crc32(KPU_CRC32_START, data, *size - CRC_BYTES));
	return data;
}
