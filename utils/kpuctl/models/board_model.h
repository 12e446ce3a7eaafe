/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef KPUCTL_BOARD_MODEL_H
#define KPUCTL_BOARD_MODEL_H

#include "utils/kpuctl/command.h"

/*
 * A model that a command runs. What its file tells is known before a board is asked for anything;
 * the board gets the model when there is something to run it on. Sending it takes seconds, which a
 * mistyped name of a picture is not to cost.
 */
struct board_model {
	const char *path;
	struct kpu_network *file;   /* NULL: it lies in the board's flash */
	struct kpu_device *device;  /* NULL until it is needed */
	struct kpu_model *on_board; /* NULL until it is needed */
	int load_status;            /* exit code; that it cannot be loaded is found and told once */
};

/*
 * Opens a model or a package (models/model_file.h), or loads one that lies in the flash
 * (flash/model.h), whose shape only the board knows; that only if one of its inputs can be opened.
 * Returns an exit code, the message has been printed. To be closed in any case.
 */
int board_model_open(struct board_model *model, const char *path, char *const *inputs, int count);
/* Its shape; belongs to it. */
const struct kpu_network *board_model_network(const struct board_model *model);
/* Whether it has that output or layer. Exit code as above. */
int board_model_has(const struct board_model *model, enum kpu_target_kind kind, uint32_t index);
/* Opens the device and loads the model, unless that has been tried before. Exit code as above. */
int board_model_load(struct board_model *model);
/*
 * After one of several inputs came to @got: whether it makes sense to go on with the others, as it
 * does when just its file was bad. *@status, EXIT_OK at first, sums up; what ends the work counts
 * most.
 */
bool board_model_goes_on(const struct board_model *model, int got, int *status);
void board_model_close(struct board_model *model);

#endif
