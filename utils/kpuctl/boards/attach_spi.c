/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/kpuctl/boards/attach_spi.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "utils/kpuctl/boards/system_file.h"
#include "utils/kpuctl/command.h"
#include "utils/kpuctl/failure.h"

#define SCHEME     "spi:"
#define PARAMETERS "/sys/module/kpu_spi_board/parameters"
/* What SPI2 can do is not known; 25 MHz is what Linux allows: docs/spi.md. */
#define SPEED_MIN   100000u
#define SPEED_MAX   25000000u
#define APPEAR_MS   10000
#define PAUSE_MS    20
#define ORDER_BYTES 512

extern char **environ;

static const char *const line_names[SPI_LINES] = { "ready", "reset", "boot" };

static int advise(struct kpu_error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Another next step than the code's; returns what the function that failed would. */
static int advise(struct kpu_error *error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(error->next_step, sizeof(error->next_step), format, arguments);
	va_end(arguments);
	return -error->code;
}

/* ---- "spi:1.0,ready=gpiochip2:3" ---- */

bool is_spi_place(const char *text)
{
	return !strncmp(text, SCHEME, strlen(SCHEME));
}

static bool parse_number(const char *text, unsigned long least, unsigned long most,
			 unsigned long *value, const char **end)
{
	char *after;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*value = strtoul(text, &after, 10);
	*end = after;
	return !errno && *value >= least && *value <= most;
}

static int parse_word(struct spi_place *place, const char *word, struct kpu_error *error)
{
	unsigned long speed;
	const char *end;

	for (unsigned i = 0; i < SPI_LINES; i++) {
		size_t length = strlen(line_names[i]);

		if (strncmp(word, line_names[i], length) || word[length] != '=')
			continue;
		if (place->has_line[i])
			return fail(error, KPU_ERR_PARAM, "%s= is given twice", line_names[i]);
		if (!gpio_line_parse(&place->lines[i], word + length + 1))
			return fail(error, KPU_ERR_PARAM, "%s is not %s=CHIP:LINE, as gpiochip2:3",
				    word, line_names[i]);
		place->has_line[i] = true;
		return 0;
	}
	if (!strcmp(word, "one-wire")) {
		place->one_wire = true;
		return 0;
	}
	if (strncmp(word, "speed=", 6))
		return fail(error, KPU_ERR_PARAM,
			    "\"%s\" is none of ready=, reset=, boot=, speed=, one-wire", word);
	if (!parse_number(word + 6, SPEED_MIN, SPEED_MAX, &speed, &end) || *end)
		return fail(error, KPU_ERR_PARAM, "%s: speed= takes %u to %u Hz", word, SPEED_MIN,
			    SPEED_MAX);
	place->speed = (uint32_t)speed;
	return 0;
}

int spi_place_parse(struct spi_place *place, const char *text, struct kpu_error *error)
{
	char copy[ORDER_BYTES], *rest = copy, *word;
	unsigned long bus, chip_select;
	const char *end;
	int rc = 0;

	memset(place, 0, sizeof(*place));
	if (snprintf(copy, sizeof(copy), "%s", text + strlen(SCHEME)) >= (int)sizeof(copy))
		return fail(error, KPU_ERR_PARAM, "%.40s... is too long", text);
	word = strsep(&rest, ",");
	if (!parse_number(word, 0, 65535, &bus, &end) || *end != '.' ||
	    !parse_number(end + 1, 0, 255, &chip_select, &end) || *end)
		return fail(error, KPU_ERR_PARAM,
			    "spi:%s is not spi:BUS.CHIPSELECT, as spi:1.0,ready=gpiochip2:3", word);
	place->bus = (unsigned)bus;
	place->chip_select = (unsigned)chip_select;
	while (rc == 0 && (word = strsep(&rest, ",")))
		rc = parse_word(place, word, error);
	return rc;
}

/* ---- what the system has ---- */

static void list_buses(const char *root, char *text, size_t size)
{
	size_t used = 0;
	glob_t found;

	system_glob(root, &found, "/sys/class/spi_master/spi*");
	*text = 0;
	for (size_t i = 0; i < found.gl_pathc && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s", i ? ", " : "",
					 base_name(found.gl_pathv[i]));
	globfree(&found);
}

static int check_bus(const struct spi_place *place, const char *root, struct kpu_error *error)
{
	char buses[100], owner[64];

	if (!system_exists(root, "/sys/class/spi_master/spi%u", place->bus)) {
		fail(error, KPU_ERR_NO_DEVICE, "there is no SPI bus %u", place->bus);
		list_buses(root, buses, sizeof(buses));
		if (*buses)
			return advise(error, "the buses here are %s", buses);
		return advise(error, "switch SPI on, or plug the adapter in; the kernel needs a "
				     "driver for it");
	}
	if (!system_exists(root, "/sys/bus/spi/devices/spi%u.%u", place->bus, place->chip_select))
		return 0;
	if (!system_link_name(root, owner, sizeof(owner), "/sys/bus/spi/devices/spi%u.%u/driver",
			      place->bus, place->chip_select))
		system_read(root, owner, sizeof(owner), "/sys/bus/spi/devices/spi%u.%u/modalias",
			    place->bus, place->chip_select);
	fail(error, KPU_ERR_BUSY, "chip select %u of SPI bus %u belongs to %s already",
	     place->chip_select, place->bus, owner);
	if (!strcmp(owner, "kpu_spi"))
		return advise(error,
			      "kpuctl list shows it; kpuctl attach --remove spi:%u.%u "
			      "takes it off",
			      place->bus, place->chip_select);
	return advise(error, "take it off there (on a Raspberry Pi the overlay k210-kpu does)");
}

/* modprobe(8) knows where modules are and what they need. */
static void load_module(void)
{
	char name[] = "modprobe", quiet[] = "-q", module[] = "kpu_spi_board";
	char *arguments[] = { name, quiet, module, NULL };
	pid_t child;

	if (posix_spawnp(&child, name, NULL, NULL, arguments, environ) == 0)
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			;
}

static int check_module(const char *root, struct kpu_error *error)
{
	char path[SYSTEM_PATH_BYTES];

	snprintf(path, sizeof(path), "%s" PARAMETERS "/add", root);
	if (access(path, F_OK) < 0 && !*root && geteuid() == 0)
		load_module();
	if (access(path, F_OK) < 0 && geteuid() == 0) {
		fail(error, KPU_ERR_NO_MODULE, "the kernel module kpu_spi_board is not there");
		return advise(error, "build and install the modules: make modules, make install");
	}
	if (access(path, W_OK) < 0) {
		fail(error, KPU_ERR_PERMISSION, "only root may attach a board on SPI");
		return advise(error, "run it with sudo");
	}
	return 0;
}

/* ---- orders to the module ---- */

static int give_order(const char *root, const char *name, const char *order)
{
	char path[SYSTEM_PATH_BYTES];
	int fd, rc = 0;

	snprintf(path, sizeof(path), "%s" PARAMETERS "/%s", root, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, order, strlen(order)) < 0)
		rc = -errno;
	close(fd);
	return rc;
}

static void write_order(const struct spi_place *place, char order[ORDER_BYTES])
{
	size_t used = (size_t)snprintf(order, ORDER_BYTES, "%u.%u", place->bus, place->chip_select);

	for (unsigned i = 0; i < SPI_LINES; i++) {
		if (place->has_line[i])
			used += (size_t)snprintf(order + used, ORDER_BYTES - used, ",%s=%s:%u",
						 line_names[i], place->lines[i].label,
						 place->lines[i].number);
	}
	if (place->speed)
		used += (size_t)snprintf(order + used, ORDER_BYTES - used, ",speed=%u",
					 place->speed);
	if (place->one_wire)
		snprintf(order + used, ORDER_BYTES - used, ",one-wire");
}

static int add_board(const struct spi_place *place, const char *root, struct kpu_error *error)
{
	char order[ORDER_BYTES];
	int rc;

	write_order(place, order);
	rc = give_order(root, "add", order);
	if (rc == 0)
		return 0;
	if (rc == -ENXIO)
		return fail(error, KPU_ERR_NO_DEVICE, "SPI bus %u has no chip select %u",
			    place->bus, place->chip_select);
	fail(error, rc == -EBUSY || rc == -EEXIST ? KPU_ERR_BUSY : KPU_ERR_NO_DEVICE,
	     "the kernel refuses spi:%s: %s", order, strerror(-rc));
	return advise(error, "its log says why: dmesg | grep kpu_spi");
}

static void remove_board(const struct spi_place *place, const char *root)
{
	char order[32];

	snprintf(order, sizeof(order), "%u.%u", place->bus, place->chip_select);
	give_order(root, "remove", order);
}

/* ---- the device ---- */

static bool find_device(const struct spi_place *place, char *name, size_t size)
{
	glob_t found;

	system_glob("", &found, "/sys/bus/spi/devices/spi%u.%u/kpu/kpu*", place->bus,
		    place->chip_select);
	*name = 0;
	if (found.gl_pathc)
		snprintf(name, size, "/dev/%.32s", base_name(found.gl_pathv[0]));
	globfree(&found);
	return *name && access(name, F_OK) == 0;
}

static int wait_for_device(const struct spi_place *place, char *name, size_t size,
			   struct kpu_error *error)
{
	const struct timespec pause = { 0, PAUSE_MS * 1000000 };
	struct kpu_device *device;
	char uri[80];
	int rc;

	for (int waited = 0; !find_device(place, name, size); waited += PAUSE_MS) {
		if (waited >= APPEAR_MS) {
			fail(error, KPU_ERR_NO_MODULE, "spi:%u.%u: no driver has taken the board",
			     place->bus, place->chip_select);
			return advise(error, "modprobe kpu_spi, then once more");
		}
		nanosleep(&pause, NULL);
	}
	snprintf(uri, sizeof(uri), "dev:%s", name);
	rc = kpu_open(uri, &device, error);
	if (rc < 0)
		return advise(error, "check wires and power; the board's flash must hold the "
				     "firmware: kpuctl flash firmware, over its USB port");
	kpu_close(device);
	return 0;
}

int attach_spi(const struct spi_place *place, const char *root)
{
	struct spi_place checked = *place;
	struct kpu_error error;
	char name[64];
	int rc = check_bus(place, root, &error);

	if (rc == 0)
		rc = check_module(root, &error);
	for (unsigned i = 0; rc == 0 && i < SPI_LINES; i++)
		if (place->has_line[i])
			rc = gpio_line_check(&checked.lines[i], line_names[i], &error);
	if (rc == 0)
		rc = add_board(&checked, root, &error);
	if (rc < 0)
		return report_error(&error);
	rc = wait_for_device(&checked, name, sizeof(name), &error);
	if (rc < 0) {
		remove_board(&checked, root);
		return report_error(&error);
	}
	printf("%s\n", name);
	return EXIT_OK;
}

int detach_spi(const struct spi_place *place, const char *root)
{
	struct kpu_error error;
	char order[32];
	int rc = check_module(root, &error);

	if (rc < 0)
		return report_error(&error);
	snprintf(order, sizeof(order), "%u.%u", place->bus, place->chip_select);
	rc = give_order(root, "remove", order);
	if (rc == 0)
		return EXIT_OK;
	fail(&error, KPU_ERR_NO_DEVICE, "spi:%s has not been attached by kpuctl", order);
	advise(&error, "kpuctl list shows what is attached");
	return report_error(&error);
}
