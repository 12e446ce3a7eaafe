// SPDX-License-Identifier: GPL-2.0-only
// SPDX-FileCopyrightText: the kpu authors
/*
 * How the exchange with the board goes: /sys/bus/spi/devices/spiB.C/exchange/, docs/spi.md. The
 * engine's thread counts, so a reader may be one behind.
 */
#include <linux/device.h>
#include <linux/sysfs.h>

#include "kpu_spi.h"

struct kpu_spi_counter {
	struct device_attribute attribute;
	size_t offset; /* of a u32 */
};

static ssize_t kpu_spi_counter_show(struct device *dev, struct device_attribute *attribute,
				    char *text)
{
	struct kpu_spi_counter *counter =
		container_of(attribute, struct kpu_spi_counter, attribute);
	const void *board = dev_get_drvdata(dev);
	const u32 *value = board + counter->offset;

	return sysfs_emit(text, "%u\n", READ_ONCE(*value));
}

#define KPU_SPI_COUNTER(name, member)                                        \
	((struct attribute *)&(struct kpu_spi_counter){                      \
		.attribute = __ATTR(name, 0444, kpu_spi_counter_show, NULL), \
		.offset = offsetof(struct kpu_spi, member),                  \
	})

static struct attribute *kpu_spi_attributes[] = {
	KPU_SPI_COUNTER(clock_hz, host.hz),
	KPU_SPI_COUNTER(exchanges, host.counters.exchanges),
	KPU_SPI_COUNTER(bad_answers, host.counters.bad_answers),
	KPU_SPI_COUNTER(no_answers, host.counters.no_answers),
	KPU_SPI_COUNTER(refused, host.counters.refused),
	KPU_SPI_COUNTER(flushes, host.counters.flushes),
	KPU_SPI_COUNTER(clock_steps, host.counters.clock_steps),
	KPU_SPI_COUNTER(restarts, host.counters.restarts),
	KPU_SPI_COUNTER(resets, resets),
	NULL,
};

static const struct attribute_group kpu_spi_group = {
	.name = "exchange",
	.attrs = kpu_spi_attributes,
};

const struct attribute_group *kpu_spi_attribute_groups[] = {
	&kpu_spi_group,
	NULL,
};
