/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Writing to the flash, and finishing what was interrupted. */
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utils/kpuctl/failure.h"
#include "utils/kpuctl/flash/actions.h"
#include "utils/kpuctl/flash/journal.h"
#include "utils/kpuctl/flash/map.h"

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
	if (flash_journal_held(path))
		note("note: another kpuctl is writing to this flash now");
	else
		note("note: an earlier write to this flash%s was interrupted, part of it is half "
		     "done\n"
		     "        `kpuctl flash resume` finishes it, `kpuctl flash resume --discard` "
		     "forgets it",
		     chip->info.unique_id ? ""
					  : ", or to that of another board (the chip has no id of "
					    "its own),");
	return true;
}

int flash_report(const struct kpu_error *error)
{
	int status = report_error(error);

	/* Numbers that the user has typed. */
	return error->code == KPU_ERR_PARAM ? EXIT_USAGE : status;
}

static int refuse_loss(const struct flash_region *lost, struct kpu_error *error)
{
	fail(error, KPU_ERR_PARAM, "at %#x lies something else: %s, %u bytes", lost->address,
	     lost->text, lost->size);
	snprintf(error->next_step, sizeof(error->next_step),
		 "save it with `kpuctl flash read %#x %u -o FILE`, then use --force", lost->address,
		 lost->size);
	return -error->code;
}

/* Half a model is none. */
static int refuse_half(const struct flash_region *region, const struct flash_chip *chip,
		       struct kpu_error *error)
{
	uint32_t sector = chip->info.erase_bytes;

	fail(error, KPU_ERR_PARAM,
	     "at %#x lies %s of %u bytes, of which only a part would be erased", region->address,
	     region->text, region->size);
	snprintf(error->next_step, sizeof(error->next_step),
		 "`kpuctl flash erase %#x %u` erases all of it; --force does what was asked for",
		 region->address, (region->size + sector - 1) / sector * sector);
	return -error->code;
}

/* What is left behind a shorter successor would be unknown data from then on. */
static int add_rest(struct flash_plan *plan, const struct flash_region *former, uint32_t sector,
		    uint32_t end, struct kpu_error *error)
{
	uint32_t start = (end + sector - 1) / sector * sector;
	uint32_t behind = former->address + former->size;
	uint32_t size = start < behind ? behind - start : 0;
	char name[FLASH_NAME_BYTES];
	uint8_t *blank = malloc(size);
	int rc;

	if (!size) {
		free(blank);
		return 0;
	}
	if (!blank)
		return fail(error, KPU_ERR_HOST_MEMORY, "no memory for %u bytes", size);
	memset(blank, 0xff, size);
	snprintf(name, sizeof(name), "erased, the rest of %.43s", former->text);
	rc = flash_plan_add(plan, start, blank, size, name, error);
	free(blank);
	return rc;
}

/* @map shows what is replaced and what would be lost. */
static int check_map(const struct flash_map *map, const struct flash_chip *chip,
		     struct flash_plan *plan, bool erases, struct kpu_error *error)
{
	size_t count = plan->count;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < count; i++) {
		const struct flash_segment *segment = &plan->segments[i];
		uint32_t end = segment->address + segment->size;
		const struct flash_region *region =
			flash_map_loss(map, segment->address, segment->size);

		if (region)
			return refuse_loss(region, error);
		region = flash_map_at(map, segment->address);
		if (!region || region->address + region->size <= end)
			continue;
		rc = erases ? refuse_half(region, chip, error)
			    : add_rest(plan, region, chip->info.erase_bytes, end, error);
	}
	return rc;
}

/* Looks at what the plan meets, before it is rounded to sectors; 0 = nothing is lost. */
static int check_loss(const struct flash_chip *chip, struct flash_plan *plan, bool erases,
		      struct kpu_error *error)
{
	struct progress_bar bar = { 0 };
	struct flash_map map;
	uint64_t end = 0;
	int rc;

	for (size_t i = 0; i < plan->count; i++) {
		uint64_t behind = (uint64_t)plan->segments[i].address + plan->segments[i].size;

		end = behind > end ? behind : end;
	}
	/* What reaches further is refused when the plan is completed. */
	if (end > chip->info.size)
		return 0;
	rc = flash_map_scan(chip, (uint32_t)end, false, &map, flash_show_progress, &bar, error);
	progress_end(&bar);
	if (rc == 0)
		rc = check_map(&map, chip, plan, erases, error);
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

static int execute(const struct flash_chip *chip, const struct flash_plan *plan, const char *path,
		   bool is_new)
{
	struct progress_bar bar = { 0 };
	struct kpu_error error;
	uint64_t changed = 0;
	int rc;

	if (!flash_journal_hold(path)) {
		complain("another kpuctl is writing to this flash now");
		return EXIT_NO_DEVICE;
	}
	rc = flash_plan_execute(plan, chip, &changed, flash_show_progress, &bar, &error);
	progress_end(&bar);
	if (rc < 0) {
		int status = report_error(&error);

		if (is_new && !changed) {
			flash_journal_remove(path);
			note("        nothing was written");
			return status;
		}
		complain("the write is half done\n"
			 "        `kpuctl flash resume` finishes it");
		return status;
	}
	flash_journal_remove(path);
	for (size_t i = 0; i < plan->count; i++)
		printf("0x%06x   %9u bytes  %s\n", plan->segments[i].asked_address,
		       plan->segments[i].asked, plan->segments[i].name);
	printf("%" PRIu64 " of %" PRIu64 " bytes had to be written; all of them compared\n",
	       changed, flash_plan_bytes(plan));
	return EXIT_OK;
}

int flash_write_plan(const struct flash_chip *chip, struct flash_plan *plan, bool force,
		     bool erases)
{
	struct progress_bar bar = { 0 };
	bool is_refused = false;
	struct kpu_error error;
	char path[PATH_MAX];
	int rc = 0;

	if (!force && !is_there(chip, plan)) {
		rc = check_loss(chip, plan, erases, &error);
		is_refused = rc < 0;
	}
	if (rc == 0)
		rc = flash_plan_complete(plan, chip, &error);
	if (rc == 0 && !flash_journal_path(&chip->info, path, sizeof(path))) {
		fail(&error, KPU_ERR_IO, "there is no folder for the journal of the write");
		snprintf(error.next_step, sizeof(error.next_step), "set HOME or XDG_STATE_HOME");
		rc = -KPU_ERR_IO;
	}
	if (rc == 0)
		rc = flash_plan_remember(plan, chip, flash_show_progress, &bar, &error);
	progress_end(&bar);
	if (rc == 0)
		rc = flash_journal_save(path, plan, &error);
	if (rc == 0)
		return execute(chip, plan, path, true);
	rc = is_refused ? report_error(&error) : flash_report(&error);
	note("        nothing was written");
	return rc;
}

/* What belongs to another board would destroy what this one holds. */
static bool is_for_this_chip(const struct flash_chip *chip, const struct flash_plan *plan)
{
	if (chip->info.unique_id)
		return true;
	complain("the interrupted write may be another board's: this chip has no id of its own");
	for (size_t i = 0; i < plan->count; i++)
		note("        0x%06x   %9u bytes  %s", plan->segments[i].address,
		     plan->segments[i].size, plan->segments[i].name);
	note("        nothing was written; on the right board `kpuctl flash resume --force` "
	     "finishes it,\n"
	     "        `kpuctl flash resume --discard` forgets it");
	return false;
}

/* Another user's kpuctl knows nothing of this journal, and other programs know of none. */
static bool is_as_left(const struct flash_chip *chip, const struct flash_plan *plan)
{
	struct progress_bar bar = { 0 };
	struct kpu_error error;
	uint32_t address = 0;
	bool is_so;
	int rc = flash_plan_was_left(plan, chip, &is_so, &address, flash_show_progress, &bar,
				     &error);

	progress_end(&bar);
	if (rc < 0) {
		report_error(&error);
		return false;
	}
	if (is_so)
		return true;
	complain(
		"somebody else has written to the flash since the interrupted write, which left it "
		"otherwise (seen at %#x)",
		address);
	note("        nothing was written; `kpuctl flash resume --force` finishes it all the "
	     "same,\n"
	     "        `kpuctl flash resume --discard` forgets it");
	return false;
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
	status = EXIT_FAILED;
	if (request->force || (is_for_this_chip(&chip, &plan) && is_as_left(&chip, &plan)))
		status = execute(&chip, &plan, path, false);
	flash_plan_free(&plan);
	return status;
}
