/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What both ends of a call agree on.
 */
#ifndef SONDE_TARGET_PROTOCOL_H
#define SONDE_TARGET_PROTOCOL_H

/* Asked and answered by hello. */
#define PROTOCOL_VERSION 1
/* The most that file_read copies: a shorter answer is the file's end. */
#define READ_LIMIT (16u << 20)
/* The most that a request or a reply takes. */
#define REQUEST_LIMIT (16u << 20)
#define REPLY_LIMIT (64u << 20)

#endif
