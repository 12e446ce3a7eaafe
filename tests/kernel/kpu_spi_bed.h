/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * What the test bed tells its program besides the messages of faces/spi_protocol.h: the levels of
 * the lines that the host drives, at the start and at each change.
 *
 *  LINES     0 u8 type, 1 u8 level of reset, 2 u8 level of boot, then 0
 */
#ifndef TESTS_KERNEL_KPU_SPI_BED_H
#define TESTS_KERNEL_KPU_SPI_BED_H

#define SPI_BED_LINES 0x80

#endif
