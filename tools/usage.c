/* What --help prints, from the rows. */

#include "command.h"

#define WIDTH 79
#define HELP_COLUMN 26

/* A word, or a pair of brackets with all that is in it. */
static int
word_length(const char *text)
{
	const char *end = *text == '[' ? strchr(text, ']') : NULL;

	return (int)(end ? end + 1 - text : (long)strcspn(text, " "));
}

void
usage_wrap(FILE *file, int column, int indent, const char *text)
{
	while (*text) {
		int n = word_length(text);

		if (column > indent && column + 1 + n > WIDTH) {
			fprintf(file, "\n%*s", indent, "");
			column = indent;
		} else if (column > indent) {
			fputc(' ', file);
			column++;
		}
		fprintf(file, "%.*s", n, text);
		column += n;
		text += n + (text[n] == ' ');
	}
	fputc('\n', file);
}

/* Text that begins in the help's column, or on a line of its own there. */
static void
print_help(FILE *file, int column, const char *text)
{
	if (column + 2 > HELP_COLUMN) {
		fputc('\n', file);
		column = 0;
	}
	fprintf(file, "%*s", HELP_COLUMN - column, "");
	usage_wrap(file, HELP_COLUMN, HELP_COLUMN, text);
}

static void
print_options(FILE *file, const char *head, const struct option_row *row)
{
	fprintf(file, "\n%s\n", head);
	for (; row->name; row++) {
		char letter[] = { '-', row->letter, ',', '\0' };
		int n =
		    fprintf(file, "  %3s --%s%s%s", row->letter ? letter : "",
			row->name, row->argument ? " " : "",
			row->argument ? row->argument : "");

		print_help(file, n, row->help);
	}
}

/* ---- how a command is called ---- */

/* "[--cpus N]", "-f FILE". */
static char *
option_words(const struct option_row *row)
{
	_free_ char *name = row->letter ? xasprintf("-%c", row->letter)
					: xasprintf("--%s", row->name);

	return xasprintf("%s%s%s%s%s", row->required ? "" : "[", name,
	    row->argument ? " " : "", row->argument ? row->argument : "",
	    row->required ? "" : "]");
}

static char *
argument_words(const struct argument *a)
{
	if (a->repeats)
		return xasprintf("[%s...]", a->name);
	return a->optional ? xasprintf("[%s]", a->name) : xstrdup(a->name);
}

static void
append(char **text, const char *more)
{
	char *longer = xasprintf("%s%s%s", *text, **text ? " " : "", more);

	free(*text);
	*text = longer;
}

/* The arguments and options, with the VM or, by sockets, without. */
static char *
synopsis(const struct command *command, bool sockets)
{
	const struct argument *a = command->arguments;
	const struct option_row *row = command->options;
	char *text = xstrdup("");

	if (sockets) {
		append(&text, "--qmp SOCKET [--qga SOCKET]");
		a++;
	}
	for (; a && a->name; a++) {
		_free_ char *words = argument_words(a);

		append(&text, words);
	}
	for (; row && row->name; row++) {
		_free_ char *words = option_words(row);

		append(&text, words);
	}
	return text;
}

static void
print_synopsis(
    FILE *file, const struct command *command, const char *begin, bool sockets)
{
	_free_ char *text = synopsis(command, sockets);
	int n = fprintf(
	    file, "%s qmpctl %s%s", begin, command->name, *text ? " " : "");

	usage_wrap(file, n, n, text);
}

void
usage_synopsis(const struct command *command, FILE *file)
{
	print_synopsis(file, command, "usage:", false);
	if (command->flags & COMMAND_VM)
		print_synopsis(file, command, "      ", true);
}

/* ---- the three kinds of help ---- */

void
usage_command(const struct command *command, FILE *file)
{
	usage_synopsis(command, file);
	fputc('\n', file);
	usage_wrap(file, 0, 0, command->text);
	if (command->options)
		print_options(file, "Options:", command->options);
	if (command->flags & COMMAND_VM)
		print_options(
		    file, "Any QEMU instead of a VM by name:", vm_options);
	print_options(file, "Options of every command:", global_options);
	if (command->more)
		command->more(file);
	fputs("\nSee qmpctl(1) for all of it.\n", file);
}

static void
print_command(FILE *file, const struct command *command)
{
	print_help(file, fprintf(file, "  %s", command->name), command->help);
}

void
usage_group(const struct group *group, FILE *file)
{
	size_t i, n = strlen(group->name);

	fprintf(file, "usage: qmpctl %s COMMAND\n\n%s\n\n", group->name,
	    group->help);
	for (i = 0; commands[i]; i++)
		if (strncmp(commands[i]->name, group->name, n) == 0 &&
		    commands[i]->name[n] == ' ')
			print_command(file, commands[i]);
	fprintf(file, "\nSee qmpctl %s COMMAND --help.\n", group->name);
}

void
usage_program(FILE *file)
{
	size_t i;

	fputs("usage: qmpctl COMMAND [ARGUMENT...] [OPTION...]\n\n"
	      "Clones QEMU virtual machines from templates, and fits them to "
	      "the pods they\ncarry while they run.\n\nCommands:\n",
	    file);
	for (i = 0; commands[i]; i++)
		print_command(file, commands[i]);
	print_options(file, "Options of every command:", global_options);
	fputs("\nExit status: 0 done, 1 failed, 2 usage, 3 partial or pending, "
	      "4 lost.\nSee qmpctl COMMAND --help, and qmpctl(1).\n",
	    file);
}
