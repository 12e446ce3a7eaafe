/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The CRC-32 as the board has it, four tables. */
#define KPU_CRC32_SLICES 4
#define kpu_crc32        crc32_board
#define kpu_crc16        crc16_board
#include "tests/unit/link/variants.h"

#include "link/crc.c"
