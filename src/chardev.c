/* Character devices. */

#include "chardev.h"
#include "host.h"
#include <sys/un.h>

json_t *
chardev_server(const char *path)
{
	return must(json_pack("{s:s, s:{s:{s:s, s:{s:s}}, s:b, s:b}}", "type",
	    "socket", "data", "addr", "type", "unix", "data", "path", path,
	    "server", 1, "wait", 0));
}

json_t *
chardev_pty(void)
{
	return must(json_pack("{s:s, s:{}}", "type", "pty", "data"));
}

/* "disconnected:unix:/path,server=on", "unix:/path": QEMU's
 * chardev/char-socket.c. A path may have commas. */
char *
chardev_socket(const struct actual *a, const char *label)
{
	static const char *const ends[] = { ",server=on", ",server" };
	const char *name =
	    json_string_value(json_object_get(a->chardevs, label));
	const char *path = name ? strstr(name, "unix:") : NULL;
	size_t n, i;

	if (!path)
		return NULL;
	path += strlen("unix:");
	n = strlen(path);
	for (i = 0; i < ARRAY_SIZE(ends); i++)
		if (n > strlen(ends[i]) &&
		    str_eq(path + n - strlen(ends[i]), ends[i]))
			n -= strlen(ends[i]);
	return must(strndup(path, n));
}

int
chardev_check_path(char **path, struct err *e)
{
	struct sockaddr_un address;
	char *absolute = path_absolute(NULL, *path);

	free(*path);
	*path = absolute;
	if (strlen(absolute) < sizeof(address.sun_path))
		return 0;
	return err_set(e, "socket %s: a path of at most %zu bytes is wanted",
	    absolute, sizeof(address.sun_path) - 1);
}
