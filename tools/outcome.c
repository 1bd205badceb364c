/* Joins the ends of plans, and puts them into words. */

#include "outcome.h"
#include "output.h"
#include "text.h"
#include <assert.h>

/* What each end means to who called us. */
static const struct {
	enum status status;
	int rank; /* the worse, the higher */
	const char *words;
} ends[] = {
	[PLAN_DONE] = { STATUS_DONE, 0, "" },
	[PLAN_PARTIAL] = { STATUS_PARTIAL, 1, "" },
	[PLAN_PENDING] = { STATUS_PARTIAL, 2,
	    "; QEMU was asked, and the guest may still do it" },
	[PLAN_FAILED] = { STATUS_FAILED, 3, "; nothing was changed" },
	[PLAN_LOST] = { STATUS_LOST, 4, "; what became of it is not known" },
	[PLAN_STUCK] = { STATUS_FAILED, 5,
	    "; and not all of it could be undone" },
};
static_assert(ARRAY_SIZE(ends) == PLAN_ENDS, "a row each");

void
outcome_release(struct outcome *o)
{
	json_decref(o->json);
	*o = (struct outcome){ 0 };
}

enum status
outcome_status(const struct outcome *o)
{
	return ends[o->end].status;
}

void
outcome_undone(struct outcome *o)
{
	o->end = PLAN_FAILED;
	json_object_set_new(
	    o->json, "result", json_string(plan_end_name(PLAN_FAILED)));
}

/* The result of one plan; an error that is not UTF-8 is there all the same. */
static json_t *
result_json(const struct run_result *result, const struct plan *plan)
{
	json_t *json = run_result_json(result, plan);

	if (*result->error)
		json_object_set_new(json, "error", text_json(result->error));
	return json;
}

/* Steps one after the other, times together; the worse end stands. */
static void
join(json_t *all, json_t *next, bool worse)
{
	double ms = json_number_value(json_object_get(all, "ms")) +
	    json_number_value(json_object_get(next, "ms"));

	json_array_extend(
	    json_object_get(all, "steps"), json_object_get(next, "steps"));
	json_object_del(next, "steps");
	if (worse)
		json_object_update(all, next);
	json_object_set_new(all, "ms", json_real(ms));
}

void
outcome_add(
    struct outcome *o, const struct run_result *result, const struct plan *plan)
{
	json_auto_t *next = result_json(result, plan);
	bool worse = ends[result->end].rank > ends[o->end].rank;

	if (o->json)
		join(o->json, next, worse);
	else
		o->json = json_incref(next);
	if (worse)
		o->end = result->end;
}

/* ---- sentences ---- */

static const char *
text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* How many steps ended so. */
static int
count_steps(const struct outcome *o, const char *result)
{
	int n = 0;
	size_t i;
	json_t *step;

	json_array_foreach (json_object_get(o->json, "steps"), i, step)
		n += str_eq(text_of(step, "result"), result);
	return n;
}

/* The steps that ended so, each with its note. */
static void
complain_of_steps(const struct outcome *o, const char *name, const char *result)
{
	size_t i;
	json_t *step;

	json_array_foreach (json_object_get(o->json, "steps"), i, step)
		if (str_eq(text_of(step, "result"), result))
			output_complain("%s: %s: %s: %s", name,
			    text_of(step, "name"), result,
			    text_of(step, "note"));
}

static bool
has_steps(const struct outcome *o)
{
	return json_array_size(json_object_get(o->json, "steps")) > 0;
}

static void
praise(
    const char *name, const struct outcome *o, const char *ms, const char *what)
{
	_free_ char *line = has_steps(o)
	    ? xasprintf("%s: %s in %s", name, text_of(o->json, "result"), ms)
	    : xasprintf("%s: nothing to do", name);
	_free_ char *safe = text_safe(line);

	printf("%s%s%s\n", safe, what ? ": " : "", what ? what : "");
}

static void
complain(
    const char *name, const struct outcome *o, const char *ms, const char *what)
{
	bool undone = o->end == PLAN_FAILED && count_steps(o, "undone") > 0;

	output_complain("%s: %s after %s: %s%s%s%s", name,
	    text_of(o->json, "result"), ms, text_of(o->json, "error"),
	    undone ? "; all that was done is undone" : ends[o->end].words,
	    what ? "; it has " : "", what ? what : "");
	complain_of_steps(o, name, "stuck");
}

void
outcome_print(const struct cli *cli, const char *name, const struct outcome *o,
    json_t *more, const char *what)
{
	_free_ char *ms =
	    text_ms(json_number_value(json_object_get(o->json, "ms")));
	bool good = o->end == PLAN_DONE || o->end == PLAN_PARTIAL;
	json_t *all = must(json_pack("{s:o}", "name", text_json(name)));

	if (!good)
		complain(name, o, ms, what);
	else if (!output_is_json(cli) && !cli->o.quiet)
		praise(name, o, ms, what);
	complain_of_steps(o, name, "partial");
	json_object_update(all, o->json);
	if (more)
		json_object_update(all, more);
	json_decref(more);
	if (output_is_json(cli))
		output_json(all);
	else
		json_decref(all);
}
