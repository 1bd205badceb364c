/*
 * Cuts a stream of bytes into whole JSON texts by counting brackets outside
 * strings, so that how the peer breaks lines and writes does not matter.
 */
#ifndef FRAME_H
#define FRAME_H

#include "err.h"
#include "qmp.h"

/* What is kept of a buffer that once had to be larger. */
#define FRAME_KEEP (64 * KIB)

struct framer;

enum frame_kind {
	FRAME_NONE, /* more bytes are needed */
	FRAME_TEXT, /* one JSON object */
	FRAME_RESET, /* an agent's 0xFF; what stood before it is dropped */
	FRAME_BAD, /* this peer does not speak QMP; only a skip helps */
};

struct framer *framer_new(enum qmp_dialect dialect);
/* NULL is allowed. */
void framer_free(struct framer *framer);

void framer_put(struct framer *framer, const char *bytes, size_t n);

/* Call until FRAME_NONE. The text is valid until the next framer_put. */
enum frame_kind framer_next(
    struct framer *framer, const char **text, size_t *n, struct err *e);

/* Drops everything up to an agent's next 0xFF, also what is still to come. */
void framer_skip(struct framer *framer);

#endif
