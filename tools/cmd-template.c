/* template ls, show, rm and verify: the templates that are there. */

#include "listing.h"
#include "output.h"
#include "record.h"
#include "table.h"
#include "template.h"
#include "text.h"
#include "units.h"

/* A template's record, and whether it could be cloned now. */
static json_t *
describe(const struct template *t)
{
	json_t *json = template_json(t);
	struct err e;

	if (template_check_quick(t, &e) == 0) {
		json_object_set_new(json, "state", json_string("ready"));
	} else {
		json_object_set_new(json, "state", json_string("changed"));
		json_object_set_new(json, "error", text_json(e.text));
	}
	return json;
}

/* ---- ls ---- */

/* One whose record cannot be believed is listed as well. */
static json_t *
row_of(const char *name)
{
	struct err e;
	struct template *t = template_load(name, &e);
	json_t *row;

	if (!t)
		return must(
		    json_pack("{s:o, s:s, s:o}", "name", text_json(name),
			"state", "broken", "error", text_json(e.text)));
	row = describe(t);
	template_free(t);
	return row;
}

static void
add_row(struct table *table, const json_t *row)
{
	const json_t *config = json_object_get(row, "config");
	const json_t *qemu = json_object_get(row, "qemu");
	const json_t *const cells[] = {
		json_object_get(row, "name"),
		json_object_get(row, "state"),
		json_object_get(row, "machine"),
		json_object_get(config, "accel"),
		json_object_get(qemu, "version"),
		json_object_get(config, "default_vcpus"),
	};
	_free_ char *memory = text_bytes(
	    json_object_get(json_object_get(row, "memory_file"), "size"));
	const json_t *resident = json_object_get(row, "resident");
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cells); i++) {
		_free_ char *text = text_value(cells[i]);

		table_cell(table, "%s", text);
	}
	table_cell(table, "%s", memory);
	if (json_is_integer(resident))
		table_cell(table, "%lldMi",
		    (long long)json_integer_value(resident) / (long long)MIB);
	else
		table_cell(table, "-");
}

static void
print_rows(const json_t *rows)
{
	static const struct column columns[] = { { "NAME" }, { "STATE" },
		{ "MACHINE" }, { "ACCEL" }, { "QEMU" }, { "VCPUS", true },
		{ "MEMORY", true }, { "KEPT", true }, { NULL } };
	struct table *table = table_new(columns);
	size_t i;
	json_t *row;

	json_array_foreach (rows, i, row)
		add_row(table, row);
	table_print(table, stdout);
	table_free(table);
	json_array_foreach (rows, i, row) {
		const json_t *why = json_object_get(row, "error");

		if (why)
			output_complain("%s", json_string_value(why));
	}
}

static enum status
template_ls(struct cli *cli, struct err *e)
{
	size_t n = 0, i;
	char **names = template_names(&n, e);
	json_t *rows;

	if (!names)
		return STATUS_FAILED;
	rows = must(json_array());
	for (i = 0; i < n; i++)
		json_array_append_new(rows, row_of(names[i]));
	names_free(names, n);
	if (output_is_json(cli)) {
		output_json(rows);
		return STATUS_DONE;
	}
	print_rows(rows);
	json_decref(rows);
	return STATUS_DONE;
}

/* ---- show ---- */

static enum status
template_show(struct cli *cli, struct err *e)
{
	struct template *t = template_load(cli->words[0], e);
	json_t *json;

	if (!t)
		return STATUS_FAILED;
	json = describe(t);
	template_free(t);
	if (output_is_json(cli)) {
		output_json(json);
		return STATUS_DONE;
	}
	listing_tree(json);
	json_decref(json);
	return STATUS_DONE;
}

/* ---- rm ---- */

static enum status
template_rm(struct cli *cli, struct err *e)
{
	if (template_remove(cli->words[0], cli->o.force, e) < 0)
		return STATUS_FAILED;
	if (output_is_json(cli))
		output_json(must(json_pack(
		    "{s:s, s:s}", "name", cli->words[0], "result", "done")));
	else if (!cli->o.quiet)
		printf("%s: removed\n", cli->words[0]);
	return STATUS_DONE;
}

/* ---- verify ---- */

static enum status
print_problems(const struct cli *cli, json_t *problems)
{
	size_t n = json_array_size(problems), i;
	json_t *problem;

	if (output_is_json(cli))
		output_json(must(json_pack("{s:s, s:s, s:O}", "name",
		    cli->words[0], "result", n ? "failed" : "done", "problems",
		    problems)));
	else if (!n && !cli->o.quiet)
		printf("%s: all that it was made of is as it was\n",
		    cli->words[0]);
	json_array_foreach (problems, i, problem)
		output_complain("%s", json_string_value(problem));
	return n ? STATUS_FAILED : STATUS_DONE;
}

static enum status
template_check(struct cli *cli, struct err *e)
{
	struct template *t = template_load(cli->words[0], e);
	json_t *problems = NULL;
	struct err first;
	enum status status;

	if (!t)
		return STATUS_FAILED;
	template_verify(t, &problems, &first);
	template_free(t);
	status = print_problems(cli, problems);
	json_decref(problems);
	return status;
}

/* ---- rows ---- */

static const struct argument arguments[] = {
	{ "NAME", ARGUMENT_TEMPLATE },
	{ NULL },
};

static const struct option_row rm_options[] = {
	{ "force", 0, OPTION_FLAG, OPTION(force), NULL,
	    "also when VMs were cloned from it; they go on running" },
	{ NULL },
};

const struct command template_ls_command = {
	.name = "template ls",
	.help = "list the templates",
	.text = "Lists the templates. One whose QEMU, kernel, initrd or files "
		"have changed since it was made is changed, and refuses to be "
		"cloned; one whose record cannot be believed is broken.",
	.exec = template_ls,
};

const struct command template_show_command = {
	.name = "template show",
	.arguments = arguments,
	.help = "show what a template was made of",
	.text = "Shows all that is recorded of a template: what it was booted "
		"with, the files that it was made of with their digests, and "
		"what its guest said of itself.",
	.exec = template_show,
};

const struct command template_rm_command = {
	.name = "template rm",
	.arguments = arguments,
	.help = "remove a template",
	.text = "Removes a template. While a VM that was cloned from it is "
		"there, this is refused.",
	.options = rm_options,
	.exec = template_rm,
};

const struct command template_verify_command = {
	.name = "template verify",
	.arguments = arguments,
	.help = "check all that a template was made of",
	.text = "Reads all that a template was made of, compares digests, and "
		"names each difference.",
	.exec = template_check,
};
