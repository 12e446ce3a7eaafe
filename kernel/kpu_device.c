// SPDX-License-Identifier: GPL-2.0-only
// SPDX-FileCopyrightText: the kpu authors
/* One board: made when a transport registers, gone when it leaves, freed after the last user. */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/fs.h>
#include <linux/ktime.h>
#include <linux/slab.h>

#include "kpu_internal.h"

u64 kpu_now_us(void)
{
	return ktime_to_us(ktime_get());
}

u16 kpu_status_known(u16 status)
{
	switch (status) {
	case KPU_STATUS_OK:
#define KPU_ERROR(name, number, sentence, next_step) case number:
#include "link/errors.def"
#undef KPU_ERROR
		return status;
	default:
		return KPU_STATUS_UNKNOWN;
	}
}

int kpu_status_errno(u16 status)
{
	switch (status) {
	case KPU_STATUS_OK:
		return 0;
	case KPU_STATUS_PARAM:
	case KPU_STATUS_KMODEL_VERSION:
	case KPU_STATUS_KMODEL_FORMAT:
	case KPU_STATUS_DECRYPT:
	case KPU_STATUS_GET_CONV_LAYER:
	case KPU_STATUS_IDX_OUTRANGE:
	case KPU_STATUS_SIZE_NOTMATCH:
	case KPU_STATUS_NOT_IMPLEMENT:
		return -EINVAL;
	case KPU_STATUS_NO_MEM:
	case KPU_STATUS_MODELS_FULL:
		return -ENOSPC;
	case KPU_STATUS_NO_HANDLE:
		return -ENOENT;
	case KPU_STATUS_DEVICE_GONE:
		return -ENODEV;
	case KPU_STATUS_BOARD_RESET:
		return -ESTALE;
	case KPU_STATUS_TIMEOUT:
		return -ETIMEDOUT;
	case KPU_STATUS_CANCELLED:
		return -ECANCELED;
	case KPU_STATUS_BUSY:
		return -EBUSY;
	default:
		return -EIO;
	}
}

int kpu_device_usable(const struct kpu_device *device)
{
	if (device->gone)
		return -ENODEV;
	return device->state == KPU_DEVICE_STATE_DEAD ? -EIO : 0;
}

void kpu_sanitise(char *out, size_t room, const char *in, size_t size)
{
	size_t i;

	for (i = 0; i < size && i + 1 < room && in[i]; i++)
		out[i] = in[i] >= 0x20 && in[i] < 0x7f ? in[i] : '?';
	memset(out + i, 0, room - i);
}

static void kpu_device_release(struct device *dev)
{
	struct kpu_device *device = kpu_device_of(dev);

	kpu_engine_free(device);
	kpu_number_put(device->number);
	mutex_destroy(&device->lock);
	mutex_destroy(&device->line_lock);
	mutex_destroy(&device->thread_lock);
	kfree(device);
}

/* From here on put_device() cleans up whatever has been set up. */
static struct kpu_device *kpu_device_alloc(struct kpu_transport *transport)
{
	struct kpu_device *device;

	device = kzalloc(sizeof(*device), GFP_KERNEL);
	if (!device)
		return ERR_PTR(-ENOMEM);
	device->number = kpu_number_get();
	if (device->number < 0) {
		int error = device->number;

		kfree(device);
		return ERR_PTR(error == -ENOSPC ? -EMFILE : error);
	}
	mutex_init(&device->lock);
	mutex_init(&device->line_lock);
	mutex_init(&device->thread_lock);
	init_waitqueue_head(&device->wake);
	init_waitqueue_head(&device->ended);
	INIT_LIST_HEAD(&device->clients);
	INIT_LIST_HEAD(&device->turns);
	INIT_LIST_HEAD(&device->running);
	INIT_LIST_HEAD(&device->loading);
	INIT_LIST_HEAD(&device->flash_turns);
	kpu_power_init(device);
	device->job_deadline = U64_MAX;
	device->boot_deadline = U64_MAX;
	device->transport = transport;
	kpu_sanitise(device->transport_name, sizeof(device->transport_name), transport->name,
		     sizeof(transport->name));
	atomic_set(&device->rate, transport->bytes_per_second);
	device_initialize(&device->dev);
	device->dev.class = &kpu_class;
	device->dev.parent = transport->parent;
	device->dev.release = kpu_device_release;
	device->dev.groups = kpu_attribute_groups;
	device->dev.devt = kpu_device_number(device->number);
	cdev_init(&device->cdev, &kpu_file_operations);
	device->cdev.owner = THIS_MODULE;
	return device;
}

int kpu_transport_register(struct kpu_transport *transport)
{
	struct kpu_device *device;
	int error;

	device = kpu_device_alloc(transport);
	if (IS_ERR(device))
		return PTR_ERR(device);
	error = dev_set_name(&device->dev, "kpu%d", device->number);
	if (error)
		goto put;
	transport->device = device;
	error = kpu_engine_start(device);
	if (error)
		goto put;
	error = cdev_device_add(&device->cdev, &device->dev);
	if (error)
		goto stop;
	kpu_debugfs_add(device);
	dev_info(&device->dev, "board on %s\n", device->transport_name);
	return 0;
stop:
	kpu_engine_stop(device);
put:
	transport->device = NULL;
	put_device(&device->dev);
	return error;
}
EXPORT_SYMBOL_GPL(kpu_transport_register);

/* Users hear of it before the engine is stopped, so nobody waits for a slow transport. */
static void kpu_device_wake_users(struct kpu_device *device)
{
	struct kpu_client *client;

	mutex_lock(&device->lock);
	device->gone = true;
	strscpy(device->reason, "unplugged", sizeof(device->reason));
	kpu_host_fail_all(&device->host, KPU_STATUS_DEVICE_GONE);
	kpu_scheduler_fail_queued(device, KPU_STATUS_DEVICE_GONE);
	list_for_each_entry(client, &device->clients, device_link)
		wake_up_all(&client->wait);
	wake_up_all(&device->ended);
	mutex_unlock(&device->lock);
}

void kpu_transport_shutdown(struct kpu_transport *transport)
{
	struct kpu_device *device = transport->device;

	if (!device || device->shut_down)
		return;
	device->shut_down = true;
	kpu_device_wake_users(device);
	kpu_engine_stop(device);
	kpu_debugfs_remove(device);
	cdev_device_del(&device->cdev, &device->dev);
	kpu_power_exit(device);
	dev_info(&device->dev, "board gone\n");
}
EXPORT_SYMBOL_GPL(kpu_transport_shutdown);

void kpu_transport_unregister(struct kpu_transport *transport)
{
	struct kpu_device *device = transport->device;

	if (!device)
		return;
	kpu_transport_shutdown(transport);
	transport->device = NULL;
	put_device(&device->dev);
}
EXPORT_SYMBOL_GPL(kpu_transport_unregister);

int kpu_transport_number(const struct kpu_transport *transport)
{
	return transport->device->number;
}
EXPORT_SYMBOL_GPL(kpu_transport_number);
