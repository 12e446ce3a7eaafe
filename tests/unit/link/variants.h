/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Codec functions compiled as for other machines, beside those of this one. */
#ifndef TESTS_UNIT_LINK_VARIANTS_H
#define TESTS_UNIT_LINK_VARIANTS_H

#include "link/cobs.h"

uint32_t crc32_tiny(uint32_t crc, const uint8_t *bytes, size_t length);
uint32_t crc32_small(uint32_t crc, const uint8_t *bytes, size_t length);
uint32_t crc32_board(uint32_t crc, const uint8_t *bytes, size_t length);
uint16_t crc16_tiny(uint16_t crc, const uint8_t *bytes, size_t length);
uint16_t crc16_small(uint16_t crc, const uint8_t *bytes, size_t length);
uint16_t crc16_board(uint16_t crc, const uint8_t *bytes, size_t length);

void cobs_begin_board(struct kpu_cobs_encoder *encoder, uint8_t *out);
void cobs_add_board(struct kpu_cobs_encoder *encoder, const uint8_t *bytes, size_t length);
size_t cobs_end_board(struct kpu_cobs_encoder *encoder);
void cobs_decoder_init_board(struct kpu_cobs_decoder *decoder, uint8_t *frame, size_t room);
size_t cobs_decode_board(struct kpu_cobs_decoder *decoder, const uint8_t *bytes, size_t length,
			 enum kpu_cobs_event *event);

#endif
