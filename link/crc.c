/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "link/crc.h"

/* KPU_CRC32_SLICES tables of 1 KiB: 8 for hosts, 4 where memory is dear, 1 for small programs; 0: a
 * table of 64 bytes, for nibbles. */
#ifndef KPU_CRC32_SLICES
#define KPU_CRC32_SLICES 8
#endif

/*
 * Table entry b of slice k is the CRC of byte b followed by k zero bytes. A CRC without its final
 * inversion is linear, so an entry is the sum of the entries of the bits set in b: eight constants
 * define a slice, and the compiler computes the rest.
 */
/* clang-format off */
#define BITS(b, c0, c1, c2, c3, c4, c5, c6, c7)                                                   \
	(((b) & 1 ? c0 : 0) ^ ((b) & 2 ? c1 : 0) ^ ((b) & 4 ? c2 : 0) ^ ((b) & 8 ? c3 : 0) ^      \
	 ((b) & 16 ? c4 : 0) ^ ((b) & 32 ? c5 : 0) ^ ((b) & 64 ? c6 : 0) ^ ((b) & 128 ? c7 : 0))
#define SLICE_0(b) BITS(b, 0x77073096u, 0xee0e612cu, 0x076dc419u, 0x0edb8832u, \
			0x1db71064u, 0x3b6e20c8u, 0x76dc4190u, 0xedb88320u)
#define SLICE_1(b) BITS(b, 0x191b3141u, 0x32366282u, 0x646cc504u, 0xc8d98a08u, \
			0x4ac21251u, 0x958424a2u, 0xf0794f05u, 0x3b83984bu)
#define SLICE_2(b) BITS(b, 0x01c26a37u, 0x0384d46eu, 0x0709a8dcu, 0x0e1351b8u, \
			0x1c26a370u, 0x384d46e0u, 0x709a8dc0u, 0xe1351b80u)
#define SLICE_3(b) BITS(b, 0xb8bc6765u, 0xaa09c88bu, 0x8f629757u, 0xc5b428efu, \
			0x5019579fu, 0xa032af3eu, 0x9b14583du, 0xed59b63bu)
#define SLICE_4(b) BITS(b, 0x3d6029b0u, 0x7ac05360u, 0xf580a6c0u, 0x30704bc1u, \
			0x60e09782u, 0xc1c12f04u, 0x58f35849u, 0xb1e6b092u)
#define SLICE_5(b) BITS(b, 0xcb5cd3a5u, 0x4dc8a10bu, 0x9b914216u, 0xec53826du, \
			0x03d6029bu, 0x07ac0536u, 0x0f580a6cu, 0x1eb014d8u)
#define SLICE_6(b) BITS(b, 0xa6770bb4u, 0x979f1129u, 0xf44f2413u, 0x33ef4e67u, \
			0x67de9cceu, 0xcfbd399cu, 0x440b7579u, 0x8816eaf2u)
#define SLICE_7(b) BITS(b, 0xccaa009eu, 0x4225077du, 0x844a0efau, 0xd3e51bb5u, \
			0x7cbb312bu, 0xf9766256u, 0x299dc2edu, 0x533b85dau)
#define ENTRIES_4(slice, b)   slice(b), slice((b) + 1), slice((b) + 2), slice((b) + 3)
#define ENTRIES_16(slice, b)  ENTRIES_4(slice, b), ENTRIES_4(slice, (b) + 4),                     \
			      ENTRIES_4(slice, (b) + 8), ENTRIES_4(slice, (b) + 12)
#define ENTRIES_64(slice, b)  ENTRIES_16(slice, b), ENTRIES_16(slice, (b) + 16),                  \
			      ENTRIES_16(slice, (b) + 32), ENTRIES_16(slice, (b) + 48)
#define TABLE(slice)          { ENTRIES_64(slice, 0), ENTRIES_64(slice, 64),                      \
				ENTRIES_64(slice, 128), ENTRIES_64(slice, 192) }

#if KPU_CRC32_SLICES == 0
/* Entry n is that of byte 16 * n in the table of bytes. */
#define NIBBLE(n) SLICE_0(16 * (n))
static const uint32_t crc32_table[16] = {
	NIBBLE(0), NIBBLE(1), NIBBLE(2), NIBBLE(3), NIBBLE(4), NIBBLE(5), NIBBLE(6), NIBBLE(7),
	NIBBLE(8), NIBBLE(9), NIBBLE(10), NIBBLE(11),
	NIBBLE(12), NIBBLE(13), NIBBLE(14), NIBBLE(15),
};
#else
static const uint32_t crc32_table[KPU_CRC32_SLICES][256] = {
	TABLE(SLICE_0),
#if KPU_CRC32_SLICES >= 4
	TABLE(SLICE_1), TABLE(SLICE_2), TABLE(SLICE_3),
#endif
#if KPU_CRC32_SLICES == 8
	TABLE(SLICE_4), TABLE(SLICE_5), TABLE(SLICE_6), TABLE(SLICE_7),
#endif
};
#endif

/* Of the 16 values of a nibble: the header is 10 bytes, a bigger table would not pay. */
static const uint16_t crc16_table[16] = {
	0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50a5, 0x60c6, 0x70e7,
	0x8108, 0x9129, 0xa14a, 0xb16b, 0xc18c, 0xd1ad, 0xe1ce, 0xf1ef,
};
/* clang-format on */

uint16_t kpu_crc16(uint16_t crc, const uint8_t *bytes, size_t length)
{
	while (length--) {
		uint8_t byte = *bytes++;

		crc = (uint16_t)(crc << 4 ^ crc16_table[crc >> 12 ^ byte >> 4]);
		crc = (uint16_t)(crc << 4 ^ crc16_table[crc >> 12 ^ (byte & 15)]);
	}
	return crc;
}

static uint32_t crc32_byte(uint32_t crc, uint8_t byte)
{
#if KPU_CRC32_SLICES == 0
	crc ^= byte;
	crc = crc >> 4 ^ crc32_table[crc & 15];
	return crc >> 4 ^ crc32_table[crc & 15];
#else
	return crc >> 8 ^ crc32_table[0][(crc ^ byte) & 0xff];
#endif
}

#if KPU_CRC32_SLICES >= 4
/* @word: the next four bytes, first byte lowest. */
static inline uint32_t lookup(const uint32_t (*table)[256], uint32_t word)
{
	return table[3][word & 0xff] ^ table[2][word >> 8 & 0xff] ^ table[1][word >> 16 & 0xff] ^
	       table[0][word >> 24];
}

/* @bytes must be aligned: the board's core has no fast unaligned loads. */
static inline uint32_t load(const uint8_t *bytes)
{
	uint32_t word;

	__builtin_memcpy(&word, __builtin_assume_aligned(bytes, 4), 4);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap32(word);
#endif
	return word;
}
#endif

uint32_t kpu_crc32(uint32_t crc, const uint8_t *bytes, size_t length)
{
	const uint8_t *end = bytes + length;

	crc = ~crc;
#if KPU_CRC32_SLICES >= 4
	while (bytes != end && ((size_t)bytes & 3))
		crc = crc32_byte(crc, *bytes++);
#if KPU_CRC32_SLICES == 8
	for (; end - bytes >= 8; bytes += 8)
		crc = lookup(&crc32_table[4], crc ^ load(bytes)) ^
		      lookup(&crc32_table[0], load(bytes + 4));
#endif
	for (; end - bytes >= 4; bytes += 4)
		crc = lookup(&crc32_table[0], crc ^ load(bytes));
#endif
	while (bytes != end)
		crc = crc32_byte(crc, *bytes++);
	return ~crc;
}
