/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all carriers share: a call goes in, is carried, and is shown to the watcher.
 */
#include "target/carrier.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

int target_call(struct target *target, enum call call, struct span request, struct span *reply)
{
	int result;

	*reply = (struct span){0};
	result = target->carrier->call(target, call, request, reply);
	if (!result && call == CALL_events_open)
		target->carrier->opened(target);
	if (target->watcher)
		target->watcher(target->watcher_context, call, request, result, *reply);
	return result;
}

void target_release(struct target *target, struct span reply)
{
	target->carrier->release(target, reply);
}

void target_watch(struct target *target, call_watcher *watcher, void *context)
{
	target->watcher = watcher;
	target->watcher_context = context;
}

int target_events_step(struct target *target, int timeout_ms, int wake, event_handler *handler,
		       void *context)
{
	return target->carrier->step(target, timeout_ms, wake, handler, context);
}

void target_close(struct target *target, bool wait)
{
	struct btf_copy *copy;

	if (!target)
		return;
	while ((copy = target->btf)) {
		target->btf = copy->next;
		target_release(target, copy->btf);
		free(copy->name);
		free(copy);
	}
	free(target->maps);
	free(target->machine.online);
	text_free(&target->request);
	target->carrier->close(target, wait);
}

int64_t time_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int wait_for(int fd, short events, int wake, int timeout_ms, bool *woken)
{
	struct pollfd both[] = {{.fd = fd, .events = events}, {.fd = wake, .events = POLLIN}};

	*woken = false;
	if (poll(both, 2, timeout_ms) < 0)
		return -errno;
	*woken = both[1].revents != 0;
	return both[0].revents != 0;
}
