/* Runs a request on a VM, and says what became of it. */

#include "change.h"
#include "actual.h"
#include "apply.h"
#include "device.h"
#include "facts.h"
#include "outcome.h"
#include "output.h"
#include "session.h"
#include "text.h"
#include "vm.h"

/* What the request says of the size; 0: nothing. */
static struct size
wanted_size(const struct request *request, const struct fitted *fitted)
{
	struct size size = { 0 };

	if (request->spec || request->resize.vcpus)
		size.vcpus = fitted->desired.vcpus;
	if (request->spec || request->resize.memory)
		size.memory = fitted->desired.memory;
	return size;
}

/* What may still come true is wanted, too. */
static void
remember(struct session *s, const struct size *size,
    const struct fitted *fitted, enum plan_end end)
{
	bool stands =
	    end == PLAN_DONE || end == PLAN_PARTIAL || end == PLAN_PENDING;
	struct err e;

	if (!stands || (!size->vcpus && !size->memory))
		return;
	if (desired_save(s, size, fitted->explain, &e) < 0)
		output_complain("%s: what is wanted of it is not remembered: "
				"%s",
		    session_name(s), e.text);
}

/* Whether a plan that ended early has changed what it saw at its begin. */
static bool
is_stale(const struct plan *plan, enum plan_end end)
{
	size_t i;

	if (end == PLAN_DONE || end == PLAN_PARTIAL)
		return false;
	for (i = 0; i < plan_length(plan); i++)
		if (plan_at(plan, i)->changed ||
		    plan_at(plan, i)->result == STEP_UNDONE)
			return true;
	return false;
}

/* The state afterwards. */
static void
look_again(struct session *s, const struct plan *plan, enum plan_end end)
{
	struct err e;

	if (end == PLAN_LOST ||
	    (is_stale(plan, end) && session_observe(s, &e) < 0))
		session_set_state(s, SESSION_LOST, "the link was lost");
}

/* Memory that stays although less is wanted. */
static void
tell_rest(const struct session *s, const struct request *request,
    const struct fitted *fitted, json_t *more)
{
	_free_ char *rest = facts_of_rest(s, request, fitted);

	if (!rest)
		return;
	output_complain("%s: %s", session_name(s), rest);
	json_object_set_new(more, "note", text_json(rest));
}

json_t *
change_run(struct session *s, const struct request *request,
    struct fitted *fitted, struct outcome *outcome)
{
	struct plan *plan = apply_plan(request, fitted);
	struct run_result result;
	struct size size;
	json_t *more;

	session_run(s, plan, &result);
	outcome_add(outcome, &result, plan);
	size = wanted_size(request, fitted);
	remember(s, &size, fitted, result.end);
	look_again(s, plan, result.end);
	more = facts_figures(s, &size);
	if (fitted->explain)
		json_object_set(more, "size", fitted->explain);
	tell_rest(s, request, fitted, more);
	plan_free(plan);
	return more;
}

/* The device that the request is about: "rng r0 on pci-bridge-0, slot 1", or
 * that there is none; NULL: it is about no device, or nothing is known. */
static char *
device_sentence(const struct session *s, const struct request *request)
{
	const char *id = request->add_id ? request->add_id : request->remove_id;
	const struct actual *a = vm_actual(session_vm(s));
	const struct actual_device *d = id && a ? actual_device(a, id) : NULL;
	const struct device_type *type =
	    d ? device_type_of_driver(d->driver) : NULL;

	if (!id || !a)
		return NULL;
	if (!type)
		return xasprintf("no device %s", id);
	if (!d->bus)
		return xasprintf("%s %s", type->words, id);
	return xasprintf("%s %s on %s, slot %u%s", type->words, id, d->bus,
	    d->slot,
	    d->removing     ? ", its removal pending"
		: d->mapped ? ""
			    : ", not set up by the guest");
}

enum status
change_vm(struct cli *cli, struct request *request, struct err *e)
{
	struct session *s = session_open(cli, e);
	struct outcome outcome = { 0 };
	struct fitted fitted = { 0 };
	enum status status = STATUS_FAILED;

	if (s && facts_of_request(s, request, e) == 0) {
		json_t *more = change_run(s, request, &fitted, &outcome);
		_free_ char *device = device_sentence(s, request);
		_free_ char *what =
		    device ? TAKE(device) : facts_sentence(more);

		outcome_print(cli, session_name(s), &outcome, more, what);
		status = outcome_status(&outcome);
	}
	fitted_release(&fitted);
	outcome_release(&outcome);
	session_free(s);
	return status;
}
