/*
 * The framer.
 *
 * Theory. buffer[start, at) is the text begun and scanned so far, and
 * buffer[at, end) is what has not been looked at. Every byte is looked at
 * once; a text that is not whole yet is moved only when half of the buffer
 * before it is free, or when the buffer is doubled: the work is linear in
 * the bytes received, however they are cut.
 *
 *            '{'                     depth back to 0
 *   BETWEEN ─────▶ INSIDE (depth > 0) ────────────▶ BETWEEN, FRAME_TEXT
 *      │              │   '"' ⇄ IN_STRING, '\\' ⇄ ESCAPED
 *      └──────────────┴── anything impossible ─────▶ BAD, FRAME_BAD
 *   any ──framer_skip──▶ SKIPPING ──0xFF──▶ BETWEEN, FRAME_RESET
 *   any (agent) ──0xFF──▶ BETWEEN, FRAME_RESET
 */
#include "frame.h"

#define AGENT_RESET 0xFF
#define SHOWN 40 /* bytes of what is not QMP */

enum frame_state { BETWEEN, INSIDE, IN_STRING, ESCAPED, SKIPPING, BAD };

struct framer {
	enum qmp_dialect dialect;
	enum frame_state state;
	unsigned depth, values;
	char *buffer;
	size_t start, at, end, size;
};

struct framer *
framer_new(enum qmp_dialect dialect)
{
	struct framer *framer = xcalloc(1, sizeof(*framer));

	framer->dialect = dialect;
	return framer;
}

void
framer_free(struct framer *framer)
{
	if (!framer)
		return;
	free(framer->buffer);
	free(framer);
}

/* Forgets what has been handed out, and a buffer that is too large to keep. */
static void
reclaim(struct framer *framer)
{
	size_t left = framer->end - framer->start;

	if (left == 0 && framer->size > FRAME_KEEP) {
		free(framer->buffer);
		framer->buffer = NULL;
		framer->size = 0;
	}
	if (left > 0 && framer->start < framer->size / 2)
		return;
	if (left > 0)
		memmove(framer->buffer, framer->buffer + framer->start, left);
	framer->at -= framer->start;
	framer->end = left;
	framer->start = 0;
}

void
framer_put(struct framer *framer, const char *bytes, size_t n)
{
	reclaim(framer);
	if (framer->end + n > framer->size) {
		framer->size = MAX(framer->size * 2, framer->end + n);
		framer->buffer = xrealloc(framer->buffer, framer->size, 1);
	}
	if (n > 0)
		memcpy(framer->buffer + framer->end, bytes, n);
	framer->end += n;
}

/* Printable bytes as they are, others as \xNN. */
static void
escape(const char *bytes, size_t n, char *out)
{
	size_t i;

	for (i = 0; i < n; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (c >= ' ' && c < 0x7f)
			*out++ = (char)c;
		else
			out += snprintf(out, 5, "\\x%02x", c);
	}
	*out = '\0';
}

static enum frame_kind
bad(struct framer *framer, struct err *e)
{
	size_t n = MIN(framer->end - framer->start, (size_t)SHOWN);
	char shown[SHOWN * 4 + 1];

	escape(framer->buffer + framer->start, n, shown);
	framer->state = BAD;
	err_set(e, "this is not QMP: \"%s\"", shown);
	return FRAME_BAD;
}

static enum frame_kind
too_large(struct framer *framer, struct err *e, const char *what)
{
	framer->state = BAD;
	err_set(e, "a message has %s", what);
	return FRAME_BAD;
}

static enum frame_kind
reset(struct framer *framer)
{
	framer->state = BETWEEN;
	framer->depth = 0;
	framer->start = framer->at;
	return FRAME_RESET;
}

void
framer_skip(struct framer *framer)
{
	framer->state = SKIPPING;
}

/* Whitespace, the start of an object, or nothing QEMU would send. */
static enum frame_kind
scan_between(struct framer *framer, char c, struct err *e)
{
	if (c == '{') {
		framer->start = framer->at - 1;
		framer->state = INSIDE;
		framer->depth = framer->values = 1;
	} else if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
		framer->start = framer->at;
	} else {
		framer->start = framer->at - 1;
		return bad(framer, e);
	}
	return FRAME_NONE;
}

/* Brackets that open and commas: at least half as many as values. */
static enum frame_kind
count(struct framer *framer, bool is_open, struct err *e)
{
	framer->depth += is_open;
	framer->values++;
	if (framer->depth > QMP_DEPTH_MAX)
		return too_large(framer, e, "too many levels");
	if (framer->values > QMP_VALUES_MAX)
		return too_large(framer, e, "too many values");
	return FRAME_NONE;
}

static enum frame_kind
scan_inside(struct framer *framer, char c, struct err *e)
{
	if (c == '"')
		framer->state = IN_STRING;
	else if (c == '{' || c == '[' || c == ',')
		return count(framer, c != ',', e);
	else if ((c == '}' || c == ']') && --framer->depth == 0)
		framer->state = BETWEEN;
	return framer->state == BETWEEN ? FRAME_TEXT : FRAME_NONE;
}

static enum frame_kind
scan(struct framer *framer, char c, struct err *e)
{
	switch (framer->state) {
	case BETWEEN:
		return scan_between(framer, c, e);
	case INSIDE:
		return scan_inside(framer, c, e);
	case IN_STRING:
		if (c == '\\')
			framer->state = ESCAPED;
		else if (c == '"')
			framer->state = INSIDE;
		break;
	case ESCAPED:
		framer->state = IN_STRING;
		break;
	case SKIPPING:
	case BAD:
		framer->start = framer->at;
		break;
	}
	return FRAME_NONE;
}

enum frame_kind
framer_next(struct framer *framer, const char **text, size_t *n, struct err *e)
{
	enum frame_kind kind = FRAME_NONE;

	while (kind == FRAME_NONE && framer->at < framer->end) {
		char c = framer->buffer[framer->at++];

		if ((unsigned char)c == AGENT_RESET &&
		    framer->dialect == QMP_AGENT)
			return reset(framer);
		kind = scan(framer, c, e);
		if (framer->at - framer->start > QMP_MESSAGE_MAX)
			kind = too_large(framer, e, "more than 16 MiB");
	}
	if (kind == FRAME_TEXT) {
		*text = framer->buffer + framer->start;
		*n = framer->at - framer->start;
		framer->start = framer->at;
	}
	return kind;
}
