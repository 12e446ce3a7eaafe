/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* flash write, erase, kfpkg, firmware: what each of them wants to be in the flash. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utils/kpuctl/failure.h"
#include "utils/kpuctl/flash/actions.h"
#include "utils/kpuctl/flash/firmware_image.h"
#include "utils/kpuctl/flash/map.h"
#include "utils/kpuctl/input_file.h"
#include "utils/kpuctl/models/package.h"

static int refuse_package(const char *path, struct kpu_error *error)
{
	fail(error, KPU_ERR_PARAM, "%s is a package (zip file), which nothing could use as it is",
	     path);
	snprintf(error->next_step, sizeof(error->next_step),
		 "`kpuctl flash kfpkg` writes what is in it; --force writes it as it is");
	return -KPU_ERR_PARAM;
}

static int plan_file(const struct flash_request *request, const struct flash_chip *chip,
		     struct flash_plan *plan, struct kpu_error *error)
{
	uint8_t *data;
	size_t size;
	int rc = input_file_read(request->path, chip->info.size, &data, &size, error);

	if (rc == 0 && !request->force && kmodel_identify(data, size) == KMODEL_KIND_KFPKG)
		rc = refuse_package(request->path, error);
	if (rc == 0 && request->address == 0 && !firmware_image_good(data, size))
		note("note: the board starts a program at address 0 only with header and digest, "
		     "which this file has not;\n"
		     "        `kpuctl flash firmware FILE` adds them");
	if (rc == 0)
		rc = flash_plan_add(plan, request->address, data, size, request->path, error);
	free(data);
	return rc;
}

static int refuse_range(const struct flash_request *request, const struct flash_chip *chip,
			struct kpu_error *error)
{
	uint32_t sector = chip->info.erase_bytes, start = request->address / sector * sector;
	uint64_t end = ((uint64_t)request->address + request->size + sector - 1) / sector * sector;

	fail(error, KPU_ERR_PARAM,
	     "whole sectors of %u bytes inside the %u bytes of the flash can be erased; %#x and %u "
	     "are none",
	     sector, chip->info.size, request->address, request->size);
	if (request->size && end <= chip->info.size)
		snprintf(error->next_step, sizeof(error->next_step),
			 "`kpuctl flash erase %#x %u` erases the sectors around it", start,
			 (uint32_t)(end - start));
	return -KPU_ERR_PARAM;
}

static int plan_erasure(const struct flash_request *request, const struct flash_chip *chip,
			struct flash_plan *plan, struct kpu_error *error)
{
	uint32_t sector = chip->info.erase_bytes, address = request->address;
	uint8_t *blank;
	int rc;

	if (request->size == 0 || address % sector || request->size % sector ||
	    address >= chip->info.size || request->size > chip->info.size - address)
		return refuse_range(request, chip, error);
	blank = malloc(request->size);
	if (!blank)
		return fail(error, KPU_ERR_HOST_MEMORY, "no memory for %u bytes", request->size);
	memset(blank, 0xff, request->size);
	rc = flash_plan_add(plan, address, blank, request->size, "erased", error);
	free(blank);
	return rc;
}

/* Where the addresses are not the user's. @package: the file that they are from, or NULL. */
static int check_places(const char *package, const struct flash_chip *chip, struct flash_plan *plan,
			struct kpu_error *error)
{
	struct kpu_error inner;

	if (flash_plan_check(plan, chip, &inner) == 0)
		return 0;
	fail(error, KPU_ERR_KMODEL_FORMAT, "%s%s%.200s", package ? package : "",
	     package ? ": " : "", inner.message);
	snprintf(error->next_step, sizeof(error->next_step),
		 "take a file that was made for a flash of this size");
	return -KPU_ERR_KMODEL_FORMAT;
}

static int add_member(struct package *package, size_t index, struct flash_plan *plan,
		      struct kpu_error *error)
{
	const struct package_member *member = package_member(package, index);
	size_t size = member->size;
	uint8_t *data, *image;
	int rc = package_read(package, index, &data, error);

	if (rc < 0)
		return rc;
	if (member->reverse_words)
		kmodel_reverse_words(data, size);
	if (member->sha256_prefix) {
		image = firmware_image_make(data, size, &size);
		free(data);
		data = image;
	}
	rc = data ? flash_plan_add(plan, member->address, data, size, member->name, error)
		  : fail(error, KPU_ERR_KMODEL_FORMAT, "%s is no program of at most 6 MiB",
			 member->name);
	free(data);
	return rc;
}

static int plan_package(const struct flash_request *request, const struct flash_chip *chip,
			struct flash_plan *plan, struct kpu_error *error)
{
	struct package *package = NULL;
	struct kpu_error inner;
	uint8_t *data;
	size_t size;
	int rc = input_file_read(request->path, PACKAGE_BYTES_MAX, &data, &size, error);

	if (rc == 0 && package_open(data, size, &package, &inner) < 0) {
		rc = fail(error, inner.code, "%s: %.200s", request->path, inner.message);
		snprintf(error->next_step, sizeof(error->next_step),
			 "give it a kfpkg package: a zip file with flash-list.json in it");
	}
	for (size_t i = 0; rc == 0 && i < package_count(package); i++)
		rc = add_member(package, i, plan, error);
	if (rc == 0)
		rc = check_places(request->path, chip, plan, error);
	package_close(package);
	free(data);
	return rc;
}

/* The mask ROM would start whatever lies there, and the board would be silent. */
static int check_program(const char *path, const uint8_t *data, size_t size,
			 struct kpu_error *error)
{
	enum kmodel_kind kind = kmodel_identify(data, size);
	bool elf = size >= 4 && !memcmp(data, "\177ELF", 4);

	if (kind == KMODEL_KIND_UNKNOWN && !elf)
		return 0;
	fail(error, KPU_ERR_READ_FILE, "%s is no program that a board could start: %s", path,
	     elf ? "an ELF file" : kmodel_kind_name(kind));
	snprintf(error->next_step, sizeof(error->next_step), "%s; --force writes it all the same",
		 elf                         ? "objcopy -O binary makes a program of it"
		 : kind == KMODEL_KIND_KFPKG ? "`kpuctl flash kfpkg` writes what is in it"
					     : "`kpuctl flash write ADDRESS FILE` is for models");
	return -KPU_ERR_READ_FILE;
}

static int plan_firmware(const struct flash_request *request, const struct flash_chip *chip,
			 struct flash_plan *plan, struct kpu_error *error)
{
	uint8_t *program = NULL, *image;
	const char *path = request->path;
	char found[PATH_MAX];
	size_t size;
	int rc = 0;

	if (!path)
		rc = kpu_firmware_path(found, sizeof(found), error);
	if (rc == 0)
		rc = input_file_read(path ? path : found, chip->info.size, &program, &size, error);
	if (rc == 0 && !request->force)
		rc = check_program(path ? path : found, program, size, error);
	if (rc < 0) {
		free(program);
		return rc;
	}
	/* Whoever names the image that has header and digest already means the same. */
	image = firmware_image_good(program, size) ? program
						   : firmware_image_make(program, size, &size);
	rc = image ? flash_plan_add(plan, 0, image, size, path ? path : "kpu-firmware.bin", error)
		   : fail(error, KPU_ERR_READ_FILE, "%s is no program of at most 6 MiB",
			  path ? path : found);
	if (rc == 0)
		rc = check_places(NULL, chip, plan, error);
	if (image != program)
		free(image);
	free(program);
	return rc;
}

int flash_change(const struct flash_request *request, struct kpu_device *device, flash_planner make)
{
	struct flash_plan plan = { 0 };
	struct flash_chip chip;
	struct kpu_error error;
	int status;

	if (flash_chip_open(device, &chip, &error) < 0)
		return report_error(&error);
	flash_catch_interrupt();
	if (flash_write_pending(&chip))
		return EXIT_FAILED;
	if (make(request, &chip, &plan, &error) < 0)
		status = flash_report(&error);
	else
		status = flash_write_plan(&chip, &plan, request->force, make == plan_erasure);
	flash_plan_free(&plan);
	return status;
}

int flash_action_write(const struct flash_request *request, struct kpu_device *device)
{
	return flash_change(request, device, plan_file);
}

int flash_action_erase(const struct flash_request *request, struct kpu_device *device)
{
	return flash_change(request, device, plan_erasure);
}

int flash_action_package(const struct flash_request *request, struct kpu_device *device)
{
	return flash_change(request, device, plan_package);
}

int flash_action_firmware(const struct flash_request *request, struct kpu_device *device)
{
	return flash_change(request, device, plan_firmware);
}
