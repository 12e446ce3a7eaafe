/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The small blocks: a probe of an I2C bus where nobody answers, the clock, the hash engine by words
 * and by DMA (digest of "abc" from FIPS 180-2, appendix B.1).
 */
#include "k210/rtc.h"
#include "k210/sha256.h"
#include "vendor.h"

#define I2C(offset) REG32(K210_I2C0_BASE + (offset))
#define RTC(offset) REG32(K210_RTC_BASE + (offset))
#define SHA(offset) REG32(K210_SHA256_BASE + (offset))

/* Offsets of the DesignWare I2C master: SDK i2c.h. */
enum {
	I2C_CON = 0x00,
	I2C_TAR = 0x04,
	I2C_DATA_CMD = 0x10,
	I2C_CLR_TX_ABRT = 0x54,
	I2C_ENABLE = 0x6c,
	I2C_STATUS = 0x70,
	I2C_TX_ABRT_SOURCE = 0x80,
};

static void probe(void)
{
	u32 found = 0;

	clock_enable(K210_PERI_I2C0);
	for (u32 address = 8; address < 0x78; address++) {
		u32 aborted = 0;

		I2C(I2C_ENABLE) = 0;
		I2C(I2C_CON) = 0x63;
		I2C(I2C_TAR) = address;
		I2C(I2C_ENABLE) = 1;
		(void)I2C(I2C_CLR_TX_ABRT);
		I2C(I2C_DATA_CMD) = 0;
		while (!aborted && ((I2C(I2C_STATUS) & 1) || !(I2C(I2C_STATUS) & 4)))
			aborted = I2C(I2C_TX_ABRT_SOURCE);
		found += !I2C(I2C_TX_ABRT_SOURCE);
	}
	put_value("i2c devices", found);
}

static void put_date(void)
{
	u32 date = RTC(K210_RTC_DATE), time = RTC(K210_RTC_TIME);

	put_value("century", RTC(K210_RTC_EXTENDED) & 31);
	put_value("year", date >> K210_RTC_DATE_YEAR_SHIFT);
	put_value("month", date >> K210_RTC_DATE_MONTH_SHIFT & 15);
	put_value("day", date >> K210_RTC_DATE_DAY_SHIFT & 31);
	put_value("weekday", date & 7);
	put_value("hour", time >> K210_RTC_TIME_HOUR_SHIFT & 31);
	put_value("minute", time >> K210_RTC_TIME_MINUTE_SHIFT & 63);
}

/* 23:59:59 on 28 February 2024 and a bit more than a second: the 29th, a Thursday. */
static void check_clock(void)
{
	u32 time;

	clock_enable(K210_PERI_RTC);
	RTC(K210_RTC_INITIAL_COUNT) = 26000;
	RTC(K210_RTC_REGISTER_CTRL) = K210_RTC_CTRL_WRITE;
	RTC(K210_RTC_EXTENDED) = 20 | K210_RTC_EXTENDED_LEAP;
	RTC(K210_RTC_DATE) = 28 << K210_RTC_DATE_DAY_SHIFT | 2 << K210_RTC_DATE_MONTH_SHIFT |
			     24 << K210_RTC_DATE_YEAR_SHIFT;
	RTC(K210_RTC_TIME) = 59 << K210_RTC_TIME_SECOND_SHIFT | 59 << K210_RTC_TIME_MINUTE_SHIFT |
			     23 << K210_RTC_TIME_HOUR_SHIFT;
	RTC(K210_RTC_REGISTER_CTRL) = K210_RTC_CTRL_READ;
	/* A thousandth of the crystal's count makes seconds of a millisecond. */
	delay_us(1500);
	put_date();
	time = RTC(K210_RTC_TIME) >> K210_RTC_TIME_SECOND_SHIFT & 63;
	delay_us(2000);
	put_value("seconds", (RTC(K210_RTC_TIME) >> K210_RTC_TIME_SECOND_SHIFT & 63) - time);
}

static u32 block[16] __attribute__((aligned(64)));

static void start_hash(u32 dma)
{
	SHA(K210_SHA256_NUM) = 1;
	SHA(K210_SHA256_FUNCTION1) = dma;
	SHA(K210_SHA256_FUNCTION0) = K210_SHA256_ENABLE | K210_SHA256_BIG_ENDIAN;
}

static u32 reversed(u32 word)
{
	u32 result = 0;

	for (u32 i = 0; i < 4; i++, word >>= 8)
		result = result << 8 | (word & 255);
	return result;
}

static void put_digest(void)
{
	while (!(SHA(K210_SHA256_FUNCTION0) & K210_SHA256_ENABLE))
		;
	for (u32 i = 0; i < 8; i++)
		put_value("digest", reversed(SHA(K210_SHA256_RESULT + 4 * (7 - i))));
}

static void check_hash(void)
{
	volatile u32 *words = (volatile u32 *)UNCACHED(block);

	clock_enable(K210_PERI_SHA);
	for (u32 i = 0; i < 16; i++)
		words[i] = 0;
	words[0] = 0x80636261;  /* "abc" and the padding's first bit */
	words[15] = 0x18000000; /* 24 bits, big endian */
	start_hash(0);
	put_value("done at start", SHA(K210_SHA256_FUNCTION0) & K210_SHA256_ENABLE);
	for (u32 i = 0; i < 16; i++) {
		while (SHA(K210_SHA256_FUNCTION1) & K210_SHA256_FIFO_FULL)
			;
		SHA(K210_SHA256_DATA_IN) = words[i];
	}
	put_digest();
	vendor_dmac_init();
	dma_select(2, K210_DMA_REQ_SHA_RX);
	start_hash(K210_SHA256_DMA);
	dma_start(2, UNCACHED(block), K210_SHA256_BASE + K210_SHA256_DATA_IN, 16, 0,
		  (DMA_TO_DEVICE & ~(15ul << K210_DMAC_CTL_DST_MSIZE)) |
			  3ul << K210_DMAC_CTL_DST_MSIZE);
	dma_wait(2);
	put_digest();
}

void main(void)
{
	console_start(115200);
	probe();
	check_clock();
	check_hash();
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
