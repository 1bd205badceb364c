/*
 * Expands an alias into values of its own. They are counted like any other,
 * so an alias bomb meets the same maximum as a long file.
 */
#include "document-internal.h"

struct expansion {
	struct document *doc;
	struct document_place at;
	struct err *e;
};

static json_t *expand(const struct expansion *x, json_t *v, unsigned depth);

/* Copies the member key or item i of from, whose place the copy shares. */
static json_t *
expand_child(const struct expansion *x, const json_t *from, const json_t *to,
    const char *key, size_t i, unsigned depth)
{
	struct spot spot = *document_find_spot(x->doc, from, key, i);
	json_t *child =
	    key ? json_object_get(from, key) : json_array_get(from, i);

	spot.parent = to;
	if (document_count(x->doc, x->at, x->e) < 0)
		return NULL;
	document_keep_spot(x->doc, &spot);
	return expand(x, child, depth);
}

/* Copies the members of from into to. */
static int
expand_object(
    const struct expansion *x, json_t *from, json_t *to, unsigned depth)
{
	const char *key;
	json_t *child;

	json_object_foreach (from, key, child) {
		json_t *copy = expand_child(x, from, to, key, 0, depth);

		if (!copy)
			return -1;
		must(json_object_set_new(to, key, copy) < 0 ? NULL : to);
	}
	return 0;
}

/* Copies the items of from into to. */
static int
expand_list(const struct expansion *x, json_t *from, json_t *to, unsigned depth)
{
	size_t i;

	for (i = 0; i < json_array_size(from); i++) {
		json_t *copy = expand_child(x, from, to, NULL, i, depth);

		if (!copy)
			return -1;
		must(json_array_append_new(to, copy) < 0 ? NULL : to);
	}
	return 0;
}

/* A copy of v, with its parts. */
static json_t *
expand(const struct expansion *x, json_t *v, unsigned depth)
{
	json_auto_t *copy = NULL;

	if (!json_is_object(v) && !json_is_array(v))
		return must(json_copy(v));
	copy = must(json_is_object(v) ? json_object() : json_array());
	if (document_check_depth(x->doc, depth + 1, x->at, x->e) < 0 ||
	    (json_is_object(v) ? expand_object : expand_list)(
		x, v, copy, depth + 1) < 0)
		return NULL;
	return TAKE(copy);
}

json_t *
document_expand(struct document *doc, json_t *v, unsigned depth,
    struct document_place at, struct err *e)
{
	struct expansion x = { doc, at, e };

	return expand(&x, v, depth);
}
