/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The carrier to this machine's kernel: a call is a function call, files and BTF are mapped
 * where they can be, and records are delivered where the kernel wrote them.
 */
#include "target/carrier.h"
#include "target/host.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Replies that must be unmapped; all others are memory. */
struct mapping {
	struct span span;
	struct mapping *next;
};

struct direct {
	struct target target;
	struct host *host;
	struct mapping *mappings;
};

static int keep_mapping(struct direct *direct, struct span span)
{
	struct mapping *mapping = malloc(sizeof(*mapping));

	if (!mapping) {
		munmap((void *)span.data, span.size);
		return -ENOMEM;
	}
	*mapping = (struct mapping){span, direct->mappings};
	direct->mappings = mapping;
	return 0;
}

static int direct_call(struct target *target, enum call call, struct span request,
		       struct span *reply)
{
	struct direct *direct = (struct direct *)target;
	struct reply answer = {0};
	int result = host_dispatch(direct->host, call, request, &answer);

	if (!answer.mapping.data) {
		*reply = (struct span){answer.out.data, answer.out.size};
		return result;
	}
	text_free(&answer.out);
	result = keep_mapping(direct, answer.mapping);
	if (!result)
		*reply = answer.mapping;
	return result;
}

static void direct_release(struct target *target, struct span reply)
{
	struct direct *direct = (struct direct *)target;

	for (struct mapping **at = &direct->mappings; *at; at = &(*at)->next) {
		struct mapping *mapping = *at;

		if (mapping->span.data != reply.data)
			continue;
		munmap((void *)reply.data, reply.size);
		*at = mapping->next;
		free(mapping);
		return;
	}
	free((void *)reply.data);
}

/* How long the next wait may be: records without a wake-up must not lie longer. */
static int wait_time(const struct direct *direct, int64_t until)
{
	int64_t left = until < 0 ? INT32_MAX : until - time_ms();

	if (left < 0)
		return 0;
	if (events_descriptor(direct->host) >= 0 && left > EVENT_DELAY_MS)
		return EVENT_DELAY_MS;
	return (int)left;
}

static int direct_step(struct target *target, int timeout_ms, int wake, event_handler *handler,
		       void *context)
{
	struct direct *direct = (struct direct *)target;
	int64_t until = timeout_ms < 0 ? -1 : time_ms() + timeout_ms;
	bool woken = false;
	int result, wait;

	do {
		wait = !timeout_ms || events_remain(direct->host) ? 0 : wait_time(direct, until);
		result = 0;
		if (wait)
			result = wait_for(events_descriptor(direct->host), POLLIN, wake, wait,
					  &woken);
		if (result < 0)
			return result;
		if (result)
			events_woken(direct->host);
		result = events_deliver(direct->host, handler, context);
	} while (!result && !woken && timeout_ms && (until < 0 || time_ms() < until));
	return result;
}

static void direct_opened(struct target *target)
{
	(void)target;
}

static void direct_close(struct target *target, bool wait)
{
	struct direct *direct = (struct direct *)target;

	while (direct->mappings)
		direct_release(target, direct->mappings->span);
	host_close(direct->host, wait);
	free(direct);
}

static const struct carrier direct_carrier = {
	.call = direct_call,
	.release = direct_release,
	.step = direct_step,
	.opened = direct_opened,
	.close = direct_close,
};

int target_open_direct(struct target **target, struct text *why)
{
	struct direct *direct = calloc(1, sizeof(*direct));
	int result = direct ? host_open(&direct->host, PERMIT_RUN, true) : -ENOMEM;

	*target = NULL;
	if (result) {
		if (why)
			text_printf(why, "open this machine: %s", strerror(-result));
		free(direct);
		return result;
	}
	direct->target.carrier = &direct_carrier;
	*target = &direct->target;
	return 0;
}
