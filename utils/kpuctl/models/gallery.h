/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * A gallery of faces: names with packed feature vectors (kpu_face_encode). File, little endian:
 *
 *	0	8	"KPUFACES"
 *	8	4	version, 1
 *	12	4	CRC-32 of the network that gives the features
 *	16	4	L: bytes of a vector
 *	20	4	N: entries
 *	24	N x	{ name 64 bytes, zero filled; vector L }
 *	end	4	CRC-32 of all bytes before
 */
#ifndef KPUCTL_GALLERY_H
#define KPUCTL_GALLERY_H

#include <kpu.h>

#define GALLERY_NAME_BYTES  64u
#define GALLERY_LENGTH_MAX  65536u
#define GALLERY_ENTRIES_MAX 65536u
#define GALLERY_BYTES_MAX   ((size_t)256 << 20)

struct gallery {
	uint32_t network_crc32;
	uint32_t length; /* 0: empty, takes the first vector's */
	uint32_t count;
	char (*names)[GALLERY_NAME_BYTES];
	int8_t *vectors; /* one behind the other */
};

/* A zeroed gallery is an empty one. */
int gallery_parse(const uint8_t *data, size_t size, struct gallery *gallery,
		  struct kpu_error *error);
/* The bytes of a file, to be freed; NULL: no memory. */
uint8_t *gallery_encode(const struct gallery *gallery, size_t *size);
int gallery_read(const char *path, struct gallery *gallery, struct kpu_error *error);
int gallery_write(const char *path, const struct gallery *gallery, struct kpu_error *error);
void gallery_free(struct gallery *gallery);
/*
 * Whoever changes a gallery holds it from reading to writing, or what another process adds in the
 * meantime would be lost: the lock is on the folder, as the file is replaced. Waits for 5 s at
 * most, BUSY then; returns a descriptor for gallery_release(), 0 where there is no folder to be
 * locked.
 */
int gallery_hold(const char *path, struct kpu_error *error);
void gallery_release(int held);

/* Whether gallery_add() keeps a name as it is; long ones are cut, control characters replaced. */
bool gallery_name_fits(const char *name);
/* A name may have several vectors. Refuses another length. */
int gallery_add(struct gallery *gallery, const char *name, const int8_t *vector, uint32_t length,
		struct kpu_error *error);
/* Removes all of a name; returns how many. */
uint32_t gallery_remove(struct gallery *gallery, const char *name);
const int8_t *gallery_vector(const struct gallery *gallery, uint32_t index);

#endif
