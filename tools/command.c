/* The table of all commands, and how one is found. */

#include "command.h"
#include "nearest.h"
#include "quote.h"

/* In the order in which they are needed. */
const struct command *const commands[] = {
	&template_create_command,
	&template_ls_command,
	&template_show_command,
	&template_rm_command,
	&template_verify_command,
	&clone_command,
	&ls_command,
	&show_command,
	&rm_command,
	&size_command,
	&plan_command,
	&apply_command,
	&resize_command,
	&device_add_command,
	&device_rm_command,
	&device_ls_command,
	&qmp_command,
	&version_command,
	NULL,
};

const struct group groups[] = {
	{ "template", "VMs that were booted once and saved, to be cloned." },
	{ "device", "The devices of a VM." },
	{ NULL },
};

static const char *const outputs[] = {
	[OUTPUT_TABLE] = "table",
	[OUTPUT_JSON] = "json",
	NULL,
};

const struct option_row global_options[] = {
	{ "output", 'o', OPTION_CHOICE, OPTION(output), "FORMAT",
	    "table (for people, the default) or json", .choices = outputs },
	{ "timeout", 0, OPTION_NUMBER, OPTION(timeout), "SECONDS",
	    "how long to wait for the guest, or for another qmpctl (10)",
	    .min = 1, .max = 86400 },
	{ "verbose", 'v', OPTION_FLAG, OPTION(verbose), NULL,
	    "show each step, and what is said to QEMU and the agent" },
	{ "quiet", 'q', OPTION_FLAG, OPTION(quiet), NULL,
	    "print no progress and no summary" },
	{ "state-dir", 0, OPTION_FOLDER, OPTION(state_dir), "DIR",
	    "where VMs are kept (QMPD_STATE_DIR)" },
	{ "template-dir", 0, OPTION_FOLDER, OPTION(template_dir), "DIR",
	    "where templates are kept (QMPD_TEMPLATE_DIR)" },
	{ "help", 'h', OPTION_FLAG, OPTION(help), NULL, "print this" },
	{ "version", 'V', OPTION_FLAG, OPTION(version), NULL,
	    "print the version" },
	{ NULL },
};

const struct option_row vm_options[] = {
	{ "qmp", 0, OPTION_SOCKET, OPTION(qmp), "SOCKET",
	    "in place of VM: the monitor of any QEMU" },
	{ "qga", 0, OPTION_SOCKET, OPTION(qga), "SOCKET",
	    "with --qmp: its guest agent" },
	{ NULL },
};

/* Whether name is "word", or "word second". */
static bool
is_named(const char *name, const char *word, const char *second)
{
	size_t n = strlen(word);

	if (!second)
		return str_eq(name, word);
	return strncmp(name, word, n) == 0 && name[n] == ' ' &&
	    str_eq(name + n + 1, second);
}

const struct command *
command_find(const char *word, const char *second)
{
	size_t i;

	for (i = 0; commands[i]; i++)
		if (is_named(commands[i]->name, word, second))
			return commands[i];
	return NULL;
}

const struct group *
group_find(const char *word)
{
	size_t i;

	for (i = 0; groups[i].name; i++)
		if (str_eq(groups[i].name, word))
			return &groups[i];
	return NULL;
}

void
command_options(const struct command *command,
    const struct option_row *tables[OPTION_TABLES])
{
	size_t n = 0;

	if (command && command->options)
		tables[n++] = command->options;
	if (command && command->flags & COMMAND_VM)
		tables[n++] = vm_options;
	tables[n++] = global_options;
	tables[n] = NULL;
}

/* What stands behind the group's name, or NULL. */
static const char *
behind(const char *name, const struct group *group)
{
	size_t n = strlen(group->name);

	return strncmp(name, group->name, n) == 0 && name[n] == ' '
	    ? name + n + 1
	    : NULL;
}

int
command_unknown(const char *word, const struct group *group, struct err *e)
{
	struct nearest near = nearest_to(word);
	size_t i;

	for (i = 0; commands[i]; i++) {
		const char *name = group ? behind(commands[i]->name, group)
					 : commands[i]->name;

		if (name)
			nearest_try(&near, name);
	}
	for (i = 0; !group && groups[i].name; i++)
		nearest_try(&near, groups[i].name);
	return err_set(e, "unknown command \"%s%s%s\"%s%s%s",
	    group ? group->name : "", group ? " " : "", quote(word).text,
	    near.found ? "; did you mean \"" : "", near.found ? near.found : "",
	    near.found ? "\"?" : "");
}
