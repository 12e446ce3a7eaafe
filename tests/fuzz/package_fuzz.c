/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * kfpkg packages. First byte even: flash-list.json alone, which a zip's checksum would keep a
 * fuzzer from changing; odd: a package, all of whose members are read.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "utils/kpuctl/models/package.h"

static void use_list(const uint8_t *data, size_t size)
{
	static struct flash_list list;
	struct kpu_error error;

	if (flash_list_parse((const char *)data, size, &list, &error) < 0)
		return;
	for (size_t i = 0; i < list.count; i++) {
		if (list.entries[i].address >= FLASH_BYTES || !list.entries[i].name[0] ||
		    !memchr(list.entries[i].name, 0, sizeof(list.entries[i].name)))
			abort();
	}
}

static void use_package(const uint8_t *data, size_t size)
{
	struct package *package;
	struct kpu_error error;
	uint8_t *bytes;
	size_t index;

	if (package_open(data, size, &package, &error) < 0)
		return;
	for (size_t i = 0; i < package_count(package); i++) {
		const struct package_member *member = package_member(package, i);

		if (member->size == 0 || member->size > FLASH_BYTES)
			abort();
		if (package_read(package, i, &bytes, &error) == 0)
			free(bytes);
	}
	package_find_model(package, NULL, &index, &error);
	package_find_model(package, "0x300000", &index, &error);
	package_close(package);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy;

	if (size == 0)
		return 0;
	/* Of just that size, for the sanitizer to see what is read beyond. */
	copy = malloc(size);
	memcpy(copy, data + 1, size - 1);
	if (data[0] % 2)
		use_package(copy, size - 1);
	else
		use_list(copy, size - 1);
	free(copy);
	return 0;
}
