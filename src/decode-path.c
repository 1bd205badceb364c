/* The path from a document's root to the value at hand, as errors name it. */
#include "decode-internal.h"
#include "quote.h"

struct decode *
decode_new(const struct document *doc)
{
	struct decode *d = xcalloc(1, sizeof(*d));

	d->doc = doc;
	return d;
}

void
decode_free(struct decode *d)
{
	free(d);
}

/* One step down the path. */
static void
push(struct decode *d, struct frame frame)
{
	if (d->n == DECODE_DEPTH_MAX)
		abort();
	d->frames[d->n++] = frame;
}

void
decode_push_key(struct decode *d, const json_t *parent, const char *key)
{
	push(d, (struct frame){ parent, key });
}

void
decode_push_index(struct decode *d, const json_t *parent, size_t index)
{
	push(d, (struct frame){ parent, NULL, index });
}

void
decode_pop(struct decode *d)
{
	d->n--;
}

/* Whether key can stand in a path without quotation marks. */
static bool
is_plain_key(const char *key)
{
	return *key &&
	    key[strspn(key,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789_-")] == '\0';
}

/* One step of the path, as JavaScript would write it. */
static void
print_frame(FILE *f, const struct frame *frame, bool first)
{
	if (!frame->key)
		fprintf(f, "[%zu]", frame->index);
	else if (is_plain_key(frame->key))
		fprintf(f, "%s%s", first ? "" : ".", quote(frame->key).text);
	else
		fprintf(f, "[\"%s\"]", quote(frame->key).text);
}

/* "FILE:LINE:COLUMN", or as much of it as is known. */
static void
print_file(FILE *f, const struct decode *d, bool at_key)
{
	static const struct frame root = { NULL };
	const struct frame *last = d->n ? &d->frames[d->n - 1] : &root;
	const struct document_place *at;

	at = at_key ? document_key_place(d->doc, last->parent, last->key)
		    : document_value_place(
			  d->doc, last->parent, last->key, last->index);
	fputs(document_name(d->doc), f);
	if (at)
		fprintf(f, ":%u:%u", at->line, at->column);
}

/* Where d is: the file with the place of the value or its key, the path. */
static char *
print_place(const struct decode *d, bool at_key)
{
	char *text = NULL;
	size_t i, size;
	FILE *f = must(open_memstream(&text, &size));

	if (d->doc)
		print_file(f, d, at_key);
	if (d->doc && d->n)
		fputs(": ", f);
	for (i = 0; i < d->n; i++)
		print_frame(f, &d->frames[i], i == 0);
	fclose(f);
	return must(text);
}

char *
decode_place(const struct decode *d)
{
	return print_place(d, false);
}

int
decode_add_place(struct decode *d, bool at_key, struct err *e)
{
	_free_ char *place = print_place(d, at_key);

	d->placed = true;
	return *place ? err_wrap(e, "%s", place) : -1;
}

int
decode_error(struct decode *d, struct err *e, const char *fmt, ...)
{
	char what[ERR_MAX / 2];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	err_set(e, "%s", what);
	return decode_add_place(d, false, e);
}
