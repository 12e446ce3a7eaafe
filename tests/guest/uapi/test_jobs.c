/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Jobs: results, waiting, polling, cancelling, time-outs, fairness, many and killed clients. */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"
#include "testing.h"

#define MILLISECOND 1000000ll

static struct fake_board board;

static bool polled(int fd, short wanted)
{
	struct pollfd watched = { .fd = fd, .events = POLLIN };

	return poll(&watched, 1, 0) >= 0 && watched.revents == wanted;
}

static void settle(void)
{
	double end = testing_now() + 3;

	while (board.runs_at_once && testing_now() < end)
		testing_sleep(0.005);
	CHECK(board.runs_at_once == 0);
}

/* What a closed file owned goes a moment later. */
static void expect_models(int wanted)
{
	double end = testing_now() + 2;

	while (board.models != wanted && testing_now() < end)
		testing_sleep(0.01);
	CHECK(board.models == wanted);
}

static void test_result(struct client *client)
{
	struct kpu_ioctl_tap_result tap = { 0 };
	struct kpu_ioctl_job_wait wait = { .timeout_ns = 5000 * MILLISECOND };
	uint64_t job;

	memset(client->output.bytes, 0x55, OUTPUT_BYTES);
	CHECK(polled(client->fd, 0));
	if (!CHECK(!client_submit(client, 0, &job)) || !CHECK(job))
		return;
	wait.job = job;
	wait.tap_results = (uintptr_t)&tap;
	wait.tap_size = sizeof(tap);
	wait.tap_count = 1;
	CHECK(!ioctl(client->fd, KPU_IOCTL_JOB_WAIT, &wait));
	CHECK(wait.job == job && wait.status == 0 && wait.user_data == 0x1122334455667788);
	CHECK(wait.layers_run == 11 && wait.cycles == 123456 && wait.kpu_cycles == 1234);
	CHECK(wait.tap_count == 1 && tap.length == OUTPUT_BYTES && tap.channels == 256);
	CHECK(wait.queued_ns && wait.queued_ns <= wait.started_ns);
	CHECK(wait.started_ns <= wait.sent_ns && wait.sent_ns <= wait.finished_ns);
	CHECK(client_output_right(client));
	/* Taken once only. */
	CHECK_ERRNO(ENOENT, client_wait(client->fd, job, 0, &wait));
}

static void test_waiting(struct client *client)
{
	struct kpu_ioctl_job_wait wait;
	struct pollfd watched = { .fd = client->fd, .events = POLLIN };
	uint64_t job;
	double begin;

	board.faults.run_delay_ms = 200;
	CHECK(!client_submit(client, 0, &job));
	CHECK_ERRNO(ETIMEDOUT, client_wait(client->fd, job, 0, &wait));
	CHECK_ERRNO(ETIMEDOUT, client_wait(client->fd, 0, 0, &wait));
	begin = testing_now();
	CHECK_ERRNO(ETIMEDOUT, client_wait(client->fd, job, 50 * MILLISECOND, &wait));
	CHECK(testing_now() - begin >= 0.049);
	CHECK(polled(client->fd, 0));
	CHECK(poll(&watched, 1, 3000) == 1 && watched.revents == POLLIN);
	CHECK(!client_wait(client->fd, 0, 0, &wait) && wait.job == job && !wait.status);
	CHECK(polled(client->fd, 0));
	/* As long as it takes. */
	CHECK(!client_submit(client, 0, &job));
	CHECK(!client_wait(client->fd, job, -1, &wait) && !wait.status);
	board.faults.run_delay_ms = 0;
}

static void on_alarm(int number)
{
	(void)number;
}

static void test_interrupted_wait(struct client *client)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct kpu_ioctl_job_wait wait;
	uint64_t job;

	sigaction(SIGALRM, &action, NULL);
	board.faults.run_delay_ms = 1500;
	CHECK(!client_submit(client, 0, &job));
	alarm(1);
	CHECK_ERRNO(EINTR, client_wait(client->fd, job, -1, &wait));
	CHECK(!client_wait(client->fd, job, -1, &wait) && !wait.status);
	board.faults.run_delay_ms = 0;
}

static void test_cancel(struct client *client)
{
	struct kpu_ioctl_job_wait wait;
	uint64_t jobs[4];
	double begin;

	board.faults.run_delay_ms = 60000;
	for (int i = 0; i < 4; i++)
		CHECK(!client_submit(client, 0, &jobs[i]));
	testing_sleep(0.2);
	/* The first is on the board, the last in the driver's queue. */
	begin = testing_now();
	CHECK(!client_cancel(client->fd, jobs[3]) && !client_cancel(client->fd, jobs[0]));
	CHECK(!client_wait(client->fd, jobs[0], 8000 * MILLISECOND, &wait));
	CHECK(wait.status == KPU_STATUS_CANCELLED);
	CHECK(!client_wait(client->fd, jobs[3], 8000 * MILLISECOND, &wait));
	CHECK(wait.status == KPU_STATUS_CANCELLED && wait.job == jobs[3]);
	CHECK(testing_now() - begin < 1 + TESTING_SLACK_S);
	CHECK_ERRNO(ENOENT, client_cancel(client->fd, jobs[0]));
	board.faults.run_delay_ms = 0;
	/* Those cannot end by themselves: the board has already decided how long they take. */
	CHECK(!client_cancel(client->fd, jobs[1]) && !client_cancel(client->fd, jobs[2]));
	CHECK(!client_wait(client->fd, jobs[1], -1, &wait));
	CHECK(!client_wait(client->fd, jobs[2], -1, &wait));
	/* Cancelling what has finished changes nothing. */
	CHECK(!client_submit(client, 0, &jobs[0]));
	testing_sleep(0.5);
	CHECK(!client_cancel(client->fd, jobs[0]));
	CHECK(!client_wait(client->fd, jobs[0], 0, &wait) && !wait.status);
	settle();
}

static void test_timeout(struct client *client)
{
	struct kpu_ioctl_job_wait wait;
	uint64_t job;
	double begin = testing_now();

	board.faults.run_delay_ms = 60000;
	CHECK(!client_submit(client, 300, &job));
	CHECK(!client_wait(client->fd, job, -1, &wait) && wait.status == KPU_STATUS_TIMEOUT);
	CHECK(testing_now() - begin > 0.29);
	CHECK(testing_now() - begin < 1 + TESTING_SLACK_S);
	settle();
	board.faults.run_delay_ms = 0;
	/* The slot is free again. */
	CHECK(!client_submit(client, 0, &job));
	CHECK(!client_wait(client->fd, job, -1, &wait) && !wait.status);
}

/* What somebody else has cancelled may still have its place on the board: the next one waits. */
static void test_no_place(struct client *client)
{
	struct kpu_ioctl_job_wait wait;
	uint64_t jobs[3], job;

	board.faults.busy_runs = 5;
	for (int i = 0; i < 3; i++)
		CHECK(!client_submit(client, 0, &jobs[i]));
	for (int i = 0; i < 3; i++)
		CHECK(!client_wait(client->fd, jobs[i], -1, &wait) && !wait.status);
	CHECK(client_output_right(client) && !board.faults.busy_runs);
	/* Not for ever. */
	board.faults.busy_runs = 1000000;
	CHECK(!client_submit(client, 300, &job));
	CHECK(!client_wait(client->fd, job, -1, &wait) && wait.status == KPU_STATUS_TIMEOUT);
	CHECK(board.faults.busy_runs > 1000000 - 100);
	board.faults.busy_runs = 0;
	CHECK(!client_submit(client, 0, &job));
	CHECK(!client_wait(client->fd, job, -1, &wait) && !wait.status);
}

/* The one that waits for its place is not forgotten when the time of another is over meanwhile. */
static void test_no_place_and_timeout(struct client *client)
{
	struct kpu_ioctl_job_wait wait;
	uint64_t job, other;

	for (uint32_t milliseconds = 1; milliseconds <= 12; milliseconds++) {
		board.faults.busy_runs = 1;
		CHECK(!client_submit(client, 700, &job));
		CHECK(!client_submit(client, milliseconds, &other));
		CHECK(!client_wait(client->fd, job, -1, &wait) && !wait.status);
		CHECK(!client_wait(client->fd, other, -1, &wait));
		CHECK(!wait.status || wait.status == KPU_STATUS_TIMEOUT);
	}
}

static void test_many(struct client *client)
{
	struct kpu_ioctl_job_wait wait;
	uint64_t job, sum = 0;

	board.runs_at_once_most = 0;
	for (int i = 0; i < KPU_JOBS_MAX; i++)
		CHECK(!client_submit(client, 0, &job));
	CHECK_ERRNO(EAGAIN, client_submit(client, 0, &job));
	for (int i = 0; i < KPU_JOBS_MAX; i++) {
		CHECK(!client_wait(client->fd, 0, -1, &wait) && !wait.status);
		sum += wait.job;
		if (i == 10) {
			CHECK(!client_submit(client, 0, &job));
			CHECK(!client_wait(client->fd, job, -1, &wait) && !wait.status);
		}
	}
	CHECK(sum == (job - 1) * job / 2 - (job - 1 - KPU_JOBS_MAX) * (job - KPU_JOBS_MAX) / 2);
	CHECK_ERRNO(ENOENT, client_wait(client->fd, 0, 0, &wait));
	CHECK(board.runs_at_once_most == 2);
}

/* A client with one job does not wait for all the jobs of another. */
static void test_fairness(struct client *first)
{
	struct kpu_ioctl_job_wait wait;
	struct client second;
	uint64_t many[16], one;
	int ready = 0;

	if (!client_start(&board, &second))
		return;
	board.faults.run_delay_ms = 50;
	for (int i = 0; i < 16; i++)
		CHECK(!client_submit(first, 0, &many[i]));
	CHECK(!client_submit(&second, 0, &one));
	CHECK(!client_wait(second.fd, one, -1, &wait) && !wait.status);
	CHECK(client_output_right(&second));
	while (!client_wait(first->fd, 0, 0, &wait))
		ready++;
	CHECK(ready <= 5);
	for (int i = ready; i < 16; i++)
		CHECK(!client_wait(first->fd, 0, -1, &wait) && !wait.status);
	board.faults.run_delay_ms = 0;
	client_end(&second);
}

static void test_unload_waits(struct client *client)
{
	struct kpu_ioctl_model_load load;
	struct client other = *client;
	struct kpu_ioctl_job_wait wait;
	uint64_t job;

	CHECK(!client_load(client->fd, &client->file, &load));
	other.model = load.model;
	board.faults.run_delay_ms = 200;
	CHECK(!client_submit(&other, 0, &job));
	CHECK(!client_unload(client->fd, load.model));
	CHECK(!client_wait(client->fd, job, 0, &wait) && !wait.status);
	CHECK_ERRNO(ENOENT, client_submit(&other, 0, &job));
	board.faults.run_delay_ms = 0;
}

/* Destroying a buffer or closing its mapping does not disturb the job that uses it. */
static void test_buffer_outlived(struct client *client)
{
	struct client_buffer input = client->input;
	struct client copy = *client;
	struct kpu_ioctl_job_wait wait;
	uint64_t job;

	CHECK(!client_buffer_create(client->fd, INPUT_BYTES, &copy.input));
	memcpy(copy.input.bytes, input.bytes, INPUT_BYTES);
	CHECK(!client_submit(&copy, 0, &job));
	CHECK(!client_buffer_destroy(client->fd, &copy.input));
	CHECK(!client_wait(client->fd, job, -1, &wait) && !wait.status);
	CHECK(client_output_right(client));
}

/* What has been cancelled gives its memory back at once, also while the board is still at it. */
static void test_buffer_of_the_cancelled(struct client *client)
{
	struct client_buffer input = client->input, large[3];
	struct client other = *client;
	struct kpu_ioctl_job_wait wait;
	uint64_t job;

	CHECK(!client_buffer_create(client->fd, KPU_BUFFER_SIZE_MAX, &other.input));
	for (int i = 0; i < 2; i++)
		CHECK(!client_buffer_create(client->fd, KPU_BUFFER_SIZE_MAX, &large[i]));
	memcpy(other.input.bytes, input.bytes, INPUT_BYTES);
	board.faults.run_delay_ms = 10000;
	CHECK(!client_submit(&other, 0, &job));
	for (int i = 0; i < 500 && !board.runs_at_once; i++)
		testing_sleep(0.02);
	CHECK(board.runs_at_once == 1);
	/* Nor does it hear, for a moment, that it is to end it. */
	board.faults.silent = true;
	CHECK(!client_cancel(client->fd, job));
	CHECK(!client_buffer_destroy(client->fd, &other.input));
	CHECK(!client_buffer_create(client->fd, KPU_BUFFER_SIZE_MAX, &large[2]));
	board.faults.silent = false;
	board.faults.run_delay_ms = 0;
	CHECK(!client_wait(client->fd, job, -1, &wait) && wait.status == KPU_STATUS_CANCELLED);
	for (int i = 0; i < 3; i++)
		CHECK(!client_buffer_destroy(client->fd, &large[i]));
	for (int i = 0; i < 500 && board.runs_at_once; i++)
		testing_sleep(0.02);
	settle();
}

static void worker(int seed)
{
	struct kpu_ioctl_job_wait wait;
	struct client client;
	uint64_t job;

	if (!client_start(&board, &client))
		_exit(1);
	for (int i = 0; i < 30; i++) {
		client.input.bytes[i] ^= (uint8_t)(seed + i);
		if (client_submit(&client, 0, &job) || client_wait(client.fd, job, -1, &wait) ||
		    wait.status || !client_output_right(&client))
			_exit(2);
	}
	_exit(0);
}

static void test_processes(struct client *client)
{
	struct kpu_ioctl_device_info info;
	pid_t children[3];
	int status;

	for (int i = 0; i < 3; i++) {
		children[i] = fork();
		if (!children[i])
			worker(i);
	}
	for (int i = 0; i < 3; i++)
		CHECK(waitpid(children[i], &status, 0) == children[i] && status == 0);
	CHECK(!client_query(client->fd, KPU_QUERY_DEVICE, &info, sizeof(info)) &&
	      info.clients == 1);
	expect_models(1);
}

/* A process that is killed at work leaves nothing behind: neither here nor on the board. */
static void test_killed(struct client *client)
{
	struct kpu_ioctl_device_info info;

	for (int round = 0; round < 5; round++) {
		pid_t child = fork();
		struct client doomed;
		uint64_t job;

		if (!child) {
			if (!client_start(&board, &doomed))
				_exit(1);
			for (int i = 0; i < 8; i++)
				client_submit(&doomed, 0, &job);
			pause();
		}
		board.faults.run_delay_ms = 100;
		testing_sleep(0.15 + 0.03 * round);
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		expect_models(1);
	}
	board.faults.run_delay_ms = 0;
	settle();
	CHECK(!client_query(client->fd, KPU_QUERY_DEVICE, &info, sizeof(info)) &&
	      info.clients == 1);
}

/* close() frees the models although something is still mapped, and what is mapped stays. */
static void test_closed_while_mapped(void)
{
	int before = board.models;
	struct client client;

	if (!client_start(&board, &client))
		return;
	expect_models(before + 1);
	close(client.fd);
	expect_models(before);
	client.input.bytes[5] = 0x17;
	CHECK(client.input.bytes[5] == 0x17);
	client.fd = -1;
	client_end(&client);
}

static void *speak_again(void *unused)
{
	(void)unused;
	testing_sleep(1.5);
	board.faults.silent = false;
	return NULL;
}

/* As long as anybody could want to wait: the driver's own margin on top must not make it short. */
static void test_endless_load(struct client *client)
{
	struct kpu_ioctl_model_load load = {
		.buffer = client->file.handle,
		.size = MODEL_BYTES,
		.timeout_ms = UINT32_MAX - 29000,
	};
	pthread_t thread;

	board.faults.silent = true;
	if (!CHECK(!pthread_create(&thread, NULL, speak_again, NULL)))
		return;
	CHECK(!ioctl(client->fd, KPU_IOCTL_MODEL_LOAD, &load) && load.status == 0);
	pthread_join(thread, NULL);
	CHECK(!client_unload(client->fd, load.model));
}

struct large_load {
	struct kpu_ioctl_model_load load;
	int fd, result;
};

static void *send_large_load(void *context)
{
	struct large_load *large = context;

	large->result = ioctl(large->fd, KPU_IOCTL_MODEL_LOAD, &large->load);
	return NULL;
}

/* A job does not wait for megabytes that somebody loads. */
static void test_beside_a_load(struct client *client)
{
	struct large_load large = { .load = { .size = 2 << 20 }, .fd = client->fd };
	struct kpu_ioctl_job_wait wait;
	struct client_buffer file;
	int loads = board.loads;
	pthread_t thread;
	uint64_t job;

	if (!CHECK(!client_buffer_create(client->fd, large.load.size, &file)))
		return;
	fake_board_write_model(file.bytes, (uint32_t)large.load.size, INPUT_BYTES);
	large.load.buffer = file.handle;
	if (!CHECK(!pthread_create(&thread, NULL, send_large_load, &large)))
		return;
	testing_sleep(0.1);
	CHECK(!client_submit(client, 0, &job));
	CHECK(!client_wait(client->fd, job, -1, &wait) && !wait.status);
	CHECK(client_output_right(client));
	CHECK(board.loads == loads);
	pthread_join(thread, NULL);
	CHECK(!large.result && board.loads == loads + 1);
	CHECK(!client_unload(client->fd, large.load.model));
	CHECK(!client_buffer_destroy(client->fd, &file));
}

static atomic_bool crowd_goes_on;

static void *ask_all_the_time(void *fd)
{
	struct kpu_ioctl_memory_info memory;

	while (crowd_goes_on)
		client_query(*(int *)fd, KPU_QUERY_MEMORY, &memory, sizeof(memory));
	return NULL;
}

/* Many threads that ask the board something do not keep runs from it, even if it never answers. */
static void test_crowd(bool answered)
{
	struct kpu_ioctl_job_wait wait;
	struct client client;
	pthread_t crowd[40];
	uint64_t job;

	if (!CHECK(fake_board_plug(&board)) || !client_start(&board, &client))
		return;
	board.faults.no_memory_answers = !answered;
	crowd_goes_on = true;
	for (int i = 0; i < 40; i++)
		pthread_create(&crowd[i], NULL, ask_all_the_time, &client.fd);
	testing_sleep(0.2);
	for (int i = 0; i < 3; i++) {
		CHECK(!client_submit(&client, 1500, &job));
		CHECK(!client_wait(client.fd, job, -1, &wait) && !wait.status);
	}
	CHECK(client_output_right(&client));
	crowd_goes_on = false;
	for (int i = 0; i < 40; i++)
		pthread_join(crowd[i], NULL);
	client_end(&client);
	fake_board_unplug(&board);
}

#define GREEDY_FILES 4
#define GREEDY_LOADS 4

static struct large_load greedy[GREEDY_FILES * GREEDY_LOADS];

/* Also when its place is taken by the attempt whether all of them are. */
static void *load_greedily(void *context)
{
	struct large_load *large = context;

	do {
		send_large_load(large);
	} while (large->result && errno == EBUSY && !usleep(20000));
	return NULL;
}

/* What another user's load ends with that is given up soon; 0 all is well. */
static int load_of_another_user(void)
{
	int status = -1;
	pid_t child;

	chmod(board.device, 0666);
	child = fork();
	if (!child) {
		struct kpu_ioctl_model_load load = { .size = MODEL_BYTES, .timeout_ms = 300 };
		struct client_buffer file;
		int fd;

		if (setgid(1000) || setuid(1000))
			_exit(1);
		fd = client_open(&board);
		if (fd < 0 || client_buffer_create(fd, MODEL_BYTES, &file))
			_exit(2);
		load.buffer = file.handle;
		_exit(ioctl(fd, KPU_IOCTL_MODEL_LOAD, &load) ? errno : 0);
	}
	CHECK(child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Loads that do not go on, of one user with many files, leave the others theirs. */
static void test_greedy_user(void)
{
	struct kpu_ioctl_model_load more = { .size = MODEL_BYTES, .timeout_ms = 1 };
	pthread_t threads[GREEDY_FILES * GREEDY_LOADS];
	struct client_buffer file = { 0 };
	double end;
	int fd = -1;

	if (!CHECK(fake_board_plug(&board)))
		return;
	board.faults.no_room = true;
	for (int i = 0; i < GREEDY_FILES * GREEDY_LOADS; i++) {
		if (i % GREEDY_LOADS == 0) {
			fd = client_open(&board);
			CHECK(fd >= 0 && !client_buffer_create(fd, MODEL_BYTES, &file));
		}
		greedy[i] = (struct large_load){
			.load = { .buffer = file.handle, .size = MODEL_BYTES },
			.fd = fd,
		};
		CHECK(!pthread_create(&threads[i], NULL, load_greedily, &greedy[i]));
	}
	fd = client_open(&board);
	CHECK(fd >= 0 && !client_buffer_create(fd, MODEL_BYTES, &file));
	more.buffer = file.handle;
	end = testing_now() + 10;
	while (ioctl(fd, KPU_IOCTL_MODEL_LOAD, &more) && errno != EBUSY && testing_now() < end)
		testing_sleep(0.02);
	CHECK_ERRNO(EBUSY, ioctl(fd, KPU_IOCTL_MODEL_LOAD, &more));
	CHECK(load_of_another_user() == ETIMEDOUT);
	close(fd);
	board.faults.no_room = false;
	fake_board_unplug(&board);
	for (int i = 0; i < GREEDY_FILES * GREEDY_LOADS; i++)
		CHECK(!pthread_join(threads[i], NULL));
	for (int i = 0; i < GREEDY_FILES; i++)
		close(greedy[i * GREEDY_LOADS].fd);
}

int main(void)
{
	struct client client;

	if (CHECK(fake_board_plug(&board)) && client_start(&board, &client)) {
		test_result(&client);
		test_waiting(&client);
		test_interrupted_wait(&client);
		test_cancel(&client);
		test_timeout(&client);
		test_no_place(&client);
		test_no_place_and_timeout(&client);
		test_many(&client);
		test_fairness(&client);
		test_unload_waits(&client);
		test_buffer_outlived(&client);
		test_buffer_of_the_cancelled(&client);
		test_closed_while_mapped();
		test_endless_load(&client);
		test_beside_a_load(&client);
		test_processes(&client);
		test_killed(&client);
		test_result(&client);
		client_end(&client);
		fake_board_unplug(&board);
	}
	test_crowd(true);
	test_crowd(false);
	test_greedy_user();
	return testing_finish("uapi_jobs");
}
