// SPDX-License-Identifier: GPL-2.0-only
// SPDX-FileCopyrightText: the kpu authors
/*
 * For tests only: an SPI controller and GPIO lines whose other end is a program. What it reads
 * from /dev/kpu_spi_bed goes to the SPI face of an emulated board, what it writes came from there
 * (utils/k210-emu/faces/spi_protocol.h). tests/guest/spi_cable.c is that program.
 *
 * The GPIO chip "kpu_spi_bed" has three lines: 0 is ready, with an interrupt at both edges, 1 and
 * 2 are outputs (reset, boot), high unless somebody pulls them down. The parameter pulled_down
 * tells whether somebody has asked for that at ready, driven_high whether an output was, as nobody
 * may.
 *
 * Without a program transfers fail with ENODEV; a program that goes away in the middle makes them
 * fail with EIO, one that does not answer with ETIMEDOUT.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/gpio/driver.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/kfifo.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/pinctrl/pinconf-generic.h>
#include <linux/platform_device.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/spi/spi.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>

#include "tests/kernel/kpu_spi_bed.h"
#include "utils/k210-emu/faces/spi_protocol.h"

#define BED_NAME       "kpu_spi_bed"
#define BED_TIMEOUT_MS 10000
#define BED_LINES      3
#define BED_READY      0
#define BED_RESET      1
#define BED_BOOT       2
#define BED_CHANGES    32
#define BED_TRANSFER   SZ_64K

static unsigned int transfer_max = BED_TRANSFER;
module_param(transfer_max, uint, 0644);
MODULE_PARM_DESC(transfer_max, "Bytes that one transfer may have");

static bool pulled_down;
module_param(pulled_down, bool, 0644);
MODULE_PARM_DESC(pulled_down, "The ready line was asked for with a pull-down");

static bool driven_high;
module_param(driven_high, bool, 0644);
MODULE_PARM_DESC(driven_high, "Reset or boot was driven high, not let go");

static unsigned int edge_delay_ms;
module_param(edge_delay_ms, uint, 0644);
MODULE_PARM_DESC(edge_delay_ms, "Edges of ready come so much later than levels, which take 1 ms");

struct bed {
	struct platform_device *device;
	struct spi_controller *controller;
	struct gpio_chip gpio;
	int irq;
	bool level;
	struct delayed_work edge;
	unsigned long outputs;
	DECLARE_KFIFO(changes, u8, BED_CHANGES); /* of the outputs, not yet told */

	struct mutex lock; /* of what follows, between program and controller */
	wait_queue_head_t wait;
	bool connected, failed;
	u8 *request; /* message for the program */
	size_t request_size, request_taken;
	u8 *answer; /* message from the program */
	size_t answer_size;
	u8 *receive; /* of the transfer that is going on */
	size_t receive_size;
	struct completion done;
};

static struct bed bed;

/* ---- the GPIO chip ---- */

static int bed_get_direction(struct gpio_chip *chip, unsigned int line)
{
	return line == BED_READY ? GPIO_LINE_DIRECTION_IN : GPIO_LINE_DIRECTION_OUT;
}

static int bed_get(struct gpio_chip *chip, unsigned int line)
{
	if (edge_delay_ms)
		usleep_range(1000, 2000);
	return line == BED_READY ? READ_ONCE(bed.level) : test_bit(line, &bed.outputs);
}

static void bed_level(unsigned int line, int value)
{
	mutex_lock(&bed.lock);
	__assign_bit(line, &bed.outputs, value);
	if (bed.connected)
		kfifo_put(&bed.changes, bed.outputs);
	mutex_unlock(&bed.lock);
	wake_up(&bed.wait);
}

static void bed_set(struct gpio_chip *chip, unsigned int line, int value)
{
	if (value)
		driven_high = true;
	bed_level(line, value);
}

/* Resistors of the board pull up what nobody drives. */
static int bed_direction_input(struct gpio_chip *chip, unsigned int line)
{
	if (line != BED_READY)
		bed_level(line, 1);
	return 0;
}

static int bed_direction_output(struct gpio_chip *chip, unsigned int line, int value)
{
	if (line == BED_READY)
		return -EINVAL;
	bed_set(chip, line, value);
	return 0;
}

static int bed_set_config(struct gpio_chip *chip, unsigned int line, unsigned long config)
{
	if (line != BED_READY || pinconf_to_config_param(config) != PIN_CONFIG_BIAS_PULL_DOWN)
		return -ENOTSUPP;
	pulled_down = true;
	return 0;
}

static int bed_to_irq(struct gpio_chip *chip, unsigned int line)
{
	return line == BED_READY ? bed.irq : -ENXIO;
}

static void bed_irq_nothing(struct irq_data *data)
{
}

static int bed_irq_set_type(struct irq_data *data, unsigned int type)
{
	return 0;
}

static struct irq_chip bed_irq_chip = {
	.name = BED_NAME,
	.irq_mask = bed_irq_nothing,
	.irq_unmask = bed_irq_nothing,
	.irq_set_type = bed_irq_set_type,
};

static int bed_add_gpio(void)
{
	bed.irq = irq_alloc_desc(0);
	if (bed.irq < 0)
		return bed.irq;
	irq_set_chip_and_handler(bed.irq, &bed_irq_chip, handle_simple_irq);
	irq_modify_status(bed.irq, IRQ_NOREQUEST | IRQ_NOAUTOEN, IRQ_NOPROBE);
	bed.gpio.label = BED_NAME;
	bed.gpio.parent = &bed.device->dev;
	bed.gpio.owner = THIS_MODULE;
	bed.gpio.base = -1;
	bed.gpio.can_sleep = true;
	bed.gpio.ngpio = BED_LINES;
	bed.gpio.get_direction = bed_get_direction;
	bed.gpio.direction_input = bed_direction_input;
	bed.gpio.direction_output = bed_direction_output;
	bed.gpio.get = bed_get;
	bed.gpio.set = bed_set;
	bed.gpio.set_config = bed_set_config;
	bed.gpio.to_irq = bed_to_irq;
	return gpiochip_add_data(&bed.gpio, &bed);
}

/* ---- the controller ---- */

static void put_u32(u8 *bytes, u32 value)
{
	bytes[0] = value;
	bytes[1] = value >> 8;
	bytes[2] = value >> 16;
	bytes[3] = value >> 24;
}

static u32 get_u32(const u8 *bytes)
{
	return bytes[0] | bytes[1] << 8 | bytes[2] << 16 | (u32)bytes[3] << 24;
}

static int bed_send(const struct spi_transfer *transfer, bool last)
{
	u8 *header = bed.request;

	if (!bed.connected)
		return -ENODEV;
	memset(header, 0, SPI_FACE_HEADER_BYTES);
	header[0] = SPI_FACE_TRANSFER;
	header[1] = (transfer->tx_buf ? SPI_FACE_DRIVE : 0) | (last ? 0 : SPI_FACE_KEEP_SELECTED) |
		    (transfer->rx_buf ? 0 : SPI_FACE_DISCARD);
	put_u32(header + 4, transfer->speed_hz);
	put_u32(header + 8, transfer->len);
	bed.request_size = SPI_FACE_HEADER_BYTES;
	if (transfer->tx_buf) {
		memcpy(header + SPI_FACE_HEADER_BYTES, transfer->tx_buf, transfer->len);
		bed.request_size += transfer->len;
	}
	bed.request_taken = 0;
	bed.receive = transfer->rx_buf;
	bed.receive_size = transfer->len;
	bed.failed = false;
	reinit_completion(&bed.done);
	return 0;
}

static int bed_transfer_one(struct spi_controller *controller, struct spi_device *spi,
			    struct spi_transfer *transfer)
{
	bool last = spi_transfer_is_last(controller, transfer) != transfer->cs_change;
	unsigned long left;
	int error;

	mutex_lock(&bed.lock);
	error = bed_send(transfer, last);
	mutex_unlock(&bed.lock);
	if (error)
		return error;
	wake_up(&bed.wait);
	left = wait_for_completion_timeout(&bed.done, msecs_to_jiffies(BED_TIMEOUT_MS));
	mutex_lock(&bed.lock);
	bed.receive = NULL;
	bed.receive_size = 0;
	if (!left)
		error = -ETIMEDOUT;
	else if (bed.failed)
		error = -EIO;
	mutex_unlock(&bed.lock);
	return error;
}

static size_t bed_max_transfer_size(struct spi_device *spi)
{
	return min_t(size_t, transfer_max, BED_TRANSFER);
}

static int bed_add_controller(void)
{
	struct spi_controller *controller = __spi_alloc_controller(&bed.device->dev, 0, false);
	int error;

	if (!controller)
		return -ENOMEM;
	controller->num_chipselect = 1;
	controller->mode_bits = SPI_CPOL | SPI_CPHA | SPI_3WIRE;
	controller->bits_per_word_mask = SPI_BPW_MASK(8);
	controller->max_speed_hz = 25000000;
	controller->min_speed_hz = 100000;
	controller->transfer_one = bed_transfer_one;
	controller->max_transfer_size = bed_max_transfer_size;
	error = spi_register_controller(controller);
	if (error) {
		spi_controller_put(controller);
		return error;
	}
	bed.controller = controller;
	return 0;
}

/* ---- the program's side ---- */

static int bed_open(struct inode *inode, struct file *file)
{
	int error = 0;

	mutex_lock(&bed.lock);
	if (bed.connected)
		error = -EBUSY;
	bed.connected = true;
	bed.request_size = bed.request_taken = bed.answer_size = 0;
	kfifo_reset(&bed.changes);
	kfifo_put(&bed.changes, bed.outputs);
	mutex_unlock(&bed.lock);
	return error;
}

static void bed_tell_edge(struct work_struct *work)
{
	generic_handle_irq_safe(bed.irq);
}

static void bed_set_level(bool level, bool missed)
{
	WRITE_ONCE(bed.level, level);
	if (missed)
		return;
	if (edge_delay_ms)
		schedule_delayed_work(&bed.edge, msecs_to_jiffies(edge_delay_ms));
	else
		generic_handle_irq_safe(bed.irq);
}

static int bed_release(struct inode *inode, struct file *file)
{
	mutex_lock(&bed.lock);
	bed.connected = false;
	bed.failed = true;
	bed.request_size = bed.request_taken = 0;
	complete(&bed.done);
	mutex_unlock(&bed.lock);
	bed_set_level(false, false);
	return 0;
}

static bool bed_has_message(void)
{
	return bed.request_taken < bed.request_size || !kfifo_is_empty(&bed.changes);
}

/* Between the messages of transfers. The next transfer waits for the lock. */
static ssize_t bed_tell_lines(char __user *to, size_t size)
{
	u8 message[SPI_FACE_HEADER_BYTES] = { SPI_BED_LINES };
	u8 levels;

	if (size < sizeof(message))
		return -EINVAL;
	if (!kfifo_get(&bed.changes, &levels))
		return 0;
	message[1] = levels >> BED_RESET & 1;
	message[2] = levels >> BED_BOOT & 1;
	return copy_to_user(to, message, sizeof(message)) ? -EFAULT : sizeof(message);
}

static ssize_t bed_read(struct file *file, char __user *to, size_t size, loff_t *offset)
{
	ssize_t length;

	if (wait_event_interruptible(bed.wait, bed_has_message()))
		return -ERESTARTSYS;
	mutex_lock(&bed.lock);
	if (bed.request_taken == 0 || bed.request_taken == bed.request_size) {
		length = bed_tell_lines(to, size);
		if (length) {
			mutex_unlock(&bed.lock);
			return length;
		}
	}
	length = min(size, bed.request_size - bed.request_taken);
	if (copy_to_user(to, bed.request + bed.request_taken, length))
		length = -EFAULT;
	else
		bed.request_taken += length;
	mutex_unlock(&bed.lock);
	return length;
}

static size_t bed_answer_wanted(void)
{
	if (bed.answer_size < SPI_FACE_HEADER_BYTES || bed.answer[0] != SPI_FACE_DONE)
		return SPI_FACE_HEADER_BYTES;
	return SPI_FACE_HEADER_BYTES + min_t(u32, get_u32(bed.answer + 4), BED_TRANSFER);
}

static void bed_answer_complete(void)
{
	size_t length = bed_answer_wanted() - SPI_FACE_HEADER_BYTES;

	bed.answer_size = 0;
	if (bed.answer[0] == SPI_FACE_READY) {
		bed_set_level(bed.answer[1], bed.answer[2]);
		return;
	}
	if (bed.receive)
		memcpy(bed.receive, bed.answer + SPI_FACE_HEADER_BYTES,
		       min(length, bed.receive_size));
	complete(&bed.done);
}

static ssize_t bed_write(struct file *file, const char __user *from, size_t size, loff_t *offset)
{
	size_t taken = 0;

	mutex_lock(&bed.lock);
	while (taken < size) {
		size_t piece = min(size - taken, bed_answer_wanted() - bed.answer_size);

		if (copy_from_user(bed.answer + bed.answer_size, from + taken, piece)) {
			mutex_unlock(&bed.lock);
			return -EFAULT;
		}
		taken += piece;
		bed.answer_size += piece;
		if (bed.answer_size == bed_answer_wanted())
			bed_answer_complete();
	}
	mutex_unlock(&bed.lock);
	return taken;
}

static __poll_t bed_poll(struct file *file, struct poll_table_struct *table)
{
	poll_wait(file, &bed.wait, table);
	return EPOLLOUT | (bed_has_message() ? EPOLLIN : 0);
}

static const struct file_operations bed_operations = {
	.owner = THIS_MODULE,
	.open = bed_open,
	.release = bed_release,
	.read = bed_read,
	.write = bed_write,
	.poll = bed_poll,
};

static struct miscdevice bed_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = BED_NAME,
	.fops = &bed_operations,
};

static void bed_remove_all(void)
{
	cancel_delayed_work_sync(&bed.edge);
	if (bed.controller)
		spi_unregister_controller(bed.controller);
	if (bed.gpio.parent)
		gpiochip_remove(&bed.gpio);
	if (bed.irq > 0)
		irq_free_desc(bed.irq);
	if (!IS_ERR_OR_NULL(bed.device))
		platform_device_unregister(bed.device);
	kfree(bed.request);
	kfree(bed.answer);
}

static int __init bed_init(void)
{
	int error;

	mutex_init(&bed.lock);
	INIT_DELAYED_WORK(&bed.edge, bed_tell_edge);
	INIT_KFIFO(bed.changes);
	bed.outputs = BIT(BED_RESET) | BIT(BED_BOOT);
	init_waitqueue_head(&bed.wait);
	init_completion(&bed.done);
	bed.request = kmalloc(SPI_FACE_HEADER_BYTES + BED_TRANSFER, GFP_KERNEL);
	bed.answer = kmalloc(SPI_FACE_HEADER_BYTES + BED_TRANSFER, GFP_KERNEL);
	bed.device = platform_device_register_simple(BED_NAME, -1, NULL, 0);
	if (!bed.request || !bed.answer || IS_ERR(bed.device)) {
		bed_remove_all();
		return -ENOMEM;
	}
	error = bed_add_gpio();
	if (!error)
		error = bed_add_controller();
	if (!error)
		error = misc_register(&bed_misc);
	if (error)
		bed_remove_all();
	return error;
}

static void __exit bed_exit(void)
{
	misc_deregister(&bed_misc);
	bed_remove_all();
}

module_init(bed_init);
module_exit(bed_exit);

MODULE_AUTHOR("the kpu authors");
MODULE_DESCRIPTION("SPI controller of a test bed");
MODULE_LICENSE("GPL");
