/* SPDX-License-Identifier: Apache-2.0 */
/* Output to descriptors that are slow, closed, not blocking, or read by nobody. */
#include "test.h"
#include "view/view.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { MUCH = 1 << 20 };

static void fill(struct output *output, size_t size)
{
	for (size_t i = 0; i < size; i++)
		text_char(&output->pending, (char)('a' + i % 23));
}

struct reading {
	int fd;
	struct text got;
};

/* Slowly, in odd pieces. */
static void *read_all(void *context)
{
	struct reading *reading = context;
	char bytes[7001];
	ssize_t size;

	while ((size = read(reading->fd, bytes, sizeof(bytes))) > 0) {
		text_add(&reading->got, bytes, (size_t)size);
		if (reading->got.size % 5 == 0)
			usleep(200);
	}
	return NULL;
}

static void test_pipe(int flags)
{
	struct reading reading = {0};
	struct output output = {0}, same = {0};
	pthread_t thread;
	int ends[2];

	CHECK(!pipe(ends));
	CHECK(!fcntl(ends[1], F_SETFL, flags));
	reading.fd = ends[0];
	output.fd = ends[1];
	pthread_create(&thread, NULL, read_all, &reading);
	fill(&output, MUCH);
	CHECK_EQ(output_flush(&output), 0);
	CHECK_EQ(output.pending.size, 0);
	close(ends[1]);
	pthread_join(thread, NULL);
	fill(&same, MUCH);
	CHECK_EQ(reading.got.size, MUCH);
	CHECK(!memcmp(reading.got.data, same.pending.data, MUCH));
	close(ends[0]);
	text_free(&reading.got);
	text_free(&output.pending);
	text_free(&same.pending);
}

static void test_some(void)
{
	struct output output = {0};
	int ends[2];

	CHECK(!pipe(ends));
	output.fd = ends[1];
	fill(&output, 1000);
	output_some(&output);
	CHECK_EQ(output.pending.size, 1000);
	close(ends[0]);
	fill(&output, 65000);
	output_some(&output); /* now it writes, and nobody is there */
	CHECK_EQ(output.pending.size, 0);
	CHECK_EQ(output.error, -EPIPE);
	CHECK_EQ(output_flush(&output), -EPIPE);
	close(ends[1]);
	text_free(&output.pending);
}

static void test_bad_descriptor(void)
{
	struct output output = {.fd = -1};

	CHECK_EQ(output_flush(&output), 0); /* nothing to write */
	text_string(&output.pending, "x");
	CHECK(output_flush(&output) < 0);
	CHECK_EQ(output.pending.size, 0);
	text_free(&output.pending);
}

static void test_file(void)
{
	char name[] = "/tmp/output_test.XXXXXX";
	struct output output = {.fd = mkstemp(name)};

	CHECK(output.fd >= 0);
	fill(&output, MUCH);
	CHECK_EQ(output_flush(&output), 0);
	CHECK_EQ(lseek(output.fd, 0, SEEK_END), MUCH);
	close(output.fd);
	unlink(name);
	text_free(&output.pending);
}

static volatile int stop;

static void on_alarm(int signal)
{
	(void)signal;
	stop = 1;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A reader that does not read must not keep us once we are to stop. */
static void test_stop(void)
{
	struct output output = {.stop = &stop};
	int64_t start = now_ms();
	int ends[2];

	CHECK(!pipe(ends));
	output.fd = ends[1];
	fill(&output, MUCH);
	signal(SIGALRM, on_alarm);
	ualarm(30000, 0);
	CHECK_EQ(output_flush(&output), -EINTR);
	CHECK(stop);
	CHECK(now_ms() - start < 2000);
	close(ends[0]);
	close(ends[1]);
	text_free(&output.pending);
}

/* One that reads gets all even then. */
static void test_stop_is_no_loss(void)
{
	stop = 1;
	test_pipe(0);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	test_pipe(0);
	test_pipe(O_NONBLOCK);
	test_some();
	test_bad_descriptor();
	test_file();
	test_stop();
	test_stop_is_no_loss();
	return test_result();
}
