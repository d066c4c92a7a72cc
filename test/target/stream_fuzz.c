/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as the stream to an agent that may only tell facts: it ends, whatever they are.
 */
#include "target/target.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int in = memfd_create("stream", MFD_CLOEXEC), out = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (in < 0 || out < 0 || write(in, data, size) != (ssize_t)size)
		abort();
	lseek(in, 0, SEEK_SET);
	target_serve(in, out, PERMIT_FACTS);
	return 0;
}
