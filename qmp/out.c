/*
 * What waits to be written to a socket.
 */
#include "out.h"

#include <assert.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/uio.h>

struct message {
	STAILQ_ENTRY(message) entry;
	char *bytes;
	size_t n, done;
	int fd; /* -1: none, or gone with the first byte */
};

struct out {
	STAILQ_HEAD(, message) messages;
};

union control {
	struct cmsghdr align;
	char space[CMSG_SPACE(sizeof(int))];
};

struct out *
out_new(void)
{
	struct out *out = xcalloc(1, sizeof(*out));

	STAILQ_INIT(&out->messages);
	return out;
}

static void
drop_fd(struct message *message)
{
	if (message->fd >= 0)
		close(message->fd);
	message->fd = -1;
}

static void
drop_first(struct out *out)
{
	struct message *message = STAILQ_FIRST(&out->messages);

	STAILQ_REMOVE_HEAD(&out->messages, entry);
	drop_fd(message);
	free(message->bytes);
	free(message);
}

void
out_free(struct out *out)
{
	if (!out)
		return;
	while (!out_is_empty(out))
		drop_first(out);
	free(out);
}

void
out_put(struct out *out, char *bytes, size_t n, int fd)
{
	struct message *message = xcalloc(1, sizeof(*message));

	assert(n > 0);
	message->bytes = bytes;
	message->n = n;
	message->fd = fd;
	STAILQ_INSERT_TAIL(&out->messages, message, entry);
}

bool
out_is_empty(const struct out *out)
{
	return STAILQ_EMPTY(&out->messages);
}

/* The first message and those after it that may travel with it. */
static size_t
gather(const struct out *out, struct iovec *parts)
{
	struct message *message = STAILQ_FIRST(&out->messages);
	bool is_alone = message->fd >= 0;
	size_t n = 0;

	do {
		parts[n].iov_base = message->bytes + message->done;
		parts[n].iov_len = message->n - message->done;
		n++;
		message = STAILQ_NEXT(message, entry);
	} while (!is_alone && message && message->fd < 0 && n < OUT_JOINED_MAX);
	return n;
}

static void
attach_fd(struct msghdr *header, union control *control, int fd)
{
	struct cmsghdr *c;

	header->msg_control = control->space;
	header->msg_controllen = sizeof(control->space);
	c = CMSG_FIRSTHDR(header);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
}

static ssize_t
send_some(const struct out *out, int socket)
{
	struct iovec parts[OUT_JOINED_MAX];
	union control control = { 0 };
	struct msghdr header = { .msg_iov = parts };
	int fd = STAILQ_FIRST(&out->messages)->fd;

	header.msg_iovlen = gather(out, parts);
	if (fd >= 0)
		attach_fd(&header, &control, fd);
	return sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void
forget_sent(struct out *out, size_t sent)
{
	struct message *message;
	size_t left;

	while (sent > 0) {
		message = STAILQ_FIRST(&out->messages);
		left = message->n - message->done;
		drop_fd(message);
		message->done += MIN(sent, left);
		if (sent >= left)
			drop_first(out);
		sent -= MIN(sent, left);
	}
}

int
out_write(struct out *out, int socket, struct err *e)
{
	ssize_t sent;

	while (!out_is_empty(out)) {
		sent = send_some(out, socket);
		if (sent >= 0)
			forget_sent(out, (size_t)sent);
		else if (errno == EAGAIN)
			return 0;
		else if (errno != EINTR)
			return err_errno(e, "cannot write");
	}
	return 1;
}
