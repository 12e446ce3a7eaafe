/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "client.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "testing.h"

static const struct kpu_ioctl_tap whole_output = {
	.kind = KPU_TAP_KIND_OUTPUT,
	.index = 1,
	.limit = OUTPUT_BYTES,
};

int client_open(const struct fake_board *board)
{
	double end = testing_now() + 2;
	int fd;

	while ((fd = open(board->device, O_RDWR | O_CLOEXEC)) < 0 && testing_now() < end)
		testing_sleep(0.01);
	return fd;
}

int client_query(int fd, uint32_t kind, void *data, uint32_t size)
{
	struct kpu_ioctl_query query = {
		.kind = kind,
		.data_size = size,
		.data = (uintptr_t)data,
	};

	return ioctl(fd, KPU_IOCTL_QUERY, &query);
}

bool client_wait_state(int fd, uint32_t state, double seconds)
{
	double end = testing_now() + (seconds > 0 ? seconds + TESTING_SLACK_S : 0);
	struct kpu_ioctl_device_info info;

	do {
		if (client_query(fd, KPU_QUERY_DEVICE, &info, sizeof(info)))
			return false;
		if (info.state == state)
			return true;
		testing_sleep(0.01);
	} while (testing_now() < end);
	return false;
}

int client_buffer_create(int fd, size_t size, struct client_buffer *buffer)
{
	struct kpu_ioctl_buffer_create create = { .size = size };

	memset(buffer, 0, sizeof(*buffer));
	if (ioctl(fd, KPU_IOCTL_BUFFER_CREATE, &create))
		return -1;
	buffer->handle = create.handle;
	buffer->size = size;
	buffer->bytes =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)create.mmap_offset);
	if (buffer->bytes != MAP_FAILED)
		return 0;
	buffer->bytes = NULL;
	return -1;
}

int client_buffer_destroy(int fd, struct client_buffer *buffer)
{
	struct kpu_ioctl_buffer_destroy destroy = { .handle = buffer->handle };

	if (buffer->bytes)
		munmap(buffer->bytes, buffer->size);
	buffer->bytes = NULL;
	return ioctl(fd, KPU_IOCTL_BUFFER_DESTROY, &destroy);
}

int client_load(int fd, const struct client_buffer *buffer, struct kpu_ioctl_model_load *load)
{
	memset(load, 0, sizeof(*load));
	load->buffer = buffer->handle;
	load->size = MODEL_BYTES;
	return ioctl(fd, KPU_IOCTL_MODEL_LOAD, load);
}

int client_unload(int fd, uint32_t model)
{
	struct kpu_ioctl_model_unload unload = { .model = model };

	return ioctl(fd, KPU_IOCTL_MODEL_UNLOAD, &unload);
}

bool client_start(const struct fake_board *board, struct client *client)
{
	struct kpu_ioctl_model_load load;

	memset(client, 0, sizeof(*client));
	client->fd = client_open(board);
	if (!CHECK(client->fd >= 0) ||
	    !CHECK(client_wait_state(client->fd, KPU_DEVICE_STATE_READY, 5)) ||
	    !CHECK(!client_buffer_create(client->fd, MODEL_BYTES, &client->file)) ||
	    !CHECK(!client_buffer_create(client->fd, INPUT_BYTES, &client->input)) ||
	    !CHECK(!client_buffer_create(client->fd, OUTPUT_BYTES, &client->output)))
		return false;
	fake_board_write_model(client->file.bytes, MODEL_BYTES, INPUT_BYTES);
	for (uint32_t i = 0; i < INPUT_BYTES; i++)
		client->input.bytes[i] = (uint8_t)rand();
	if (!CHECK(!client_load(client->fd, &client->file, &load)))
		return false;
	client->model = load.model;
	return true;
}

void client_end(struct client *client)
{
	close(client->fd);
	munmap(client->file.bytes, client->file.size);
	munmap(client->input.bytes, client->input.size);
	munmap(client->output.bytes, client->output.size);
}

struct kpu_ioctl_job_submit client_job(const struct client *client, const struct kpu_ioctl_tap *tap)
{
	return (struct kpu_ioctl_job_submit){
		.model = client->model,
		.input_buffer = client->input.handle,
		.output_buffer = client->output.handle,
		.input_size = INPUT_BYTES,
		.output_size = OUTPUT_BYTES,
		.taps = (uintptr_t)tap,
		.tap_count = 1,
		.tap_size = sizeof(*tap),
		.stop_layer = KPU_JOB_ALL_LAYERS,
		.user_data = 0x1122334455667788,
	};
}

int client_submit(const struct client *client, uint32_t timeout_ms, uint64_t *job)
{
	struct kpu_ioctl_job_submit submit = client_job(client, &whole_output);
	int result;

	submit.timeout_ms = timeout_ms;
	result = ioctl(client->fd, KPU_IOCTL_JOB_SUBMIT, &submit);
	*job = submit.job;
	return result;
}

int client_wait(int fd, uint64_t job, int64_t timeout_ns, struct kpu_ioctl_job_wait *wait)
{
	memset(wait, 0, sizeof(*wait));
	wait->job = job;
	wait->timeout_ns = timeout_ns;
	return ioctl(fd, KPU_IOCTL_JOB_WAIT, wait);
}

int client_cancel(int fd, uint64_t job)
{
	struct kpu_ioctl_job_cancel cancel = { .job = job };

	return ioctl(fd, KPU_IOCTL_JOB_CANCEL, &cancel);
}

bool client_output_right(const struct client *client)
{
	for (uint32_t i = 0; i < OUTPUT_BYTES; i++) {
		if (client->output.bytes[i] != fake_board_byte(client->input.bytes, INPUT_BYTES,
							       whole_output.kind,
							       whole_output.index, i))
			return false;
	}
	return true;
}

void client_check_works(const struct fake_board *board)
{
	struct kpu_ioctl_job_wait wait;
	struct client client;
	uint64_t job;

	if (!client_start(board, &client))
		return;
	CHECK(!client_submit(&client, 0, &job));
	CHECK(!client_wait(client.fd, job, -1, &wait) && !wait.status);
	CHECK(client_output_right(&client));
	client_end(&client);
}

uint32_t client_line_rate(int fd)
{
	struct kpu_ioctl_device_info info = { 0 };

	client_query(fd, KPU_QUERY_DEVICE, &info, sizeof(info));
	return info.line_rate;
}
