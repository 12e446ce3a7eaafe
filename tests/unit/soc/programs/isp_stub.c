/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * A flash stub that behaves as the one inside the well-known third-party client does: loaded over
 * the ROM's serial protocol, it takes UART3 on the ROM's pins, receives by interrupt (claiming only
 * while mip shows the line), prints three lines, then serves frames D2 to D7. The flash is driven
 * on one wire with status polling.
 */
#define UART2(offset) REG32(K210_UART2_BASE + (offset))
#include "vendor.h"

#define SPI3(offset) REG32(K210_SPI3_BASE + (offset))

/* Outside of the image, which would have to travel otherwise. */
#define RING       ((volatile u8 *)0x80100000ul)
#define RING_BYTES (256 * 1024)
#define FRAME      ((u8 *)0x80200000ul)
#define FRAME_MAX  (16 + 65536)

#define FLASH_BYTES 0x1000000
#define ERASE_CHIP  0xffffffeeu

enum {
	END = 0xc0,
	ESCAPE = 0xdb,
	DEBUG_TEXT = 0xd1,
	GREETING = 0xd2,
	ERASE = 0xd3,
	PROGRAM = 0xd4,
	SET_RATE = 0xd6,
	INIT_FLASH = 0xd7,
	OK = 0xe0,
	BAD_LENGTH = 0xe1,
	BAD_CHECKSUM = 0xe2,
	UNKNOWN = 0xe3,
	NOT_INITIALISED = 0xe4,
	FAILED = 0xe5,
};

static volatile u32 ring_in;
static u32 ring_out;
static u32 frame_size;
static int flash_ready;

/* ---- line ---- */

u64 trap_handler(u64 cause, u64 pc, u64 value)
{
	u32 source;

	if (cause != INTERRUPT(11))
		no_trap_expected(cause, pc, value);
	if (!(csr_read(mip) & MIE_MEIE))
		return pc;
	source = plic_claim(0);
	if (source == K210_IRQ_UART3) {
		(void)UART3(K210_UART_IIR);
		while (UART3(K210_UART_LSR) & K210_UART_LSR_DATA_READY)
			RING[ring_in++ % RING_BYTES] = (u8)UART3(K210_UART_RBR);
	}
	plic_complete(0, source);
	return pc;
}

static u8 get_byte(void)
{
	while (ring_in == ring_out)
		;
	return RING[ring_out++ % RING_BYTES];
}

/* Everything between two delimiters; a frame that is too long is cut. */
static void get_frame(void)
{
	u8 byte;

	do
		byte = get_byte();
	while (byte != END);
	for (frame_size = 0;;) {
		byte = get_byte();
		if (byte == END && frame_size)
			return;
		if (byte == END)
			continue;
		if (byte == ESCAPE)
			byte = get_byte() == 0xdc ? END : ESCAPE;
		if (frame_size < FRAME_MAX)
			FRAME[frame_size++] = byte;
	}
}

static void answer(u8 operation, u8 status)
{
	put_character(END);
	put_character(operation);
	put_character(status);
	put_character(END);
}

static void debug_text(const char *text)
{
	put_character(END);
	put_character(DEBUG_TEXT);
	put_text(text);
	put_character(END);
}

/* ---- flash ---- */

static void spi_setup(u32 mode)
{
	SPI3(K210_SPI_SER) = 0;
	SPI3(K210_SPI_SSIENR) = 0;
	SPI3(K210_SPI_CTRLR0) = mode << K210_SPI3_CTRLR0_TMOD_SHIFT | 7;
	SPI3(K210_SPI_SPI_CTRLR0) = 0;
	SPI3(K210_SPI_ENDIAN) = 0;
}

static void spi_end(void)
{
	SPI3(K210_SPI_SER) = 0;
	SPI3(K210_SPI_SSIENR) = 0;
}

static u8 flash_status(void)
{
	u8 value;

	spi_setup(K210_SPI_TMOD_EEPROM);
	SPI3(K210_SPI_CTRLR1) = 0;
	SPI3(K210_SPI_SSIENR) = 1;
	SPI3(K210_SPI_DR) = 0x05;
	SPI3(K210_SPI_SER) = 1;
	while (!SPI3(K210_SPI_RXFLR))
		;
	value = (u8)SPI3(K210_SPI_DR);
	spi_end();
	return value;
}

/* Command, three bytes of address if @size is more than one, data. */
static void flash_send(u8 command, u32 address, const u8 *data, u32 size)
{
	u8 header[4] = { command, (u8)(address >> 16), (u8)(address >> 8), (u8)address };

	spi_setup(K210_SPI_TMOD_TX);
	SPI3(K210_SPI_SSIENR) = 1;
	for (u32 i = 0; i < (size ? 4 : 1); i++)
		SPI3(K210_SPI_DR) = header[i];
	SPI3(K210_SPI_SER) = 1;
	for (u32 i = 4; i < size;) {
		if (SPI3(K210_SPI_TXFLR) < 32)
			SPI3(K210_SPI_DR) = data[i++ - 4];
	}
	while ((SPI3(K210_SPI_SR) & 5) != 4)
		;
	spi_end();
}

static void flash_change(u8 command, u32 address, const u8 *data, u32 size)
{
	flash_send(0x06, 0, 0, 0);
	flash_send(command, address, data, size);
	while (flash_status() & 1)
		;
}

static void flash_init(void)
{
	SYSCTL(K210_SYSCTL_CLK_EN_PERI) |= 1u << K210_PERI_SPI3;
	SYSCTL(K210_SYSCTL_CLK_SEL0) |= K210_CLK_SEL0_SPI3_PLL0;
	SPI3(K210_SPI_BAUDR) = 20;
	SPI3(K210_SPI_IMR) = 0;
	SPI3(K210_SPI_DMACR) = 0;
	flash_ready = 1;
}

static void flash_erase(u32 address, u32 size)
{
	while (size) {
		u32 part = address % 0x10000 == 0 && size >= 0x10000 ? 0x10000
			   : address % 0x8000 == 0 && size >= 0x8000 ? 0x8000
								     : 0x1000;

		flash_change(part == 0x10000 ? 0xd8 : part == 0x8000 ? 0x52 : 0x20, address, 0, 4);
		address += part;
		size -= part;
	}
}

static void flash_program(u32 address, const u8 *data, u32 size)
{
	for (u32 done = 0; done < size; done += 256)
		flash_change(0x02, address + done, data + done, 4 + 256);
}

/* ---- frames ---- */

static u32 word_at(u32 offset)
{
	return FRAME[offset] | FRAME[offset + 1] << 8 | FRAME[offset + 2] << 16 |
	       (u32)FRAME[offset + 3] << 24;
}

static u32 checksum(void)
{
	u32 crc = ~0u;

	for (u32 i = 8; i < frame_size; i++) {
		crc ^= FRAME[i];
		for (u32 bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

static u8 erase(u32 address, u32 size)
{
	if (!flash_ready)
		return NOT_INITIALISED;
	if (size == ERASE_CHIP) {
		flash_change(0x60, 0, 0, 0);
		return OK;
	}
	if (address % 4096 || size % 4096 || address > FLASH_BYTES || size > FLASH_BYTES - address)
		return FAILED;
	flash_erase(address, size);
	return OK;
}

static void program(u32 address, u32 size)
{
	if (!flash_ready) {
		answer(PROGRAM, NOT_INITIALISED);
	} else if (address % 4096 || size % 4096 || size > 65536) {
		debug_text("address and length must be multiples of 4096");
	} else {
		flash_erase(address, size);
		flash_program(address, FRAME + 16, size);
		answer(PROGRAM, OK);
	}
}

static void execute(void)
{
	u8 operation = FRAME[0];
	u32 address = word_at(8), size = word_at(12);

	switch (operation) {
	case ERASE:
		answer(operation, erase(address, size));
		break;
	case PROGRAM:
		program(address, size);
		break;
	case SET_RATE:
		console_flush();
		console_set_rate(word_at(16));
		UART3(K210_UART_IER) = K210_UART_IER_PTHRE | K210_UART_IER_RX_DATA;
		answer(operation, OK);
		break;
	case INIT_FLASH:
		if (address == 1)
			flash_init();
		answer(operation, address == 1 ? OK : NOT_INITIALISED);
		break;
	}
}

static void serve(void)
{
	u8 operation;
	u32 data;

	get_frame();
	operation = FRAME[0];
	if (operation == GREETING) {
		answer(operation, OK);
		return;
	}
	if (operation != ERASE && operation != PROGRAM && operation != SET_RATE &&
	    operation != INIT_FLASH) {
		answer(operation, UNKNOWN);
		return;
	}
	data = operation == PROGRAM || operation == SET_RATE ? word_at(12) : 0;
	if (frame_size < 16 || frame_size - 16 != data)
		answer(operation, BAD_LENGTH);
	else if (word_at(4) != checksum())
		answer(operation, BAD_CHECKSUM);
	else
		execute();
}

void main(void)
{
	/* Its debug output goes to a UART that nobody sees. */
	SYSCTL(K210_SYSCTL_CLK_EN_PERI) |= 1u << K210_PERI_UART2;
	fpioa_set_function(10, K210_FUNCTION_UART2_RX, K210_FPIOA_IE);
	fpioa_set_function(11, K210_FUNCTION_UART2_TX, K210_FPIOA_OE);
	UART2(K210_UART_LCR) = K210_UART_LCR_8N1;
	vendor_plic_init(0);
	console_start(115200);
	put_text("stub: started\nstub: waits for frames\nstub: D2 to D7\n");
	UART3(K210_UART_IER) |= K210_UART_IER_RX_DATA;
	plic_enable(0, K210_IRQ_UART3, 1);
	interrupts_on(MIE_MEIE);
	for (;;)
		serve();
}

void main_hart1(void)
{
}
