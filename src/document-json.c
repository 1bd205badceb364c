/*
 * Finds the places of values that jansson has read. The text is known to be
 * valid JSON without duplicate keys, and jansson keeps the order of keys, so
 * a walk over text and values side by side is enough.
 */
#include "document-internal.h"

struct walk {
	struct document *doc;
	const char *p, *end;
	struct document_place at;
	struct err *e;
};

/* One byte on. */
static void
step(struct walk *w)
{
	unsigned char c = (unsigned char)*w->p++;

	if (c == '\n') {
		w->at.line++;
		w->at.column = 1;
	} else if ((c & 0xc0) != 0x80) {
		w->at.column++;
	}
}

/* Over white space and what separates values. */
static void
skip_space(struct walk *w)
{
	while (w->p < w->end && memchr(" \t\r\n,:", *w->p, 6))
		step(w);
}

/* Over a string, from its quotation mark on. */
static void
skip_string(struct walk *w)
{
	step(w);
	while (w->p < w->end && *w->p != '"') {
		if (*w->p == '\\')
			step(w);
		step(w);
	}
	step(w);
}

/* Over a string, number, true, false or null. */
static void
skip_scalar(struct walk *w)
{
	if (*w->p == '"') {
		skip_string(w);
		return;
	}
	while (w->p < w->end && !memchr(" \t\r\n,:]}", *w->p, 8))
		step(w);
}

static int walk_value(struct walk *w, json_t *v, unsigned depth);

/* Over the members of an object. */
static int
walk_object(struct walk *w, json_t *object, unsigned depth)
{
	const char *key;
	json_t *v;

	json_object_foreach (object, key, v) {
		struct spot spot = { object, key };

		skip_space(w);
		spot.key_place = w->at;
		skip_string(w);
		skip_space(w);
		spot.value_place = w->at;
		if (document_add_spot(w->doc, &spot, w->e) < 0 ||
		    walk_value(w, v, depth) < 0)
			return -1;
	}
	return 0;
}

/* Over the items of a list. */
static int
walk_list(struct walk *w, json_t *list, unsigned depth)
{
	size_t i;
	json_t *v;

	json_array_foreach (list, i, v) {
		struct spot spot = { list, NULL, i };

		skip_space(w);
		spot.value_place = w->at;
		if (document_add_spot(w->doc, &spot, w->e) < 0 ||
		    walk_value(w, v, depth) < 0)
			return -1;
	}
	return 0;
}

/* Over v, whose text begins at w->p. */
static int
walk_value(struct walk *w, json_t *v, unsigned depth)
{
	int result;

	if (!json_is_object(v) && !json_is_array(v)) {
		skip_scalar(w);
		return 0;
	}
	if (document_check_depth(w->doc, depth + 1, w->at, w->e) < 0)
		return -1;
	step(w);
	result = json_is_object(v) ? walk_object(w, v, depth + 1)
				   : walk_list(w, v, depth + 1);
	skip_space(w);
	step(w);
	return result;
}

int
document_place_json(
    struct document *doc, const char *text, size_t size, struct err *e)
{
	struct walk w = { doc, text, text + size, { 1, 1 }, e };
	struct spot root = { NULL };

	skip_space(&w);
	root.value_place = w.at;
	if (document_add_spot(doc, &root, e) < 0)
		return -1;
	return walk_value(&w, doc->root, 0);
}
