/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Frames on SPI: what the chip select encloses. The wire contract of the exchange; its rules have
 * numbers (X1, X2, ...) in docs/wire-protocol.md.
 *
 * The board is a slave with one data pin, so a frame goes one way. An exchange is two frames: the
 * host's, then the board's answer. The ready line says whose turn it is: high, the board's receiver
 * is armed for a frame of the host; low, its transmitter is armed with the answer, or nothing is.
 *
 * Frame of the host:
 *  0 u8  KPU_SPI_MAGIC_HOST
 *  1 u8  exchange version << 4 | flags
 *  2 u16 sequence of 15 bits, one more for each frame
 *  4 u16 length of the body, a multiple of 4
 *  6 u16 bytes that the host will clock out of the board for the answer, header included
 *  8 u16 largest answer that the host can read, header included
 * 10 u32 0
 * 14 u16 CRC-16 of bytes 0..13
 * 16 body: packets, each filled up to a multiple of 4
 *    u32 end mark: sequence, and its complement in the upper half. It is not where it should be
 *        when words were lost, or when the frame ended early and the rest is that of an older one.
 *
 * Answer of the board:
 *  0 u8  KPU_SPI_MAGIC_BOARD
 *  1 u8  exchange version << 4 | flags
 *  2 u16 sequence of the last frame that was accepted
 *  4 u16 length of the body
 *  6 u16 bytes of body that wait but were more than the host wanted to read
 *  8 u16 largest frame of the host that the board takes, header and mark included
 * 10 u16 frames not accepted since the board started, modulo 65536
 * 12 u16 0
 * 14 u16 CRC-16 of bytes 0..13
 * 16 body, no end mark: the host knows how many bytes it has clocked
 *
 * SPI frames of the board have 32 bits, the most significant first, and its memory is
 * little-endian: on the wire each group of four bytes is in reverse (kpu_spi_reverse()). The first
 * bit that a K210 sends after chip select has fallen comes out as 0 whatever it is
 * (kendryte-standalone-sdk, issue 128). It is the highest of the sequence (in the other order, of
 * the magic), and that is why these are 0.
 */
#ifndef KPU_LINK_SPI_FRAME_H
#define KPU_LINK_SPI_FRAME_H

#include "link/types.h"
#include "link/wire.h"

#define KPU_SPI_VERSION       1u
#define KPU_SPI_MAGIC_HOST    0x4bu
#define KPU_SPI_MAGIC_BOARD   0x6bu
#define KPU_SPI_SEQUENCE_MASK 0x7fffu
#define KPU_SPI_HEADER_BYTES  16u
#define KPU_SPI_MARK_BYTES    4u
/* Every board takes a frame of this size, and an answer of it is enough for an acknowledgement. */
#define KPU_SPI_FRAME_MIN  64u
#define KPU_SPI_ANSWER_MIN 32u
/* Room of one packet with this payload in a body. */
#define KPU_SPI_PACKET_BYTES(payload) \
	(((payload) + KPU_WIRE_HEADER_BYTES + KPU_WIRE_PAYLOAD_CRC_BYTES + 3u) & ~3u)
/* Largest frame or answer. */
#define KPU_SPI_FRAME_MAX (4u * KPU_SPI_PACKET_BYTES(4096u))

/* Flags of the host's frame and, where it says so, of the answer. */
#define KPU_SPI_FLAG_LOOPBACK 0x01u /* answer with the same body; also set in that answer */
#define KPU_SPI_FLAG_ACCEPTED 0x02u /* answer: the frame before it was intact */
#define KPU_SPI_FLAG_OVERRUN  0x04u /* answer: words of it were lost in the receive FIFO */
#define KPU_SPI_FLAG_BUSY     0x08u /* answer: another host holds the board, by another line */

struct kpu_spi_header {
	uint8_t magic, flags;
	uint16_t sequence, length;
	uint16_t read;    /* host: size of the answer; board: body bytes that wait */
	uint16_t limit;   /* largest frame that this end takes */
	uint16_t refused; /* board */
};

void kpu_spi_put_header(uint8_t out[KPU_SPI_HEADER_BYTES], const struct kpu_spi_header *header);
/* False: wrong checksum, version or magic, or a length that is no multiple of 4. */
bool kpu_spi_get_header(const uint8_t bytes[KPU_SPI_HEADER_BYTES], uint8_t magic,
			struct kpu_spi_header *header);
/* Largest payload of a session whose frames have @room bytes; 0: even the smallest does not fit. */
uint16_t kpu_spi_payload_for_room(size_t room);
uint32_t kpu_spi_mark(uint16_t sequence);
/* Reverses each group of four bytes; @length is a multiple of 4. */
void kpu_spi_reverse(uint8_t *bytes, size_t length);

/* Fills a body with what @next gives until that returns 0: nothing to send, or too little room.
 * Returns the body's length. */
size_t kpu_spi_put_packets(uint8_t *body, size_t room,
			   size_t (*next)(void *context, uint8_t *packet, size_t room),
			   void *context);
/* Takes a body apart. What does not look like a packet is given to @take once, as it is, so that
 * the session hears of a loss; false then. */
bool kpu_spi_take_packets(const uint8_t *body, size_t length,
			  void (*take)(void *context, const uint8_t *packet, size_t length),
			  void *context);

#endif
