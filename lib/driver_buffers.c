/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/driver.h"

/* Idle buffers beyond this are given back to the driver. */
#define IDLE_BYTES_MAX ((size_t)8 << 20)

static void destroy(struct kpu_driver *driver, struct kpu_driver_buffer *buffer)
{
	struct kpu_ioctl_buffer_destroy request = { .handle = buffer->handle };

	munmap(buffer->map, buffer->size);
	if (driver->fd >= 0)
		kpu_driver_ioctl(driver, KPU_IOCTL_BUFFER_DESTROY, &request);
	free(buffer);
}

/* With the lock. */
static void trim(struct kpu_driver *driver, size_t keep, bool all)
{
	struct kpu_driver_buffer **place = &driver->buffers;

	while (*place) {
		struct kpu_driver_buffer *buffer = *place;

		if (!all && (buffer->busy || driver->idle_bytes <= keep)) {
			place = &buffer->next;
			continue;
		}
		*place = buffer->next;
		if (!buffer->busy)
			driver->idle_bytes -= buffer->size;
		destroy(driver, buffer);
	}
}

void kpu_driver_trim(struct kpu_driver *driver, bool all)
{
	pthread_mutex_lock(&driver->lock);
	trim(driver, 0, all);
	pthread_mutex_unlock(&driver->lock);
}

static struct kpu_driver_buffer *find_idle(struct kpu_driver *driver, size_t size)
{
	for (struct kpu_driver_buffer *b = driver->buffers; b; b = b->next) {
		if (!b->busy && b->size >= size && b->size / 4 <= size)
			return b;
	}
	return NULL;
}

/* Returns 0 or errno. */
static int create(struct kpu_driver *driver, size_t size, struct kpu_driver_buffer *buffer)
{
	struct kpu_ioctl_buffer_create request = { .size = size };
	int rc = kpu_driver_ioctl(driver, KPU_IOCTL_BUFFER_CREATE, &request);

	if (rc)
		return rc;
	buffer->handle = request.handle;
	/* The driver rounds up to pages, and so does mmap. */
	buffer->size = size;
	buffer->map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, driver->fd,
			   (off_t)request.mmap_offset);
	if (buffer->map == MAP_FAILED) {
		struct kpu_ioctl_buffer_destroy undo = { .handle = request.handle };

		rc = errno;
		kpu_driver_ioctl(driver, KPU_IOCTL_BUFFER_DESTROY, &undo);
		return rc;
	}
	return 0;
}

static struct kpu_driver_buffer *add(struct kpu_driver *driver, size_t size)
{
	struct kpu_driver_buffer *buffer = calloc(1, sizeof(*buffer));
	int rc;

	if (!buffer)
		return NULL;
	rc = create(driver, size, buffer);
	if (rc == EDQUOT || rc == ENOMEM) {
		trim(driver, 0, false);
		rc = create(driver, size, buffer);
	}
	if (rc) {
		free(buffer);
		return NULL;
	}
	buffer->next = driver->buffers;
	driver->buffers = buffer;
	driver->idle_bytes += buffer->size;
	return buffer;
}

void *kpu_driver_memory_alloc(struct kpu_backend *backend, size_t size)
{
	struct kpu_driver *driver = (struct kpu_driver *)backend;
	struct kpu_driver_buffer *buffer = NULL;
	size_t page = 4095;

	size = (size + page) & ~page;
	pthread_mutex_lock(&driver->lock);
	if (driver->fd >= 0) {
		buffer = find_idle(driver, size ? size : page + 1);
		if (!buffer)
			buffer = add(driver, size ? size : page + 1);
	}
	if (buffer) {
		buffer->busy = true;
		driver->idle_bytes -= buffer->size;
	}
	pthread_mutex_unlock(&driver->lock);
	return buffer ? buffer->map : NULL;
}

void kpu_driver_memory_free(struct kpu_backend *backend, void *memory)
{
	struct kpu_driver *driver = (struct kpu_driver *)backend;

	pthread_mutex_lock(&driver->lock);
	for (struct kpu_driver_buffer *b = driver->buffers; b; b = b->next) {
		if (b->map == memory && b->busy) {
			b->busy = false;
			driver->idle_bytes += b->size;
			trim(driver, driver->fd >= 0 ? IDLE_BYTES_MAX : 0, false);
			break;
		}
	}
	pthread_mutex_unlock(&driver->lock);
}

bool kpu_driver_find_buffer(struct kpu_driver *driver, const void *memory, uint32_t *handle)
{
	bool found = false;

	pthread_mutex_lock(&driver->lock);
	for (struct kpu_driver_buffer *b = driver->buffers; b && !found; b = b->next) {
		found = b->map == memory && b->busy;
		if (found)
			*handle = b->handle;
	}
	pthread_mutex_unlock(&driver->lock);
	return found;
}

void kpu_driver_discard(struct kpu_driver *driver, void *memory)
{
	pthread_mutex_lock(&driver->lock);
	for (struct kpu_driver_buffer **place = &driver->buffers; *place; place = &(*place)->next) {
		struct kpu_driver_buffer *buffer = *place;

		if (buffer->map == memory) {
			*place = buffer->next;
			destroy(driver, buffer);
			break;
		}
	}
	pthread_mutex_unlock(&driver->lock);
}
