/*
 * Keeps a document's values and their places, and chooses the reader. Places
 * are found by parent and key, because jansson's true, false and null are
 * single objects.
 */
#include "document-internal.h"
#include <fcntl.h>
#include <search.h>

int
document_error(const struct document *doc, struct document_place at,
    struct err *e, const char *fmt, ...)
{
	char what[ERR_MAX / 2];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return err_set(e, "%s:%u:%u: %s", doc->name, at.line, at.column, what);
}

/* The order of the tree; any total order does. */
static int
compare_spots(const void *a, const void *b)
{
	const struct spot *x = a, *y = b;

	if (x->parent != y->parent)
		return (uintptr_t)x->parent < (uintptr_t)y->parent ? -1 : 1;
	if (x->index != y->index)
		return x->index < y->index ? -1 : 1;
	return strcmp(x->key, y->key);
}

/* A copy that owns its key. */
static struct spot *
copy_spot(const struct spot *spot)
{
	const char *key = spot->key ? spot->key : "";
	size_t size = strlen(key) + 1;
	struct spot *copy = xcalloc(1, sizeof(*copy) + size);

	*copy = *spot;
	copy->key = memcpy(copy + 1, key, size);
	return copy;
}

int
document_count(struct document *doc, struct document_place at, struct err *e)
{
	if (++doc->nodes <= DOCUMENT_NODES_MAX)
		return 0;
	return document_error(doc, at, e,
	    "more than %d values, aliases expanded", DOCUMENT_NODES_MAX);
}

void
document_keep_spot(struct document *doc, const struct spot *spot)
{
	must(tsearch(copy_spot(spot), &doc->spots, compare_spots));
}

int
document_add_spot(struct document *doc, const struct spot *spot, struct err *e)
{
	if (document_count(doc, spot->value_place, e) < 0)
		return -1;
	document_keep_spot(doc, spot);
	return 0;
}

const struct spot *
document_find_spot(const struct document *doc, const json_t *parent,
    const char *key, size_t index)
{
	struct spot want = { parent, key ? key : "", key ? 0 : index };
	struct spot *const *found = tfind(&want, &doc->spots, compare_spots);

	return found ? *found : NULL;
}

int
document_check_depth(const struct document *doc, unsigned depth,
    struct document_place at, struct err *e)
{
	if (depth <= DOCUMENT_DEPTH_MAX)
		return 0;
	return document_error(
	    doc, at, e, "nested deeper than %d levels", DOCUMENT_DEPTH_MAX);
}

const struct document_place *
document_value_place(const struct document *doc, const json_t *parent,
    const char *key, size_t index)
{
	const struct spot *spot = document_find_spot(doc, parent, key, index);

	return spot ? &spot->value_place : NULL;
}

const struct document_place *
document_key_place(
    const struct document *doc, const json_t *object, const char *key)
{
	const struct spot *spot = document_find_spot(doc, object, key, 0);

	return spot ? &spot->key_place : NULL;
}

/* Whether text may be JSON at all: a mapping or a list in brackets. */
static bool
looks_like_json(const char *text, size_t size)
{
	size_t i;

	for (i = 0; i < size && memchr(" \t\r\n", text[i], 4); i++)
		;
	return i < size && (text[i] == '{' || text[i] == '[');
}

/* Valid JSON, or else YAML, whose reader also words the errors of JSON. */
static int
read_text(struct document *doc, const char *text, size_t size, struct err *e)
{
	if (looks_like_json(text, size))
		doc->root =
		    json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	if (doc->root)
		return document_place_json(doc, text, size, e);
	return document_read_yaml(doc, text, size, e);
}

struct document *
document_parse(const char *name, const char *text, size_t size, struct err *e)
{
	struct document *doc = xcalloc(1, sizeof(*doc));

	doc->name = xstrdup(name);
	if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		size -= 3;
	}
	if (read_text(doc, text, size, e) == 0)
		return doc;
	document_free(doc);
	return NULL;
}

/* All of fd, at most DOCUMENT_BYTES_MAX; the caller frees. */
static char *
read_all(int fd, const char *name, size_t *size, struct err *e)
{
	_free_ char *text = xcalloc(1, DOCUMENT_BYTES_MAX + 1);
	ssize_t n;

	for (*size = 0; *size <= DOCUMENT_BYTES_MAX; *size += (size_t)n) {
		do
			n = read(
			    fd, text + *size, DOCUMENT_BYTES_MAX + 1 - *size);
		while (n < 0 && errno == EINTR);
		if (n < 0)
			return err_errno(e, "read %s", name), NULL;
		if (n == 0)
			return TAKE(text);
	}
	err_set(
	    e, "%s: larger than %d MiB", name, (int)(DOCUMENT_BYTES_MAX / MIB));
	return NULL;
}

struct document *
document_read(const char *path, struct err *e)
{
	bool standard_input = str_eq(path, "-");
	const char *name = standard_input ? "standard input" : path;
	_close_ int opened = -1;
	_free_ char *text = NULL;
	size_t size;

	if (!standard_input) {
		opened = open(path, O_RDONLY | O_CLOEXEC);
		if (opened < 0)
			return err_errno(e, "open %s", path), NULL;
	}
	text = read_all(standard_input ? STDIN_FILENO : opened, name, &size, e);
	return text ? document_parse(name, text, size, e) : NULL;
}

void
document_free(struct document *doc)
{
	if (!doc)
		return;
	tdestroy(doc->spots, free);
	json_decref(doc->root);
	free(doc->name);
	free(doc);
}

json_t *
document_root(const struct document *doc)
{
	return doc->root;
}

const char *
document_name(const struct document *doc)
{
	return doc->name;
}
