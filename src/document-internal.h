/*
 * Between document.c, which keeps the values and their places, and the two
 * readers that fill it.
 */
#ifndef DOCUMENT_INTERNAL_H
#define DOCUMENT_INTERNAL_H

#include "document.h"

struct document {
	char *name;
	json_t *root;
	void *spots; /* tsearch(3) tree of struct spot */
	size_t nodes;
};

/* One value: who holds it, and where it and its key stand. */
struct spot {
	const json_t *parent;
	const char *key; /* "" in a list */
	size_t index;
	struct document_place key_place, value_place;
};

/* An error at a place; always -1. */
PRINTF(4, 5)
int document_error(const struct document *doc, struct document_place at,
    struct err *e, const char *fmt, ...);
/* Counts a value; an error at a place when there are too many. */
int document_count(
    struct document *doc, struct document_place at, struct err *e);
/* Remembers a place; the key is copied. */
void document_keep_spot(struct document *doc, const struct spot *spot);
/* Both, for a value that stands where it was written. */
int document_add_spot(
    struct document *doc, const struct spot *spot, struct err *e);
const struct spot *document_find_spot(const struct document *doc,
    const json_t *parent, const char *key, size_t index);
/* An error when depth is more than the maximum. */
int document_check_depth(const struct document *doc, unsigned depth,
    struct document_place at, struct err *e);

/* Sets doc->root from text, which is YAML. */
int document_read_yaml(
    struct document *doc, const char *text, size_t size, struct err *e);
/* Adds the places of doc->root, which was read from text, valid JSON. */
int document_place_json(
    struct document *doc, const char *text, size_t size, struct err *e);

/* A deep copy of v, a value of doc whose copy will stand depth levels deep,
 * with the places of its parts. at is where an error stands: the alias. */
json_t *document_expand(struct document *doc, json_t *v, unsigned depth,
    struct document_place at, struct err *e);

/* What a plain scalar is by the core schema; NULL: no JSON value can be it. */
json_t *document_scalar(const char *text, struct err *e);

#endif
