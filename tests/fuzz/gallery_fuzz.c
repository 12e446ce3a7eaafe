/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Galleries of faces; the checksum is put right, so that everything behind it is reached. */
#include <stdlib.h>
#include <string.h>

#include "link/bytes.h"
#include "link/crc.h"
#include "tests/fuzz/fuzz.h"
#include "utils/kpuctl/models/gallery.h"

/* What was read is written as it was read, and can be read again. */
static void check_again(const struct gallery *gallery)
{
	struct gallery again;
	struct kpu_error error;
	size_t size;
	uint8_t *data = gallery_encode(gallery, &size);

	if (!data || gallery_parse(data, size, &again, &error) < 0 ||
	    again.count != gallery->count || (again.count && again.length != gallery->length))
		abort();
	for (uint32_t i = 0; i < again.count; i++) {
		if (strcmp(again.names[i], gallery->names[i]) != 0)
			abort();
	}
	gallery_free(&again);
	free(data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gallery gallery;
	struct kpu_error error;
	uint8_t *copy = malloc(size + 1);

	memcpy(copy, data, size);
	if (size >= 4)
		kpu_put_u32(copy + size - 4, kpu_crc32(KPU_CRC32_START, copy, size - 4));
	if (gallery_parse(copy, size, &gallery, &error) == 0) {
		check_again(&gallery);
		gallery_remove(&gallery, gallery.count ? gallery.names[0] : "");
		gallery_free(&gallery);
	}
	free(copy);
	return 0;
}
