/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * UART1..3: DesignWare 16550 with 16-byte FIFOs, programmable THRE mode, fractional divisor and DMA
 * requests. Registers, the LSR bit 5 rule, and what a busy core does not take: k210/uart.h.
 *
 * Real clock: one event per character; a character that meets a full receive FIFO is lost and sets
 * the overrun flag. Fast clock: a FIFO's worth of characters moves at once and input waits for
 * room, so nothing is ever lost.
 *
 * Not modelled: loopback, modem lines, break, parity errors, RS485.
 */
#include "utils/k210-emu/devices/uart.h"

#include <stdlib.h>
#include <string.h>

#include "k210/sysctl.h"
#include "k210/uart.h"
#include "utils/k210-emu/board.h"
#include "utils/k210-emu/bridge.h"
#include "utils/k210-emu/devices/byte_fifo.h"
#include "utils/k210-emu/devices/dmac.h"
#include "utils/k210-emu/devices/fpioa.h"

#define DEPTH              K210_UART_FIFO_DEPTH
#define TIMEOUT_CHARACTERS 4

struct uart {
	struct device device;
	unsigned index;
	uint32_t ier, fcr, lcr, mcr, scr, htx, dmasa, dll, dlh, dlf;
	uint32_t errors; /* LSR error bits */
	struct byte_fifo receive, transmit, shifter;
	bool transmit_latch; /* transmit interrupt is pending */
	bool transmit_low;   /* the level that sets it, for its edge */
	bool timeout;
	bool refused;            /* LCR was written while busy */
	unsigned arriving;       /* characters that the receive event brings */
	uint64_t arriving_since; /* cycle at which the first of them began */
	struct event receive_event, transmit_event, timeout_event;
};

static bool fifos_enabled(const struct uart *uart)
{
	return uart->fcr & K210_UART_FCR_ENABLE;
}

static unsigned depth(const struct uart *uart)
{
	return fifos_enabled(uart) ? DEPTH : 1;
}

static bool threshold_mode(const struct uart *uart)
{
	return fifos_enabled(uart) && (uart->ier & K210_UART_IER_PTHRE);
}

static unsigned receive_level(const struct uart *uart)
{
	static const uint8_t levels[] = { 1, DEPTH / 4, DEPTH / 2, DEPTH - 2 };

	return fifos_enabled(uart) ? levels[uart->fcr >> K210_UART_FCR_RX_LEVEL_SHIFT & 3] : 1;
}

static unsigned transmit_level(const struct uart *uart)
{
	static const uint8_t levels[] = { 0, 2, DEPTH / 4, DEPTH / 2 };

	return threshold_mode(uart) ? levels[uart->fcr >> K210_UART_FCR_TX_EMPTY_SHIFT & 3] : 0;
}

/* Divisor in sixteenths: bit time in APB0 clocks. Without a whole part there is no clock. */
static uint32_t divisor(const struct uart *uart)
{
	uint32_t whole = uart->dlh << 8 | uart->dll;

	return whole ? whole << 4 | uart->dlf : 0;
}

static uint64_t bit_rate(const struct uart *uart)
{
	return divisor(uart) ? uart->device.board->apb0_hz / divisor(uart) : 0;
}

static uint64_t character_cycles(const struct uart *uart, unsigned characters)
{
	unsigned bits = 1 + (5 + (uart->lcr & 3)) + (uart->lcr >> 3 & 1) + 1 + (uart->lcr >> 2 & 1);

	if (!board_is_real(uart->device.board))
		return (uint64_t)characters * UART_FAST_CYCLES;
	return board_cycles(uart->device.board, (uint64_t)characters * bits * divisor(uart),
			    uart->device.board->apb0_hz);
}

static uint32_t interrupt_id(const struct uart *uart)
{
	if ((uart->ier & K210_UART_IER_LINE) && uart->errors)
		return K210_UART_IIR_LINE;
	if (uart->ier & K210_UART_IER_RX_DATA) {
		if (uart->receive.count >= receive_level(uart))
			return K210_UART_IIR_RX_DATA;
		if (uart->timeout)
			return K210_UART_IIR_CHAR_TIMEOUT;
	}
	if ((uart->ier & K210_UART_IER_TX_EMPTY) && uart->transmit_latch)
		return K210_UART_IIR_TX_EMPTY;
	return uart->refused ? K210_UART_IIR_BUSY : K210_UART_IIR_NONE;
}

/* After every change of a FIFO or of an enable bit. */
static void update(struct uart *uart)
{
	bool low = uart->transmit.count <= transmit_level(uart);

	if (low && !uart->transmit_low)
		uart->transmit_latch = true;
	if (!low)
		uart->transmit_latch = false;
	uart->transmit_low = low;
	board_set_irq(uart->device.board, K210_IRQ_UART1 + uart->index,
		      interrupt_id(uart) != K210_UART_IIR_NONE);
}

static void update_requests(struct uart *uart)
{
	struct dmac *dmac = uart->device.board->dmac;

	dmac_request_changed(dmac, K210_DMA_REQ_UART1_RX + 2 * uart->index);
	dmac_request_changed(dmac, K210_DMA_REQ_UART1_TX + 2 * uart->index);
}

/* ---- receiver ---- */

static void restart_timeout(struct uart *uart)
{
	uart->timeout = false;
	if (uart->receive.count && fifos_enabled(uart) && divisor(uart))
		board_schedule(uart->device.board, &uart->timeout_event,
			       character_cycles(uart, TIMEOUT_CHARACTERS));
	else
		board_cancel(uart->device.board, &uart->timeout_event);
}

static void fire_timeout(void *context)
{
	struct uart *uart = context;

	uart->timeout = true;
	update(uart);
}

static void start_receiver(struct uart *uart)
{
	struct board *board = uart->device.board;
	size_t available = bridge_input_size(board->bridge);
	unsigned room = depth(uart) - uart->receive.count;
	unsigned characters = 1;

	if (uart->receive_event.queued || available == 0 || divisor(uart) == 0 ||
	    fpioa_console_receiver(board->fpioa) != CONSOLE_UART1 + uart->index)
		return;
	if (!board_is_real(board)) {
		if (room == 0)
			return;
		characters = available < room ? (unsigned)available : room;
	}
	uart->arriving = characters;
	uart->arriving_since = board_now(board);
	board_schedule_completion(board, &uart->receive_event, character_cycles(uart, characters));
}

void uart_input_available(struct uart *uart)
{
	start_receiver(uart);
}

static void receive_one(struct uart *uart)
{
	bool framing_error;
	uint8_t byte;

	if (!bridge_receive(uart->device.board->bridge, bit_rate(uart), &byte, &framing_error))
		return;
	if (framing_error)
		uart->errors |= K210_UART_LSR_FRAMING;
	if (uart->receive.count >= depth(uart)) {
		uart->errors |= K210_UART_LSR_OVERRUN;
		board_guest_error(uart->device.board, uart->device.name,
				  "receive FIFO overrun: a byte is lost");
		return;
	}
	byte_fifo_push(&uart->receive, byte);
}

static void fire_receive(void *context)
{
	struct uart *uart = context;
	struct board *board = uart->device.board;
	unsigned characters = uart->arriving;

	if (fpioa_console_receiver(board->fpioa) != CONSOLE_UART1 + uart->index)
		return;
	/* Only the real clock lets a FIFO overrun; a smaller one may have been chosen meanwhile. */
	if (!board_is_real(board) && characters > depth(uart) - uart->receive.count)
		characters = depth(uart) - uart->receive.count;
	while (characters-- && bridge_input_size(board->bridge))
		receive_one(uart);
	if (!uart->timeout) /* only reading ends a time-out */
		restart_timeout(uart);
	start_receiver(uart);
	update(uart);
	update_requests(uart);
}

static uint32_t read_data(struct uart *uart)
{
	uint8_t byte;

	if (uart->receive.count == 0) {
		board_guest_error(uart->device.board, uart->device.name,
				  "read of the empty receive FIFO");
		return 0;
	}
	byte = byte_fifo_pop(&uart->receive);
	restart_timeout(uart);
	start_receiver(uart);
	update(uart);
	return byte;
}

static enum dma_request receive_request(void *context)
{
	struct uart *uart = context;
	bool whole_bursts = uart->fcr & K210_UART_FCR_DMA_MODE;

	if (uart->receive.count >= (whole_bursts ? receive_level(uart) : 1))
		return DMA_REQUEST_BURST;
	return uart->receive.count ? DMA_REQUEST_SINGLE : DMA_REQUEST_NONE;
}

/* ---- transmitter ---- */

static void start_transmitter(struct uart *uart)
{
	unsigned characters = board_is_real(uart->device.board) ? 1 : uart->transmit.count;

	if (uart->shifter.count || uart->transmit.count == 0)
		return;
	while (characters--)
		byte_fifo_push(&uart->shifter, byte_fifo_pop(&uart->transmit));
	board_schedule_completion(uart->device.board, &uart->transmit_event,
				  character_cycles(uart, uart->shifter.count));
}

static void fire_transmit(void *context)
{
	struct uart *uart = context;
	struct board *board = uart->device.board;
	bool connected = fpioa_console_transmitter(board->fpioa) == CONSOLE_UART1 + uart->index;

	while (uart->shifter.count) {
		uint8_t byte = byte_fifo_pop(&uart->shifter);

		if (connected)
			bridge_transmit(board->bridge, byte, bit_rate(uart));
	}
	start_transmitter(uart);
	update(uart);
	update_requests(uart);
}

static void write_data(struct uart *uart, uint8_t byte)
{
	if (divisor(uart) == 0) {
		board_guest_error(uart->device.board, uart->device.name,
				  "byte sent while the divisor is 0: lost");
		return;
	}
	if (uart->transmit.count >= depth(uart)) {
		board_guest_error(uart->device.board, uart->device.name,
				  "byte written to the full transmit FIFO: lost");
		return;
	}
	byte_fifo_push(&uart->transmit, byte);
	if (!threshold_mode(uart))
		uart->transmit_latch = false;
	/* The FIFO is low only for a moment when the shifter is free: keep its edge. */
	uart->transmit_low = uart->transmit.count <= transmit_level(uart);
	start_transmitter(uart);
	update(uart);
}

static enum dma_request transmit_request(void *context)
{
	struct uart *uart = context;
	unsigned level = threshold_mode(uart) ? transmit_level(uart) : depth(uart) - 1;

	if (!(uart->fcr & K210_UART_FCR_DMA_MODE))
		level = 0;
	if (uart->transmit.count <= level)
		return DMA_REQUEST_BURST;
	return uart->transmit.count < depth(uart) ? DMA_REQUEST_SINGLE : DMA_REQUEST_NONE;
}

/* ---- registers ---- */

static uint32_t read_line_status(struct uart *uart)
{
	uint32_t value = uart->errors;
	bool full = uart->transmit.count >= depth(uart);

	if (uart->receive.count)
		value |= K210_UART_LSR_DATA_READY;
	if (threshold_mode(uart) ? full : uart->transmit.count == 0)
		value |= K210_UART_LSR_THRE;
	if (uart->transmit.count == 0 && uart->shifter.count == 0)
		value |= K210_UART_LSR_TX_IDLE;
	if (uart->errors)
		value |= K210_UART_LSR_FIFO_ERROR;
	uart->errors = 0;
	update(uart);
	return value;
}

static uint32_t read_interrupt_id(struct uart *uart)
{
	uint32_t id = interrupt_id(uart);

	if (id == K210_UART_IIR_TX_EMPTY) {
		uart->transmit_latch = false;
		update(uart);
	}
	return id | (fifos_enabled(uart) ? K210_UART_IIR_FIFOS_ENABLED : 0);
}

/* The receiver knows of a character in the middle of its start bit. In the fast clock a character
 * has no duration: it is there when it is in the FIFO. */
static bool is_receiving(const struct uart *uart)
{
	const struct board *board = uart->device.board;

	return board_is_real(board) && uart->receive_event.queued &&
	       board_now(board) - uart->arriving_since >=
		       board_cycles(board, divisor(uart) / 2, board->apb0_hz);
}

static bool is_busy(const struct uart *uart)
{
	return uart->shifter.count || uart->transmit.count || uart->receive.count ||
	       is_receiving(uart);
}

/* There are no FIFO states in it. */
static uint32_t read_uart_status(struct uart *uart)
{
	uart->refused = false;
	update(uart);
	return is_busy(uart) ? K210_UART_USR_BUSY : 0;
}

static void write_line_control(struct uart *uart, uint32_t value)
{
	if (!is_busy(uart)) {
		uart->lcr = value & 0xff;
		return;
	}
	board_guest_error(uart->device.board, uart->device.name,
			  "line control register written while busy: ignored");
	uart->refused = true;
	update(uart);
}

static void clear_receive(struct uart *uart)
{
	byte_fifo_clear(&uart->receive);
	restart_timeout(uart);
	start_receiver(uart);
}

static void write_fifo_control(struct uart *uart, uint32_t value)
{
	bool toggled = (uart->fcr ^ value) & K210_UART_FCR_ENABLE;

	uart->fcr = value & ~(uint32_t)(K210_UART_FCR_CLEAR_RX | K210_UART_FCR_CLEAR_TX);
	if (toggled || (value & K210_UART_FCR_CLEAR_RX))
		clear_receive(uart);
	if (toggled || (value & K210_UART_FCR_CLEAR_TX))
		byte_fifo_clear(&uart->transmit);
	update(uart);
	update_requests(uart);
}

/* The shadow registers each hold one field of FCR. */
static void write_fifo_control_field(struct uart *uart, unsigned shift, uint32_t mask,
				     uint32_t value)
{
	write_fifo_control(uart, (uart->fcr & ~(mask << shift)) | (value & mask) << shift);
}

static void write_interrupt_enable(struct uart *uart, uint32_t value)
{
	uint32_t enabled = value & ~uart->ier;

	uart->ier = value & 0x8f;
	uart->transmit_low = uart->transmit.count <= transmit_level(uart);
	if ((enabled & K210_UART_IER_TX_EMPTY) && uart->transmit_low)
		uart->transmit_latch = true;
	update(uart);
	update_requests(uart);
}

static bool uart_load(struct device *device, uint32_t offset, uint64_t *value)
{
	struct uart *uart = (struct uart *)device;
	bool divisor_access = uart->lcr & K210_UART_LCR_DLAB;

	*value = 0;
	switch (offset) {
	case K210_UART_RBR:
		*value = divisor_access ? uart->dll : read_data(uart);
		break;
	case K210_UART_IER:
		*value = divisor_access ? uart->dlh : uart->ier;
		break;
	case K210_UART_IIR:
		*value = read_interrupt_id(uart);
		break;
	case K210_UART_LCR:
		*value = uart->lcr;
		break;
	case K210_UART_MCR:
		*value = uart->mcr;
		break;
	case K210_UART_LSR:
		*value = read_line_status(uart);
		break;
	case K210_UART_SCR:
		*value = uart->scr;
		break;
	case K210_UART_USR:
		*value = read_uart_status(uart);
		break;
	case K210_UART_TFL:
	case K210_UART_RFL:
		board_guest_error(device->board, device->name,
				  "load of +0x%x: this core has no FIFO levels", offset);
		break;
	case K210_UART_SDMAM:
		*value = uart->fcr >> 3 & 1;
		break;
	case K210_UART_SFE:
		*value = uart->fcr & 1;
		break;
	case K210_UART_SRT:
		*value = uart->fcr >> K210_UART_FCR_RX_LEVEL_SHIFT & 3;
		break;
	case K210_UART_STET:
		*value = uart->fcr >> K210_UART_FCR_TX_EMPTY_SHIFT & 3;
		break;
	case K210_UART_HTX:
		*value = uart->htx;
		break;
	case K210_UART_DLF:
		*value = uart->dlf;
		break;
	case K210_UART_CPR:
		*value = K210_UART_CPR_VALUE;
		break;
	case K210_UART_UCV:
		*value = 0x3430312a; /* "401*" */
		break;
	case K210_UART_CTR:
		*value = K210_UART_CTR_VALUE;
		break;
	default:
		if (offset >= K210_UART_SRBR && offset < K210_UART_SRBR + 0x40)
			*value = read_data(uart);
		break;
	}
	return true;
}

static void store_data_or_divisor(struct uart *uart, uint32_t value)
{
	if (uart->lcr & K210_UART_LCR_DLAB) {
		uart->dll = value & 0xff;
		start_receiver(uart);
	} else {
		write_data(uart, (uint8_t)value);
	}
}

static bool uart_store(struct device *device, uint32_t offset, uint64_t value64)
{
	struct uart *uart = (struct uart *)device;
	uint32_t value = (uint32_t)value64;

	switch (offset) {
	case K210_UART_THR:
		store_data_or_divisor(uart, value);
		break;
	case K210_UART_IER:
		if (uart->lcr & K210_UART_LCR_DLAB) {
			uart->dlh = value & 0xff;
			start_receiver(uart);
		} else {
			write_interrupt_enable(uart, value);
		}
		break;
	case K210_UART_FCR:
		write_fifo_control(uart, value & 0xff);
		break;
	case K210_UART_LCR:
		write_line_control(uart, value);
		break;
	case K210_UART_MCR:
		uart->mcr = value & 0x5f; /* no automatic flow control */
		if (value & 1 << 4)
			board_guest_error(device->board, device->name, "loopback is not modelled");
		break;
	case K210_UART_SCR:
		uart->scr = value & 0xff;
		break;
	case K210_UART_SRR:
		if (value & 1)
			device->ops->reset(device);
		write_fifo_control(uart, uart->fcr | (value & 6));
		break;
	case K210_UART_SDMAM:
		write_fifo_control_field(uart, 3, 1, value);
		break;
	case K210_UART_SFE:
		write_fifo_control_field(uart, 0, 1, value);
		break;
	case K210_UART_SRT:
		write_fifo_control_field(uart, K210_UART_FCR_RX_LEVEL_SHIFT, 3, value);
		break;
	case K210_UART_STET:
		write_fifo_control_field(uart, K210_UART_FCR_TX_EMPTY_SHIFT, 3, value);
		break;
	case K210_UART_HTX:
		uart->htx = value & 1;
		break;
	case K210_UART_DLF:
		uart->dlf = value & 0xf;
		start_receiver(uart);
		break;
	case K210_UART_FAR:
	case K210_UART_SRTS:
	case K210_UART_DMASA:
	case K210_UART_TCR:
		break;
	default:
		if (offset >= K210_UART_SRBR && offset < K210_UART_SRBR + 0x40)
			write_data(uart, (uint8_t)value);
		else if (offset > K210_UART_DLF)
			board_guest_error(device->board, device->name,
					  "store to unknown register +0x%x", offset);
		break;
	}
	return true;
}

static void uart_reset(struct device *device)
{
	struct uart *uart = (struct uart *)device;

	uart->ier = uart->fcr = uart->lcr = uart->mcr = uart->scr = 0;
	uart->htx = uart->dmasa = uart->dll = uart->dlh = uart->dlf = 0;
	uart->errors = 0;
	uart->timeout = uart->transmit_latch = uart->refused = false;
	uart->transmit_low = true;
	byte_fifo_clear(&uart->receive);
	byte_fifo_clear(&uart->transmit);
	byte_fifo_clear(&uart->shifter);
	board_cancel(device->board, &uart->receive_event);
	board_cancel(device->board, &uart->transmit_event);
	board_cancel(device->board, &uart->timeout_event);
	update(uart);
}

static const struct device_ops uart_ops = {
	.load = uart_load,
	.store = uart_store,
	.reset = uart_reset,
};

bool uart_create(struct board *board, unsigned index)
{
	static const char *const names[] = { "uart1", "uart2", "uart3" };
	struct uart *uart = calloc(1, sizeof(*uart));
	unsigned request = K210_DMA_REQ_UART1_RX + 2 * index;

	if (!uart)
		return false;
	uart->device = (struct device){ .ops = &uart_ops,
					.board = board,
					.name = names[index],
					.base = K210_UART1_BASE + 0x10000 * index,
					.size = 0x1000,
					.width = 4,
					.clock_gate = K210_PERI_UART1 + (int)index };
	uart->index = index;
	event_init(&uart->receive_event, EVENT_WORK, fire_receive, uart);
	event_init(&uart->transmit_event, EVENT_WORK, fire_transmit, uart);
	event_init(&uart->timeout_event, EVENT_WORK, fire_timeout, uart);
	board->dma_peers[request] = (struct dma_peer){ receive_request, uart };
	board->dma_peers[request + 1] = (struct dma_peer){ transmit_request, uart };
	board->uarts[index] = uart;
	return board_add_device(board, &uart->device);
}
