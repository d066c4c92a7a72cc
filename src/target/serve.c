/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The agent: frames with calls come in, replies and records go out.  While output waits to be
 * written it reads nothing and takes nothing from the rings, so a slow reader costs no memory
 * here; it sleeps whenever there is nothing to do.
 */
#include "target/carrier.h"
#include "target/frame.h"
#include "target/host.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A frame of records ends when it is this large. */
#define BATCH_BYTES (128u << 10)
#define CREDIT_LIMIT (1 << 30)

struct agent {
	struct host *host;
	struct channel channel;
	struct text batch;
	int64_t credit; /* bytes of records that may still be sent */
	int64_t looked_ms; /* when the rings were looked at last */
	uint64_t flush_until; /* boot time of the flush that was asked for */
	uint64_t last_time; /* of the record sent last */
	uint32_t flush_id; /* 0: none was */
	bool woken;
};

/* ---- records ---------------------------------------------------------------- */

static int add_record(void *context, const void *record, size_t size)
{
	static const char padding[8];
	struct agent *agent = context;

	write_u64(&agent->batch, size);
	text_add(&agent->batch, record, size);
	text_add(&agent->batch, padding, ALIGN_UP(size, 8) - size);
	if (size >= sizeof(agent->last_time))
		memcpy(&agent->last_time, record, sizeof(agent->last_time));
	return agent->batch.size >= BATCH_BYTES;
}

static void answer_flush(struct agent *agent)
{
	struct frame reply = {.kind = FRAME_REPLY, .id = agent->flush_id};

	channel_send(&agent->channel, &reply, (struct span){0});
	agent->flush_id = 0;
}

/* What a flush asks for is sent once a delivery ran dry, or came to later records. */
static void send_records(struct agent *agent)
{
	struct frame frame = {.kind = FRAME_EVENTS};

	text_clear(&agent->batch);
	events_deliver(agent->host, add_record, agent);
	agent->looked_ms = time_ms();
	agent->woken = false;
	if (agent->batch.size) {
		channel_send(&agent->channel, &frame,
			     (struct span){agent->batch.data, agent->batch.size});
		agent->credit -= (int64_t)agent->batch.size;
	}
	if (agent->flush_id &&
	    (!events_remain(agent->host) || agent->last_time > agent->flush_until))
		answer_flush(agent);
}

static bool may_send_records(const struct agent *agent)
{
	return events_descriptor(agent->host) >= 0 && agent->credit > 0;
}

static bool should_send_records(const struct agent *agent)
{
	if (!may_send_records(agent))
		return false;
	return agent->flush_id || agent->woken || events_remain(agent->host) ||
	       time_ms() - agent->looked_ms >= EVENT_DELAY_MS;
}

/* ---- requests --------------------------------------------------------------- */

static void answer_call(struct agent *agent, const struct frame *request)
{
	struct frame frame = {.kind = FRAME_REPLY, .id = request->id, .call = request->call};
	struct reply reply = {0};

	frame.result = host_dispatch(agent->host, request->call,
				     (struct span){request->payload, request->size}, &reply);
	if (reply.out.size > REPLY_LIMIT)
		frame.result = reply_fail(&reply, -EMSGSIZE, "the reply is too large");
	channel_send(&agent->channel, &frame, (struct span){reply.out.data, reply.out.size});
	text_free(&reply.out);
}

static void begin_flush(struct agent *agent, uint32_t id)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	agent->flush_until = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	agent->flush_id = id;
	if (events_descriptor(agent->host) < 0)
		answer_flush(agent);
}

static int answer_frame(struct agent *agent, const struct frame *frame)
{
	switch (frame->kind) {
	case FRAME_REQUEST:
		answer_call(agent, frame);
		return 0;
	case FRAME_CREDIT:
		agent->credit += frame->id;
		return agent->credit > CREDIT_LIMIT ? -EPROTO : 0;
	case FRAME_FLUSH:
		begin_flush(agent, frame->id);
		return 0;
	default:
		return -EPROTO;
	}
}

/* ---- the loop --------------------------------------------------------------- */

/* Sleep until there is something to do; -EPIPE when nobody reads what we write. */
static int agent_wait(struct agent *agent, bool unsent)
{
	bool watches = !unsent && may_send_records(agent);
	struct pollfd fds[] = {
		{.fd = unsent ? -1 : agent->channel.in, .events = POLLIN},
		{.fd = agent->channel.out, .events = unsent ? POLLOUT : 0},
		{.fd = watches ? events_descriptor(agent->host) : -1, .events = POLLIN},
	};
	int64_t left = agent->looked_ms + EVENT_DELAY_MS - time_ms();

	if (poll(fds, ARRAY_SIZE(fds), !watches ? -1 : left > 0 ? (int)left : 0) < 0)
		return errno == EINTR ? 0 : -errno;
	if (fds[2].revents) {
		events_woken(agent->host);
		agent->woken = true;
	}
	return (fds[1].revents & POLLERR) ? -EPIPE : 0;
}

/* Answer one frame and send one batch; 1: did something. */
static int agent_work(struct agent *agent)
{
	struct frame frame;
	int received = channel_receive(&agent->channel, &frame), result = 0;

	if (received == 1) {
		result = answer_frame(agent, &frame);
		free(frame.payload);
	} else if (received != -EAGAIN) {
		return received;
	}
	if (!result && should_send_records(agent)) {
		send_records(agent);
		return 1;
	}
	return result ? result : received == 1;
}

static int agent_loop(struct agent *agent)
{
	for (;;) {
		int flushed = channel_flush(&agent->channel), result = 0;

		if (flushed == -EPIPE)
			return flushed;
		if (!flushed)
			result = agent_work(agent);
		if (!result)
			result = agent_wait(agent, flushed);
		if (result < 0)
			return result;
	}
}

int target_serve(int in, int out, enum permission permission)
{
	struct agent agent = {0};
	int result = channel_open(&agent.channel, in, out, REQUEST_LIMIT);

	if (!result)
		result = host_open(&agent.host, permission, false);
	if (!result)
		result = agent_loop(&agent);
	host_close(agent.host, true);
	text_free(&agent.batch);
	channel_close(&agent.channel);
	/* the other side closed: that is how it ends */
	return result == -EPIPE ? 0 : result;
}
