/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The CRC-32 of the first stage: a table of nibbles. */
#define KPU_CRC32_SLICES 0
#define kpu_crc32        crc32_tiny
#define kpu_crc16        crc16_tiny
#include "tests/unit/link/variants.h"

#include "link/crc.c"
