/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Work for a board that is about to be reset, crashed and unplugged: several clients, each with a
 * device and a model of its own, run the model again and again and look at each result.
 *
 *   recovery_load KMODEL STATE_FILE CLIENTS [RUN_TIMEOUT_MS]
 *
 * What a client sees of a disturbance is an error that says so; it then goes on with the same
 * model, which the library loads again, or, after an unplug, with a new device. Anything else is
 * counted as wrong: another error, a result that differs from the first one, a call that takes
 * longer than LIMIT_SECONDS. With RUN_TIMEOUT_MS a run that ends at that time is told so, too.
 *
 * STATE_FILE holds one line, renewed all the time: the runs of the client that has fewest, the
 * calls that were interrupted, what was wrong, the longest call in milliseconds. SIGTERM ends it;
 * exit status 0 when nothing was wrong.
 */
#include <errno.h>
#include <fcntl.h>
#include <kpu.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS_MAX    8
#define RUN_TIMEOUT_MS 60000
/* Above the run's time-out: a call that waits for it in vain must still come back. */
#define LIMIT_SECONDS 70.0
#define NODES         8

struct client {
	unsigned number;
	struct kpu_device *device;
	struct kpu_model *model;
	uint8_t *input, *expected;
	size_t input_size, expected_size;
	atomic_uint runs;
	pthread_t thread;
};

static struct client clients[CLIENTS_MAX];
static unsigned client_count;
static const char *model_path;
static atomic_uint interrupted, wrong, longest_ms;
static atomic_bool stop;
static unsigned run_timeout_ms;

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void complain(const struct client *client, const char *what, int rc)
{
	struct kpu_error error = { .message = "" };

	if (client->device)
		kpu_last_error(client->device, &error);
	fprintf(stderr, "recovery_load: client %u: %s: %d %s\n", client->number, what, rc,
		error.message);
	wrong++;
}

/* Each call is timed. */
static void timed(const struct client *client, const char *what, double begin)
{
	double spent = seconds() - begin;
	unsigned ms = (unsigned)(spent * 1e3), before = longest_ms;

	while (ms > before && !atomic_compare_exchange_weak(&longest_ms, &before, ms))
		;
	if (spent > LIMIT_SECONDS)
		complain(client, what, (int)spent);
}

static bool told_so(int rc)
{
	return rc == -KPU_ERR_BOARD_RESET || rc == -KPU_ERR_DEVICE_GONE ||
	       rc == -KPU_ERR_RESULT_LOST;
}

static void close_client(struct client *client)
{
	kpu_model_free(client->model);
	client->model = NULL;
	if (client->device)
		kpu_close(client->device);
	client->device = NULL;
}

/* The board may have another number than before. */
static bool open_client(struct client *client)
{
	double begin = seconds();
	struct kpu_network_info info;
	struct kpu_error error;
	char uri[32];
	int rc = -1;

	for (int node = 0; node < NODES && rc < 0 && !stop; node++) {
		snprintf(uri, sizeof(uri), "dev:/dev/kpu%d", node);
		if (access(uri + 4, F_OK))
			continue;
		rc = kpu_open(uri, &client->device, &error);
	}
	timed(client, "open", begin);
	if (rc < 0)
		return false;
	begin = seconds();
	rc = kpu_load(client->device, model_path, NULL, &client->model);
	timed(client, "load", begin);
	if (rc < 0) {
		if (told_so(rc))
			interrupted++;
		else
			complain(client, "load", rc);
		close_client(client);
		return false;
	}
	kpu_network_info(kpu_model_network(client->model), &info);
	client->input_size = info.input_bytes;
	return true;
}

static void make_input(struct client *client)
{
	uint32_t random = client->number * 7919 + 1;

	client->input = malloc(client->input_size);
	for (size_t i = 0; client->input && i < client->input_size; i++) {
		random = random * 1664525u + 1013904223u;
		client->input[i] = (uint8_t)(random >> 24);
	}
}

static void check_result(struct client *client, const struct kpu_result *result)
{
	struct kpu_tensor tensor;

	if (kpu_result_tensor(result, 0, &tensor) < 0 || !tensor.info.bytes) {
		complain(client, "no tensor", 0);
		return;
	}
	if (!client->expected) {
		client->expected_size = tensor.info.bytes;
		client->expected = malloc(tensor.info.bytes);
		memcpy(client->expected, tensor.data, tensor.info.bytes);
	} else if (tensor.info.bytes != client->expected_size ||
		   memcmp(client->expected, tensor.data, tensor.info.bytes)) {
		complain(client, "another result", 0);
	}
	client->runs++;
}

static void run_once(struct client *client)
{
	struct kpu_run_options options = {
		.timeout_ms = run_timeout_ms ? run_timeout_ms : RUN_TIMEOUT_MS,
	};
	struct kpu_result *result;
	double begin = seconds();
	int rc = kpu_forward_targets(client->model, client->input, client->input_size, &options,
				     &result);

	timed(client, "run", begin);
	if (rc == 0) {
		check_result(client, result);
		kpu_result_free(result);
		return;
	}
	if (!told_so(rc) && !(run_timeout_ms && rc == -KPU_ERR_TIMEOUT))
		complain(client, "run", rc);
	interrupted++;
	if (rc == -KPU_ERR_DEVICE_GONE)
		close_client(client);
}

static void *work(void *argument)
{
	struct client *client = argument;

	while (!stop) {
		if (!client->device && !open_client(client)) {
			usleep(50000);
			continue;
		}
		if (!client->input)
			make_input(client);
		run_once(client);
	}
	close_client(client);
	return NULL;
}

static void write_state(int fd)
{
	unsigned fewest = clients[0].runs;
	char line[80];

	for (unsigned i = 1; i < client_count; i++)
		fewest = clients[i].runs < fewest ? clients[i].runs : fewest;
	snprintf(line, sizeof(line), "%10u %10u %10u %10u\n", fewest, interrupted, wrong,
		 longest_ms);
	if (pwrite(fd, line, strlen(line), 0) < 0)
		perror("recovery_load");
}

static void on_signal(int number)
{
	(void)number;
	stop = true;
}

int main(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = on_signal };
	bool right = argc == 4 || argc == 5;
	int state = right ? open(argv[2], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644) : -1;

	client_count = right ? (unsigned)atoi(argv[3]) : 0;
	run_timeout_ms = argc == 5 ? (unsigned)atoi(argv[4]) : 0;
	if (state < 0 || client_count < 1 || client_count > CLIENTS_MAX) {
		fprintf(stderr,
			"usage: recovery_load KMODEL STATE_FILE CLIENTS [RUN_TIMEOUT_MS]\n");
		return 2;
	}
	model_path = argv[1];
	sigaction(SIGTERM, &action, NULL);
	for (unsigned i = 0; i < client_count; i++) {
		clients[i].number = i;
		if (pthread_create(&clients[i].thread, NULL, work, &clients[i]))
			return 2;
	}
	while (!stop) {
		write_state(state);
		usleep(10000);
	}
	for (unsigned i = 0; i < client_count; i++)
		pthread_join(clients[i].thread, NULL);
	write_state(state);
	return wrong ? 1 : 0;
}
