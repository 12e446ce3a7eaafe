/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef K210_EMU_FACES_SPI_H
#define K210_EMU_FACES_SPI_H

#include "utils/k210-emu/faces/face.h"
#include "utils/k210-emu/spi_wires.h"

struct spi_face_options {
	const char *address; /* "unix:PATH", "HOST:PORT" or "fd:N" */
	struct spi_pins pins;
	struct spi_faults faults;
};

/* NULL with a sentence in *problem. */
struct face *spi_face_new(struct board *board, const struct spi_face_options *options, bool keep,
			  const char **problem);
/* "ADDRESS[,sclk=IO,cs=IO,mosi=IO,miso=IO,sense=IO,ready=IO][,flip=N,edge=N,glitch=N,seed=N]";
 * @text is cut into pieces. False: it makes no sense. */
bool spi_face_parse(struct spi_face_options *options, char *text);

#endif
