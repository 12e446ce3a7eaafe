/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * SPI2 as slave the way of the vendor's SDK (fact sheet of the chip, section 6.2; SDK spi.c,
 * spi_slave_*, demo spi_slave): one data pin, an interrupt at the rise of chip select, READY that
 * falls when the data phase is armed and rises when it is over. Eight bytes of command: number,
 * address, length, sum. Not of the SDK: command 6 receives without DMA or anybody who reads, and
 * tells what the FIFO has kept.
 */
#include "vendor.h"

#define SPI2(offset)   REG32(K210_SPI2_BASE + (offset))
#define GPIOHS(offset) REG32(K210_GPIOHS_BASE + (offset))

#define SCLK_IO  18
#define CS_IO    19
#define DATA_IO  20
#define INT_IO   34
#define READY_IO 35

#define INT_GPIO    6
#define READY_GPIO  7
#define CHANNEL_IN  3
#define CHANNEL_OUT 4

#define FRAMES_8     (7u << K210_SPI_CTRLR0_DFS_SHIFT)
#define FRAMES_32    (31u << K210_SPI_CTRLR0_DFS_SHIFT)
#define RECEIVE_ONLY (K210_SPI_CTRLR0_SLV_OE | K210_SPI_TMOD_RX << K210_SPI_CTRLR0_TMOD_SHIFT)
#define SEND_ONLY    (K210_SPI_TMOD_TX << K210_SPI_CTRLR0_TMOD_SHIFT)

#define COMMAND_BYTES 8

enum {
	WRITE_CONFIG,
	READ_CONFIG,
	WRITE_BYTES,
	READ_BYTES,
	WRITE_BLOCK,
	READ_BLOCK,
	FILL_FIFO,
};

static u8 config[8];
static u32 shared[1024] __attribute__((aligned(64)));
static struct {
	u8 number;
	int is_open;
	volatile u8 *bytes;
	u32 length; /* bytes, or words of a block */
} command;

static void set_ready(int level)
{
	u32 others = GPIOHS(K210_GPIOHS_OUTPUT_VAL) & ~(1u << READY_GPIO);

	GPIOHS(K210_GPIOHS_OUTPUT_VAL) = others | (u32)level << READY_GPIO;
}

static void start(u32 control, u32 dma)
{
	SPI2(K210_SPI_SSIENR) = 0;
	SPI2(K210_SPI_CTRLR0) = control;
	SPI2(K210_SPI_DMACR) = dma;
	SPI2(K210_SPI_DMATDLR) = 4;
	SPI2(K210_SPI_DMARDLR) = dma ? 0 : 3;
	SPI2(K210_SPI_TXFTLR) = 0;
	SPI2(K210_SPI_RXFTLR) = 7;
	SPI2(K210_SPI_IMR) = 0;
	(void)SPI2(K210_SPI_ICR);
	SPI2(K210_SPI_SSIENR) = 1;
}

static void wait_for_command(void)
{
	command.is_open = 0;
	start(K210_SPI_CTRLR0_SLV_OE | FRAMES_8, 0);
	set_ready(1);
}

static void arm(void)
{
	command.is_open = 1;
	switch (command.number) {
	case WRITE_CONFIG:
	case WRITE_BYTES:
	case FILL_FIFO:
		start(RECEIVE_ONLY | FRAMES_8, 0);
		break;
	case READ_CONFIG:
	case READ_BYTES:
		start(SEND_ONLY | FRAMES_8, 0);
		for (u32 i = 0; i < command.length; i++)
			SPI2(K210_SPI_DR) = command.bytes[i];
		break;
	case WRITE_BLOCK:
		start(RECEIVE_ONLY | FRAMES_32, 1);
		dma_select(CHANNEL_IN, K210_DMA_REQ_SPI2_RX);
		dma_start(CHANNEL_IN, K210_SPI2_BASE + K210_SPI_DR, (u64)command.bytes,
			  command.length, 1, DMA_FROM_DEVICE);
		break;
	default:
		start(SEND_ONLY | FRAMES_32, 2);
		dma_select(CHANNEL_OUT, K210_DMA_REQ_SPI2_TX);
		dma_start(CHANNEL_OUT, (u64)command.bytes, K210_SPI2_BASE + K210_SPI_DR,
			  command.length, 0, DMA_TO_DEVICE);
		break;
	}
	set_ready(0);
}

/* 0: it is none. */
static int take_command(void)
{
	u8 bytes[COMMAND_BYTES], sum = 0;
	u32 address;

	if (SPI2(K210_SPI_RXFLR) != COMMAND_BYTES)
		return 0;
	for (u32 i = 0; i < COMMAND_BYTES; i++) {
		bytes[i] = (u8)SPI2(K210_SPI_DR);
		if (i < COMMAND_BYTES - 1)
			sum += bytes[i];
	}
	if (sum != bytes[COMMAND_BYTES - 1] || bytes[0] > FILL_FIFO)
		return 0;
	command.number = bytes[0];
	address = bytes[1] | (u32)bytes[2] << 8 | (u32)bytes[3] << 16 | (u32)bytes[4] << 24;
	command.length = bytes[5] | (u32)bytes[6] << 8;
	if (command.number <= READ_CONFIG) {
		command.bytes = config + (address & 7);
	} else if (command.number == WRITE_BLOCK || command.number == READ_BLOCK) {
		command.bytes = (volatile u8 *)UNCACHED(address & ~15ul);
		command.length = (command.length ? command.length : 65536) * 4;
	} else {
		command.bytes = (volatile u8 *)UNCACHED(address);
	}
	if (command.number < WRITE_BLOCK && command.length > 8)
		command.length = 8;
	return 1;
}

static int take_bytes(void)
{
	u32 count = SPI2(K210_SPI_RXFLR);

	for (u32 i = 0; i < count; i++) {
		u8 byte = (u8)SPI2(K210_SPI_DR);

		if (i < command.length)
			command.bytes[i] = byte;
	}
	return count < command.length ? 1 : 0;
}

static int fifo_kept(void)
{
	u32 count = SPI2(K210_SPI_RXFLR), overflow = SPI2(K210_SPI_RISR) >> 3 & 1, sum = 0;

	for (u32 i = 0; i < count; i++)
		sum += SPI2(K210_SPI_DR);
	put_value("kept", count);
	put_value("overflow", overflow);
	put_value("sum", sum);
	put_value("cleared", SPI2(K210_SPI_RXOICR));
	put_value("again", SPI2(K210_SPI_RXOICR));
	return 0;
}

/* The last word is on its way when chip select rises; the SDK's way into an interrupt takes
 * longer. */
static int is_running(u32 channel)
{
	for (u32 poll = 0; poll < 100; poll++)
		if (!(DMAC(K210_DMAC_CHEN) >> channel & 1))
			return 0;
	return 1;
}

/* 0 ok, 1 too little received, 2 not all was sent, 3 DMA is not done. */
static int end_command(void)
{
	int error = 0;

	if (command.number == FILL_FIFO)
		return fifo_kept();
	if (command.number == WRITE_CONFIG || command.number == WRITE_BYTES)
		error = take_bytes();
	else if (command.number == WRITE_BLOCK && is_running(CHANNEL_IN))
		error = 3;
	else if (command.number == READ_BLOCK && is_running(CHANNEL_OUT))
		error = 3;
	else if (command.number != WRITE_BLOCK && SPI2(K210_SPI_TXFLR))
		error = 2;
	DMAC(K210_DMAC_CHEN) = 0x100ul << CHANNEL_IN | 0x100ul << CHANNEL_OUT;
	return error;
}

void main_hart1(void)
{
}

u64 trap_handler(u64 cause, u64 pc, u64 value)
{
	u32 source;
	int error;

	if (cause != INTERRUPT(11))
		no_trap_expected(cause, pc, value);
	source = plic_claim(0);
	GPIOHS(K210_GPIOHS_RISE_IP) = 1u << INT_GPIO;
	if (command.is_open) {
		error = end_command();
		put_value("command", command.number);
		put_value("error", (u64)error);
		wait_for_command();
	} else if (take_command()) {
		arm();
	} else {
		put_text("no command\n");
		wait_for_command();
	}
	plic_complete(0, source);
	return pc;
}

void main(void)
{
	const u32 out = 0xf << K210_FPIOA_DRIVE_SHIFT | K210_FPIOA_OE, in = K210_FPIOA_IE;

	console_start(115200);
	vendor_plic_init(0);
	vendor_dmac_init();
	SYSCTL(K210_SYSCTL_CLK_EN_PERI) |= 1u << K210_PERI_SPI2;
	/* 390 MHz, for a master of up to 25 MHz; the SDK's 9 is for its demo of 1 MHz. */
	SYSCTL(K210_SYSCTL_CLK_TH1) &= ~(0xffu << K210_CLK_TH1_SPI2_SHIFT);
	fpioa_set_function(SCLK_IO, K210_FUNCTION_SPI2_SCLK, in | K210_FPIOA_SCHMITT);
	fpioa_set_function(CS_IO, K210_FUNCTION_SPI2_SS, in | K210_FPIOA_SCHMITT);
	fpioa_set_function(DATA_IO, K210_FUNCTION_SPI2_D0, K210_FPIOA_SPI_DATA(0));
	fpioa_set_function(INT_IO, K210_FUNCTION_GPIOHS0 + INT_GPIO, in | K210_FPIOA_SCHMITT);
	fpioa_set_function(READY_IO, K210_FUNCTION_GPIOHS0 + READY_GPIO, out);
	GPIOHS(K210_GPIOHS_INPUT_EN) |= 1u << INT_GPIO;
	GPIOHS(K210_GPIOHS_OUTPUT_EN) |= 1u << READY_GPIO;
	GPIOHS(K210_GPIOHS_RISE_IP) = 1u << INT_GPIO;
	GPIOHS(K210_GPIOHS_RISE_IE) |= 1u << INT_GPIO;
	for (u32 i = 0; i < sizeof(shared) / sizeof(shared[0]); i++)
		((volatile u32 *)UNCACHED(shared))[i] = 0;
	put_value("memory", (u64)shared);
	plic_enable(0, K210_IRQ_GPIOHS0 + INT_GPIO, 1);
	interrupts_on(MIE_MEIE);
	wait_for_command();
	for (;;)
		asm volatile("wfi");
}
