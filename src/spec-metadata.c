/*
 * ObjectMeta, and the annotations by which a Pod or a container says what
 * Kubernetes has no word for.
 */
#include "spec-internal.h"
#include "quote.h"

#define PREFIX "qmpd."
#define DEVICE_PREFIX PREFIX "device."

/* metadata.annotations, a decode_fn for the struct spec. */
static int
decode_annotations(
    struct decode *d, const json_t *v, void *member, struct err *e)
{
	return spec_decode_annotations(d, v, member, e);
}

/* metadata.name, a decode_fn for the struct spec. */
static int
decode_name(struct decode *d, const json_t *v, void *member, struct err *e)
{
	struct spec *spec = member;

	if (decode_expect(d, v, JSON_STRING, e) < 0)
		return -1;
	spec->name = xstrdup(json_string_value(v));
	return 0;
}

/* meta/v1 ObjectMeta. */
static const struct decode_row metadata_rows[] = {
	{ "name", DECODE_FN, .fn = decode_name },
	{ "annotations", DECODE_FN, .fn = decode_annotations },
	{ "creationTimestamp", DECODE_IGNORE },
	{ "deletionGracePeriodSeconds", DECODE_IGNORE },
	{ "deletionTimestamp", DECODE_IGNORE },
	{ "finalizers", DECODE_IGNORE },
	{ "generateName", DECODE_IGNORE },
	{ "generation", DECODE_IGNORE },
	{ "labels", DECODE_IGNORE },
	{ "managedFields", DECODE_IGNORE },
	{ "namespace", DECODE_IGNORE },
	{ "ownerReferences", DECODE_IGNORE },
	{ "resourceVersion", DECODE_IGNORE },
	{ "selfLink", DECODE_IGNORE },
	{ "uid", DECODE_IGNORE },
	{ NULL },
};

int
spec_decode_metadata(
    struct decode *d, const json_t *v, struct spec *spec, struct err *e)
{
	return decode_object(d, v, metadata_rows, spec, e);
}

/* qmpd.device.ID: "TYPE key=value …" */
static int
device_annotation(struct decode *d, const char *id, const char *text,
    struct spec *spec, struct err *e)
{
	_free_ char *type = NULL;
	json_t *params = spec_parse_device(text, &type, e);

	if (!params)
		return -1;
	return spec_add_device(d, spec, id, type, params, e);
}

/* qmpd.sizing: floor or kata */
static int
sizing_annotation(struct decode *d, const char *rest, const char *text,
    struct spec *spec, struct err *e)
{
	int i;

	for (i = 0; i < SIZINGS; i++) {
		if (!str_eq(text, spec_sizing_names[i]))
			continue;
		spec->sizing = (enum spec_sizing)i;
		return 0;
	}
	return err_set(e, "\"%s\" is none of: floor, kata", quote(text).text);
}

/* Ours, by name, or with a name that ends in "." by what they begin with. */
static const struct {
	const char *name;
	int (*decode)(struct decode *d, const char *rest, const char *text,
	    struct spec *spec, struct err *e);
} annotations[] = {
	{ DEVICE_PREFIX, device_annotation },
	{ PREFIX "sizing", sizing_annotation },
};

/* Whether key is the annotation name; rest is what follows a prefix. */
static bool
matches(const char *key, const char *name, const char **rest)
{
	size_t n = strlen(name);

	*rest = key + MIN(n, strlen(key));
	return str_starts(key, name) && (name[n - 1] == '.' || !**rest);
}

/* One annotation; those of others, Kata's too, are left alone. */
static int
decode_annotation(struct decode *d, const char *key, const json_t *v, void *out,
    struct err *e)
{
	const char *rest;
	size_t i;

	if (!str_starts(key, PREFIX))
		return 0;
	if (decode_expect(d, v, JSON_STRING, e) < 0)
		return -1;
	for (i = 0; i < ARRAY_SIZE(annotations); i++) {
		if (matches(key, annotations[i].name, &rest))
			return annotations[i].decode(
			    d, rest, json_string_value(v), out, e);
	}
	return err_set(e,
	    "unknown annotation; " DEVICE_PREFIX "ID and " PREFIX
	    "sizing are known");
}

int
spec_decode_annotations(
    struct decode *d, const json_t *v, struct spec *spec, struct err *e)
{
	return decode_members(d, v, decode_annotation, spec, e);
}
