/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */

/*
 * First process of the test guest. Linked statically and without udev: it mounts what the tests
 * need, loads the modules listed in /etc/modules in that order, runs the test cases one after the
 * other (or a shell) and powers off. The runner believes only the line "kpu-guest: result N".
 *
 * Its orders are files which the runner packs into the initial root:
 *   /etc/modules      one module per line: path, then its parameters
 *   /etc/mounts       9p: tag, directory, "ro" or "rw"
 *   /etc/environment  NAME=value for the cases
 *   /etc/cases        case name, time-out in seconds; a case is /cases/NAME.sh or /tests/NAME
 *   /etc/shell        exists: give a shell on the terminal instead of running the cases
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The kernel's console is ttyS0; what cases print goes to the second port. */
#define TERMINAL         "/dev/ttyS1"
#define RESULT_DIRECTORY "/out"

/* Address of the guest in QEMU's user-mode network, where the host is 10.0.2.2. */
#define GUEST_ADDRESS "10.0.2.15"
#define GUEST_NETMASK "255.255.255.0"

enum {
	KLOG_READ_ALL = 3,
	KLOG_SIZE_BUFFER = 10
};

static int console_fd = -1;

static double uptime(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* One line on the kernel console and on the terminal. */
__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
	char line[512];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(line, sizeof(line) - 1, format, arguments);
	va_end(arguments);
	if (length < 0)
		return;
	if (length > (int)sizeof(line) - 2)
		length = (int)sizeof(line) - 2;
	line[length++] = '\n';
	(void)!write(STDOUT_FILENO, line, (size_t)length);
	if (console_fd >= 0)
		(void)!write(console_fd, line, (size_t)length);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)!write(fd, text, strlen(text));
	close(fd);
}

static void mount_or_say(const char *source, const char *target, const char *type,
			 unsigned long flags, const char *data)
{
	mkdir(target, 0755);
	if (mount(source, target, type, flags, data))
		say("kpu-guest: mount %s: %s", target, strerror(errno));
}

static void mount_system(void)
{
	mount_or_say("devtmpfs", "/dev", "devtmpfs", 0, "");
	mount_or_say("proc", "/proc", "proc", 0, "");
	mount_or_say("sysfs", "/sys", "sysfs", 0, "");
	mount_or_say("debugfs", "/sys/kernel/debug", "debugfs", 0, "");
	mount_or_say("tmpfs", "/tmp", "tmpfs", 0, "");
	mount_or_say("devpts", "/dev/pts", "devpts", 0, "");
}

static void open_terminal(void)
{
	int fd = open(TERMINAL, O_RDWR | O_NOCTTY);

	console_fd = open("/dev/console", O_WRONLY | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return;
	dup2(fd, STDIN_FILENO);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

static int load_modules(void)
{
	FILE *list = fopen("/etc/modules", "re");
	char line[512];
	int failures = 0;

	while (list && fgets(line, sizeof(line), list)) {
		char *parameters = line + strcspn(line, " \n");
		int fd;

		line[strcspn(line, "\n")] = '\0';
		if (*parameters)
			*parameters++ = '\0';
		fd = open(line, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || (syscall(SYS_finit_module, fd, parameters, 0) && errno != EEXIST)) {
			say("kpu-guest: module %s: %s", line, strerror(errno));
			failures++;
		}
		if (fd >= 0)
			close(fd);
	}
	if (list)
		fclose(list);
	return failures;
}

static int set_address(int fd, struct ifreq *request, unsigned long command, const char *address)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&request->ifr_addr;

	memset(in, 0, sizeof(*in));
	in->sin_family = AF_INET;
	inet_pton(AF_INET, address, &in->sin_addr);
	return ioctl(fd, command, request);
}

static void interface_up(const char *name, const char *address, const char *netmask)
{
	struct ifreq request = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (fd < 0 || set_address(fd, &request, SIOCSIFADDR, address) ||
	    set_address(fd, &request, SIOCSIFNETMASK, netmask))
		goto failed;
	request.ifr_flags = IFF_UP | IFF_RUNNING;
	if (ioctl(fd, SIOCSIFFLAGS, &request))
		goto failed;
	close(fd);
	return;
failed:
	say("kpu-guest: interface %s: %s", name, strerror(errno));
	if (fd >= 0)
		close(fd);
}

static void mount_shares(void)
{
	FILE *list = fopen("/etc/mounts", "re");
	char tag[64], directory[128], mode[8];

	while (list && fscanf(list, "%63s %127s %7s", tag, directory, mode) == 3)
		mount_or_say(tag, directory, "9p", strcmp(mode, "ro") ? 0 : MS_RDONLY,
			     "trans=virtio,version=9p2000.L,msize=262144");
	if (list)
		fclose(list);
}

static void set_environment(void)
{
	FILE *list = fopen("/etc/environment", "re");
	char line[512];

	setenv("PATH", "/bin:/sbin:/usr/bin:/tests", 1);
	setenv("HOME", "/tmp", 1);
	setenv("TERM", "linux", 1);
	while (list && fgets(line, sizeof(line), list)) {
		char *value = strchr(line, '=');

		line[strcspn(line, "\n")] = '\0';
		if (!value)
			continue;
		*value++ = '\0';
		setenv(line, value, 1);
	}
	if (list)
		fclose(list);
}

/* Start a program in a session of its own, so that a time-out can end all of it. */
static pid_t start(const char *const argv[], bool with_terminal)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	setsid();
	if (with_terminal)
		ioctl(STDIN_FILENO, TIOCSCTTY, 1);
	execv(argv[0], (char *const *)argv);
	say("kpu-guest: %s: %s", argv[0], strerror(errno));
	_exit(127);
}

/*
 * Wait for one child, collecting orphans on the way; returns its exit status, 128 + signal when a
 * signal ended it, -1 when `limit` seconds passed first (0: no limit).
 */
static int wait_for(pid_t pid, double limit)
{
	const struct timespec pause = { .tv_nsec = 5000000 };
	double end = uptime() + limit;
	int status;

	for (;;) {
		pid_t ended = waitpid(-1, &status, limit > 0 ? WNOHANG : 0);

		if (ended == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		if (ended > 0)
			continue;
		if (ended < 0 && errno != EINTR)
			return 127;
		if (limit > 0 && uptime() > end)
			return -1;
		nanosleep(&pause, NULL);
	}
}

static bool all_ended_within(double limit)
{
	double end = uptime() + limit;

	while (waitpid(-1, NULL, WNOHANG) >= 0) {
		if (uptime() > end)
			return false;
		usleep(1000);
	}
	return true;
}

/*
 * Leave nothing of a case behind; a cable that is still plugged in comes out on the first signal.
 * Says so when a process does not go at all, which a driver can cause.
 */
static int end_all_processes(void)
{
	kill(-1, SIGTERM);
	if (all_ended_within(0.5))
		return 0;
	kill(-1, SIGKILL);
	if (all_ended_within(10))
		return 0;
	say("kpu-guest: a killed process does not end");
	write_file("/proc/sysrq-trigger", "w");
	return 1;
}

static int run_case(const char *name, double limit)
{
	char path[160];
	const char *script[] = { "/bin/sh", path, NULL };
	const char *program[] = { path, NULL };
	double begin = uptime();
	int status;
	pid_t pid;

	snprintf(path, sizeof(path), "/cases/%s.sh", name);
	if (access(path, R_OK) == 0) {
		pid = start(script, false);
	} else {
		snprintf(path, sizeof(path), "/tests/%s", name);
		pid = start(program, false);
	}
	status = pid < 0 ? 127 : wait_for(pid, limit);
	if (status < 0) {
		say("kpu-guest: case %s: no end after %.0f s", name, limit);
		/* Where the blocked tasks wait goes into the kernel log. */
		write_file("/proc/sysrq-trigger", "w");
	}
	if (end_all_processes())
		status = -1;
	say("kpu-guest: case %s: status %d, %.2f s", name, status, uptime() - begin);
	return status != 0;
}

static int run_cases(void)
{
	FILE *list = fopen("/etc/cases", "re");
	char name[128];
	double limit;
	int failures = 0;

	if (!list)
		return 1;
	while (fscanf(list, "%127s %lf", name, &limit) == 2)
		failures += run_case(name, limit);
	fclose(list);
	return failures;
}

static void run_shell(void)
{
	const char *profile[] = { "/bin/sh", "/cases/shell.sh", NULL };

	wait_for(start(profile, true), 0);
	end_all_processes();
}

/* A module that still has users when everything is closed has lost a reference. */
static int unload_project_modules(void)
{
	static const char *const modules[] = { "kpu_spi_board", "kpu_spi", "kpu_spi_bed", "kpu_tty",
					       "kpu" };
	int failures = 0;

	for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++) {
		if (syscall(SYS_delete_module, modules[i], O_NONBLOCK) && errno != ENOENT) {
			say("kpu-guest: unloading %s: %s", modules[i], strerror(errno));
			failures++;
		}
	}
	return failures;
}

static void save_kernel_log(void)
{
	int size = klogctl(KLOG_SIZE_BUFFER, NULL, 0);
	char *text = size > 0 ? malloc((size_t)size) : NULL;
	int length = text ? klogctl(KLOG_READ_ALL, text, size) : -1;
	FILE *file = fopen(RESULT_DIRECTORY "/dmesg.log", "we");

	if (file && length > 0)
		fwrite(text, 1, (size_t)length, file);
	if (!file || length <= 0 || fclose(file))
		say("kpu-guest: the kernel log could not be saved");
	free(text);
}

int main(void)
{
	int failures = 0;

	mount_system();
	open_terminal();
	say("kpu-guest: up after %.2f s", uptime());
	set_environment();
	failures += load_modules();
	interface_up("lo", "127.0.0.1", "255.0.0.0");
	interface_up("eth0", GUEST_ADDRESS, GUEST_NETMASK);
	mount_shares();
	write_file("/proc/sys/kernel/hung_task_timeout_secs", "40");
	say("kpu-guest: ready after %.2f s", uptime());

	if (access("/etc/shell", F_OK) == 0)
		run_shell();
	else
		failures += run_cases();

	failures += unload_project_modules();
	save_kernel_log();
	say("kpu-guest: result %d after %.2f s", failures, uptime());
	sync();
	umount2(RESULT_DIRECTORY, MNT_DETACH);
	/* Let the serial port drain: a power-off does not wait for it. */
	ioctl(STDOUT_FILENO, TCSBRK, 1);
	if (console_fd >= 0)
		ioctl(console_fd, TCSBRK, 1);
	reboot(RB_POWER_OFF);
	return 1;
}
