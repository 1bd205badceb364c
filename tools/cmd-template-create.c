/* template create: boots a VM and saves it. */

#include "creation.h"
#include "outcome.h"

static enum status
template_create(struct cli *cli, struct err *e)
{
	struct outcome outcome = { 0 };
	enum status status = STATUS_FAILED;

	if (creation_run(cli, cli->words[0], cli->o.file, &outcome, e) == 0) {
		creation_print(cli, cli->words[0], &outcome);
		status = outcome_status(&outcome);
	}
	outcome_release(&outcome);
	return status;
}

static const struct argument arguments[] = {
	{ "NAME", ARGUMENT_TEMPLATE },
	{ NULL },
};

static const struct option_row options[] = {
	{ "file", 'f', OPTION_FILE, OPTION(file), "FILE",
	    "the template file, in YAML or JSON; - is standard input",
	    .required = true },
	{ "boot-timeout", 0, OPTION_NUMBER, OPTION(boot_timeout), "SECONDS",
	    "how long the guest may take to boot (120)", .min = 1,
	    .max = 86400 },
	{ NULL },
};

const struct command template_create_command = {
	.name = "template create",
	.arguments = arguments,
	.help = "boot a VM and save it as a template",
	.text = "Boots a VM as the template file says, waits for its guest "
		"agent, pauses it, and saves its memory and its state, from "
		"which clones start.",
	.options = options,
	.exec = template_create,
};
