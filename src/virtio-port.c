/* Ports of a virtio-serial controller: a console that the guest's kernel can
 * log to, and a serial port with a name for a program in the guest. On the
 * host each is a Unix socket or a pseudo terminal. */

#include "chardev.h"
#include "commands.h"
#include "device.h"
#include "host.h"
#include "placement.h"
#include "run.h"
#include "script.h"
#include <libgen.h>

struct port {
	char *name;
	char *socket;
};

#define SOCKET_ROW                                                      \
	{                                                               \
		"socket", DECODE_STRING, offsetof(struct port, socket), \
		    .help = "Unix socket on which QEMU is to "          \
			    "listen; without it a pseudo terminal"      \
	}

static const struct decode_row console_rows[] = {
	SOCKET_ROW,
	{ NULL },
};

static const struct decode_row serial_rows[] = {
	{ "name", DECODE_STRING, offsetof(struct port, name), .required = true,
	    .help = "the port's name in the guest, as org.example.0" },
	SOCKET_ROW,
	{ NULL },
};

/* The first role is the character device's. */
static char
chardev_role(const struct device *d)
{
	return d->type->roles[0];
}

/* What the guest's /sys/class/virtio-ports/.../name says: a console has the
 * name of its device. */
static const char *
port_name(const struct device *d)
{
	const struct port *port = d->params;

	return port->name ? port->name : d->id;
}

/* ---- the steps ---- */

static void
add_chardev(struct run *run, void *subject)
{
	const struct device *d = subject;
	const struct port *port = d->params;
	_free_ char *name = device_part(d, chardev_role(d));

	want_reply(run, RUN_MONITOR,
	    cmd_chardev_add(name,
		port->socket ? chardev_server(port->socket) : chardev_pty()));
}

static void
del_chardev(struct run *run, void *subject)
{
	const struct device *d = subject;
	_free_ char *name = device_part(d, chardev_role(d));

	want_reply(run, RUN_MONITOR, cmd_chardev_remove(name));
}

static bool
has_chardev(const struct actual *a, const void *subject)
{
	const struct device *d = subject;

	return device_has_part(a, d, chardev_role(d));
}

static void
add_device(struct run *run, void *subject)
{
	const struct device *d = subject;
	_free_ char *chardev = device_part(d, chardev_role(d));

	want_reply(run, RUN_MONITOR,
	    cmd_device_add(must(json_pack("{s:s, s:s, s:s*, s:s, s:s}",
		"driver", d->type->drivers[0], "id", d->id, "bus", d->bus,
		"chardev", chardev, "name", port_name(d)))));
}

/* The kernel makes the port by itself, and says nothing to QEMU. */
static const char shown_script[] =
    "read -r name\n"
    "i=0\n"
    "until grep -qxF -- \"$name\" /sys/class/virtio-ports/*/name; do\n"
    "  i=$((i + 1))\n"
    "  [ $i -lt 50 ] || { echo 'it does not show the port' >&2; exit 1; }\n"
    "  sleep 0.1\n"
    "done 2>/dev/null\n"
    "echo 'confirmed by the guest'\n";

static void
wait_for_port(struct run *run, void *subject)
{
	const struct device *d = subject;
	_free_ char *line = xasprintf("%s\n", port_name(d));

	if (d->ask & ASK_EXEC)
		want_script(run, shown_script, line);
	else
		run_note(run, "whether the guest shows it is not known");
}

static const struct step steps[] = {
	{ "character device", add_chardev, del_chardev, has_chardev },
	{ "device", add_device, device_unplug, device_is_there },
	{ "guest", wait_for_port, NULL, device_is_there },
	{ NULL },
};

/* ---- what can be known before ---- */

static int
check(struct device *d, struct err *e)
{
	struct port *port = d->params;

	if (port->name && (!*port->name || strchr(port->name, '\n')))
		return err_set(e, "name: one line that is not empty is wanted");
	return port->socket ? chardev_check_path(&port->socket, e) : 0;
}

static int
check_host(const struct device *d, const struct actual *a, struct err *e)
{
	const struct port *port = d->params;
	_free_ char *folder = xstrdup0(port->socket);

	if (!folder)
		return 0;
	if (access(port->socket, F_OK) == 0)
		return err_set(e,
		    "socket %s: there is something of this name already",
		    port->socket);
	if (access(dirname(folder), W_OK) < 0)
		return err_errno(e, "socket %s: its folder", port->socket);
	return 0;
}

/* A console has its name from its id, no key for it, and nothing that would
 * free one. */
static void
recall(struct device *d, const struct actual *a)
{
	struct port *port = d->params;
	_free_ char *chardev = device_part(d, chardev_role(d));

	port->socket = chardev_socket(a, chardev);
	if (d->type->rows == serial_rows)
		port->name = xstrdup0(device_text(d, a, "name"));
	free(d->bus);
	d->bus = device_sub_bus(d, a);
}

static int
same(const struct device *d, const struct actual *a, struct err *e)
{
	const struct port *port = d->params;
	_free_ char *chardev = device_part(d, chardev_role(d));
	_free_ char *socket = chardev_socket(a, chardev);
	const char *name = device_text(d, a, "name");

	if (!actual_device(a, d->id))
		return 0;
	if (port->name && name && !str_eq(name, port->name))
		return err_set(e,
		    "it is there with name %s, not %s; remove it first", name,
		    port->name);
	if (str_same(socket, port->socket))
		return 0;
	return err_set(e, "it is there with %s%s, not %s%s; remove it first",
	    socket ? "socket " : "a pseudo terminal", socket ? socket : "",
	    port->socket ? "socket " : "a pseudo terminal",
	    port->socket ? port->socket : "");
}

static const char *const console_drivers[] = { "virtconsole", NULL };
static const char *const serial_drivers[] = { "virtserialport", NULL };
static const char *const properties[] = { "name", "parent_bus", NULL };

const struct device_type device_console = {
	.name = "console",
	.words = "console",
	.drivers = console_drivers,
	.roles = "c",
	.properties = properties,
	.rows = console_rows,
	.params_size = sizeof(struct port),
	.check = check,
	.check_host = check_host,
	.same = same,
	.recall = recall,
	.place = place_on_serial,
	.steps = steps,
	.sample = "socket=@nothing@",
};

const struct device_type device_serial_port = {
	.name = "serial-port",
	.words = "serial port",
	.drivers = serial_drivers,
	.roles = "p",
	.properties = properties,
	.rows = serial_rows,
	.params_size = sizeof(struct port),
	.check = check,
	.check_host = check_host,
	.same = same,
	.recall = recall,
	.place = place_on_serial,
	.steps = steps,
	.sample = "name=org.example.0 socket=@nothing@",
};
