/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef K210_EMU_DEVICES_SHA256_H
#define K210_EMU_DEVICES_SHA256_H

#include <stdbool.h>

struct board;

bool sha256_create(struct board *board);

#endif
