/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "tests/shared_models.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#define PATH_BYTES 512
#define FIRST_ROOM (1u << 16)

static void make_path(const char *inner, const char *name, const char *suffix, char *path)
{
	const char *shared = getenv("KPU_SHARED");

	snprintf(path, PATH_BYTES, "%s/models/%s/%s%s", shared ? shared : "../shared", inner, name,
		 suffix);
}

bool shared_models_present(const char *test)
{
	char path[PATH_BYTES];

	make_path("kmodel", "", "", path);
	if (access(path, R_OK) == 0)
		return true;
	printf("SKIP: %s: no real models in %s (KPU_SHARED)\n", test, path);
	return false;
}

uint8_t *shared_models_read(const char *folder, const char *name, const char *suffix, size_t *size)
{
	size_t room = FIRST_ROOM, used = 0;
	char path[PATH_BYTES];
	uint8_t *bytes, *grown;
	gzFile stream;
	int got;

	make_path(folder, name, suffix, path);
	if (access(path, R_OK))
		return NULL;
	/* Plain files are read as they are. */
	stream = gzopen(path, "rb");
	ck_assert_msg(stream != NULL, "%s cannot be opened", path);
	bytes = malloc(room);
	ck_assert_ptr_nonnull(bytes);
	while ((got = gzread(stream, bytes + used, (unsigned)(room - used))) > 0) {
		used += (size_t)got;
		if (used < room)
			continue;
		room *= 2;
		grown = realloc(bytes, room);
		ck_assert_ptr_nonnull(grown);
		bytes = grown;
	}
	ck_assert_msg(got == 0, "%s is damaged", path);
	gzclose(stream);
	*size = used;
	return bytes;
}
