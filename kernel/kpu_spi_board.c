// SPDX-License-Identifier: GPL-2.0-only
// SPDX-FileCopyrightText: the kpu authors
/*
 * Names boards on SPI buses of a machine whose firmware does not, such as a PC with a USB adapter.
 * Where there is a device tree an overlay does it. "kpuctl attach spi:..." writes to this:
 *
 *	modprobe kpu_spi_board
 *	echo 1.0,ready=gpio-ft232h:3,speed=10000000 > /sys/module/kpu_spi_board/parameters/add
 *	echo 1.0 > /sys/module/kpu_spi_board/parameters/remove
 *
 * Bus and chip select come first, then reset=, boot= and one-wire as wanted. A line is the label of
 * its chip (gpiodetect shows it) and its number there. "add" may also stand on modprobe's command
 * line, for one board.
 */
#include <linux/device/bus.h>
#include <linux/err.h>
#include <linux/gpio/machine.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/spi/spi.h>
#include <linux/spinlock.h>

#define KPU_SPI_BOARD_LINES 3
#define KPU_SPI_BOARD_HZ    10000000
/* The board's own buttons and bridge pull these down, too: nobody may drive them high. */
#define KPU_SPI_BOARD_SHARED (GPIO_ACTIVE_LOW | GPIO_OPEN_DRAIN)

struct kpu_spi_board {
	struct list_head link;
	struct spi_controller *controller; /* held */
	struct spi_device *device;         /* NULL once its bus has gone */
	struct spi_board_info info;
	char name[24]; /* "spi1.0" */
	char *text;    /* of the order; the lookup table points into it */
	struct gpiod_lookup_table *lookup;
	unsigned int lines;
};

/* One order at a time; the list is also read when a device goes. */
static DEFINE_MUTEX(kpu_spi_board_mutex);
static DEFINE_SPINLOCK(kpu_spi_board_lock);
static LIST_HEAD(kpu_spi_boards);
static bool kpu_spi_board_running;
static char *kpu_spi_board_first; /* ordered before the module ran */

/* Cuts @text into label and number. */
static int kpu_spi_board_line(struct kpu_spi_board *board, const char *name, char *text,
			      unsigned long flags)
{
	char *colon = text ? strrchr(text, ':') : NULL;
	unsigned int number, i;

	if (!colon || colon == text || kstrtouint(colon + 1, 10, &number) || number > 1023) {
		pr_err("kpu_spi_board: %s: %s= is not CHIP:NUMBER\n", board->name, name);
		return -EINVAL;
	}
	for (i = 0; i < board->lines; i++) {
		if (strcmp(board->lookup->table[i].con_id, name) == 0) {
			pr_err("kpu_spi_board: %s: %s= twice\n", board->name, name);
			return -EINVAL;
		}
	}
	*colon = 0;
	board->lookup->table[board->lines++] = GPIO_LOOKUP(text, number, name, flags);
	return 0;
}

static int kpu_spi_board_word(struct kpu_spi_board *board, char *word)
{
	const char *key = strsep(&word, "=");

	if (strcmp(key, "ready") == 0)
		/* A board without power must not look ready. Not all chips have resistors. */
		return kpu_spi_board_line(board, "ready", word, GPIO_ACTIVE_HIGH | GPIO_PULL_DOWN);
	if (strcmp(key, "reset") == 0)
		return kpu_spi_board_line(board, "reset", word, KPU_SPI_BOARD_SHARED);
	if (strcmp(key, "boot") == 0)
		return kpu_spi_board_line(board, "boot", word, KPU_SPI_BOARD_SHARED);
	if (strcmp(key, "one-wire") == 0 && !word) {
		board->info.mode |= SPI_3WIRE;
		return 0;
	}
	if (strcmp(key, "speed") == 0 && word &&
	    kstrtou32(word, 10, &board->info.max_speed_hz) == 0 && board->info.max_speed_hz)
		return 0;
	pr_err("kpu_spi_board: %s: \"%s\" makes no sense\n", board->name, key);
	return -EINVAL;
}

static bool kpu_spi_board_has_ready(const struct kpu_spi_board *board)
{
	unsigned int i;

	for (i = 0; i < board->lines; i++) {
		if (strcmp(board->lookup->table[i].con_id, "ready") == 0)
			return true;
	}
	return false;
}

/* "1.0,ready=..." */
static int kpu_spi_board_parse(struct kpu_spi_board *board, int *bus)
{
	char *rest = board->text, *word = strsep(&rest, ",");
	int error = 0, end = 0;
	u16 cs;

	if (sscanf(word, "%d.%hu%n", bus, &cs, &end) != 2 || *bus < 0 || word[end]) {
		pr_err("kpu_spi_board: \"%s\" is not BUS.CHIPSELECT\n", word);
		return -EINVAL;
	}
	board->info.chip_select = cs;
	snprintf(board->name, sizeof(board->name), "spi%d.%u", *bus, cs);
	while (!error && (word = strsep(&rest, ",")))
		error = kpu_spi_board_word(board, word);
	if (!error && !kpu_spi_board_has_ready(board)) {
		pr_err("kpu_spi_board: %s: needs ready=CHIP:NUMBER\n", board->name);
		error = -EINVAL;
	}
	return error;
}

static void kpu_spi_board_free(struct kpu_spi_board *board)
{
	if (board->controller)
		spi_controller_put(board->controller);
	kfree(board->lookup);
	kfree(board->text);
	kfree(board);
}

static struct kpu_spi_board *kpu_spi_board_alloc(const char *text)
{
	struct kpu_spi_board *board = kzalloc(sizeof(*board), GFP_KERNEL);

	if (!board)
		return NULL;
	strscpy(board->info.modalias, "k210-kpu", sizeof(board->info.modalias));
	board->info.max_speed_hz = KPU_SPI_BOARD_HZ;
	board->info.mode = SPI_MODE_0;
	board->text = kstrdup(text, GFP_KERNEL);
	/* An empty entry ends the table. */
	board->lookup =
		kzalloc(struct_size(board->lookup, table, KPU_SPI_BOARD_LINES + 1), GFP_KERNEL);
	if (!board->text || !board->lookup) {
		kpu_spi_board_free(board);
		return NULL;
	}
	board->lookup->dev_id = board->name;
	strim(board->text);
	return board;
}

/* The class of controllers has no name outside the SPI core; each controller knows it. */
static struct spi_controller *kpu_spi_board_controller(int bus)
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

static bool kpu_spi_board_taken(const char *name)
{
	struct device *dev = bus_find_device_by_name(&spi_bus_type, NULL, name);

	put_device(dev);
	return dev;
}

/*
 * A driver that is there must take it; one that is not may come later, and so may a GPIO chip. What
 * the driver's probe has returned the driver core tells nobody, but the driver's log.
 */
static int kpu_spi_board_check(struct kpu_spi_board *board)
{
	int bound = device_attach(&board->device->dev);

	if (bound || !driver_find("kpu_spi", &spi_bus_type))
		return 0;
	pr_err("kpu_spi_board: %s: the driver refuses it\n", board->name);
	return -EIO;
}

/* A bus that goes takes its devices with it, under this lock of its own. */
static void kpu_spi_board_unregister(struct kpu_spi_board *board)
{
	struct spi_device *device;

	mutex_lock(&board->controller->add_lock);
	device = board->device;
	if (device)
		spi_unregister_device(device);
	board->device = NULL;
	mutex_unlock(&board->controller->add_lock);
}

static void kpu_spi_board_drop(struct kpu_spi_board *board)
{
	kpu_spi_board_unregister(board);
	spin_lock(&kpu_spi_board_lock);
	list_del(&board->link);
	spin_unlock(&kpu_spi_board_lock);
	gpiod_remove_lookup_table(board->lookup);
	kpu_spi_board_free(board);
}

/* The caller holds the mutex. What is left of a bus that has gone makes room. */
static void kpu_spi_board_forget_gone(const char *name)
{
	struct kpu_spi_board *board, *next;

	list_for_each_entry_safe(board, next, &kpu_spi_boards, link) {
		if (strcmp(board->name, name) == 0 && !board->device)
			kpu_spi_board_drop(board);
	}
}

static int kpu_spi_board_find_bus(struct kpu_spi_board *board, int bus)
{
	board->controller = kpu_spi_board_controller(bus);
	if (!board->controller) {
		pr_err("kpu_spi_board: there is no SPI controller %d\n", bus);
		return -ENODEV;
	}
	if (kpu_spi_board_taken(board->name)) {
		pr_err("kpu_spi_board: %s is taken\n", board->name);
		return -EEXIST;
	}
	return 0;
}

static int kpu_spi_board_create(struct kpu_spi_board *board)
{
	int error;

	kpu_spi_board_forget_gone(board->name);
	gpiod_add_lookup_table(board->lookup);
	spin_lock(&kpu_spi_board_lock);
	list_add_tail(&board->link, &kpu_spi_boards);
	spin_unlock(&kpu_spi_board_lock);
	board->device = spi_new_device(board->controller, &board->info);
	if (!board->device)
		pr_err("kpu_spi_board: the controller has no %s\n", board->name);
	error = board->device ? kpu_spi_board_check(board) : -ENXIO;
	if (error)
		kpu_spi_board_drop(board);
	return error;
}

static int kpu_spi_board_add(const char *text)
{
	struct kpu_spi_board *board = kpu_spi_board_alloc(text);
	int bus, error;

	if (!board)
		return -ENOMEM;
	error = kpu_spi_board_parse(board, &bus);
	if (!error)
		error = kpu_spi_board_find_bus(board, bus);
	if (error) {
		kpu_spi_board_free(board);
		return error;
	}
	return kpu_spi_board_create(board);
}

static int kpu_spi_board_add_set(const char *text, const struct kernel_param *parameter)
{
	int error = 0;

	mutex_lock(&kpu_spi_board_mutex);
	if (kpu_spi_board_running) {
		error = kpu_spi_board_add(text);
	} else if (THIS_MODULE->state != MODULE_STATE_COMING) {
		error = -ENODEV;
	} else {
		kfree(kpu_spi_board_first);
		kpu_spi_board_first = kstrdup(text, GFP_KERNEL);
		error = kpu_spi_board_first ? 0 : -ENOMEM;
	}
	mutex_unlock(&kpu_spi_board_mutex);
	return error;
}

static const struct kernel_param_ops kpu_spi_board_add_ops = { .set = kpu_spi_board_add_set };
module_param_cb(add, &kpu_spi_board_add_ops, NULL, 0200);
MODULE_PARM_DESC(add,
		 "BUS.CHIPSELECT,ready=CHIP:LINE[,reset=...][,boot=...][,speed=HZ][,one-wire]");

static int kpu_spi_board_remove_set(const char *text, const struct kernel_param *parameter)
{
	struct kpu_spi_board *board, *found = NULL;
	char name[24];

	snprintf(name, sizeof(name), "spi%s", text);
	mutex_lock(&kpu_spi_board_mutex);
	list_for_each_entry(board, &kpu_spi_boards, link) {
		if (strcmp(board->name, strim(name)) == 0)
			found = board;
	}
	if (found)
		kpu_spi_board_drop(found);
	mutex_unlock(&kpu_spi_board_mutex);
	return found ? 0 : -ENOENT;
}

static const struct kernel_param_ops kpu_spi_board_remove_ops = { .set = kpu_spi_board_remove_set };
module_param_cb(remove, &kpu_spi_board_remove_ops, NULL, 0200);
MODULE_PARM_DESC(remove, "BUS.CHIPSELECT of a board that was added");

/* A USB adapter may be pulled before its board is removed. */
static int kpu_spi_board_notify(struct notifier_block *block, unsigned long event, void *data)
{
	struct kpu_spi_board *board;
	struct device *dev = data;

	if (event != BUS_NOTIFY_DEL_DEVICE)
		return NOTIFY_DONE;
	spin_lock(&kpu_spi_board_lock);
	list_for_each_entry(board, &kpu_spi_boards, link) {
		if (board->device && dev == &board->device->dev)
			board->device = NULL;
	}
	spin_unlock(&kpu_spi_board_lock);
	return NOTIFY_DONE;
}

static struct notifier_block kpu_spi_board_notifier = {
	.notifier_call = kpu_spi_board_notify,
};

static int __init kpu_spi_board_init(void)
{
	int error = bus_register_notifier(&spi_bus_type, &kpu_spi_board_notifier);

	if (error)
		return error;
	mutex_lock(&kpu_spi_board_mutex);
	if (kpu_spi_board_first)
		error = kpu_spi_board_add(kpu_spi_board_first);
	kfree(kpu_spi_board_first);
	kpu_spi_board_first = NULL;
	kpu_spi_board_running = !error;
	mutex_unlock(&kpu_spi_board_mutex);
	if (error)
		bus_unregister_notifier(&spi_bus_type, &kpu_spi_board_notifier);
	return error;
}

static void __exit kpu_spi_board_exit(void)
{
	struct kpu_spi_board *board, *next;

	mutex_lock(&kpu_spi_board_mutex);
	kpu_spi_board_running = false;
	list_for_each_entry_safe(board, next, &kpu_spi_boards, link)
		kpu_spi_board_drop(board);
	mutex_unlock(&kpu_spi_board_mutex);
	bus_unregister_notifier(&spi_bus_type, &kpu_spi_board_notifier);
}

module_init(kpu_spi_board_init);
module_exit(kpu_spi_board_exit);

MODULE_AUTHOR("the kpu authors");
MODULE_DESCRIPTION("Names Kendryte K210 boards on SPI buses");
MODULE_LICENSE("GPL");
MODULE_SOFTDEP("pre: kpu_spi");
