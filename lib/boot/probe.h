/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef KPU_LIB_BOOT_PROBE_H
#define KPU_LIB_BOOT_PROBE_H

#include "lib/boot/port.h"

/* 1: our firmware answers at the port's rate, @baud, within the time. 0: it does not. */
int kpu_boot_probe(struct kpu_boot_port *port, uint32_t baud, uint32_t timeout_us);

#endif
