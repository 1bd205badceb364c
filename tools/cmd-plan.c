/* plan: what apply would do, and nothing of it done. */

#include "facts.h"
#include "output.h"
#include "plan.h"
#include "run.h"
#include "session.h"
#include "spec.h"
#include "text.h"
#include "vm.h"

/* ---- for people ---- */

/* "monitor  {…}" or "waits for …". */
static void
print_deed(const json_t *deed)
{
	const char *wait =
	    json_string_value(json_object_get(deed, "waits for"));
	const char *to = json_string_value(json_object_get(deed, "to"));
	_free_ char *command = NULL, *line = NULL, *safe = NULL;

	if (wait) {
		line = xasprintf("waits for %s", wait);
	} else {
		command = must(
		    json_dumps(json_object_get(deed, "command"), JSON_COMPACT));
		line = xasprintf("%-8s %s", to ? to : "", command);
	}
	safe = text_safe(line);
	printf("     %s\n", safe);
}

static void
print_step(size_t number, const json_t *step)
{
	const char *name = json_string_value(json_object_get(step, "name"));
	_free_ char *safe = text_safe(name ? name : "");
	size_t i;
	json_t *deed;

	printf("%3zu. %s\n", number, safe);
	json_array_foreach (json_object_get(step, "does"), i, deed)
		print_deed(deed);
}

static void
print_plan(const char *name, const json_t *result)
{
	const json_t *vcpus = json_object_get(result, "vcpus");
	_free_ char *memory = text_bytes(
	    json_object_get(json_object_get(result, "memory"), "desired"));
	_free_ char *count = text_value(json_object_get(vcpus, "desired"));
	bool changes = json_is_true(json_object_get(result, "changes"));
	const char *note = json_string_value(json_object_get(result, "note"));
	size_t i;
	json_t *step;

	json_array_foreach (json_object_get(result, "steps"), i, step)
		print_step(i + 1, step);
	printf("%s: %s: %s vCPU%s, %s\n", name,
	    changes ? "would have" : "nothing to do", count,
	    str_eq(count, "1") ? "" : "s", memory);
	if (note)
		printf("%s: %s\n", name, note);
}

/* ---- the command ---- */

/* The plan, its commands written down; fitted is the caller's to release. */
static struct plan *
make_plan(struct session *s, struct request *request, struct fitted *fitted,
    struct err *e)
{
	struct plan *plan;

	if (session_observe_for(s, request, e) < 0 ||
	    facts_of_request(s, request, e) < 0)
		return NULL;
	plan = plan_new();
	if (fit(vm_actual(session_vm(s)), request, plan, fitted, e) < 0) {
		err_wrap(e, "%s", session_name(s));
		plan_free(plan);
		return NULL;
	}
	run_rehearse(session_vm(s), plan);
	return plan;
}

static json_t *
result_json(const struct session *s, const struct request *request,
    const struct plan *plan, const struct fitted *fitted)
{
	json_auto_t *figures = facts_figures(s, &fitted->desired);
	_free_ char *rest = facts_of_rest(s, request, fitted);
	json_t *out = must(json_pack("{s:o, s:b, s:o}", "name",
	    text_json(session_name(s)), "changes", !plan_is_empty(plan),
	    "steps", plan_rehearsal_json(plan)));

	json_object_update(out, figures);
	if (fitted->explain)
		json_object_set(out, "size", fitted->explain);
	if (rest)
		json_object_set_new(out, "note", text_json(rest));
	return out;
}

/* Prints it; the status is what --detailed-exitcode promises. */
static enum status
print_result(struct cli *cli, const struct session *s,
    const struct request *request, const struct plan *plan,
    const struct fitted *fitted)
{
	json_t *result = result_json(s, request, plan, fitted);

	if (output_is_json(cli)) {
		output_json(result);
	} else {
		print_plan(session_name(s), result);
		json_decref(result);
	}
	return cli->o.detailed_exitcode && !plan_is_empty(plan) ? STATUS_CHANGES
								: STATUS_DONE;
}

static enum status
plan(struct cli *cli, struct err *e)
{
	struct spec *spec = spec_read(cli->o.file, e);
	struct request request = { .spec = spec };
	struct fitted fitted = { 0 };
	struct session *s = spec ? session_open(cli, e) : NULL;
	struct plan *made = s ? make_plan(s, &request, &fitted, e) : NULL;
	enum status status = made
	    ? print_result(cli, s, &request, made, &fitted)
	    : STATUS_FAILED;

	plan_free(made);
	session_free(s);
	fitted_release(&fitted);
	spec_free(spec);
	return status;
}

static const struct argument arguments[] = {
	{ "VM", ARGUMENT_VM },
	{ NULL },
};

static const struct option_row options[] = {
	{ "file", 'f', OPTION_FILE, OPTION(file), "FILE",
	    "the spec, in YAML or JSON; - is standard input",
	    .required = true },
	{ "detailed-exitcode", 0, OPTION_FLAG, OPTION(detailed_exitcode), NULL,
	    "exit with 2 when there is something to do" },
	{ NULL },
};

const struct command plan_command = {
	.name = "plan",
	.arguments = arguments,
	.help = "show what apply would do",
	.text = "Shows the steps that apply would take, with the exact "
		"commands that it would send to QEMU and to the guest agent, "
		"and what it would wait for. Nothing is changed.",
	.options = options,
	.flags = COMMAND_VM,
	.exec = plan,
};
