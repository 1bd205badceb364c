/* The command line of qmpd: parses it, finds the command, runs it. */

#include "clock.h"
#include "device.h"
#include "nearest.h"
#include "output.h"
#include "places.h"
#include "quote.h"
#include "spec.h"
#include <assert.h>
#include <signal.h>

/* ---- checks of words ---- */

typedef int check_fn(const char *word, struct err *e);

static int
check_vm(const char *word, struct err *e)
{
	return place_check_name("vm", word, e);
}

static int
check_template(const char *word, struct err *e)
{
	return place_check_name("template", word, e);
}

static int
check_device_type(const char *word, struct err *e)
{
	struct nearest near = nearest_to(word);
	size_t i;

	for (i = 0; device_types[i]; i++) {
		if (str_eq(device_types[i]->name, word))
			return 0;
		nearest_try(&near, device_types[i]->name);
	}
	return err_set(e, "unknown device type \"%s\"; %s%s", quote(word).text,
	    near.found ? "did you mean " : "see qmpctl device add --help",
	    near.found ? near.found : "");
}

static int
check_device_id(const char *word, struct err *e)
{
	if (spec_id_valid(word))
		return 0;
	return err_set(e,
	    "device id \"%s\": a letter, then at most %d letters, digits, _ "
	    "and - are wanted",
	    quote(word).text, SPEC_ID_MAX - 1);
}

static check_fn *const checks[] = {
	[ARGUMENT_TEXT] = NULL,
	[ARGUMENT_VM] = check_vm,
	[ARGUMENT_NAME] = check_vm,
	[ARGUMENT_TEMPLATE] = check_template,
	[ARGUMENT_DEVICE_TYPE] = check_device_type,
	[ARGUMENT_DEVICE_ID] = check_device_id,
};
static_assert(ARRAY_SIZE(checks) == ARGUMENT_KINDS, "an entry each");

/* Each word by its row; too few and too many are told. */
static int
check_words(const struct cli *cli, const struct argument *a, struct err *e)
{
	size_t i;

	for (i = 0; i < cli->words_n; i++) {
		if (!a || !a->name)
			return err_set(e, "\"%s\" is one argument too many",
			    quote(cli->words[i]).text);
		if (checks[a->kind] && checks[a->kind](cli->words[i], e) < 0)
			return -1;
		if (!a->repeats)
			a++;
	}
	if (a && a->name && !a->optional && !a->repeats)
		return err_set(e, "%s is missing", a->name);
	return 0;
}

/* Options without which the command means nothing. */
static int
check_required(const struct cli *cli, struct err *e)
{
	const struct option_row *row = cli->command->options;

	for (; row && row->name; row++) {
		const void *member = (const char *)&cli->o + row->offset;

		if (row->required && !*(const char *const *)member)
			return err_set(
			    e, "-%c %s is missing", row->letter, row->argument);
	}
	return 0;
}

/* The VM of a command that has one: by its name, or by its sockets. */
static int
take_vm(struct cli *cli, struct err *e)
{
	const struct argument *a = cli->command->arguments;

	if (!(cli->command->flags & COMMAND_VM))
		return check_words(cli, a, e);
	if (cli->o.qga && !cli->o.qmp)
		return err_set(e, "--qga goes with --qmp");
	if (cli->o.qmp)
		return check_words(cli, a + 1, e);
	if (check_words(cli, a, e) < 0)
		return -1;
	if (cli->words_n > 0) {
		cli->vm = cli->words[0];
		cli->words++;
		cli->words_n--;
	}
	return 0;
}

/* ---- parsing ---- */

/* The command's words; in a group there are two. A word too many shows
 * nothing more than that the first does not fit. */
struct name {
	const char *word, *second;
	const struct group *group;
};

static int
find_command(struct cli *cli, const struct name *name, struct err *e)
{
	cli->command = command_find(name->word, name->second);
	if (cli->command)
		return 0;
	if (!name->group)
		return command_unknown(name->word, NULL, e);
	if (!name->second)
		return err_set(e, "%s: a command is missing", name->word);
	return command_unknown(name->second, name->group, e);
}

/* A word is a part of the command's name, or an argument. */
static int
take_word(struct cli *cli, struct name *name, const char *word, struct err *e)
{
	if (cli->command) {
		cli->words[cli->words_n++] = word;
		return 0;
	}
	if (!name->word) {
		name->word = word;
		name->group = group_find(word);
		return name->group ? 0 : find_command(cli, name, e);
	}
	if (name->second || !name->group)
		return 0; /* the name was told to be unknown */
	name->second = word;
	return find_command(cli, name, e);
}

/* All of the line is read, also behind an error: -o and --help count
 * wherever they stand. The first error is kept. */
static int
parse(struct cli *cli, struct name *name, int argc, char **argv, struct err *e)
{
	struct args args = args_of(argc, argv);
	int rc, result = 0;

	do {
		const struct option_row *tables[OPTION_TABLES];
		const char *word;
		struct err first;

		command_options(cli->command, tables);
		rc = args_next(&args, tables, &cli->o, &word, &first);
		if (rc == 1 && take_word(cli, name, word, &first) < 0)
			rc = -1;
		if (rc == -1 && result == 0)
			result = err_set(e, "%s", first.text);
	} while (rc != 0);
	return result;
}

static int
check(struct cli *cli, const struct name *name, struct err *e)
{
	if (!name->word)
		return err_set(e, "a command is missing");
	if (!cli->command)
		return find_command(cli, name, e);
	if (take_vm(cli, e) < 0)
		return -1;
	return check_required(cli, e);
}

/* ---- running ---- */

static enum status
print_help(const struct cli *cli, const struct name *name)
{
	if (cli->command)
		usage_command(cli->command, stdout);
	else if (name->group)
		usage_group(name->group, stdout);
	else
		usage_program(stdout);
	return STATUS_DONE;
}

static enum status
usage_error(const struct cli *cli, const struct name *name, const char *text)
{
	output_error(cli, text);
	if (cli->command)
		usage_synopsis(cli->command, stderr);
	else if (name->group)
		usage_group(name->group, stderr);
	else if (!name->word)
		usage_program(stderr);
	else
		fputs("See qmpctl --help.\n", stderr);
	return STATUS_USAGE;
}

/* A folder of the environment is relative to where we are now, also for the
 * programs that we start. */
static int
set_folder(const char *variable, const char *given, struct err *e)
{
	const char *path = given ? given : getenv(variable);
	_free_ char *here = NULL, *absolute = NULL;

	if (!path || !*path)
		return 0;
	if (*path == '/')
		return setenv(variable, path, 1);
	here = getcwd(NULL, 0);
	if (!here)
		return err_errno(e, "the current folder");
	absolute = xasprintf("%s/%s", here, path);
	return setenv(variable, absolute, 1);
}

static enum status
execute(struct cli *cli)
{
	struct err e = { "" };
	enum status status = STATUS_FAILED;

	cli->clock = clock_new();
	if (set_folder("QMPD_STATE_DIR", cli->o.state_dir, &e) == 0 &&
	    set_folder("QMPD_TEMPLATE_DIR", cli->o.template_dir, &e) == 0)
		status = cli->command->exec(cli, &e);
	if (*e.text)
		output_error(cli, e.text);
	clock_free(cli->clock);
	return status;
}

static enum status
run(struct cli *cli, int argc, char **argv)
{
	struct name name = { NULL };
	struct err e = { "" };
	int rc = parse(cli, &name, argc, argv, &e);

	if (cli->o.help)
		return print_help(cli, &name);
	if (cli->o.version && rc == 0) {
		cli->command = command_find("version", NULL);
		return cli->command->exec(cli, &e);
	}
	if (rc < 0 || check(cli, &name, &e) < 0)
		return usage_error(cli, &name, e.text);
	return execute(cli);
}

int
main(int argc, char **argv)
{
	_free_ const char **words = xcalloc((size_t)argc, sizeof(*words));
	struct cli cli = { .words = words };

	/* A plan goes on to its end whoever stops reading. */
	signal(SIGPIPE, SIG_IGN);
	return (int)output_finish(run(&cli, argc, argv));
}
