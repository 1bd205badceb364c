/* qmp: one command, as it is. */

#include "output.h"
#include "session.h"
#include "text.h"
#include "vm.h"

struct answer {
	bool here;
	enum qmp_outcome outcome;
	json_t *value;
	char class[64], text[ERR_MAX];
};

static void
on_reply(void *arg, const struct qmp_reply *reply)
{
	struct answer *a = arg;

	a->here = true;
	a->outcome = reply->outcome;
	if (reply->outcome == QMP_RETURN) {
		a->value = json_incref(reply->value);
		return;
	}
	snprintf(a->class, sizeof(a->class), "%s",
	    reply->error_class ? reply->error_class : "");
	snprintf(a->text, sizeof(a->text), "%s", reply->text);
}

static bool
is_here(void *arg)
{
	const struct answer *a = arg;

	return a->here;
}

/* {execute, arguments?} from the words; NULL on error. */
static json_t *
command_of(const struct cli *cli, struct err *e)
{
	const char *text = cli->words_n > 1 ? cli->words[1] : NULL;
	json_t *name = json_string(cli->words[0]);
	json_error_t where;
	json_t *object;

	if (!name) {
		err_set(e, "the command's name is not UTF-8");
		return NULL;
	}
	if (!text)
		return must(json_pack("{s:o}", "execute", name));
	object = json_loads(text, JSON_REJECT_DUPLICATES, &where);
	if (json_is_object(object))
		return must(json_pack(
		    "{s:o, s:o}", "execute", name, "arguments", object));
	err_set(e, "arguments: %s",
	    object ? "a JSON object is wanted" : where.text);
	json_decref(object);
	json_decref(name);
	return NULL;
}

static struct qmp *
link_of(const struct cli *cli, const struct session *s, struct err *e)
{
	struct qmp *link =
	    cli->o.agent ? vm_agent(session_vm(s)) : vm_monitor(session_vm(s));

	if (!link)
		err_set(e,
		    "vm %s: its guest agent's socket is not known; "
		    "--qga SOCKET says it",
		    session_name(s));
	return link;
}

/* An agent that does not answer may have done it; a monitor is gone. */
static enum status
print_failure(const struct cli *cli, const struct answer *a)
{
	const char *who = cli->o.agent ? "the guest agent" : "QEMU";
	bool refused = a->outcome == QMP_ERROR;
	const char *result = refused ? "failed"
	    : cli->o.agent           ? "pending"
				     : "lost";
	json_t *json = must(json_pack(
	    "{s:s, s:o}", "result", result, "error", text_json(a->text)));

	if (*a->class)
		json_object_set_new(json, "error_class", text_json(a->class));
	if (output_is_json(cli))
		output_json(json);
	else
		json_decref(json);
	if (refused)
		output_complain(
		    "%s: %s: %s: %s", cli->words[0], who, a->class, a->text);
	else
		output_complain("%s: no answer from %s: %s; it may have "
				"happened",
		    cli->words[0], who, a->text);
	if (refused)
		return STATUS_FAILED;
	return cli->o.agent ? STATUS_PARTIAL : STATUS_LOST;
}

static enum status
send(struct cli *cli, struct session *s, json_t *command, struct err *e)
{
	struct qmp *link = link_of(cli, s, e);
	struct answer a = { 0 };

	if (!link) {
		json_decref(command);
		return STATUS_FAILED;
	}
	qmp_call(link, command, -1, on_reply, &a);
	clock_run(cli->clock, is_here, &a);
	if (!a.value)
		return print_failure(cli, &a);
	output_json(a.value);
	return STATUS_DONE;
}

static enum status
qmp(struct cli *cli, struct err *e)
{
	json_t *command = command_of(cli, e);
	struct session *s;
	enum status status = STATUS_FAILED;

	if (!command)
		return STATUS_USAGE;
	s = session_open(cli, e);
	if (s)
		status = send(cli, s, command, e);
	else
		json_decref(command);
	session_free(s);
	return status;
}

static const struct argument arguments[] = {
	{ "VM", ARGUMENT_VM },
	{ "COMMAND", ARGUMENT_TEXT },
	{ "JSON", ARGUMENT_TEXT, .optional = true },
	{ NULL },
};

static const struct option_row options[] = {
	{ "agent", 0, OPTION_FLAG, OPTION(agent), NULL,
	    "send it to the guest agent instead of QEMU" },
	{ NULL },
};

const struct command qmp_command = {
	.name = "qmp",
	.arguments = arguments,
	.help = "send one QMP command",
	.text = "Sends one command to QEMU's monitor or to the guest agent, as "
		"it is, and prints what it returns. JSON is an object with its "
		"arguments. What is changed in this way is seen, but not "
		"undone, by the other commands.",
	.options = options,
	.flags = COMMAND_VM,
	.exec = qmp,
};
