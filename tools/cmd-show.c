/* show: all that there is to say of one VM. */

#include "facts.h"
#include "listing.h"
#include "output.h"
#include "session.h"
#include "text.h"

/* A VM that does not answer is shown as what is remembered of it. */
static json_t *
look_by_name(struct cli *cli, struct err *e)
{
	struct session *s =
	    session_find(cli, cli->vm, session_patience_ms(cli), e);
	json_t *facts;

	if (!s)
		return NULL;
	sessions_look(cli, &s, 1, session_patience_ms(cli));
	facts = facts_json(s);
	session_free(s);
	return facts;
}

static json_t *
look_by_socket(struct cli *cli, struct err *e)
{
	struct session *s = session_open(cli, e);
	json_t *facts = NULL;

	if (s && session_observe(s, e) == 0)
		facts = facts_json(s);
	session_free(s);
	return facts;
}

/* ---- for people ---- */

static const char *
member(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* "7.2.22, pc-q35-7.2, tcg, process 4711"; NULL when it was not asked. */
static char *
qemu_words(const json_t *qemu)
{
	const char *machine = member(qemu, "machine");
	const char *accel = member(qemu, "accel");
	const json_t *pid = json_object_get(qemu, "pid");
	_free_ char *process = json_is_integer(pid)
	    ? xasprintf(", process %d", (int)json_integer_value(pid))
	    : xstrdup("");

	if (!member(qemu, "version"))
		return NULL;
	return xasprintf("%s, %s, %s%s", member(qemu, "version"),
	    machine ? machine : "unknown machine",
	    accel ? accel : "unknown accelerator", process);
}

static char *
guest_words(const json_t *guest)
{
	const json_t *available = json_object_get(guest, "mem_available");
	_free_ char *bytes = text_bytes(available);
	const char *version = member(guest, "version");

	if (!json_is_true(json_object_get(guest, "agent")))
		return xstrdup("no agent answers");
	return xasprintf("agent %s%s%s%s", version ? version : "",
	    available ? ", " : "", available ? bytes : "",
	    available ? " of memory available" : "");
}

/* NULL when it is not known. */
static char *
sharing_words(const json_t *memory)
{
	const json_t *shared = json_object_get(memory, "shared");

	if (!json_is_boolean(shared))
		return NULL;
	return xstrdup(json_is_true(shared)
		? "shared: vhost-user backends can map it"
		: "private");
}

static void
print_facts(const json_t *facts)
{
	const struct pair pairs[] = {
		{ "name", xstrdup0(member(facts, "name")) },
		{ "state", xstrdup0(member(facts, "state")) },
		{ "error", xstrdup0(member(facts, "error")) },
		{ "template", xstrdup0(member(facts, "template")) },
		{ "QEMU", qemu_words(json_object_get(facts, "qemu")) },
		{ "guest", guest_words(json_object_get(facts, "guest")) },
		{ "memory", sharing_words(json_object_get(facts, "memory")) },
		{ "qmp", xstrdup0(member(facts, "qmp")) },
		{ "qga", xstrdup0(member(facts, "qga")) },
		{ "log", xstrdup0(member(facts, "log")) },
	};

	listing_pairs(pairs, ARRAY_SIZE(pairs));
	putchar('\n');
	listing_figures(facts);
	if (json_array_size(json_object_get(facts, "devices")) > 0) {
		putchar('\n');
		listing_devices(json_object_get(facts, "devices"));
	}
	if (json_array_size(json_object_get(facts, "buses")) > 0) {
		putchar('\n');
		listing_buses(json_object_get(facts, "buses"));
	}
}

static enum status
show(struct cli *cli, struct err *e)
{
	json_t *facts = cli->vm ? look_by_name(cli, e) : look_by_socket(cli, e);

	if (!facts)
		return STATUS_FAILED;
	if (output_is_json(cli)) {
		output_json(facts);
		return STATUS_DONE;
	}
	print_facts(facts);
	json_decref(facts);
	return STATUS_DONE;
}

static const struct argument arguments[] = {
	{ "VM", ARGUMENT_VM },
	{ NULL },
};

const struct command show_command = {
	.name = "show",
	.arguments = arguments,
	.help = "show what a VM has",
	.text = "Shows what a VM has: its QEMU, its guest, vCPUs and memory "
		"(desired, requested from QEMU, and confirmed by the guest), "
		"devices and buses. A VM whose QEMU has ended, or does not "
		"answer, is shown as well; its state says so.",
	.flags = COMMAND_VM,
	.exec = show,
};
