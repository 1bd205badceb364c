/* template create: boots a VM and saves it. */

#include "creation.h"
#include "host.h"
#include "launch.h"
#include "outcome.h"
#include "output.h"
#include "template.h"
#include "text.h"

/* ---- --dry-run ---- */

/* For a shell: an option and its value a line. */
static void
print_shell(char *const *argv)
{
	size_t i;

	for (i = 0; argv[i]; i++) {
		_free_ char *quoted = shell_quote(argv[i]);
		bool plain = argv[i][0] &&
		    !argv[i][strspn(argv[i],
			"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			"0123456789-_=+./:,@%")];

		if (i > 0)
			fputs(argv[i][0] == '-' ? " \\\n  " : " ", stdout);
		fputs(plain ? argv[i] : quoted, stdout);
	}
	putchar('\n');
}

static void
print_json(char *const *argv)
{
	json_t *list = must(json_array());

	for (; *argv; argv++)
		json_array_append_new(list, text_json(*argv));
	output_json(must(json_pack("{s:o}", "argv", list)));
}

/* What QEMU would be started with. */
static enum status
dry_run(struct cli *cli, struct err *e)
{
	struct template_config config;
	char **argv;

	if (template_config_read(&config, cli->o.file, e) < 0)
		return STATUS_FAILED;
	argv = template_create_argv(cli->clock, cli->words[0], &config, e);
	template_config_release(&config);
	if (!argv)
		return STATUS_FAILED;
	if (output_is_json(cli))
		print_json(argv);
	else
		print_shell(argv);
	launch_free(argv);
	return STATUS_DONE;
}

/* ---- the command ---- */

static enum status
template_create(struct cli *cli, struct err *e)
{
	struct outcome outcome = { 0 };
	enum status status = STATUS_FAILED;

	if (cli->o.dry_run)
		return dry_run(cli, e);
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
	{ "dry-run", 0, OPTION_FLAG, OPTION(dry_run), NULL,
	    "print QEMU's command line, and make nothing" },
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
