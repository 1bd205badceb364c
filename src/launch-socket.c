/* The sockets that a QEMU inherits: made before it, so that they listen at
 * once and nobody waits for files to appear. */

#include "host.h"
#include "launch.h"

/* One more; its number, or -1. */
static int
open_one(struct launch_sockets *s, const char *folder, const char *name,
    struct err *e)
{
	_free_ char *path = path_join(folder, name);
	int fd = listen_unix(path, e);

	if (fd >= 0)
		s->fds[s->n++] = fd;
	return fd;
}

int
launch_sockets_open(struct launch_sockets *s, const struct template_config *c,
    const char *folder, struct launch *launch, struct err *e)
{
	size_t i;

	s->n = 0;
	launch->monitor = open_one(s, folder, "qmp.sock", e);
	if (launch->monitor < 0)
		return -1;
	launch->agent = open_one(s, folder, "qga.sock", e);
	if (launch->agent < 0)
		return -1;
	if (c->console == CONSOLE_SOCKET) {
		launch->console_socket = open_one(s, folder, "console.sock", e);
		if (launch->console_socket < 0)
			return -1;
	}
	for (i = 0; i < c->serial_ports.n; i++) {
		_free_ char *name =
		    xasprintf("port-%s.sock", c->serial_ports.items[i]);

		launch->ports[i] = open_one(s, folder, name, e);
		if (launch->ports[i] < 0)
			return -1;
	}
	return 0;
}

void
launch_sockets_close(struct launch_sockets *s)
{
	while (s->n > 0)
		close(s->fds[--s->n]);
}
