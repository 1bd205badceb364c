/* ls: all VMs, asked all at the same time. */

#include "facts.h"
#include "output.h"
#include "record.h"
#include "session.h"
#include "table.h"
#include "text.h"

/* A QEMU that is alive answers in milliseconds, a guest's agent that is not
 * there is waited for 2 s. */
#define LOOK_MS 4000

/* Whether there is a record, which another program may have removed. */
static bool
has_record(const char *name)
{
	_free_ char *folder = record_folder(name, NULL);
	_free_ char *path = folder ? xasprintf("%s.json", folder) : NULL;

	return path && access(path, F_OK) == 0;
}

/* One whose record cannot be believed is listed as well. */
static struct session *
find(struct cli *cli, const char *name)
{
	struct err e;
	struct session *s = session_find(cli, name, 0, &e);

	if (s || !has_record(name))
		return s;
	s = session_make(cli, name);
	session_set_state(s, SESSION_BROKEN, "%s", e.text);
	return s;
}

static json_t *
look_at_all(struct cli *cli, char **names, size_t n)
{
	struct session **sessions = xcalloc(n, sizeof(*sessions));
	json_t *rows = must(json_array());
	unsigned ms = cli->o.timeout ? session_patience_ms(cli) : LOOK_MS;
	size_t found = 0, i;

	for (i = 0; i < n; i++) {
		sessions[found] = find(cli, names[i]);
		found += sessions[found] != NULL;
	}
	sessions_look(cli, sessions, found, ms);
	for (i = 0; i < found; i++) {
		json_array_append_new(rows, facts_json(sessions[i]));
		session_free(sessions[i]);
	}
	free(sessions);
	return rows;
}

/* ---- for people ---- */

static const struct column columns[] = { { "NAME" }, { "STATE" },
	{ "TEMPLATE" }, { "VCPUS", true }, { "MEMORY", true },
	{ "DEVICES", true }, { "QEMU" }, { "PID", true }, { "GUEST" },
	{ NULL } };

static void
add_text(struct table *table, const json_t *object, const char *key)
{
	_free_ char *text = text_value(json_object_get(object, key));

	table_cell(table, "%s", text);
}

/* What the guest confirmed, else what QEMU has. */
static const json_t *
best_figure(const json_t *row, const char *what)
{
	const json_t *figures = json_object_get(row, what);
	const json_t *actual = json_object_get(figures, "actual");

	return json_is_integer(actual) ? actual
				       : json_object_get(figures, "requested");
}

static void
add_row(struct table *table, const json_t *row)
{
	const json_t *qemu = json_object_get(row, "qemu");
	const json_t *guest = json_object_get(row, "guest");
	_free_ char *vcpus = text_value(best_figure(row, "vcpus"));
	_free_ char *memory = text_bytes(best_figure(row, "memory"));

	add_text(table, row, "name");
	add_text(table, row, "state");
	add_text(table, row, "template");
	table_cell(table, "%s", vcpus);
	table_cell(table, "%s", memory);
	table_cell(
	    table, "%zu", json_array_size(json_object_get(row, "devices")));
	add_text(table, qemu, "version");
	add_text(table, qemu, "pid");
	table_cell(table, "%s",
	    json_is_true(json_object_get(guest, "ready")) ? "ready" : "-");
}

static void
print_rows(const json_t *rows)
{
	struct table *table = table_new(columns);
	size_t i;
	json_t *row;

	json_array_foreach (rows, i, row)
		add_row(table, row);
	table_print(table, stdout);
	table_free(table);
	json_array_foreach (rows, i, row) {
		const char *why =
		    json_string_value(json_object_get(row, "error"));

		if (why)
			output_complain("vm %s: %s",
			    json_string_value(json_object_get(row, "name")),
			    why);
	}
}

static enum status
ls(struct cli *cli, struct err *e)
{
	size_t n = 0;
	char **names = record_names(&n, e);
	json_t *rows;

	if (!names)
		return STATUS_FAILED;
	rows = look_at_all(cli, names, n);
	names_free(names, n);
	if (output_is_json(cli)) {
		output_json(rows);
		return STATUS_DONE;
	}
	print_rows(rows);
	json_decref(rows);
	return STATUS_DONE;
}

const struct command ls_command = {
	.name = "ls",
	.help = "list the VMs",
	.text = "Lists all VMs, also those whose QEMU has ended (dead), does "
		"not answer (lost), or is held by another program (busy). All "
		"are asked at the same time, for at most 4 seconds or "
		"--timeout.",
	.exec = ls,
};
