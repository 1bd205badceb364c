/* The bare blocking client. */

#include "floor.h"
#include "bench.h"
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#define READ_SIZE (64 * KIB)
#define SYNC_MS 1000

void
floor_init(struct floor *f, unsigned pause_us)
{
	*f = (struct floor){ .pause_us = pause_us, .wait_ms = FLOOR_WAIT_MS };
	f->monitor.fd = f->agent.fd = -1;
}

static void
link_close(struct floor_link *l)
{
	close_fd(&l->fd);
	free(l->bytes);
	*l = (struct floor_link){ .fd = -1 };
}

void
floor_close(struct floor *f)
{
	link_close(&f->monitor);
	link_close(&f->agent);
}

/* ---- lines ---- */

static void
set_wait(const struct floor_link *l, unsigned ms)
{
	struct timeval wait = {
		.tv_sec = ms / 1000,
		.tv_usec = (suseconds_t)(ms % 1000) * 1000,
	};

	setsockopt(l->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
}

static int
link_open(struct floor_link *l, const char *path, struct err *e)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (l->fd < 0 ||
	    connect(l->fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return err_errno(e, "floor: %s", path);
	set_wait(l, FLOOR_WAIT_MS);
	return 0;
}

/* More bytes behind those that are there, and a NUL. */
static int
read_more(struct floor_link *l, struct err *e)
{
	ssize_t n;

	if (l->start > 0) {
		memmove(l->bytes, l->bytes + l->start, l->end - l->start);
		l->end -= l->start;
		l->start = 0;
	}
	if (l->end + READ_SIZE + 1 > l->size) {
		l->size = l->end + READ_SIZE + 1;
		l->bytes = xrealloc(l->bytes, l->size, 1);
	}
	n = read(l->fd, l->bytes + l->end, READ_SIZE);
	if (n == 0)
		return err_set(e, "floor: QEMU closed the connection");
	if (n < 0)
		return err_errno(e, "floor: no answer");
	l->end += (size_t)n;
	l->bytes[l->end] = '\0';
	return 0;
}

/* The next line, without its end. */
static const char *
next_line(struct floor_link *l, struct err *e)
{
	char *line, *end;

	while (l->start == l->end ||
	    !(end = memchr(l->bytes + l->start, '\n', l->end - l->start)))
		if (read_more(l, e) < 0)
			return NULL;
	line = l->bytes + l->start;
	*end = '\0';
	l->start = (size_t)(end - l->bytes) + 1;
	if (l->awaited[0] && strstr(line, l->awaited[0]) &&
	    strstr(line, l->awaited[1]))
		l->seen = true;
	return line;
}

static int
send_line(struct floor_link *l, const char *line, struct err *e)
{
	size_t n = strlen(line);

	/* A line and its end are one write. */
	if (write(l->fd, line, n) != (ssize_t)n)
		return err_errno(e, "floor: cannot write");
	return 0;
}

static int
send_with_fd(struct floor_link *l, const char *line, int fd, struct err *e)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(fd))];
	} control = { .head = { .cmsg_len = CMSG_LEN(sizeof(fd)),
			  .cmsg_level = SOL_SOCKET,
			  .cmsg_type = SCM_RIGHTS } };
	struct iovec text = {
		.iov_base = (char *)(uintptr_t)line,
		.iov_len = strlen(line),
	};
	struct msghdr message = {
		.msg_iov = &text,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};

	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	if (sendmsg(l->fd, &message, 0) != (ssize_t)text.iov_len)
		return err_errno(e, "floor: cannot write");
	return 0;
}

/* ---- questions ---- */

/* The reply to what was sent, which was line. */
static const char *
await_reply(struct floor_link *l, const char *line, struct err *e)
{
	const char *reply = NULL;

	do {
		reply = next_line(l, e);
	} while (reply && !str_starts(reply, "{\"return\"") &&
	    !str_starts(reply, "{\"error\""));
	if (!reply || str_starts(reply, "{\"return\""))
		return reply;
	err_set(e, "floor: %.200s: %.400s", line, reply);
	return NULL;
}

const char *
floor_ask(struct floor_link *l, const char *line, struct err *e)
{
	return send_line(l, line, e) < 0 ? NULL : await_reply(l, line, e);
}

int
floor_tell_fd(struct floor_link *l, const char *line, int fd, struct err *e)
{
	if (send_with_fd(l, line, fd, e) < 0)
		return -1;
	return await_reply(l, line, e) ? 0 : -1;
}

int
floor_tell(struct floor_link *l, struct err *e, const char *fmt, ...)
{
	_free_ char *line = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&line, fmt, ap) < 0)
		line = must(NULL);
	va_end(ap);
	return floor_ask(l, line, e) ? 0 : -1;
}

unsigned
floor_count(const char *reply, const char *what)
{
	unsigned n = 0;

	while ((reply = strstr(reply, what))) {
		reply += strlen(what);
		n++;
	}
	return n;
}

/* What ends the asking: so many times these words, or a sign. */
struct end {
	const char *what;
	unsigned n;
	floor_sign *sign;
};

static int
ask_until(struct floor *f, struct floor_link *l, const char *line,
    const struct end *end, struct err *e)
{
	double began = bench_ms();
	const char *reply = "";

	while (bench_ms() - began < FLOOR_WAIT_MS && !bench_stopped) {
		reply = floor_ask(l, line, e);
		if (!reply)
			return -1;
		if (end->sign ? end->sign(reply)
			      : floor_count(reply, end->what) >= end->n)
			return 0;
		if (f->pause_us)
			usleep(f->pause_us);
	}
	return err_set(e,
	    "floor: waited in vain, asking %s; the last reply was %.600s", line,
	    reply);
}

int
floor_ask_until(struct floor *f, struct floor_link *l, const char *line,
    const char *what, unsigned n, struct err *e)
{
	return ask_until(f, l, line, &(struct end){ what, n, NULL }, e);
}

int
floor_ask_until_sign(struct floor *f, struct floor_link *l, const char *line,
    floor_sign *sign, struct err *e)
{
	return ask_until(f, l, line, &(struct end){ .sign = sign }, e);
}

/* ---- events ---- */

void
floor_expect(struct floor_link *l, const char *a, const char *b)
{
	l->awaited[0] = a;
	l->awaited[1] = b;
	l->seen = false;
}

int
floor_await(struct floor_link *l, struct err *e)
{
	while (!l->seen)
		if (!next_line(l, e))
			return -1;
	l->awaited[0] = NULL;
	return 0;
}

/* ---- opening ---- */

int
floor_open_monitor(struct floor *f, const char *path, struct err *e)
{
	struct floor_link *l = &f->monitor;
	const char *line;

	if (link_open(l, path, e) < 0)
		return -1;
	/* An event for the client before us may come first. */
	do {
		line = next_line(l, e);
	} while (line && !str_starts(line, "{\"QMP\""));
	if (!line)
		return -1;
	return floor_tell(l, e, "{\"execute\":\"qmp_capabilities\"}\n");
}

/* Reads until the answer to this sync, behind its 0xFF. */
static int
await_sync(struct floor_link *l, unsigned id, struct err *e)
{
	_free_ char *answer = xasprintf("\xff{\"return\": %u}", id);
	const char *line;

	while ((line = next_line(l, e)))
		if (str_eq(line, answer))
			return 0;
	return -1;
}

int
floor_open_agent(struct floor *f, const char *path, struct err *e)
{
	struct floor_link *l = &f->agent;
	double began = bench_ms();
	unsigned id = (unsigned)getpid() << 8;
	int rc = -1;

	if (link_open(l, path, e) < 0)
		return -1;
	/* A guest that is booting may lose what was sent too early. */
	set_wait(l, SYNC_MS);
	while (rc < 0 && bench_ms() - began < f->wait_ms && !bench_stopped) {
		_free_ char *sync =
		    xasprintf("\xff{\"execute\":\"guest-sync-delimited\","
			      "\"arguments\":{\"id\":%u}}\n",
			++id);

		if (send_line(l, sync, e) < 0)
			return -1;
		rc = await_sync(l, id, e);
	}
	set_wait(l, FLOOR_WAIT_MS);
	return rc;
}
