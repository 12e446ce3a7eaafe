// SPDX-License-Identifier: GPL-2.0-only
// SPDX-FileCopyrightText: the kpu authors
/*
 * Names one board on an SPI bus of a machine whose firmware does not, such as a PC with a USB
 * adapter. Where there is a device tree an overlay does it. "kpuctl attach spi:..." loads this:
 *
 *	modprobe kpu_spi_board bus=1 cs=0 ready=gpiochip2:3 hz=10000000
 *
 * A line is the label of its chip (gpiodetect shows it) and its number there.
 */
#include <linux/device/bus.h>
#include <linux/err.h>
#include <linux/gpio/machine.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/spi/spi.h>

static int bus = -1;
module_param(bus, int, 0444);
MODULE_PARM_DESC(bus, "Number of the SPI controller");

static unsigned int cs;
module_param(cs, uint, 0444);
MODULE_PARM_DESC(cs, "Chip select (default 0)");

static unsigned int hz = 10000000;
module_param(hz, uint, 0444);
MODULE_PARM_DESC(hz, "Fastest clock of the wiring (default 10 MHz)");

static bool one_wire;
module_param(one_wire, bool, 0444);
MODULE_PARM_DESC(one_wire, "One data wire for both directions (default: two)");

static char *ready, *reset, *boot;
module_param(ready, charp, 0444);
MODULE_PARM_DESC(ready, "Ready line, CHIP:NUMBER");
module_param(reset, charp, 0444);
MODULE_PARM_DESC(reset, "Reset line, CHIP:NUMBER, active low (optional)");
module_param(boot, charp, 0444);
MODULE_PARM_DESC(boot, "Boot line (IO16), CHIP:NUMBER, active low (optional)");

#define KPU_SPI_BOARD_LINES 3

static struct gpiod_lookup_table *lookup;
static struct spi_device *board; /* NULL once its bus has gone */

/* Cuts @text into label and number. */
static int kpu_spi_board_line(char *text, const char *name, unsigned long flags,
			      struct gpiod_lookup *line)
{
	char *colon = strrchr(text, ':');
	unsigned int number;

	if (!colon || colon == text || kstrtouint(colon + 1, 10, &number) || number > 1023) {
		pr_err("kpu_spi_board: %s=%s is not CHIP:NUMBER\n", name, text);
		return -EINVAL;
	}
	*colon = 0;
	*line = GPIO_LOOKUP(text, number, name, flags);
	return 0;
}

static int kpu_spi_board_lookup(void)
{
	struct gpiod_lookup *line;
	int error;

	lookup = kzalloc(struct_size(lookup, table, KPU_SPI_BOARD_LINES + 1), GFP_KERNEL);
	if (!lookup)
		return -ENOMEM;
	lookup->dev_id = kasprintf(GFP_KERNEL, "spi%d.%u", bus, cs);
	if (!lookup->dev_id)
		return -ENOMEM;
	line = lookup->table;
	error = kpu_spi_board_line(ready, "ready", GPIO_ACTIVE_HIGH, line++);
	if (!error && reset)
		error = kpu_spi_board_line(reset, "reset", GPIO_ACTIVE_LOW, line++);
	if (!error && boot)
		error = kpu_spi_board_line(boot, "boot", GPIO_ACTIVE_LOW, line++);
	return error;
}

/* The class of controllers has no name outside the SPI core; each controller knows it. */
static struct spi_controller *kpu_spi_board_controller(void)
{
	struct platform_device *helper =
		platform_device_register_simple("kpu_spi_board", -1, NULL, 0);
	struct spi_controller *any, *found = NULL;
	struct device *dev;
	char name[16];

	if (IS_ERR(helper))
		return NULL;
	/* spi_alloc_master() until 6.6, spi_alloc_host() since. */
	any = __spi_alloc_controller(&helper->dev, 0, false);
	if (any) {
		snprintf(name, sizeof(name), "spi%d", bus);
		dev = class_find_device_by_name(any->dev.class, name);
		if (dev)
			found = container_of(dev, struct spi_controller, dev);
		spi_controller_put(any);
	}
	platform_device_unregister(helper);
	return found;
}

static int kpu_spi_board_create(void)
{
	struct spi_board_info info = { .modalias = "k210-kpu",
				       .max_speed_hz = hz,
				       .chip_select = cs,
				       .mode = SPI_MODE_0 | (one_wire ? SPI_3WIRE : 0) };
	struct spi_controller *controller = kpu_spi_board_controller();

	if (!controller) {
		pr_err("kpu_spi_board: there is no SPI controller %d\n", bus);
		return -ENODEV;
	}
	gpiod_add_lookup_table(lookup);
	board = spi_new_device(controller, &info);
	spi_controller_put(controller);
	if (board)
		return 0;
	gpiod_remove_lookup_table(lookup);
	pr_err("kpu_spi_board: spi%d.%u is taken, or the controller has no such chip select\n", bus,
	       cs);
	return -EBUSY;
}

/* A USB adapter may be pulled before this module goes. */
static int kpu_spi_board_notify(struct notifier_block *block, unsigned long event, void *data)
{
	struct device *dev = data;

	if (event == BUS_NOTIFY_DEL_DEVICE && board && dev == &board->dev)
		board = NULL;
	return NOTIFY_DONE;
}

static struct notifier_block kpu_spi_board_notifier = {
	.notifier_call = kpu_spi_board_notify,
};

static void kpu_spi_board_free(void)
{
	if (lookup)
		kfree(lookup->dev_id);
	kfree(lookup);
}

static int __init kpu_spi_board_init(void)
{
	int error;

	if (bus < 0 || !ready) {
		pr_err("kpu_spi_board: needs bus=NUMBER and ready=CHIP:NUMBER\n");
		return -EINVAL;
	}
	error = kpu_spi_board_lookup();
	if (!error)
		error = kpu_spi_board_create();
	if (!error)
		bus_register_notifier(&spi_bus_type, &kpu_spi_board_notifier);
	if (error)
		kpu_spi_board_free();
	return error;
}

static void __exit kpu_spi_board_exit(void)
{
	bus_unregister_notifier(&spi_bus_type, &kpu_spi_board_notifier);
	if (board)
		spi_unregister_device(board);
	gpiod_remove_lookup_table(lookup);
	kpu_spi_board_free();
}

module_init(kpu_spi_board_init);
module_exit(kpu_spi_board_exit);

MODULE_AUTHOR("the kpu authors");
MODULE_DESCRIPTION("Names a Kendryte K210 board on an SPI bus");
MODULE_LICENSE("GPL");
