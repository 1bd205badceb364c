/*
 * What waits to be written to a socket: messages, some with a descriptor
 * that must travel with exactly their bytes.
 */
#ifndef OUT_H
#define OUT_H

#include "err.h"

/* Messages that go out in one sendmsg at most. */
#define OUT_JOINED_MAX 64

struct out;

struct out *out_new(void);
/* NULL is allowed. */
void out_free(struct out *out);

/* bytes (from malloc) and fd (or -1) are the queue's from here on. */
void out_put(struct out *out, char *bytes, size_t n, int fd);
bool out_is_empty(const struct out *out);

/*
 * Writes until all is written (1) or the socket is full (0). Messages are
 * joined in one sendmsg; one with a descriptor starts its own, alone, and the
 * descriptor leaves with its first byte. -1 is an error, with errno.
 */
int out_write(struct out *out, int socket, struct err *e);

#endif
