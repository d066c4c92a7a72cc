/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gate: a call's number and its request in, the handler's reply out.  Nothing reaches a
 * handler without the permission that its row in calls.def names.
 */
#include "target/host.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const char *const call_names[CALL_COUNT] = {
#define CALL(name, permission, doc) [CALL_##name] = #name,
#include "target/calls.def"
#undef CALL
};

static const struct {
	call_handler *handle;
	enum permission permission;
} calls[CALL_COUNT] = {
#define CALL(name, permission, doc) [CALL_##name] = {handle_##name, PERMIT_##permission},
#include "target/calls.def"
#undef CALL
};

static const char *const permission_names[] = {
	[PERMIT_FACTS] = "facts",
	[PERMIT_BINARIES] = "binaries",
	[PERMIT_TRACE] = "trace",
	[PERMIT_RUN] = "run",
};

int host_dispatch(struct host *host, uint32_t call, struct span request, struct reply *reply)
{
	struct reader in = reader_of(request.data, request.size);

	if (call >= CALL_COUNT)
		return reply_fail(reply, -ENOSYS, "call %u is not known here", call);
	if (host->permission < calls[call].permission)
		return reply_fail(reply, -EACCES, "%s: needs permission '%s'", call_names[call],
				  permission_names[calls[call].permission]);
	if (request.size > REQUEST_LIMIT)
		return reply_fail(reply, -EMSGSIZE, "%s: the request is too large",
				  call_names[call]);
	return calls[call].handle(host, &in, reply);
}

static void reply_reason(struct reply *reply, const char *format, va_list args)
{
	text_clear(&reply->out);
	text_vprintf(&reply->out, format, args);
}

int reply_fail(struct reply *reply, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	reply_reason(reply, format, args);
	va_end(args);
	return error;
}

int reply_error(struct reply *reply, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	reply_reason(reply, format, args);
	va_end(args);
	text_printf(&reply->out, ": %s", strerror(-error));
	return error;
}

int reply_malformed(struct reply *reply)
{
	return reply_fail(reply, -EBADMSG, "malformed request");
}
