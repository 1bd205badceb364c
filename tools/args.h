/*
 * Options are rows: usage, help, parsing and completion all walk the same
 * ones. Both before and after words; "--" ends them; --opt=value and
 * --opt value, -fFILE and -f FILE, -qv for -q -v. The last one given wins.
 */
#ifndef ARGS_H
#define ARGS_H

#include "err.h"

enum option_type {
	OPTION_FLAG, /* bool */
	OPTION_TEXT, /* const char * */
	OPTION_FILE, /* const char *; "-" is standard input */
	OPTION_FOLDER, /* const char * */
	OPTION_SOCKET, /* const char *, at most SOCKET_PATH_MAX bytes */
	OPTION_NUMBER, /* int64_t, from min to max */
	OPTION_BYTES, /* uint64_t, at least min */
	OPTION_CHOICE, /* int, an index into choices */
	OPTION_TYPES
};

/* What sun_path holds beside its NUL (unix(7)). */
#define SOCKET_PATH_MAX 107

/* An array of them ends with a row whose name is NULL. */
struct option_row {
	const char *name; /* without its dashes */
	char letter; /* 0: it has none */
	enum option_type type;
	size_t offset; /* of its member in what is filled */
	const char *argument; /* "FILE"; NULL for a flag */
	const char *help; /* one line */
	bool required;
	int64_t min, max;
	const char *const *choices; /* NULL-terminated */
};

/* Where the parser stands. */
struct args {
	char *const *argv;
	int argc, at;
	const char *letters; /* what is left of "-qv" */
	bool only_words; /* "--" was there */
};

struct args args_of(int argc, char *const *argv);

/*
 * Fills out by the rows of tables (which ends with NULL) up to the next word.
 * Returns 1 with the word, 0 at the end, -1 on an error, behind which the
 * caller may go on.
 */
int args_next(struct args *args, const struct option_row *const *tables,
    void *out, const char **word, struct err *e);

/* The row of a name or, with name NULL, of a letter; NULL: there is none. */
const struct option_row *option_find(const struct option_row *const *tables,
    const char *name, size_t length, char letter);

#endif
