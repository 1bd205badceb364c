/* Files on the host: whole or not at all. */
#include "host.h"
#include "scratch.h"
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static void
expect_text(const char *path, const char *wanted)
{
	struct err e = { "" };
	_free_ char *text = read_file(path, 4096, NULL, &e);

	assert_string_equal(e.text, "");
	assert_string_equal(text, wanted);
}

/* The sentence without the scratch folder's own name. */
static void
expect_sentence(const struct err *e, const char *wanted)
{
	_free_ char *text = scratch_strip(e->text);

	assert_string_equal(text, wanted);
}

/* ---- writing ---- */

static void
a_file_is_replaced_whole(void **state)
{
	const char *path = scratch_path("file");
	struct err e = { "" };
	struct stat st;
	ino_t first;

	assert_ok(write_file(path, "first", 5, &e), &e);
	expect_text(path, "first");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	first = st.st_ino;
	assert_ok(write_file(path, "2nd", 3, &e), &e);
	expect_text(path, "2nd");
	/* Beside it, then renamed: not the same file. */
	assert_int_equal(stat(path, &st), 0);
	assert_int_not_equal(st.st_ino, first);
	assert_ok(write_file(path, "", 0, &e), &e);
	expect_text(path, "");
}

static void
a_failing_rename_leaves_nothing_behind(void **state)
{
	const char *folder = scratch_path("target");
	struct err e = { "" };
	size_t before;

	assert_int_equal(mkdir(folder, 0700), 0);
	before = scratch_count(scratch());
	assert_int_equal(write_file(folder, "x", 1, &e), -1);
	expect_sentence(&e, "cannot write target: Is a directory");
	assert_int_equal(scratch_count(scratch()), before);
	assert_int_equal(scratch_count(folder), 0);
}

static void
a_folder_that_is_not_there(void **state)
{
	struct err e = { "" };

	assert_int_equal(write_file(scratch_path("no/file"), "x", 1, &e), -1);
	assert_non_null(strstr(e.text, "No such file or directory"));
	assert_null(read_file(scratch_path("no/file"), 1, NULL, &e));
	expect_sentence(&e, "cannot read no/file: No such file or directory");
}

/* A device that takes nothing: the old file stays. */
static void
a_full_disk_leaves_the_old_file(void **state)
{
	const char *path = scratch_path("kept");
	_free_ char *temp = xasprintf("%s.new-%d", path, (int)getpid());
	struct err e = { "" };

	assert_ok(write_file(path, "old", 3, &e), &e);
	assert_int_equal(symlink("/dev/full", temp), 0);
	assert_int_equal(write_file(path, "new", 3, &e), -1);
	expect_text(path, "old");
	assert_int_equal(access(temp, F_OK), -1);
}

static void
reads_no_more_than_it_may(void **state)
{
	const char *path = scratch_file("long", "0123456789");
	struct err e = { "" };
	size_t n = 0;
	_free_ char *text = read_file(path, 4, &n, &e);

	assert_int_equal(n, 4);
	assert_string_equal(text, "0123");
	assert_null(read_file(scratch(), 4, &n, &e));
	assert_non_null(strstr(e.text, "Is a directory"));
}

/* ---- folders ---- */

static void
folders_are_made_all_the_way(void **state)
{
	const char *path = scratch_path("a/b/c");
	struct err e = { "" };
	struct stat st;

	assert_ok(make_folders(path, 0700, &e), &e);
	assert_ok(make_folders(path, 0700, &e), &e);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(make_folders(scratch_file("plain", ""), 0700, NULL),
	    0); /* whether it is a folder check_trusted's callers see */
	assert_int_equal(make_folders(scratch_path("plain/x"), 0700, &e), -1);
	expect_sentence(&e, "cannot make plain/x: Not a directory");
}

static void
a_tree_goes_and_what_links_point_to_stays(void **state)
{
	const char *tree = scratch_path("tree");
	const char *kept = scratch_file("precious", "kept");
	struct err e = { "" };

	assert_ok(make_folders(scratch_path("tree/a/b"), 0700, &e), &e);
	scratch_file("tree/a/b/file", "x");
	scratch_file("tree/a/read-only", "x");
	assert_int_equal(chmod(scratch_path("tree/a/read-only"), 0400), 0);
	assert_int_equal(symlink(kept, scratch_path("tree/link")), 0);
	assert_int_equal(symlink(scratch(), scratch_path("tree/up")), 0);
	assert_int_equal(symlink("nowhere", scratch_path("tree/dead")), 0);
	assert_ok(remove_tree(tree, &e), &e);
	assert_int_equal(access(tree, F_OK), -1);
	expect_text(kept, "kept");
	/* Once more is fine. */
	assert_ok(remove_tree(tree, &e), &e);
}

/* ---- trust ---- */

static void
only_what_nobody_else_may_write_is_trusted(void **state)
{
	static const struct {
		mode_t mode;
		const char *sentence;
	} rows[] = {
		{ 0600, NULL },
		{ 0644, NULL },
		{ 0400, NULL },
		{ 0620, "mode: others may write to it (mode 620)" },
		{ 0602, "mode: others may write to it (mode 602)" },
		{ 0666, "mode: others may write to it (mode 666)" },
	};
	const char *path = scratch_file("mode", "");
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err e = { "" };

		assert_int_equal(chmod(path, rows[i].mode), 0);
		assert_int_equal(
		    check_trusted(path, &e), rows[i].sentence ? -1 : 0);
		expect_sentence(&e, rows[i].sentence ? rows[i].sentence : "");
	}
}

static void
other_kinds_of_files_are_not_trusted(void **state)
{
	struct err e = { "" };

	assert_int_equal(mkfifo(scratch_path("fifo"), 0600), 0);
	assert_int_equal(symlink("mode", scratch_path("link")), 0);
	assert_int_equal(check_trusted(scratch_path("fifo"), &e), -1);
	expect_sentence(&e, "fifo: not a file of ours");
	assert_int_equal(check_trusted(scratch_path("link"), &e), -1);
	expect_sentence(&e, "link: not a file of ours");
	assert_int_equal(check_trusted(scratch_path("none"), &e), -1);
	expect_sentence(&e, "none: No such file or directory");
	assert_ok(check_trusted(scratch(), &e), &e);
}

static void
other_peoples_files_are_not_trusted(void **state)
{
	const char *path = scratch_file("theirs", "");
	struct err e = { "" };

	/* Root gives one away; others find root's. */
	if (geteuid() == 0)
		assert_int_equal(chown(path, 65534, 65534), 0);
	else
		path = "/etc/passwd";
	assert_int_equal(check_trusted(path, &e), -1);
	assert_non_null(strstr(e.text, ": belongs to user "));
}

/* ---- locks ---- */

static void
a_lock_is_held_once(void **state)
{
	const char *path = scratch_path("lock");
	struct err e = { "" };
	int first = lock_file(path, &e), second;

	assert_true(first >= 0);
	assert_true(fcntl(first, F_GETFD) & FD_CLOEXEC);
	errno = 0;
	second = lock_file(path, &e);
	assert_int_equal(second, -1);
	assert_int_equal(errno, EWOULDBLOCK);
	close(first);
	second = lock_file(path, &e);
	assert_true(second >= 0);
	close(second);
}

/* Not "held": there is no such folder. */
static void
a_lock_that_cannot_be_made(void **state)
{
	struct err e = { "" };

	errno = 0;
	assert_int_equal(lock_file(scratch_path("no/lock"), &e), -1);
	assert_int_not_equal(errno, EWOULDBLOCK);
	expect_sentence(&e, "cannot open no/lock: No such file or directory");
}

/* ---- sockets ---- */

static void
listens_for_its_owner_alone(void **state)
{
	const char *path = scratch_path("qmp.sock");
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	struct err e = { "" };
	int fd = listen_unix(path, &e);
	_close_ int client = socket(AF_UNIX, SOCK_STREAM, 0);
	struct stat st;

	assert_true(fd >= 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	memcpy(sa.sun_path, path, strlen(path));
	assert_int_equal(
	    connect(client, (struct sockaddr *)&sa, sizeof(sa)), 0);
	close(fd);
	assert_int_equal(listen_unix(path, &e), -1);
	expect_sentence(
	    &e, "cannot listen on qmp.sock: Address already in use");
}

static void
a_sockets_path_has_a_length(void **state)
{
	static const size_t most = sizeof(((struct sockaddr_un *)0)->sun_path);
	size_t i, room = most - 1 - strlen(scratch()) - 1;

	for (i = 0; i < 2; i++) {
		_free_ char *name = xcalloc(room + 2, 1);
		struct err e = { "" };
		int fd;

		memset(name, 's', room + i);
		fd = listen_unix(scratch_path(name), &e);
		assert_int_equal(fd >= 0, i == 0);
		if (fd >= 0)
			close(fd);
		else
			assert_non_null(strstr(e.text,
			    ": a socket's path may have at most 107 bytes;"
			    " choose a shorter state folder (QMPD_STATE_DIR)"
			    " or name"));
	}
}

/* ---- quoting ---- */

static void
a_shell_reads_back_what_was_quoted(void **state)
{
	static const char *const texts[] = { "", "plain", "a b", "it's", "'",
		"''", "$(id) `id` \\ \" * ~ ; & |", "new\nline", "-n" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		_free_ char *quoted = shell_quote(texts[i]);
		_free_ char *command = xasprintf("printf %%s= %s", quoted);
		FILE *pipe = popen(command, "r");
		char got[128] = "";
		_free_ char *wanted = xasprintf("%s=", texts[i]);

		assert_non_null(pipe);
		assert_true(fread(got, 1, sizeof(got) - 1, pipe) > 0);
		assert_int_equal(pclose(pipe), 0);
		assert_string_equal(got, wanted);
	}
}

/* ---- programs ---- */

static void
programs_are_found_in_path(void **state)
{
	struct err e = { "" };
	const char *tool = scratch_file("tool", "#!/bin/sh\n");
	_free_ char *path = xasprintf("/nowhere:%s", scratch());
	_free_ char *old = xstrdup0(getenv("PATH"));
	_free_ char *found = NULL, *same = NULL;

	setenv("PATH", path, 1);
	assert_null(host_find_program("tool", &e)); /* cannot be run */
	expect_sentence(&e, "there is no program tool in PATH");
	assert_null(host_find_program(tool, &e));
	expect_sentence(&e, "cannot run tool: Permission denied");
	assert_int_equal(chmod(tool, 0700), 0);
	found = host_find_program("tool", &e);
	same = host_find_program(tool, &e);
	assert_string_equal(found, tool);
	assert_string_equal(same, tool);
	assert_null(host_find_program(scratch_path("none"), &e));
	expect_sentence(&e, "cannot run none: No such file or directory");
	setenv("PATH", old, 1);
}

/* A folder can be searched, not run. */
static void
a_folder_is_no_program(void **state)
{
	struct err e = { "" };
	_free_ char *old = xstrdup0(getenv("PATH")), *found = NULL;

	assert_int_equal(mkdir(scratch_path("qemu"), 0700), 0);
	setenv("PATH", scratch(), 1);
	found = host_find_program("qemu", &e);
	setenv("PATH", old, 1);
	assert_null(found);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_replaced_whole),
		cmocka_unit_test(a_failing_rename_leaves_nothing_behind),
		cmocka_unit_test(a_folder_that_is_not_there),
		cmocka_unit_test(a_full_disk_leaves_the_old_file),
		cmocka_unit_test(reads_no_more_than_it_may),
		cmocka_unit_test(folders_are_made_all_the_way),
		cmocka_unit_test(a_tree_goes_and_what_links_point_to_stays),
		cmocka_unit_test(only_what_nobody_else_may_write_is_trusted),
		cmocka_unit_test(other_kinds_of_files_are_not_trusted),
		cmocka_unit_test(other_peoples_files_are_not_trusted),
		cmocka_unit_test(a_lock_is_held_once),
		cmocka_unit_test(a_lock_that_cannot_be_made),
		cmocka_unit_test(listens_for_its_owner_alone),
		cmocka_unit_test(a_sockets_path_has_a_length),
		cmocka_unit_test(a_shell_reads_back_what_was_quoted),
		cmocka_unit_test(programs_are_found_in_path),
		cmocka_unit_test(a_folder_is_no_program),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
