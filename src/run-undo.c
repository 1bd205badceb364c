/* What there is to take back: which step is next on the way backward. */

#include "run-internal.h"

/* Whether this plan started the QEMU whose link was lost. */
bool
run_owns_qemu(const struct run *run)
{
	size_t i;

	for (i = 0; i < plan_length(run->plan); i++) {
		const struct plan_step *s = plan_at(run->plan, i);

		if (s->step->flags & STEP_OWNS && s->changed)
			return true;
	}
	return false;
}

/* Whether something of the present step's item has just been put back. */
static bool
is_put_back(const struct run *run)
{
	const struct plan_item *item = run_step(run)->item;
	size_t i;

	for (i = run->at + 1;
	     i < plan_length(run->plan) && plan_at(run->plan, i)->item == item;
	     i++)
		if (plan_at(run->plan, i)->result == STEP_UNDONE)
			return true;
	return false;
}

/* Whether the present step has something to take back. A step that did
 * nothing itself, on a removal's way, is made again with what it is about. */
static bool
has_undo(const struct run *run)
{
	const struct plan_step *s = run_step(run);

	if (!s->changed || (run->lost && !(s->step->flags & STEP_HOST)))
		return false;
	if (!plan_step_act(s) && !is_put_back(run))
		return false;
	return plan_step_inverse(s) || s->step->flags & STEP_FINAL;
}

/* Going back: the next step that has something to take back, or none. */
bool
run_find_undo(struct run *run)
{
	for (;; run->at--) {
		if (has_undo(run))
			return true;
		if (run->at == 0)
			return false;
	}
}

/* An inverse failed: the rest of its item depends on it, others do not. */
bool
run_skip_item(struct run *run)
{
	const struct plan_item *item = run_step(run)->item;

	while (run_step(run)->item == item) {
		if (run->at == 0)
			return false;
		run->at--;
	}
	return true;
}
