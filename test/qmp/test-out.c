/*
 * The output queue, watched through a socket that keeps the bounds of each
 * sendmsg (SOCK_SEQPACKET), or one that does not when it is about those.
 */
#include "check.h"
#include "out.h"

#include <fcntl.h>
#include <sys/socket.h>

struct rig {
	int us, them;
	struct out *out;
};

static struct rig
rig_new(int type)
{
	struct rig rig;
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair), 0);
	rig.us = pair[0];
	rig.them = pair[1];
	rig.out = out_new();
	return rig;
}

static void
rig_free(struct rig *rig)
{
	out_free(rig->out);
	close(rig->us);
	if (rig->them >= 0)
		close(rig->them);
}

static void
put(struct rig *rig, const char *text, int fd)
{
	out_put(rig->out, xstrdup(text), strlen(text), fd);
}

/* One receive: its text, and the descriptor that came with it or -1. */
static ssize_t
receive(struct rig *rig, char *text, size_t size, int *fd)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec part = { text, size - 1 };
	struct msghdr header = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(rig->them, &header, MSG_DONTWAIT);
	struct cmsghdr *c = n >= 0 ? CMSG_FIRSTHDR(&header) : NULL;

	text[MAX(n, 0)] = '\0';
	*fd = -1;
	if (c)
		memcpy(fd, CMSG_DATA(c), sizeof(*fd));
	return n;
}

static void
expect(struct rig *rig, const char *wanted, bool with_fd)
{
	char text[4096];
	int fd;

	receive(rig, text, sizeof(text), &fd);
	assert_string_equal(text, wanted);
	assert_int_equal(fd >= 0, with_fd);
	if (fd >= 0)
		close(fd);
}

static int
some_fd(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void
messages_are_joined_in_one_write(void **state)
{
	struct rig rig = rig_new(SOCK_SEQPACKET);

	put(&rig, "one\n", -1);
	put(&rig, "two\n", -1);
	put(&rig, "three\n", -1);
	assert_int_equal(out_write(rig.out, rig.us, NULL), 1);
	assert_true(out_is_empty(rig.out));
	expect(&rig, "one\ntwo\nthree\n", false);
	expect(&rig, "", false);
	rig_free(&rig);
}

static void
a_descriptor_travels_with_its_bytes_alone(void **state)
{
	struct rig rig = rig_new(SOCK_SEQPACKET);

	put(&rig, "one\n", -1);
	put(&rig, "getfd\n", some_fd());
	put(&rig, "two\n", -1);
	put(&rig, "getfd again\n", some_fd());
	put(&rig, "and again\n", some_fd());
	assert_int_equal(out_write(rig.out, rig.us, NULL), 1);
	expect(&rig, "one\n", false);
	expect(&rig, "getfd\n", true);
	expect(&rig, "two\n", false);
	expect(&rig, "getfd again\n", true);
	expect(&rig, "and again\n", true);
	rig_free(&rig);
}

static void
more_messages_than_one_write_can_join(void **state)
{
	struct rig rig = rig_new(SOCK_SEQPACKET);
	char text[4096];
	ssize_t n, sum = 0;
	unsigned i;
	int fd;

	for (i = 0; i < 2 * OUT_JOINED_MAX + 1; i++)
		put(&rig, "x", -1);
	assert_int_equal(out_write(rig.out, rig.us, NULL), 1);
	while ((n = receive(&rig, text, sizeof(text), &fd)) > 0)
		sum += n;
	assert_int_equal(sum, 2 * OUT_JOINED_MAX + 1);
	rig_free(&rig);
}

static void
a_full_socket_is_no_error(void **state)
{
	struct rig rig = rig_new(SOCK_STREAM);
	size_t n = 4 * MIB, got = 0;
	char *bytes = xcalloc(n, 1), text[65536];
	int fd, fds = 0, done;

	memset(bytes, 'x', n);
	put(&rig, "before", -1);
	out_put(rig.out, bytes, n, some_fd());
	put(&rig, "after", -1);
	while ((done = out_write(rig.out, rig.us, NULL)) == 0) {
		ssize_t some = receive(&rig, text, sizeof(text), &fd);

		assert_true(some > 0);
		got += (size_t)some;
		fds += fd >= 0;
		if (fd >= 0)
			close(fd);
	}
	assert_int_equal(done, 1);
	assert_int_equal(fds, 1);
	for (;;) {
		ssize_t some = receive(&rig, text, sizeof(text), &fd);

		if (some <= 0)
			break;
		got += (size_t)some;
	}
	assert_int_equal(got, n + strlen("before") + strlen("after"));
	rig_free(&rig);
}

/* And no signal, which would end this test. */
static void
a_peer_that_has_gone_is_an_error(void **state)
{
	struct rig rig = rig_new(SOCK_STREAM);
	struct err e;

	close(rig.them);
	rig.them = -1;
	put(&rig, "x", -1);
	assert_int_equal(out_write(rig.out, rig.us, &e), -1);
	assert_string_equal(e.text, "cannot write: Broken pipe");
	rig_free(&rig);
}

static void
descriptors_that_never_left_are_closed(void **state)
{
	struct rig rig = rig_new(SOCK_STREAM);
	int fd = some_fd();

	put(&rig, "x", fd);
	rig_free(&rig);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
}

static void
descriptors_that_left_are_closed_here(void **state)
{
	struct rig rig = rig_new(SOCK_STREAM);
	int fd = some_fd();

	put(&rig, "x", fd);
	assert_int_equal(out_write(rig.out, rig.us, NULL), 1);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	expect(&rig, "x", true);
	rig_free(&rig);
}

static void
an_empty_queue_writes_nothing(void **state)
{
	struct rig rig = rig_new(SOCK_SEQPACKET);

	assert_true(out_is_empty(rig.out));
	assert_int_equal(out_write(rig.out, rig.us, NULL), 1);
	expect(&rig, "", false);
	rig_free(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_are_joined_in_one_write),
		cmocka_unit_test(a_descriptor_travels_with_its_bytes_alone),
		cmocka_unit_test(more_messages_than_one_write_can_join),
		cmocka_unit_test(a_full_socket_is_no_error),
		cmocka_unit_test(a_peer_that_has_gone_is_an_error),
		cmocka_unit_test(descriptors_that_never_left_are_closed),
		cmocka_unit_test(descriptors_that_left_are_closed_here),
		cmocka_unit_test(an_empty_queue_writes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
