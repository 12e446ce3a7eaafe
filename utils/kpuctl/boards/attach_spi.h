/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* A board on an SPI bus to one /dev/kpuN, by the module kpu_spi_board. docs/spi.md */
#ifndef KPUCTL_ATTACH_SPI_H
#define KPUCTL_ATTACH_SPI_H

#include <stdint.h>

#include "utils/kpuctl/boards/gpio_line.h"

enum spi_line {
	SPI_LINE_READY,
	SPI_LINE_RESET,
	SPI_LINE_BOOT,
	SPI_LINES,
};

struct spi_place {
	unsigned bus, chip_select;
	uint32_t speed; /* Hz; 0: the module's choice */
	bool one_wire;
	bool has_line[SPI_LINES];
	struct gpio_line lines[SPI_LINES];
};

/* Is this "spi:..." at all? */
bool is_spi_place(const char *text);
/* "spi:1.0[,ready=CHIP:LINE][,reset=...][,boot=...][,speed=HZ][,one-wire]". 0 or a negative
 * error. */
int spi_place_parse(struct spi_place *place, const char *text, struct kpu_error *error);

/* Both return exit codes, @root as in system_file.h. Attaching needs a ready line; the board stays
 * attached, its device has been printed. A board that does not answer is taken off again. */
int attach_spi(const struct spi_place *place, const char *root);
int detach_spi(const struct spi_place *place, const char *root);

#endif
