/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The line to a host on SPI: exchanges of link/spi_board.h through the slave SPI2. At first it only
 * listens, into a small buffer; when a host speaks and none holds the serial line, it takes over
 * the memory that the UART's rings were in, for as long as the board runs.
 */
#ifndef FIRMWARE_SPI_LINE_H
#define FIRMWARE_SPI_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "firmware_k210/server/server.h"
#include "link/board_record.h"
#include "link/spi_frame.h"

/* What it takes over: two buffers for frames and one for an answer, four packets each. */
#define SPI_LINE_BODY_BYTES  (4u * KPU_SPI_PACKET_BYTES(SERVER_PAYLOAD_BYTES))
#define SPI_LINE_FRAME_BYTES (KPU_SPI_HEADER_BYTES + SPI_LINE_BODY_BYTES + KPU_SPI_MARK_BYTES)
#define SPI_LINE_MEMORY      (2u * SPI_LINE_FRAME_BYTES + SPI_LINE_BODY_BYTES)

/* @memory: SPI_LINE_MEMORY bytes, uncached, 4-byte aligned; not touched again until
 * spi_line_take(). The pins are those of the flash's record, if there is a good one. */
void spi_line_init(uint8_t *memory);
/* What became of that record. */
enum kpu_board_record_state spi_line_record(void);
/* A host has spoken and waits for the board to take it. */
bool spi_line_wanted(void);
/* Another host holds the board: say so to the one here. */
void spi_line_refuse(bool refuse);
/* From here on SPI is the line. */
void spi_line_take(void);
bool spi_line_is_taken(void);
/* Packets in, packets out. True: something moved. */
bool spi_line_receive(struct server *server, uint64_t now);
bool spi_line_transmit(struct server *server, uint64_t now);
uint64_t spi_line_deadline(void);
/* Everything handed to it has been fetched by the host. */
bool spi_line_idle(void);
uint32_t spi_line_overruns(void);

#endif
