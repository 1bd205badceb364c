/* What a run still wants: the list of it. Its kinds are in want-call.c and
 * want-wait.c. */

#include "vm.h"
#include "want-internal.h"

/* The link for a side; NULL when there is none. */
struct qmp *
want_link(const struct run *run, enum run_side side)
{
	return side == RUN_AGENT ? vm_agent(run->vm) : vm_monitor(run->vm);
}

struct want *
want_new(struct run *run, enum want_kind kind, enum run_side side)
{
	struct want *want = xcalloc(1, sizeof(*want));

	want->run = run;
	want->kind = kind;
	want->side = side;
	TAILQ_INSERT_TAIL(&run->wants, want, entry);
	return want;
}

/* Takes the want off its run; an answer still to come is dropped. */
void
want_free(struct want *want)
{
	struct qmp *link = want_link(want->run, want->side);

	if (want->call && link)
		qmp_forget(link, want->call);
	TAILQ_REMOVE(&want->run->wants, want, entry);
	json_decref(want->wait.probe);
	timer_free(want->probe);
	timer_free(want->deadline);
	free(want);
}

/* Whether anything is still wanted. */
bool
wants_any(const struct run *run)
{
	return !TAILQ_EMPTY(&run->wants);
}

/* Drops the conditions and the work; calls stay until they are answered. */
void
wants_drop_waits(struct run *run)
{
	struct want *want, *next;

	for (want = TAILQ_FIRST(&run->wants); want; want = next) {
		next = TAILQ_NEXT(want, entry);
		if (want->kind != WANT_CALL)
			want_free(want);
	}
}

/* Drops everything. */
void
wants_drop_all(struct run *run)
{
	while (!TAILQ_EMPTY(&run->wants))
		want_free(TAILQ_FIRST(&run->wants));
}
