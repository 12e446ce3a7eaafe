/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The flash at SPI3 in the ways of the vendor's driver (K210 standalone demo flash_w25qxx, SDK
 * spi.c): commands by hand on one wire, quad programming and all reads by DMA, one byte per word or
 * 32-bit frames.
 */
#include "k210/spi.h"

#include "program.h"

#define SPI(offset)        REG32(K210_SPI3_BASE + (offset))
#define DMAC(offset)       REG64(K210_DMAC_BASE + (offset))
#define CHANNEL(n, offset) DMAC(K210_DMAC_CHANNEL(n) + (offset))
#define UNCACHED(pointer)  ((u64)(pointer)-K210_CACHED_OFFSET)

#define STANDARD 0
#define DUAL     1
#define QUAD     2

#define TEST_ADDRESS 0x123000
#define SIZE         600 /* more than a page, no multiple of anything */

static u32 words[1024] __attribute__((aligned(64)));

static void setup(u32 format, u32 bits, u32 endian)
{
	SPI(K210_SPI_BAUDR) = 16; /* 390 MHz / 16 = 24.4 MHz */
	SPI(K210_SPI_IMR) = 0;
	SPI(K210_SPI_DMACR) = 0;
	SPI(K210_SPI_DMATDLR) = 0x10;
	SPI(K210_SPI_DMARDLR) = 0;
	SPI(K210_SPI_SER) = 0;
	SPI(K210_SPI_SSIENR) = 0;
	SPI(K210_SPI_CTRLR0) =
		format << K210_SPI3_CTRLR0_FRF_SHIFT | (bits - 1) << K210_SPI3_CTRLR0_DFS_SHIFT;
	SPI(K210_SPI_SPI_CTRLR0) = 0;
	SPI(K210_SPI_ENDIAN) = endian;
}

static void set_mode(u32 mode)
{
	SPI(K210_SPI_CTRLR0) = (SPI(K210_SPI_CTRLR0) & ~(3u << K210_SPI3_CTRLR0_TMOD_SHIFT)) |
			       mode << K210_SPI3_CTRLR0_TMOD_SHIFT;
}

static void set_header(u32 address_bits, u32 wait, u32 type)
{
	SPI(K210_SPI_SPI_CTRLR0) = wait << K210_SPI_WAIT_CYCLES_SHIFT |
				   2 << K210_SPI_INSTRUCTION_LENGTH_SHIFT |
				   address_bits / 4 << K210_SPI_ADDRESS_LENGTH_SHIFT | type;
}

static void finish_transfer(void)
{
	SPI(K210_SPI_SER) = 0;
	SPI(K210_SPI_SSIENR) = 0;
}

static void send(const u8 *bytes, u32 size)
{
	setup(STANDARD, 8, 0);
	set_mode(K210_SPI_TMOD_TX);
	SPI(K210_SPI_SSIENR) = 1;
	SPI(K210_SPI_SER) = 1;
	while (size) {
		u32 room = 32 - SPI(K210_SPI_TXFLR);

		for (; room && size; room--, size--)
			SPI(K210_SPI_DR) = *bytes++;
	}
	while ((SPI(K210_SPI_SR) & 5) != 4)
		;
	finish_transfer();
}

static void receive(const u8 *command, u32 command_size, u8 *bytes, u32 size)
{
	setup(STANDARD, 8, 0);
	set_mode(K210_SPI_TMOD_EEPROM);
	SPI(K210_SPI_CTRLR1) = size - 1;
	SPI(K210_SPI_SSIENR) = 1;
	while (command_size--)
		SPI(K210_SPI_DR) = *command++;
	SPI(K210_SPI_SER) = 1;
	while (size) {
		for (u32 level = SPI(K210_SPI_RXFLR); level && size; level--, size--)
			*bytes++ = (u8)SPI(K210_SPI_DR);
	}
	finish_transfer();
}

static void start_dma(unsigned channel, u64 from, u64 to, u32 count, int to_device)
{
	CHANNEL(channel, K210_DMAC_CH_INTCLEAR) = ~0ul;
	CHANNEL(channel, K210_DMAC_CH_CFG) =
		(u64)(to_device ? K210_DMAC_TT_FC_MEM_PERIPH : K210_DMAC_TT_FC_PERIPH_MEM)
			<< K210_DMAC_CH_CFG_TT_FC |
		(u64)channel << K210_DMAC_CH_CFG_SRC_PER | (u64)channel << K210_DMAC_CH_CFG_DST_PER;
	CHANNEL(channel, K210_DMAC_SAR) = from;
	CHANNEL(channel, K210_DMAC_DAR) = to;
	/* The values that the SDK's driver was seen to use. */
	CHANNEL(channel, K210_DMAC_CTL) = to_device ? 0x45244 : 0x1214;
	CHANNEL(channel, K210_DMAC_BLOCK_TS) = count - 1;
	DMAC(K210_DMAC_CFG) = K210_DMAC_CFG_ENABLE;
	DMAC(K210_DMAC_CHEN) = 0x101ul << channel;
}

static void wait_dma(unsigned channel)
{
	while (DMAC(K210_DMAC_CHEN) & 1u << channel)
		;
}

static void select_dma(void)
{
	REG32(K210_SYSCTL_BASE + K210_SYSCTL_DMA_SEL0) =
		K210_DMA_REQ_SPI3_TX | K210_DMA_REQ_SPI3_RX << K210_DMA_SEL_BITS;
}

/* Command words, then @frames frames into words[2..]. */
static void receive_dma(u32 instruction, u32 address, u32 frames)
{
	volatile u32 *buffer = (volatile u32 *)UNCACHED(words);

	buffer[0] = instruction;
	buffer[1] = address;
	set_mode(K210_SPI_TMOD_EEPROM);
	SPI(K210_SPI_CTRLR1) = frames - 1;
	SPI(K210_SPI_DMACR) = 3;
	SPI(K210_SPI_SSIENR) = 1;
	select_dma();
	start_dma(1, K210_SPI3_BASE + K210_SPI_DR, UNCACHED(words) + 8, frames, 0);
	start_dma(0, UNCACHED(words), K210_SPI3_BASE + K210_SPI_DR, 2, 1);
	SPI(K210_SPI_SER) = 1;
	wait_dma(0);
	wait_dma(1);
	finish_transfer();
}

static void command(u8 code)
{
	send(&code, 1);
}

static u8 read_status(u8 code)
{
	u8 value;

	receive(&code, 1, &value, 1);
	return value;
}

static u32 wait_ready(void)
{
	u32 polls = 0;

	while (read_status(0x05) & 1)
		polls++;
	return polls;
}

static u8 pattern(u32 i)
{
	return (u8)(i * 29 + (i >> 8) + 3);
}

/* Quad page programs by DMA. */
static void program_quad(void)
{
	volatile u32 *buffer = (volatile u32 *)UNCACHED(words);

	for (u32 done = 0, part; done < SIZE; done += part) {
		part = SIZE - done < 256 ? SIZE - done : 256;
		command(0x06);
		setup(QUAD, 8, 0);
		set_header(24, 0, K210_SPI_TRANS_BOTH_STANDARD);
		set_mode(K210_SPI_TMOD_TX);
		buffer[0] = 0x32;
		buffer[1] = TEST_ADDRESS + done;
		for (u32 i = 0; i < part; i++)
			buffer[2 + i] = pattern(done + i);
		SPI(K210_SPI_DMACR) = 2;
		SPI(K210_SPI_SSIENR) = 1;
		select_dma();
		start_dma(0, UNCACHED(words), K210_SPI3_BASE + K210_SPI_DR, 2 + part, 1);
		SPI(K210_SPI_SER) = 1;
		wait_dma(0);
		while ((SPI(K210_SPI_SR) & 5) != 4)
			;
		finish_transfer();
		wait_ready();
	}
}

static void report_words(const char *name)
{
	volatile u32 *buffer = (volatile u32 *)UNCACHED(words);
	u32 wrong = 0;

	for (u32 i = 0; i < SIZE; i++)
		wrong += buffer[2 + i] != pattern(i);
	put_value(name, wrong);
}

static void read_wide(const char *name, u32 format, u8 code, u32 address_bits, u32 wait, u32 type)
{
	u32 address = address_bits == 32 ? TEST_ADDRESS << 8 : TEST_ADDRESS;

	setup(format, 8, 0);
	set_header(address_bits, wait, type);
	receive_dma(code, address, SIZE);
	report_words(name);
}

/* 32-bit frames: with the endian register the memory holds the bytes in the order of the flash. */
static void read_32_bit(const char *name, u32 endian)
{
	volatile u8 *bytes = (volatile u8 *)UNCACHED(words) + 8;
	u32 wrong = 0;

	setup(QUAD, 32, endian);
	set_header(32, 4, K210_SPI_TRANS_ADDRESS_WIDE);
	receive_dma(0xeb, TEST_ADDRESS << 8, SIZE / 4);
	for (u32 i = 0; i < SIZE; i++)
		wrong += bytes[endian ? i : i ^ 3] != pattern(i);
	put_value(name, wrong);
}

static void read_by_hand(const char *name, u8 code, u32 size)
{
	u8 request[5] = { code, TEST_ADDRESS >> 16, TEST_ADDRESS >> 8 & 255, TEST_ADDRESS & 255 };
	static u8 bytes[SIZE];
	u32 wrong = 0;

	receive(request, size, bytes, SIZE);
	for (u32 i = 0; i < SIZE; i++)
		wrong += bytes[i] != pattern(i);
	put_value(name, wrong);
}

static void read_window(void)
{
	volatile u32 *select = &REG32(K210_SYSCTL_BASE + K210_SYSCTL_PERI);
	volatile u8 *window = (volatile u8 *)(u64)K210_SPI3_BASE + TEST_ADDRESS;
	u32 wrong = 0;

	*select |= K210_SYSCTL_SPI3_XIP;
	for (u32 i = 0; i < SIZE; i++)
		wrong += window[i] != pattern(i);
	*select &= ~(u32)K210_SYSCTL_SPI3_XIP;
	put_value("window", wrong);
}

static void identify(void)
{
	static const u8 jedec[] = { 0x9f }, device[] = { 0x90, 0, 0, 0 };
	u8 id[3];

	receive(jedec, 1, id, 3);
	put_value("jedec", (u64)id[0] << 16 | id[1] << 8 | id[2]);
	receive(device, 4, id, 2);
	put_value("device", (u64)id[0] << 8 | id[1]);
}

static void enable_quad(void)
{
	static const u8 write_status[] = { 0x01, 0x00, 0x02 };

	put_value("quad at first", read_status(0x35) & 2);
	command(0x06);
	put_value("write enabled", read_status(0x05));
	send(write_status, 3);
	put_value("busy", wait_ready() > 0);
	put_value("quad", read_status(0x35));
}

static void erase_sector(void)
{
	static const u8 erase[] = { 0x20, TEST_ADDRESS >> 16, TEST_ADDRESS >> 8 & 255, 0 };

	command(0x06);
	send(erase, 4);
	put_value("erase busy", wait_ready() > 0);
}

/* Nobody takes the frames: the receive FIFO stops at 31. */
static void overrun(void)
{
	static const u8 request[] = { 0x03, 0, 0, 0 };

	setup(STANDARD, 8, 0);
	set_mode(K210_SPI_TMOD_EEPROM);
	SPI(K210_SPI_CTRLR1) = 99;
	SPI(K210_SPI_SSIENR) = 1;
	for (u32 i = 0; i < 4; i++)
		SPI(K210_SPI_DR) = request[i];
	SPI(K210_SPI_SER) = 1;
	for (u64 start = csr_read(mcycle); csr_read(mcycle) - start < 200000;)
		;
	put_value("level", SPI(K210_SPI_RXFLR));
	finish_transfer();
	put_value("level", SPI(K210_SPI_RXFLR));
}

void main(void)
{
	clock_enable(K210_PERI_DMA);
	clock_enable(K210_PERI_SPI3);
	REG32(K210_SYSCTL_BASE + K210_SYSCTL_CLK_SEL0) |= K210_CLK_SEL0_SPI3_PLL0;
	identify();
	enable_quad();
	erase_sector();
	program_quad();
	read_by_hand("plain", 0x03, 4);
	read_by_hand("fast", 0x0b, 5);
	read_wide("dual output", DUAL, 0x3b, 24, 8, K210_SPI_TRANS_BOTH_STANDARD);
	read_wide("dual", DUAL, 0xbb, 32, 0, K210_SPI_TRANS_ADDRESS_WIDE);
	read_wide("quad output", QUAD, 0x6b, 24, 8, K210_SPI_TRANS_BOTH_STANDARD);
	read_wide("quad", QUAD, 0xeb, 32, 4, K210_SPI_TRANS_ADDRESS_WIDE);
	read_32_bit("quad words", 1);
	read_32_bit("quad words reversed", 0);
	read_window();
	overrun();
	put_text("end\n");
}

void main_hart1(void)
{
}

u64 trap_handler(u64 cause, u64 pc, u64 value)
{
	no_trap_expected(cause, pc, value);
	return pc;
}
