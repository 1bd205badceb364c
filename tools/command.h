/*
 * Commands are rows: each file cmd-*.c has its own, command.c the table of
 * all. Usage, help, parsing and completion walk the same rows.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include "args.h"

struct clock;

/* The contract's exit status. */
enum status {
	STATUS_DONE = 0,
	STATUS_FAILED = 1,
	STATUS_USAGE = 2,
	STATUS_PARTIAL = 3, /* or pending */
	STATUS_LOST = 4,
	STATUS_CHANGES = 2, /* plan --detailed-exitcode */
};

enum output { OUTPUT_TABLE, OUTPUT_JSON };

/* What options fill; 0 and NULL: not given. */
struct options {
	/* Every command. */
	int output;
	int64_t timeout; /* seconds */
	bool verbose, quiet, help, version;
	const char *state_dir, *template_dir;
	/* Those that take a VM. */
	const char *qmp, *qga;
	/* Some of them. */
	const char *file;
	const char *template, *template_file;
	int memory_sharing; /* enum memory_sharing */
	int64_t cpus, boot_timeout;
	uint64_t memory;
	bool detailed_exitcode, force, agent, fetch_only, dry_run;
};

#define OPTION(member) offsetof(struct options, member)

/* What a word may be; each kind has a check of its own. */
enum argument_kind {
	ARGUMENT_TEXT,
	ARGUMENT_VM, /* one that is there, by its name */
	ARGUMENT_NAME, /* one that is to be */
	ARGUMENT_TEMPLATE,
	ARGUMENT_DEVICE_TYPE,
	ARGUMENT_DEVICE_ID, /* of a device that is to be */
	ARGUMENT_KINDS
};

struct argument {
	const char *name; /* "VM"; NULL ends */
	enum argument_kind kind;
	bool optional;
	bool repeats; /* the last one: any number, also none */
};

enum command_flag {
	/* The first argument is a VM, and --qmp may stand in its place. */
	COMMAND_VM = 1 << 0,
};

/* A command line, parsed. */
struct cli {
	const struct command *command;
	struct options o;
	const char **words; /* without the VM of a COMMAND_VM */
	size_t words_n;
	const char *vm; /* NULL: none, or by sockets */
	struct clock *clock;
	bool interrupted;
};

/* A sentence in e is printed by the caller; without one all is said. */
typedef enum status command_fn(struct cli *cli, struct err *e);

struct command {
	const char *name; /* "apply", "template create" */
	const struct argument *arguments;
	const char *help; /* a few words */
	const char *text; /* sentences */
	const struct option_row *options; /* its own; NULL: none */
	unsigned flags;
	command_fn *exec;
	void (*more)(FILE *file); /* what else --help shows, or NULL */
};

/* Commands whose names have two words. */
struct group {
	const char *name;
	const char *help;
};

extern const struct command apply_command, clone_command, device_add_command,
    device_ls_command, device_rm_command, ls_command, plan_command, qmp_command,
    resize_command, rm_command, show_command, size_command,
    template_create_command, template_ls_command, template_rm_command,
    template_show_command, template_verify_command, version_command;

/* Both end with NULL. */
extern const struct command *const commands[];
extern const struct group groups[];

/* Options of every command, and of those that take a VM. */
extern const struct option_row global_options[];
extern const struct option_row vm_options[];

/* By its first word and, in a group, its second (else NULL). */
const struct command *command_find(const char *word, const char *second);
const struct group *group_find(const char *word);
/* The command's options, tables ends with NULL. */
#define OPTION_TABLES 4
void command_options(const struct command *command,
    const struct option_row *tables[OPTION_TABLES]);
/* "unknown command …; did you mean …?" */
int command_unknown(const char *word, const struct group *group, struct err *e);

/* ---- usage.c ---- */

void usage_program(FILE *file);
void usage_group(const struct group *group, FILE *file);
void usage_command(const struct command *command, FILE *file);
/* Only how it is called. */
void usage_synopsis(const struct command *command, FILE *file);
/* Words behind a column, wrapped before column 80. */
void usage_wrap(FILE *file, int column, int indent, const char *text);

#endif
