/* A link's socket: how it connects, writes, and can be watched. */
#include "rig.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static struct rig rig;

/* ---- by path ---- */

static char directory[] = "/tmp/test-link-XXXXXX";

static int
make_directory(void **state)
{
	return mkdtemp(directory) ? 0 : -1;
}

static int
remove_directory(void **state)
{
	return rmdir(directory);
}

static int
listen_at(const char *path, int backlog)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, path, strlen(path));
	assert_int_equal(
	    bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, backlog), 0);
	return fd;
}

static void
expect_lost_at(const char *path, const char *why)
{
	_free_ char *log = xasprintf("LOST %s: %s\n", path, why);

	rig_init(&rig);
	rig_open_path(&rig, path, QMP_MONITOR);
	rig_expect(&rig, log);
	rig_free(&rig);
}

static void
nobody_listens_there(void **state)
{
	_free_ char *path = xasprintf("%s/s", directory);

	expect_lost_at(path, "nobody listens there");
	close(listen_at(path, 1));
	expect_lost_at(path, "nobody listens there");
	unlink(path);
	expect_lost_at("/dev/null/x", "cannot connect: Not a directory");
}

static void
a_path_can_be_too_long(void **state)
{
	char path[109];

	memset(path, 'x', 108);
	path[108] = '\0';
	expect_lost_at(
	    path, "a socket's path has at most 107 bytes, this one has 108");
	path[107] = '\0';
	expect_lost_at(path, "nobody listens there");
}

static void
it_connects_by_path(void **state)
{
	_free_ char *path = xasprintf("%s/s", directory);
	int listener = listen_at(path, 1);

	rig_init(&rig);
	rig_open_path(&rig, path, QMP_MONITOR);
	rig_settle(&rig);
	rig.peer = accept(listener, NULL, NULL);
	rig_say(&rig, GREETING "{\"return\": {}, \"id\": 1}");
	rig_expect(&rig, "READY\n");
	rig_free(&rig);
	close(listener);
	unlink(path);
}

/* Takes the places in the listener's queue. */
static void
fill_backlog(const char *path, int *fds, size_t n)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t i;

	memcpy(address.sun_path, path, strlen(path));
	for (i = 0; i < n; i++) {
		fds[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		assert_int_equal(connect(fds[i], (struct sockaddr *)&address,
				     sizeof(address)),
		    0);
	}
}

static void
a_full_backlog_is_tried_again(void **state)
{
	_free_ char *path = xasprintf("%s/s", directory);
	_free_ char *lost =
	    xasprintf("LOST %s: too many clients wait there\n", path);
	int listener = listen_at(path, 1), fds[2];

	fill_backlog(path, fds, ARRAY_SIZE(fds));
	rig_init(&rig);
	rig_open_path(&rig, path, QMP_MONITOR);
	rig_wait(&rig, RIG_OPEN_MS / 2);
	rig_expect(&rig, "");
	close(accept(listener, NULL, NULL));
	close(accept(listener, NULL, NULL));
	rig_wait(&rig, 300);
	rig.peer = accept(listener, NULL, NULL);
	rig_say(&rig, GREETING "{\"return\": {}, \"id\": 1}");
	rig_expect(&rig, "READY\n");
	rig_free(&rig);
	close(fds[0]);
	close(fds[1]);

	fill_backlog(path, fds, ARRAY_SIZE(fds));
	rig_init(&rig);
	rig_open_path(&rig, path, QMP_MONITOR);
	rig_wait(&rig, RIG_OPEN_MS + 1);
	rig_expect(&rig, lost);
	rig_free(&rig);
	close(fds[0]);
	close(fds[1]);
	close(listener);
	unlink(path);
}

/* ---- writing ---- */

static void
a_corked_link_writes_at_once(void **state)
{
	rig_ready_monitor(&rig);
	qmp_cork(rig.qmp);
	rig_call(&rig, "a");
	rig_expect_heard(&rig, "");
	rig_call(&rig, "b");
	qmp_cork(rig.qmp);
	qmp_uncork(rig.qmp);
	rig_expect_heard(&rig, "");
	qmp_uncork(rig.qmp);
	rig_expect_heard(&rig,
	    "{\"execute\":\"a\",\"id\":2}\n{\"execute\":\"b\",\"id\":3}\n");
	rig_free(&rig);
}

/* What the socket holds at once is a fraction of this. */
static void
a_command_may_be_larger_than_the_socket(void **state)
{
	size_t n = 3 * MIB, got = 0;
	_free_ char *text = xcalloc(n + 1, 1);
	unsigned reads;

	rig_ready_monitor(&rig);
	memset(text, 'x', n);
	qmp_call(rig.qmp, json_pack("{s:s, s:s}", "execute", "a", "x", text),
	    -1, NULL, NULL);
	for (reads = 0; reads < 100 && got < n; reads++)
		got += strlen(rig_heard(&rig));
	assert_int_equal(got, n + strlen("{'execute':'a','x':'','id':2}\n"));
	assert_true(reads > 1);
	rig_say(&rig, "{\"return\": {}, \"id\": 2}");
	rig_expect(&rig, "");
	rig_free(&rig);
}

static bool
is_same_file(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_ino == y.st_ino;
}

/* What one receive brings; the descriptor or -1. */
static int
receive_fd(char *text, size_t size)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec part = { text, size };
	struct msghdr header = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(rig.peer, &header, MSG_DONTWAIT);
	struct cmsghdr *c = CMSG_FIRSTHDR(&header);
	int fd = -1;

	text[MAX(n, 0)] = '\0';
	if (c)
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

static void
a_descriptor_goes_with_its_command(void **state)
{
	char text[200];
	int ours = open("/dev/zero", O_RDONLY | O_CLOEXEC), theirs;
	int other = open("/dev/zero", O_RDONLY | O_CLOEXEC);

	rig_ready_monitor(&rig);
	rig_call_fd(&rig, "getfd", ours);
	close(ours); /* it stays ours: the link has its own */
	rig_call(&rig, "a");
	rig_settle(&rig);
	theirs = receive_fd(text, sizeof(text));
	assert_string_equal(text, "{\"execute\":\"getfd\",\"id\":2}\n");
	assert_true(is_same_file(theirs, other));
	assert_int_equal(receive_fd(text, sizeof(text)), -1);
	assert_string_equal(text, "{\"execute\":\"a\",\"id\":3}\n");
	close(theirs);
	close(other);
	rig_free(&rig);
}

/* Closed twice, it would be somebody else's the second time. */
static void
a_descriptor_is_closed_once(void **state)
{
	int fds[8], zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	size_t i;

	rig_ready_monitor(&rig);
	rig_call_fd(&rig, "getfd", zero);
	rig_settle(&rig);
	for (i = 0; i < ARRAY_SIZE(fds); i++)
		fds[i] = dup(zero);
	rig_say(&rig, "{\"return\": {}, \"id\": 2}");
	rig_expect(&rig, "getfd: {}\n");
	for (i = 0; i < ARRAY_SIZE(fds); i++)
		assert_int_equal(close(fds[i]), 0);
	close(zero);
	rig_free(&rig);
}

static void
a_descriptor_that_never_leaves_is_closed(void **state)
{
	int ends[2];
	char c;

	assert_int_equal(pipe(ends), 0);
	rig_init(&rig);
	rig_open(&rig, QMP_MONITOR);
	rig_call_fd(&rig, "getfd", ends[1]);
	close(ends[1]);
	rig_free(&rig);
	assert_int_equal(read(ends[0], &c, 1), 0);
	close(ends[0]);
}

static void
a_descriptor_that_is_none_fails_its_call(void **state)
{
	rig_ready_monitor(&rig);
	rig_call_fd(&rig, "getfd", 9999);
	assert_string_equal(rig.log, "");
	rig_expect(&rig,
	    "getfd: none: cannot pass descriptor 9999: Bad file descriptor\n");
	rig_expect_heard(&rig, "");
	rig_free(&rig);
}

/* ---- the trace ---- */

/* Who watches, and when it has seen enough. */
struct watcher {
	struct qmp *qmp;
	char frees_at;
};

static void
on_trace(
    void *arg, enum qmp_dialect dialect, char way, const char *text, size_t n)
{
	struct watcher *watcher = arg;

	rig_log(&rig, "%c %.*s", way, (int)n, text);
	if (watcher->frees_at == way)
		qmp_free(TAKE(watcher->qmp));
}

static void
watch(struct watcher *watcher, enum qmp_dialect dialect)
{
	struct qmp_options options = {
		.dialect = dialect,
		.on_trace = on_trace,
		.arg = watcher,
	};
	int pair[2];

	rig_init(&rig);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	rig.peer = pair[1];
	watcher->qmp = qmp_open_fd(rig.clock, pair[0], &options);
}

static void
watch_monitor(struct watcher *watcher)
{
	watch(watcher, QMP_MONITOR);
	rig_say(&rig,
	    "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 0, "
	    "\"minor\": 0, \"major\": 9}, \"package\": \"\"}}}\r\n");
}

static void
the_wire_can_be_watched(void **state)
{
	struct watcher watcher = { 0 };

	watch_monitor(&watcher);
	rig_expect(&rig,
	    "< {\"QMP\": {\"version\": {\"qemu\": {\"micro\": 0, \"minor\": 0, "
	    "\"major\": 9}, \"package\": \"\"}}}\n"
	    "> {\"execute\":\"qmp_capabilities\",\"id\":1}\n");
	qmp_free(watcher.qmp);
	rig_free(&rig);
}

static void
a_link_may_be_freed_while_it_is_watched(void **state)
{
	struct watcher first = { .frees_at = '<' },
		       second = { .frees_at = '>' };

	watch_monitor(&first);
	assert_null(first.qmp);
	rig_free(&rig);
	watch_monitor(&second);
	assert_null(second.qmp);
	rig_free(&rig);
}

/* READY, then freed while the first of two calls goes out. */
static void
free_at_a_call(struct watcher *watcher, const char *last)
{
	unsigned i;

	rig_say(&rig, last);
	assert_int_equal(qmp_state(watcher->qmp), QMP_READY);
	for (i = 0; i < 2; i++)
		qmp_call(watcher->qmp, json_pack("{s:s}", "execute", "a"), -1,
		    NULL, NULL);
	watcher->frees_at = '>';
	rig_settle(&rig);
	assert_null(watcher->qmp);
	rig_free(&rig);
}

static void
a_link_may_be_freed_as_a_call_goes_out(void **state)
{
	struct watcher monitor = { 0 }, agent = { 0 };
	char reply[100];

	watch_monitor(&monitor);
	free_at_a_call(&monitor, "{\"return\": {}, \"id\": 1}");
	watch(&agent, QMP_AGENT);
	snprintf(reply, sizeof(reply), "\xff{\"return\": %llu}",
	    (unsigned long long)rig_sync_id(&rig, NULL));
	free_at_a_call(&agent, reply);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_listens_there),
		cmocka_unit_test(a_path_can_be_too_long),
		cmocka_unit_test(it_connects_by_path),
		cmocka_unit_test(a_full_backlog_is_tried_again),
		cmocka_unit_test(a_corked_link_writes_at_once),
		cmocka_unit_test(a_command_may_be_larger_than_the_socket),
		cmocka_unit_test(a_descriptor_goes_with_its_command),
		cmocka_unit_test(a_descriptor_is_closed_once),
		cmocka_unit_test(a_descriptor_that_never_leaves_is_closed),
		cmocka_unit_test(a_descriptor_that_is_none_fails_its_call),
		cmocka_unit_test(the_wire_can_be_watched),
		cmocka_unit_test(a_link_may_be_freed_while_it_is_watched),
		cmocka_unit_test(a_link_may_be_freed_as_a_call_goes_out),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
