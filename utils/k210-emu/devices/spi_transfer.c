/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Transfers of the SPI masters. A transfer starts when the controller is enabled, a slave selected
 * and the FIFO holds what it begins with; it ends, and the slave is deselected, when the transmit
 * FIFO runs empty or the frames of ctrlr1 have come. K210 standalone SDK spi.c relies on both.
 *
 * Real clock: each frame takes its bits on its wires; a full receive FIFO loses frames, for the
 * clock does not wait. Collapsed durations: everything there is goes at once, receiving waits for
 * room, and an empty transmit FIFO gets a second chance, as filling it takes the program time that
 * the transfer does not take.
 */
#include "k210/sysctl.h"
#include "utils/k210-emu/devices/spi_internal.h"
#include "utils/k210-emu/devices/sysctl.h"

#define FAST_SEND_CYCLES    600
#define FAST_RECEIVE_CYCLES 20
/* Frames received per event: a multiple costs less, and shows the FIFO in steps of so many. */
#define RECEIVE_GROUP 4

struct header {
	unsigned instruction_bits, address_bits, wait_clocks;
	unsigned instruction_lanes, address_lanes;
};

static uint32_t field(const struct spi *spi, unsigned shift, unsigned shift3, unsigned bits)
{
	return spi_word(&spi->block, K210_SPI_CTRLR0) >> (spi->block.number == 3 ? shift3 : shift) &
	       ((1u << bits) - 1);
}

static unsigned frame_bits(const struct spi *spi)
{
	return field(spi, K210_SPI_CTRLR0_DFS_SHIFT, K210_SPI3_CTRLR0_DFS_SHIFT, 5) + 1;
}

static unsigned transfer_mode(const struct spi *spi)
{
	return field(spi, K210_SPI_CTRLR0_TMOD_SHIFT, K210_SPI3_CTRLR0_TMOD_SHIFT, 2);
}

static unsigned lanes(const struct spi *spi)
{
	return 1u << field(spi, K210_SPI_CTRLR0_FRF_SHIFT, K210_SPI3_CTRLR0_FRF_SHIFT, 2);
}

static bool is_enhanced(const struct spi *spi)
{
	return lanes(spi) > 1;
}

static bool receives_only(const struct spi *spi)
{
	return transfer_mode(spi) == K210_SPI_TMOD_RX || transfer_mode(spi) == K210_SPI_TMOD_EEPROM;
}

static struct header get_header(const struct spi *spi)
{
	static const unsigned char instruction_bits[] = { 0, 4, 8, 16 };
	uint32_t control = spi_word(&spi->block, K210_SPI_SPI_CTRLR0);
	unsigned type = control >> K210_SPI_TRANS_TYPE_SHIFT & 3;

	return (struct header){
		.instruction_bits =
			instruction_bits[control >> K210_SPI_INSTRUCTION_LENGTH_SHIFT & 3],
		.address_bits = 4 * (control >> K210_SPI_ADDRESS_LENGTH_SHIFT & 0xf),
		.wait_clocks = control >> K210_SPI_WAIT_CYCLES_SHIFT & 0x1f,
		.instruction_lanes = type == K210_SPI_TRANS_BOTH_WIDE ? lanes(spi) : 1,
		.address_lanes = type == K210_SPI_TRANS_BOTH_STANDARD ? 1 : lanes(spi),
	};
}

/* ---- time ---- */

static uint64_t clock_hz(const struct spi *spi)
{
	uint32_t divisor = spi_word(&spi->block, K210_SPI_BAUDR) & 0xfffe;

	return divisor ? sysctl_spi_hz(spi->block.device.board->sysctl, spi->block.number) / divisor
		       : 0;
}

static void schedule(struct spi *spi, uint64_t clocks, uint64_t fast_cycles)
{
	struct board *board = spi->block.device.board;
	uint64_t cycles = fast_cycles;

	if (board_is_real(board))
		cycles = board_cycles(board, clocks, clock_hz(spi));
	board_schedule_completion(board, &spi->event, cycles);
}

static void schedule_send(struct spi *spi)
{
	schedule(spi, frame_bits(spi) / lanes(spi), FAST_SEND_CYCLES);
}

static uint32_t receive_group(const struct spi *spi)
{
	return spi->receive_left < RECEIVE_GROUP ? spi->receive_left : RECEIVE_GROUP;
}

static void schedule_receive(struct spi *spi)
{
	schedule(spi, (uint64_t)receive_group(spi) * frame_bits(spi) / lanes(spi),
		 FAST_RECEIVE_CYCLES);
}

/* ---- the wires ---- */

static uint8_t exchange_byte(struct spi *spi, uint8_t byte, unsigned wires, bool driven)
{
	if (spi->flash)
		return nor_flash_transfer(spi->flash, byte, wires, driven);
	if (driven && spi->hear)
		spi->hear(spi->hear_context, byte, wires);
	return 0xff;
}

/* Byte order of a frame: most significant first on the wire, unless the endian register is set. */
static unsigned byte_shift(const struct spi *spi, unsigned index, unsigned bytes)
{
	return 8 * (spi_word(&spi->block, K210_SPI_ENDIAN) & 1 ? index : bytes - 1 - index);
}

static uint32_t exchange_frame(struct spi *spi, uint32_t frame, bool driven)
{
	unsigned bytes = (frame_bits(spi) + 7) / 8;
	uint32_t received = 0;

	if (frame_bits(spi) % 8)
		board_guest_error(spi->block.device.board, spi->block.device.name,
				  "frames of %u bits are sent as whole bytes", frame_bits(spi));
	for (unsigned i = 0; i < bytes; i++) {
		unsigned shift = byte_shift(spi, i, bytes);

		received |=
			(uint32_t)exchange_byte(spi, (uint8_t)(frame >> shift), lanes(spi), driven)
			<< shift;
	}
	return received;
}

static void send_bits(struct spi *spi, uint32_t value, unsigned bits, unsigned wires)
{
	if (bits % 8 || bits > 32)
		board_guest_error(spi->block.device.board, spi->block.device.name,
				  "instruction or address of %u bits is not modelled", bits);
	for (unsigned left = bits > 32 ? 32 : bits & ~7u; left; left -= 8)
		exchange_byte(spi, (uint8_t)(value >> (left - 8)), wires, true);
}

static uint32_t room(const struct spi *spi)
{
	return K210_SPI_FIFO_DEPTH_USABLE - spi->block.receive.count;
}

/* ---- phases ---- */

static void finish(struct spi *spi)
{
	spi->phase = SPI_IDLE;
	if (spi->flash)
		nor_flash_deselect(spi->flash);
}

static void begin_data(struct spi *spi)
{
	if (receives_only(spi)) {
		spi->phase = SPI_RECEIVE;
		spi->receive_left = (spi_word(&spi->block, K210_SPI_CTRLR1) & 0xffff) + 1;
		schedule_receive(spi);
	} else {
		spi->phase = SPI_SEND;
		schedule_send(spi);
	}
}

static unsigned header_words(const struct header *header)
{
	return (header->instruction_bits != 0) + (header->address_bits != 0);
}

static void send_header(struct spi *spi)
{
	struct header header = get_header(spi);

	if (header.instruction_bits)
		send_bits(spi, frame_pop(&spi->block.transmit), header.instruction_bits,
			  header.instruction_lanes);
	if (header.address_bits)
		send_bits(spi, frame_pop(&spi->block.transmit), header.address_bits,
			  header.address_lanes);
	if (receives_only(spi) && spi->flash)
		nor_flash_wait(spi->flash, header.wait_clocks);
	begin_data(spi);
}

/* The transmit FIFO has run empty. */
static void end_of_send(struct spi *spi)
{
	if (transfer_mode(spi) == K210_SPI_TMOD_EEPROM) {
		begin_data(spi);
		return;
	}
	if (!board_is_real(spi->block.device.board) && !spi->lingering) {
		spi->lingering = true;
		schedule_send(spi);
		return;
	}
	finish(spi);
}

static void send(struct spi *spi)
{
	bool real = board_is_real(spi->block.device.board);
	bool both = transfer_mode(spi) == K210_SPI_TMOD_TX_RX;
	unsigned frames = real && spi->block.transmit.count ? 1 : spi->block.transmit.count;

	if (frames)
		spi->lingering = false;
	if (!real && both && frames > room(spi))
		frames = room(spi);
	if (!frames && spi->block.transmit.count)
		return; /* spi_room() goes on */
	while (frames--) {
		uint32_t received = exchange_frame(spi, frame_pop(&spi->block.transmit), true);

		if (both)
			spi_receive_frame(&spi->block, received);
	}
	/* DMA refills here. */
	spi_update(&spi->block);
	if (spi->block.transmit.count)
		schedule_send(spi);
	else
		end_of_send(spi);
}

static void receive(struct spi *spi)
{
	bool real = board_is_real(spi->block.device.board);
	uint32_t frames = real ? receive_group(spi) : spi->receive_left;

	if (!real && frames > room(spi))
		frames = room(spi);
	if (!frames)
		return;
	spi->receive_left -= frames;
	while (frames--)
		/* Nothing says what the first wire carries meanwhile. */
		spi_receive_frame(&spi->block, exchange_frame(spi, UINT32_MAX, false));
	if (spi->receive_left)
		schedule_receive(spi);
	else
		finish(spi);
}

void spi_fire(void *context)
{
	struct spi *spi = context;

	switch (spi->phase) {
	case SPI_HEADER:
		send_header(spi);
		break;
	case SPI_SEND:
		send(spi);
		break;
	case SPI_RECEIVE:
		receive(spi);
		break;
	default:
		break;
	}
	spi_update(&spi->block);
	spi_try_start(spi);
}

void spi_room(struct spi *spi)
{
	if (board_is_real(spi->block.device.board) || spi->event.queued)
		return;
	if (spi->phase == SPI_RECEIVE)
		schedule_receive(spi);
	else if (spi->phase == SPI_SEND)
		schedule_send(spi);
}

static void start_enhanced(struct spi *spi, const struct header *header)
{
	unsigned clocks = header->instruction_bits / header->instruction_lanes +
			  header->address_bits / header->address_lanes;

	spi->phase = SPI_HEADER;
	schedule(spi, clocks + header->wait_clocks, FAST_SEND_CYCLES);
}

void spi_try_start(struct spi *spi)
{
	struct header header = { 0 };
	unsigned needed = 1;

	if (spi->phase != SPI_IDLE || !spi_is_enabled(&spi->block) ||
	    !spi_word(&spi->block, K210_SPI_SER))
		return;
	if (is_enhanced(spi)) {
		header = get_header(spi);
		needed = header_words(&header);
		if (needed == 0 && !receives_only(spi))
			needed = 1;
	}
	if (spi->block.transmit.count < needed)
		return;
	if (clock_hz(spi) == 0) {
		board_guest_error(spi->block.device.board, spi->block.device.name,
				  "transfer without a clock: baudr is 0 or the source is off");
		return;
	}
	spi->lingering = false;
	if (spi->flash)
		nor_flash_select(spi->flash, clock_hz(spi));
	if (is_enhanced(spi) && header_words(&header)) {
		start_enhanced(spi, &header);
	} else if (!is_enhanced(spi) && transfer_mode(spi) == K210_SPI_TMOD_RX) {
		frame_pop(&spi->block.transmit); /* only starts the clock */
		begin_data(spi);
	} else if (!is_enhanced(spi)) {
		spi->phase = SPI_SEND;
		schedule_send(spi);
	} else {
		begin_data(spi);
	}
}

void spi_stop(struct spi *spi)
{
	board_cancel(spi->block.device.board, &spi->event);
	if (spi->phase != SPI_IDLE)
		finish(spi);
	spi->receive_left = 0;
}
