/* size: what a spec comes to, term by term. */

#include "facts.h"
#include "output.h"
#include "session.h"
#include "spec.h"
#include "table.h"
#include "template.h"
#include "text.h"
#include "units.h"
#include "vm.h"

/* Whose size it would become, and where its facts are from. */
struct base {
	struct size_base facts;
	char *from;
	const char *note; /* what is not known, or NULL */
};

/* ---- the base ---- */

static int
base_of_vm(struct cli *cli, struct base *base, struct err *e)
{
	struct session *s = session_open(cli, e);
	struct request request = { 0 };
	int rc = -1;

	if (s && session_observe(s, e) == 0 &&
	    facts_of_request(s, &request, e) == 0) {
		base->facts = fit_base(vm_actual(session_vm(s)), &request);
		base->from = xasprintf("vm %s", session_name(s));
		if (cli->o.qmp)
			base->note = "what the guest uses itself is what its "
				     "kernel does not count (memory less "
				     "MemTotal): no template tells more";
		rc = 0;
	}
	session_free(s);
	return rc;
}

static int
base_of_template(const char *name, struct base *base, struct err *e)
{
	struct template *t = template_load(name, e);

	if (!t)
		return -1;
	base->facts = facts_template_base(t);
	base->from = xasprintf("template %s", name);
	template_free(t);
	return 0;
}

static int
find_base(struct cli *cli, struct base *base, struct err *e)
{
	if (cli->vm || cli->o.qmp)
		return base_of_vm(cli, base, e);
	if (cli->o.template)
		return base_of_template(cli->o.template, base, e);
	base->facts.boot_vcpus = 1;
	base->from = xstrdup("none");
	base->note = "without a VM or --template, what a VM is started with, "
		     "what its guest uses itself and its maximum are not "
		     "known: 1 vCPU, no memory, and no maximum are taken";
	return 0;
}

static json_t *
base_json(const struct base *base)
{
	const struct size_base *f = &base->facts;
	json_t *out = must(json_pack("{s:o, s:i, s:i, s:I, s:I, s:I, s:I}",
	    "from", text_json(base->from), "boot_vcpus", f->boot_vcpus,
	    "max_vcpus", f->max_vcpus, "boot_memory",
	    (json_int_t)f->boot_memory, "max_memory", (json_int_t)f->max_memory,
	    "guest_use", (json_int_t)f->guest_use, "block_size",
	    (json_int_t)f->block_size));

	if (base->note)
		json_object_set_new(out, "note", json_string(base->note));
	return out;
}

/* ---- for people ---- */

static const struct column columns[] = { { "" }, { "", true }, { "" },
	{ NULL } };

typedef char *print_fn(json_int_t value);

static char *
print_bytes(json_int_t value)
{
	return units_print_bytes((uint64_t)value);
}

static void
add_line(struct table *table, const char *name, json_int_t value,
    print_fn *print, const char *remark)
{
	_free_ char *text = print(value);

	table_cell(table, "  %s", name);
	table_cell(table, "%s", text);
	table_cell(table, "%s", remark);
}

/* One of the object's figures; those that are 0 say nothing. */
static void
add_figure(struct table *table, const json_t *object, const char *key,
    const char *name, print_fn *print, const char *remark)
{
	json_int_t value = json_integer_value(json_object_get(object, key));

	if (value)
		add_line(table, name, value, print, remark);
}

static void
add_terms(struct table *table, const json_t *object, print_fn *print)
{
	size_t i;
	json_t *term;

	json_array_foreach (json_object_get(object, "terms"), i, term)
		add_line(table,
		    json_string_value(json_object_get(term, "name")),
		    json_integer_value(json_object_get(term, "value")), print,
		    json_is_true(json_object_get(term, "counted"))
			? ""
			: "not counted");
}

static void
add_head(struct table *table, const char *name)
{
	table_cell(table, "%s", name);
	table_cell(table, "%s", "");
	table_cell(table, "%s", "");
}

static char *
print_count(json_int_t value)
{
	return xasprintf("%lld", (long long)value);
}

static void
print_size(const json_t *size, const struct base *base)
{
	struct table *table = table_new(columns);
	const json_t *vcpus = json_object_get(size, "vcpus");
	const json_t *memory = json_object_get(size, "memory");
	const json_t *overhead = json_object_get(size, "overhead");
	bool kata =
	    str_eq(json_string_value(json_object_get(size, "sizing")), "kata");
	const char *floor = kata ? "added (sizing: kata)" : "at least";

	add_head(table, "vCPUs");
	add_terms(table, vcpus, text_millicpu);
	add_figure(table, vcpus, "sum_millicpu", "sum", text_millicpu, "");
	add_figure(table, vcpus, "boot", "started with", print_count, floor);
	add_figure(table, vcpus, "desired", "desired", print_count, "");
	add_head(table, "memory");
	add_terms(table, memory, print_bytes);
	add_figure(table, memory, "sum", "sum", print_bytes, "");
	add_figure(table, memory, "guest_use", "the guest itself", print_bytes,
	    "added");
	add_figure(
	    table, memory, "memmap", "page structures", print_bytes, "added");
	add_figure(table, memory, "boot", "started with", print_bytes, floor);
	add_figure(table, memory, "rounding", "rounding up", print_bytes, "");
	add_figure(table, memory, "desired", "desired", print_bytes, "");
	add_figure(table, overhead, "millicpu", "overhead, CPU", text_millicpu,
	    "not of the VM");
	add_figure(table, overhead, "memory", "overhead, memory", print_bytes,
	    "not of the VM");
	add_head(table, "base");
	table_cell(table, "  %s", base->from);
	table_print(table, stdout);
	table_free(table);
	if (base->note)
		usage_wrap(stdout, 0, 0, base->note);
}

/* ---- the command ---- */

static enum status
print_result(const struct cli *cli, json_t *size, const struct base *base)
{
	if (!output_is_json(cli)) {
		print_size(size, base);
		json_decref(size);
		return STATUS_DONE;
	}
	json_object_set_new(size, "base", base_json(base));
	output_json(size);
	return STATUS_DONE;
}

static enum status
size(struct cli *cli, struct err *e)
{
	struct base base = { 0 };
	struct size desired;
	struct spec *spec;
	json_t *explain = NULL;
	enum status status = STATUS_FAILED;

	if (cli->o.template && (cli->vm || cli->o.qmp)) {
		err_set(e, "--template and a VM exclude each other");
		return STATUS_USAGE;
	}
	spec = spec_read(cli->o.file, e);
	if (spec && find_base(cli, &base, e) == 0 &&
	    size_from_spec(spec, &base.facts, &desired, &explain, e) == 0)
		status = print_result(cli, explain, &base);
	free(base.from);
	spec_free(spec);
	return status;
}

static const struct argument arguments[] = {
	{ "VM", ARGUMENT_VM, .optional = true },
	{ NULL },
};

static const struct option_row options[] = {
	{ "file", 'f', OPTION_FILE, OPTION(file), "FILE",
	    "the spec, in YAML or JSON; - is standard input",
	    .required = true },
	{ "template", 't', OPTION_TEXT, OPTION(template), "NAME",
	    "the size of a clone of this template" },
	{ NULL },
};

const struct command size_command = {
	.name = "size",
	.arguments = arguments,
	.help = "say what size a spec comes to, and why",
	.text = "Says what size a spec comes to, with every term of it: for a "
		"VM, for a clone of a template, or by itself. Nothing is "
		"changed.",
	.options = options,
	.flags = COMMAND_VM,
	.exec = size,
};
