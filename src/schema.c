/* From a path to whether this QEMU's schema has it. */

#include "schema.h"

#define ENTRIES_MAX 65536
/* Types that one walk may enter: hostile ones refer to themselves. */
#define STEPS_MAX 256

struct schema {
	json_t *entries; /* {name: entry} */
};

static const char *
get_string(const json_t *v, const char *key)
{
	return json_string_value(json_object_get(v, key));
}

struct schema *
schema_new(const json_t *answer)
{
	struct schema *schema = xcalloc(1, sizeof(*schema));
	size_t n = MIN(json_array_size(answer), (size_t)ENTRIES_MAX), i;

	schema->entries = must(json_object());
	for (i = 0; i < n; i++) {
		json_t *entry = json_array_get(answer, i);
		const char *name = get_string(entry, "name");

		if (name)
			json_object_set(schema->entries, name, entry);
	}
	return schema;
}

void
schema_free(struct schema *schema)
{
	if (!schema)
		return;
	json_decref(schema->entries);
	free(schema);
}

/* ---- the walk ---- */

struct walk {
	const struct schema *schema;
	unsigned steps; /* types entered so far */
};

/* The first word of the path. */
struct word {
	const char *text;
	size_t n;
};

static bool
is_word(const struct word *word, const char *text)
{
	return text && strlen(text) == word->n &&
	    memcmp(text, word->text, word->n) == 0;
}

static bool type_has(struct walk *walk, const char *type, const char *path);

/* Of a list of {KEY: …, type}, one that the word names has the rest. */
static bool
list_has(struct walk *walk, const json_t *list, const char *key,
    const struct word *word, const char *rest)
{
	size_t i;
	json_t *v;

	json_array_foreach (list, i, v)
		if (is_word(word, get_string(v, key)) &&
		    (!rest || type_has(walk, get_string(v, "type"), rest)))
			return true;
	return false;
}

static bool
object_has(struct walk *walk, const json_t *entry, const struct word *word,
    const char *rest)
{
	return list_has(walk, json_object_get(entry, "members"), "name", word,
		   rest) ||
	    list_has(
		walk, json_object_get(entry, "variants"), "case", word, rest);
}

/* QEMU tells "values", and since 6.2 "members", too. */
static bool
enum_has(const json_t *entry, const struct word *word)
{
	size_t i;
	json_t *v;

	json_array_foreach (json_object_get(entry, "values"), i, v)
		if (is_word(word, json_string_value(v)))
			return true;
	json_array_foreach (json_object_get(entry, "members"), i, v)
		if (is_word(word, get_string(v, "name")))
			return true;
	return false;
}

static bool
alternate_has(struct walk *walk, const json_t *entry, const char *path)
{
	size_t i;
	json_t *v;

	json_array_foreach (json_object_get(entry, "members"), i, v)
		if (type_has(walk, get_string(v, "type"), path))
			return true;
	return false;
}

/* The type has what the path, which is not empty, names. */
static bool
type_has(struct walk *walk, const char *type, const char *path)
{
	const json_t *entry =
	    type ? json_object_get(walk->schema->entries, type) : NULL;
	const char *kind = get_string(entry, "meta-type");
	const char *slash = strchrnul(path, '/');
	struct word word = { path, (size_t)(slash - path) };
	const char *rest = *slash ? slash + 1 : NULL;

	if (!kind || walk->steps++ >= STEPS_MAX)
		return false;
	if (str_eq(kind, "object"))
		return object_has(walk, entry, &word, rest);
	if (str_eq(kind, "enum"))
		return !rest && enum_has(entry, &word);
	if (str_eq(kind, "array"))
		return type_has(walk, get_string(entry, "element-type"), path);
	return str_eq(kind, "alternate") && alternate_has(walk, entry, path);
}

bool
schema_has(const struct schema *schema, const char *path)
{
	struct walk walk = { .schema = schema };
	const char *slash = strchrnul(path, '/');
	_free_ char *name = must(strndup(path, (size_t)(slash - path)));
	const json_t *command = json_object_get(schema->entries, name);

	return str_eq(get_string(command, "meta-type"), "command") &&
	    (!*slash ||
		type_has(&walk, get_string(command, "arg-type"), slash + 1));
}
