/*
 * The two doors of the fake: who is served, who waits, who listens.
 */
#include "model.h"

#include <event2/event.h>
#include <sys/socket.h>
#include <sys/un.h>

#define BACKLOG 1

/* Only while nobody is served: so further clients wait in the kernel. */
static void
on_acceptable(evutil_socket_t listener, short what, void *arg)
{
	struct side *side = arg;
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	event_del(side->acceptable);
	side_serve(side, fd);
}

void
side_next(struct side *side)
{
	int fd;

	if (side->peer)
		return;
	if (side->pending_n > 0) {
		fd = side->pending[0];
		side->pending_n--;
		memmove(side->pending, side->pending + 1,
		    side->pending_n * sizeof(fd));
		side_serve(side, fd);
	} else if (side->acceptable) {
		event_add(side->acceptable, NULL);
	}
}

int
fake_connect(struct fake *fake, enum fake_side which)
{
	struct side *side = &fake->sides[which];
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
		pair) < 0)
		abort();
	if (fake->is_gone || side->pending_n == PENDING_MAX)
		close(pair[1]);
	else
		side->pending[side->pending_n++] = pair[1];
	if (side->peer == NULL && side->pending_n > 0)
		side_next(side);
	return pair[0];
}

static int
bind_to(int fd, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path));
	unlink(path);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -1;
	return listen(fd, BACKLOG);
}

int
fake_listen(
    struct fake *fake, enum fake_side which, const char *path, struct err *e)
{
	struct side *side = &fake->sides[which];
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || bind_to(fd, path) < 0) {
		err_errno(e, "listen at %s", path);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	side->listener = fd;
	side->path = xstrdup(path);
	side->acceptable = must(event_new(clock_base(fake->clock), fd,
	    EV_READ | EV_PERSIST, on_acceptable, side));
	side_next(side);
	return 0;
}

void
fake_hang_up(struct fake *fake, enum fake_side side)
{
	side_close(&fake->sides[side]);
}

void
side_init(struct side *side, struct fake *fake, enum fake_side which)
{
	side->fake = fake;
	side->which = which;
	side->listener = -1;
	side->log = must(json_array());
}

/* Nobody is served any more. */
void
side_shut(struct side *side)
{
	if (side->acceptable)
		event_free(TAKE(side->acceptable));
	if (side->listener >= 0)
		close(side->listener);
	side->listener = -1;
	if (side->path)
		unlink(side->path);
	while (side->pending_n > 0)
		close(side->pending[--side->pending_n]);
	side_close(side);
}

void
side_release(struct side *side)
{
	side_shut(side);
	free(side->path);
	json_decref(side->log);
}
