/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef K210_EMU_DEVICES_PLIC_H
#define K210_EMU_DEVICES_PLIC_H

#include <stdbool.h>

struct board;
struct plic;

bool plic_create(struct board *board);

/* Level of an interrupt source; devices use board_set_irq(). */
void plic_set_level(struct plic *plic, unsigned source, bool level);

#endif
