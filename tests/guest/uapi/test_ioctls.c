/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Each ioctl and mmap: good, and each way of using it wrong that can be thought of. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client.h"
#include "testing.h"

#define PAGE 4096u

static struct fake_board board;

/* The number of an ioctl with another size of structure. */
static unsigned long resized(unsigned long command, size_t size)
{
	return (command & ~((unsigned long)_IOC_SIZEMASK << _IOC_SIZESHIFT)) |
	       (unsigned long)size << _IOC_SIZESHIFT;
}

/*
 * For any ioctl: no pointer, a pointer into nowhere, a longer structure with and without something
 * in the unknown part. @good is a request that must give @result (0, or -1 with @number).
 */
static void common_faults(int fd, unsigned long command, const void *good, int number)
{
	size_t size = _IOC_SIZE(command);
	uint8_t longer[512] = { 0 };
	int result;

	CHECK_ERRNO(EFAULT, ioctl(fd, command, NULL));
	CHECK_ERRNO(EFAULT, ioctl(fd, command, (void *)16));
	memcpy(longer, good, size);
	longer[size + 7] = 1;
	CHECK_ERRNO(E2BIG, ioctl(fd, resized(command, size + 8), longer));
	longer[size + 7] = 0;
	result = ioctl(fd, resized(command, size + 8), longer);
	if (number)
		CHECK_ERRNO(number, result);
	else
		CHECK(!result);
	/* The largest structure an ioctl number can name, most of it beyond what is mapped. */
	CHECK_ERRNO(EFAULT, ioctl(fd, resized(command, _IOC_SIZEMASK), (void *)16));
}

static void test_unknown(int fd)
{
	uint64_t zero = 0;

	CHECK_ERRNO(ENOTTY, ioctl(fd, _IO(KPU_IOCTL_TYPE, 0x7f), &zero));
	CHECK_ERRNO(ENOTTY, ioctl(fd, _IOWR(KPU_IOCTL_TYPE, 0, zero), &zero));
	CHECK_ERRNO(ENOTTY, ioctl(fd, _IOWR('q', 1, struct kpu_ioctl_query), &zero));
	CHECK_ERRNO(ENOTTY, ioctl(fd, _IOR(KPU_IOCTL_TYPE, 1, struct kpu_ioctl_query), &zero));
	CHECK_ERRNO(ENOTTY, ioctl(fd, TCGETS, &zero));
}

static void test_query_device(int fd)
{
	struct kpu_ioctl_device_info info, part;
	struct kpu_ioctl_query query = { .kind = KPU_QUERY_DEVICE };

	CHECK(!ioctl(fd, KPU_IOCTL_QUERY, &query));
	CHECK(query.data_size == sizeof(info));
	CHECK(!client_query(fd, KPU_QUERY_DEVICE, &info, sizeof(info)));
	CHECK(info.uapi_version == KPU_UAPI_VERSION);
	CHECK(info.state == KPU_DEVICE_STATE_READY);
	CHECK(info.firmware_version == 0x00010203 && info.boot_id);
	CHECK(info.max_runs_in_flight == 2 && info.max_models == FAKE_BOARD_MODELS);
	CHECK(info.line_rate == FAKE_BOARD_RATE);
	CHECK(!strcmp(info.board, "fake") && !strncmp(info.transport, "tty pts", 7));
	/* Less room: a truncated copy, and nothing behind it. */
	memset(&part, 0x55, sizeof(part));
	CHECK(!client_query(fd, KPU_QUERY_DEVICE, &part, 6));
	CHECK(!memcmp(&part, &info, 6) && ((uint8_t *)&part)[6] == 0x55);
	/* More room than the driver knows. */
	query.data_size = 4096;
	query.data = (uintptr_t)&info;
	CHECK(!ioctl(fd, KPU_IOCTL_QUERY, &query) && query.data_size == sizeof(info));
}

static void test_query(int fd)
{
	struct kpu_ioctl_query query = { .kind = KPU_QUERY_DRIVER };
	struct kpu_ioctl_link_counters link;
	struct kpu_ioctl_driver_counters driver;
	struct kpu_ioctl_memory_info memory;

	test_query_device(fd);
	CHECK(!client_query(fd, KPU_QUERY_MEMORY, &memory, sizeof(memory)));
	CHECK(memory.total == 6 << 20 && memory.largest_free == 4 << 20);
	CHECK(!client_query(fd, KPU_QUERY_HOST_LINK, &link, sizeof(link)));
	CHECK(link.bytes_sent && link.packets_received && link.syncs == 1);
	CHECK(!client_query(fd, KPU_QUERY_DRIVER, &driver, sizeof(driver)));
	CHECK(!driver.board_resets && !driver.protocol_errors);
	/* The fake board does not implement it. */
	CHECK_ERRNO(EINVAL, client_query(fd, KPU_QUERY_BOARD_LINK, &link, sizeof(link)));
	CHECK_ERRNO(EINVAL, client_query(fd, 0, &link, sizeof(link)));
	CHECK_ERRNO(EINVAL, client_query(fd, 99, &link, sizeof(link)));
	CHECK_ERRNO(EFAULT, client_query(fd, KPU_QUERY_DRIVER, NULL, sizeof(link)));
	CHECK_ERRNO(EFAULT, client_query(fd, KPU_QUERY_DRIVER, (void *)16, ~0u));
	common_faults(fd, KPU_IOCTL_QUERY, &query, 0);
	/* A shorter structure counts as zero behind its end: a query for the size. */
	CHECK(!ioctl(fd, resized(KPU_IOCTL_QUERY, 4), &query));
}

static void test_buffer_create(int fd)
{
	struct kpu_ioctl_buffer_create create = { .size = 1 };
	struct kpu_ioctl_buffer_destroy destroy = { 0 };

	common_faults(fd, KPU_IOCTL_BUFFER_CREATE, &create, 0);
	CHECK(!ioctl(fd, KPU_IOCTL_BUFFER_CREATE, &create) && create.handle);
	destroy.handle = create.handle;
	common_faults(fd, KPU_IOCTL_BUFFER_DESTROY, &destroy, 0);
	CHECK_ERRNO(ENOENT, ioctl(fd, KPU_IOCTL_BUFFER_DESTROY, &destroy));
	destroy.handle = 0;
	CHECK_ERRNO(ENOENT, ioctl(fd, KPU_IOCTL_BUFFER_DESTROY, &destroy));
	destroy.handle = ~0u;
	CHECK_ERRNO(ENOENT, ioctl(fd, KPU_IOCTL_BUFFER_DESTROY, &destroy));
	destroy.reserved = 1;
	CHECK_ERRNO(EINVAL, ioctl(fd, KPU_IOCTL_BUFFER_DESTROY, &destroy));

	create.size = 0;
	CHECK_ERRNO(EINVAL, ioctl(fd, KPU_IOCTL_BUFFER_CREATE, &create));
	create.size = KPU_BUFFER_SIZE_MAX + 1;
	CHECK_ERRNO(EINVAL, ioctl(fd, KPU_IOCTL_BUFFER_CREATE, &create));
	create.size = ~0ull;
	CHECK_ERRNO(EINVAL, ioctl(fd, KPU_IOCTL_BUFFER_CREATE, &create));
	create.size = PAGE;
	create.flags = 1;
	CHECK_ERRNO(EINVAL, ioctl(fd, KPU_IOCTL_BUFFER_CREATE, &create));
	/* Shorter than all: no size at all. */
	CHECK_ERRNO(EINVAL, ioctl(fd, resized(KPU_IOCTL_BUFFER_CREATE, 0), &create));
}

static void test_buffer_limit(void)
{
	struct kpu_ioctl_buffer_create create = { .size = KPU_BUFFER_SIZE_MAX };
	struct kpu_ioctl_buffer_destroy destroy = { 0 };
	int fd = client_open(&board);

	for (unsigned int i = 0; i < KPU_BUFFERS_SIZE_MAX / KPU_BUFFER_SIZE_MAX; i++)
		CHECK(!ioctl(fd, KPU_IOCTL_BUFFER_CREATE, &create));
	destroy.handle = create.handle;
	create.size = 1;
	CHECK_ERRNO(EDQUOT, ioctl(fd, KPU_IOCTL_BUFFER_CREATE, &create));
	CHECK(!ioctl(fd, KPU_IOCTL_BUFFER_DESTROY, &destroy));
	CHECK(!ioctl(fd, KPU_IOCTL_BUFFER_CREATE, &create));
	close(fd);
}

static void *map(int fd, size_t size, int flags, uint64_t offset)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, (off_t)offset);
}

/* Memory that is mapped counts, too: nobody keeps any number of buffers by one page of each. */
static void test_mapped_limit(void)
{
	struct kpu_ioctl_buffer_create create = { .size = KPU_BUFFER_SIZE_MAX };
	struct kpu_ioctl_buffer_destroy destroy = { 0 };
	int fd = client_open(&board);
	void *page = MAP_FAILED;

	for (unsigned int i = 0; i < KPU_BUFFERS_SIZE_MAX / KPU_BUFFER_SIZE_MAX; i++)
		CHECK(!ioctl(fd, KPU_IOCTL_BUFFER_CREATE, &create));
	page = map(fd, PAGE, MAP_SHARED, create.mmap_offset);
	CHECK(page != MAP_FAILED);
	destroy.handle = create.handle;
	CHECK(!ioctl(fd, KPU_IOCTL_BUFFER_DESTROY, &destroy));
	create.size = 1;
	CHECK_ERRNO(EDQUOT, ioctl(fd, KPU_IOCTL_BUFFER_CREATE, &create));
	munmap(page, PAGE);
	CHECK(!ioctl(fd, KPU_IOCTL_BUFFER_CREATE, &create));
	close(fd);
}

static void test_mmap_faults(int fd, const struct kpu_ioctl_buffer_create *create, int other)
{
	CHECK_ERRNO(EINVAL, (long)map(fd, 5 * PAGE, MAP_SHARED, create->mmap_offset));
	CHECK_ERRNO(EINVAL, (long)map(fd, 4 * PAGE, MAP_SHARED, create->mmap_offset + PAGE));
	CHECK_ERRNO(EINVAL, (long)map(fd, PAGE, MAP_SHARED, create->mmap_offset + 4 * PAGE));
	CHECK_ERRNO(EINVAL, (long)map(fd, PAGE, MAP_PRIVATE, create->mmap_offset));
	CHECK_ERRNO(ENOENT, (long)map(fd, PAGE, MAP_SHARED, 0));
	CHECK_ERRNO(ENOENT, (long)map(fd, PAGE, MAP_SHARED, 0x12345ull * KPU_BUFFER_SIZE_MAX));
	CHECK_ERRNO(EINVAL, (long)map(fd, PAGE, MAP_SHARED, 0x7ffffffffff000));
	/* Another file's handle means nothing here. */
	CHECK_ERRNO(ENOENT, (long)map(other, PAGE, MAP_SHARED, create->mmap_offset));
}

static void test_mmap(int fd)
{
	struct kpu_ioctl_buffer_create create = { .size = 4 * PAGE };
	struct kpu_ioctl_buffer_destroy destroy = { 0 };
	int other = client_open(&board);
	uint8_t *whole, *part;

	CHECK(!ioctl(fd, KPU_IOCTL_BUFFER_CREATE, &create));
	test_mmap_faults(fd, &create, other);
	whole = map(fd, 4 * PAGE, MAP_SHARED, create.mmap_offset);
	part = map(fd, PAGE, MAP_SHARED, create.mmap_offset + 2 * PAGE);
	if (CHECK(whole != MAP_FAILED) && CHECK(part != MAP_FAILED)) {
		uint8_t zero[4 * PAGE] = { 0 };

		CHECK(!memcmp(whole, zero, sizeof(zero)));
		whole[2 * PAGE + 5] = 0xa5;
		CHECK(part[5] == 0xa5);
		destroy.handle = create.handle;
		CHECK_ERRNO(ENOENT, ioctl(other, KPU_IOCTL_BUFFER_DESTROY, &destroy));
		CHECK(!ioctl(fd, KPU_IOCTL_BUFFER_DESTROY, &destroy));
		/* The memory stays as long as it is mapped. */
		part[6] = 0x5a;
		CHECK(whole[2 * PAGE + 6] == 0x5a);
		munmap(whole, 4 * PAGE);
		CHECK(part[5] == 0xa5);
		munmap(part, PAGE);
	}
	close(other);
}

static void test_model_faults(struct client *client)
{
	struct kpu_ioctl_model_load good = { .buffer = client->file.handle, .size = MODEL_BYTES };
	struct kpu_ioctl_model_load load = good;
	struct kpu_ioctl_model_unload unload = { .model = ~0u };
	int fd = client->fd;

	load.flags = 1;
	CHECK_ERRNO(EINVAL, ioctl(fd, KPU_IOCTL_MODEL_LOAD, &load));
	load = good;
	load.size = 0;
	common_faults(fd, KPU_IOCTL_MODEL_LOAD, &load, EINVAL);
	load.size = 2 * PAGE + 1;
	CHECK_ERRNO(EINVAL, ioctl(fd, KPU_IOCTL_MODEL_LOAD, &load));
	load.size = ~0ull;
	CHECK_ERRNO(EINVAL, ioctl(fd, KPU_IOCTL_MODEL_LOAD, &load));
	load = good;
	load.offset = ~0ull - 100;
	CHECK_ERRNO(EINVAL, ioctl(fd, KPU_IOCTL_MODEL_LOAD, &load));
	load = good;
	load.buffer = 4711;
	CHECK_ERRNO(ENOENT, ioctl(fd, KPU_IOCTL_MODEL_LOAD, &load));
	/* The structure comes back with the reason. */
	load = good;
	load.offset = 16;
	load.size = MODEL_BYTES - 16;
	CHECK_ERRNO(EINVAL, ioctl(fd, KPU_IOCTL_MODEL_LOAD, &load));
	CHECK(load.status == KPU_STATUS_KMODEL_VERSION && load.problem_layer == 7 && !load.model);
	CHECK(!strcmp(load.problem, "layer 7 is?no layer?"));
	common_faults(fd, KPU_IOCTL_MODEL_UNLOAD, &unload, ENOENT);
	unload.reserved = 1;
	CHECK_ERRNO(EINVAL, ioctl(fd, KPU_IOCTL_MODEL_UNLOAD, &unload));
}

static void test_models(struct client *client)
{
	struct kpu_ioctl_model_load load;
	int other = client_open(&board);
	int before = board.models;

	test_model_faults(client);
	CHECK(!client_load(client->fd, &client->file, &load));
	CHECK(load.version == 3 && load.layers == 11 && load.inputs == 1 && load.outputs == 2);
	CHECK(load.input_bytes == INPUT_BYTES && load.work_bytes == 4096 && !load.status);
	CHECK(board.models == before + 1);
	CHECK_ERRNO(ENOENT, client_unload(other, load.model));
	CHECK(!client_unload(client->fd, load.model));
	CHECK_ERRNO(ENOENT, client_unload(client->fd, load.model));
	for (int i = before; i < FAKE_BOARD_MODELS; i++)
		CHECK(!client_load(client->fd, &client->file, &load));
	CHECK_ERRNO(ENOSPC, client_load(client->fd, &client->file, &load));
	CHECK(load.status == KPU_STATUS_MODELS_FULL);
	close(other);
}

static void test_submit_faults(struct client *client)
{
	const struct kpu_ioctl_tap tap = { .kind = 1, .index = 1, .limit = OUTPUT_BYTES };
	const struct kpu_ioctl_job_submit good = client_job(client, &tap);
	struct kpu_ioctl_job_submit bad;

#define REFUSED(number, field, value)                                               \
	do {                                                                        \
		bad = good;                                                         \
		bad.field = (value);                                                \
		CHECK_ERRNO(number, ioctl(client->fd, KPU_IOCTL_JOB_SUBMIT, &bad)); \
	} while (0)
	REFUSED(EINVAL, flags, 1);
	REFUSED(ENOENT, model, 0);
	REFUSED(ENOENT, model, 4711);
	REFUSED(ENOENT, input_buffer, 4711);
	REFUSED(ENOENT, output_buffer, 4711);
	REFUSED(EINVAL, input_offset, PAGE);
	REFUSED(EINVAL, input_offset, ~0ull);
	REFUSED(EINVAL, input_size, 0);
	REFUSED(EINVAL, input_size, INPUT_BYTES - 1);
	REFUSED(EINVAL, input_size, ~0ull);
	REFUSED(EINVAL, output_offset, 2);
	REFUSED(EINVAL, output_offset, PAGE);
	REFUSED(EINVAL, output_offset, ~3ull);
	REFUSED(EINVAL, output_size, OUTPUT_BYTES - 1);
	REFUSED(EINVAL, output_size, ~0ull);
	REFUSED(EFAULT, taps, 0);
	REFUSED(EINVAL, tap_count, 0);
	REFUSED(EINVAL, tap_count, KPU_JOB_TAPS_MAX + 1);
	REFUSED(EINVAL, tap_count, ~0u);
	REFUSED(EINVAL, tap_size, sizeof(tap) - 1);
	REFUSED(EINVAL, tap_size, ~0u);
#undef REFUSED
	bad = good;
	bad.model = 4711;
	common_faults(client->fd, KPU_IOCTL_JOB_SUBMIT, &bad, ENOENT);
}

static void test_tap_faults(struct client *client)
{
	static const struct kpu_ioctl_tap bad[] = {
		{ .kind = 0, .limit = 4 },
		{ .kind = 4, .limit = 4 },
		{ .kind = ~0u, .limit = 4 },
		{ .kind = 1, .limit = 0 },
		{ .kind = 1, .limit = 6 },
		{ .kind = 1, .limit = ~3u },
		{ .kind = 1, .limit = OUTPUT_BYTES + 4 },
		{ .kind = 1, .index = 0x10000, .limit = 4 },
		{ .kind = 1, .limit = 4, .reserved = 1 },
	};
	struct kpu_ioctl_job_submit submit;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		submit = client_job(client, &bad[i]);
		CHECK_ERRNO(EINVAL, ioctl(client->fd, KPU_IOCTL_JOB_SUBMIT, &submit));
	}
}

static void test_longer_taps(struct client *client)
{
	struct {
		struct kpu_ioctl_tap tap;
		uint32_t later[2];
	} taps[2] = { { .tap = { .kind = 1, .limit = 8 } }, { .tap = { .kind = 2, .limit = 4 } } };
	struct kpu_ioctl_job_submit submit = client_job(client, &taps[0].tap);
	struct kpu_ioctl_job_wait wait = { .timeout_ns = -1 };
	struct {
		struct kpu_ioctl_tap_result result;
		uint32_t later[2];
	} results[2];

	submit.tap_count = 2;
	submit.tap_size = sizeof(taps[0]);
	taps[1].later[1] = 1;
	CHECK_ERRNO(E2BIG, ioctl(client->fd, KPU_IOCTL_JOB_SUBMIT, &submit));
	taps[1].later[1] = 0;
	CHECK(!ioctl(client->fd, KPU_IOCTL_JOB_SUBMIT, &submit));
	memset(results, 0x55, sizeof(results));
	wait.tap_results = (uintptr_t)results;
	wait.tap_size = sizeof(results[0]);
	wait.tap_count = 2;
	CHECK(!ioctl(client->fd, KPU_IOCTL_JOB_WAIT, &wait));
	CHECK(wait.tap_count == 2 && results[0].result.length == 8 &&
	      results[1].result.length == 4);
	CHECK(results[0].later[0] == 0 && results[1].later[1] == 0);
}

static void test_wait_faults(struct client *client)
{
	struct kpu_ioctl_job_wait wait = { .job = 4711 };
	struct kpu_ioctl_job_cancel cancel = { .job = 4711 };

	common_faults(client->fd, KPU_IOCTL_JOB_WAIT, &wait, ENOENT);
	common_faults(client->fd, KPU_IOCTL_JOB_CANCEL, &cancel, ENOENT);
	CHECK_ERRNO(ENOENT, client_wait(client->fd, 0, -1, &wait));
	wait.reserved = 1;
	CHECK_ERRNO(EINVAL, ioctl(client->fd, KPU_IOCTL_JOB_WAIT, &wait));
	wait.reserved = 0;
	wait.tap_results = 4096;
	wait.tap_size = 3;
	CHECK_ERRNO(EINVAL, ioctl(client->fd, KPU_IOCTL_JOB_WAIT, &wait));
	wait.tap_size = ~0u;
	CHECK_ERRNO(EINVAL, ioctl(client->fd, KPU_IOCTL_JOB_WAIT, &wait));
}

static bool read_attribute(const char *name, char *text, size_t room)
{
	char path[128];
	FILE *file;
	bool good;

	snprintf(path, sizeof(path), "/sys/class/kpu/kpu%d/%s", board.number, name);
	file = fopen(path, "re");
	good = file && fgets(text, (int)room, file);
	if (file)
		fclose(file);
	return good;
}

static void test_sysfs(void)
{
	char text[128];
	struct stat node;

	CHECK(read_attribute("firmware_version", text, sizeof(text)) && !strcmp(text, "1.2.3\n"));
	CHECK(read_attribute("board", text, sizeof(text)) && !strcmp(text, "fake\n"));
	CHECK(read_attribute("state", text, sizeof(text)) && !strcmp(text, "ready\n"));
	CHECK(read_attribute("state_reason", text, sizeof(text)) && !strcmp(text, "\n"));
	CHECK(read_attribute("transport", text, sizeof(text)) && !strncmp(text, "tty pts", 7));
	CHECK(read_attribute("boot_id", text, sizeof(text)) && strlen(text) == 17);
	CHECK(read_attribute("link/bytes_sent", text, sizeof(text)) && atol(text) > 100);
	CHECK(read_attribute("link/syncs", text, sizeof(text)) && !strcmp(text, "1\n"));
	CHECK(read_attribute("counters/models_loaded", text, sizeof(text)) && atol(text) > 0);
	CHECK(!stat(board.device, &node) && (node.st_mode & 0777) == 0660);
}

int main(void)
{
	struct client client;

	if (CHECK(fake_board_plug(&board)) && client_start(&board, &client)) {
		test_unknown(client.fd);
		test_query(client.fd);
		test_buffer_create(client.fd);
		test_buffer_limit();
		test_mapped_limit();
		test_mmap(client.fd);
		test_models(&client);
		test_submit_faults(&client);
		test_tap_faults(&client);
		test_longer_taps(&client);
		test_wait_faults(&client);
		test_sysfs();
		client_end(&client);
		fake_board_unplug(&board);
	}
	return testing_finish("uapi_ioctls");
}
