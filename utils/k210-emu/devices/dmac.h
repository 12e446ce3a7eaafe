/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef K210_EMU_DEVICES_DMAC_H
#define K210_EMU_DEVICES_DMAC_H

#include <stdbool.h>

struct board;
struct dmac;

bool dmac_create(struct board *board);

/* A peer's request line may have changed: channels that wait for it look again. */
void dmac_request_changed(struct dmac *dmac, unsigned request);

#endif
