/* The data of a plan: items flattened into steps, and how they are shown. */

#include "plan.h"
#include <assert.h>

struct plan {
	struct plan_item **items;
	size_t items_n;
	struct plan_step *steps;
	size_t steps_n;
};

static const char *const end_names[] = {
	[PLAN_DONE] = "done",
	[PLAN_PARTIAL] = "partial",
	[PLAN_FAILED] = "failed",
	[PLAN_STUCK] = "stuck",
	[PLAN_PENDING] = "pending",
	[PLAN_LOST] = "lost",
};
static_assert(ARRAY_SIZE(end_names) == PLAN_ENDS, "one name for each end");

static const char *const result_names[] = {
	[STEP_WAITING] = "not run",
	[STEP_RUNNING] = "running",
	[STEP_DONE] = "done",
	[STEP_PARTIAL] = "partial",
	[STEP_PENDING] = "pending",
	[STEP_FAILED] = "failed",
	[STEP_UNDONE] = "undone",
	[STEP_STUCK] = "stuck",
	[STEP_LOST] = "lost",
};
static_assert(ARRAY_SIZE(result_names) == STEP_RESULTS, "one name each");

/* The end's name in the contract's JSON. */
const char *
plan_end_name(enum plan_end end)
{
	return end_names[end];
}

/* The step result's name in the contract's JSON. */
const char *
step_result_name(enum step_result result)
{
	return result_names[result];
}

/* An empty plan. */
struct plan *
plan_new(void)
{
	return xcalloc(1, sizeof(struct plan));
}

/* Releases an item and its subject. */
static void
item_free(struct plan_item *item)
{
	if (item->release)
		item->release(item->subject);
	free(item->label);
	free(item);
}

/* Releases the plan, its items and their subjects; NULL is allowed. */
void
plan_free(struct plan *plan)
{
	size_t i;

	if (!plan)
		return;
	for (i = 0; i < plan->steps_n; i++) {
		free(plan->steps[i].note);
		json_decref(plan->steps[i].commands);
	}
	for (i = 0; i < plan->items_n; i++)
		item_free(plan->items[i]);
	free(plan->steps);
	free(plan->items);
	free(plan);
}

/* What the step calls when the plan goes on. */
step_fn *
plan_step_act(const struct plan_step *s)
{
	return s->item->way == PLAN_MAKE ? s->step->make : s->step->undo;
}

/* What takes back what the step did. */
step_fn *
plan_step_inverse(const struct plan_step *s)
{
	return s->item->way == PLAN_MAKE ? s->step->undo : s->step->make;
}

/* Whether there is anything to do for this row in this direction. */
static bool
is_wanted(const struct plan_item *item, const struct step *row,
    const struct actual *actual)
{
	bool there;

	if (!actual || !row->there)
		return true;
	there = row->there(actual, item->subject);
	return item->way == PLAN_MAKE ? !there : there;
}

/* Appends one row of the item's table to the steps. */
static void
add_step(struct plan *plan, struct plan_item *item, const struct step *row)
{
	plan->steps =
	    xrealloc(plan->steps, plan->steps_n + 1, sizeof(*plan->steps));
	plan->steps[plan->steps_n++] =
	    (struct plan_step){ .item = item, .step = row };
}

/* Appends the wanted rows of the item's table, in the order of its way. */
static void
add_steps(
    struct plan *plan, struct plan_item *item, const struct actual *actual)
{
	size_t rows = 0, i;

	while (item->table[rows].name)
		rows++;
	for (i = 0; i < rows; i++) {
		const struct step *row =
		    &item->table[item->way == PLAN_MAKE ? i : rows - 1 - i];

		if (is_wanted(item, row, actual))
			add_step(plan, item, row);
	}
}

/* Appends an item; see the header. */
void
plan_add(struct plan *plan, const struct step *table, enum plan_way way,
    void *subject, void (*release)(void *), const struct actual *actual,
    const char *label_fmt, ...)
{
	struct plan_item *item = xcalloc(1, sizeof(*item));
	va_list ap;

	va_start(ap, label_fmt);
	if (vasprintf(&item->label, label_fmt, ap) < 0)
		item->label = must(NULL);
	va_end(ap);
	item->table = table;
	item->way = way;
	item->subject = subject;
	item->release = release;
	plan->items =
	    xrealloc(plan->items, plan->items_n + 1, sizeof(*plan->items));
	plan->items[plan->items_n++] = item;
	add_steps(plan, item, actual);
}

void
plan_truncate(struct plan *plan, size_t length)
{
	const struct plan_item *last =
	    length ? plan->steps[length - 1].item : NULL;

	while (plan->steps_n > length) {
		struct plan_step *s = &plan->steps[--plan->steps_n];

		free(s->note);
		json_decref(s->commands);
	}
	while (plan->items_n && plan->items[plan->items_n - 1] != last)
		item_free(plan->items[--plan->items_n]);
}

/* How many steps the plan has by now. */
size_t
plan_length(const struct plan *plan)
{
	return plan->steps_n;
}

/* Step i; the pointer is good until the next plan_add. */
struct plan_step *
plan_at(const struct plan *plan, size_t i)
{
	assert(i < plan->steps_n);
	return &plan->steps[i];
}

/* The step's name with the thing it is about. */
char *
plan_step_title(const struct plan_step *s)
{
	const char *back = s->item->way == PLAN_REMOVE ? " (remove)" : "";

	if (!*s->item->label)
		return xasprintf("%s%s", s->step->name, back);
	return xasprintf("%s: %s%s", s->item->label, s->step->name, back);
}

/* A step that only reads, or that is only there for its inverse. */
static bool
is_quiet(const struct plan_step *s)
{
	return s->step->flags & STEP_QUIET || !plan_step_act(s);
}

/* True when no step changes anything. */
bool
plan_is_empty(const struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->steps_n; i++)
		if (!is_quiet(&plan->steps[i]))
			return false;
	return true;
}

/* One step as the contract has it. */
static json_t *
step_json(const struct plan_step *s)
{
	_free_ char *title = plan_step_title(s);
	json_t *out = must(json_pack("{s:s, s:s, s:f}", "name", title, "result",
	    step_result_name(s->result), "ms", (double)s->us / 1000));

	if (s->note)
		json_object_set_new(out, "note", json_string(s->note));
	return out;
}

/* The steps as the contract has them. */
json_t *
plan_steps_json(const struct plan *plan)
{
	json_t *out = must(json_array());
	size_t i;

	for (i = 0; i < plan->steps_n; i++) {
		const struct plan_step *s = &plan->steps[i];
		bool dull = is_quiet(s) &&
		    (s->result == STEP_DONE || s->result == STEP_WAITING);

		if (!dull)
			json_array_append_new(out, step_json(s));
	}
	return out;
}

/* What each step would send and wait for. */
json_t *
plan_rehearsal_json(const struct plan *plan)
{
	json_t *out = must(json_array());
	size_t i;

	for (i = 0; i < plan->steps_n; i++) {
		const struct plan_step *s = &plan->steps[i];
		_free_ char *title = plan_step_title(s);

		if (is_quiet(s))
			continue;
		json_array_append_new(out,
		    must(json_pack(
			"{s:s, s:O*}", "name", title, "does", s->commands)));
	}
	return out;
}
