/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* What the files of the host's end of the exchange share; nobody else includes this. */
#ifndef KPU_LINK_HOST_SPI_PRIVATE_H
#define KPU_LINK_HOST_SPI_PRIVATE_H

#include "link/host_spi.h"

enum {
	KPU_SPI_STATE_IDLE,  /* the next frame is ours, when ready is high */
	KPU_SPI_STATE_ASKED, /* the next one is the board's, when ready is low */
};

/* host_spi_clock.c: choice of the clock */
void kpu_spi_tuning_begin(struct kpu_spi_host *spi);
size_t kpu_spi_tuning_body(struct kpu_spi_host *spi, uint8_t *body, size_t room);
/* The answer to a pattern; @header NULL: it was not intact. */
void kpu_spi_tuning_result(struct kpu_spi_host *spi, const struct kpu_spi_header *header);
/* An exchange failed. Too many in a row lower the clock. */
void kpu_spi_trouble(struct kpu_spi_host *spi);
/* An exchange went well. Very many in a row are a reason to try the next clock again. */
void kpu_spi_no_trouble(struct kpu_spi_host *spi);

#endif
