/*
 * A link from the inside: shared by link.c (states and timers), wire.c (the
 * socket), call.c, sink.c and the two dialects, monitor.c and agent.c.
 */
#ifndef LINK_H
#define LINK_H

#include "frame.h"
#include "json.h"
#include "out.h"
#include "qmp.h"

#include <event2/event.h>
#include <sys/queue.h>

#define LINK_STATES (QMP_LOST + 1)
#define LINK_CONNECT_RETRY_MS 10

struct call {
	TAILQ_ENTRY(call) entry;
	uint64_t number;
	char *text; /* what to send, until sent */
	int fd;
	uint64_t due; /* an agent's: no longer than this */
	qmp_reply_fn *fn;
	void *arg;
	char *refusal; /* late: why it was never sent */
};

TAILQ_HEAD(call_list, call);
TAILQ_HEAD(sink_list, qmp_sink);

typedef void link_hook_fn(struct qmp *qmp);

/* What a dialect does differently; a hook that is NULL does nothing. */
struct dialect {
	bool moves[LINK_STATES][LINK_STATES];
	unsigned reply_ms; /* unless the options say otherwise */
	const char *closed;
	/* One message; borrowed. */
	void (*received)(struct qmp *qmp, const json_t *message);
	/* What came was no message. */
	void (*garbled)(struct qmp *qmp, const char *why);
	link_hook_fn *connected;
	link_hook_fn *moved; /* the state has just changed */
	link_hook_fn *settled; /* all that was read is dealt with */
	link_hook_fn *reset; /* an agent's 0xFF came */
	link_hook_fn *queued; /* a call was added to the end of waiting */
	link_hook_fn *send; /* READY: hands over what may be sent now */
	/* The deadlines of OPENING and of replies, and the retry timer. */
	link_hook_fn *open_passed, *reply_passed, *retry;
};

extern const struct dialect monitor_dialect, agent_dialect;

/* A monitor's own. */
struct monitor {
	bool is_greeted;
	json_t *version;
};

/* An agent's own; see agent.c. */
struct agent {
	uint64_t first_id;
	unsigned syncs;
	bool is_stale; /* the next message answers an old sync */
};

struct qmp {
	struct clock *clock;
	const struct dialect *dialect;
	struct qmp_options options;
	char *path;
	char *prefix; /* "PATH: " or "" */
	enum qmp_state state;
	char *why;
	unsigned inside; /* callbacks of the loop that we are in */
	bool is_freed;

	int fd;
	struct event *readable, *writable; /* NULL until connected */
	struct framer *in;
	struct out *out;
	unsigned corks;

	struct call_list waiting, sent;
	struct call_list late; /* to be refused, from the loop */
	unsigned calls; /* waiting and sent */
	uint64_t last_number;

	struct sink_list sinks;
	uint64_t round; /* events so far */
	bool is_firing;

	struct timer *late_timer, *open_timer, *reply_timer, *retry_timer;
	unsigned retry_ms;

	struct monitor monitor;
	struct agent agent;
};

/* ---- link.c ---- */

/* Around everything that the loop calls; a freed link ends at the last. */
void link_enter(struct qmp *qmp);
void link_leave(struct qmp *qmp);
/* Runs a hook, unless the link is freed or there is none. */
void link_hook(struct qmp *qmp, link_hook_fn *hook);
/* The one setter of the state; calls back. */
void link_move(struct qmp *qmp, enum qmp_state to);
PRINTF(2, 3) void link_lose(struct qmp *qmp, const char *fmt, ...);
void link_retry_in(struct qmp *qmp, unsigned ms);
/* Doubles the retry time up to max_ms. */
void link_back_off(struct qmp *qmp, unsigned max_ms);

/* ---- wire.c ---- */

/* Takes the socket it has or connects; may try again by the retry timer. */
void wire_connect(struct qmp *qmp);
void wire_disconnect(struct qmp *qmp);
/* There may be something to write; nothing when there is no connection. */
void wire_wake(struct qmp *qmp);
/* text without its line end, from malloc; fd or -1: the wire's, too. */
void wire_put(struct qmp *qmp, char *text, int fd);

/* ---- call.c: answering may free the link ---- */

/* Sends a call that waits. */
void call_send(struct qmp *qmp, struct call *call);
/* Sends a command at once, before READY. */
void call_now(struct qmp *qmp, const char *name, qmp_reply_fn *fn);
struct call *call_find_sent(const struct qmp *qmp, uint64_t number);
/* By a message that has "return" or "error". */
void call_answer(struct qmp *qmp, struct call *call, const json_t *message);
void call_answer_none(struct qmp *qmp, struct call *call, const char *why);
void call_answer_all_none(struct qmp *qmp, const char *why);
void call_answer_late(struct qmp *qmp);
void call_drop_all(struct qmp *qmp);

bool message_is_reply(const json_t *message);
/* The sentence in a message's "error". */
const char *message_error(const json_t *message);

/* ---- sink.c ---- */

void sink_fire(struct qmp *qmp, const char *name, json_t *data);
void sink_drop_all(struct qmp *qmp);

#endif
