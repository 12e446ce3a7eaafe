/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * kfpkg: a zip file with flash-list.json and the files that it names. Everything is read into
 * memory; names of members are compared and printed, never used as paths.
 */
#ifndef KPUCTL_PACKAGE_H
#define KPUCTL_PACKAGE_H

#include <kpu.h>

#include "kmodel/kmodel.h"
#include "utils/kpuctl/flash/list.h"

#define PACKAGE_BYTES_MAX (32u << 20)

struct package;

struct package_member {
	char name[FLASH_LIST_NAME_BYTES];  /* printable */
	uint32_t address;                  /* in the flash */
	size_t size;                       /* unpacked, 1..FLASH_BYTES */
	bool sha256_prefix, reverse_words; /* how it is to be written */
	enum kmodel_kind kind;
};

/* @data must stay until package_close(). */
int package_open(const uint8_t *data, size_t size, struct package **package,
		 struct kpu_error *error);
void package_close(struct package *package);

size_t package_count(const struct package *package);
const struct package_member *package_member(const struct package *package, size_t index);
/* The bytes of a member, to be freed. */
int package_read(struct package *package, size_t index, uint8_t **data, struct kpu_error *error);
/*
 * The model that @choice names by member or address ("face.kmodel", "0x300000"), or for NULL the
 * first one.
 */
int package_find_model(const struct package *package, const char *choice, size_t *index,
		       struct kpu_error *error);

#endif
