/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * What the host and the first stage (firmware_k210/first_stage/) say to each other. The mask ROM
 * loads the first stage at 115200 baud; the first stage finds a rate that works and takes the
 * firmware at it. See docs/boot.md.
 *
 * Frames are those of the mask ROM (k210/isp.h) both ways, but the CRC-32 covers the first four
 * bytes too: that of bytes 0..3 goes on over 8..end.
 *
 *	0	1	operation
 *	1	1	0 in requests, status in answers
 *	2	2	0
 *	4	4	CRC-32
 *	8	4	value
 *	12	4	length of the data
 *	16	n	data
 *
 * A frame that is damaged, too long or of an unknown operation gets no answer.
 *
 *	operation	value		data		answer: value, data
 *	HELLO		0		-		IDENTITY, { u32 rate, u32 bad frames }
 *	SET_RATE	baud		-		the rate it will have; 0: not possible
 *	PATTERN		any		up to 1024	same value, the data inverted
 *	BEGIN		size		-		size
 *	PIECE		index		PIECE_BYTES	none. The last piece may be shorter
 *	MISSING		0		-		number of missing pieces, a bit for each
 *						piece, lowest bit of the first byte first
 *	START		CRC-32		-		CRC-32 of what is there
 *
 * SET_RATE is answered at the old rate, then the board switches. It goes back to 115200 baud by
 * itself when no intact frame arrives within TRIAL_MS after the switch, or later within IDLE_MS.
 * START begins the firmware, after its answer, when no piece is missing and the CRC is right.
 * Otherwise the status says why not, and after a wrong CRC all pieces count as missing.
 *
 * All numbers little endian.
 */
#ifndef KPU_LINK_FIRST_STAGE_H
#define KPU_LINK_FIRST_STAGE_H

/*
 * Where it lies: above the firmware, below the memory of the mask ROM (k210/isp.h). With its stack
 * it stays within 16 KiB.
 */
#define KPU_STAGE_ADDRESS   0x805e0000u
#define KPU_STAGE_BYTES_MAX 4096u

/*
 * The ROM starts hart 0 where the jump says, and hart 1, with it or at its software interrupt,
 * always at 0x80000000. So there go two instructions that lead to the first stage, and the jump
 * goes there too:
 *
 *	auipc	t0, 0x5e0
 *	jr	t0
 */
#define KPU_STAGE_TRAMPOLINE_ADDRESS 0x80000000u
#define KPU_STAGE_TRAMPOLINE_0       0x005e0297u
#define KPU_STAGE_TRAMPOLINE_1       0x00028067u

#define KPU_STAGE_FIRMWARE_ADDRESS   0x80000000u
#define KPU_STAGE_FIRMWARE_BYTES_MAX (256u * 1024)
#define KPU_STAGE_PIECE_BYTES        256u
#define KPU_STAGE_PIECES_MAX         (KPU_STAGE_FIRMWARE_BYTES_MAX / KPU_STAGE_PIECE_BYTES)

/* "kpu" and the version of this protocol. */
#define KPU_STAGE_IDENTITY 0x0175706bu

#define KPU_STAGE_TRIAL_MS 220u
#define KPU_STAGE_IDLE_MS  2000u

#define KPU_STAGE_HELLO    0xa0u
#define KPU_STAGE_SET_RATE 0xa1u
#define KPU_STAGE_PATTERN  0xa2u
#define KPU_STAGE_BEGIN    0xa3u
#define KPU_STAGE_PIECE    0xa4u
#define KPU_STAGE_MISSING  0xa5u
#define KPU_STAGE_START    0xa6u

/* Numbers of the mask ROM where it has one for the same. */
#define KPU_STAGE_OK           0xe0u
#define KPU_STAGE_BAD_CHECKSUM 0xe2u
#define KPU_STAGE_REFUSED      0xe1u /* a size or rate that is not possible, pieces missing */

#endif
