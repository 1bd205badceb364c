/*
 * Who listens to a link's events. A sink removed while events are told is
 * marked dead and swept afterwards; one added then waits for the next event.
 */
#include "link.h"

struct qmp_sink {
	TAILQ_ENTRY(qmp_sink) entry;
	struct qmp *qmp;
	qmp_event_fn *fn;
	void *arg;
	uint64_t since; /* the round it was added in */
	bool is_dead;
};

struct qmp_sink *
qmp_listen(struct qmp *qmp, qmp_event_fn *fn, void *arg)
{
	struct qmp_sink *sink = xcalloc(1, sizeof(*sink));

	sink->qmp = qmp;
	sink->fn = fn;
	sink->arg = arg;
	sink->since = qmp->round;
	TAILQ_INSERT_TAIL(&qmp->sinks, sink, entry);
	return sink;
}

static void
drop(struct qmp_sink *sink)
{
	TAILQ_REMOVE(&sink->qmp->sinks, sink, entry);
	free(sink);
}

void
qmp_unlisten(struct qmp_sink *sink)
{
	if (!sink)
		return;
	if (sink->qmp->is_firing)
		sink->is_dead = true;
	else
		drop(sink);
}

static void
sweep(struct qmp *qmp)
{
	struct qmp_sink *sink = TAILQ_FIRST(&qmp->sinks), *next;

	for (; sink; sink = next) {
		next = TAILQ_NEXT(sink, entry);
		if (sink->is_dead)
			drop(sink);
	}
}

void
sink_fire(struct qmp *qmp, const char *name, json_t *data)
{
	struct qmp_sink *sink;

	qmp->round++;
	qmp->is_firing = true;
	TAILQ_FOREACH (sink, &qmp->sinks, entry) {
		if (sink->is_dead || sink->since == qmp->round)
			continue;
		sink->fn(sink->arg, name, data);
		if (qmp->is_freed)
			return;
	}
	qmp->is_firing = false;
	sweep(qmp);
}

void
sink_drop_all(struct qmp *qmp)
{
	while (!TAILQ_EMPTY(&qmp->sinks))
		drop(TAILQ_FIRST(&qmp->sinks));
}
