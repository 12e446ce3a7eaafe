// SPDX-License-Identifier: GPL-2.0-only
// SPDX-FileCopyrightText: the kpu authors
/* Module entry: the device class, the range of device numbers. */
#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/module.h>
#include <linux/pm.h>

#include "kpu_compat.h"
#include "kpu_internal.h"

static dev_t kpu_first_number;
static DEFINE_IDA(kpu_numbers);

/* Not for everyone: udev rules or the administrator give a group access. */
static char *kpu_devnode(kpu_devnode_device_t *dev, umode_t *mode)
{
	if (mode)
		*mode = 0660;
	return NULL;
}

struct class kpu_class = {
	.name = "kpu",
	.devnode = kpu_devnode,
	.pm = pm_sleep_ptr(&kpu_power_operations),
};

int kpu_number_get(void)
{
	return ida_alloc_max(&kpu_numbers, KPU_DEVICES_MAX - 1, GFP_KERNEL);
}

void kpu_number_put(int number)
{
	ida_free(&kpu_numbers, number);
}

dev_t kpu_device_number(int number)
{
	return MKDEV(MAJOR(kpu_first_number), MINOR(kpu_first_number) + number);
}

static int __init kpu_init(void)
{
	int error;

	error = class_register(&kpu_class);
	if (error)
		return error;
	error = alloc_chrdev_region(&kpu_first_number, 0, KPU_DEVICES_MAX, "kpu");
	if (error) {
		class_unregister(&kpu_class);
		return error;
	}
	kpu_debugfs_init();
	return 0;
}

static void __exit kpu_exit(void)
{
	kpu_debugfs_exit();
	unregister_chrdev_region(kpu_first_number, KPU_DEVICES_MAX);
	class_unregister(&kpu_class);
	ida_destroy(&kpu_numbers);
}

module_init(kpu_init);
module_exit(kpu_exit);

MODULE_AUTHOR("the kpu authors");
MODULE_DESCRIPTION("Kendryte K210 boards as neural coprocessors");
MODULE_LICENSE("GPL");
