/* Where things are. */

#include "places.h"
#include "host.h"
#include "quote.h"
#include <libgen.h>
#include <sys/stat.h>

int
place_check_name(const char *what, const char *name, struct err *e)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz0123456789";
	size_t n = strlen(name);

	if (n == 0 || n > NAME_MAX_LENGTH)
		return err_set(e,
		    "%s name: 1 to %d characters are wanted, not %zu", what,
		    NAME_MAX_LENGTH, n);
	if (!strchr(letters, name[0]) || strstr(name, ".."))
		return err_set(e,
		    "%s name \"%s\": it begins with a letter or digit and has "
		    "no \"..\"",
		    what, quote(name).text);
	for (; *name; name++)
		if (!strchr(letters, *name) && !strchr("_.-", *name))
			return err_set(e,
			    "%s name: letters, digits, '_', '.' and '-' are "
			    "wanted, not '%c'",
			    what, *name < ' ' || *name > '~' ? '?' : *name);
	return 0;
}

/* Whoever may rename the folder could put another in its place. */
static int
check_parent(const char *path, struct err *e)
{
	_free_ char *copy = xstrdup(path);
	const char *parent = dirname(copy);
	struct stat st;

	if (stat(parent, &st) < 0)
		return err_errno(e, "%s", parent);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return err_set(
		    e, "%s: belongs to user %u", parent, (unsigned)st.st_uid);
	if (st.st_mode & (S_IWGRP | S_IWOTH) && !(st.st_mode & S_ISVTX))
		return err_set(e, "%s: others may write to it (mode %03o)",
		    parent, (unsigned)st.st_mode & 0777);
	return 0;
}

/* Makes the folder, and believes it only when it is ours. */
static char *
trusted_folder(char *path, struct err *e)
{
	if (make_folders(path, 0700, e) == 0 && check_parent(path, e) == 0 &&
	    check_trusted(path, e) == 0)
		return path;
	free(path);
	return NULL;
}

char *
place_templates_path(void)
{
	const char *given = getenv("QMPD_TEMPLATE_DIR");

	if (given && *given)
		return xstrdup(given);
	if (geteuid() == 0)
		return xstrdup("/dev/shm/qmpd/templates");
	return xasprintf("/dev/shm/qmpd-%u/templates", (unsigned)geteuid());
}

char *
place_templates(struct err *e)
{
	return trusted_folder(place_templates_path(), e);
}

/* A folder of the state. */
static char *
state_folder(const char *name, struct err *e)
{
	const char *given = getenv("QMPD_STATE_DIR");
	const char *runtime = getenv("XDG_RUNTIME_DIR");

	if (given && *given)
		return trusted_folder(path_join(given, name), e);
	if (geteuid() == 0)
		return trusted_folder(path_join("/run/qmpd", name), e);
	if (runtime && *runtime)
		return trusted_folder(
		    xasprintf("%s/qmpd/%s", runtime, name), e);
	return trusted_folder(
	    xasprintf("/tmp/qmpd-%u/%s", (unsigned)geteuid(), name), e);
}

char *
place_vms(struct err *e)
{
	return state_folder("vms", e);
}

char *
place_builds(struct err *e)
{
	return state_folder("builds", e);
}
