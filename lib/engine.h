/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The host's end of the wire in user space: a thread that moves bytes between a descriptor and the
 * session of link/, calls that wait for an answer, and a queue of runs. Serves tty:, spi:, emu: and
 * fd:.
 *
 * One lock guards everything. Callbacks of link/ run with the lock held.
 */
#ifndef KPU_LIB_ENGINE_H
#define KPU_LIB_ENGINE_H

#include <pthread.h>
#include <sys/types.h>

#include "lib/backend.h"
#include "link/commands.h"
#include "link/host.h"

struct kpu_engine;
struct kpu_engine_spi;
struct kpu_spi_port;

/* What the engine reads from and writes to. */
struct kpu_transport {
	int fd;              /* not blocking */
	int log_fd;          /* text of a child process, -1 = none */
	pid_t child;         /* to be ended with the engine, 0 = none */
	char name[32];       /* "tty ttyUSB0" */
	uint32_t baud;       /* now; 0 = a line without a rate */
	uint32_t raise_to;   /* rate to agree on after the start; 0 = stay */
	uint32_t other_baud; /* rate to try when the first one is not answered; 0 = none */
	uint32_t silence_ms; /* no sign of life for this long: session lost */
	/* Changes the rate of the descriptor; NULL: a line without a rate of its own. */
	bool (*set_baud)(struct kpu_transport *transport, uint32_t baud);
	/* Asked when the line closes before a board was there; NULL: there is no child. */
	bool (*child_refused_options)(const struct kpu_transport *transport);
	void (*close)(struct kpu_transport *transport);
	struct kpu_spi_port *spi; /* an SPI bus instead of a stream, or NULL; closed with it */
	char last_words[160];     /* last line from log_fd */
	size_t last_words_length;
	bool last_words_ended;
};

#define KPU_ENGINE_MODELS 64

struct kpu_engine_model {
	bool used;
	uint16_t board_handle;
	uint16_t max_runs;
	uint32_t generation;
};

struct kpu_engine {
	struct kpu_backend base;
	struct kpu_transport transport;
	pthread_t thread;
	int wake_fd;
	pthread_mutex_t lock;
	pthread_cond_t changed; /* something that somebody may wait for */

	struct kpu_session session;
	struct kpu_host host;
	uint8_t *session_memory;
	bool stop, up;
	int dead; /* enum kpu_error_code: the transport is gone */
	char dead_message[200];
	uint32_t generation; /* counts resets of the board */
	struct kpu_board_info board;

	struct kpu_engine_model models[KPU_ENGINE_MODELS];
	struct kpu_backend_job *first_job; /* not ended, in the order of submission */
	unsigned jobs, running;

	struct kpu_engine_spi *spi; /* NULL: a stream */
	uint8_t out[4096];
	size_t out_length, out_position;
	uint8_t in[16384];
};

/* A request and its answer. */
struct kpu_engine_call {
	struct kpu_transaction transaction;
	struct kpu_engine *engine;
	bool done;
};

uint64_t kpu_engine_now_us(void);

/* engine.c: takes over *transport in any case, starts the thread and waits for the board. */
int kpu_engine_open(const struct kpu_transport *transport, const struct kpu_backend_ops *ops,
		    struct kpu_backend **backend, struct kpu_error *error);
void kpu_engine_shutdown(struct kpu_backend *backend);
void kpu_engine_destroy(struct kpu_backend *backend);
void kpu_engine_wake(struct kpu_engine *engine);
/* With the lock: the line is gone, @code and the sentence say why. Everything open fails. */
void kpu_engine_die(struct kpu_engine *engine, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* With the lock: an error if the engine is dead or stopped. */
int kpu_engine_check(struct kpu_engine *engine, struct kpu_error *error);

/* engine_thread.c */
void *kpu_engine_run(void *engine);
/* With the lock. */
void kpu_engine_read_log(struct kpu_transport *transport);
void kpu_engine_line_gone(struct kpu_engine *engine, const char *reason);

/* engine_spi.c; _turn() with the lock, which it lets go of while it transfers or sleeps. */
struct kpu_engine_spi *kpu_engine_spi_new(struct kpu_engine *engine, struct kpu_spi_port *port);
void kpu_engine_spi_free(struct kpu_engine_spi *spi);
void kpu_engine_spi_turn(struct kpu_engine *engine);

/* engine_call.c */
void kpu_engine_call_init(struct kpu_engine_call *call, struct kpu_engine *engine, uint16_t opcode);
/*
 * Sends the request and waits for its end; takes the lock by itself. @progress may be NULL. Returns
 * 0 when the board has answered with status 0; results are in call->transaction.
 */
int kpu_engine_call(struct kpu_engine_call *call, uint32_t timeout_ms,
		    const struct kpu_load_options *progress, struct kpu_error *error);
/* With the lock: a request whose answer nobody waits for. */
void kpu_engine_post(struct kpu_engine *engine, uint16_t opcode, const uint8_t *arguments,
		     size_t length,
		     void (*answered)(struct kpu_engine *engine,
				      const struct kpu_transaction *transaction));
/* Waits for engine->changed until @deadline_us; false: it has passed. With the lock. */
bool kpu_engine_sleep(struct kpu_engine *engine, uint64_t deadline_us);
/* Time that @bytes take on the line, milliseconds. */
uint32_t kpu_engine_line_ms(const struct kpu_engine *engine, uint64_t bytes);

/* engine_rate.c: agrees on transport.raise_to with the board. Going on with the old rate is no
 * error. */
int kpu_engine_raise_rate(struct kpu_engine *engine, struct kpu_error *error);

/* engine_commands.c */
int kpu_engine_info(struct kpu_backend *backend, struct kpu_device_info *info,
		    struct kpu_error *error);
int kpu_engine_memory(struct kpu_backend *backend, struct kpu_memory *memory,
		      struct kpu_error *error);
int kpu_engine_statistics(struct kpu_backend *backend, struct kpu_link_statistics *host,
			  struct kpu_link_statistics *board, struct kpu_error *error);
int kpu_engine_ping(struct kpu_backend *backend, struct kpu_error *error);
int kpu_engine_load(struct kpu_backend *backend, const void *data, size_t size,
		    const struct kpu_load_options *options, uint32_t *model,
		    struct kpu_error *error);
/* Enough for a model of @size behind those that other threads have begun to load. */
uint32_t kpu_engine_load_timeout_ms(struct kpu_engine *engine, size_t size);
void kpu_engine_unload(struct kpu_backend *backend, uint32_t model);
void *kpu_engine_memory_alloc(struct kpu_backend *backend, size_t size);
void kpu_engine_memory_free(struct kpu_backend *backend, void *memory);
/* With the lock: reads the answer to INFO into engine->board. */
bool kpu_engine_take_info(struct kpu_engine *engine, const struct kpu_transaction *transaction);

/* How often the board has been reset. */
uint32_t kpu_engine_generation(struct kpu_engine *engine);
/* The answer to MODEL_LOAD or MODEL_LOAD_FLASH, @rc of the call, becomes a model or an error. */
int kpu_engine_loaded(const struct kpu_engine_call *call, int rc, uint32_t generation,
		      uint32_t *model, struct kpu_error *error);

/* engine_flash.c */
uint32_t kpu_engine_load_flash_timeout_ms(uint32_t size);
int kpu_engine_flash_info(struct kpu_backend *backend, struct kpu_flash_info *info,
			  struct kpu_error *error);
int kpu_engine_flash_read(struct kpu_backend *backend, uint32_t address, void *data, uint32_t size,
			  struct kpu_error *error);
int kpu_engine_flash_write(struct kpu_backend *backend, uint32_t address, const void *data,
			   uint32_t size, struct kpu_error *error);
int kpu_engine_flash_erase(struct kpu_backend *backend, uint32_t address, uint32_t size,
			   struct kpu_error *error);
int kpu_engine_flash_check(struct kpu_backend *backend, uint32_t address, uint32_t size,
			   uint32_t *crc32, struct kpu_error *error);
int kpu_engine_load_flash(struct kpu_backend *backend, const struct kpu_backend_flash_model *where,
			  const struct kpu_load_options *options, uint32_t *model,
			  struct kpu_error *error);

/* engine_jobs.c */
int kpu_engine_submit(struct kpu_backend *backend, const struct kpu_backend_run *run,
		      struct kpu_backend_job **job, struct kpu_error *error);
int kpu_engine_wait(struct kpu_backend *backend, struct kpu_backend_job *job, int timeout_ms,
		    struct kpu_backend_outcome *outcome, struct kpu_error *error);
void kpu_engine_cancel(struct kpu_backend *backend, struct kpu_backend_job *job);
void kpu_engine_release(struct kpu_backend *backend, struct kpu_backend_job *job);
/* With the lock: ends jobs whose time is over; returns when the next one's is. */
uint64_t kpu_engine_expire_jobs(struct kpu_engine *engine, uint64_t now_us);
/* With the lock: ends all jobs, or those of one model (index, or -1 for all), that wait on the
 * host, and asks the board to cancel the others. */
void kpu_engine_fail_jobs(struct kpu_engine *engine, int model, int code);
/* With the lock: waits, not for long, until no job of the model is on the board. */
void kpu_engine_drain_model(struct kpu_engine *engine, uint32_t model);

/* What the engine does in a backend's table of operations: all but scheme and open. */
#define KPU_ENGINE_OPS                                                                             \
	.shutdown = kpu_engine_shutdown, .destroy = kpu_engine_destroy, .info = kpu_engine_info,   \
	.memory = kpu_engine_memory, .statistics = kpu_engine_statistics, .ping = kpu_engine_ping, \
	.load = kpu_engine_load, .load_flash = kpu_engine_load_flash, .unload = kpu_engine_unload, \
	.flash_info = kpu_engine_flash_info, .flash_read = kpu_engine_flash_read,                  \
	.flash_write = kpu_engine_flash_write, .flash_erase = kpu_engine_flash_erase,              \
	.flash_check = kpu_engine_flash_check, .submit = kpu_engine_submit,                        \
	.wait = kpu_engine_wait, .cancel = kpu_engine_cancel, .release = kpu_engine_release,       \
	.memory_alloc = kpu_engine_memory_alloc, .memory_free = kpu_engine_memory_free

#endif
