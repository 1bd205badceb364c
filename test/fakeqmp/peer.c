/*
 * A client of the fake: its connection.
 */
#include "peer.h"

#include <event2/event.h>
#include <sys/socket.h>

#define READ_SIZE 4096

/* ---- writing ---- */

static void
peer_write(struct peer *peer)
{
	if (!peer->is_closed && out_write(peer->out, peer->fd, NULL) == 0)
		event_add(peer->writable, NULL);
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	peer_write(arg);
}

static void
peer_say(struct peer *peer, const char *bytes, size_t n)
{
	if (n == 0)
		return;
	out_put(peer->out, memcpy(xcalloc(n, 1), bytes, n), n, -1);
	peer_write(peer);
}

void
peer_send(struct peer *peer, json_t *message, bool is_delimited)
{
	_free_ char *text = must(json_dumps(message, 0));
	_free_ char *line =
	    xasprintf("%s%s\r\n", is_delimited ? "\xff" : "", text);

	if (!peer->is_stuck)
		peer_say(peer, line, strlen(line));
	json_decref(message);
}

void
emit(struct fake *fake, const char *name, json_t *data)
{
	struct peer *peer = fake->sides[FAKE_MONITOR].peer;
	json_int_t us = (json_int_t)(clock_wall(fake->clock) / 1000);
	json_t *event = must(json_pack("{s:{s:I, s:I}, s:s, s:o*}", "timestamp",
	    "seconds", us / 1000000, "microseconds", us % 1000000, "event",
	    name, "data", data));

	if (peer && peer->is_negotiated && fake->is_twice)
		peer_send(peer, json_incref(event), false);
	if (peer && peer->is_negotiated)
		peer_send(peer, json_incref(event), false);
	json_decref(event);
}

/* ---- life ---- */

static void
peer_free(struct peer *peer)
{
	framer_free(peer->in);
	out_free(peer->out);
	timer_free(peer->timer);
	json_decref(peer->late);
	if (peer->passed_fd >= 0)
		close(peer->passed_fd);
	free(peer);
}

void
peer_close(struct peer *peer)
{
	struct side *side = peer->side;

	if (peer->is_closed)
		return;
	event_free(peer->readable);
	event_free(peer->writable);
	event_free(peer->hung_up);
	close(peer->fd);
	peer->is_closed = true;
	side->peer = NULL;
	if (!peer->is_working)
		peer_free(peer);
	if (!side->fake->is_gone)
		side_next(side);
}

/* May it take the next message now? */
static bool
is_able(const struct peer *peer)
{
	const struct fake *fake = peer->side->fake;

	if (peer->is_closed || peer->is_stuck || peer->late)
		return false;
	return peer->side->which == FAKE_MONITOR ||
	    (guest_is_awake(fake) && !fake->guest.has_no_agent);
}

static void
peer_update(struct peer *peer)
{
	bool able = is_able(peer);

	if (peer->is_closed)
		return;
	event_add(able ? peer->readable : peer->hung_up, NULL);
	event_del(able ? peer->hung_up : peer->readable);
}

/* ---- reading ---- */

static void
peer_work(struct peer *peer)
{
	enum frame_kind kind = FRAME_TEXT;
	const char *text = NULL;
	size_t n = 0;

	peer->is_working = true;
	while (kind != FRAME_NONE && is_able(peer)) {
		kind = framer_next(peer->in, &text, &n, NULL);
		peer_take(peer, kind, text, n);
	}
	peer->is_working = false;
	if (peer->is_closed)
		peer_free(peer);
	else
		peer_update(peer);
}

static void
on_timer(void *arg)
{
	struct peer *peer = arg;

	if (peer->late)
		peer_send(peer, TAKE(peer->late), peer->late_is_delimited);
	peer_work(peer);
}

/* A descriptor that nobody asked for is closed by the next one. */
static void
keep_fd(struct peer *peer, struct msghdr *header)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(header);

	if (!c || c->cmsg_type != SCM_RIGHTS)
		return;
	if (peer->passed_fd >= 0)
		close(peer->passed_fd);
	memcpy(&peer->passed_fd, CMSG_DATA(c), sizeof(peer->passed_fd));
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct peer *peer = arg;
	char bytes[READ_SIZE];
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec part = { bytes, sizeof(bytes) };
	struct msghdr header = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (n > 0) {
		keep_fd(peer, &header);
		framer_put(peer->in, bytes, (size_t)n);
		peer_work(peer);
	} else if (n == 0 || errno != EAGAIN) {
		peer_close(peer);
	}
}

static void
on_hung_up(evutil_socket_t fd, short what, void *arg)
{
	peer_close(arg);
}

int
side_take_fd(struct side *side)
{
	int fd = side->peer ? side->peer->passed_fd : -1;

	if (side->peer)
		side->peer->passed_fd = -1;
	return fd;
}

/* ---- clients ---- */

static void
greet(struct peer *peer)
{
	const struct fake_options *o = &peer->side->fake->options;

	peer_send(peer,
	    must(json_pack("{s:{s:{s:{s:i, s:i, s:i}, s:s}, s:[s]}}", "QMP",
		"version", "qemu", "major", (int)o->major, "minor",
		(int)o->minor, "micro", (int)o->micro, "package", "fake",
		"capabilities", "oob")),
	    false);
}

void
side_serve(struct side *side, int fd)
{
	struct event_base *base = clock_base(side->fake->clock);
	struct peer *peer = xcalloc(1, sizeof(*peer));
	bool is_agent = side->which == FAKE_AGENT;

	peer->side = side;
	peer->fd = fd;
	peer->passed_fd = -1;
	peer->readable =
	    must(event_new(base, fd, EV_READ | EV_PERSIST, on_readable, peer));
	peer->writable = must(event_new(base, fd, EV_WRITE, on_writable, peer));
	peer->hung_up =
	    must(event_new(base, fd, EV_CLOSED | EV_PERSIST, on_hung_up, peer));
	peer->in = framer_new(is_agent ? QMP_AGENT : QMP_MONITOR);
	peer->out = out_new();
	peer->timer = timer_new(side->fake->clock, on_timer, peer);
	side->peer = peer;
	if (!is_agent)
		greet(peer);
	peer_update(peer);
}

void
side_update(struct side *side)
{
	if (!side->peer)
		return;
	peer_update(side->peer);
	if (!side->peer->late)
		timer_start(side->peer->timer, 0);
}

void
side_close(struct side *side)
{
	if (side->peer)
		peer_close(side->peer);
}

void
fake_say(struct fake *fake, enum fake_side side, const char *bytes)
{
	if (fake->sides[side].peer)
		peer_say(fake->sides[side].peer, bytes, strlen(bytes));
}
