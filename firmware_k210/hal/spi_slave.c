/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Register settings after K210 standalone SDK lib/drivers/spi.c (spi_slave_*): receive-only with
 * the output disabled, or transmit-only, SPI mode 0. DMA moves single words as soon as the FIFO has
 * one, or room for one, so that none is left behind when a frame ends anywhere.
 */
#include "firmware_k210/hal/spi_slave.h"

#include "firmware_k210/hal/dmac.h"
#include "firmware_k210/hal/mmio.h"
#include "firmware_k210/hal/pins.h"
#include "k210/fpioa.h"
#include "k210/gpiohs.h"
#include "k210/memory_map.h"
#include "k210/spi.h"
#include "k210/sysctl.h"

#define SPI(offset)    (K210_SPI2_BASE + (uintptr_t)(offset))
#define GPIOHS(offset) (K210_GPIOHS_BASE + (uintptr_t)(offset))
#define SENSE          (1u << SPI_SLAVE_SENSE_GPIO)
#define READY          (1u << SPI_SLAVE_READY_GPIO)

/* DMA takes a word within some bus cycles; a FIFO that is not empty then never will be. */
#define DRAIN_POLLS 1000u

#define FRAMES_OF_32_BITS (31u << K210_SPI_CTRLR0_DFS_SHIFT)
#define DMA_RECEIVE       1u
#define DMA_TRANSMIT      2u
#define OVERFLOW          (1u << 3)
/* The transmit FIFO is refilled from here on. */
#define TRANSMIT_LEVEL 24u

#define INPUT(function)  ((function) | K210_FPIOA_IE | K210_FPIOA_SCHMITT)
#define OUTPUT(function) ((function) | (0xfu << K210_FPIOA_DRIVE_SHIFT) | K210_FPIOA_OE)

static struct kpu_spi_pins pins;
static void (*handler)(void);

static void restart(uint32_t control, uint32_t dma)
{
	mmio_write32(SPI(K210_SPI_SSIENR), 0);
	mmio_write32(SPI(K210_SPI_CTRLR0), control);
	mmio_write32(SPI(K210_SPI_DMACR), dma);
	(void)mmio_read32(SPI(K210_SPI_ICR));
	mmio_write32(SPI(K210_SPI_SSIENR), 1);
}

void spi_slave_init(const struct kpu_spi_pins *wanted, void (*chip_select_rose)(void))
{
	pins = *wanted;
	handler = chip_select_rose;
	mmio_write32(SPI(K210_SPI_SSIENR), 0);
	mmio_write32(SPI(K210_SPI_IMR), 0);
	mmio_write32(SPI(K210_SPI_DMARDLR), 0);
	mmio_write32(SPI(K210_SPI_DMATDLR), TRANSMIT_LEVEL);
	mmio_update32(GPIOHS(K210_GPIOHS_INPUT_EN), SENSE, SENSE);
	pins_route(pins.sclk, INPUT(K210_FUNCTION_SPI2_SCLK));
	pins_route(pins.cs, INPUT(K210_FUNCTION_SPI2_SS) | K210_FPIOA_PULL_UP);
	pins_route(pins.sense,
		   INPUT(K210_FUNCTION_GPIOHS0 + SPI_SLAVE_SENSE_GPIO) | K210_FPIOA_PULL_UP);
	pins_route(pins.ready, OUTPUT(K210_FUNCTION_GPIOHS0 + SPI_SLAVE_READY_GPIO));
	/* Not before: after a reset this GPIO is at IO47, the pixel clock that a camera drives. */
	spi_slave_set_ready(false);
	mmio_update32(GPIOHS(K210_GPIOHS_OUTPUT_EN), SENSE | READY, READY);
	mmio_write32(GPIOHS(K210_GPIOHS_RISE_IP), SENSE);
	mmio_update32(GPIOHS(K210_GPIOHS_RISE_IE), SENSE, SENSE);
}

/* The slave's one data function moves between the wires, and is at neither while the block changes
 * its direction: it would drive the wire that the host drives. */
static void route_data(unsigned pin)
{
	mmio_write32(K210_FPIOA_BASE + K210_FPIOA_IO(pin),
		     K210_FPIOA_SPI_DATA(K210_FUNCTION_SPI2_D0));
}

void spi_slave_receive(void *destination, uint32_t words)
{
	restart(FRAMES_OF_32_BITS | K210_SPI_TMOD_RX << K210_SPI_CTRLR0_TMOD_SHIFT |
			K210_SPI_CTRLR0_SLV_OE,
		DMA_RECEIVE);
	route_data(pins.mosi);
	dmac_start_from_device(SPI_SLAVE_DMA_CHANNEL, K210_DMA_REQ_SPI2_RX, SPI(K210_SPI_DR),
			       (uint32_t)(uintptr_t)destination, words, DMAC_WORDS);
}

bool spi_slave_stop_receive(void)
{
	bool lost;

	for (unsigned poll = 0; poll < DRAIN_POLLS; poll++)
		if (mmio_read32(SPI(K210_SPI_RXFLR)) == 0)
			break;
	lost = mmio_read32(SPI(K210_SPI_RISR)) & OVERFLOW;
	dmac_abort(SPI_SLAVE_DMA_CHANNEL);
	return lost;
}

void spi_slave_send(const uint8_t header[16], const void *body, uint32_t words)
{
	pins_release(pins.mosi);
	restart(FRAMES_OF_32_BITS | K210_SPI_TMOD_TX << K210_SPI_CTRLR0_TMOD_SHIFT, DMA_TRANSMIT);
	for (unsigned i = 0; i < 16; i += 4)
		mmio_write32(SPI(K210_SPI_DR), (uint32_t)header[i] | (uint32_t)header[i + 1] << 8 |
						       (uint32_t)header[i + 2] << 16 |
						       (uint32_t)header[i + 3] << 24);
	if (words)
		dmac_start_to_device(SPI_SLAVE_DMA_CHANNEL, K210_DMA_REQ_SPI2_TX,
				     (uint32_t)(uintptr_t)body, SPI(K210_SPI_DR), words);
	route_data(pins.miso);
}

void spi_slave_stop_send(void)
{
	dmac_abort(SPI_SLAVE_DMA_CHANNEL);
	pins_release(pins.miso);
}

void spi_slave_set_ready(bool level)
{
	mmio_update32(GPIOHS(K210_GPIOHS_OUTPUT_VAL), READY, level ? READY : 0);
}

bool spi_slave_selected(void)
{
	return !(mmio_read32(GPIOHS(K210_GPIOHS_INPUT_VAL)) & SENSE);
}

void spi_slave_interrupt(void)
{
	/* First: a rise that comes while the handler works is another interrupt. */
	mmio_write32(GPIOHS(K210_GPIOHS_RISE_IP), SENSE);
	handler();
}
