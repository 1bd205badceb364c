/*
 * A fake on a virtual clock with a link on each side.
 */
#include "rig.h"

struct rig rig;

/* JSON with ' for ", so that it can be read in C. */
json_t *
json_of(const char *text)
{
	_free_ char *copy = xstrdup(text);
	json_t *value;
	char *p;

	for (p = copy; *p; p++)
		if (*p == '\'')
			*p = '"';
	value = json_loads(copy, JSON_DECODE_ANY, NULL);
	if (!value)
		fail_msg("no JSON: %s", text);
	return value;
}

char *
text_from(const json_t *value)
{
	char *text = must(
	    json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY));
	char *p;

	for (p = text; *p; p++)
		if (*p == '"')
			*p = '\'';
	return text;
}

static void
on_event(void *arg, const char *name, json_t *data)
{
	_free_ char *text = text_from(data);
	char *events = xasprintf("%s%s %s\n", rig.events, name, text);

	free(rig.events);
	rig.events = events;
}

static void
on_reply(void *arg, const struct qmp_reply *reply)
{
	rig.is_answered = true;
	free(rig.reply);
	if (reply->outcome == QMP_RETURN)
		rig.reply = text_from(reply->value);
	else if (reply->outcome == QMP_ERROR)
		rig.reply =
		    xasprintf("%s: %s", reply->error_class, reply->text);
	else
		rig.reply = xasprintf("none: %s", reply->text);
}

static bool
is_answered(void *arg)
{
	return rig.is_answered;
}

void
link_up(enum fake_side side)
{
	struct qmp_options options = {
		.dialect = side == FAKE_AGENT ? QMP_AGENT : QMP_MONITOR,
	};

	qmp_free(rig.links[side]);
	rig.links[side] =
	    qmp_open_fd(rig.clock, fake_connect(rig.fake, side), &options);
	if (side == FAKE_MONITOR)
		qmp_listen(rig.links[side], on_event, NULL);
}

void
begin(const struct fake_options *options)
{
	memset(&rig, 0, sizeof(rig));
	rig.clock = clock_new_virtual(1);
	rig.fake = fake_new(rig.clock, options);
	rig.events = xstrdup("");
	link_up(FAKE_MONITOR);
	link_up(FAKE_AGENT);
}

static void
on_time(void *arg)
{
	*(bool *)arg = true;
}

static bool
is_over(void *arg)
{
	return *(bool *)arg;
}

void
pass(unsigned ms)
{
	bool over = false;
	struct timer *timer = timer_new(rig.clock, on_time, &over);

	timer_start(timer, (uint64_t)ms * 1000);
	assert_true(clock_run(rig.clock, is_over, &over));
	timer_free(timer);
}

void
end(void)
{
	qmp_free(rig.links[FAKE_MONITOR]);
	qmp_free(rig.links[FAKE_AGENT]);
	pass(1);
	fake_free(rig.fake);
	clock_free(rig.clock);
	free(rig.events);
	free(rig.reply);
}

const char *
ask_fd(enum fake_side side, const char *command, int fd)
{
	rig.is_answered = false;
	qmp_call(rig.links[side], json_of(command), fd, on_reply, NULL);
	assert_true(clock_run(rig.clock, is_answered, NULL));
	return rig.reply;
}

/* Commands of the monitor by name and arguments, of the agent likewise. */
static const char *
ask_side(enum fake_side side, const char *name, const char *arguments)
{
	_free_ char *command = arguments
	    ? xasprintf("{'execute': '%s', 'arguments': {%s}}", name, arguments)
	    : xasprintf("{'execute': '%s'}", name);

	return ask_fd(side, command, -1);
}

const char *
ask(const char *name, const char *arguments)
{
	return ask_side(FAKE_MONITOR, name, arguments);
}

const char *
ask_agent(const char *name, const char *arguments)
{
	return ask_side(FAKE_AGENT, name, arguments);
}

void
ok(const char *name, const char *arguments)
{
	assert_string_equal(ask(name, arguments), "{}");
}

void
no(const char *name, const char *arguments, const char *why)
{
	_free_ char *text = xasprintf("GenericError: %s", why);

	assert_string_equal(ask(name, arguments), text);
}

/* What was told since the last time. */
void
events(const char *wanted)
{
	assert_string_equal(rig.events, wanted);
	rig.events[0] = '\0';
}

char *
picture(void)
{
	json_t *snapshot = fake_snapshot(rig.fake);
	char *text = text_from(snapshot);

	json_decref(snapshot);
	return text;
}

void
has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("%s\nhas no %s", text, part);
}

void
has_not(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("%s\nhas %s", text, part);
}

void
has_picture(const char *part)
{
	_free_ char *text = picture();

	has(text, part);
}

void
has_no_picture(const char *part)
{
	_free_ char *text = picture();

	has_not(text, part);
}

void
set_guest(void (*change)(struct fake_guest *guest))
{
	struct fake_guest guest = fake_guest(rig.fake);

	change(&guest);
	fake_set_guest(rig.fake, &guest);
}

void
add_disk(void)
{
	ok("blockdev-add",
	    "'driver': 'file', 'node-name': 'd1', 'filename': '/f'");
	ok("device_add",
	    "'driver': 'virtio-blk-pci', 'id': 'disk1', 'drive': 'd1', "
	    "'bus': 'pci-bridge-0', 'addr': '0x1'");
}

void
add_socket(const char *id)
{
	_free_ char *text = xasprintf(
	    "'id': '%s', 'backend': {'type': 'socket', 'data': {'server': "
	    "false, 'addr': {'type': 'unix', 'data': {'path': '/%s'}}}}",
	    id, id);

	ok("chardev-add", text);
}

void
add_null(const char *id)
{
	_free_ char *text = xasprintf(
	    "'id': '%s', 'backend': {'type': 'null', 'data': {}}", id);

	ok("chardev-add", text);
}

void
add_memory(const char *id, unsigned mib)
{
	_free_ char *object = xasprintf(
	    "'qom-type': 'memory-backend-ram', 'id': 'mem-%s', 'size': %llu",
	    id, (unsigned long long)(mib * MIB));
	_free_ char *device = xasprintf(
	    "'driver': 'pc-dimm', 'id': '%s', 'memdev': 'mem-%s'", id, id);

	ok("object-add", object);
	ok("device_add", device);
}
