// SPDX-License-Identifier: GPL-2.0-only
// SPDX-FileCopyrightText: the kpu authors
/* /dev/kpuN: open and close, poll, mmap, and one table of ioctls with one way of copying. */
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "kpu_internal.h"

/**
 * struct kpu_ioctl - one entry of the table
 * @command: number, without the size
 * @size: of the structure in this driver
 * @copy_on_error: the structure says what went wrong, so it goes back in spite of an error
 * @handler: called with a copy of the structure, zero-extended
 */
struct kpu_ioctl {
	unsigned int command;
	size_t size;
	bool copy_on_error;
	int (*handler)(struct kpu_client *client, void *argument);
};

/* The largest structure above; the others fit in. */
union kpu_ioctl_argument {
	struct kpu_ioctl_model_load model_load;
	struct kpu_ioctl_model_load_flash model_load_flash;
	struct kpu_ioctl_flash flash;
	struct kpu_ioctl_job_submit job_submit;
	struct kpu_ioctl_job_wait job_wait;
};

#define KPU_WITHOUT_SIZE(number) ((number) & ~(_IOC_SIZEMASK << _IOC_SIZESHIFT))
#define KPU_IOCTL_ENTRY(number, type, back, function)                         \
	{                                                                     \
		KPU_WITHOUT_SIZE(number), sizeof(struct type), back, function \
	}

static const struct kpu_ioctl kpu_ioctls[] = {
	KPU_IOCTL_ENTRY(KPU_IOCTL_QUERY, kpu_ioctl_query, false, kpu_query),
	KPU_IOCTL_ENTRY(KPU_IOCTL_BUFFER_CREATE, kpu_ioctl_buffer_create, false, kpu_buffer_create),
	KPU_IOCTL_ENTRY(KPU_IOCTL_BUFFER_DESTROY, kpu_ioctl_buffer_destroy, false,
			kpu_buffer_destroy),
	KPU_IOCTL_ENTRY(KPU_IOCTL_MODEL_LOAD, kpu_ioctl_model_load, true, kpu_model_load),
	KPU_IOCTL_ENTRY(KPU_IOCTL_MODEL_LOAD_FLASH, kpu_ioctl_model_load_flash, true,
			kpu_model_load_flash),
	KPU_IOCTL_ENTRY(KPU_IOCTL_FLASH, kpu_ioctl_flash, true, kpu_flash),
	KPU_IOCTL_ENTRY(KPU_IOCTL_MODEL_UNLOAD, kpu_ioctl_model_unload, false, kpu_model_unload),
	KPU_IOCTL_ENTRY(KPU_IOCTL_JOB_SUBMIT, kpu_ioctl_job_submit, false, kpu_job_submit),
	KPU_IOCTL_ENTRY(KPU_IOCTL_JOB_WAIT, kpu_ioctl_job_wait, false, kpu_job_wait),
	KPU_IOCTL_ENTRY(KPU_IOCTL_JOB_CANCEL, kpu_ioctl_job_cancel, false, kpu_job_cancel),
};

static const struct kpu_ioctl *kpu_ioctl_find(unsigned int command)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kpu_ioctls); i++) {
		if (kpu_ioctls[i].command == KPU_WITHOUT_SIZE(command))
			return &kpu_ioctls[i];
	}
	return NULL;
}

static long kpu_file_ioctl(struct file *file, unsigned int command, unsigned long address)
{
	const struct kpu_ioctl *entry = kpu_ioctl_find(command);
	void __user *user = (void __user *)address;
	struct kpu_client *client = file->private_data;
	size_t size = _IOC_SIZE(command);
	union kpu_ioctl_argument argument;
	int error;

	if (!entry)
		return -ENOTTY;
	if (READ_ONCE(client->device->gone))
		return -ENODEV;
	error = copy_struct_from_user(&argument, entry->size, user, size);
	if (error)
		return error;
	error = entry->handler(client, &argument);
	if ((error && !entry->copy_on_error) || !(_IOC_DIR(command) & _IOC_READ))
		return error;
	/* Whatever lies beyond the driver's structure is zero already. */
	if (copy_to_user(user, &argument, min(size, entry->size)))
		return -EFAULT;
	return error;
}

static __poll_t kpu_file_poll(struct file *file, struct poll_table_struct *table)
{
	struct kpu_client *client = file->private_data;
	__poll_t events = 0;

	poll_wait(file, &client->wait, table);
	if (READ_ONCE(client->device->gone))
		return EPOLLERR | EPOLLHUP;
	if (READ_ONCE(client->finished_count))
		events |= EPOLLIN | EPOLLRDNORM;
	return events;
}

static int kpu_file_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct kpu_client *client = file->private_data;

	if (READ_ONCE(client->device->gone))
		return -ENODEV;
	return kpu_buffer_mmap(client, vma);
}

static int kpu_file_open(struct inode *inode, struct file *file)
{
	struct kpu_device *device = container_of(inode->i_cdev, struct kpu_device, cdev);
	struct kpu_client *client;
	int error;

	client = kzalloc(sizeof(*client), GFP_KERNEL_ACCOUNT);
	if (!client)
		return -ENOMEM;
	error = kpu_buffer_init(client);
	if (error)
		goto free;
	client->device = device;
	client->user = file->f_cred->fsuid;
	init_waitqueue_head(&client->wait);
	INIT_LIST_HEAD(&client->turn);
	INIT_LIST_HEAD(&client->queue);
	INIT_LIST_HEAD(&client->unfinished);
	INIT_LIST_HEAD(&client->finished);
	xa_init_flags(&client->models, XA_FLAGS_ALLOC1);

	mutex_lock(&device->lock);
	if (device->gone) {
		error = -ENODEV;
	} else {
		get_device(&device->dev);
		list_add_tail(&client->device_link, &device->clients);
		device->client_count++;
	}
	mutex_unlock(&device->lock);
	if (error)
		goto exit;
	file->private_data = client;
	return nonseekable_open(inode, file);
exit:
	kpu_buffer_exit(client);
free:
	kfree(client);
	return error;
}

static int kpu_file_release(struct inode *inode, struct file *file)
{
	struct kpu_client *client = file->private_data;
	struct kpu_device *device = client->device;

	mutex_lock(&device->lock);
	kpu_job_release_all(client);
	kpu_model_release_all(client);
	list_del(&client->device_link);
	device->client_count--;
	mutex_unlock(&device->lock);
	kpu_buffer_exit(client);
	kfree(client);
	put_device(&device->dev);
	return 0;
}

const struct file_operations kpu_file_operations = {
	.owner = THIS_MODULE,
	.open = kpu_file_open,
	.release = kpu_file_release,
	.unlocked_ioctl = kpu_file_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.poll = kpu_file_poll,
	.mmap = kpu_file_mmap,
};
