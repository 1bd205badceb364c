/*
 * The monitor's dialect: a greeting, qmp_capabilities, ids and events.
 *
 *   connected ──greeting──▶ greeted ──qmp_capabilities answered──▶ READY
 *
 * Out-of-band execution is not asked for: QEMU allows it for hardly anything,
 * and without it QEMU answers in order. A monitor socket serves one client; a
 * second one connects and is never greeted. The watchdog runs while a call is
 * unanswered and starts anew whenever bytes come.
 */
#include "link.h"

static void
watch(struct qmp *qmp)
{
	if (TAILQ_EMPTY(&qmp->sent))
		timer_stop(qmp->reply_timer);
	else
		timer_start(
		    qmp->reply_timer, (uint64_t)qmp->options.reply_ms * 1000);
}

static void
monitor_settled(struct qmp *qmp)
{
	if (qmp->state == QMP_READY)
		watch(qmp);
}

static void
monitor_garbled(struct qmp *qmp, const char *why)
{
	link_lose(qmp, "%s%s", qmp->prefix, why);
}

static void
monitor_send(struct qmp *qmp)
{
	struct call *call;
	bool was_idle = TAILQ_EMPTY(&qmp->sent);

	while (!qmp->is_freed && (call = TAILQ_FIRST(&qmp->waiting)))
		call_send(qmp, call);
	if (!qmp->is_freed && was_idle)
		watch(qmp);
}

/* ---- opening ---- */

static void
on_capabilities(void *arg, const struct qmp_reply *reply)
{
	struct qmp *qmp = arg;

	if (reply->outcome == QMP_RETURN)
		link_move(qmp, QMP_READY);
	if (reply->outcome == QMP_ERROR)
		link_lose(qmp, "%sQEMU refuses qmp_capabilities: %s",
		    qmp->prefix, reply->text);
}

/* {"QMP": {"version": {"qemu": {major, minor, micro}, "package"}, …}} */
static bool
is_version(const json_t *version)
{
	const json_t *qemu = json_object_get(version, "qemu");

	return json_is_integer(json_object_get(qemu, "major")) &&
	    json_is_integer(json_object_get(qemu, "minor")) &&
	    json_is_integer(json_object_get(qemu, "micro")) &&
	    json_is_string(json_object_get(version, "package"));
}

static void
greet(struct qmp *qmp, const json_t *message)
{
	json_t *version =
	    json_object_get(json_object_get(message, "QMP"), "version");

	if (!is_version(version)) {
		link_lose(qmp, "%sthis is not QMP: no greeting came first",
		    qmp->prefix);
		return;
	}
	qmp->monitor.is_greeted = true;
	qmp->monitor.version = json_incref(version);
	call_now(qmp, "qmp_capabilities", on_capabilities);
}

static void
monitor_open_passed(struct qmp *qmp)
{
	if (qmp->monitor.is_greeted)
		link_lose(qmp, "%sQEMU does not answer qmp_capabilities",
		    qmp->prefix);
	else
		link_lose(qmp,
		    "%sno greeting: another client holds this monitor, or QEMU "
		    "is stopped",
		    qmp->prefix);
}

/* ---- afterwards ---- */

static void
take_event(struct qmp *qmp, const json_t *message, const char *name)
{
	json_t *data = json_object_get(message, "data");
	json_t *none = must(json_object());

	sink_fire(qmp, name, json_is_object(data) ? data : none);
	json_decref(none);
}

/* An error without an id is about something QEMU could not even parse. */
static void
take_reply(struct qmp *qmp, const json_t *message)
{
	const json_t *id = json_object_get(message, "id");
	json_int_t number = json_integer_value(id);
	struct call *call = call_find_sent(qmp, (uint64_t)number);

	if (!id && json_object_get(message, "error"))
		link_lose(qmp, "QEMU did not understand us: %s",
		    message_error(message));
	else if (call)
		call_answer(qmp, call, message);
}

static void
monitor_received(struct qmp *qmp, const json_t *message)
{
	const char *event =
	    json_string_value(json_object_get(message, "event"));

	/* An event for the client before us may still come first. */
	if (!qmp->monitor.is_greeted && event)
		return;
	if (!qmp->monitor.is_greeted)
		greet(qmp, message);
	else if (event)
		take_event(qmp, message, event);
	else if (message_is_reply(message))
		take_reply(qmp, message);
	else
		link_lose(qmp, "QEMU sent neither a reply nor an event");
}

static void
monitor_reply_passed(struct qmp *qmp)
{
	link_lose(qmp, "QEMU has said nothing for %g s",
	    qmp->options.reply_ms / 1000.0);
}

const struct dialect monitor_dialect = {
	.moves = {
		[QMP_OPENING] = { [QMP_READY] = true, [QMP_LOST] = true },
		[QMP_READY] = { [QMP_LOST] = true },
	},
	.reply_ms = QMP_REPLY_MS,
	.closed = "QEMU closed the monitor",
	.received = monitor_received,
	.settled = monitor_settled,
	.garbled = monitor_garbled,
	.send = monitor_send,
	.open_passed = monitor_open_passed,
	.reply_passed = monitor_reply_passed,
};
