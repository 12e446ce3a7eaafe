/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef KPUCTL_FEATURES_H
#define KPUCTL_FEATURES_H

#include "utils/kpuctl/input.h"

/*
 * Runs a model on a picture, or the part of it that @crop names, and hands out its output number
 * @output, which holds floats; to be freed. Returns an exit code, the message has been printed.
 */
int picture_features(struct kpu_device *device, struct kpu_model *model, const char *picture,
		     const struct crop *crop, enum kpu_resize rule, uint32_t output,
		     float **features, uint32_t *length);
/* The same as packed vector of a face, whose features are first brought to length 1. */
int picture_face(struct kpu_device *device, struct kpu_model *model, const char *picture,
		 const struct crop *crop, enum kpu_resize rule, int8_t **vector, uint32_t *length);

#endif
