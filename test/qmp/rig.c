/*
 * A link on a virtual clock with a test as its peer.
 */
#include "rig.h"

#include <sys/socket.h>

#define HEARD_MAX (1 << 20)

struct named {
	struct named *next;
	struct rig *rig;
	const char *name;
	unsigned answers;
};

void
rig_log(struct rig *rig, const char *fmt, ...)
{
	_free_ char *line = NULL;
	char *log;
	va_list ap;

	va_start(ap, fmt);
	assert_true(vasprintf(&line, fmt, ap) >= 0);
	va_end(ap);
	log = xasprintf("%s%s\n", rig->log, line);
	free(rig->log);
	rig->log = log;
}

/* What every callback does: the invariants, and what a test asked for. */
static void
called(struct rig *rig)
{
	assert_false(rig->is_in_call);
	assert_non_null(rig->qmp);
	if (!rig->frees)
		return;
	rig->frees = false;
	qmp_free(TAKE(rig->qmp));
}

static void
on_state(void *arg, enum qmp_state state, const char *why)
{
	struct rig *rig = arg;

	if (state == QMP_LOST)
		rig_log(rig, "LOST %s", why);
	else
		rig_log(rig, state == QMP_READY ? "READY" : "OPENING");
	assert_int_equal(qmp_state(rig->qmp), state);
	called(rig);
}

static void
on_reply(void *arg, const struct qmp_reply *reply)
{
	struct named *named = arg;
	struct rig *rig = named->rig;
	_free_ char *value = NULL;

	if (reply->outcome == QMP_RETURN) {
		value = json_dumps(reply->value,
		    JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
		rig_log(rig, "%s: %s", named->name, value);
	} else if (reply->outcome == QMP_ERROR) {
		rig_log(rig, "%s: %s: %s", named->name, reply->error_class,
		    reply->text);
	} else {
		rig_log(rig, "%s: none: %s", named->name, reply->text);
	}
	named->answers++;
	assert_int_equal(named->answers, 1);
	called(rig);
}

void
rig_log_event(void *arg, const char *name, json_t *data)
{
	struct rig *rig = arg;
	_free_ char *text = json_dumps(data, JSON_COMPACT | JSON_SORT_KEYS);

	rig_log(rig, "%s %s", name, text);
	called(rig);
}

/* ---- life ---- */

void
rig_init(struct rig *rig)
{
	memset(rig, 0, sizeof(*rig));
	rig->clock = clock_new_virtual(1);
	rig->peer = -1;
	rig->log = xstrdup("");
	rig->open_ms = RIG_OPEN_MS;
}

static struct qmp_options
options_of(struct rig *rig, enum qmp_dialect dialect)
{
	return (struct qmp_options){
		.dialect = dialect,
		.open_ms = rig->open_ms,
		.reply_ms = RIG_REPLY_MS,
		.on_state = on_state,
		.arg = rig,
	};
}

void
rig_open(struct rig *rig, enum qmp_dialect dialect)
{
	struct qmp_options options = options_of(rig, dialect);
	int pair[2];

	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	rig->peer = pair[1];
	rig->is_in_call = true;
	rig->qmp = qmp_open_fd(rig->clock, pair[0], &options);
	rig->is_in_call = false;
}

void
rig_open_path(struct rig *rig, const char *path, enum qmp_dialect dialect)
{
	struct qmp_options options = options_of(rig, dialect);

	rig->is_in_call = true;
	rig->qmp = qmp_open(rig->clock, path, &options);
	rig->is_in_call = false;
}

void
rig_ready_monitor(struct rig *rig)
{
	rig_init(rig);
	rig_open(rig, QMP_MONITOR);
	rig_say(rig, GREETING);
	rig_expect_heard(rig, "{\"execute\":\"qmp_capabilities\",\"id\":1}\n");
	rig_say(rig, "{\"return\": {}, \"id\": 1}");
	rig_expect(rig, "READY\n");
	qmp_listen(rig->qmp, rig_log_event, rig);
}

void
rig_ready_agent(struct rig *rig)
{
	char reply[100];

	rig_init(rig);
	rig->open_ms = 0;
	rig_open(rig, QMP_AGENT);
	snprintf(reply, sizeof(reply), "\xff{\"return\": %llu}",
	    (unsigned long long)rig_sync_id(rig, NULL));
	rig_say(rig, reply);
	rig_expect(rig, "READY\n");
}

void
rig_free(struct rig *rig)
{
	struct named *named;

	rig->is_in_call = true;
	qmp_free(rig->qmp);
	rig->is_in_call = false;
	rig_hang_up(rig);
	rig_wait(rig, 1);
	clock_free(rig->clock);
	while ((named = rig->calls)) {
		rig->calls = named->next;
		free(named);
	}
	free(rig->log);
}

unsigned
rig_unanswered(const struct rig *rig)
{
	const struct named *named = rig->calls;
	unsigned n = 0;

	for (; named; named = named->next)
		n += named->answers == 0;
	return n;
}

/* ---- time ---- */

static void
on_time(void *arg)
{
	*(bool *)arg = true;
}

static bool
is_true(void *arg)
{
	return *(bool *)arg;
}

/* All that comes at that very moment is done, too. */
void
rig_wait(struct rig *rig, uint64_t ms)
{
	bool is_over = false;
	struct timer *timer = timer_new(rig->clock, on_time, &is_over);

	timer_start(timer, ms * 1000);
	assert_true(clock_run(rig->clock, is_true, &is_over));
	timer_free(timer);
}

void
rig_settle(struct rig *rig)
{
	rig_wait(rig, 0);
	rig_wait(rig, 1);
}

/* ---- the peer ---- */

void
rig_say_n(struct rig *rig, const char *bytes, size_t n)
{
	ssize_t sent;

	for (; n > 0; bytes += sent, n -= (size_t)sent) {
		sent = send(rig->peer, bytes, n, MSG_NOSIGNAL);
		if (sent < 0)
			break;
		rig_settle(rig);
	}
}

void
rig_say(struct rig *rig, const char *text)
{
	rig_say_n(rig, text, strlen(text));
}

const char *
rig_heard(struct rig *rig)
{
	static char text[HEARD_MAX];
	ssize_t n;

	rig_settle(rig);
	n = recv(rig->peer, text, sizeof(text) - 1, MSG_DONTWAIT);
	text[MAX(n, 0)] = '\0';
	return text;
}

void
rig_hang_up(struct rig *rig)
{
	if (rig->peer >= 0)
		close(rig->peer);
	rig->peer = -1;
}

uint64_t
rig_sync_id(struct rig *rig, unsigned *n)
{
	static const char command[] =
	    "\xff{\"execute\":\"guest-sync-delimited\","
	    "\"arguments\":{\"id\":";
	const char *at = rig_heard(rig);
	unsigned long long id = 0;
	unsigned count = 0;

	while ((at = strstr(at, command))) {
		at += strlen(command);
		id = strtoull(at, NULL, 10);
		count++;
	}
	if (n)
		*n = count;
	return id;
}

/* ---- calls ---- */

uint64_t
rig_call_fd(struct rig *rig, const char *name, int fd)
{
	struct named *named = xcalloc(1, sizeof(*named));
	uint64_t number;

	named->next = rig->calls;
	named->rig = rig;
	named->name = name;
	rig->calls = named;
	rig->is_in_call = true;
	number = qmp_call(
	    rig->qmp, json_pack("{s:s}", "execute", name), fd, on_reply, named);
	rig->is_in_call = false;
	assert_int_not_equal(number, 0);
	return number;
}

uint64_t
rig_call(struct rig *rig, const char *name)
{
	return rig_call_fd(rig, name, -1);
}

void
rig_expect(struct rig *rig, const char *log)
{
	rig_settle(rig);
	assert_string_equal(rig->log, log);
	rig->log[0] = '\0';
}

void
rig_expect_heard(struct rig *rig, const char *text)
{
	assert_string_equal(rig_heard(rig), text);
}
