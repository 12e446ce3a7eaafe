// SPDX-License-Identifier: GPL-2.0-only
// SPDX-FileCopyrightText: the kpu authors
/* /sys/class/kpu/kpuN: one value for each file; docs/uapi.md describes them. */
#include <linux/device.h>
#include <linux/sysfs.h>

#include "kpu_internal.h"

static ssize_t firmware_version_show(struct device *dev, struct device_attribute *attribute,
				     char *buffer)
{
	u32 version = READ_ONCE(kpu_device_of(dev)->info.firmware_version);

	return sysfs_emit(buffer, "%u.%u.%u\n", version >> 16, version >> 8 & 0xff, version & 0xff);
}
static DEVICE_ATTR_RO(firmware_version);

static ssize_t board_show(struct device *dev, struct device_attribute *attribute, char *buffer)
{
	struct kpu_ioctl_device_info info;
	struct kpu_device *device = kpu_device_of(dev);

	mutex_lock(&device->lock);
	kpu_query_device(device, &info);
	mutex_unlock(&device->lock);
	return sysfs_emit(buffer, "%s\n", info.board);
}
static DEVICE_ATTR_RO(board);

static ssize_t state_show(struct device *dev, struct device_attribute *attribute, char *buffer)
{
	u32 state = READ_ONCE(kpu_device_of(dev)->state);

	return sysfs_emit(buffer, "%s\n", kpu_state_name(state));
}
static DEVICE_ATTR_RO(state);

static ssize_t state_reason_show(struct device *dev, struct device_attribute *attribute,
				 char *buffer)
{
	struct kpu_device *device = kpu_device_of(dev);
	char reason[KPU_REASON_BYTES];

	mutex_lock(&device->lock);
	strscpy(reason, device->reason, sizeof(reason));
	mutex_unlock(&device->lock);
	return sysfs_emit(buffer, "%s\n", reason);
}
static DEVICE_ATTR_RO(state_reason);

static ssize_t transport_show(struct device *dev, struct device_attribute *attribute, char *buffer)
{
	return sysfs_emit(buffer, "%s\n", kpu_device_of(dev)->transport_name);
}
static DEVICE_ATTR_RO(transport);

static ssize_t boot_id_show(struct device *dev, struct device_attribute *attribute, char *buffer)
{
	struct kpu_device *device = kpu_device_of(dev);
	u64 boot_id;

	mutex_lock(&device->lock);
	boot_id = device->info.boot_id;
	mutex_unlock(&device->lock);
	return sysfs_emit(buffer, "%016llx\n", boot_id);
}
static DEVICE_ATTR_RO(boot_id);

/* For root alone: the work of all clients ends. */
static ssize_t reset_store(struct device *dev, struct device_attribute *attribute,
			   const char *buffer, size_t count)
{
	struct kpu_device *device = kpu_device_of(dev);
	bool wanted;
	int error;

	error = kstrtobool(buffer, &wanted);
	if (error || !wanted)
		return -EINVAL;
	mutex_lock(&device->lock);
	error = kpu_recovery_reset(device);
	mutex_unlock(&device->lock);
	return error ? error : (ssize_t)count;
}
static DEVICE_ATTR_WO(reset);

static struct attribute *kpu_attributes[] = {
	&dev_attr_firmware_version.attr,
	&dev_attr_board.attr,
	&dev_attr_state.attr,
	&dev_attr_state_reason.attr,
	&dev_attr_transport.attr,
	&dev_attr_boot_id.attr,
	&dev_attr_reset.attr,
	NULL,
};

static const struct attribute_group kpu_group = {
	.attrs = kpu_attributes,
};

/* A counter is found in its table by offset; the tables are those of the ioctl interface. */
struct kpu_counter {
	struct device_attribute attribute;
	size_t offset, size;
};

static ssize_t kpu_counter_emit(char *buffer, const void *table, struct device_attribute *attribute)
{
	struct kpu_counter *counter = container_of(attribute, struct kpu_counter, attribute);
	const void *field = table + counter->offset;

	if (counter->size == sizeof(u64))
		return sysfs_emit(buffer, "%llu\n", *(const u64 *)field);
	return sysfs_emit(buffer, "%u\n", *(const u32 *)field);
}

static ssize_t kpu_link_show(struct device *dev, struct device_attribute *attribute, char *buffer)
{
	struct kpu_device *device = kpu_device_of(dev);
	struct kpu_ioctl_link_counters counters;

	mutex_lock(&device->lock);
	kpu_query_host_link(device, &counters);
	mutex_unlock(&device->lock);
	return kpu_counter_emit(buffer, &counters, attribute);
}

static ssize_t kpu_counters_show(struct device *dev, struct device_attribute *attribute,
				 char *buffer)
{
	struct kpu_device *device = kpu_device_of(dev);
	struct kpu_ioctl_driver_counters counters;

	mutex_lock(&device->lock);
	kpu_query_driver(device, &counters);
	mutex_unlock(&device->lock);
	return kpu_counter_emit(buffer, &counters, attribute);
}

#define KPU_COUNTER(field, table, show)                       \
	((struct attribute *)&(struct kpu_counter){           \
		.attribute = __ATTR(field, 0444, show, NULL), \
		.offset = offsetof(struct table, field),      \
		.size = sizeof_field(struct table, field),    \
	})
#define KPU_LINK_COUNTER(field)   KPU_COUNTER(field, kpu_ioctl_link_counters, kpu_link_show)
#define KPU_DRIVER_COUNTER(field) KPU_COUNTER(field, kpu_ioctl_driver_counters, kpu_counters_show)

static struct attribute *kpu_link_attributes[] = {
	KPU_LINK_COUNTER(bytes_sent),
	KPU_LINK_COUNTER(bytes_received),
	KPU_LINK_COUNTER(packets_sent),
	KPU_LINK_COUNTER(packets_received),
	KPU_LINK_COUNTER(retransmitted),
	KPU_LINK_COUNTER(header_crc_errors),
	KPU_LINK_COUNTER(payload_crc_errors),
	KPU_LINK_COUNTER(frame_errors),
	KPU_LINK_COUNTER(out_of_order),
	KPU_LINK_COUNTER(duplicates),
	KPU_LINK_COUNTER(naks_sent),
	KPU_LINK_COUNTER(naks_received),
	KPU_LINK_COUNTER(timeouts),
	KPU_LINK_COUNTER(window_stalls),
	KPU_LINK_COUNTER(syncs),
	KPU_LINK_COUNTER(overruns),
	NULL,
};

static const struct attribute_group kpu_link_group = {
	.name = "link",
	.attrs = kpu_link_attributes,
};

static struct attribute *kpu_counter_attributes[] = {
	KPU_DRIVER_COUNTER(jobs_submitted),
	KPU_DRIVER_COUNTER(jobs_completed),
	KPU_DRIVER_COUNTER(jobs_failed),
	KPU_DRIVER_COUNTER(jobs_cancelled),
	KPU_DRIVER_COUNTER(models_loaded),
	KPU_DRIVER_COUNTER(session_restarts),
	KPU_DRIVER_COUNTER(board_resets),
	KPU_DRIVER_COUNTER(protocol_errors),
	KPU_DRIVER_COUNTER(retransmissions),
	KPU_DRIVER_COUNTER(resyncs),
	KPU_DRIVER_COUNTER(boots_asked),
	KPU_DRIVER_COUNTER(boots_done),
	KPU_DRIVER_COUNTER(boots_failed),
	KPU_DRIVER_COUNTER(deaths),
	KPU_DRIVER_COUNTER(rate_fallbacks),
	KPU_DRIVER_COUNTER(suspends),
	NULL,
};

/* Not "driver": that name belongs to the driver core. */
static const struct attribute_group kpu_counter_group = {
	.name = "counters",
	.attrs = kpu_counter_attributes,
};

const struct attribute_group *kpu_attribute_groups[] = {
	&kpu_group,
	&kpu_link_group,
	&kpu_counter_group,
	NULL,
};
