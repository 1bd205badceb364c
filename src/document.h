/*
 * A file of YAML or JSON, as JSON values that remember where they stood.
 * What is valid JSON is read as JSON; all else as YAML 1.2's core schema.
 */
#ifndef DOCUMENT_H
#define DOCUMENT_H

#include "err.h"
#include <jansson.h>

/* Named maxima: file size, nesting, values after aliases are expanded. */
#define DOCUMENT_BYTES_MAX (4 * MIB)
#define DOCUMENT_DEPTH_MAX 64
#define DOCUMENT_NODES_MAX 100000

struct document;

/* Both from 1; a column is a character, not a byte. */
struct document_place {
	unsigned line, column;
};

/*
 * Reads exactly one document ("-" is standard input). Scalars take the type
 * of YAML 1.2's core schema (plain true/false/null/integers/floats; quoted is
 * always a string); keys are always strings. Errors "FILE:LINE:COLUMN: …": a
 * duplicate key, a key that is not a scalar, a merge key (<<), a second
 * document, a tag that is not core, an integer beyond int64, .inf and .nan,
 * an alias bomb, bytes that are not UTF-8, and a NUL.
 */
struct document *document_read(const char *path, struct err *e);
/* The same from memory; name stands in for the path in errors. */
struct document *document_parse(
    const char *name, const char *text, size_t size, struct err *e);
void document_free(struct document *doc);

/* Borrowed, lives as long as doc. */
json_t *document_root(const struct document *doc);
const char *document_name(const struct document *doc);

/*
 * Where a value stands: the member key of an object, the item index of a list
 * (key NULL), or with parent NULL the root. It goes by the parent because
 * true, false and null are the same json_t everywhere. What came by an alias
 * stands where it was written. NULL when it is not from this document.
 */
const struct document_place *document_value_place(const struct document *doc,
    const json_t *parent, const char *key, size_t index);
/* Where the key itself of an object's member stands. */
const struct document_place *document_key_place(
    const struct document *doc, const json_t *object, const char *key);

#endif
