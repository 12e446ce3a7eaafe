/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Ways to a board behind one table of operations. The objects of the public interface know only
 * this table; a backend knows nothing of them.
 */
#ifndef KPU_LIB_BACKEND_H
#define KPU_LIB_BACKEND_H

#include <kpu.h>

#include "lib/uri.h"

/* Bounds of calls that ask the board something. */
#define KPU_OPEN_TIMEOUT_MS    8000
#define KPU_CONTROL_TIMEOUT_MS 2000
#define KPU_RUN_TIMEOUT_MS     10000
/* Bridges are slower than their line is set to, and others share it: default time-outs allow for
 * this many times the line's time. */
#define KPU_LINE_PATIENCE      8
#define KPU_JOBS_PER_DEVICE    32
#define KPU_FLASH_PIECE        65536u
#define KPU_BACKEND_ALL_LAYERS 0xffffffffu

/* Each backend's own structure begins with this. */
struct kpu_backend {
	const struct kpu_backend_ops *ops;
};

struct kpu_backend_job;

/* A model in the board's flash. */
struct kpu_backend_flash_model {
	uint32_t address, size;
	bool stream, dual_buffer; /* neither: it is copied to the board's memory */
	uint32_t batch_bytes, clock_hz;
};

/* A tap as the board understands it: kinds and numbers are those of enum kpu_target_kind. */
struct kpu_backend_tap {
	uint32_t kind, index;
	uint32_t limit; /* bytes, multiple of 4: its share of the output */
};

struct kpu_backend_run {
	uint32_t model;
	const void *input;
	size_t input_size;
	struct kpu_backend_tap taps[KPU_TARGETS_MAX];
	uint32_t tap_count;
	size_t output_size; /* sum of the limits */
	uint32_t end_layer;
	uint32_t timeout_ms; /* 0 = backend's choice */
};

struct kpu_backend_tap_result {
	uint32_t length, type, width, height, channels;
};

/* How a job ended. */
struct kpu_backend_outcome {
	int status; /* 0 or enum kpu_error_code */
	uint32_t layers_run, problem_layer;
	uint32_t tap_count;
	struct kpu_backend_tap_result taps[KPU_TARGETS_MAX];
	uint64_t cycles, kpu_cycles;
	uint64_t submitted_ns, started_ns, finished_ns; /* CLOCK_MONOTONIC */
	void *output; /* from ops->memory_alloc(), now the caller's; NULL if status is not 0 */
};

struct kpu_backend_ops {
	const char *scheme; /* of the URI */

	int (*open)(const struct kpu_uri *uri, struct kpu_backend **backend,
		    struct kpu_error *error);
	/* Ends all calls and jobs, lets go of the board. Memory stays, calls fail from now on. */
	void (*shutdown)(struct kpu_backend *backend);
	/* Frees the structure, after shutdown() and when nothing of it is in use any more. */
	void (*destroy)(struct kpu_backend *backend);

	int (*info)(struct kpu_backend *backend, struct kpu_device_info *info,
		    struct kpu_error *error);
	int (*memory)(struct kpu_backend *backend, struct kpu_memory *memory,
		      struct kpu_error *error);
	int (*statistics)(struct kpu_backend *backend, struct kpu_link_statistics *host,
			  struct kpu_link_statistics *board, struct kpu_error *error);
	/* NULL: nobody counts. */
	int (*recovery)(struct kpu_backend *backend, struct kpu_recovery_statistics *recovery,
			struct kpu_error *error);
	/* One question and answer, the shortest there is. */
	int (*ping)(struct kpu_backend *backend, struct kpu_error *error);

	int (*load)(struct kpu_backend *backend, const void *data, size_t size,
		    const struct kpu_load_options *options, uint32_t *model,
		    struct kpu_error *error);
	/* The same from the board's flash; NULL where there is none. */
	int (*load_flash)(struct kpu_backend *backend, const struct kpu_backend_flash_model *where,
			  const struct kpu_load_options *options, uint32_t *model,
			  struct kpu_error *error);
	void (*unload)(struct kpu_backend *backend, uint32_t model);

	/* The board's flash; NULL: this way to the board has no such commands. One piece at a time,
	 * KPU_FLASH_PIECE bytes at most (flash_check: any size), within the chip; erase is
	 * aligned. */
	int (*flash_info)(struct kpu_backend *backend, struct kpu_flash_info *info,
			  struct kpu_error *error);
	int (*flash_read)(struct kpu_backend *backend, uint32_t address, void *data, uint32_t size,
			  struct kpu_error *error);
	int (*flash_write)(struct kpu_backend *backend, uint32_t address, const void *data,
			   uint32_t size, struct kpu_error *error);
	int (*flash_erase)(struct kpu_backend *backend, uint32_t address, uint32_t size,
			   struct kpu_error *error);
	int (*flash_check)(struct kpu_backend *backend, uint32_t address, uint32_t size,
			   uint32_t *crc32, struct kpu_error *error);

	int (*submit)(struct kpu_backend *backend, const struct kpu_backend_run *run,
		      struct kpu_backend_job **job, struct kpu_error *error);
	/* 0: the outcome was taken; -TIMEOUT: not finished; negative @timeout_ms: until it is. */
	int (*wait)(struct kpu_backend *backend, struct kpu_backend_job *job, int timeout_ms,
		    struct kpu_backend_outcome *outcome, struct kpu_error *error);
	void (*cancel)(struct kpu_backend *backend, struct kpu_backend_job *job);
	/* Cancels it if need be, frees an outcome that was not taken. */
	void (*release)(struct kpu_backend *backend, struct kpu_backend_job *job);

	/* Memory for inputs and outputs, whatever it holds; valid and to be freed even after
	 * shutdown(). */
	void *(*memory_alloc)(struct kpu_backend *backend, size_t size);
	void (*memory_free)(struct kpu_backend *backend, void *memory);
};

extern const struct kpu_backend_ops kpu_backend_dev;
extern const struct kpu_backend_ops kpu_backend_tty;
extern const struct kpu_backend_ops kpu_backend_spi;
extern const struct kpu_backend_ops kpu_backend_emu;
extern const struct kpu_backend_ops kpu_backend_fd; /* for tests: a descriptor that is open */

/* CLOCK_MONOTONIC. */
uint64_t kpu_now_ns(void);

#endif
