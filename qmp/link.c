/*
 * A link: its states, its timers and its life.
 *
 * Theory. Everything that may call back starts in one of six functions that
 * the loop calls (wire.c's on_readable and on_writable and the four timers
 * here), each between link_enter and link_leave. qmp_free inside a callback
 * takes everything apart at once but for struct qmp itself, which link_leave
 * releases; so whoever has called back looks at is_freed before it goes on.
 * The functions of qmp.h only queue.
 *
 * The state is changed by link_move alone:
 *
 *   OPENING → READY     monitor.c: qmp_capabilities answered
 *                       agent.c: the last guest-sync-delimited answered
 *   READY   → OPENING   agent.c: a call's deadline passed
 *   any     → LOST      link_lose
 *
 * LOST closes the socket and stops the timers, then answers every call, then
 * tells the owner; what is called after that is answered by late_timer.
 */
#include "link.h"

#include <assert.h>

#define WHY_MAX 1024

static const char *const state_names[] = {
	[QMP_OPENING] = "OPENING",
	[QMP_READY] = "READY",
	[QMP_LOST] = "LOST",
};
_Static_assert(
    ARRAY_SIZE(state_names) == LINK_STATES, "every state has a name");

static const struct dialect *const dialects[] = {
	[QMP_MONITOR] = &monitor_dialect,
	[QMP_AGENT] = &agent_dialect,
};

void
link_enter(struct qmp *qmp)
{
	qmp->inside++;
}

static void
release(struct qmp *qmp)
{
	free(qmp->path);
	free(qmp->prefix);
	free(qmp->why);
	free(qmp);
}

void
link_leave(struct qmp *qmp)
{
	if (--qmp->inside == 0 && qmp->is_freed)
		release(qmp);
}

static void
stop_timers(struct qmp *qmp)
{
	timer_stop(qmp->open_timer);
	timer_stop(qmp->reply_timer);
	timer_stop(qmp->retry_timer);
}

void
link_hook(struct qmp *qmp, link_hook_fn *hook)
{
	if (hook && !qmp->is_freed)
		hook(qmp);
}

/* ---- states ---- */

static void
start_open_timer(struct qmp *qmp)
{
	if (qmp->options.open_ms > 0)
		timer_start(
		    qmp->open_timer, (uint64_t)qmp->options.open_ms * 1000);
}

static void
end_connection(struct qmp *qmp)
{
	stop_timers(qmp);
	wire_disconnect(qmp);
	call_answer_all_none(qmp, qmp->why);
}

void
link_move(struct qmp *qmp, enum qmp_state to)
{
	const struct qmp_options *options = &qmp->options;

	if (!qmp->dialect->moves[qmp->state][to]) {
		fprintf(stderr, "qmp: a link cannot go from %s to %s\n",
		    state_names[qmp->state], state_names[to]);
		abort();
	}
	qmp->state = to;
	timer_stop(qmp->open_timer);
	if (to == QMP_LOST)
		end_connection(qmp);
	if (to == QMP_OPENING)
		start_open_timer(qmp);
	link_hook(qmp, qmp->dialect->moved);
	if (!qmp->is_freed && options->on_state)
		options->on_state(
		    options->arg, to, to == QMP_LOST ? qmp->why : NULL);
	wire_wake(qmp);
}

void
link_lose(struct qmp *qmp, const char *fmt, ...)
{
	char why[WHY_MAX];
	va_list ap;

	if (qmp->state == QMP_LOST)
		return;
	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	free(qmp->why);
	qmp->why = xstrdup(why);
	link_move(qmp, QMP_LOST);
}

/* ---- timers ---- */

void
link_retry_in(struct qmp *qmp, unsigned ms)
{
	timer_start(qmp->retry_timer, (uint64_t)ms * 1000);
}

void
link_back_off(struct qmp *qmp, unsigned max_ms)
{
	qmp->retry_ms = MIN(qmp->retry_ms * 2, max_ms);
}

static void
on_retry(void *arg)
{
	struct qmp *qmp = arg;

	link_enter(qmp);
	if (qmp->readable)
		link_hook(qmp, qmp->dialect->retry);
	else
		wire_connect(qmp);
	link_leave(qmp);
}

static void
on_open_passed(void *arg)
{
	struct qmp *qmp = arg;

	link_enter(qmp);
	if (qmp->readable)
		link_hook(qmp, qmp->dialect->open_passed);
	else
		link_lose(qmp, "%stoo many clients wait there", qmp->prefix);
	link_leave(qmp);
}

static void
on_reply_passed(void *arg)
{
	struct qmp *qmp = arg;

	link_enter(qmp);
	link_hook(qmp, qmp->dialect->reply_passed);
	link_leave(qmp);
}

static void
on_late(void *arg)
{
	struct qmp *qmp = arg;

	link_enter(qmp);
	call_answer_late(qmp);
	link_leave(qmp);
}

/* ---- life ---- */

static void
set_options(struct qmp *qmp, const struct qmp_options *options)
{
	qmp->options = *options;
	qmp->dialect = dialects[options->dialect];
	if (options->reply_ms == 0)
		qmp->options.reply_ms = qmp->dialect->reply_ms;
	if (options->open_ms == 0 && options->dialect == QMP_MONITOR)
		qmp->options.open_ms = QMP_OPEN_MS;
}

static struct qmp *
new_link(struct clock *clock, const char *path, int fd,
    const struct qmp_options *options)
{
	struct qmp *qmp = xcalloc(1, sizeof(*qmp));

	set_options(qmp, options);
	qmp->clock = clock;
	qmp->path = xstrdup0(path);
	qmp->prefix = path ? xasprintf("%s: ", path) : xstrdup("");
	qmp->why = xstrdup("");
	qmp->fd = fd;
	qmp->in = framer_new(options->dialect);
	qmp->out = out_new();
	TAILQ_INIT(&qmp->waiting);
	TAILQ_INIT(&qmp->sent);
	TAILQ_INIT(&qmp->late);
	TAILQ_INIT(&qmp->sinks);
	qmp->late_timer = timer_new(clock, on_late, qmp);
	qmp->open_timer = timer_new(clock, on_open_passed, qmp);
	qmp->reply_timer = timer_new(clock, on_reply_passed, qmp);
	qmp->retry_timer = timer_new(clock, on_retry, qmp);
	qmp->retry_ms = LINK_CONNECT_RETRY_MS;
	start_open_timer(qmp);
	link_retry_in(qmp, 0);
	return qmp;
}

struct qmp *
qmp_open(
    struct clock *clock, const char *path, const struct qmp_options *options)
{
	assert(path);
	return new_link(clock, path, -1, options);
}

struct qmp *
qmp_open_fd(struct clock *clock, int fd, const struct qmp_options *options)
{
	assert(fd >= 0);
	return new_link(clock, NULL, fd, options);
}

void
qmp_free(struct qmp *qmp)
{
	if (!qmp)
		return;
	wire_disconnect(qmp);
	timer_free(qmp->late_timer);
	timer_free(qmp->open_timer);
	timer_free(qmp->reply_timer);
	timer_free(qmp->retry_timer);
	sink_drop_all(qmp);
	call_drop_all(qmp);
	framer_free(qmp->in);
	out_free(qmp->out);
	json_decref(qmp->monitor.version);
	qmp->is_freed = true;
	if (qmp->inside == 0)
		release(qmp);
}

enum qmp_state
qmp_state(const struct qmp *qmp)
{
	return qmp->state;
}

const char *
qmp_why(const struct qmp *qmp)
{
	return qmp->why;
}

const json_t *
qmp_version(const struct qmp *qmp)
{
	return qmp->monitor.version;
}
