/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * SPI3 and the commands that W25Q128 and GD25LQ128 share; recipe of the quad reads after K210
 * standalone SDK lib/drivers/spi.c. A transfer begins when the slave is selected and ends when the
 * transmit FIFO runs empty, so what is to be sent is put there before.
 */
#include "firmware_k210/hal/flash.h"

#include "firmware_k210/hal/clocks.h"
#include "firmware_k210/hal/dmac.h"
#include "firmware_k210/hal/mmio.h"
#include "firmware_k210/hal/timer.h"
#include "firmware_k210/hal/watchdog.h"
#include "k210/memory_map.h"
#include "k210/spi.h"
#include "k210/sysctl.h"

#define SPI(offset) (K210_SPI3_BASE + (uintptr_t)(offset))

enum {
	WRITE_STATUS = 0x01,
	PAGE_PROGRAM = 0x02,
	READ = 0x03,
	READ_STATUS_1 = 0x05,
	WRITE_ENABLE = 0x06,
	ERASE_4K = 0x20,
	READ_STATUS_2 = 0x35,
	UNIQUE_ID = 0x4b,
	ERASE_32K = 0x52,
	JEDEC_ID = 0x9f,
	RELEASE_POWER_DOWN = 0xab,
	ERASE_64K = 0xd8,
	QUAD_READ = 0xeb,
};

#define STATUS_1_BUSY 0x01u
#define NOBODY        0xffu /* on a line that no chip drives */
#define STATUS_2_QUAD 0x02u
/* Of the mode byte behind the address: the next selection begins with a command again. */
#define MODE_NOT_CONTINUOUS 0xffu
#define QUAD_WAIT_CLOCKS    4u
/* K210_SPI3_CTRLR0_FRF */
#define FORMAT_STANDARD 0u
#define FORMAT_QUAD     2u

#define PAGE_BYTES   256u
#define SECTOR_BYTES 4096u
/* Addresses have 24 bits. */
#define CAPACITY_LEAST 16u
#define CAPACITY_MOST  24u

/* 25 MHz: plain reads are specified up to 50. */
#define COMMAND_DIVISOR 16u
/* 403 MHz / 6 = 67.2 MHz; the next one, 4, is above the 100 MHz that SPI3 is good for. */
#define LEAST_DIVISOR 6u
/* Below, a model takes minutes, and the number was surely meant for something else. */
#define LEAST_HZ 1000000u

#define FRAMES_MAX (K210_SPI_FIFO_DEPTH_USABLE - 3u)
/* ctrlr1 has 16 bits. */
#define DMA_WORDS_MAX 65536u
#define POLL_LIMIT    100000u
/* The longest erasure of 64 KiB (data sheets). */
#define SETTLE_US 2000000u
/* Until the chip takes commands after a power-down: 3 to 30 us (data sheets). */
#define RELEASE_US 100u

static struct {
	uint32_t address, words, divisor;
	uint8_t *to;
	bool reversed;
} reading;

static void set_up(uint32_t bits, uint32_t mode, uint32_t frames, uint32_t divisor)
{
	mmio_write32(SPI(K210_SPI_SSIENR), 0);
	mmio_write32(SPI(K210_SPI_SER), 0);
	mmio_write32(SPI(K210_SPI_IMR), 0);
	mmio_write32(SPI(K210_SPI_DMACR), 0);
	mmio_write32(SPI(K210_SPI_ENDIAN), 0);
	mmio_write32(SPI(K210_SPI_SPI_CTRLR0), 0);
	mmio_write32(SPI(K210_SPI_CTRLR0), (bits - 1) << K210_SPI3_CTRLR0_DFS_SHIFT |
						   mode << K210_SPI3_CTRLR0_TMOD_SHIFT);
	mmio_write32(SPI(K210_SPI_CTRLR1), frames - 1);
	mmio_write32(SPI(K210_SPI_BAUDR), divisor);
}

static void put(uint32_t frame)
{
	mmio_write32(SPI(K210_SPI_DR), frame);
}

static void select_chip(void)
{
	mmio_write32(SPI(K210_SPI_SER), 1);
}

static void wait_sent(void)
{
	for (unsigned poll = 0; poll < POLL_LIMIT; poll++)
		if ((mmio_read32(SPI(K210_SPI_SR)) & (K210_SPI_SR_BUSY | K210_SPI_SR_TX_EMPTY)) ==
		    K210_SPI_SR_TX_EMPTY)
			break;
}

static void wait_received(uint32_t frames)
{
	for (unsigned poll = 0; poll < POLL_LIMIT; poll++)
		if (mmio_read32(SPI(K210_SPI_RXFLR)) >= frames)
			break;
}

/* A command of @bytes, which is answered by @length bytes; both at most FRAMES_MAX. */
static void command(const uint8_t *bytes, uint32_t count, uint8_t *answer, uint32_t length)
{
	set_up(8, length ? K210_SPI_TMOD_EEPROM : K210_SPI_TMOD_TX, length ? length : 1,
	       COMMAND_DIVISOR);
	mmio_write32(SPI(K210_SPI_SSIENR), 1);
	for (uint32_t i = 0; i < count; i++)
		put(bytes[i]);
	select_chip();
	if (!length) {
		wait_sent();
		return;
	}
	wait_received(length);
	for (uint32_t i = 0; i < length; i++)
		answer[i] = (uint8_t)mmio_read32(SPI(K210_SPI_DR));
}

static uint8_t status(uint8_t code)
{
	uint8_t answer;

	command(&code, 1, &answer, 1);
	return answer;
}

static void write_enable(void)
{
	const uint8_t code = WRITE_ENABLE;

	command(&code, 1, NULL, 0);
}

static void enable_quad(void)
{
	const uint8_t second = status(READ_STATUS_2);
	const uint8_t bytes[] = { WRITE_STATUS, status(READ_STATUS_1) & 0xfcu,
				  second | STATUS_2_QUAD };

	if (second & STATUS_2_QUAD)
		return;
	write_enable();
	command(bytes, sizeof(bytes), NULL, 0);
}

bool flash_identify(struct kpu_flash_chip *chip)
{
	static const uint8_t jedec_id = JEDEC_ID, unique_id[] = { UNIQUE_ID, 0, 0, 0, 0 };
	uint8_t answer[8], state = status(READ_STATUS_1);

	if (state & STATUS_1_BUSY && state != NOBODY)
		return false;
	memset(chip, 0, sizeof(*chip));
	command(&jedec_id, 1, answer, 3);
	chip->jedec_id = (uint32_t)answer[0] << 16 | (uint32_t)answer[1] << 8 | answer[2];
	if (answer[0] == 0 || answer[0] == 0xff || answer[2] < CAPACITY_LEAST ||
	    answer[2] > CAPACITY_MOST)
		return true;
	chip->size = 1u << answer[2];
	chip->erase_bytes = SECTOR_BYTES;
	chip->program_bytes = PAGE_BYTES;
	chip->clock_hz = CLOCK_SPI3_HZ / LEAST_DIVISOR;
	command(unique_id, sizeof(unique_id), answer, 8);
	for (unsigned i = 0; i < 8; i++)
		chip->unique_id = chip->unique_id << 8 | answer[i];
	enable_quad();
	return true;
}

bool flash_busy(void)
{
	return status(READ_STATUS_1) & STATUS_1_BUSY;
}

static void send_ones(uint32_t format, uint32_t bytes)
{
	set_up(8, K210_SPI_TMOD_TX, 1, COMMAND_DIVISOR);
	mmio_update32(SPI(K210_SPI_CTRLR0), 3u << K210_SPI3_CTRLR0_FRF_SHIFT,
		      format << K210_SPI3_CTRLR0_FRF_SHIFT);
	mmio_write32(SPI(K210_SPI_SSIENR), 1);
	while (bytes--)
		put(0xff);
	select_chip();
	wait_sent();
}

/* The chip is not reset with the board. To one that takes commands ones mean nothing; to others
 * they are mode bits that end a quad read (8 clocks) or a dual one (16), and FF, which ends QPI. */
void flash_settle(void)
{
	static const uint8_t release = RELEASE_POWER_DOWN;
	uint64_t start = timer_now();
	uint8_t state;

	send_ones(FORMAT_QUAD, 4);
	send_ones(FORMAT_QUAD, 1);
	send_ones(FORMAT_STANDARD, 2);
	command(&release, 1, NULL, 0);
	while (timer_now() - start < RELEASE_US)
		;
	do {
		watchdog_feed();
		state = status(READ_STATUS_1);
	} while (state & STATUS_1_BUSY && state != NOBODY && timer_now() - start < SETTLE_US);
}

/* Frames of 32 bits: the first byte on the wire is the highest. */
static void read_frames(uint32_t address, uint8_t *bytes, uint32_t length)
{
	uint32_t frames = (length + 3) / 4;

	set_up(32, K210_SPI_TMOD_EEPROM, frames, COMMAND_DIVISOR);
	mmio_write32(SPI(K210_SPI_SSIENR), 1);
	put((uint32_t)READ << 24 | address);
	select_chip();
	wait_received(frames);
	for (uint32_t i = 0; i < frames; i++) {
		uint32_t frame = mmio_read32(SPI(K210_SPI_DR));

		for (uint32_t j = i * 4; j < i * 4 + 4 && j < length; j++, frame <<= 8)
			bytes[j] = (uint8_t)(frame >> 24);
	}
}

void flash_read(uint32_t address, uint8_t *bytes, uint32_t length)
{
	while (length) {
		uint32_t part = length < FRAMES_MAX * 4 ? length : FRAMES_MAX * 4;

		read_frames(address, bytes, part);
		address += part;
		bytes += part;
		length -= part;
	}
}

/* What a page gets in bytes of its frame @frame; ones change nothing. */
static uint32_t page_frame(uint32_t offset, const uint8_t *bytes, uint32_t length, uint32_t frame)
{
	uint32_t value = 0;

	for (uint32_t at = frame * 4; at < frame * 4 + 4; at++)
		value = value << 8 |
			(at >= offset && at < offset + length ? bytes[at - offset] : 0xffu);
	return value;
}

/* All of it is in the FIFO before the chip is selected: a transfer that runs dry would end there,
 * and an interrupt may come at any time. The chip needs little more time for two halves than for
 * the whole: 30 us for the first byte, 2.5 us for each one behind it (data sheets). */
uint32_t flash_program(uint32_t address, const uint8_t *bytes, uint32_t length)
{
	uint32_t offset = address & 3, room = FRAMES_MAX * 4 - offset;

	if (length > room)
		length = room;
	write_enable();
	set_up(32, K210_SPI_TMOD_TX, 1, COMMAND_DIVISOR);
	mmio_write32(SPI(K210_SPI_SSIENR), 1);
	put((uint32_t)PAGE_PROGRAM << 24 | (address - offset));
	for (uint32_t frame = 0; frame * 4 < offset + length; frame++)
		put(page_frame(offset, bytes, length, frame));
	select_chip();
	wait_sent();
	return length;
}

void flash_erase(uint32_t address, uint32_t size)
{
	const uint8_t bytes[] = { size == SECTOR_BYTES ? ERASE_4K
				  : size == 0x8000     ? ERASE_32K
						       : ERASE_64K,
				  (uint8_t)(address >> 16), (uint8_t)(address >> 8),
				  (uint8_t)address };

	write_enable();
	command(bytes, sizeof(bytes), NULL, 0);
}

static uint32_t divisor_for(uint32_t hz)
{
	uint32_t divisor = (CLOCK_SPI3_HZ / hz + (CLOCK_SPI3_HZ % hz != 0) + 1) & ~1u;

	return divisor < LEAST_DIVISOR ? LEAST_DIVISOR : divisor;
}

uint32_t flash_nearest_clock(uint32_t hz)
{
	if (hz < LEAST_HZ || hz > CLOCK_SPI3_MAX_HZ)
		return 0;
	return CLOCK_SPI3_HZ / divisor_for(hz);
}

static void start_transfer(void)
{
	uint32_t words = reading.words < DMA_WORDS_MAX ? reading.words : DMA_WORDS_MAX;
	/* What is less than a burst would not be asked for: it comes last, word by word. */
	uint32_t burst = words < 4 ? 1 : 4;

	words -= words % burst;
	set_up(32, K210_SPI_TMOD_RX, words, reading.divisor);
	mmio_update32(SPI(K210_SPI_CTRLR0), 3u << K210_SPI3_CTRLR0_FRF_SHIFT,
		      FORMAT_QUAD << K210_SPI3_CTRLR0_FRF_SHIFT);
	mmio_write32(SPI(K210_SPI_SPI_CTRLR0),
		     K210_SPI_TRANS_ADDRESS_WIDE << K210_SPI_TRANS_TYPE_SHIFT |
			     (32u / 4) << K210_SPI_ADDRESS_LENGTH_SHIFT |
			     2u << K210_SPI_INSTRUCTION_LENGTH_SHIFT |
			     QUAD_WAIT_CLOCKS << K210_SPI_WAIT_CYCLES_SHIFT);
	mmio_write32(SPI(K210_SPI_ENDIAN), !reading.reversed);
	mmio_write32(SPI(K210_SPI_DMARDLR), burst - 1);
	mmio_write32(SPI(K210_SPI_DMACR), 1);
	mmio_write32(SPI(K210_SPI_SSIENR), 1);
	dmac_start_from_device(FLASH_DMA_CHANNEL, K210_DMA_REQ_SPI3_RX, SPI(K210_SPI_DR),
			       (uint32_t)(uintptr_t)reading.to, words,
			       burst > 1 ? DMAC_4_WORDS : DMAC_WORDS);
	put(QUAD_READ);
	put(reading.address << 8 | MODE_NOT_CONTINUOUS);
	select_chip();
	reading.address += words * 4;
	reading.to += (size_t)words * 4;
	reading.words -= words;
}

void flash_start_read(uint32_t address, uint8_t *to, uint32_t words, bool reversed, uint32_t hz)
{
	reading.address = address;
	reading.to = to;
	reading.words = words;
	reading.reversed = reversed;
	reading.divisor = divisor_for(hz);
	start_transfer();
}

bool flash_read_done(void)
{
	if (!dmac_done(FLASH_DMA_CHANNEL))
		return false;
	if (!reading.words)
		return true;
	start_transfer();
	return false;
}

void flash_stop_read(void)
{
	mmio_write32(SPI(K210_SPI_SSIENR), 0);
	dmac_abort(FLASH_DMA_CHANNEL);
}
