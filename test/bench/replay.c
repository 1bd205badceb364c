/* A rehearsed plan by a bare client. */

#include "replay.h"

static const char *
text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* Asked for, and gone when its event says so. */
static int
unplug(struct floor *f, const json_t *command, const char *line, struct err *e)
{
	const json_t *arguments = json_object_get(command, "arguments");
	_free_ char *device =
	    xasprintf("\"device\": \"%s\"", text_of(arguments, "id"));

	floor_expect(&f->monitor, "\"DEVICE_DELETED\"", device);
	if (floor_tell(&f->monitor, e, "%s", line) < 0)
		return -1;
	return floor_await(&f->monitor, e);
}

/* A script in the guest has run when its status says so. */
static int
run_script(struct floor *f, const char *line, struct err *e)
{
	const char *reply = floor_ask(&f->agent, line, e);
	const char *pid = reply ? strstr(reply, "\"pid\": ") : NULL;
	_free_ char *status = pid
	    ? xasprintf("{\"execute\":\"guest-exec-status\",\"arguments\":"
			"{\"pid\":%d}}\n",
		  (int)strtol(pid + strlen("\"pid\": "), NULL, 10))
	    : NULL;

	if (!status)
		return reply ? err_set(e, "guest-exec: no pid") : -1;
	return floor_ask_until(f, &f->agent, status, "\"exited\": true", 1, e);
}

/* getfd, with what it is to have. */
static int
send_descriptor(
    struct floor *f, const struct replay *r, const char *line, struct err *e)
{
	_close_ int fd = r->descriptor ? r->descriptor(e) : -1;

	if (!r->descriptor)
		return err_set(e, "there is no descriptor to send");
	return fd < 0 ? -1 : floor_tell_fd(&f->monitor, line, fd, e);
}

static int
send_command(
    struct floor *f, const struct replay *r, const json_t *does, struct err *e)
{
	const json_t *command = json_object_get(does, "command");
	const char *name = text_of(command, "execute");
	_free_ char *text = json_dumps(command, JSON_COMPACT);
	_free_ char *line = xasprintf("%s\n", text);

	struct err ignored;

	if (str_eq(name, r->may_fail))
		return floor_tell(&f->monitor, &ignored, "%s", line), 0;
	if (str_eq(name, "device_del"))
		return unplug(f, command, line, e);
	if (str_eq(name, "guest-exec"))
		return run_script(f, line, e);
	if (str_eq(name, "getfd"))
		return send_descriptor(f, r, line, e);
	return floor_tell(
	    str_eq(text_of(does, "to"), "agent") ? &f->agent : &f->monitor, e,
	    "%s", line);
}

int
prove(struct floor *f, const struct proof *p, struct err *e)
{
	struct floor_link *l;

	for (; p; p = p->and) {
		l = p->agent ? &f->agent : &f->monitor;
		if (p->sign
			? floor_ask_until_sign(f, l, p->line, p->sign, e) < 0
			: floor_ask_until(f, l, p->line, p->words, 1, e) < 0)
			return -1;
	}
	return 0;
}

int
replay(struct floor *f, const json_t *steps, const struct replay *r, bool add,
    struct err *e)
{
	size_t i, j;
	json_t *step, *does;

	json_array_foreach (steps, i, step)
		json_array_foreach (json_object_get(step, "does"), j, does)
			if (json_object_get(does, "command") &&
			    send_command(f, r, does, e) < 0)
				return -1;
	return prove(f, add ? r->proof : r->gone, e);
}
