/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef K210_EMU_DEVICES_DVP_H
#define K210_EMU_DEVICES_DVP_H

#include <stdbool.h>
#include <stdint.h>

struct board;
struct camera;
struct dvp;

bool dvp_create(struct board *board);

/* Plugs a camera in before the board runs; it becomes the interface's own. */
void dvp_set_camera(struct dvp *dvp, struct camera *camera);
uint64_t dvp_frames(const struct dvp *dvp);

#endif
