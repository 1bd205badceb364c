/*
 * The border of qmp/: a link to one QEMU monitor or one guest agent.
 *
 * Invariants, kept for every byte sequence that a peer may send:
 * 1. Every call is answered exactly once, also when the link is lost.
 * 2. No callback runs inside the caller's stack: not in qmp_open, not in
 *    qmp_call, not in qmp_free (after which none runs at all).
 * 3. A call on a monitor has no deadline of its own. QEMU answers in order or
 *    the link's watchdog declares the link lost. A call on an agent has one:
 *    the guest may be slow or gone; the link then synchronises anew.
 * 4. What comes from a peer is bounded: QMP_MESSAGE_MAX bytes a message,
 *    QMP_DEPTH_MAX levels of nesting, QMP_VALUES_MAX values (an empty array
 *    is two bytes there and a hundred here), QMP_CALLS_MAX calls outstanding.
 *
 * States, and what moves from one to the next:
 *
 *   OPENING ──greeting + qmp_capabilities / guest-sync-delimited──▶ READY
 *      │                                                            │ │
 *      └───────────── any error, deadline, end of file ──▶ LOST ◀───┘ │
 *   OPENING ◀────────── agent only: a call's deadline passed ─────────┘
 *
 * Wire format: QEMU docs/interop/qmp-spec and docs/interop/qemu-ga.
 */
#ifndef QMP_H
#define QMP_H

#include "clock.h"
#include "err.h"
#include <jansson.h>

#define QMP_MESSAGE_MAX (16 * MIB)
#define QMP_DEPTH_MAX 1024
#define QMP_VALUES_MAX (1 << 18)
#define QMP_CALLS_MAX 4096

struct qmp;
struct qmp_sink;

enum qmp_dialect {
	QMP_MONITOR, /* greeting, qmp_capabilities, ids, events */
	QMP_AGENT, /* guest-sync-delimited, one call in flight, no ids */
};

enum qmp_state { QMP_OPENING, QMP_READY, QMP_LOST };

enum qmp_outcome {
	QMP_RETURN, /* value is the "return" member */
	QMP_ERROR, /* QEMU or the agent said no: error_class and text */
	QMP_NONE, /* no answer came: text says why; it may have happened */
};

/* Borrowed: valid only inside the callback; json_incref what is kept. */
struct qmp_reply {
	enum qmp_outcome outcome;
	json_t *value;
	const char *error_class; /* GenericError, DeviceNotFound, … */
	const char *text;
};

typedef void qmp_reply_fn(void *arg, const struct qmp_reply *reply);
/* data is borrowed, and an empty object when the event has none. */
typedef void qmp_event_fn(void *arg, const char *name, json_t *data);
/* Called on every change of state; why is a sentence when LOST, else NULL.
 * A link that is lost answers its calls first and then says so here. */
typedef void qmp_state_fn(void *arg, enum qmp_state state, const char *why);
/* The wire as it is, for -v: '>' sent, '<' received. */
typedef void qmp_trace_fn(
    void *arg, enum qmp_dialect dialect, char way, const char *text, size_t n);

struct qmp_options {
	enum qmp_dialect dialect;
	/* A monitor: until the negotiation has ended; 0: QMP_OPEN_MS. An
	 * agent: none when 0, for a guest that is still booting. */
	unsigned open_ms;
	/* A monitor: silence while a call waits. An agent: one call, and how
	 * long a call waits for READY. 0: QMP_REPLY_MS, QMP_AGENT_REPLY_MS. */
	unsigned reply_ms;
	qmp_state_fn *on_state;
	qmp_trace_fn *on_trace;
	void *arg;
};

#define QMP_OPEN_MS 5000
#define QMP_REPLY_MS 30000
#define QMP_AGENT_REPLY_MS 5000

/*
 * Connects to a Unix socket, or takes over a connected fd. Never fails at
 * once: a failure comes as state LOST, from the loop. NULL path with
 * qmp_open_fd's fd owned by the link from here on.
 */
struct qmp *qmp_open(
    struct clock *clock, const char *path, const struct qmp_options *options);
struct qmp *qmp_open_fd(
    struct clock *clock, int fd, const struct qmp_options *options);
/* Drops every call and sink without calling back. NULL is allowed. */
void qmp_free(struct qmp *qmp);

enum qmp_state qmp_state(const struct qmp *qmp);
/* Why it was lost; "" before. */
const char *qmp_why(const struct qmp *qmp);
/* The greeting's "version" member: {qemu: {major, minor, micro}, package};
 * borrowed, NULL before READY and on an agent. */
const json_t *qmp_version(const struct qmp *qmp);

/*
 * Sends {execute, arguments} (command, owned by the link from here on) with an
 * id of its own; before READY it waits in the queue. fd < 0: none; else it
 * travels with exactly this command's bytes (SCM_RIGHTS) and stays the
 * caller's. fn may be NULL. Returns a number for qmp_forget, never 0.
 */
uint64_t qmp_call(
    struct qmp *qmp, json_t *command, int fd, qmp_reply_fn *fn, void *arg);
/* The reply, when it comes, is dropped. Unknown numbers are ignored. */
void qmp_forget(struct qmp *qmp, uint64_t call);

/* Everything queued until qmp_uncork goes out in one write. */
void qmp_cork(struct qmp *qmp);
void qmp_uncork(struct qmp *qmp);

/* Events in order of arrival; a sink may be added or removed in a callback. */
struct qmp_sink *qmp_listen(struct qmp *qmp, qmp_event_fn *fn, void *arg);
void qmp_unlisten(struct qmp_sink *sink);

#endif
