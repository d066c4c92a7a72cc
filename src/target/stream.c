/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The carrier to an agent at the other end of a byte stream.  A call is a frame there and a
 * frame back; records come unasked, as far as we gave credit.  While it writes it also reads,
 * so that the two sides never wait for each other; once the agent is gone all is -EPIPE.
 */
#include "target/carrier.h"
#include "target/frame.h"
#include "target/host.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* Bytes of records that may be under way or waiting here. */
#define CREDIT_WINDOW (4u << 20)

/* Records that arrived, and how far they were delivered. */
struct batch {
	struct frame frame;
	size_t at;
	struct batch *next;
};

struct stream {
	struct target target;
	struct channel channel;
	uint32_t last_id;
	uint32_t flush_id; /* of the flush that is waited for; 0: it is answered */
	struct batch *first, **last;
	size_t queued; /* bytes */
	bool gone, opened;
};

static int stream_lost(struct stream *stream)
{
	stream->gone = true;
	return -EPIPE;
}

/* ---- frames that arrive ----------------------------------------------------- */

static int queue_batch(struct stream *stream, const struct frame *frame)
{
	struct batch *batch = malloc(sizeof(*batch));

	if (!batch || stream->queued > 2 * CREDIT_WINDOW) {
		free(frame->payload);
		free(batch);
		return stream_lost(stream);
	}
	*batch = (struct batch){.frame = *frame};
	*stream->last = batch;
	stream->last = &batch->next;
	stream->queued += frame->size;
	return 0;
}

/*
 * Take in what has arrived.  1 when that is the reply with this id.  Other replies are to a
 * flush: a call that a record's handler makes may be what finds them.
 */
static int take_frames(struct stream *stream, uint32_t id, struct frame *reply)
{
	int result;

	while ((result = channel_receive(&stream->channel, reply)) == 1) {
		if (reply->kind == FRAME_REPLY && reply->id == id)
			return 1;
		if (reply->kind == FRAME_EVENTS) {
			result = queue_batch(stream, reply);
		} else {
			if (reply->id == stream->flush_id)
				stream->flush_id = 0;
			free(reply->payload);
		}
		if (result < 0)
			return result;
	}
	return result == -EAGAIN ? 0 : stream_lost(stream);
}

/* Wait until something arrived, or may be written where `unsent`, or `wake` is readable. */
static int stream_wait(struct stream *stream, bool unsent, int wake, int timeout_ms, bool *woken)
{
	struct pollfd fds[] = {
		{.fd = stream->channel.in, .events = POLLIN},
		{.fd = unsent ? stream->channel.out : -1, .events = POLLOUT},
		{.fd = wake, .events = POLLIN},
	};

	if (poll(fds, ARRAY_SIZE(fds), timeout_ms) < 0)
		return -errno;
	*woken = fds[2].revents != 0;
	return 0;
}

/* Write what can be written: 1 when something is left. */
static int stream_flush(struct stream *stream)
{
	int result = channel_flush(&stream->channel);

	if (result == -EPIPE)
		return stream_lost(stream);
	return result == -EAGAIN;
}

/* ---- calls ------------------------------------------------------------------ */

static int exchange(struct stream *stream, const struct frame *request, struct span payload,
		    struct frame *reply)
{
	bool woken;

	channel_send(&stream->channel, request, payload);
	for (;;) {
		int unsent = stream_flush(stream), result;

		if (unsent < 0)
			return unsent;
		result = take_frames(stream, request->id, reply);
		if (result)
			return result;
		result = stream_wait(stream, unsent, -1, -1, &woken);
		if (result && result != -EINTR)
			return stream_lost(stream);
	}
}

static int stream_call(struct target *target, enum call call, struct span request,
		       struct span *reply)
{
	struct stream *stream = (struct stream *)target;
	struct frame frame = {.kind = FRAME_REQUEST, .call = call, .id = ++stream->last_id}, answer;
	struct text reason = {0};

	if (request.size > REQUEST_LIMIT)
		text_string(&reason, "the request is too large");
	else if (!stream->gone && exchange(stream, &frame, request, &answer) == 1) {
		*reply = (struct span){answer.payload, answer.size};
		return answer.result;
	} else
		text_string(&reason, "the agent is gone");
	*reply = (struct span){reason.data, reason.size};
	return request.size > REQUEST_LIMIT ? -EMSGSIZE : -EPIPE;
}

static void stream_release(struct target *target, struct span reply)
{
	(void)target;
	free((void *)reply.data);
}

/* ---- records ---------------------------------------------------------------- */

static void send_credit(struct stream *stream, uint32_t bytes)
{
	struct frame frame = {.kind = FRAME_CREDIT, .id = bytes};

	channel_send(&stream->channel, &frame, (struct span){0});
}

static void stream_opened(struct target *target)
{
	struct stream *stream = (struct stream *)target;

	if (!stream->opened)
		send_credit(stream, CREDIT_WINDOW);
	stream->opened = true;
}

static void drop_batch(struct stream *stream)
{
	struct batch *batch = stream->first;

	stream->first = batch->next;
	if (!stream->first)
		stream->last = &stream->first;
	stream->queued -= batch->frame.size;
	free(batch->frame.payload);
	free(batch);
}

/* A record's size and bytes in place; false at the end, or where it does not fit. */
static bool next_record(struct batch *batch, struct span *record)
{
	size_t left = batch->frame.size - batch->at;
	const char *at = (const char *)batch->frame.payload + batch->at;
	uint64_t size;

	if (left < sizeof(size))
		return false;
	memcpy(&size, at, sizeof(size));
	if (size > left - sizeof(size) || ALIGN_UP(size, 8) > left - sizeof(size))
		return false;
	*record = (struct span){at + sizeof(size), size};
	batch->at += sizeof(size) + ALIGN_UP(size, 8);
	return true;
}

/* Deliver what waits here; its room becomes credit again. */
static int deliver_batches(struct stream *stream, event_handler *handler, void *context,
			   int *delivered)
{
	struct span record;
	int result = 0;

	while (stream->first) {
		while (!result && next_record(stream->first, &record)) {
			++*delivered;
			result = handler(context, record.data, record.size);
		}
		if (result)
			return result;
		send_credit(stream, stream->first->frame.size);
		drop_batch(stream);
	}
	return 0;
}

/*
 * One round: write, read, deliver.  0 or -EPIPE, but not before all that came was delivered;
 * `stopped` is the handler's result.
 */
static int stream_round(struct stream *stream, event_handler *handler, void *context,
			int *delivered, int *stopped)
{
	struct frame none;
	int taken = stream->gone ? -EPIPE : stream_flush(stream);

	if (taken >= 0)
		taken = take_frames(stream, 0, &none);
	*stopped = deliver_batches(stream, handler, context, delivered);
	if (!stream->gone)
		stream_flush(stream);
	return taken;
}

static bool has_unsent(const struct stream *stream)
{
	return stream->channel.written < stream->channel.output.size;
}

/* Everything that was written until now, however it is under way. */
static int stream_drain(struct stream *stream, event_handler *handler, void *context)
{
	struct frame flush = {.kind = FRAME_FLUSH, .id = ++stream->last_id};
	int delivered = 0, stopped, result;
	bool woken;

	if (!stream->gone)
		channel_send(&stream->channel, &flush, (struct span){0});
	stream->flush_id = flush.id;
	for (;;) {
		result = stream_round(stream, handler, context, &delivered, &stopped);
		if (stopped)
			return stopped;
		if (!stream->flush_id || (result < 0 && delivered))
			return delivered;
		if (result < 0)
			return result;
		result = stream_wait(stream, has_unsent(stream), -1, -1, &woken);
		if (result && result != -EINTR)
			return result;
	}
}

static int stream_step(struct target *target, int timeout_ms, int wake, event_handler *handler,
		       void *context)
{
	struct stream *stream = (struct stream *)target;
	int64_t until = time_ms() + timeout_ms;
	int delivered = 0, stopped, result;
	bool woken = false;

	if (!timeout_ms)
		return stream_drain(stream, handler, context);
	for (;;) {
		int64_t left = until - time_ms();

		result = stream_round(stream, handler, context, &delivered, &stopped);
		if (stopped)
			return stopped;
		if (delivered || woken || (timeout_ms > 0 && left <= 0))
			return delivered;
		if (result < 0)
			return result;
		result = stream_wait(stream, has_unsent(stream), wake,
				     timeout_ms < 0 ? -1 : (int)left, &woken);
		if (result)
			return result;
	}
}

/* ---- opening and closing ---------------------------------------------------- */

/* The agent closes its end last, after everything was detached. */
static void wait_for_end(struct stream *stream)
{
	struct channel *channel = &stream->channel;
	struct pollfd end = {.fd = channel->in, .events = POLLIN};
	char drop[4096];
	ssize_t got;

	if (shutdown(channel->out, SHUT_WR) && channel->out != channel->in) {
		close(channel->out);
		channel->out = channel->in;
	}
	do {
		poll(&end, 1, -1);
		got = read(channel->in, drop, sizeof(drop));
	} while (got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR)));
}

static void stream_close(struct target *target, bool wait)
{
	struct stream *stream = (struct stream *)target;

	if (wait && !stream->gone)
		wait_for_end(stream);
	while (stream->first)
		drop_batch(stream);
	channel_close(&stream->channel);
	free(stream);
}

static const struct carrier stream_carrier = {
	.call = stream_call,
	.release = stream_release,
	.step = stream_step,
	.opened = stream_opened,
	.close = stream_close,
};

static int open_failed(struct text *why, const char *what, int error)
{
	if (why)
		text_printf(why, "%s: %s", what, strerror(-error));
	return error;
}

int target_open_stream(struct target **target, int in, int out, struct text *why)
{
	struct stream *stream = calloc(1, sizeof(*stream));
	struct channel channel;
	int result = channel_open(&channel, in, out, REPLY_LIMIT);

	*target = NULL;
	if (!stream || result) {
		channel_close(&channel);
		free(stream);
		return open_failed(why, "open the agent's stream", stream ? result : -ENOMEM);
	}
	stream->target.carrier = &stream_carrier;
	stream->channel = channel;
	stream->last = &stream->first;
	result = target_hello(&stream->target, why);
	if (result)
		target_close(&stream->target, false);
	else
		*target = &stream->target;
	return result;
}

/* Nothing of ours but the socket: not the terminal's signals, not its descriptors. */
static void become_agent(int socket)
{
	sigset_t none;

	setsid();
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	close_all_but(&socket, 1);
	_exit(target_serve(socket, socket, PERMIT_RUN) ? 1 : 0);
}

/* A child's child, so that nobody has to wait for it. */
static int start_agent(int socket)
{
	int status = 0;
	pid_t child = fork();

	if (!child) {
		pid_t agent = fork();

		if (!agent)
			become_agent(socket);
		_exit(agent < 0);
	}
	if (child < 0)
		return -errno;
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return status ? -EAGAIN : 0;
}

int target_open_child(struct target **target, struct text *why)
{
	int sockets[2], result;

	*target = NULL;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets))
		return open_failed(why, "start an agent", -errno);
	result = start_agent(sockets[1]);
	close(sockets[1]);
	if (!result)
		return target_open_stream(target, sockets[0], sockets[0], why);
	close(sockets[0]);
	return open_failed(why, "start an agent", result);
}
