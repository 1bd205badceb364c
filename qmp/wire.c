/*
 * A link's socket: connecting, reading and writing.
 */
#include "link.h"

#include <assert.h>
#include <sys/socket.h>
#include <sys/un.h>

#define READ_SIZE (64 * KIB)
#define CONNECT_RETRY_MAX_MS 200

static bool
is_over(const struct qmp *qmp)
{
	return qmp->is_freed || qmp->state == QMP_LOST;
}

/* ---- reading ---- */

static void
trace(const struct qmp *qmp, char way, const char *text, size_t n)
{
	const struct qmp_options *options = &qmp->options;

	if (options->on_trace)
		options->on_trace(options->arg, options->dialect, way, text, n);
}

static void
take_text(struct qmp *qmp, const char *text, size_t n)
{
	struct err e;
	json_t *message;

	trace(qmp, '<', text, n);
	if (qmp->is_freed)
		return;
	message = json_parse(text, n, &e);
	if (message)
		qmp->dialect->received(qmp, message);
	else
		qmp->dialect->garbled(qmp, e.text);
	json_decref(message);
}

static void
take_bytes(struct qmp *qmp, const char *bytes, size_t n)
{
	enum frame_kind kind = FRAME_TEXT;
	const char *text;
	size_t length;
	struct err e;

	framer_put(qmp->in, bytes, n);
	while (!is_over(qmp) && kind != FRAME_NONE) {
		kind = framer_next(qmp->in, &text, &length, &e);
		if (kind == FRAME_TEXT)
			take_text(qmp, text, length);
		else if (kind == FRAME_RESET)
			link_hook(qmp, qmp->dialect->reset);
		else if (kind == FRAME_BAD)
			qmp->dialect->garbled(qmp, e.text);
	}
	if (!is_over(qmp))
		link_hook(qmp, qmp->dialect->settled);
}

/* One piece of what there is; false when there is none or no more. */
static bool
read_some(struct qmp *qmp)
{
	char bytes[READ_SIZE];
	ssize_t n = recv(qmp->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n > 0)
		take_bytes(qmp, bytes, (size_t)n);
	else if (n == 0 || errno == ECONNRESET)
		link_lose(qmp, "%s", qmp->dialect->closed);
	else if (errno != EAGAIN && errno != EINTR)
		link_lose(
		    qmp, "%scannot read: %s", qmp->prefix, strerror(errno));
	return n > 0 && !is_over(qmp);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct qmp *qmp = arg;

	link_enter(qmp);
	read_some(qmp);
	link_leave(qmp);
}

/* ---- writing ---- */

void
wire_put(struct qmp *qmp, char *text, int fd)
{
	size_t n = strlen(text);

	text = xrealloc(text, n + 2, 1);
	text[n] = '\n';
	text[n + 1] = '\0';
	out_put(qmp->out, text, n + 1, fd);
	wire_wake(qmp);
	trace(qmp, '>', text, n);
}

void
wire_wake(struct qmp *qmp)
{
	if (qmp->writable && qmp->corks == 0)
		event_add(qmp->writable, NULL);
}

/* What the peer said before it stopped listening still counts. */
static void
write_failed(struct qmp *qmp, const struct err *e)
{
	while (read_some(qmp))
		;
	if (!is_over(qmp))
		link_lose(qmp, "%s%s", qmp->prefix, e->text);
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct qmp *qmp = arg;
	struct err e;
	int done = 1;

	link_enter(qmp);
	if (qmp->state == QMP_READY)
		link_hook(qmp, qmp->dialect->send);
	if (!is_over(qmp))
		done = out_write(qmp->out, qmp->fd, &e);
	if (done == 0)
		wire_wake(qmp);
	if (done < 0)
		write_failed(qmp, &e);
	link_leave(qmp);
}

void
qmp_cork(struct qmp *qmp)
{
	qmp->corks++;
	if (qmp->writable)
		event_del(qmp->writable);
}

void
qmp_uncork(struct qmp *qmp)
{
	assert(qmp->corks > 0);
	qmp->corks--;
	wire_wake(qmp);
}

/* ---- connecting ---- */

static void
attach(struct qmp *qmp)
{
	struct event_base *base = clock_base(qmp->clock);

	qmp->readable = must(
	    event_new(base, qmp->fd, EV_READ | EV_PERSIST, on_readable, qmp));
	qmp->writable =
	    must(event_new(base, qmp->fd, EV_WRITE, on_writable, qmp));
	event_add(qmp->readable, NULL);
	link_hook(qmp, qmp->dialect->connected);
}

static void
connect_failed(struct qmp *qmp, int error)
{
	if (error == EAGAIN) {
		link_retry_in(qmp, qmp->retry_ms);
		link_back_off(qmp, CONNECT_RETRY_MAX_MS);
	} else if (error == ENOENT || error == ECONNREFUSED) {
		link_lose(qmp, "%snobody listens there", qmp->prefix);
	} else {
		link_lose(
		    qmp, "%scannot connect: %s", qmp->prefix, strerror(error));
	}
}

static int
connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int saved, fd;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	memcpy(address.sun_path, path, strlen(path));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

static void
connect_path(struct qmp *qmp)
{
	const size_t most = sizeof(((struct sockaddr_un *)0)->sun_path) - 1;

	if (strlen(qmp->path) > most) {
		link_lose(qmp,
		    "%sa socket's path has at most %zu bytes, this one has %zu",
		    qmp->prefix, most, strlen(qmp->path));
		return;
	}
	qmp->fd = connect_to(qmp->path);
	if (qmp->fd >= 0)
		attach(qmp);
	else
		connect_failed(qmp, errno);
}

void
wire_connect(struct qmp *qmp)
{
	if (qmp->fd >= 0)
		attach(qmp);
	else
		connect_path(qmp);
}

void
wire_disconnect(struct qmp *qmp)
{
	if (qmp->readable)
		event_free(TAKE(qmp->readable));
	if (qmp->writable)
		event_free(TAKE(qmp->writable));
	if (qmp->fd >= 0)
		close(qmp->fd);
	qmp->fd = -1;
}
