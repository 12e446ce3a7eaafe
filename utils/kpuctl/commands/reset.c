/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "utils/kpuctl/command.h"
#include "utils/kpuctl/boards/kernel_device.h"
#include "utils/kpuctl/boards/system_file.h"

enum {
	OPTION_NO_WAIT = 256,
	OPTION_ROOT,
};

static const struct option_entry options[] = {
	{ OPTION_NO_WAIT, "no-wait", NULL, "do not wait until the board is ready again" },
	{ OPTION_ROOT, "root", "FOLDER", NULL },
	{ 0, NULL, NULL, NULL },
};

/* The driver gives the holder 33 s (uapi/kpu.h, KPU_BOOT_*_MS), then the session begins. */
#define READY_MS 60000
#define LOOK_MS  50

struct request {
	const char *root;
	bool no_wait;
};

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static int no_device(const char *name)
{
	complain("there is no %s\n        kpuctl list shows what there is", name);
	return EXIT_NO_DEVICE;
}

/* The first step: errors of write(2) as sentences. */
static int ask_driver(const struct request *request, const char *name)
{
	char path[SYSTEM_PATH_BYTES];
	int fd, number, status = EXIT_FAILED;

	snprintf(path, sizeof(path), "%s/sys/class/kpu/%s/reset", request->root, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	number = fd < 0 || write(fd, "1", 1) != 1 ? errno : 0;
	if (fd >= 0)
		close(fd);
	switch (number) {
	case 0:
		return EXIT_OK;
	case ENOENT:
		complain("the driver that is loaded cannot reset boards: it is an older one\n"
			 "        make modules && sudo make install, then load it anew: "
			 "modprobe -r kpu_tty && modprobe kpu_tty");
		break;
	case EACCES:
	case EPERM:
		complain("only root may reset a board that others may be using\n"
			 "        sudo kpuctl reset %s",
			 name);
		status = EXIT_NO_DEVICE;
		break;
	case EBUSY:
		note("/dev/%s is being booted already", name);
		return EXIT_OK;
	case ENODEV:
		complain("/dev/%s has just been unplugged", name);
		status = EXIT_NO_DEVICE;
		break;
	case EIO:
		complain(
			"the board of /dev/%s does not answer, and who attached it cannot boot it\n"
			"        attach it by kpuctl attach, or unplug it and plug it in again",
			name);
		break;
	default:
		complain("cannot reset /dev/%s: %s", name, strerror(number));
	}
	return status;
}

static void read_boot_id(const struct request *request, const char *name, char *text, size_t size)
{
	system_read(request->root, text, size, "/sys/class/kpu/%s/boot_id", name);
}

static bool find_device(const struct request *request, const char *name,
			struct kernel_device *device)
{
	struct kernel_device devices[KERNEL_DEVICES_MAX];
	size_t count = read_kernel_devices(request->root, devices);

	for (size_t i = 0; i < count; i++) {
		if (!strcmp(devices[i].name, name)) {
			*device = devices[i];
			return true;
		}
	}
	return false;
}

/* Ready with another boot id: the board that answers has started after @before was read. */
static int wait_until_ready(const struct request *request, const char *name, const char *before)
{
	struct timespec pause = { 0, LOOK_MS * 1000000 };
	uint64_t began = now_ms();
	struct kernel_device device;
	char boot_id[32];

	while (now_ms() - began < READY_MS) {
		if (!find_device(request, name, &device)) {
			complain("/dev/%s has been unplugged meanwhile", name);
			return EXIT_NO_DEVICE;
		}
		read_boot_id(request, name, boot_id, sizeof(boot_id));
		if (!strcmp(device.state, "ready") && strcmp(boot_id, before)) {
			printf("/dev/%s is ready after %.1f s, firmware %s\n", name,
			       (double)(now_ms() - began) / 1000, device.firmware);
			return EXIT_OK;
		}
		if (!strcmp(device.state, "dead")) {
			complain("/dev/%s is dead: %s\n        kpuctl doctor says more", name,
				 device.reason);
			return EXIT_FAILED;
		}
		nanosleep(&pause, NULL);
	}
	complain("/dev/%s is %s%s%s after %d s", name, device.state, *device.reason ? ": " : "",
		 device.reason, READY_MS / 1000);
	return EXIT_TIMEOUT;
}

static int reset_kernel_device(const struct request *request, const char *name)
{
	char before[32], path[40];
	struct kernel_device device;
	int status;

	if (!find_device(request, name, &device)) {
		snprintf(path, sizeof(path), "/dev/%.24s", name);
		return no_device(path);
	}
	read_boot_id(request, name, before, sizeof(before));
	status = ask_driver(request, name);
	if (status != EXIT_OK || request->no_wait)
		return status;
	return wait_until_ready(request, name, before);
}

/* Nobody has attached it: the firmware is brought there, as kpuctl -d tty:... would. */
static int boot_port(const char *path)
{
	struct kpu_boot_result result;
	struct kpu_error error;

	if (kpu_boot_tty(path, NULL, &result, &error) < 0) {
		char sentence[sizeof(error.message)];

		/* Which of several ports it was is not in it. */
		snprintf(sentence, sizeof(sentence), "%s", error.message);
		if (!strstr(sentence, path))
			snprintf(error.message, sizeof(error.message), "%.60s: %.190s", path,
				 sentence);
		return report_error(&error);
	}
	printf("%s: the firmware runs after %.1f s; the line does %u baud\n", path,
	       (double)result.total_us / 1e6, result.rate);
	return EXIT_OK;
}

/* "/dev/ttyUSB0" that the driver has means its /dev/kpuN. */
static int reset_port(const struct request *request, const char *path)
{
	struct kernel_device devices[KERNEL_DEVICES_MAX];
	size_t count = read_kernel_devices(request->root, devices);
	const struct kernel_device *device = kernel_device_of_tty(devices, count, base_name(path));

	if (device)
		return reset_kernel_device(request, device->name);
	if (access(path, F_OK) < 0)
		return no_device(path);
	return boot_port(path);
}

static int reset_first(const struct request *request)
{
	struct kernel_device devices[KERNEL_DEVICES_MAX];
	size_t count = read_kernel_devices(request->root, devices);

	if (!count)
		return no_device("/dev/kpuN");
	if (count > 1) {
		complain("there are %zu boards\n        name one: kpuctl reset %s", count,
			 devices[0].name);
		return EXIT_USAGE;
	}
	return reset_kernel_device(request, devices[0].name);
}

static bool is_kernel_name(const char *name)
{
	return !strncmp(name, "kpu", 3) && name[3] && name[3 + strspn(name + 3, "0123456789")] == 0;
}

/* kpu0, /dev/kpu0, dev:/dev/kpu0, ttyUSB0, /dev/ttyUSB0, tty:/dev/ttyUSB0?baud=... */
static int reset(const struct command *command, const struct request *request, const char *device)
{
	char path[256];

	if (!device)
		return reset_first(request);
	if (!strncmp(device, "emu:", 4))
		usage_error(command, "an emulated board (%s) starts anew each time", device);
	if (!strncmp(device, "dev:", 4) || !strncmp(device, "tty:", 4))
		device += 4;
	snprintf(path, sizeof(path), "%s%.200s", strchr(device, '/') ? "" : "/dev/", device);
	path[strcspn(path, "?")] = 0;
	if (is_kernel_name(base_name(path)))
		return reset_kernel_device(request, base_name(path));
	return reset_port(request, path);
}

static int run(const struct command *command, int argc, char **argv)
{
	struct request request = { .root = "" };
	const char *device;
	int option;

	while ((option = next_option(command, argc, argv)) != -1) {
		if (option == OPTION_NO_WAIT)
			request.no_wait = true;
		else
			request.root = optarg;
	}
	check_arguments(command, argc, argv);
	device = argv[optind] ? argv[optind] : device_uri();
	if (!device)
		device = getenv("KPU_DEVICE");
	return reset(command, &request, device && *device ? device : NULL);
}

const struct command command_reset = {
	.name = "reset",
	.arguments = "[DEVICE]",
	.summary = "start a board anew and wait until it is ready",
	.example = "sudo kpuctl reset /dev/kpu0",
	.options = options,
	.most_arguments = 1,
	.run = run,
};
