/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The pins of a board on an SPI bus, as users write them: sclk=27,cs=29,mosi=28,... */
#ifndef KPUCTL_PINS_TEXT_H
#define KPUCTL_PINS_TEXT_H

#include <kpu.h>

#include "link/board_record.h"

#define PINS_TEXT_BYTES 96u

/*
 * Reads "sclk=IO,cs=IO,mosi=IO,miso=IO,sense=IO,ready=IO" in any order, "data=IO" in place of both
 * data pins, or "off". 0, or a negative error that names what is wrong.
 */
int pins_parse(const char *text, struct kpu_spi_pins *pins, struct kpu_error *error);
/* The same the other way round. */
void pins_print(const struct kpu_spi_pins *pins, char text[PINS_TEXT_BYTES]);
/* Why a record is not followed, for a sentence; NULL: it is, or there is none. */
const char *pins_record_fault(enum kpu_board_record_state state);

#endif
