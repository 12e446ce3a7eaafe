/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The ioctls with fewer words, as a test needs them. All return what ioctl() returns. */
#ifndef KPU_UAPI_CLIENT_H
#define KPU_UAPI_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fake_board.h"
#include "uapi/kpu.h"

#define INPUT_BYTES  3000u
#define OUTPUT_BYTES 1024u
#define MODEL_BYTES  5000u

struct client_buffer {
	uint32_t handle;
	size_t size;
	uint8_t *bytes;
};

/* One open file with a model that has been loaded, its input and its output. */
struct client {
	int fd;
	uint32_t model;
	struct client_buffer file, input, output;
};

/* Opens the board's node, which devtmpfs makes a moment after the board was plugged in; -1. */
int client_open(const struct fake_board *board);
/* True when the state was reached within the time. */
bool client_wait_state(int fd, uint32_t state, double seconds);
int client_query(int fd, uint32_t kind, void *data, uint32_t size);

int client_buffer_create(int fd, size_t size, struct client_buffer *buffer);
int client_buffer_destroy(int fd, struct client_buffer *buffer);

/* Loads MODEL_BYTES of @buffer. */
int client_load(int fd, const struct client_buffer *buffer, struct kpu_ioctl_model_load *load);
int client_unload(int fd, uint32_t model);

/* All of the above, checked. */
bool client_start(const struct fake_board *board, struct client *client);
void client_end(struct client *client);

/* A submission of @client with one tap over all of the output. */
struct kpu_ioctl_job_submit client_job(const struct client *client,
				       const struct kpu_ioctl_tap *tap);
int client_submit(const struct client *client, uint32_t timeout_ms, uint64_t *job);
int client_wait(int fd, uint64_t job, int64_t timeout_ns, struct kpu_ioctl_job_wait *wait);
int client_cancel(int fd, uint64_t job);
/* The output is what the board makes of the input. */
bool client_output_right(const struct client *client);
/* A new file's model runs once with the right result; checked. */
void client_check_works(const struct fake_board *board);

/* Bytes per second of the line, as the driver tells. */
uint32_t client_line_rate(int fd);

#endif
