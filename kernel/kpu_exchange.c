// SPDX-License-Identifier: GPL-2.0-only
// SPDX-FileCopyrightText: the kpu authors
/* The exchange of link/, built into the core, for transports of packets. */
#include <linux/export.h>

#include "link/host_spi.h"

EXPORT_SYMBOL_GPL(kpu_spi_payload_for_room);
EXPORT_SYMBOL_GPL(kpu_spi_host_init);
EXPORT_SYMBOL_GPL(kpu_spi_host_next);
EXPORT_SYMBOL_GPL(kpu_spi_host_done);
EXPORT_SYMBOL_GPL(kpu_spi_host_attention);
EXPORT_SYMBOL_GPL(kpu_spi_host_deadline);
