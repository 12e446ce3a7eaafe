/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* What `kpuctl flash` can do, one function each; they print and return an exit code. */
#ifndef KPUCTL_FLASH_ACTIONS_H
#define KPUCTL_FLASH_ACTIONS_H

#include "utils/kpuctl/flash/chip.h"
#include "utils/kpuctl/flash/plan.h"
#include "utils/kpuctl/progress.h"

struct flash_request {
	uint32_t address, size;
	const char *path;   /* file to write; NULL: the firmware that is installed; pins to write */
	const char *output; /* of read */
	bool force, verify, discard, json;
};

int flash_action_info(const struct flash_request *request, struct kpu_device *device);
int flash_action_read(const struct flash_request *request, struct kpu_device *device);
int flash_action_write(const struct flash_request *request, struct kpu_device *device);
int flash_action_erase(const struct flash_request *request, struct kpu_device *device);
int flash_action_package(const struct flash_request *request, struct kpu_device *device);
int flash_action_firmware(const struct flash_request *request, struct kpu_device *device);
int flash_action_pins(const struct flash_request *request, struct kpu_device *device);
int flash_action_resume(const struct flash_request *request, struct kpu_device *device);

/* --- shared by them --- */

/* A progress function for a struct progress_bar; ends the work when the user presses Ctrl-C. */
bool flash_show_progress(void *context, const char *what, uint64_t done, uint64_t total);
/* From here on Ctrl-C ends the work between two steps instead of the program. */
void flash_catch_interrupt(void);
/* An interrupted write of the chip is waiting for `resume`, or one is under way: says so. */
bool flash_write_pending(const struct flash_chip *chip);
/* What shall be in the flash: adds to an empty plan. */
typedef int (*flash_planner)(const struct flash_request *request, const struct flash_chip *chip,
			     struct flash_plan *plan, struct kpu_error *error);
/* From the chip's opening to the last comparison. */
int flash_change(const struct flash_request *request, struct kpu_device *device,
		 flash_planner make);
/* As report_error(), but numbers outside of the chip are wrong usage. */
int flash_report(const struct kpu_error *error);
/* Everything from the look at what would be lost (not with @force) to the last comparison, with the
 * journal; prints what it did. */
int flash_write_plan(const struct flash_chip *chip, struct flash_plan *plan, bool force,
		     bool erases);

#endif
