/* The files behind a template's devices: what they were is recorded, for a
 * clone's guest has already read some of them. */

#include "template.h"
#include <sys/stat.h>

/* The next "key=value" of an option, commas no longer doubled; option moves
 * behind it. NULL at the end. The caller frees. */
static char *
next_pair(const char **option)
{
	char *pair = xcalloc(strlen(*option) + 1, 1), *p = pair;

	if (!**option) {
		free(pair);
		return NULL;
	}
	for (; **option && (**option != ',' || (*option)[1] == ',');
	     ++*option) {
		*option += **option == ',';
		*p++ = **option;
	}
	*option += **option == ',';
	return pair;
}

/* What a pair says of a file of the host, or NULL. */
static const char *
path_of(const char *pair)
{
	static const char *const keys[] = { "filename", "mem-path" };
	const char *equals = strchr(pair, '=');
	size_t i;

	for (i = 0; equals && i < ARRAY_SIZE(keys); i++) {
		size_t n = strlen(keys[i]), before = (size_t)(equals - pair);

		if (before >= n && strncmp(equals - n, keys[i], n) == 0 &&
		    (before == n || equals[-(ptrdiff_t)n - 1] == '.'))
			return equals + 1;
	}
	return NULL;
}

static int
add_file(struct template_files *files, const char *path, struct err *e)
{
	struct template_file f = { 0 };
	struct stat st;

	/* What is no file has no content of its own: /dev/urandom. */
	if (!path || (stat(path, &st) == 0 && !S_ISREG(st.st_mode)))
		return 0;
	if (template_file_read(&f, path, sparse_digest, e) < 0)
		return -1;
	files->items =
	    xrealloc(files->items, files->n + 1, sizeof(*files->items));
	files->items[files->n++] = f;
	return 0;
}

int
template_files_read(struct template_files *files,
    const struct template_list *options, struct err *e)
{
	size_t i;

	for (i = 1; i < options->n; i += 2) {
		const char *rest = options->items[i];
		char *pair;
		int rc = 0;

		while (rc == 0 && (pair = next_pair(&rest))) {
			rc = add_file(files, path_of(pair), e);
			free(pair);
		}
		if (rc < 0)
			return -1;
	}
	return 0;
}

void
template_files_release(struct template_files *files)
{
	size_t i;

	for (i = 0; i < files->n; i++)
		template_file_release(&files->items[i]);
	free(files->items);
	*files = (struct template_files){ 0 };
}
