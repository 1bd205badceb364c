/*
 * What QEMU knows by name, as words: NAME, and behind it :TYPE, @M.m (since
 * this version) and !M.m (until this one), each as needed. What a list of
 * words does not hold is refused as QEMU does.
 */
#include "model.h"

static bool
is_since(const struct fake *fake, const char *version)
{
	unsigned major = 0, minor = 0;
	const struct fake_options *o = &fake->options;

	sscanf(version, "%u.%u", &major, &minor);
	return o->major > major || (o->major == major && o->minor >= minor);
}

static void
copy_part(char *to, const char *from, size_t n)
{
	n = MIN(n, (size_t)WORD_MAX - 1);
	memcpy(to, from, n);
	to[n] = '\0';
}

/* One word: false if this version does not have it. */
static bool
parse(const struct fake *fake, const char *text, size_t n, struct word *word)
{
	_free_ char *copy = strndup(text, n);
	size_t name = strcspn(copy, ":@!");
	const char *type = strchr(copy, ':');
	const char *from = strchr(copy, '@'), *until = strchr(copy, '!');

	copy_part(word->name, copy, name);
	copy_part(word->type, type ? type + 1 : "",
	    type ? strcspn(type + 1, "@!") : 0);
	return (!from || is_since(fake, from + 1)) &&
	    (!until || !is_since(fake, until + 1));
}

bool
words_next(const struct fake *fake, const char **at, struct word *word)
{
	const char *text = *at ? *at : "";
	size_t n;
	bool is_there = false;

	while (!is_there && *(text += strspn(text, " "))) {
		n = strcspn(text, " ");
		is_there = parse(fake, text, n, word);
		text += n;
	}
	*at = text;
	return is_there;
}

bool
words_find(const struct fake *fake, const char *words, const char *name,
    struct word *word)
{
	struct word unused;

	word = word ? word : &unused;
	while (words_next(fake, &words, word))
		if (str_eq(word->name, name))
			return true;
	return false;
}

int
words_check(struct fake *fake, const char *prefix, const json_t *object,
    const char *needs, const char *takes)
{
	json_t *members = (json_t *)(uintptr_t)object; /* only read */
	struct word word;
	const char *key, *at = needs;
	json_t *value;

	while (words_next(fake, &at, &word))
		if (!json_object_get(object, word.name)) {
			refuse(fake, GENERIC, "Parameter '%s%s' is missing",
			    prefix, word.name);
			return -1;
		}
	json_object_foreach (members, key, value)
		if (!words_find(fake, needs, key, NULL) &&
		    !words_find(fake, takes, key, NULL)) {
			refuse(fake, GENERIC, "Parameter '%s%s' is unexpected",
			    prefix, key);
			return -1;
		}
	return 0;
}

const struct kind *
kind_find(const struct fake *fake, const struct kind *rows, const char *name)
{
	for (; rows->name; rows++)
		if (words_find(fake, rows->name, name, NULL))
			return rows;
	return NULL;
}

bool
is_identifier(const char *id)
{
	const char *allowed = "abcdefghijklmnopqrstuvwxyz"
			      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";

	return id && strspn(id, allowed) == strlen(id) &&
	    strspn(id, "-._0123456789") == 0;
}
