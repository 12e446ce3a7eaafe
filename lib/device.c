/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/api.h"
#include "lib/object.h"

uint64_t kpu_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static const struct kpu_backend_ops *find_backend(const char *scheme)
{
	static const struct kpu_backend_ops *const backends[] = {
		&kpu_backend_dev, &kpu_backend_tty, &kpu_backend_spi,
		&kpu_backend_emu, &kpu_backend_fd,
	};

	for (size_t i = 0; i < sizeof(backends) / sizeof(backends[0]); i++) {
		if (!strcmp(backends[i]->scheme, scheme))
			return backends[i];
	}
	return NULL;
}

static int open_device(const char *text, struct kpu_device **device, struct kpu_error *error)
{
	const struct kpu_backend_ops *ops;
	struct kpu_device *opened;
	struct kpu_uri uri;
	int rc;

	rc = kpu_uri_parse(&uri, text, error);
	if (rc < 0)
		return rc;
	ops = find_backend(uri.scheme);
	if (!ops) {
		kpu_fail(error, KPU_ERR_PARAM, "there is no kind of device called \"%s:\"",
			 uri.scheme);
		kpu_error_advise(error, "use dev:, tty:, spi: or emu:");
		return -KPU_ERR_PARAM;
	}
	opened = calloc(1, sizeof(*opened));
	if (!opened)
		return kpu_fail_memory(error);
	rc = ops->open(&uri, &opened->backend, error);
	if (rc < 0) {
		free(opened);
		return rc;
	}
	atomic_init(&opened->references, 1);
	pthread_mutex_init(&opened->lock, NULL);
	memcpy(opened->uri, uri.text, sizeof(opened->uri));
	*device = opened;
	return 0;
}

KPU_API int kpu_open(const char *text, struct kpu_device **device, struct kpu_error *error)
{
	const char *chosen = text ? NULL : secure_getenv("KPU_DEVICE");
	struct kpu_error local;
	int rc;

	if (!device)
		return kpu_fail(error, KPU_ERR_PARAM, "device is NULL");
	*device = NULL;
	rc = open_device(text, device, &local);
	if (rc == 0)
		return 0;
	/* Nobody sees in the call where a name comes from that he has not given. */
	if (chosen && *chosen)
		kpu_fail(error, -rc, "$KPU_DEVICE: %s", local.message);
	else
		kpu_fail(error, -rc, "%s", local.message);
	kpu_error_advise(error, "%s", local.next_step);
	return rc;
}

KPU_API void kpu_set_timeout(struct kpu_device *device, uint32_t timeout_ms)
{
	if (device)
		atomic_store(&device->timeout_ms, timeout_ms);
}

KPU_API void kpu_close(struct kpu_device *device)
{
	if (!device)
		return;
	device->backend->ops->shutdown(device->backend);
	kpu_device_unreference(device);
}

struct kpu_device *kpu_device_reference(struct kpu_device *device)
{
	atomic_fetch_add(&device->references, 1);
	return device;
}

void kpu_device_unreference(struct kpu_device *device)
{
	if (atomic_fetch_sub(&device->references, 1) != 1)
		return;
	device->backend->ops->destroy(device->backend);
	pthread_mutex_destroy(&device->lock);
	free(device);
}

int kpu_device_note(struct kpu_device *device, int rc, const struct kpu_error *error)
{
	if (rc >= 0)
		return rc;
	pthread_mutex_lock(&device->lock);
	device->last_error = *error;
	pthread_mutex_unlock(&device->lock);
	return rc;
}

int kpu_device_fail(struct kpu_device *device, int code, const char *format, ...)
{
	char message[sizeof(((struct kpu_error *)0)->message)];
	struct kpu_error error;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	return kpu_device_note(device, kpu_fail(&error, code, "%s", message), &error);
}

int kpu_device_null(struct kpu_device *device)
{
	if (!device)
		return -KPU_ERR_PARAM;
	return kpu_device_fail(device, KPU_ERR_PARAM, "an argument is NULL that may not be");
}

KPU_API void kpu_last_error(struct kpu_device *device, struct kpu_error *error)
{
	if (!error)
		return;
	memset(error, 0, sizeof(*error));
	if (!device)
		return;
	pthread_mutex_lock(&device->lock);
	*error = device->last_error;
	pthread_mutex_unlock(&device->lock);
}

KPU_API int kpu_device_info(struct kpu_device *device, struct kpu_device_info *info)
{
	struct kpu_error error;
	int rc;

	if (!device || !info)
		return kpu_device_null(device);
	memset(info, 0, sizeof(*info));
	rc = device->backend->ops->info(device->backend, info, &error);
	snprintf(info->uri, sizeof(info->uri), "%.*s", (int)sizeof(info->uri) - 1, device->uri);
	return kpu_device_note(device, rc, &error);
}

KPU_API int kpu_memory(struct kpu_device *device, struct kpu_memory *memory)
{
	struct kpu_error error;

	if (!device || !memory)
		return kpu_device_null(device);
	memset(memory, 0, sizeof(*memory));
	return kpu_device_note(
		device, device->backend->ops->memory(device->backend, memory, &error), &error);
}

KPU_API int kpu_ping(struct kpu_device *device, uint32_t *microseconds)
{
	struct kpu_error error;
	uint64_t start = kpu_now_ns();
	int rc;

	if (!device)
		return -KPU_ERR_PARAM;
	rc = device->backend->ops->ping(device->backend, &error);
	if (microseconds)
		*microseconds = (uint32_t)((kpu_now_ns() - start) / 1000);
	return kpu_device_note(device, rc, &error);
}

KPU_API int kpu_recovery_statistics(struct kpu_device *device,
				    struct kpu_recovery_statistics *recovery)
{
	struct kpu_error error;

	if (!device || !recovery)
		return kpu_device_null(device);
	memset(recovery, 0, sizeof(*recovery));
	if (!device->backend->ops->recovery)
		return kpu_device_fail(device, KPU_ERR_NOT_IMPLEMENT,
				       "only the kernel driver counts what it does to recover");
	return kpu_device_note(
		device, device->backend->ops->recovery(device->backend, recovery, &error), &error);
}

KPU_API int kpu_link_statistics(struct kpu_device *device, struct kpu_link_statistics *host,
				struct kpu_link_statistics *board)
{
	struct kpu_error error;

	if (!device)
		return -KPU_ERR_PARAM;
	if (host)
		memset(host, 0, sizeof(*host));
	if (board)
		memset(board, 0, sizeof(*board));
	return kpu_device_note(
		device, device->backend->ops->statistics(device->backend, host, board, &error),
		&error);
}
