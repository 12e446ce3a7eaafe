/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* flash-list.json of a kfpkg: which member goes to which place in the flash. */
#ifndef KPUCTL_FLASH_LIST_H
#define KPUCTL_FLASH_LIST_H

#include <kpu.h>

#define FLASH_LIST_MAX        64u
#define FLASH_LIST_NAME_BYTES 128u
#define FLASH_BYTES           (16u << 20) /* addresses have 24 bits */

struct flash_entry {
	char name[FLASH_LIST_NAME_BYTES]; /* of the member; never a path, not yet printable */
	uint32_t address;
	bool sha256_prefix; /* written with length and digest around it: a program, not a model */
	bool reverse_words; /* written with the bytes of each 32-bit word reversed */
};

struct flash_list {
	struct flash_entry entries[FLASH_LIST_MAX];
	size_t count;
};

/*
 * Reads the text of @length bytes. Addresses may be decimal, text, or hexadecimal numbers that no
 * JSON has (0x00300000), as kflash.py takes them.
 */
int flash_list_parse(const char *text, size_t length, struct flash_list *list,
		     struct kpu_error *error);

#endif
