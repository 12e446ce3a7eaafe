/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The host goes to sleep while programs wait in the driver: nobody keeps it awake, nobody is
 * disturbed, and what the board has become meanwhile is told. The sleep ends half-way (host_sleep):
 * programs, this one's board among them, are frozen, and with "devices" the driver is suspended.
 * A real one: cases/suspend.sh.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"
#include "testing.h"

#define JOBS 6

static struct fake_board board;
static struct client client;

enum kind {
	WAIT_JOB,
	WAIT_JOB_TIMED,
	UNLOAD,
	LOAD,
	FLASH,
	MEMORY,
	KINDS,
};

/* A call that waits in the driver, and what became of it. */
struct call {
	enum kind kind;
	uint64_t job;
	uint32_t model, status;
	int error;
	bool back;
	pthread_t thread;
};

static uint32_t counter(size_t offset)
{
	struct kpu_ioctl_driver_counters counters = { 0 };

	client_query(client.fd, KPU_QUERY_DRIVER, &counters, sizeof(counters));
	return *(uint32_t *)((char *)&counters + offset);
}

#define COUNTER(field) counter(offsetof(struct kpu_ioctl_driver_counters, field))

static bool host_sleep(const char *words)
{
	char command[64];

	snprintf(command, sizeof(command), "/bin/host_sleep %s", words);
	return system(command) == 0;
}

static int call_flash(struct call *call)
{
	struct kpu_ioctl_flash work = {
		.operation = KPU_FLASH_READ,
		.size = 16,
		.buffer = client.file.handle,
	};
	int result = ioctl(client.fd, KPU_IOCTL_FLASH, &work);

	call->status = work.status;
	return result;
}

static int call_driver(struct call *call)
{
	struct kpu_ioctl_memory_info memory;
	struct kpu_ioctl_model_load load;
	struct kpu_ioctl_job_wait wait;
	int result;

	switch (call->kind) {
	case WAIT_JOB:
	case WAIT_JOB_TIMED:
		result = client_wait(client.fd, call->job,
				     call->kind == WAIT_JOB ? -1 : 20000000000, &wait);
		call->status = wait.status;
		return result;
	case UNLOAD:
		return client_unload(client.fd, call->model);
	case LOAD:
		result = client_load(client.fd, &client.file, &load);
		call->status = load.status;
		return result;
	case FLASH:
		return call_flash(call);
	default:
		return client_query(client.fd, KPU_QUERY_MEMORY, &memory, sizeof(memory));
	}
}

static void *call_thread(void *argument)
{
	struct call *call = argument;

	call->error = call_driver(call) ? errno : 0;
	call->back = true;
	return NULL;
}

/* One call of each kind under way, and one that waits for its turn with the flash. */
static void start_calls(struct call *calls)
{
	for (int i = 0; i < KINDS + 1; i++) {
		memset(&calls[i], 0, sizeof(calls[i]));
		calls[i].kind = i < KINDS ? (enum kind)i : FLASH;
		calls[i].model = client.model;
		if (i == WAIT_JOB || i == WAIT_JOB_TIMED)
			CHECK(!client_submit(&client, 20000, &calls[i].job));
		CHECK(!pthread_create(&calls[i].thread, NULL, call_thread, &calls[i]));
	}
	testing_sleep(0.3);
}

static bool start_all(void)
{
	return CHECK(fake_board_plug(&board)) && client_start(&board, &client);
}

static void end_all(void)
{
	client_end(&client);
	fake_board_unplug(&board);
}

/* The programs alone: none of them keeps the host awake or hears of it. */
static void test_waiting(void)
{
	struct call calls[KINDS + 1];

	if (!start_all())
		return;
	board.faults.silent = true;
	/* What it is already waiting for it would still answer. */
	testing_sleep(0.05);
	start_calls(calls);
	CHECK(host_sleep("freezer 0"));
	/* A query has two seconds of its own, which a busy machine may use up. */
	for (int i = 0; i < KINDS + 1; i++)
		CHECK(!calls[i].back || calls[i].kind == MEMORY);
	board.faults.silent = false;
	for (int i = 0; i < KINDS + 1; i++) {
		pthread_join(calls[i].thread, NULL);
		if (!CHECK((calls[i].error == 0 ||
			    (calls[i].kind == MEMORY && calls[i].error == ETIMEDOUT)) &&
			   calls[i].status == 0))
			printf("call %d: errno %d, status %u\n", i, calls[i].error,
			       calls[i].status);
	}
	CHECK(COUNTER(suspends) == 0);
	end_all();
}

/* A process that is stopped and goes on does not hear of it either. */
static void test_stopped(void)
{
	struct kpu_ioctl_job_wait wait;
	uint64_t job;
	pid_t child;
	int status;

	if (!start_all())
		return;
	board.faults.run_delay_ms = 600;
	CHECK(!client_submit(&client, 0, &job));
	child = fork();
	if (child == 0)
		_exit(client_wait(client.fd, job, -1, &wait) ? errno : (int)wait.status);
	testing_sleep(0.2);
	kill(child, SIGSTOP);
	testing_sleep(0.1);
	kill(child, SIGCONT);
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	end_all();
}

/*
 * Runs on the board and behind them. The board sleeps along, so they cannot end in time; then they
 * go on where they were, each of them once: a result that was under way is lost, and told so. What
 * the sleep took counts for no time-out.
 */
static void test_queue(void)
{
	struct kpu_ioctl_job_wait wait;
	uint64_t jobs[JOBS];

	if (!start_all())
		return;
	board.faults.run_delay_ms = 100;
	for (int i = 0; i < JOBS; i++)
		CHECK(!client_submit(&client, 5000, &jobs[i]));
	testing_sleep(0.05);
	CHECK(host_sleep("devices 4"));
	for (int i = 0; i < JOBS; i++) {
		CHECK(!client_wait(client.fd, jobs[i], -1, &wait));
		if (!CHECK(wait.status == 0))
			printf("job %d: status %u\n", i, wait.status);
	}
	CHECK(client_output_right(&client));
	/* One whose result was under way has been done once more. */
	CHECK(board.runs >= JOBS);
	CHECK(client_wait_state(client.fd, KPU_DEVICE_STATE_READY, 5));
	CHECK(COUNTER(suspends) == 1 && COUNTER(board_resets) == 0 && COUNTER(deaths) == 0);
	end_all();
}

/* The board has lost its power meanwhile. */
static void test_power_lost(void)
{
	struct kpu_ioctl_model_load load;
	struct kpu_ioctl_job_wait wait;
	uint64_t jobs[JOBS], late;

	if (!start_all())
		return;
	board.faults.run_delay_ms = 5000;
	for (int i = 0; i < JOBS; i++)
		CHECK(!client_submit(&client, 0, &jobs[i]));
	testing_sleep(0.1);
	board.faults.silent = true;
	testing_sleep(0.05);
	fake_board_reset(&board);
	CHECK(host_sleep("devices 0"));
	board.faults.run_delay_ms = 0;
	board.faults.silent = false;
	for (int i = 0; i < JOBS; i++) {
		CHECK(!client_wait(client.fd, jobs[i], -1, &wait));
		CHECK(wait.status == KPU_STATUS_BOARD_RESET);
	}
	CHECK(client_wait_state(client.fd, KPU_DEVICE_STATE_READY, 5));
	CHECK_ERRNO(ESTALE, client_submit(&client, 0, &late));
	CHECK(!client_unload(client.fd, client.model));
	CHECK(!client_load(client.fd, &client.file, &load));
	client.model = load.model;
	CHECK(!client_submit(&client, 0, &late));
	CHECK(!client_wait(client.fd, late, -1, &wait) && wait.status == 0);
	CHECK(client_output_right(&client));
	CHECK(COUNTER(suspends) == 1 && COUNTER(board_resets) == 1);
	end_all();
}

/* Asked to boot the board just before the sleep, the holder still has its time after it. */
static void test_holder(void)
{
	struct kpu_tty_boot_result result = { 0 };
	struct kpu_tty_boot_request request;
	uint32_t flags = KPU_TTY_HOLDER_BOOTS;
	char path[64];
	int reset;

	if (!start_all())
		return;
	snprintf(path, sizeof(path), "/sys/class/kpu/kpu%d/reset", board.number);
	reset = open(path, O_WRONLY | O_CLOEXEC);
	CHECK(!ioctl(fake_board_tty(&board), KPU_TTY_IOCTL_HOLDER, &flags));
	CHECK(write(reset, "1", 1) == 1);
	close(reset);
	CHECK(host_sleep("devices 4"));
	CHECK(!ioctl(fake_board_tty(&board), KPU_TTY_IOCTL_BOOT_BEGIN, &request));
	CHECK(request.reason == KPU_BOOT_REASON_REQUEST);
	/* And once more in the middle of it. */
	CHECK(host_sleep("devices 0"));
	fake_board_reset(&board);
	CHECK(!ioctl(fake_board_tty(&board), KPU_TTY_IOCTL_BOOT_END, &result));
	CHECK(client_wait_state(client.fd, KPU_DEVICE_STATE_READY, 10));
	CHECK(COUNTER(suspends) == 2 && COUNTER(deaths) == 0 && COUNTER(boots_failed) == 0);
	end_all();
}

int main(void)
{
	int limit = open("/sys/power/pm_freeze_timeout", O_WRONLY | O_CLOEXEC);

	CHECK(write(limit, "5000", 4) == 4);
	close(limit);
	test_waiting();
	test_stopped();
	test_queue();
	test_power_lost();
	test_holder();
	return testing_finish("uapi_suspend");
}
