/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames over two descriptors that never block: bytes in, whole frames out, and the other way
 * round.  A payload is read into memory that grows with what arrived, not with what was
 * announced.
 */
#include "target/frame.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/socket.h>

#define FIRST_ROOM 65536u
#define KEPT_ROOM (1u << 20)

static int set_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
}

int channel_open(struct channel *channel, int in, int out, uint32_t limit)
{
	int result;

	*channel = (struct channel){.in = in, .out = out, .limit = limit};
	result = set_nonblocking(in);
	if (!result)
		result = set_nonblocking(out);
	return result;
}

void channel_close(struct channel *channel)
{
	close(channel->in);
	if (channel->out != channel->in)
		close(channel->out);
	text_free(&channel->output);
	free(channel->frame.payload);
	*channel = (struct channel){.in = -1, .out = -1};
}

/* ---- writing ---------------------------------------------------------------- */

/* What a large reply needed is not kept. */
static void output_drained(struct channel *channel)
{
	channel->written = 0;
	if (channel->output.capacity > KEPT_ROOM)
		text_free(&channel->output);
	else
		text_clear(&channel->output);
}

void channel_send(struct channel *channel, const struct frame *frame, struct span payload)
{
	struct text *output = &channel->output;

	write_u32(output, (uint32_t)payload.size);
	write_u32(output, frame->id);
	write_u16(output, frame->kind);
	write_u16(output, frame->call);
	write_u32(output, (uint32_t)frame->result);
	text_add(output, payload.data, payload.size);
}

/* A pipe has no MSG_NOSIGNAL: hold SIGPIPE back, and take it away where we caused it. */
static ssize_t write_quietly(int fd, const void *data, size_t size)
{
	struct timespec none = {0};
	sigset_t pipe_signal, before, pending;
	ssize_t result;
	int error;

	sigemptyset(&pipe_signal);
	sigaddset(&pipe_signal, SIGPIPE);
	sigpending(&pending);
	sigprocmask(SIG_BLOCK, &pipe_signal, &before);
	result = write(fd, data, size);
	error = errno;
	if (result < 0 && error == EPIPE && !sigismember(&pending, SIGPIPE))
		sigtimedwait(&pipe_signal, NULL, &none);
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = error;
	return result;
}

int channel_flush(struct channel *channel)
{
	struct text *output = &channel->output;

	while (channel->written < output->size) {
		const char *data = output->data + channel->written;
		size_t size = output->size - channel->written;
		ssize_t sent = send(channel->out, data, size, MSG_NOSIGNAL);

		if (sent < 0 && errno == ENOTSOCK)
			sent = write_quietly(channel->out, data, size);
		if (sent >= 0)
			channel->written += (size_t)sent;
		else if (errno == EAGAIN)
			return -EAGAIN;
		else if (errno != EINTR)
			return -EPIPE;
	}
	output_drained(channel);
	return 0;
}

/* ---- reading ---------------------------------------------------------------- */

/* 0 or more bytes; -EAGAIN, -EPIPE at the end. */
static ssize_t read_some(int fd, void *to, size_t size)
{
	ssize_t got;

	do
		got = read(fd, to, size);
	while (got < 0 && errno == EINTR);
	if (got > 0)
		return got;
	return got < 0 && errno == EAGAIN ? -EAGAIN : -EPIPE;
}

static int parse_head(struct channel *channel)
{
	struct reader in = reader_of(channel->head, sizeof(channel->head));
	struct frame *frame = &channel->frame;

	frame->size = read_u32(&in);
	frame->id = read_u32(&in);
	frame->kind = read_u16(&in);
	frame->call = read_u16(&in);
	frame->result = (int32_t)read_u32(&in);
	return frame->size > channel->limit || frame->kind >= FRAME_KIND_COUNT ? -EPROTO : 0;
}

static int receive_head(struct channel *channel)
{
	while (channel->head_read < FRAME_HEAD_SIZE) {
		ssize_t got = read_some(channel->in, channel->head + channel->head_read,
					FRAME_HEAD_SIZE - channel->head_read);

		if (got < 0)
			return (int)got;
		channel->head_read += (size_t)got;
		if (channel->head_read == FRAME_HEAD_SIZE)
			return parse_head(channel);
	}
	return 0;
}

static int grow_payload(struct channel *channel)
{
	size_t room = channel->payload_room ? channel->payload_room * 2 : FIRST_ROOM;
	void *payload;

	if (room > channel->frame.size)
		room = channel->frame.size;
	payload = realloc(channel->frame.payload, room + 1);
	if (!payload)
		return -ENOMEM;
	channel->frame.payload = payload;
	channel->payload_room = room;
	return 0;
}

static int receive_payload(struct channel *channel)
{
	while (!channel->frame.payload || channel->payload_read < channel->frame.size) {
		ssize_t got = 0;

		if (channel->payload_read == channel->payload_room && grow_payload(channel))
			return -ENOMEM;
		if (channel->frame.size)
			got = read_some(channel->in,
					(char *)channel->frame.payload + channel->payload_read,
					channel->payload_room - channel->payload_read);
		if (got < 0)
			return (int)got;
		channel->payload_read += (size_t)got;
	}
	((char *)channel->frame.payload)[channel->frame.size] = '\0';
	return 0;
}

int channel_receive(struct channel *channel, struct frame *frame)
{
	int result = receive_head(channel);

	if (!result)
		result = receive_payload(channel);
	if (result)
		return result;
	*frame = channel->frame;
	channel->frame = (struct frame){0};
	channel->head_read = channel->payload_read = channel->payload_room = 0;
	return 1;
}
