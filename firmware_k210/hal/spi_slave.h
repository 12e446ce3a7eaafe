/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * SPI2, the slave: one data pin, so it either receives or sends. 32-bit frames, moved by DMA
 * between the FIFO and memory, which must be uncached. A second pin, a GPIO, sees chip select; its
 * rise is the interrupt.
 */
#ifndef FIRMWARE_HAL_SPI_SLAVE_H
#define FIRMWARE_HAL_SPI_SLAVE_H

#include <stdbool.h>
#include <stdint.h>

#include "link/board_record.h"

#define SPI_SLAVE_DMA_CHANNEL 4
/* GPIOs behind the pins `sense` and `ready`. */
#define SPI_SLAVE_SENSE_GPIO 30
#define SPI_SLAVE_READY_GPIO 31

/* Routes the pins; ready is low, nothing is armed. @chip_select_rose is called by the interrupt. */
void spi_slave_init(const struct kpu_spi_pins *pins, void (*chip_select_rose)(void));
/* Receives up to @words 32-bit words to @destination. */
void spi_slave_receive(void *destination, uint32_t words);
/* Ends that: what the FIFO holds goes to memory. True: words were lost. */
bool spi_slave_stop_receive(void);
/* Sends four words of @header, then @words from @body. */
void spi_slave_send(const uint8_t header[16], const void *body, uint32_t words);
void spi_slave_stop_send(void);

void spi_slave_set_ready(bool level);
bool spi_slave_selected(void);

void spi_slave_interrupt(void);

#endif
