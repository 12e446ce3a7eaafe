/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The two checksums of the wire. Both can be fed piece by piece. */
#ifndef KPU_LINK_CRC_H
#define KPU_LINK_CRC_H

#include "link/types.h"

#define KPU_CRC16_START 0xffffu
#define KPU_CRC32_START 0u

/* CRC-16/CCITT-FALSE: polynomial 0x1021, most significant bit first, no final inversion. */
uint16_t kpu_crc16(uint16_t crc, const uint8_t *bytes, size_t length);
/* CRC-32 of IEEE 802.3: polynomial 0x04c11db7, reflected, inverted at both ends. @crc is the result
 * for the bytes before, KPU_CRC32_START at the beginning. */
uint32_t kpu_crc32(uint32_t crc, const uint8_t *bytes, size_t length);

#endif
