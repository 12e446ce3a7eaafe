/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* dev:/dev/kpu0: through the kernel module. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "lib/driver.h"
#include "lib/error.h"

#define READY_POLL_NS 20000000L
/* As long as the holder of the port boots the board, two times in a row, and then some. */
#define BOOT_TIMEOUT_NS 60000000000ull

int kpu_driver_ioctl(struct kpu_driver *driver, unsigned long request, void *argument)
{
	int rc;

	if (driver->fd < 0)
		return EBADF;
	do {
		rc = ioctl(driver->fd, request, argument) < 0 ? errno : 0;
	} while (rc == EINTR);
	return rc;
}

static int code_of(int number)
{
	static const struct {
		int number, code;
	} table[] = {
		{ ENODEV, KPU_ERR_DEVICE_GONE },
		{ EBADF, KPU_ERR_NO_HANDLE },
		{ ESTALE, KPU_ERR_BOARD_RESET },
		{ ENXIO, KPU_ERR_DEVICE_GONE },
		{ ESHUTDOWN, KPU_ERR_DEVICE_GONE },
		{ ETIMEDOUT, KPU_ERR_TIMEOUT },
		{ ENOMEM, KPU_ERR_HOST_MEMORY },
		{ EDQUOT, KPU_ERR_HOST_MEMORY },
		{ ENOSPC, KPU_ERR_NO_MEM },
		{ EAGAIN, KPU_ERR_BUSY },
		{ EBUSY, KPU_ERR_BUSY },
		{ ENOENT, KPU_ERR_NO_HANDLE },
		{ EACCES, KPU_ERR_PERMISSION },
		{ EPERM, KPU_ERR_PERMISSION },
		{ EINVAL, KPU_ERR_PARAM },
		{ ECANCELED, KPU_ERR_CANCELLED },
		{ EIO, KPU_ERR_IO },
		{ ENOTTY, KPU_ERR_VERSION_MISMATCH },
		{ EPROTO, KPU_ERR_PROTOCOL },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].number == number)
			return table[i].code;
	}
	return KPU_ERR_IO;
}

static int fail_dead(struct kpu_driver *driver, const struct kpu_ioctl_device_info *info,
		     struct kpu_error *error)
{
	return kpu_fail(error, KPU_ERR_DEVICE_GONE, "%s: the board has been given up%s%.*s",
			driver->path, info->reason[0] ? ": " : "", (int)sizeof(info->reason) - 1,
			info->reason);
}

/* The driver knows without the board. */
int kpu_driver_check_dead(struct kpu_driver *driver, int number, struct kpu_error *error)
{
	struct kpu_ioctl_device_info info = { 0 };
	struct kpu_ioctl_query query = {
		.kind = KPU_QUERY_DEVICE,
		.data_size = sizeof(info),
		.data = (uintptr_t)&info,
	};

	if (number == EIO && !kpu_driver_ioctl(driver, KPU_IOCTL_QUERY, &query) &&
	    info.state == KPU_DEVICE_STATE_DEAD)
		return fail_dead(driver, &info, error);
	return 0;
}

int kpu_driver_fail(struct kpu_driver *driver, int number, const char *what,
		    struct kpu_error *error)
{
	char reason[64];
	int rc;

	if (driver->fd < 0)
		return kpu_fail(error, KPU_ERR_NO_HANDLE, "the device has been closed");
	rc = kpu_driver_check_dead(driver, number, error);
	if (rc < 0)
		return rc;
	return kpu_fail(error, code_of(number), "%s: cannot %s: %s", driver->path, what,
			strerror_r(number, reason, sizeof(reason)));
}

int kpu_driver_query(struct kpu_driver *driver, uint32_t kind, void *data, uint32_t size,
		     struct kpu_error *error)
{
	struct kpu_ioctl_query query = {
		.kind = kind,
		.data_size = size,
		.data = (uintptr_t)data,
	};
	int rc = kpu_driver_ioctl(driver, KPU_IOCTL_QUERY, &query);

	return rc ? kpu_driver_fail(driver, rc, "ask the driver", error) : 0;
}

static int open_failed(const char *path, int number, struct kpu_error *error)
{
	char reason[64];

	if (number == ENOENT && access("/sys/class/kpu", F_OK) < 0) {
		kpu_fail(error, KPU_ERR_NO_MODULE,
			 "%s does not exist: the kernel module is not "
			 "loaded",
			 path);
		return -KPU_ERR_NO_MODULE;
	}
	if (number == EACCES || number == EPERM) {
		kpu_fail(error, KPU_ERR_PERMISSION, "cannot open %s: not permitted", path);
		/* packaging/60-kpu.rules */
		kpu_error_advise(error, "sudo usermod -aG plugdev $USER, then log in again");
		return -KPU_ERR_PERMISSION;
	}
	if (number == EBUSY)
		return kpu_fail(error, KPU_ERR_BUSY, "%s is in use", path);
	return kpu_fail(error, KPU_ERR_NO_DEVICE, "cannot open %s: %s", path,
			strerror_r(number, reason, sizeof(reason)));
}

static const char *state_name(uint32_t state)
{
	static const char *const names[] = {
		[KPU_DEVICE_STATE_CONNECTING] = "connecting", [KPU_DEVICE_STATE_READY] = "ready",
		[KPU_DEVICE_STATE_RECOVERING] = "recovering", [KPU_DEVICE_STATE_DEAD] = "dead",
		[KPU_DEVICE_STATE_BOOTING] = "booting",
	};

	return state < sizeof(names) / sizeof(names[0]) ? names[state] : "unknown";
}

static int wait_ready(struct kpu_driver *driver, struct kpu_error *error)
{
	struct timespec pause = { 0, READY_POLL_NS };
	const uint64_t begun = kpu_now_ns();
	uint64_t now, end = begun + KPU_OPEN_TIMEOUT_MS * 1000000ull;
	struct kpu_ioctl_device_info info;
	int rc;

	for (;;) {
		memset(&info, 0, sizeof(info));
		rc = kpu_driver_query(driver, KPU_QUERY_DEVICE, &info, sizeof(info), error);
		/* ENOTTY: every driver of ours has answered this question. */
		if (rc == -KPU_ERR_VERSION_MISMATCH)
			return kpu_fail(error, KPU_ERR_NO_DEVICE,
					"%s is something else than the driver's /dev/kpuN",
					driver->path);
		if (rc < 0)
			return rc;
		if (info.uapi_version != KPU_UAPI_VERSION)
			return kpu_fail(error, KPU_ERR_VERSION_MISMATCH,
					"%s speaks interface version %u, this library %u: the %s "
					"is too old",
					driver->path, info.uapi_version, KPU_UAPI_VERSION,
					info.uapi_version < KPU_UAPI_VERSION ? "kernel module"
									     : "library");
		if (info.state == KPU_DEVICE_STATE_READY)
			return 0;
		if (info.state == KPU_DEVICE_STATE_DEAD)
			return fail_dead(driver, &info, error);
		now = kpu_now_ns();
		/* Somebody is at it; the board's own time begins when that one has ended. */
		if (info.state == KPU_DEVICE_STATE_BOOTING && now - begun < BOOT_TIMEOUT_NS)
			end = now + KPU_OPEN_TIMEOUT_MS * 1000000ull;
		if (now >= end)
			return kpu_fail(error, KPU_ERR_TIMEOUT,
					"%s: the board does not answer (%s)", driver->path,
					state_name(info.state));
		nanosleep(&pause, NULL);
	}
}

static void destroy_dev(struct kpu_backend *backend)
{
	struct kpu_driver *driver = (struct kpu_driver *)backend;

	kpu_driver_trim(driver, true);
	pthread_mutex_destroy(&driver->lock);
	free(driver);
}

static void shutdown_dev(struct kpu_backend *backend)
{
	struct kpu_driver *driver = (struct kpu_driver *)backend;

	kpu_driver_trim(driver, false);
	pthread_mutex_lock(&driver->lock);
	if (driver->fd >= 0)
		close(driver->fd);
	driver->fd = -1;
	pthread_mutex_unlock(&driver->lock);
}

static int open_dev(const struct kpu_uri *uri, struct kpu_backend **backend,
		    struct kpu_error *error)
{
	struct kpu_driver *driver;
	int rc = kpu_uri_take(uri, NULL, 0, false, error);

	if (rc < 0)
		return rc;
	if (!*uri->address)
		return kpu_fail(error, KPU_ERR_PARAM, "dev: needs a path, e.g. dev:/dev/kpu0");
	driver = calloc(1, sizeof(*driver));
	if (!driver)
		return kpu_fail_memory(error);
	driver->base.ops = &kpu_backend_dev;
	snprintf(driver->path, sizeof(driver->path), "%.120s", uri->address);
	pthread_mutex_init(&driver->lock, NULL);
	/* The driver's device never blocks; one named by mistake may: a port without carrier. */
	driver->fd = open(uri->address, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	rc = driver->fd < 0 ? open_failed(uri->address, errno, error) : wait_ready(driver, error);
	if (rc < 0) {
		shutdown_dev(&driver->base);
		destroy_dev(&driver->base);
		return rc;
	}
	*backend = &driver->base;
	return 0;
}

static int info_dev(struct kpu_backend *backend, struct kpu_device_info *out,
		    struct kpu_error *error)
{
	struct kpu_ioctl_device_info info = { 0 };
	int rc = kpu_driver_query((struct kpu_driver *)backend, KPU_QUERY_DEVICE, &info,
				  sizeof(info), error);

	if (rc < 0)
		return rc;
	snprintf(out->transport, sizeof(out->transport), "%.*s", (int)sizeof(info.transport) - 1,
		 info.transport);
	snprintf(out->board, sizeof(out->board), "%.*s", (int)sizeof(info.board) - 1, info.board);
	out->firmware = info.firmware_version;
	out->features = info.features;
	out->cpu_hz = info.cpu_hz;
	out->kpu_hz = info.kpu_hz;
	out->boot_id = info.boot_id;
	out->reset_cause = info.reset_cause;
	out->last_crash_pc = info.last_crash_pc;
	out->memory_total = info.memory_total;
	out->firmware_size = info.firmware_bytes;
	out->max_models = info.max_models;
	out->max_jobs = info.max_runs_in_flight;
	out->line_rate = info.line_rate;
	return 0;
}

static int memory_dev(struct kpu_backend *backend, struct kpu_memory *memory,
		      struct kpu_error *error)
{
	struct kpu_ioctl_memory_info info = { 0 };
	int rc = kpu_driver_query((struct kpu_driver *)backend, KPU_QUERY_MEMORY, &info,
				  sizeof(info), error);

	memory->total = info.total;
	memory->free = info.free;
	memory->largest_free = info.largest_free;
	memory->models = info.models;
	return rc;
}

static int counters_dev(struct kpu_backend *backend, uint32_t kind, struct kpu_link_statistics *out,
			struct kpu_error *error)
{
	struct kpu_ioctl_link_counters in = { 0 };
	int rc = kpu_driver_query((struct kpu_driver *)backend, kind, &in, sizeof(in), error);

	out->bytes_sent = in.bytes_sent;
	out->bytes_received = in.bytes_received;
	out->packets_sent = in.packets_sent;
	out->packets_received = in.packets_received;
	out->retransmitted = in.retransmitted;
	out->header_crc_errors = in.header_crc_errors;
	out->payload_crc_errors = in.payload_crc_errors;
	out->frame_errors = in.frame_errors;
	out->out_of_order = in.out_of_order;
	out->duplicates = in.duplicates;
	out->naks_sent = in.naks_sent;
	out->naks_received = in.naks_received;
	out->timeouts = in.timeouts;
	out->window_stalls = in.window_stalls;
	out->sessions = in.syncs;
	out->overruns = in.overruns;
	return rc;
}

static int statistics_dev(struct kpu_backend *backend, struct kpu_link_statistics *host,
			  struct kpu_link_statistics *board, struct kpu_error *error)
{
	int rc = 0;

	if (host)
		rc = counters_dev(backend, KPU_QUERY_HOST_LINK, host, error);
	if (rc == 0 && board)
		rc = counters_dev(backend, KPU_QUERY_BOARD_LINK, board, error);
	return rc;
}

static int recovery_dev(struct kpu_backend *backend, struct kpu_recovery_statistics *out,
			struct kpu_error *error)
{
	struct kpu_driver *driver = (struct kpu_driver *)backend;
	struct kpu_ioctl_driver_counters counters = { 0 };
	struct kpu_ioctl_device_info info = { 0 };
	int rc = kpu_driver_query(driver, KPU_QUERY_DEVICE, &info, sizeof(info), error);

	if (rc == 0)
		rc = kpu_driver_query(driver, KPU_QUERY_DRIVER, &counters, sizeof(counters), error);
	snprintf(out->state, sizeof(out->state), "%s", state_name(info.state));
	snprintf(out->reason, sizeof(out->reason), "%.*s", (int)sizeof(info.reason) - 1,
		 info.reason);
	snprintf(out->last_reason, sizeof(out->last_reason), "%.*s",
		 (int)sizeof(counters.last_reason) - 1, counters.last_reason);
	out->retransmissions = counters.retransmissions;
	out->resyncs = counters.resyncs;
	out->session_restarts = counters.session_restarts;
	out->board_resets = counters.board_resets;
	out->boots_asked = counters.boots_asked;
	out->boots_done = counters.boots_done;
	out->boots_failed = counters.boots_failed;
	out->deaths = counters.deaths;
	out->rate_fallbacks = counters.rate_fallbacks;
	return rc;
}

static int ping_dev(struct kpu_backend *backend, struct kpu_error *error)
{
	struct kpu_memory unused;

	return memory_dev(backend, &unused, error);
}

const struct kpu_backend_ops kpu_backend_dev = {
	.scheme = "dev",
	.open = open_dev,
	.shutdown = shutdown_dev,
	.destroy = destroy_dev,
	.info = info_dev,
	.memory = memory_dev,
	.statistics = statistics_dev,
	.recovery = recovery_dev,
	.ping = ping_dev,
	.load = kpu_driver_load,
	.unload = kpu_driver_unload,
	.load_flash = kpu_driver_load_flash,
	.flash_info = kpu_driver_flash_info,
	.flash_read = kpu_driver_flash_read,
	.flash_write = kpu_driver_flash_write,
	.flash_erase = kpu_driver_flash_erase,
	.flash_check = kpu_driver_flash_check,
	.submit = kpu_driver_submit,
	.wait = kpu_driver_wait,
	.cancel = kpu_driver_cancel,
	.release = kpu_driver_release,
	.memory_alloc = kpu_driver_memory_alloc,
	.memory_free = kpu_driver_memory_free,
};
