/*
 * The guest agent's dialect: no greeting, no ids, no events, one call in
 * flight, and a guest that may be booting, slow, or gone.
 *
 * Theory. Before READY, and after a call that was not answered in time, the
 * two sides are brought into step: we send 0xFF and guest-sync-delimited with
 * an id never used before; the agent answers with 0xFF and that id.
 *
 *   OPENING   sync sent, and again with back-off until one is answered;
 *      │      everything that comes is skipped up to a 0xFF
 *      ▼ the id is that of the last sync sent
 *   READY     one call at a time ──its deadline passed──▶ OPENING
 *
 * 1. Only the answer to the *last* sync makes the link READY. Whatever older
 *    syncs and an earlier client caused then lies behind us. This matters: an
 *    agent answers the stray 0xFF with an error that no 0xFF precedes, which
 *    would pass for the reply to the first call.
 * 2. While our ids come back, the guest lives: no more syncs are sent until
 *    the last is answered or a reply's time has passed. So a guest slower than
 *    the back-off is still caught up with.
 * 3. No sync is sent while the one before lies unread in the socket: QEMU
 *    reads none before the guest has opened its port, perhaps never.
 * 4. A call waits for READY no longer than a reply may take.
 */
#include "link.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>

#define SYNC_RETRY_MS 100
#define SYNC_RETRY_MAX_MS 2000
#define SYNC_ID_MASK ((UINT64_C(1) << 48) - 1) /* exact as a double, too */

/* The reply timer is about the oldest call that can run out of time. */
static void
arm(struct qmp *qmp)
{
	struct call *call = TAILQ_FIRST(&qmp->sent);
	uint64_t now = clock_now(qmp->clock);

	if (!call && qmp->state == QMP_OPENING)
		call = TAILQ_FIRST(&qmp->waiting);
	if (call)
		timer_start(qmp->reply_timer, MAX(call->due, now) - now);
	else
		timer_stop(qmp->reply_timer);
}

static void
set_due(const struct qmp *qmp, struct call *call)
{
	call->due =
	    clock_now(qmp->clock) + (uint64_t)qmp->options.reply_ms * 1000;
}

static void
agent_queued(struct qmp *qmp)
{
	set_due(qmp, TAILQ_LAST(&qmp->waiting, call_list));
	arm(qmp);
}

/* ---- OPENING ---- */

static bool
is_unread(const struct qmp *qmp)
{
	int bytes = 0;

	return !out_is_empty(qmp->out) ||
	    (ioctl(qmp->fd, SIOCOUTQ, &bytes) == 0 && bytes > 0);
}

static void
send_sync(struct qmp *qmp)
{
	uint64_t id = qmp->agent.first_id + qmp->agent.syncs++;

	wire_put(qmp,
	    xasprintf("\xff{\"execute\":\"guest-sync-delimited\","
		      "\"arguments\":{\"id\":%llu}}",
		(unsigned long long)id),
	    -1);
}

static void
begin_sync(struct qmp *qmp)
{
	struct agent *agent = &qmp->agent;

	clock_random(qmp->clock, &agent->first_id, sizeof(agent->first_id));
	agent->first_id &= SYNC_ID_MASK;
	agent->syncs = 0;
	agent->is_stale = false;
	framer_skip(qmp->in);
	qmp->retry_ms = SYNC_RETRY_MS;
	link_retry_in(qmp, SYNC_RETRY_MS);
	send_sync(qmp);
}

static void
agent_retry(struct qmp *qmp)
{
	link_back_off(qmp, SYNC_RETRY_MAX_MS);
	link_retry_in(qmp, qmp->retry_ms);
	if (!is_unread(qmp))
		send_sync(qmp);
}

static void
take_sync(struct qmp *qmp, const json_t *message)
{
	struct agent *agent = &qmp->agent;
	const json_t *id = json_object_get(message, "return");
	uint64_t nth = (uint64_t)json_integer_value(id) - agent->first_id;

	if (json_is_integer(id) && nth + 1 == agent->syncs) {
		link_move(qmp, QMP_READY);
		return;
	}
	framer_skip(qmp->in);
	if (json_is_integer(id) && nth < agent->syncs)
		link_retry_in(qmp, qmp->options.reply_ms);
}

static void
agent_moved(struct qmp *qmp)
{
	struct call *call;

	timer_stop(qmp->retry_timer);
	if (qmp->state != QMP_OPENING)
		return;
	TAILQ_FOREACH (call, &qmp->waiting, entry)
		set_due(qmp, call);
	begin_sync(qmp);
}

static void
agent_open_passed(struct qmp *qmp)
{
	link_lose(qmp, "%sthe guest agent did not answer within %g s",
	    qmp->prefix, qmp->options.open_ms / 1000.0);
}

/* ---- READY ---- */

static void
agent_send(struct qmp *qmp)
{
	struct call *call = TAILQ_FIRST(&qmp->waiting);

	if (!call || !TAILQ_EMPTY(&qmp->sent))
		return;
	set_due(qmp, call);
	call_send(qmp, call);
	if (!qmp->is_freed)
		arm(qmp);
}

static void
take_reply(struct qmp *qmp, const json_t *message)
{
	struct call *call = TAILQ_FIRST(&qmp->sent);

	if (!message_is_reply(message))
		link_lose(qmp, "the guest agent sent what is no reply");
	else if (call)
		call_answer(qmp, call, message);
}

static void
agent_received(struct qmp *qmp, const json_t *message)
{
	if (qmp->state == QMP_OPENING)
		take_sync(qmp, message);
	else if (qmp->agent.is_stale)
		qmp->agent.is_stale = false;
	else
		take_reply(qmp, message);
}

static void
agent_settled(struct qmp *qmp)
{
	if (TAILQ_EMPTY(&qmp->sent) && !TAILQ_EMPTY(&qmp->waiting))
		wire_wake(qmp);
	arm(qmp);
}

static void
agent_reset(struct qmp *qmp)
{
	qmp->agent.is_stale = qmp->state == QMP_READY;
}

/* Only a guest that is in step is held to what it says. */
static void
agent_garbled(struct qmp *qmp, const char *why)
{
	if (qmp->state == QMP_OPENING)
		framer_skip(qmp->in);
	else
		link_lose(qmp, "%s%s", qmp->prefix, why);
}

/* In READY the oldest call is the one in flight: the guest lost step. */
static void
agent_reply_passed(struct qmp *qmp)
{
	struct call *call = TAILQ_FIRST(&qmp->sent);
	bool was_sent = call != NULL;
	char why[100];

	snprintf(why, sizeof(why), "the guest agent did not answer within %g s",
	    qmp->options.reply_ms / 1000.0);
	if (!call)
		call = TAILQ_FIRST(&qmp->waiting);
	call_answer_none(qmp, call, why);
	if (was_sent && !qmp->is_freed)
		link_move(qmp, QMP_OPENING);
	if (!qmp->is_freed)
		arm(qmp);
}

const struct dialect agent_dialect = {
	.moves = {
		[QMP_OPENING] = { [QMP_READY] = true, [QMP_LOST] = true },
		[QMP_READY] = { [QMP_OPENING] = true, [QMP_LOST] = true },
	},
	.reply_ms = QMP_AGENT_REPLY_MS,
	.closed = "the guest agent's socket was closed",
	.connected = begin_sync,
	.moved = agent_moved,
	.received = agent_received,
	.settled = agent_settled,
	.reset = agent_reset,
	.garbled = agent_garbled,
	.queued = agent_queued,
	.send = agent_send,
	.open_passed = agent_open_passed,
	.reply_passed = agent_reply_passed,
	.retry = agent_retry,
};
