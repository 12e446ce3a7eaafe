/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/kpuctl/models/board_model.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "utils/kpuctl/failure.h"
#include "utils/kpuctl/flash/model.h"
#include "utils/kpuctl/models/model_file.h"
#include "utils/kpuctl/progress.h"

static bool can_be_read(const char *path)
{
	return !strcmp(path, "-") || access(path, R_OK) == 0;
}

/* Those that are in order are looked at, whatever the others are. */
static int look_for_inputs(char *const *inputs, int count)
{
	struct kpu_error error;
	int status = EXIT_OK;

	for (int i = 0; i < count; i++) {
		if (can_be_read(inputs[i]))
			return EXIT_OK;
	}
	for (int i = 0; i < count; i++) {
		if (can_be_read(inputs[i]))
			continue;
		fail(&error, KPU_ERR_READ_FILE, "cannot open %s: %s", inputs[i], strerror(errno));
		status = report_error(&error);
	}
	return status;
}

int board_model_open(struct board_model *model, const char *path, char *const *inputs, int count)
{
	struct kpu_error error;
	int status;

	memset(model, 0, sizeof(*model));
	model->path = path;
	if (!model_is_in_flash(path)) {
		if (open_network(path, &model->file, &error) < 0)
			return report_error(&error);
		return EXIT_OK;
	}
	status = look_for_inputs(inputs, count);
	return status ? status : board_model_load(model);
}

const struct kpu_network *board_model_network(const struct board_model *model)
{
	return model->file ? model->file : kpu_model_network(model->on_board);
}

int board_model_has(const struct board_model *model, enum kpu_target_kind kind, uint32_t index)
{
	bool is_layer = kind == KPU_TARGET_LAYER;
	struct kpu_network_info info;
	struct kpu_error error;
	uint32_t count;

	kpu_network_info(board_model_network(model), &info);
	count = is_layer ? info.layers : info.outputs;
	if (index < count)
		return EXIT_OK;
	fail(&error, KPU_ERR_IDX_OUTRANGE, "%s %u of %u", is_layer ? "layer" : "output", index,
	     count);
	return report_error(&error);
}

int board_model_load(struct board_model *model)
{
	int *status = &model->load_status;

	if (model->on_board || *status)
		return *status;
	model->device = open_device(status);
	if (model->device && model->file)
		model->on_board = load_network(model->device, model->file, status);
	else if (model->device)
		model->on_board = load_flash_model(model->device, model->path, status);
	return *status;
}

bool board_model_goes_on(const struct board_model *model, int got, int *status)
{
	bool goes_on = model->load_status == EXIT_OK && (got == EXIT_OK || got == EXIT_BAD_FILE);

	if (!goes_on || *status == EXIT_OK)
		*status = got;
	return goes_on;
}

void board_model_close(struct board_model *model)
{
	kpu_model_free(model->on_board);
	kpu_close(model->device);
	kpu_network_free(model->file);
	memset(model, 0, sizeof(*model));
}
