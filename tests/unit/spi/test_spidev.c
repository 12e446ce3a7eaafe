/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * What spi: makes of the room that spidev has, on a bus that is not there: lib/spi_port_linux.c
 * with another file in place of spidev's parameter, and another ioctl(). The real spidev has its
 * turn in the guest (tests/guest/cases/spi_user.sh).
 */
#include <check.h>
#include <errno.h>
#include <linux/spi/spidev.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/ready_line.h"
#include "lib/spi_port.h"

int fake_ioctl(int fd, unsigned long request, ...);

static struct kpu_spi_port *port;
static struct kpu_error error;
static struct spi_ioc_transfer last;
static int refusal; /* errno of the next transfers, 0: they are done */

int fake_ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;

	(void)fd;
	va_start(arguments, request);
	if (request == SPI_IOC_MESSAGE(1))
		last = *va_arg(arguments, struct spi_ioc_transfer *);
	va_end(arguments);
	errno = refusal;
	return request == SPI_IOC_MESSAGE(1) && refusal ? -1 : 0;
}

int kpu_ready_line_open(const char *text, struct kpu_ready_line **line, struct kpu_error *problem)
{
	(void)text;
	(void)problem;
	*line = NULL;
	return 0;
}

void kpu_ready_line_close(struct kpu_ready_line *line)
{
	(void)line;
}

int kpu_ready_line_fd(const struct kpu_ready_line *line)
{
	(void)line;
	return -1;
}

int kpu_ready_line_fell(struct kpu_ready_line *line)
{
	(void)line;
	return 0;
}

bool kpu_ready_line_is_high(struct kpu_ready_line *line)
{
	(void)line;
	return true;
}

/* @text NULL: there is no such file. */
static int open_with(const char *text)
{
	FILE *file;

	unlink(BUFFER_SIZE_FILE);
	if (text) {
		file = fopen(BUFFER_SIZE_FILE, "w");
		ck_assert_ptr_nonnull(file);
		fputs(text, file);
		fclose(file);
	}
	memset(&error, 0, sizeof(error));
	port = NULL;
	return kpu_spi_port_linux("/dev/null", "gpiochip0:1", false, 1000000, &port, &error);
}

/* spidev counts whole units of DMA, of 8 bytes on some machines and of 128 on others, and refuses
 * what then is more than its buffer (Linux drivers/spi/spidev.c, spidev_message()). */
START_TEST(transfers_fit_however_spidev_counts)
{
	static const struct {
		const char *text;
		size_t most;
	} rooms[] = { { "4096\n", 4096 },
		      { "2100\n", 2048 },
		      { "65535\n", 65408 },
		      { NULL, 4096 },
		      { "much\n", 4096 } };
	uint8_t byte = 7;

	for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
		ck_assert_int_eq(open_with(rooms[i].text), 0);
		ck_assert_uint_eq(port->transfer_max, rooms[i].most);
		ck_assert_int_eq(port->ops->transfer(port, &byte, NULL, 1, 500000), 0);
		ck_assert_uint_eq(last.tx_buf, (uintptr_t)&byte);
		ck_assert_uint_eq(last.speed_hz, 500000);
		port->ops->close(port);
	}
	unlink(BUFFER_SIZE_FILE);
}
END_TEST

START_TEST(too_little_room_is_named)
{
	ck_assert_int_eq(open_with("1000\n"), -KPU_ERR_NO_DEVICE);
	ck_assert_ptr_null(port);
	ck_assert_ptr_nonnull(strstr(error.message, "spidev takes 896 bytes"));
	ck_assert_ptr_nonnull(strstr(error.next_step, "spidev.bufsiz=4096"));
	unlink(BUFFER_SIZE_FILE);
}
END_TEST

/* One transfer that failed is told from a bus that is gone. */
START_TEST(errors_that_pass_are_told_from_those_that_last)
{
	static const int passing[] = { EIO, ETIMEDOUT, EINTR, EAGAIN, EBUSY, ENOMEM };
	static const int lasting[] = { ESHUTDOWN, ENODEV, EBADF, EINVAL, EMSGSIZE, EACCES };
	uint8_t byte = 7;

	ck_assert_int_eq(open_with("4096\n"), 0);
	for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++) {
		refusal = passing[i];
		ck_assert_int_eq(port->ops->transfer(port, &byte, NULL, 1, 500000), passing[i]);
	}
	for (size_t i = 0; i < sizeof(lasting) / sizeof(lasting[0]); i++) {
		refusal = lasting[i];
		ck_assert_int_eq(port->ops->transfer(port, NULL, &byte, 1, 500000), -lasting[i]);
	}
	refusal = 0;
	ck_assert_int_eq(port->ops->transfer(port, &byte, NULL, 1, 500000), 0);
	port->ops->close(port);
	unlink(BUFFER_SIZE_FILE);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("spidev");
	TCase *tests = tcase_create("spidev");
	SRunner *runner;
	int failed;

	tcase_add_test(tests, transfers_fit_however_spidev_counts);
	tcase_add_test(tests, too_little_room_is_named);
	tcase_add_test(tests, errors_that_pass_are_told_from_those_that_last);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
