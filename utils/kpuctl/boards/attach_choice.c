/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/kpuctl/boards/attach_choice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utils/kpuctl/failure.h"
#include "utils/kpuctl/boards/kernel_device.h"

/* Why boards were passed over, for the message when none is left. */
struct passed_over {
	size_t ignored, taken, without_port;
	struct port_holder holder; /* of one of them */
	char tty[40];
	char device[24];
};

static bool is_free(const char *root, struct attach_candidate *candidate,
		    struct passed_over *passed)
{
	struct kernel_device devices[KERNEL_DEVICES_MAX];
	size_t count = read_kernel_devices(root, devices);
	const struct kernel_device *device =
		kernel_device_of_tty(devices, count, candidate->board.tty);
	struct port_holders holders;

	find_port_holders(root, candidate->tty, &holders);
	if (!device && !holders.count)
		return true;
	passed->taken++;
	strcpy(passed->tty, candidate->tty);
	snprintf(passed->device, sizeof(passed->device), "%s", device ? device->name : "");
	if (holders.count)
		passed->holder = holders.holders[0];
	return false;
}

static bool is_candidate(const char *root, const struct attach_config *config,
			 const struct found_board *board, struct attach_candidate *candidate,
			 struct passed_over *passed)
{
	candidate->board = *board;
	candidate->decision = attach_config_decide(config, board);
	snprintf(candidate->tty, sizeof(candidate->tty), "/dev/%s", board->tty);
	if (!*board->tty) {
		passed->without_port++;
		return false;
	}
	if (!candidate->decision.attach) {
		passed->ignored++;
		return false;
	}
	return is_free(root, candidate, passed);
}

static int none_left(const struct passed_over *passed, const char *config, struct kpu_error *error)
{
	int rc;

	if (passed->taken && *passed->device)
		rc = fail(error, KPU_ERR_BUSY, "%s is /dev/%s already", passed->tty,
			  passed->device);
	else if (passed->taken)
		rc = fail(error, KPU_ERR_BUSY, "%s is in use by %s (process %ld)", passed->tty,
			  passed->holder.name, passed->holder.process);
	else if (passed->ignored)
		rc = fail(error, KPU_ERR_NO_DEVICE, "the only boards found are ignored by %.100s",
			  config);
	else if (passed->without_port)
		rc = fail(error, KPU_ERR_NO_DEVICE,
			  "there is a board, but the kernel has made no serial port for it");
	else
		rc = fail(error, KPU_ERR_NO_DEVICE, "no board found on USB");
	if (!passed->taken)
		snprintf(error->next_step, sizeof(error->next_step),
			 passed->ignored ? "name the port: kpuctl attach /dev/ttyUSB0"
					 : "kpuctl doctor looks for what is missing");
	return rc;
}

static int choose(const char *root, const char *path, const struct attach_config *config,
		  const struct found_boards *found, struct attach_candidates *candidates,
		  struct kpu_error *error)
{
	struct passed_over passed = { 0 };

	candidates->list = calloc(found->count + 1, sizeof(*candidates->list));
	if (!candidates->list)
		return fail(error, KPU_ERR_HOST_MEMORY, "no memory for the list of ports");
	for (int generic = 0; generic < 2; generic++) {
		for (size_t i = 0; i < found->count; i++) {
			if (found->boards[i].board->is_generic == generic &&
			    is_candidate(root, config, &found->boards[i],
					 &candidates->list[candidates->count], &passed))
				candidates->count++;
		}
	}
	return candidates->count ? 0 : none_left(&passed, path, error);
}

int attach_candidates(const char *root, const char *config, struct attach_candidates *candidates,
		      struct kpu_error *error)
{
	struct attach_config rules;
	struct found_boards found;
	int rc;

	*candidates = (struct attach_candidates){ 0 };
	rc = attach_config_read(config, &rules, error);
	if (rc < 0)
		return rc;
	rc = find_boards(root, &found, error);
	if (rc == 0) {
		rc = choose(root, config, &rules, &found, candidates, error);
		free_boards(&found);
	}
	attach_config_free(&rules);
	if (rc < 0) {
		free(candidates->list);
		*candidates = (struct attach_candidates){ 0 };
	}
	return rc;
}

int attach_is_wanted(const char *root, const char *config, const char *tty,
		     struct attach_decision *decision, struct kpu_error *error)
{
	const struct found_board *board;
	struct attach_config rules;
	struct found_boards found;
	int rc;

	*decision = (struct attach_decision){ .attach = true };
	rc = attach_config_read(config, &rules, error);
	if (rc < 0)
		return rc;
	rc = find_boards(root, &found, error);
	if (rc == 0) {
		board = board_of_tty(&found, tty);
		if (board)
			*decision = attach_config_decide(&rules, board);
		rc = decision->attach;
		free_boards(&found);
	}
	attach_config_free(&rules);
	return rc;
}
