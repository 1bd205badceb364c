/*
 * Reads YAML from libyaml's events, which know a scalar's style and tag.
 * Aliases are expanded into values of their own, and counted like any other,
 * so an alias bomb meets the same maximum as a long file.
 */
#include "document-internal.h"
#include "quote.h"
#include <yaml.h>

#define CORE_TAG "tag:yaml.org,2002:"

static const char *const scalar_tags[] = { "str", "int", "float", "bool",
	"null", NULL };
static const char *const mapping_tags[] = { "map", NULL };
static const char *const sequence_tags[] = { "seq", NULL };

struct reader {
	struct document *doc;
	const char *text;
	yaml_parser_t parser;
	yaml_event_t event; /* the one being looked at */
	json_t *anchors; /* name to value, once that is complete */
	struct err *e;
};

/* libyaml counts from 0. */
static struct document_place
place_of(const yaml_mark_t *mark)
{
	return (struct document_place){ (unsigned)mark->line + 1,
		(unsigned)mark->column + 1 };
}

/* Where the event at hand begins. */
static struct document_place
here(const struct reader *r)
{
	return place_of(&r->event.start_mark);
}

/* The place of a byte: libyaml gives no more for what is not text. */
static struct document_place
place_of_byte(const char *text, size_t offset)
{
	struct document_place at = { 1, 1 };
	size_t i;

	for (i = 0; i < offset; i++) {
		if (text[i] == '\n')
			at = (struct document_place){ at.line + 1, 1 };
		else if (((unsigned char)text[i] & 0xc0) != 0x80)
			at.column++;
	}
	return at;
}

/* What libyaml has against the text. */
static int
syntax_error(struct reader *r)
{
	const yaml_parser_t *p = &r->parser;
	struct document_place at = place_of(&p->problem_mark);

	if (p->error == YAML_MEMORY_ERROR)
		must(NULL);
	if (p->error == YAML_READER_ERROR)
		at = place_of_byte(r->text, p->problem_offset);
	if (p->context)
		return document_error(
		    r->doc, at, r->e, "%s %s", p->problem, p->context);
	return document_error(r->doc, at, r->e, "%s", p->problem);
}

/* Moves on to the next event. */
static int
next(struct reader *r)
{
	yaml_event_delete(&r->event);
	if (!yaml_parser_parse(&r->parser, &r->event))
		return syntax_error(r);
	return 0;
}

/* The type's name in a core tag, "" for the non-specific "!", NULL for none;
 * an error when it is none of known. */
static int
core_tag(struct reader *r, const yaml_char_t *tag, const char *const *known,
    const char **name)
{
	const char *s = (const char *)tag;

	*name = NULL;
	if (!s)
		return 0;
	*name = str_starts(s, CORE_TAG) ? s + strlen(CORE_TAG) : "";
	if (str_eq(s, "!"))
		return 0;
	for (; *known; known++) {
		if (str_eq(*name, *known))
			return 0;
	}
	return document_error(
	    r->doc, here(r), r->e, "tag %s is not supported", quote(s).text);
}

/* Whether v is what a tag like !!int says; a whole number is a float too. */
static bool
fits_tag(const json_t *v, const char *tag)
{
	if (str_eq(tag, "int"))
		return json_is_integer(v);
	if (str_eq(tag, "float"))
		return json_is_number(v);
	if (str_eq(tag, "bool"))
		return json_is_boolean(v);
	return json_is_null(v);
}

/* The value of a scalar whose type its text decides. */
static json_t *
read_plain(struct reader *r, const char *text, const char *tag)
{
	struct err why = { "" };
	json_t *v = document_scalar(text, &why);

	if (!v) {
		document_error(r->doc, here(r), r->e, "%s", why.text);
		return NULL;
	}
	if (!tag || fits_tag(v, tag))
		return v;
	json_decref(v);
	document_error(r->doc, here(r), r->e, "%s: not what its tag !!%s says",
	    quote(text).text, tag);
	return NULL;
}

/* The text of the scalar at hand; NULL when a NUL is in it. */
static const char *
scalar_text(struct reader *r)
{
	const char *text = (const char *)r->event.data.scalar.value;

	if (strlen(text) == r->event.data.scalar.length)
		return text;
	document_error(r->doc, here(r), r->e, "a NUL in a string");
	return NULL;
}

/* A scalar that is text whatever it looks like. */
static json_t *
read_string(struct reader *r, const char *text)
{
	json_t *v = json_string(text);

	if (!v)
		document_error(r->doc, here(r), r->e, "a string is not UTF-8");
	return v;
}

/* A scalar, by its tag, its quotation marks and its text. */
static json_t *
read_scalar(struct reader *r)
{
	bool plain = r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	const char *tag, *text = scalar_text(r);

	if (!text ||
	    core_tag(r, r->event.data.scalar.tag, scalar_tags, &tag) < 0)
		return NULL;
	if (tag ? *tag && !str_eq(tag, "str") : plain)
		return read_plain(r, text, tag);
	return read_string(r, text);
}

/* Checks and takes the key at hand; the caller frees. */
static char *
read_key(struct reader *r, const json_t *object)
{
	const char *key;
	bool plain;

	if (r->event.type != YAML_SCALAR_EVENT) {
		document_error(r->doc, here(r), r->e, "a key must be a scalar");
		return NULL;
	}
	plain = r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	key = scalar_text(r);
	if (key && plain && str_eq(key, "<<"))
		document_error(
		    r->doc, here(r), r->e, "merge keys (<<) are not supported");
	else if (key && json_object_get(object, key))
		document_error(
		    r->doc, here(r), r->e, "duplicate key %s", quote(key).text);
	else if (key)
		return xstrdup(key);
	return NULL;
}

static json_t *read_value(struct reader *r, unsigned depth);

/* One key and its value, from the key's event on. */
static int
read_member(struct reader *r, json_t *object, unsigned depth)
{
	struct document_place at = here(r);
	_free_ char *key = read_key(r, object);
	json_t *v;

	if (!key || next(r) < 0)
		return -1;
	if (document_add_spot(r->doc,
		&(struct spot){ object, key, 0, at, here(r) }, r->e) < 0)
		return -1;
	v = read_value(r, depth);
	if (!v)
		return -1;
	if (json_object_set_new(object, key, v) < 0)
		return document_error(r->doc, at, r->e, "a key is not UTF-8");
	return 0;
}

/* Members up to the end of the mapping. */
static int
read_mapping(struct reader *r, json_t *object, unsigned depth)
{
	for (;;) {
		if (next(r) < 0)
			return -1;
		if (r->event.type == YAML_MAPPING_END_EVENT)
			return 0;
		if (read_member(r, object, depth) < 0)
			return -1;
	}
}

/* Items up to the end of the sequence. */
static int
read_sequence(struct reader *r, json_t *list, unsigned depth)
{
	size_t i;

	for (i = 0;; i++) {
		struct spot spot = { list, NULL, i };
		json_t *v;

		if (next(r) < 0)
			return -1;
		if (r->event.type == YAML_SEQUENCE_END_EVENT)
			return 0;
		spot.value_place = here(r);
		if (document_add_spot(r->doc, &spot, r->e) < 0)
			return -1;
		v = read_value(r, depth);
		if (!v)
			return -1;
		must(json_array_append_new(list, v) < 0 ? NULL : v);
	}
}

/* A mapping or a sequence, of which the event at hand is the start. */
static json_t *
read_collection(struct reader *r, unsigned depth)
{
	bool mapping = r->event.type == YAML_MAPPING_START_EVENT;
	json_auto_t *v = must(mapping ? json_object() : json_array());
	const char *tag;

	if (core_tag(r,
		mapping ? r->event.data.mapping_start.tag
			: r->event.data.sequence_start.tag,
		mapping ? mapping_tags : sequence_tags, &tag) < 0 ||
	    document_check_depth(r->doc, depth, here(r), r->e) < 0)
		return NULL;
	if ((mapping ? read_mapping : read_sequence)(r, v, depth) < 0)
		return NULL;
	return TAKE(v);
}

/* A copy of the value that the alias names. */
static json_t *
read_alias(struct reader *r, unsigned depth)
{
	const char *name = (const char *)r->event.data.alias.anchor;
	json_t *v = json_object_get(r->anchors, name);

	if (v)
		return document_expand(r->doc, v, depth, here(r), r->e);
	document_error(r->doc, here(r), r->e,
	    "*%s: no value &%s ends before it", quote(name).text,
	    quote(name).text);
	return NULL;
}

/* The anchor of the event at hand, or NULL. */
static const char *
anchor_of(const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return (const char *)event->data.scalar.anchor;
	case YAML_SEQUENCE_START_EVENT:
		return (const char *)event->data.sequence_start.anchor;
	case YAML_MAPPING_START_EVENT:
		return (const char *)event->data.mapping_start.anchor;
	default:
		return NULL;
	}
}

/* The value that begins with the event at hand. */
static json_t *
read_value(struct reader *r, unsigned depth)
{
	_free_ char *anchor = xstrdup0(anchor_of(&r->event));
	json_t *v;

	if (r->event.type == YAML_ALIAS_EVENT)
		return read_alias(r, depth);
	if (r->event.type == YAML_SCALAR_EVENT)
		v = read_scalar(r);
	else
		v = read_collection(r, depth + 1);
	if (v && anchor)
		json_object_set(r->anchors, anchor, v);
	return v;
}

/* The one document of the stream. */
static int
read_document(struct reader *r)
{
	if (next(r) < 0 || next(r) < 0)
		return -1;
	if (r->event.type == YAML_STREAM_END_EVENT)
		return document_error(r->doc, here(r), r->e, "no document");
	if (next(r) < 0)
		return -1;
	if (document_add_spot(
		r->doc, &(struct spot){ .value_place = here(r) }, r->e) < 0)
		return -1;
	r->doc->root = read_value(r, 0);
	if (!r->doc->root || next(r) < 0 || next(r) < 0)
		return -1;
	if (r->event.type == YAML_STREAM_END_EVENT)
		return 0;
	return document_error(
	    r->doc, here(r), r->e, "a second document; one is wanted");
}

int
document_read_yaml(
    struct document *doc, const char *text, size_t size, struct err *e)
{
	struct reader r = { .doc = doc, .text = text, .e = e };
	int result;

	if (!yaml_parser_initialize(&r.parser))
		must(NULL);
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(
	    &r.parser, (const unsigned char *)text, size);
	r.anchors = must(json_object());
	result = read_document(&r);
	json_decref(r.anchors);
	yaml_event_delete(&r.event);
	yaml_parser_delete(&r.parser);
	return result;
}
