/* Tells the kinds of document apart, and holds what they have in common. */
#include "spec-internal.h"
#include "quote.h"
#include "units.h"
#include <assert.h>

const char *const spec_sizing_names[] = { "floor", "kata", NULL };
static_assert(ARRAY_SIZE(spec_sizing_names) == SIZINGS + 1, "a name each");

typedef int decode_kind(
    struct decode *d, const json_t *root, struct spec *spec, struct err *e);

static decode_kind *const kinds[] = {
	[SPEC_POD] = spec_decode_pod,
	[SPEC_OCI] = spec_decode_oci,
	[SPEC_VM] = spec_decode_vm,
};
static_assert(ARRAY_SIZE(kinds) == SPEC_KINDS, "a decoder each");

struct type_meta {
	char *api_version, *kind, *oci_version;
};

static const struct decode_row type_meta_rows[] = {
	{ "apiVersion", DECODE_STRING,
	    offsetof(struct type_meta, api_version) },
	{ "kind", DECODE_STRING, offsetof(struct type_meta, kind) },
	{ "ociVersion", DECODE_STRING,
	    offsetof(struct type_meta, oci_version) },
	DECODE_OTHERS_PASS,
};

#define KNOWN_KINDS                                                            \
	"known are kind Pod of v1, kind VirtualMachine of qmpd/v1, and an OCI" \
	" config.json, which has an ociVersion"

/* Which document it is; -1: none of ours. */
static int
tell_kind(struct decode *d, const struct type_meta *meta, struct err *e)
{
	const char *kind = meta->kind, *api = meta->api_version;

	if (meta->oci_version)
		return SPEC_OCI;
	if (!kind || !api)
		return decode_error(d, e, "%s is missing; " KNOWN_KINDS,
		    kind ? "apiVersion" : "kind");
	if (str_eq(kind, "Pod") && str_eq(api, "v1"))
		return SPEC_POD;
	if (str_eq(kind, "VirtualMachine") && str_eq(api, "qmpd/v1"))
		return SPEC_VM;
	return decode_error(d, e, "kind %s of %s is not known; " KNOWN_KINDS,
	    quote(kind).text, quote(api).text);
}

/* Which document root is; -1: none of ours. */
static int
read_kind(struct decode *d, const json_t *root, struct err *e)
{
	struct type_meta meta = { NULL };
	int kind = decode_object(d, root, type_meta_rows, &meta, e);

	if (kind == 0)
		kind = tell_kind(d, &meta, e);
	free(meta.api_version);
	free(meta.kind);
	free(meta.oci_version);
	return kind;
}

struct spec *
spec_decode(const struct document *doc, struct err *e)
{
	struct decode *d = decode_new(doc);
	struct spec *spec = xcalloc(1, sizeof(*spec));
	int kind = read_kind(d, document_root(doc), e);

	if (kind >= 0)
		spec->kind = (enum spec_kind)kind;
	if (kind < 0 || kinds[kind](d, document_root(doc), spec, e) < 0) {
		spec_free(spec);
		spec = NULL;
	}
	decode_free(d);
	return spec;
}

struct spec *
spec_read(const char *path, struct err *e)
{
	struct document *doc = document_read(path, e);
	struct spec *spec = doc ? spec_decode(doc, e) : NULL;

	document_free(doc);
	return spec;
}

/* The terms and their names. */
static void
free_terms(struct spec_terms *terms)
{
	size_t i;

	for (i = 0; i < terms->n; i++)
		free(terms->items[i].name);
	free(terms->items);
}

void
spec_free(struct spec *spec)
{
	size_t i;

	if (!spec)
		return;
	for (i = 0; i < spec->devices_n; i++) {
		free(spec->devices[i].id);
		free(spec->devices[i].type);
		json_decref(spec->devices[i].params);
		free(spec->devices[i].where);
	}
	free(spec->devices);
	free_terms(&spec->cpu_terms);
	free_terms(&spec->memory_terms);
	free(spec->name);
	free(spec);
}

void
spec_add_term(struct spec_terms *terms, uint64_t value, bool counted,
    const char *fmt, ...)
{
	struct spec_term *term;
	va_list ap;

	terms->items =
	    xrealloc(terms->items, terms->n + 1, sizeof(*terms->items));
	term = &terms->items[terms->n++];
	*term = (struct spec_term){ NULL, value, counted };
	va_start(ap, fmt);
	if (vasprintf(&term->name, fmt, ap) < 0)
		must(NULL);
	va_end(ap);
}

int
spec_decode_memory(
    struct decode *d, const json_t *v, void *bytes, struct err *e)
{
	uint64_t *out = bytes;
	_free_ char *text = units_json_text(v);

	if (units_json_bytes(v, out, e) < 0)
		return -1;
	if (*out > 0 && *out < MIB)
		return err_set(e, "%s: below 1Mi", quote(text).text);
	return 0;
}
