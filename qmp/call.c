/*
 * A link's calls. Each is in one list: waiting (to be sent), sent (to be
 * answered) or late (to be refused from the loop), and leaves it when it is
 * answered, which happens once.
 */
#include "link.h"

#include <assert.h>
#include <fcntl.h>

static void
call_free(struct call *call)
{
	if (call->fd >= 0)
		close(call->fd);
	free(call->text);
	free(call->refusal);
	free(call);
}

static struct call *
call_new(struct qmp *qmp, qmp_reply_fn *fn, void *arg)
{
	struct call *call = xcalloc(1, sizeof(*call));

	call->number = ++qmp->last_number;
	call->fd = -1;
	call->fn = fn;
	call->arg = arg;
	return call;
}

/* Gives the call what it sends; takes the command. */
static void
set_command(const struct qmp *qmp, struct call *call, json_t *command)
{
	if (qmp->options.dialect == QMP_MONITOR)
		json_object_set_new(command, "id",
		    must(json_integer((json_int_t)call->number)));
	call->text = must(json_dumps(command, JSON_COMPACT));
	json_decref(command);
}

/* Why a call cannot even wait; NULL when it can. */
static char *
refusal(const struct qmp *qmp, struct call *call, int fd)
{
	if (qmp->state == QMP_LOST)
		return xstrdup(qmp->why);
	if (qmp->calls >= QMP_CALLS_MAX)
		return xasprintf("%u calls are waiting already", qmp->calls);
	if (fd < 0)
		return NULL;
	call->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (call->fd >= 0)
		return NULL;
	return xasprintf("cannot pass descriptor %d: %s", fd, strerror(errno));
}

uint64_t
qmp_call(struct qmp *qmp, json_t *command, int fd, qmp_reply_fn *fn, void *arg)
{
	struct call *call = call_new(qmp, fn, arg);

	assert(json_is_object(command));
	set_command(qmp, call, command);
	call->refusal = refusal(qmp, call, fd);
	if (call->refusal) {
		TAILQ_INSERT_TAIL(&qmp->late, call, entry);
		timer_start(qmp->late_timer, 0);
		return call->number;
	}
	TAILQ_INSERT_TAIL(&qmp->waiting, call, entry);
	qmp->calls++;
	link_hook(qmp, qmp->dialect->queued);
	wire_wake(qmp);
	return call->number;
}

static struct call *
find(const struct call_list *list, uint64_t number)
{
	struct call *call;

	TAILQ_FOREACH (call, list, entry)
		if (call->number == number)
			return call;
	return NULL;
}

struct call *
call_find_sent(const struct qmp *qmp, uint64_t number)
{
	return find(&qmp->sent, number);
}

void
qmp_forget(struct qmp *qmp, uint64_t number)
{
	struct call *call = find(&qmp->sent, number);

	if (!call)
		call = find(&qmp->waiting, number);
	if (!call)
		call = find(&qmp->late, number);
	if (call)
		call->fn = NULL;
}

/* ---- sending ---- */

void
call_send(struct qmp *qmp, struct call *call)
{
	int fd = call->fd;

	call->fd = -1;
	TAILQ_REMOVE(&qmp->waiting, call, entry);
	TAILQ_INSERT_TAIL(&qmp->sent, call, entry);
	wire_put(qmp, TAKE(call->text), fd);
}

void
call_now(struct qmp *qmp, const char *name, qmp_reply_fn *fn)
{
	struct call *call = call_new(qmp, fn, qmp);

	set_command(qmp, call, must(json_pack("{s:s}", "execute", name)));
	TAILQ_INSERT_HEAD(&qmp->waiting, call, entry);
	qmp->calls++;
	call_send(qmp, call);
}

/* ---- answering ---- */

static void
answer(struct qmp *qmp, struct call *call, const struct qmp_reply *reply)
{
	qmp_reply_fn *fn = call->fn;
	void *arg = call->arg;

	call_free(call);
	if (fn)
		fn(arg, reply);
}

bool
message_is_reply(const json_t *message)
{
	return json_object_get(message, "return") ||
	    json_object_get(message, "error");
}

const char *
message_error(const json_t *message)
{
	const json_t *error = json_object_get(message, "error");
	const char *text = json_string_value(json_object_get(error, "desc"));

	return text ? text : "it gave no reason";
}

static const char *
message_class(const json_t *message)
{
	const json_t *error = json_object_get(message, "error");
	const char *name = json_string_value(json_object_get(error, "class"));

	return name ? name : "GenericError";
}

static void
take_sent(struct qmp *qmp, struct call *call)
{
	TAILQ_REMOVE(&qmp->sent, call, entry);
	qmp->calls--;
}

void
call_answer(struct qmp *qmp, struct call *call, const json_t *message)
{
	struct qmp_reply reply = {
		.outcome = QMP_RETURN,
		.value = json_object_get(message, "return"),
	};

	if (!reply.value) {
		reply.outcome = QMP_ERROR;
		reply.error_class = message_class(message);
		reply.text = message_error(message);
	}
	take_sent(qmp, call);
	answer(qmp, call, &reply);
}

void
call_answer_none(struct qmp *qmp, struct call *call, const char *why)
{
	struct qmp_reply reply = { .outcome = QMP_NONE, .text = why };

	if (call->text)
		TAILQ_REMOVE(&qmp->waiting, call, entry);
	else
		TAILQ_REMOVE(&qmp->sent, call, entry);
	qmp->calls--;
	answer(qmp, call, &reply);
}

void
call_answer_all_none(struct qmp *qmp, const char *why)
{
	struct call *call;

	while (qmp->calls > 0) {
		call = TAILQ_FIRST(&qmp->sent);
		if (!call)
			call = TAILQ_FIRST(&qmp->waiting);
		call_answer_none(qmp, call, why);
	}
}

/* Those refused while these are told wait for the next time. */
void
call_answer_late(struct qmp *qmp)
{
	struct qmp_reply reply = { .outcome = QMP_NONE };
	uint64_t last = qmp->last_number;
	struct call *call;
	_free_ char *why = NULL;

	while (!qmp->is_freed && (call = TAILQ_FIRST(&qmp->late)) &&
	    call->number <= last) {
		TAILQ_REMOVE(&qmp->late, call, entry);
		free(why);
		why = TAKE(call->refusal);
		reply.text = why;
		answer(qmp, call, &reply);
	}
}

static void
drop_list(struct call_list *list)
{
	struct call *call;

	while ((call = TAILQ_FIRST(list))) {
		TAILQ_REMOVE(list, call, entry);
		call_free(call);
	}
}

void
call_drop_all(struct qmp *qmp)
{
	drop_list(&qmp->sent);
	drop_list(&qmp->waiting);
	drop_list(&qmp->late);
	qmp->calls = 0;
}
