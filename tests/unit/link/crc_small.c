/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The smallest CRC-32, one table. */
#define KPU_CRC32_SLICES 1
#define kpu_crc32        crc32_small
#define kpu_crc16        crc16_small
#include "tests/unit/link/variants.h"

#include "link/crc.c"
