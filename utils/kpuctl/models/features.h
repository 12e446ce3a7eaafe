/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef KPUCTL_FEATURES_H
#define KPUCTL_FEATURES_H

#include "utils/kpuctl/input.h"
#include "utils/kpuctl/models/board_model.h"

/*
 * Runs a model on the input that was made of @picture and hands out its output 0, which holds
 * floats, as packed vector of a face, whose features are first brought to length 1; to be freed.
 * Returns an exit code, the message has been printed.
 */
int picture_face(struct board_model *model, const char *picture, const struct input *input,
		 int8_t **vector, uint32_t *length);

#endif
