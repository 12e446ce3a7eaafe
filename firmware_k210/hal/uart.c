/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * UART3, a DesignWare 16550 (K210 standalone SDK lib/drivers/uart.c). The programmable THRE mode is
 * left off, so LSR bit 5 has its usual meaning "transmit FIFO empty"; the shift register still
 * holds one byte then, long enough for the handler to refill the FIFO without a gap on the line.
 */
#include "firmware_k210/hal/uart.h"

#include "firmware_k210/hal/clocks.h"
#include "firmware_k210/hal/mmio.h"
#include "firmware_k210/hal/pins.h"
#include "k210/fpioa.h"
#include "k210/memory_map.h"
#include "k210/sysctl.h"
#include "k210/uart.h"

#define UART(offset) (K210_UART3_BASE + (uintptr_t)(offset))

/* Most causes served by one interrupt; a source that never falls silent must not hold the CPU. */
#define CAUSES_PER_INTERRUPT 16
/* Bytes in the receive FIFO that raise "data available": half of its 16. */
#define RECEIVE_TRIGGER 8u
#define FCR_RX_HALF     2u
/* For a start bit that has come between reset and divisor. */
#define SET_UP_TRIES 8u

struct ring {
	uint8_t *bytes;
	uint32_t size;
	volatile uint32_t head; /* next to write */
	volatile uint32_t tail; /* next to read; equal to head: empty */
};

static struct ring receive, transmit;
static uint32_t overruns;
static bool sending; /* transmit interrupt is on */

static uint32_t ring_next(const struct ring *ring, uint32_t position, uint32_t step)
{
	position += step;
	return position >= ring->size ? position - ring->size : position;
}

static uint32_t divisor_of(uint32_t baud)
{
	return (CLOCK_APB0_HZ + baud / 2) / baud;
}

uint32_t uart_nearest_rate(uint32_t baud)
{
	uint32_t divisor, rate, error;

	if (baud < 1200 || baud > CLOCK_APB0_HZ / 16)
		return 0;
	divisor = divisor_of(baud);
	rate = (CLOCK_APB0_HZ + divisor / 2) / divisor;
	error = rate > baud ? rate - baud : baud - rate;
	return error > baud / 1000 * 15 ? 0 : rate;
}

static void enable_interrupts(void)
{
	mmio_write32(UART(K210_UART_IER), K210_UART_IER_RX_DATA | K210_UART_IER_LINE |
						  (sending ? K210_UART_IER_TX_EMPTY : 0));
}

/*
 * A busy UART ignores what is written to LCR (k210/uart.h); the divisor would be sent then and the
 * interrupts be off for good. A host that is at another rate may send without a pause, so there is
 * no waiting for it: the block is reset. Without a divisor it hears nothing. Modem control and
 * RS485 are off then, too.
 */
void uart_set_rate(uint32_t baud)
{
	uint32_t divisor = divisor_of(baud), tries = SET_UP_TRIES;
	unsigned long state = interrupts_disable();

	do {
		clocks_reset(K210_PERI_UART3);
		mmio_write32(UART(K210_UART_LCR), K210_UART_LCR_8N1 | K210_UART_LCR_DLAB);
		mmio_write32(UART(K210_UART_DLF), divisor & 15);
		mmio_write32(UART(K210_UART_DLH), divisor >> 12);
		mmio_write32(UART(K210_UART_DLL), divisor >> 4 & 0xff);
		mmio_write32(UART(K210_UART_LCR), K210_UART_LCR_8N1);
	} while (mmio_read32(UART(K210_UART_LCR)) != K210_UART_LCR_8N1 && --tries);
	mmio_write32(UART(K210_UART_FCR), K210_UART_FCR_ENABLE |
						  0u << K210_UART_FCR_TX_EMPTY_SHIFT |
						  FCR_RX_HALF << K210_UART_FCR_RX_LEVEL_SHIFT);
	enable_interrupts();
	interrupts_restore(state);
}

void uart_init(uint32_t baud, uint8_t *receive_ring, size_t receive_size, uint8_t *transmit_ring,
	       size_t transmit_size)
{
	receive = (struct ring){ .bytes = receive_ring, .size = receive_size };
	transmit = (struct ring){ .bytes = transmit_ring, .size = transmit_size };
	overruns = 0;
	sending = false;
	/* Before the receiver listens: what is not connected may be low, which is a start bit. */
	pins_route(K210_PIN_CONSOLE_RX, K210_FPIOA_UART_RX(K210_FUNCTION_UART3_RX));
	pins_route(K210_PIN_CONSOLE_TX, K210_FPIOA_UART_TX(K210_FUNCTION_UART3_TX));
	uart_set_rate(baud);
}

void uart_stop(void)
{
	mmio_write32(UART(K210_UART_IER), 0);
	receive.tail = receive.head;
	transmit.tail = transmit.head;
	sending = false;
}

size_t uart_received(const uint8_t **bytes)
{
	uint32_t head = receive.head, tail = receive.tail;

	*bytes = receive.bytes + tail;
	return head >= tail ? head - tail : receive.size - tail;
}

void uart_receive_done(size_t count)
{
	receive.tail = ring_next(&receive, receive.tail, count);
}

size_t uart_transmit_room(uint8_t **bytes)
{
	uint32_t head = transmit.head, tail = transmit.tail;

	*bytes = transmit.bytes + head;
	if (tail > head)
		return tail - head - 1;
	return transmit.size - head - (tail == 0);
}

void uart_transmit(size_t count)
{
	unsigned long state = interrupts_disable();

	transmit.head = ring_next(&transmit, transmit.head, count);
	if (!sending) {
		sending = true;
		enable_interrupts();
	}
	interrupts_restore(state);
}

bool uart_transmit_idle(void)
{
	return transmit.head == transmit.tail &&
	       (mmio_read32(UART(K210_UART_LSR)) & K210_UART_LSR_TX_IDLE);
}

uint32_t uart_overruns(void)
{
	return overruns;
}

/* Reading clears the error bits, so every read goes through here. */
static uint32_t line_status(void)
{
	uint32_t status = mmio_read32(UART(K210_UART_LSR));

	if (status & K210_UART_LSR_OVERRUN)
		overruns++;
	return status;
}

static void receive_byte(uint8_t byte)
{
	uint32_t next = ring_next(&receive, receive.head, 1);

	if (next == receive.tail) {
		overruns++;
		return;
	}
	receive.bytes[receive.head] = byte;
	receive.head = next;
}

/* "Data available" means that the trigger level has been reached: that many bytes can be read
 * without asking for each, which halves the accesses to the slow peripheral bus. */
static void receive_burst(void)
{
	uint32_t head = receive.head, tail = receive.tail;
	uint32_t room = tail > head ? tail - head - 1 : receive.size - head - 1;

	if (room >= RECEIVE_TRIGGER) {
		uint8_t *to = receive.bytes + head;

		for (unsigned i = 0; i < RECEIVE_TRIGGER; i++)
			to[i] = (uint8_t)mmio_read32(UART(K210_UART_RBR));
		receive.head = head + RECEIVE_TRIGGER;
		return;
	}
	for (unsigned i = 0; i < RECEIVE_TRIGGER; i++)
		receive_byte((uint8_t)mmio_read32(UART(K210_UART_RBR)));
}

/* Fewer than the trigger level, and the line has been quiet for four characters. A time-out without
 * data exists on this core; only a read ends it. */
static void receive_rest(void)
{
	unsigned count = 0;

	while (line_status() & K210_UART_LSR_DATA_READY) {
		receive_byte((uint8_t)mmio_read32(UART(K210_UART_RBR)));
		count++;
	}
	if (!count && !(line_status() & K210_UART_LSR_DATA_READY))
		(void)mmio_read32(UART(K210_UART_RBR));
}

static void fill_fifo(void)
{
	uint32_t head = transmit.head, tail = transmit.tail;

	for (unsigned room = K210_UART_FIFO_DEPTH; room && tail != head; room--) {
		mmio_write32(UART(K210_UART_THR), transmit.bytes[tail]);
		tail = ring_next(&transmit, tail, 1);
	}
	transmit.tail = tail;
	if (tail == head) {
		sending = false;
		enable_interrupts();
	}
}

void uart_interrupt(void)
{
	for (unsigned round = 0; round < CAUSES_PER_INTERRUPT; round++) {
		switch (mmio_read32(UART(K210_UART_IIR)) & K210_UART_IIR_ID_MASK) {
		case K210_UART_IIR_RX_DATA:
			receive_burst();
			break;
		case K210_UART_IIR_CHAR_TIMEOUT:
			receive_rest();
			break;
		case K210_UART_IIR_TX_EMPTY:
			fill_fifo();
			break;
		case K210_UART_IIR_LINE:
			(void)line_status();
			break;
		case K210_UART_IIR_BUSY:
			(void)mmio_read32(UART(K210_UART_USR)); /* "LCR written while busy" */
			break;
		default:
			return;
		}
	}
	/* The receiver comes first in IIR, so with a busy one the transmitter would never show. */
	if (sending && (line_status() & K210_UART_LSR_THRE))
		fill_fifo();
}
