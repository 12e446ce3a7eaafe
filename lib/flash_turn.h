/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The board has one flash and works on one command for it at a time; its chip takes up to two
 * seconds for some of its work and answers nothing else meanwhile, not even after a reset of the
 * board. So BUSY mostly means: in a moment.
 */
#ifndef KPU_LIB_FLASH_TURN_H
#define KPU_LIB_FLASH_TURN_H

#include <stdbool.h>
#include <stdint.h>

struct kpu_error;

/* For what a model that runs from the flash does not hinder. */
#define KPU_FLASH_TURN_MS 5000u
/* A model may have the flash for hours: only other commands are waited for, and the layer at which
 * the run of a client ends that has gone. */
#define KPU_FLASH_CHANGE_TURN_MS 2500u

struct kpu_flash_turn {
	uint64_t deadline; /* ms; 0: it has not been busy yet */
};

/* @rc is BUSY, and some time has passed since: worth another try, for @limit_ms in all. */
bool kpu_flash_turn_again(struct kpu_flash_turn *turn, int rc, uint32_t limit_ms);

/* The general sentences of BUSY and IO do not fit here. Returns @rc. */
int kpu_flash_explain(int rc, uint32_t address, struct kpu_error *error);

#endif
