/* Looks at any number of VMs on one loop, in bounded time. */

#include "observe.h"
#include "session.h"
#include "vm.h"

struct looks {
	struct session **sessions;
	size_t n;
	bool time_is_up;
};

static void
on_time(void *arg)
{
	struct looks *looks = arg;

	looks->time_is_up = true;
}

static bool
all_done(void *arg)
{
	const struct looks *looks = arg;
	size_t i;

	for (i = 0; i < looks->n; i++)
		if (session_state(looks->sessions[i]) == SESSION_OPEN &&
		    !session_is_done(looks->sessions[i]))
			return looks->time_is_up;
	return true;
}

/* Asks all that there is to know. */
static void
begin(struct session *s)
{
	struct plan *plan;

	if (session_state(s) != SESSION_OPEN)
		return;
	plan = plan_new();
	observe_plan(plan);
	session_connect(s);
	session_begin(s, plan);
}

/* Who is never greeted shares its monitor; others are silent, or gone. */
static void
judge(struct session *s)
{
	struct vm *vm = session_vm(s);

	if (session_state(s) != SESSION_OPEN)
		return;
	if (!session_is_done(s) && qmp_state(vm_monitor(vm)) == QMP_OPENING)
		session_set_state(s, SESSION_BUSY,
		    "no greeting: another client holds its monitor, or QEMU is "
		    "stuck");
	else if (!session_is_done(s))
		session_set_state(s, SESSION_LOST, "QEMU does not answer");
	else if (session_result(s)->end != PLAN_DONE)
		session_set_state(s, SESSION_LOST, "%s", vm_lost_why(vm));
}

void
sessions_look(struct cli *cli, struct session **sessions, size_t n, unsigned ms)
{
	struct looks looks = { sessions, n };
	struct timer *timer = timer_new(cli->clock, on_time, &looks);
	size_t i;

	timer_start(timer, ms * UINT64_C(1000));
	for (i = 0; i < n; i++)
		begin(sessions[i]);
	clock_run(cli->clock, all_done, &looks);
	timer_free(timer);
	for (i = 0; i < n; i++)
		judge(sessions[i]);
}
