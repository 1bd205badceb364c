/*
 * JSON in is rows: a struct's members are named, typed and bounded by a table,
 * and one function walks it. An unknown key is an error that names it, where
 * it stands, and the nearest key that would be right.
 */
#ifndef DECODE_H
#define DECODE_H

#include "document.h"

/* How deep tables and decode_fns may go; deeper is a mistake of ours. */
#define DECODE_DEPTH_MAX 32

struct decode;

/* A member with a form of its own: sets its part of out, or says why not
 * (without the place: decode adds it, unless decode_error already did). */
typedef int decode_fn(
    struct decode *d, const json_t *v, void *member, struct err *e);
/* The same member as JSON again; NULL: it is left out. */
typedef json_t *encode_fn(const void *member);
/* The same for a member of a mapping whose keys are free. */
typedef int decode_member_fn(struct decode *d, const char *key, const json_t *v,
    void *out, struct err *e);

enum decode_type {
	DECODE_STRING, /* char *, owned; what was there is freed */
	DECODE_BOOL, /* bool */
	DECODE_INT, /* int64_t, within min and max */
	DECODE_BYTES, /* uint64_t, by units_json_bytes */
	DECODE_MIB, /* uint64_t bytes; a bare number, quoted or not, is MiB,
	               as in Kata */
	DECODE_ENUM, /* int, an index into names */
	DECODE_OBJECT, /* a nested struct by rows */
	DECODE_ANY, /* json_t *, a new reference */
	DECODE_FN, /* fn decides */
	DECODE_IGNORE, /* a key that is known and means nothing to us */
	DECODE_TYPES
};

struct decode_row {
	const char *key;
	enum decode_type type;
	size_t offset;
	bool required;
	int64_t min, max; /* DECODE_INT; both 0: any */
	const char *const *names; /* DECODE_ENUM, NULL-terminated */
	const struct decode_row *rows; /* DECODE_OBJECT, key NULL ends */
	decode_fn *fn; /* DECODE_FN */
	encode_fn *encode; /* DECODE_FN, where the rows are encoded too */
	const char *help; /* one line, for --help and man pages */
};

/* Ends rows, as { NULL } does, and lets keys that are not in them pass. */
#define DECODE_OTHERS_PASS                         \
	{                                          \
		.key = NULL, .type = DECODE_IGNORE \
	}

/* doc may be NULL (values that come from no file): places are then paths
 * only. It is borrowed. */
struct decode *decode_new(const struct document *doc);
void decode_free(struct decode *d);

/*
 * Fills out (zeroed by the caller, with its defaults set) from object v by
 * rows. A member that is null counts as absent, as in Kubernetes. An error
 * reads "FILE:LINE:COLUMN: spec.devices[0].image: …". What was filled before
 * an error stays in out: the caller releases it.
 */
int decode_object(struct decode *d, const json_t *v,
    const struct decode_row *rows, void *out, struct err *e);
/* The way back: an object that decodes to what is in the struct. Strings and
 * values that are NULL are left out. */
json_t *encode_object(const struct decode_row *rows, const void *in);
/* Calls fn with out for each item of list v. */
int decode_list(
    struct decode *d, const json_t *v, decode_fn *fn, void *out, struct err *e);
/* Calls fn with out for each member of mapping v. */
int decode_members(struct decode *d, const json_t *v, decode_member_fn *fn,
    void *out, struct err *e);
/* Whether v has a type (JSON_TRUE stands for both booleans); if not, an error
 * "a list is wanted, not a string". */
int decode_expect(
    struct decode *d, const json_t *v, json_type type, struct err *e);

/* Walks from parent, a value of the document, into a member or an item, so
 * that errors name it. key is borrowed until decode_pop. */
void decode_push_key(struct decode *d, const json_t *parent, const char *key);
void decode_push_index(struct decode *d, const json_t *parent, size_t index);
void decode_pop(struct decode *d);

/* An error at what was pushed last, with its place and path; always -1. */
PRINTF(3, 4)
int decode_error(struct decode *d, struct err *e, const char *fmt, ...);
/* "pod.yaml:12:3: spec.devices[0]", as errors begin; the caller frees. */
char *decode_place(const struct decode *d);

/* The row nearest to a wrong key, or NULL: for "did you mean". */
const char *decode_nearest(const struct decode_row *rows, const char *key);

#endif
