/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* COBS with the copy loop of the board, which has no unaligned accesses. */
#define KPU_COBS_ALIGNED_COPY 1
#define kpu_cobs_begin        cobs_begin_board
#define kpu_cobs_add          cobs_add_board
#define kpu_cobs_end          cobs_end_board
#define kpu_cobs_decoder_init cobs_decoder_init_board
#define kpu_cobs_decode       cobs_decode_board

#include "link/cobs.c"
