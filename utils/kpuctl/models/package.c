/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/kpuctl/models/package.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "utils/kpuctl/failure.h"

#define LIST_NAME      "flash-list.json"
#define LIST_BYTES_MAX 65536u
/* First bytes, from which a member's kind is told. */
#define HEAD_BYTES 64u

struct package {
	zip_t *zip;
	struct flash_list list;
	struct package_member members[FLASH_LIST_MAX];
	zip_uint64_t places[FLASH_LIST_MAX]; /* in the zip file */
};

static int fail_zip(struct kpu_error *error, zip_error_t *reason)
{
	int rc = fail(error, KPU_ERR_KMODEL_FORMAT, "the package is a damaged zip file: %s",
		      zip_error_strerror(reason));

	zip_error_fini(reason);
	return rc;
}

static zip_t *open_zip(const uint8_t *data, size_t size, struct kpu_error *error)
{
	zip_source_t *source;
	zip_error_t reason;
	zip_t *zip;

	zip_error_init(&reason);
	source = zip_source_buffer_create(data, size, 0, &reason);
	zip = source ? zip_open_from_source(source, ZIP_RDONLY, &reason) : NULL;
	if (!zip) {
		zip_source_free(source);
		fail_zip(error, &reason);
		return NULL;
	}
	zip_error_fini(&reason);
	return zip;
}

/* Reads @wanted bytes and, if that is all of the member, checks that it ends there. */
static bool read_place(zip_t *zip, zip_uint64_t place, uint8_t *data, size_t wanted, bool all)
{
	zip_file_t *file = zip_fopen_index(zip, place, 0);
	size_t done = 0;
	uint8_t more;
	bool ok;

	if (!file)
		return false;
	while (done < wanted) {
		zip_int64_t n = zip_fread(file, data + done, wanted - done);

		if (n <= 0)
			break;
		done += (size_t)n;
	}
	/* The end is where zip compares the checksum. */
	ok = done == wanted && (!all || zip_fread(file, &more, 1) == 0);
	zip_fclose(file);
	return ok;
}

/* Place and size of a member; what it claims to hold is bounded before anything is unpacked. */
static bool locate(zip_t *zip, const char *name, size_t most, zip_uint64_t *place, size_t *size)
{
	zip_int64_t index = zip_name_locate(zip, name, ZIP_FL_ENC_RAW);
	zip_stat_t status;

	if (index < 0 || zip_stat_index(zip, (zip_uint64_t)index, 0, &status) < 0 ||
	    !(status.valid & ZIP_STAT_SIZE) || status.size == 0 || status.size > most)
		return false;
	*place = (zip_uint64_t)index;
	*size = (size_t)status.size;
	return true;
}

static int read_list(struct package *package, struct kpu_error *error)
{
	zip_uint64_t place;
	size_t size;
	char *text;
	int rc;

	if (!locate(package->zip, LIST_NAME, LIST_BYTES_MAX, &place, &size))
		return fail(error, KPU_ERR_KMODEL_FORMAT,
			    "the package has no " LIST_NAME " of at most %u bytes", LIST_BYTES_MAX);
	text = malloc(size);
	if (!text)
		return fail(error, KPU_ERR_HOST_MEMORY, "no memory");
	if (read_place(package->zip, place, (uint8_t *)text, size, true))
		rc = flash_list_parse(text, size, &package->list, error);
	else
		rc = fail(error, KPU_ERR_KMODEL_FORMAT, LIST_NAME " of the package is damaged");
	free(text);
	return rc;
}

static int read_member(struct package *package, size_t index, struct kpu_error *error)
{
	const struct flash_entry *entry = &package->list.entries[index];
	struct package_member *member = &package->members[index];
	uint8_t head[HEAD_BYTES];
	size_t length;

	memcpy(member->name, entry->name, sizeof(member->name));
	make_printable(member->name);
	member->address = entry->address;
	member->sha256_prefix = entry->sha256_prefix;
	member->reverse_words = entry->reverse_words;
	if (!locate(package->zip, entry->name, FLASH_BYTES, &package->places[index], &member->size))
		return fail(error, KPU_ERR_KMODEL_FORMAT,
			    "the package has no member %s of 1..%u bytes", member->name,
			    FLASH_BYTES);
	length = member->size < sizeof(head) ? member->size : sizeof(head);
	if (!read_place(package->zip, package->places[index], head, length, false))
		return fail(error, KPU_ERR_KMODEL_FORMAT, "member %s of the package is damaged",
			    member->name);
	member->kind = kmodel_identify(head, length);
	return 0;
}

int package_open(const uint8_t *data, size_t size, struct package **out, struct kpu_error *error)
{
	struct package *package;
	int rc;

	*out = NULL;
	if (size > PACKAGE_BYTES_MAX)
		return fail(error, KPU_ERR_KMODEL_FORMAT, "a package has at most %u bytes",
			    PACKAGE_BYTES_MAX);
	package = calloc(1, sizeof(*package));
	if (!package)
		return fail(error, KPU_ERR_HOST_MEMORY, "no memory for a package");
	package->zip = open_zip(data, size, error);
	rc = package->zip ? read_list(package, error) : -error->code;
	for (size_t i = 0; i < package->list.count && rc == 0; i++)
		rc = read_member(package, i, error);
	if (rc == 0)
		*out = package;
	else
		package_close(package);
	return rc;
}

void package_close(struct package *package)
{
	if (!package)
		return;
	if (package->zip)
		zip_discard(package->zip);
	free(package);
}

size_t package_count(const struct package *package)
{
	return package->list.count;
}

const struct package_member *package_member(const struct package *package, size_t index)
{
	return &package->members[index];
}

int package_read(struct package *package, size_t index, uint8_t **data, struct kpu_error *error)
{
	const struct package_member *member = &package->members[index];

	*data = malloc(member->size);
	if (!*data)
		return fail(error, KPU_ERR_HOST_MEMORY, "no memory for %zu bytes", member->size);
	if (read_place(package->zip, package->places[index], *data, member->size, true))
		return 0;
	free(*data);
	*data = NULL;
	return fail(error, KPU_ERR_KMODEL_FORMAT, "member %s of the package is damaged",
		    member->name);
}

/* Models of every kind, also those that will be refused by name. */
static bool is_model(const struct package_member *member)
{
	return member->kind != KMODEL_KIND_UNKNOWN && member->kind != KMODEL_KIND_BLANK &&
	       member->kind != KMODEL_KIND_KFPKG;
}

static bool is_chosen(const struct package_member *member, const char *choice)
{
	char *end;
	unsigned long address;

	if (!choice || !strcmp(choice, member->name))
		return true;
	address = strtoul(choice, &end, 0);
	return end != choice && !*end && address == member->address;
}

int package_find_model(const struct package *package, const char *choice, size_t *index,
		       struct kpu_error *error)
{
	for (size_t i = 0; i < package->list.count; i++) {
		const struct package_member *member = &package->members[i];

		if (is_model(member) && is_chosen(member, choice)) {
			*index = i;
			return 0;
		}
	}
	if (choice)
		return fail(error, KPU_ERR_READ_FILE, "the package has no model %s", choice);
	return fail(error, KPU_ERR_READ_FILE, "none of the package's %zu files is a model",
		    package->list.count);
}
