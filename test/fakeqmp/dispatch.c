/*
 * From a message to its reply, and what a fault makes of that.
 */
#include "json.h"
#include "peer.h"

static json_t *
error_reply(const char *error_class, const char *text)
{
	return must(json_pack(
	    "{s:{s:s, s:s}}", "error", "class", error_class, "desc", text));
}

static void
note(struct side *side, const json_t *message)
{
	json_t *entry = must(json_object());
	json_t *arguments = json_object_get(message, "arguments");

	json_object_set(entry, "execute", json_object_get(message, "execute"));
	if (arguments)
		json_object_set_new(
		    entry, "arguments", must(json_deep_copy(arguments)));
	json_array_append_new(side->log, entry);
	side->received++;
}

static json_t *
run(struct peer *peer, const json_t *message, const char *name)
{
	struct fake *fake = peer->side->fake;
	json_t *value;

	if (peer->side->which == FAKE_AGENT) {
		value = agent_allows(fake, name)
		    ? command_run(fake, agent_commands, message)
		    : NULL;
	} else if (str_eq(name, "qmp_capabilities")) {
		peer->is_negotiated = true;
		value = nothing();
	} else if (peer->is_negotiated) {
		value = command_run(fake, monitor_commands, message);
	} else {
		value = refuse(fake, "CommandNotFound",
		    "Expecting capabilities negotiation with "
		    "'qmp_capabilities'");
	}
	if (!value)
		return error_reply(fake->refusal_class, fake->refusal.text);
	return must(json_pack("{s:o}", "return", value));
}

/* The reply leaves now, or when its time has come. */
static void
reply_in(struct peer *peer, json_t *reply, bool is_delimited, unsigned ms)
{
	if (ms == 0) {
		peer_send(peer, reply, is_delimited);
		return;
	}
	peer->late = reply;
	peer->late_is_delimited = is_delimited;
	timer_start(peer->timer, (uint64_t)ms * 1000);
}

static json_t *
make_reply(struct peer *peer, const json_t *message, const char *name,
    const struct fake_fault *fault)
{
	struct fake *fake = peer->side->fake;
	json_t *reply, *id = json_object_get(message, "id");

	fake->is_instant = fault && fault->kind == FAKE_EVENT_FIRST;
	fake->is_twice = fault && fault->kind == FAKE_EVENT_TWICE;
	if (fault && fault->kind == FAKE_ERROR)
		reply = error_reply(fault->error_class, fault->text);
	else
		reply = run(peer, message, name);
	fake->is_instant = fake->is_twice = false;
	if (id)
		json_object_set(reply, "id", id);
	return reply;
}

/* A monitor that does not answer hangs; an agent has lost one reply. */
static void
answer(struct peer *peer, const json_t *message, const char *name,
    const struct fake_fault *fault)
{
	bool is_agent = peer->side->which == FAKE_AGENT;
	bool is_delimited = str_eq(name, "guest-sync-delimited");
	unsigned ms = is_agent ? peer->side->fake->guest.agent_ms : 0;
	json_t *reply = make_reply(peer, message, name, fault);

	if (fault && fault->kind == FAKE_DELAY)
		ms = fault->ms;
	if (fault && fault->kind == FAKE_CLOSE_AFTER)
		peer_close(peer);
	else if (fault && fault->kind == FAKE_NO_REPLY)
		peer->is_stuck = !is_agent;
	else
		reply_in(peer, json_incref(reply), is_delimited, ms);
	json_decref(reply);
}

static void
take_message(struct peer *peer, const json_t *message)
{
	struct side *side = peer->side;
	const char *name = text_of(message, "execute");
	struct fake_fault fault;
	bool is_faulty;

	if (!name) {
		peer_send(peer,
		    error_reply(GENERIC, "QMP input lacks member 'execute'"),
		    false);
		return;
	}
	note(side, message);
	if (side->which == FAKE_AGENT && side->fake->guest.agent_is_silent)
		return;
	is_faulty = fault_match(side, name, &fault);
	if (is_faulty && fault.kind == FAKE_CLOSE_BEFORE)
		peer_close(peer);
	else
		answer(peer, message, name, is_faulty ? &fault : NULL);
	if (side->fake->is_gone)
		fake_shut(side->fake);
}

/* qemu-ga complains about the byte that resets its parser. */
void
peer_take(struct peer *peer, enum frame_kind kind, const char *text, size_t n)
{
	const struct fake *fake = peer->side->fake;
	json_t *message = NULL;

	if (kind == FRAME_TEXT)
		message = json_parse(text, n, NULL);
	if (message)
		take_message(peer, message);
	else if (kind != FRAME_NONE && !fake->guest.agent_is_silent)
		peer_send(peer,
		    error_reply(GENERIC, "JSON parse error, stray '\\uFFFD'"),
		    false);
	json_decref(message);
}
