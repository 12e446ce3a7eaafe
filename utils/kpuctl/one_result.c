/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/kpuctl/one_result.h"

#include "utils/kpuctl/command.h"
#include "utils/kpuctl/input.h"
#include "utils/kpuctl/models/board_model.h"
#include "utils/kpuctl/output_file.h"

static int run_model(struct board_model *model, const struct input *input,
		     const struct one_result *wanted)
{
	struct kpu_run_options options = { .targets = &wanted->target, .target_count = 1 };
	struct kpu_result *result;
	struct kpu_tensor tensor;
	int status = board_model_load(model);

	if (status)
		return status;
	if (kpu_forward_targets(model->on_board, input->data, input->size, &options, &result) < 0)
		return report_last_error(model->device);
	kpu_result_tensor(result, 0, &tensor);
	status = wanted->use(&tensor, wanted->request);
	kpu_result_free(result);
	return status;
}

static int run_input(struct board_model *model, const char *path, const struct one_result *wanted)
{
	int status = board_model_has(model, wanted->target.kind, wanted->target.index);
	struct input input;

	if (status == EXIT_OK)
		status = input_read(path, board_model_network(model), wanted->resize, &input);
	if (status)
		return status;
	status = run_model(model, &input, wanted);
	input_free(&input);
	return status;
}

int run_for_one_result(char **arguments, const struct one_result *wanted)
{
	struct board_model model;
	int status;

	if (output_is_input(wanted->out, (const char **)arguments, 2))
		return EXIT_USAGE;
	status = output_check(wanted->out);
	if (status)
		return status;
	status = board_model_open(&model, arguments[0], arguments + 1, 1);
	if (status == EXIT_OK)
		status = run_input(&model, arguments[1], wanted);
	board_model_close(&model);
	return status;
}
