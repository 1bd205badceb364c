/* Recorded replies, given by a peer on the loop of a virtual clock. */
#include "replies.h"
#include "feature.h"
#include "observe.h"
#include "plan.h"
#include "run.h"
#include "vm.h"
#include <dirent.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <sys/socket.h>

#define FOLDER SRCDIR "/test/data/replies/"

json_t *
json_of(const char *text)
{
	_free_ char *copy = xstrdup(text);
	json_error_t error;
	json_t *value;
	char *p;

	for (p = copy; *p; p++)
		if (*p == '\'')
			*p = '"';
	value = json_loads(copy, JSON_DECODE_ANY, &error);
	if (!value)
		fail_msg("%s: %s", text, error.text);
	return value;
}

/* Of "7.2/q35" the schema is 7.2's. */
static void
read_schema(struct replies *r, const char *recording)
{
	_free_ char *path = xasprintf(
	    FOLDER "schema/%.*s.json", (int)strcspn(recording, "/"), recording);
	json_t *reply = json_load_file(path, 0, NULL);

	assert_non_null(reply);
	json_object_set_new(r->given, "query-qmp-schema", reply);
}

void
replies_read(struct replies *r, const char *recording)
{
	_free_ char *folder = xasprintf(FOLDER "%s", recording);
	DIR *dir = opendir(folder);
	struct dirent *entry;

	assert_non_null(dir);
	*r = (struct replies){ .given = json_object() };
	while ((entry = readdir(dir))) {
		_free_ char *path = xasprintf("%s/%s", folder, entry->d_name);
		_free_ char *name = xstrdup(entry->d_name);
		char *end = strstr(name, ".json");

		if (!end)
			continue;
		*end = '\0';
		json_object_set_new(
		    r->given, name, json_load_file(path, 0, NULL));
	}
	closedir(dir);
	read_schema(r, recording);
	/* Nothing is remembered of builds. */
	setenv("QMPD_STATE_DIR", "/dev/null", 0);
	r->clock = clock_new_virtual(1);
}

void
replies_free(struct replies *r)
{
	vm_free(r->vm);
	clock_free(r->clock);
	json_decref(r->given);
}

json_t *
replies_value(const struct replies *r, const char *name)
{
	json_t *value =
	    json_object_get(json_object_get(r->given, name), "return");

	assert_non_null(value);
	return value;
}

void
replies_set(struct replies *r, const char *name, const char *json)
{
	json_object_set_new(
	    r->given, name, json_pack("{s:o}", "return", json_of(json)));
}

void
replies_refuse(struct replies *r, const char *name)
{
	json_object_set_new(r->given, name,
	    json_pack("{s:{s:s, s:s}}", "error", "class", "GenericError",
		"desc", "refused"));
}

void
replies_disable(struct replies *r, const char *command)
{
	json_t *info = replies_value(r, "guest-info"), *v;
	size_t i;

	json_array_foreach (json_object_get(info, "supported_commands"), i, v)
		if (str_eq(
			json_string_value(json_object_get(v, "name")), command))
			json_object_set_new(v, "enabled", json_false());
}

/* ---- the peer ---- */

/* "qom-list-machine-peripheral", as the recorder named it. */
static char *
name_of(const char *command, const json_t *arguments)
{
	const char *path =
	    json_string_value(json_object_get(arguments, "path"));
	const char *property =
	    json_string_value(json_object_get(arguments, "property"));
	char *name, *p;

	if (!str_starts(command, "qom-"))
		return xstrdup(command);
	name = xasprintf("%s%s%s%s", command, path, property ? "-" : "",
	    property ? property : "");
	for (p = name; *p; p++)
		if (*p == '/')
			*p = '-';
	return name;
}

/* What no recording has: how a link is opened, and an agent's handles. */
static json_t *
own_reply(const char *command, const json_t *arguments)
{
	if (str_starts(command, "guest-sync"))
		return json_pack(
		    "{s:O}", "return", json_object_get(arguments, "id"));
	if (str_eq(command, "guest-file-open"))
		return json_of("{'return': 1000}");
	if (str_eq(command, "query-chardev"))
		return json_of("{'return': []}");
	if (str_eq(command, "human-monitor-command"))
		return json_of("{'return': ''}");
	if (str_eq(command, "qom-get"))
		return json_of("{'error': {'class': 'GenericError', 'desc': "
			       "'not recorded'}}");
	if (str_eq(command, "qmp_capabilities") ||
	    str_eq(command, "guest-file-close"))
		return json_of("{'return': {}}");
	return NULL;
}

static void
send_reply(struct bufferevent *peer, const json_t *reply, const char *before)
{
	_free_ char *text = json_dumps(reply, 0);
	_free_ char *line = xasprintf("%s%s\r\n", before, text);

	bufferevent_write(peer, line, strlen(line));
}

static void
answer(struct replies *r, struct bufferevent *peer, const char *line)
{
	json_auto_t *message =
	    json_loads(*line == '\xff' ? line + 1 : line, 0, NULL);
	const char *command =
	    json_string_value(json_object_get(message, "execute"));
	const json_t *arguments = json_object_get(message, "arguments");
	json_t *id = json_object_get(message, "id");
	json_auto_t *reply = NULL;
	_free_ char *name = NULL;

	assert_non_null(command);
	name = name_of(command, arguments);
	if (json_object_get(r->given, name))
		reply = json_copy(json_object_get(r->given, name));
	else
		reply = own_reply(command, arguments);
	if (!reply)
		fail_msg("no reply was recorded to %s", name);
	if (id)
		json_object_set(reply, "id", id);
	send_reply(
	    peer, reply, str_starts(command, "guest-sync") ? "\xff" : "");
}

static void
on_read(struct bufferevent *peer, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(peer);
	char *line;

	while ((line = evbuffer_readln(in, NULL, EVBUFFER_EOL_LF))) {
		if (*line)
			answer(arg, peer, line);
		free(line);
	}
}

/* A peer on the loop; the other end is a link's. */
static struct bufferevent *
peer_new(struct replies *r, int *link)
{
	struct bufferevent *peer;
	int fds[2];

	assert_int_equal(
	    socketpair(
		AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
	    0);
	*link = fds[0];
	peer = bufferevent_socket_new(
	    clock_base(r->clock), fds[1], BEV_OPT_CLOSE_ON_FREE);
	assert_non_null(peer);
	bufferevent_setcb(peer, on_read, NULL, NULL, r);
	bufferevent_enable(peer, EV_READ | EV_WRITE);
	return peer;
}

/* ---- observing ---- */

struct end {
	bool is_done;
	struct run_result result;
};

static void
on_done(void *arg, struct plan *plan, const struct run_result *result)
{
	struct end *end = arg;

	end->is_done = true;
	end->result = *result;
}

static bool
is_done(void *arg)
{
	const struct end *end = arg;

	return end->is_done;
}

struct actual *
replies_observe(struct replies *r)
{
	int monitor_fd, agent_fd = -1;
	struct bufferevent *monitor = peer_new(r, &monitor_fd), *agent = NULL;
	struct plan *plan = plan_new();
	struct end end = { false };
	struct err e = { "" };

	if (!r->has_no_agent)
		agent = peer_new(r, &agent_fd);
	vm_free(r->vm);
	r->vm = vm_new(r->clock, "web");
	vm_connect_fds(r->vm, monitor_fd, agent_fd);
	send_reply(monitor, json_object_get(r->given, "greeting"), "");
	observe_plan(plan);
	features_plan(plan, r->features);
	assert_ok(vm_submit(r->vm, plan, NULL, on_done, &end, &e), &e);
	assert_true(clock_run(r->clock, is_done, &end));
	assert_string_equal(end.result.error, "");
	assert_int_equal(end.result.end, PLAN_DONE);
	plan_free(plan);
	bufferevent_free(monitor);
	if (agent)
		bufferevent_free(agent);
	assert_non_null(vm_actual(r->vm));
	return vm_actual(r->vm);
}
