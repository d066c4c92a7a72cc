/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The agent and nothing else: base and target, libc alone.  Built with musl to show that
 * it can be.
 */
#include "target/target.h"

int main(void)
{
	return target_serve(0, 1, PERMIT_TRACE) ? 1 : 0;
}
