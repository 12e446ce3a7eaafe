/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef K210_EMU_DEVICES_KPU_H
#define K210_EMU_DEVICES_KPU_H

#include <stdbool.h>
#include <stdint.h>

struct board;
struct kpu;

bool kpu_create(struct board *board);

/* A layer is being computed: nothing else may touch the AI SRAM. */
bool kpu_is_computing(const struct kpu *kpu);

/* Layers finished since power-on, for tests and statistics. */
uint64_t kpu_layers_done(const struct kpu *kpu);

#endif
