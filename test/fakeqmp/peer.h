/*
 * A client of the fake: peer.c has its connection, dispatch.c what its
 * messages lead to.
 */
#ifndef PEER_H
#define PEER_H

#include "frame.h"
#include "model.h"
#include "out.h"

struct peer {
	struct side *side;
	int fd;
	struct event *readable, *writable;
	struct event *hung_up; /* watched while nothing is read */
	struct framer *in;
	struct out *out;
	int passed_fd;
	bool is_negotiated;
	bool is_stuck; /* never says anything again */
	bool is_working; /* on the stack: freed when it no longer is */
	bool is_closed;
	json_t *late; /* a reply that has to wait */
	bool late_is_delimited;
	struct timer *timer;
};

/* Takes the message; with a 0xFF before it when delimited. */
void peer_send(struct peer *peer, json_t *message, bool is_delimited);
void peer_close(struct peer *peer);
/* What the framer found; may close the peer. */
void peer_take(
    struct peer *peer, enum frame_kind kind, const char *text, size_t n);

#endif
