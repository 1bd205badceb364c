/* Processes that outlive us: started, found again, and what is left of them
 * when that fails. */
#include "host.h"
#include "scratch.h"
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

static struct clock *the_clock;

static struct process_options
shell(const char *script)
{
	static char sh[] = "sh", option[] = "-c", text[512];
	static char *argv[] = { sh, option, text, NULL };

	snprintf(text, sizeof(text), "%s", script);
	return (
	    struct process_options){ .argv = argv, .log = scratch_path("log") };
}

static void
sleep_ms(long ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

/* Ten seconds are for the slowest of machines. */
static bool
exits(struct process *p)
{
	int i;

	for (i = 0; i < 1000 && process_is_running(p); i++)
		sleep_ms(10);
	return !process_is_running(p);
}

/* What the processes of a test wrote. */
static char *
log_text(void)
{
	struct err e = { "" };
	char *text = read_file(scratch_path("log"), 4096, NULL, &e);

	assert_non_null(text);
	return text;
}

static int
forget_log(void **state)
{
	unlink(scratch_path("log"));
	return 0;
}

/* ---- starting ---- */

static void
on_exit_stop(void *arg)
{
	*(bool *)arg = true;
}

static bool
is_true(void *arg)
{
	return *(bool *)arg;
}

static void
starts_one_and_hears_of_its_end(void **state)
{
	struct process_options o = shell("echo out; echo err >&2; exit 3");
	struct err e = { "" };
	struct process *p = process_spawn(the_clock, &o, &e);
	_free_ char *text = NULL, *words = NULL;
	bool exited = false;

	assert_string_equal(e.text, "");
	assert_non_null(p);
	process_on_exit(p, on_exit_stop, &exited);
	assert_true(clock_run(the_clock, is_true, &exited));
	assert_false(process_is_running(p));
	text = log_text();
	assert_string_equal(text, "out\nerr\n");
	words = process_last_words(p);
	assert_string_equal(words, "QEMU exited with status 3: err");
	process_free(p);
}

static void
has_a_session_of_its_own_and_no_input(void **state)
{
	struct process_options o = shell(
	    "read line; echo \"input: $?\"; read -r a b c d e session rest"
	    " </proc/$$/stat; [ \"$session\" = $$ ] && echo own session");
	struct err e = { "" };
	struct process *p = process_spawn(the_clock, &o, &e);
	_free_ char *text = NULL;

	assert_non_null(p);
	assert_true(exits(p));
	text = log_text();
	assert_string_equal(text, "input: 1\nown session\n");
	process_free(p);
}

static void
inherits_what_it_is_to_keep_and_no_more(void **state)
{
	int kept = open("/dev/null", O_RDWR | O_CLOEXEC);
	int other = open("/dev/null", O_RDWR | O_CLOEXEC);
	_free_ char *script =
	    xasprintf("[ -e /proc/self/fd/%d ] && echo kept;"
		      " [ -e /proc/self/fd/%d ] && echo leaked; :",
		kept, other);
	struct process_options o = shell(script);
	struct err e = { "" };
	struct process *p;
	_free_ char *text = NULL;

	o.keep = &kept;
	o.keep_n = 1;
	p = process_spawn(the_clock, &o, &e);
	assert_non_null(p);
	assert_true(exits(p));
	text = log_text();
	assert_string_equal(text, "kept\n");
	assert_true(fcntl(kept, F_GETFD) & FD_CLOEXEC);
	process_free(p);
	close(kept);
	close(other);
}

static size_t
count_fds(void)
{
	return scratch_count("/proc/self/fd");
}

static void
an_exec_that_fails_is_a_sentence(void **state)
{
	char *argv[] = { (char[]){ "/nowhere/qemu" }, NULL };
	struct process_options o = { .argv = argv, .log = scratch_path("log") };
	struct err e = { "" };
	size_t fds = count_fds();

	assert_null(process_spawn(the_clock, &o, &e));
	assert_string_equal(
	    e.text, "cannot start /nowhere/qemu: No such file or directory");
	argv[0] = (char *)(uintptr_t)scratch_file("data", "");
	assert_null(process_spawn(the_clock, &o, &e));
	assert_non_null(strstr(e.text, "Permission denied"));
	/* Reaped, and nothing of it is open. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	assert_int_equal(count_fds(), fds);
}

/* ---- before it may run ---- */

struct seen {
	pid_t pid;
	uint64_t start_time;
	bool had_run;
	bool fails;
};

static int
look(void *arg, pid_t pid, uint64_t start_time, struct err *e)
{
	struct seen *seen = arg;

	seen->pid = pid;
	seen->start_time = start_time;
	sleep_ms(50); /* it could have run by now, if it might */
	seen->had_run = access(scratch_path("ran"), F_OK) == 0;
	return seen->fails ? err_set(e, "the disk is full") : 0;
}

static void
is_known_before_it_runs(void **state)
{
	_free_ char *script = xasprintf("touch '%s'", scratch_path("ran"));
	struct process_options o = shell(script);
	struct seen seen = { 0 };
	struct err e = { "" };
	struct process *p;

	o.before = look;
	o.arg = &seen;
	p = process_spawn(the_clock, &o, &e);
	assert_non_null(p);
	assert_false(seen.had_run);
	assert_int_equal(seen.pid, process_pid(p));
	assert_int_equal(seen.start_time, process_start_time(p));
	assert_int_not_equal(seen.start_time, 0);
	assert_true(exits(p));
	assert_int_equal(access(scratch_path("ran"), F_OK), 0);
	assert_int_equal(unlink(scratch_path("ran")), 0);
	process_free(p);
}

static void
when_it_cannot_be_noted_it_never_was(void **state)
{
	_free_ char *script = xasprintf("touch '%s'", scratch_path("ran"));
	struct process_options o = shell(script);
	struct seen seen = { .fails = true };
	struct err e = { "" };

	o.before = look;
	o.arg = &seen;
	assert_null(process_spawn(the_clock, &o, &e));
	assert_string_equal(e.text, "the disk is full");
	assert_int_equal(kill(seen.pid, 0), -1);
	assert_int_equal(errno, ESRCH);
	assert_int_equal(access(scratch_path("ran"), F_OK), -1);
}

/* ---- found again ---- */

static void
is_adopted_by_its_start_time(void **state)
{
	struct process_options o = shell("exec sleep 60");
	struct err e = { "" };
	struct process *p = process_spawn(the_clock, &o, &e), *again;
	pid_t pid;
	uint64_t start;

	assert_non_null(p);
	pid = process_pid(p);
	start = process_start_time(p);
	/* Letting go of it does not end it. */
	again = process_adopt(the_clock, pid, start, NULL, &e);
	assert_non_null(again);
	process_free(p);
	assert_true(process_is_running(again));
	/* Another process with the same number is not it. */
	assert_null(process_adopt(the_clock, pid, start + 1, NULL, &e));
	assert_true(str_starts(e.text, "process "));
	assert_non_null(strstr(e.text, " is gone"));
	process_signal(again, SIGKILL);
	assert_true(exits(again));
	process_free(again);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_null(process_adopt(the_clock, pid, start, NULL, &e));
}

static void
no_numbers_that_mean_others_are_adopted(void **state)
{
	static const pid_t pids[] = { 1, 0, -1, -42, INT32_MAX };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(pids); i++) {
		struct err e = { "" };

		assert_null(process_adopt(the_clock, pids[i], 0, NULL, &e));
		assert_true(str_starts(e.text, "process "));
	}
}

/* ---- with us ---- */

/* A parent in between: it spawns, tells the pid, and is killed. */
static pid_t
spawn_in_a_child(bool dies_with_us)
{
	struct process_options o = shell("exec sleep 60");
	int fds[2];
	pid_t child, pid = 0;

	assert_int_equal(pipe(fds), 0);
	o.dies_with_us = dies_with_us;
	child = fork();
	if (child == 0) {
		struct clock *clock = clock_new();
		struct process *p = process_spawn(clock, &o, NULL);
		pid_t made = p ? process_pid(p) : 0;

		if (write(fds[1], &made, sizeof(made)) < 0)
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(read(fds[0], &pid, sizeof(pid)), sizeof(pid));
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	close(fds[0]);
	close(fds[1]);
	assert_true(pid > 0);
	return pid;
}

/* Gone, or waiting for somebody to read its status. */
static bool
is_dead(pid_t pid)
{
	_free_ char *path = xasprintf("/proc/%d/stat", (int)pid);
	_free_ char *text = read_file(path, 4096, NULL, NULL);
	const char *p = text ? strrchr(text, ')') : NULL;

	return !p || p[2] == 'Z' || p[2] == 'X';
}

static void
dies_with_us_when_it_should(void **state)
{
	pid_t pid = spawn_in_a_child(true);
	int i;

	for (i = 0; i < 1000 && !is_dead(pid); i++)
		sleep_ms(10);
	assert_true(is_dead(pid));
}

static void
lives_on_otherwise(void **state)
{
	pid_t pid = spawn_in_a_child(false);

	sleep_ms(50);
	assert_false(is_dead(pid));
	kill(pid, SIGKILL);
}

/* ---- last words ---- */

static void
last_words_are_the_logs_last_line(void **state)
{
	static const struct {
		const char *script, *words;
	} rows[] = {
		{ "exit 0", "QEMU exited with status 0" },
		{ "echo a; echo b; echo; exit 1",
		    "QEMU exited with status 1: b" },
		{ "printf 'no end'; exit 2",
		    "QEMU exited with status 2: no end" },
		{ "echo a; kill -9 $$",
		    "QEMU was killed by signal 9 (Killed): a" },
		{ "kill -6 $$", "QEMU was killed by signal 6 (Aborted)" },
		/* More than is read: still the end of it. */
		{ "head -c 20000 /dev/zero | tr '\\0' x; echo; echo end",
		    "QEMU exited with status 0: end" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct process_options o = shell(rows[i].script);
		struct err e = { "" };
		struct process *p;
		_free_ char *words = NULL;

		forget_log(NULL);
		p = process_spawn(the_clock, &o, &e);
		assert_non_null(p);
		assert_true(exits(p));
		words = process_last_words(p);
		assert_string_equal(words, rows[i].words);
		process_free(p);
	}
}

static void
who_runs_has_said_nothing_yet(void **state)
{
	struct process_options o = shell("exec sleep 60");
	struct err e = { "" };
	struct process *p = process_spawn(the_clock, &o, &e);
	_free_ char *words = NULL;

	assert_non_null(p);
	words = process_last_words(p);
	assert_string_equal(words, "");
	process_signal(p, SIGTERM);
	assert_true(exits(p));
	free(words);
	words = process_last_words(p);
	assert_string_equal(words, "QEMU was killed by signal 15 (Terminated)");
	/* Once more, and for one that is gone: no harm. */
	process_signal(p, SIGTERM);
	process_free(p);
	process_free(NULL);
}

static int
setup(void **state)
{
	the_clock = clock_new();
	return scratch_setup(state);
}

static int
teardown(void **state)
{
	clock_free(the_clock);
	return scratch_teardown(state);
}

#define TEST(f) cmocka_unit_test_setup(f, forget_log)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(starts_one_and_hears_of_its_end),
		TEST(has_a_session_of_its_own_and_no_input),
		TEST(inherits_what_it_is_to_keep_and_no_more),
		TEST(an_exec_that_fails_is_a_sentence),
		TEST(is_known_before_it_runs),
		TEST(when_it_cannot_be_noted_it_never_was),
		TEST(is_adopted_by_its_start_time),
		TEST(no_numbers_that_mean_others_are_adopted),
		TEST(dies_with_us_when_it_should),
		TEST(lives_on_otherwise),
		TEST(last_words_are_the_logs_last_line),
		TEST(who_runs_has_said_nothing_yet),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
