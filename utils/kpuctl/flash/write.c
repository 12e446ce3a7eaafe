/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* flash write, erase, kfpkg, firmware, resume. */
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "utils/kpuctl/failure.h"
#include "utils/kpuctl/flash/firmware_image.h"
#include "utils/kpuctl/flash/actions.h"
#include "utils/kpuctl/flash/journal.h"
#include "utils/kpuctl/flash/map.h"
#include "utils/kpuctl/models/package.h"

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

void flash_catch_interrupt(void)
{
	struct sigaction action = { .sa_handler = on_interrupt };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

bool flash_show_progress(void *context, const char *what, uint64_t done, uint64_t total)
{
	progress_show(context, what, done, total);
	return !interrupted;
}

bool flash_write_pending(const struct flash_chip *chip)
{
	char path[PATH_MAX];

	if (!flash_journal_path(&chip->info, path, sizeof(path)) || !flash_journal_exists(path))
		return false;
	note("note: an earlier write to this flash was interrupted, part of it is half done\n"
	     "        `kpuctl flash resume` finishes it, `kpuctl flash resume --discard` forgets "
	     "it");
	return true;
}

/* Looks for what would be lost, before the plan is rounded to sectors; 0 = nothing. */
static int check_loss(const struct flash_chip *chip, const struct flash_plan *plan,
		      struct kpu_error *error)
{
	const struct flash_region *lost = NULL;
	struct progress_bar bar = { 0 };
	struct flash_map map;
	uint64_t end = 0;
	int rc;

	for (size_t i = 0; i < plan->count; i++) {
		uint64_t behind = (uint64_t)plan->segments[i].address + plan->segments[i].size;

		end = behind > end ? behind : end;
	}
	/* What reaches further is refused when the plan is completed. */
	end = end < chip->info.size ? end : chip->info.size;
	rc = flash_map_scan(chip, (uint32_t)end, false, &map, flash_show_progress, &bar, error);
	progress_end(&bar);
	for (size_t i = 0; rc == 0 && !lost && i < plan->count; i++)
		lost = flash_map_loss(&map, plan->segments[i].address, plan->segments[i].size);
	if (lost) {
		rc = fail(error, KPU_ERR_PARAM, "at %#x lies something else: %s, %u bytes",
			  lost->address, lost->text, lost->size);
		snprintf(error->next_step, sizeof(error->next_step),
			 "save it with `kpuctl flash read`, then use --force");
	}
	flash_map_free(&map);
	return rc;
}

/* The plan holds this already. */
static bool is_there(const struct flash_chip *chip, const struct flash_plan *plan)
{
	struct kpu_error error;
	uint32_t crc;

	for (size_t i = 0; i < plan->count; i++) {
		const struct flash_segment *segment = &plan->segments[i];

		if (chip->check(chip->context, segment->address, segment->size, &crc, &error) < 0 ||
		    crc != flash_data_crc(segment->data, segment->size))
			return false;
	}
	return true;
}

static int execute(const struct flash_chip *chip, const struct flash_plan *plan, const char *path)
{
	struct progress_bar bar = { 0 };
	struct kpu_error error;
	uint64_t changed = 0;
	int rc = flash_plan_execute(plan, chip, &changed, flash_show_progress, &bar, &error);

	progress_end(&bar);
	if (rc < 0) {
		report_error(&error);
		complain("the write is half done\n"
			 "        `kpuctl flash resume` finishes it");
		return rc == -KPU_ERR_TIMEOUT ? EXIT_TIMEOUT : EXIT_FAILED;
	}
	flash_journal_remove(path);
	for (size_t i = 0; i < plan->count; i++)
		printf("0x%06x   %9u bytes  %s\n", plan->segments[i].address,
		       plan->segments[i].size, plan->segments[i].name);
	printf("%" PRIu64 " of %" PRIu64 " bytes had to be written; all of them compared\n",
	       changed, flash_plan_bytes(plan));
	return EXIT_OK;
}

int flash_write_plan(const struct flash_chip *chip, struct flash_plan *plan, bool force)
{
	struct kpu_error error;
	char path[PATH_MAX];
	int rc = 0;

	if (!force && !is_there(chip, plan))
		rc = check_loss(chip, plan, &error);
	if (rc == 0)
		rc = flash_plan_complete(plan, chip, &error);
	if (rc == 0 && !flash_journal_path(&chip->info, path, sizeof(path)))
		rc = fail(&error, KPU_ERR_PARAM,
			  "there is no folder for the journal of the write: set HOME or "
			  "XDG_STATE_HOME");
	if (rc == 0)
		rc = flash_journal_save(path, plan, &error);
	return rc < 0 ? report_error(&error) : execute(chip, plan, path);
}

/* Opens the chip; something else is waiting to be finished first: refused. */
static int open_for_writing(struct kpu_device *device, struct flash_chip *chip)
{
	struct kpu_error error;

	if (flash_chip_open(device, chip, &error) < 0)
		return report_error(&error);
	flash_catch_interrupt();
	return flash_write_pending(chip) ? EXIT_FAILED : EXIT_OK;
}

static uint8_t *read_whole(const char *path, size_t most, size_t *size, struct kpu_error *error)
{
	uint8_t *data = malloc(most + 1);
	FILE *file = fopen(path, "rb");

	*size = 0;
	if (data && file)
		*size = fread(data, 1, most + 1, file);
	if (file)
		fclose(file);
	if (*size && *size <= most)
		return data;
	fail(error, KPU_ERR_READ_FILE, "%s: cannot be read, is empty or has more than %zu bytes",
	     path, most);
	free(data);
	return NULL;
}

int flash_action_write(const struct flash_request *request, struct kpu_device *device)
{
	struct flash_plan plan = { 0 };
	struct flash_chip chip;
	struct kpu_error error;
	size_t size;
	uint8_t *data;
	int status = open_for_writing(device, &chip);

	if (status)
		return status;
	data = read_whole(request->path, chip.info.size, &size, &error);
	if (!data || flash_plan_add(&plan, request->address, data, size, request->path, &error) < 0)
		status = report_error(&error);
	else
		status = flash_write_plan(&chip, &plan, request->force);
	free(data);
	flash_plan_free(&plan);
	return status;
}

static int plan_erasure(const struct flash_request *request, const struct flash_chip *chip,
			struct flash_plan *plan, struct kpu_error *error)
{
	uint32_t sector = chip->info.erase_bytes, address = request->address;
	uint8_t *blank;
	int rc;

	if (request->size == 0 || address % sector || request->size % sector ||
	    address >= chip->info.size || request->size > chip->info.size - address)
		return fail(error, KPU_ERR_PARAM,
			    "whole sectors of %u bytes inside the %u bytes of the flash can be "
			    "erased; %#x and %u are none",
			    sector, chip->info.size, address, request->size);
	blank = malloc(request->size);
	if (!blank)
		return fail(error, KPU_ERR_HOST_MEMORY, "no memory for %u bytes", request->size);
	memset(blank, 0xff, request->size);
	rc = flash_plan_add(plan, address, blank, request->size, "erased", error);
	free(blank);
	return rc;
}

int flash_action_erase(const struct flash_request *request, struct kpu_device *device)
{
	struct flash_plan plan = { 0 };
	struct flash_chip chip;
	struct kpu_error error;
	int status = open_for_writing(device, &chip);

	if (status)
		return status;
	if (plan_erasure(request, &chip, &plan, &error) < 0)
		status = report_error(&error);
	else
		status = flash_write_plan(&chip, &plan, request->force);
	flash_plan_free(&plan);
	return status;
}

static void reverse_words(uint8_t *data, size_t size)
{
	for (size_t i = 0; i + 4 <= size; i += 4) {
		uint8_t first = data[i], second = data[i + 1];

		data[i] = data[i + 3];
		data[i + 1] = data[i + 2];
		data[i + 2] = second;
		data[i + 3] = first;
	}
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
		reverse_words(data, size);
	if (member->sha256_prefix) {
		image = firmware_image_make(data, size, &size);
		free(data);
		data = image;
	}
	rc = data ? flash_plan_add(plan, member->address, data, size, member->name, error)
		  : fail(error, KPU_ERR_SIZE_NOTMATCH, "%s is no program of at most 6 MiB",
			 member->name);
	free(data);
	return rc;
}

static int plan_package(const char *path, struct flash_plan *plan, struct kpu_error *error)
{
	struct package *package = NULL;
	size_t size;
	uint8_t *data = read_whole(path, PACKAGE_BYTES_MAX, &size, error);
	int rc = data ? package_open(data, size, &package, error) : -error->code;

	for (size_t i = 0; rc == 0 && i < package_count(package); i++)
		rc = add_member(package, i, plan, error);
	package_close(package);
	free(data);
	return rc;
}

int flash_action_package(const struct flash_request *request, struct kpu_device *device)
{
	struct flash_plan plan = { 0 };
	struct flash_chip chip;
	struct kpu_error error;
	int status = open_for_writing(device, &chip);

	if (status)
		return status;
	if (plan_package(request->path, &plan, &error) < 0)
		status = report_error(&error);
	else
		status = flash_write_plan(&chip, &plan, request->force);
	flash_plan_free(&plan);
	return status;
}

/* The firmware beside this program: in the build folder and where it is installed. */
static bool own_firmware(char *path, size_t size)
{
	static const char *const places[] = { "../firmware", "../share/kpu" };
	char program[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);
	char *slash;

	if (length <= 0)
		return false;
	program[length] = 0;
	slash = strrchr(program, '/');
	if (!slash)
		return false;
	*slash = 0;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (snprintf(path, size, "%s/%s/kpu-firmware.bin", program, places[i]) <
			    (int)size &&
		    access(path, R_OK) == 0)
			return true;
	}
	return false;
}

static int plan_firmware(const char *path, const struct flash_chip *chip, struct flash_plan *plan,
			 struct kpu_error *error)
{
	uint8_t *program, *image;
	char found[2 * PATH_MAX];
	size_t size;
	int rc;

	if (!path && !own_firmware(found, sizeof(found)))
		return fail(error, KPU_ERR_READ_FILE,
			    "kpu-firmware.bin is not beside kpuctl: name the file");
	path = path ? path : found;
	program = read_whole(path, chip->info.size, &size, error);
	if (!program)
		return -error->code;
	/* Whoever names the image that has header and digest already means the same. */
	image = firmware_image_good(program, size) ? program
						   : firmware_image_make(program, size, &size);
	rc = image ? flash_plan_add(plan, 0, image, size, path, error)
		   : fail(error, KPU_ERR_SIZE_NOTMATCH, "%s is no program of at most 6 MiB", path);
	if (image != program)
		free(image);
	free(program);
	return rc;
}

int flash_action_firmware(const struct flash_request *request, struct kpu_device *device)
{
	struct flash_plan plan = { 0 };
	struct flash_chip chip;
	struct kpu_error error;
	int status = open_for_writing(device, &chip);

	if (status)
		return status;
	if (plan_firmware(request->path, &chip, &plan, &error) < 0)
		status = report_error(&error);
	else
		status = flash_write_plan(&chip, &plan, request->force);
	flash_plan_free(&plan);
	return status;
}

int flash_action_resume(const struct flash_request *request, struct kpu_device *device)
{
	struct flash_plan plan = { 0 };
	struct flash_chip chip;
	struct kpu_error error;
	char path[PATH_MAX];
	int status;

	if (flash_chip_open(device, &chip, &error) < 0)
		return report_error(&error);
	if (!flash_journal_path(&chip.info, path, sizeof(path)) || !flash_journal_exists(path)) {
		printf("no write to this flash was interrupted\n");
		return EXIT_OK;
	}
	if (request->discard) {
		flash_journal_remove(path);
		printf("forgotten; `kpuctl flash info` shows what the flash holds now\n");
		return EXIT_OK;
	}
	if (flash_journal_load(path, &plan, &error) < 0)
		return report_error(&error);
	flash_catch_interrupt();
	status = execute(&chip, &plan, path);
	flash_plan_free(&plan);
	return status;
}
