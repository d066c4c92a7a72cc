/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames over two descriptors that never block: bytes in, whole frames out, and the other way
 * round.  A payload is read into memory that grows with what arrived, not with what was
 * announced.
 */
#ifndef SONDE_TARGET_FRAME_H
#define SONDE_TARGET_FRAME_H

#include "base/base.h"

enum frame_kind {
	FRAME_REQUEST, /* to the agent: call, id, payload */
	FRAME_REPLY, /* from it: the request's id, result, payload */
	FRAME_EVENTS, /* from it, unasked: records, each a u64 size and bytes padded to 8 */
	FRAME_CREDIT, /* to it: `id` more bytes of records may come */
	FRAME_FLUSH, /* to it: deliver what was written until now, then answer with a reply */
	FRAME_KIND_COUNT
};

/* In front of each payload, little-endian. */
#define FRAME_HEAD_SIZE 16u
struct frame {
	uint32_t size; /* of the payload */
	uint32_t id;
	uint16_t kind, call;
	int32_t result;
	void *payload; /* of malloc, followed by a NUL; its owner frees it */
};

struct channel {
	int in, out;
	uint32_t limit; /* larger payloads are refused */
	struct text output; /* frames that wait to be written ... */
	size_t written; /* ... and how much of them was */
	uint8_t head[FRAME_HEAD_SIZE];
	struct frame frame; /* being read: its payload so far */
	size_t head_read, payload_read, payload_room;
};

/* Takes the descriptors; they become non-blocking. */
int channel_open(struct channel *channel, int in, int out, uint32_t limit);
void channel_close(struct channel *channel);
/* Add a frame to the output. */
void channel_send(struct channel *channel, const struct frame *frame, struct span payload);
/* Write what can be: 0 all, -EAGAIN some is left, or -EPIPE. */
int channel_flush(struct channel *channel);
/* 1: a whole frame, which the caller owns.  -EAGAIN: not yet.  -EPIPE: the end; -EPROTO. */
int channel_receive(struct channel *channel, struct frame *frame);

#endif
