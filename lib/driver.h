/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The dev: backend: /dev/kpuN. The files driver_*.c share this. */
#ifndef KPU_LIB_DRIVER_H
#define KPU_LIB_DRIVER_H

#include <pthread.h>

#include "lib/backend.h"
#include "uapi/kpu.h"

/* A buffer of the driver, mapped. Kept for the next run when it is given back. */
struct kpu_driver_buffer {
	struct kpu_driver_buffer *next;
	void *map;
	size_t size;
	uint32_t handle;
	bool busy;
};

struct kpu_driver {
	struct kpu_backend base;
	int fd; /* -1 after shutdown */
	char path[128];
	pthread_mutex_t lock; /* of what follows */
	struct kpu_driver_buffer *buffers;
	size_t idle_bytes;
	unsigned jobs;                     /* that have not been released */
	struct kpu_backend_job *submitted; /* those of them that the driver knows */
};

/* ioctl() again and again while signals interrupt it. Returns 0 or errno. */
int kpu_driver_ioctl(struct kpu_driver *driver, unsigned long request, void *argument);
/* An error if the driver said @number because it has given the board up, 0 if not. */
int kpu_driver_check_dead(struct kpu_driver *driver, int number, struct kpu_error *error);
/* An errno of the driver as error, that one first; @what says what was tried. */
int kpu_driver_fail(struct kpu_driver *driver, int number, const char *what,
		    struct kpu_error *error);
int kpu_driver_query(struct kpu_driver *driver, uint32_t kind, void *data, uint32_t size,
		     struct kpu_error *error);

/* driver_buffers.c: memory by address, as the table of operations wants it. */
void *kpu_driver_memory_alloc(struct kpu_backend *backend, size_t size);
void kpu_driver_memory_free(struct kpu_backend *backend, void *memory);
/* Handle of the buffer that begins at @memory; false if it is not one of ours. */
bool kpu_driver_find_buffer(struct kpu_driver *driver, const void *memory, uint32_t *handle);
/* Destroys a buffer that a job may still use: never given out again. */
void kpu_driver_discard(struct kpu_driver *driver, void *memory);
/* Unmaps everything that nobody uses; @all: even what is in use. */
void kpu_driver_trim(struct kpu_driver *driver, bool all);

/* driver_load.c */
int kpu_driver_load(struct kpu_backend *backend, const void *data, size_t size,
		    const struct kpu_load_options *options, uint32_t *model,
		    struct kpu_error *error);
void kpu_driver_unload(struct kpu_backend *backend, uint32_t model);
/* A load that failed with errno @number, and what was said of it, as error. */
int kpu_driver_refused(struct kpu_driver *driver, int number,
		       const struct kpu_ioctl_model_load *answer, struct kpu_error *error);

/* driver_flash.c */
int kpu_driver_load_flash(struct kpu_backend *backend, const struct kpu_backend_flash_model *where,
			  const struct kpu_load_options *options, uint32_t *model,
			  struct kpu_error *error);
int kpu_driver_flash_info(struct kpu_backend *backend, struct kpu_flash_info *info,
			  struct kpu_error *error);
int kpu_driver_flash_read(struct kpu_backend *backend, uint32_t address, void *data, uint32_t size,
			  struct kpu_error *error);
int kpu_driver_flash_write(struct kpu_backend *backend, uint32_t address, const void *data,
			   uint32_t size, struct kpu_error *error);
int kpu_driver_flash_erase(struct kpu_backend *backend, uint32_t address, uint32_t size,
			   struct kpu_error *error);
int kpu_driver_flash_check(struct kpu_backend *backend, uint32_t address, uint32_t size,
			   uint32_t *crc32, struct kpu_error *error);

/* driver_jobs.c */
int kpu_driver_submit(struct kpu_backend *backend, const struct kpu_backend_run *run,
		      struct kpu_backend_job **job, struct kpu_error *error);
int kpu_driver_wait(struct kpu_backend *backend, struct kpu_backend_job *job, int timeout_ms,
		    struct kpu_backend_outcome *outcome, struct kpu_error *error);
void kpu_driver_cancel(struct kpu_backend *backend, struct kpu_backend_job *job);
void kpu_driver_release(struct kpu_backend *backend, struct kpu_backend_job *job);
/* Ends all jobs of a model. */
void kpu_driver_cancel_all(struct kpu_driver *driver, uint32_t model);

#endif
