/* Names of what stands behind a device. */

#include "part.h"
#include <sha2.h>

/* QEMU's limit for a block node's name (include/block/block_int-common.h). */
#define NAME_MAX_LENGTH 31
#define PREFIX "qmpd."
#define PREFIX_LENGTH 7 /* "qmpd.f." */
#define ID_MAX (NAME_MAX_LENGTH - PREFIX_LENGTH)

char *
part_name(char role, const char *id)
{
	char digest[SHA256_DIGEST_STRING_LENGTH];

	if (strlen(id) <= ID_MAX)
		return xasprintf(PREFIX "%c.%s", role, id);
	/* No id has a dot, so ".." cannot be the start of a short one. */
	SHA256Data((const uint8_t *)id, strlen(id), digest);
	return xasprintf(PREFIX "%c...%.*s", role, ID_MAX - 2, digest);
}

char
part_role(const char *name)
{
	if (!name || !str_starts(name, PREFIX) || strlen(name) < PREFIX_LENGTH)
		return '\0';
	return name[PREFIX_LENGTH - 1] == '.' ? name[PREFIX_LENGTH - 2] : '\0';
}

/* How long the id is. */
static size_t
id_length(const char *id)
{
	size_t dots = strspn(id, ".");

	return dots + strcspn(id + dots, ".");
}

char *
part_id(const char *name)
{
	const char *id = part_role(name) ? name + PREFIX_LENGTH : NULL;

	return id ? must(strndup(id, id_length(id))) : NULL;
}

const char *
part_suffix(const char *name)
{
	const char *id = part_role(name) ? name + PREFIX_LENGTH : "";
	const char *end = id + id_length(id);

	return *end == '.' ? end + 1 : NULL;
}

bool
part_is_of(const char *name, const char *id)
{
	char role = part_role(name);
	_free_ char *own = role ? part_name(role, id) : NULL;
	size_t n = own ? strlen(own) : 0;

	return own && strncmp(name, own, n) == 0 &&
	    (name[n] == '\0' || name[n] == '.');
}
