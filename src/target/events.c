/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ring buffers: one for each CPU or group of CPUs, and an array of maps that leads a program
 * to its own.  Records are read in place and delivered in the order of their times over all
 * rings, up to the moment at which a delivery began.
 */
#include "target/host.h"
#include "target/bpf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/epoll.h>
#include <sys/mman.h>

#define RING_LIMIT 8192u
#define RING_SIZE_LIMIT (256u << 20)
/* Give room back to the kernel after so many bytes: not for each record, since the
 * producers read that cache line. */
#define RELEASE_BYTES (16u << 10)

/* A mapped ring: its first record that was not delivered, and that record's time. */
struct ring {
	uint64_t time;
	const uint8_t *record;
	uint64_t consumed, released, produced; /* bytes since the ring began */
	const uint8_t *data; /* twice in a row, so no record wraps */
	uint64_t *consumer; /* where the kernel reads `consumed` */
	const uint64_t *producer;
	uint32_t size, record_size;
	int fd;
};

struct events {
	struct ring *rings;
	struct ring **order; /* of a delivery: those with records, earliest first */
	uint32_t count;
	int epoll;
	bool remain;
};

/* ---- creation ------------------------------------------------------------- */

static int create_rings(struct object *object, uint32_t count)
{
	for (; object->ring_count < count; object->ring_count++) {
		int fd = bpf_map_new(BPF_MAP_TYPE_RINGBUF, 0, 0, object->size);

		if (fd < 0)
			return fd;
		object->rings[object->ring_count] = (uint32_t)fd;
	}
	return 0;
}

/*
 * Neighbouring CPUs share a ring where there are fewer rings than CPUs.  All entries are
 * set with one call: each call on an array of maps waits for an RCU grace period.
 */
static int fill_array(const struct object *object, uint32_t cpus)
{
	uint32_t *keys = calloc(cpus, 2 * sizeof(*keys)), *values = keys + cpus;
	int result;

	if (!keys)
		return -ENOMEM;
	for (uint32_t cpu = 0; cpu < cpus; cpu++) {
		keys[cpu] = cpu;
		values[cpu] = object->rings[(uint64_t)cpu * object->ring_count / cpus];
	}
	result = bpf_map_set_batch(object->fd, keys, values, cpus);
	/* kernels before 5.6 have no batches */
	if (result == -EINVAL)
		result = 0;
	else
		cpus = 0;
	for (uint32_t cpu = 0; !result && cpu < cpus; cpu++)
		result = bpf_map_set(object->fd, &keys[cpu], &values[cpu], BPF_ANY);
	free(keys);
	return result;
}

/* A single ring needs no array: it is what programs name. */
static int create_array(struct object *object, uint32_t cpus)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY_OF_MAPS,
		.key_size = 4,
		.value_size = 4,
		.max_entries = cpus,
		.inner_map_fd = object->rings[0],
		.map_name = "rings",
	};

	if (object->ring_count == 1) {
		object->fd = fcntl((int)object->rings[0], F_DUPFD_CLOEXEC, 0);
		return object->fd < 0 ? -errno : 0;
	}
	object->fd = bpf_call(BPF_MAP_CREATE, &attr);
	if (object->fd < 0)
		return object->fd;
	return fill_array(object, cpus);
}

int handle_rings_create(struct host *host, struct reader *in, struct reply *reply)
{
	struct object object = {.kind = OBJECT_RINGS, .fd = -1};
	uint32_t count = read_u32(in);
	int64_t result;

	object.size = read_u32(in);
	if (!reader_done(in))
		return reply_malformed(reply);
	if (!count || count > RING_LIMIT || object.size < (uint32_t)sysconf(_SC_PAGESIZE) ||
	    object.size > RING_SIZE_LIMIT || (object.size & (object.size - 1)))
		return reply_fail(reply, -EINVAL, "rings: %u of %u bytes cannot be", count,
				  object.size);
	object.rings = calloc(count, sizeof(*object.rings));
	result = object.rings ? create_rings(&object, count) : -ENOMEM;
	if (!result)
		result = create_array(&object, host->cpus_possible);
	if (!result)
		result = object_add(host, &object);
	if (result < 0) {
		object_close(&object);
		return reply_error(reply, (int)result, "rings");
	}
	write_u32(&reply->out, (uint32_t)result);
	return 0;
}

/* ---- reading -------------------------------------------------------------- */

static void ring_unmap(struct ring *ring)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (ring->consumer)
		munmap(ring->consumer, page);
	if (ring->producer)
		munmap((void *)ring->producer, page + 2 * (size_t)ring->size);
}

/* The layout is the kernel's: consumer page, producer page, data twice (ringbuf.c). */
static int ring_map(struct ring *ring, int fd, uint32_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *consumer = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), *producer;

	*ring = (struct ring){.fd = fd, .size = size};
	if (consumer == MAP_FAILED)
		return -errno;
	ring->consumer = consumer;
	producer = mmap(NULL, page + 2 * (size_t)size, PROT_READ, MAP_SHARED, fd, (off_t)page);
	if (producer == MAP_FAILED)
		return -errno;
	ring->producer = producer;
	ring->data = (const uint8_t *)producer + page;
	ring->consumed = ring->released = __atomic_load_n(ring->consumer, __ATOMIC_ACQUIRE);
	return 0;
}

/* Edge-triggered: only the wake-ups that a program forces count, not that there is data. */
static int ring_watch(const struct events *events, int fd)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLET};

	return epoll_ctl(events->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

static struct events *events_of(struct host *host)
{
	struct events *events = host->events;

	if (events)
		return events;
	events = calloc(1, sizeof(*events));
	if (!events)
		return NULL;
	events->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (events->epoll < 0) {
		free(events);
		return NULL;
	}
	return host->events = events;
}

static int events_grow(struct events *events, uint32_t count)
{
	struct ring *rings = realloc(events->rings, count * sizeof(*rings));
	struct ring **order;

	if (!rings)
		return -ENOMEM;
	events->rings = rings;
	order = realloc(events->order, count * sizeof(struct ring *));
	if (!order)
		return -ENOMEM;
	events->order = order;
	return 0;
}

static int events_add(struct events *events, const struct object *object)
{
	int result = events_grow(events, events->count + object->ring_count);

	for (uint32_t i = 0; !result && i < object->ring_count; i++) {
		struct ring *ring = &events->rings[events->count];

		result = ring_map(ring, (int)object->rings[i], object->size);
		if (!result)
			result = ring_watch(events, ring->fd);
		if (result)
			ring_unmap(ring);
		else
			events->count++;
	}
	return result;
}

int handle_events_open(struct host *host, struct reader *in, struct reply *reply)
{
	handle_t handle = read_u32(in);
	const struct object *object = object_get(host, handle, OBJECT_RINGS);
	struct events *events;
	int result;

	if (!reader_done(in))
		return reply_malformed(reply);
	if (!object)
		return reply_fail(reply, -EBADF, "events_open: %u is not a set of rings", handle);
	events = events_of(host);
	result = events ? events_add(events, object) : -ENOMEM;
	if (!result)
		return 0;
	/* all of them or none */
	if (events)
		events_drop(host, object);
	return reply_error(reply, result, "events_open");
}

static bool holds_ring(const struct object *object, int fd)
{
	for (uint32_t i = 0; i < object->ring_count; i++)
		if ((int)object->rings[i] == fd)
			return true;
	return false;
}

void events_drop(struct host *host, const struct object *object)
{
	struct events *events = host->events;
	uint32_t kept = 0;

	if (!events)
		return;
	for (uint32_t i = 0; i < events->count; i++) {
		if (object && !holds_ring(object, events->rings[i].fd)) {
			events->rings[kept++] = events->rings[i];
			continue;
		}
		epoll_ctl(events->epoll, EPOLL_CTL_DEL, events->rings[i].fd, NULL);
		ring_unmap(&events->rings[i]);
	}
	events->count = kept;
	if (kept)
		return;
	close(events->epoll);
	free(events->rings);
	free(events->order);
	free(events);
	host->events = NULL;
}

int events_descriptor(const struct host *host)
{
	return host->events ? host->events->epoll : -1;
}

void events_woken(struct host *host)
{
	struct epoll_event woken[64];

	if (host->events)
		epoll_wait(host->events->epoll, woken, ARRAY_SIZE(woken), 0);
}

bool events_remain(const struct host *host)
{
	return host->events && host->events->remain;
}

static uint64_t record_length(uint32_t header)
{
	uint32_t size = header & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);

	return ALIGN_UP((uint64_t)size + BPF_RINGBUF_HDR_SZ, 8);
}

/*
 * Find the next whole record up to `now`; false when there is none.  One that is still being
 * written ends the ring for this time.
 */
static inline bool ring_peek(struct ring *ring, uint64_t now)
{
	while (ring->consumed < ring->produced) {
		const uint8_t *at = ring->data + (ring->consumed & (ring->size - 1));
		uint32_t header = __atomic_load_n((const uint32_t *)at, __ATOMIC_ACQUIRE);

		if (header & BPF_RINGBUF_BUSY_BIT)
			return false;
		if (!(header & BPF_RINGBUF_DISCARD_BIT)) {
			ring->record = at + BPF_RINGBUF_HDR_SZ;
			ring->record_size = header;
			ring->time = header >= 8 ? *(const uint64_t *)ring->record : 0;
			return ring->time <= now;
		}
		ring->consumed += record_length(header);
	}
	return false;
}

static inline void ring_release(struct ring *ring)
{
	if (ring->consumed == ring->released)
		return;
	__atomic_store_n(ring->consumer, ring->consumed, __ATOMIC_RELEASE);
	ring->released = ring->consumed;
}

/* Put the first ring where its time belongs. */
static void sift(struct ring **order, uint32_t count)
{
	struct ring *ring = order[0];
	uint32_t i = 1;

	for (; i < count && order[i]->time < ring->time; i++)
		order[i - 1] = order[i];
	order[i - 1] = ring;
}

/* The rings that hold a record up to `now`, earliest first. */
static uint32_t order_rings(struct events *events, uint64_t now)
{
	struct ring **order = events->order + events->count;
	uint32_t count = 0;

	for (uint32_t i = 0; i < events->count; i++) {
		struct ring *ring = &events->rings[i];

		ring->produced = __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE);
		if (!ring_peek(ring, now))
			continue;
		*--order = ring;
		sift(order, ++count);
	}
	memmove(events->order, order, count * sizeof(struct ring *));
	return count;
}

/*
 * Deliver from one ring while its records are not later than `until`.  True when it has
 * another record up to `now`.
 */
static inline bool deliver_ring(struct ring *ring, uint64_t until, uint64_t now,
				event_handler *handler, void *context, int *delivered, int *result)
{
	bool more = true;

	while (more && !*result && ring->time <= until) {
		*result = handler(context, ring->record, ring->record_size);
		ring->consumed += record_length(ring->record_size);
		++*delivered;
		if (ring->consumed - ring->released >= RELEASE_BYTES)
			ring_release(ring);
		more = ring_peek(ring, now);
	}
	return more;
}

static uint64_t boot_time(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

int events_deliver(struct host *host, event_handler *handler, void *context)
{
	struct events *events = host->events;
	int delivered = 0, result = 0;
	struct ring **order;
	uint32_t count;
	uint64_t now;

	if (!events)
		return 0;
	/* before the producers' positions: what a ring shows later may be newer */
	now = boot_time();
	count = order_rings(events, now);
	order = events->order;
	while (count && !result) {
		uint64_t until = count > 1 ? order[1]->time : now;

		if (deliver_ring(order[0], until, now, handler, context, &delivered, &result)) {
			sift(order, count);
		} else {
			order++;
			count--;
		}
	}
	events->remain = result != 0;
	for (uint32_t i = 0; i < events->count; i++)
		ring_release(&events->rings[i]);
	return result ? result : delivered;
}
