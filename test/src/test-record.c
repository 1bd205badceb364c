/* What is remembered of VMs, and what of it is believed. */
#include "host.h"
#include "places.h"
#include "record.h"
#include "scratch.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char *vms;

/* A path below vms/. */
static const char *
vms_path(const char *name)
{
	_free_ char *path = xasprintf("vms/%s", name);

	return scratch_path(path);
}

static void
write_record(const char *name, const char *text)
{
	_free_ char *file = xasprintf("vms/%s.json", name);

	scratch_file(file, text);
}

static char *
read_record(const char *name)
{
	_free_ char *file = xasprintf("vms/%s.json", name);
	struct err e = { "" };

	return read_file(scratch_path(file), 64 * KIB, NULL, &e);
}

static struct record *
sample(const char *name)
{
	struct record *r = record_new(name);

	r->template = xstrdup("base");
	r->memory_sharing = MEMORY_SHARED;
	r->qmp = xstrdup("/run/web/qmp.sock");
	r->qga = xstrdup("/run/web/qga.sock");
	r->log = xstrdup("/run/web/qemu \"log\"\n\xc3\xa4");
	r->pid = 4242;
	r->start_time = UINT64_C(1) << 60;
	r->ready = true;
	r->guest_use = 60 * MIB;
	r->desired_vcpus = 3;
	r->desired_memory = 512 * GIB;
	return r;
}

/* Each test has an empty vms/. */
static int
clear(void **state)
{
	struct err e;

	if (remove_tree(vms, &e) < 0)
		return -1;
	return mkdir(vms, 0700);
}

/* ---- saved and loaded ---- */

static void
comes_back_as_it_was(void **state)
{
	struct record *r = sample("web"), *got;
	struct err e = { "" };

	assert_ok(record_save(r, &e), &e);
	got = record_load("web", &e);
	assert_string_equal(e.text, "");
	assert_non_null(got);
	assert_string_equal(got->name, "web");
	assert_string_equal(got->template, r->template);
	assert_int_equal(got->memory_sharing, MEMORY_SHARED);
	assert_string_equal(got->qmp, r->qmp);
	assert_string_equal(got->qga, r->qga);
	assert_string_equal(got->log, r->log);
	assert_int_equal(got->pid, r->pid);
	assert_int_equal(got->start_time, r->start_time);
	assert_true(got->ready);
	assert_int_equal(got->guest_use, r->guest_use);
	assert_int_equal(got->desired_vcpus, 3);
	assert_int_equal(got->desired_memory, r->desired_memory);
	record_free(got);
	record_free(r);
}

static void
what_nobody_said_stays_unsaid(void **state)
{
	struct record *r = record_new("bare"), *got;
	struct err e = { "" };

	assert_ok(record_save(r, &e), &e);
	got = record_load("bare", &e);
	assert_non_null(got);
	assert_null(got->template);
	assert_int_equal(got->memory_sharing, MEMORY_PRIVATE);
	assert_null(got->qga);
	assert_null(got->log);
	assert_int_equal(got->pid, 0);
	assert_false(got->ready);
	assert_int_equal(got->desired_vcpus, 0);
	record_free(got);
	record_free(r);
	record_free(NULL);
}

static void
one_that_is_not_there(void **state)
{
	struct err e = { "" };

	errno = 0;
	assert_null(record_load("none", &e));
	assert_int_equal(errno, ENOENT);
	assert_string_equal(e.text, "there is no vm \"none\"");
}

/* ---- not believed ---- */

static void
one_that_is_cut_off_anywhere(void **state)
{
	struct record *r = sample("web");
	struct err e = { "" };
	_free_ char *text = NULL;
	size_t n;

	assert_ok(record_save(r, &e), &e);
	record_free(r);
	text = read_record("web");
	for (n = strlen(text); n > 0; n--) {
		text[n - 1] = '\0';
		write_record("web", text);
		e.text[0] = '\0';
		assert_null(record_load("web", &e));
		assert_non_null(strstr(e.text, "web.json"));
	}
}

#define GOOD                                                               \
	"{\"version\": 1, \"name\": \"web\", \"qmp\": \"/q\", \"pid\": 1," \
	" \"start_time\": 1, \"ready\": true"

static void
each_wrong_member_is_named(void **state)
{
	static const struct {
		const char *text, *sentence;
	} rows[] = {
		{ "[]", "vms/web.json:1:1: a mapping is wanted, not a list" },
		{ "{}", "vms/web.json:1:1: \"version\" is missing" },
		{ "{\"version\": 2, \"name\": \"web\", \"more\": 1}",
		    "vms/web.json:1:31: more: unknown key" },
		{ "{\"version\": 2, \"name\": \"web\", \"qmp\": \"\", \"pid\":"
		  " 1, \"start_time\": 1, \"ready\": true}",
		    "vms/web.json:1:13: version: must be between 1 and 1, not"
		    " 2" },
		{ GOOD ", \"pid\": 2}", "vms/web.json:1:" },
		{ GOOD ", \"template\": 1}",
		    "vms/web.json:1:98: template: a string is wanted, not a"
		    " whole number" },
		{ GOOD ", \"guest_use\": -1}",
		    "vms/web.json:1:99: guest_use: must be between 0 and"
		    " 9223372036854775807, not -1" },
		{ "{\"version\": 1, \"name\": \"web\", \"qmp\": \"\", \"pid\":"
		  " 2147483648, \"start_time\": 1, \"ready\": true}",
		    "vms/web.json:1:49: pid: must be between 0 and 2147483647,"
		    " not 2147483648" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err e = { "" };
		_free_ char *text = NULL;

		write_record("web", rows[i].text);
		assert_null(record_load("web", &e));
		text = scratch_strip(e.text);
		if (!str_starts(text, rows[i].sentence))
			fail_msg("wanted %s\ngot %s", rows[i].sentence, text);
	}
}

/* A count that is none of a VM's is not cut down to one that might be. */
static void
counts_beyond_an_int(void **state)
{
	struct err e = { "" };

	write_record("web", GOOD ", \"desired_vcpus\": 4294967297}");
	assert_null(record_load("web", &e));
}

/* Saving or removing it would go to another VM's file, or anywhere. */
static void
one_with_another_name_inside(void **state)
{
	static const char *const names[] = { "other", "../../etc", "" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		_free_ char *text = xasprintf(
		    "{\"version\": 1, \"name\": \"%s\", \"qmp\": \"/q\","
		    " \"pid\": 1, \"start_time\": 1, \"ready\": true}",
		    names[i]);
		struct err e = { "" };

		write_record("web", text);
		if (record_load("web", &e))
			fail_msg("web.json is believed to be \"%s\"", names[i]);
	}
}

static void
one_that_others_may_write(void **state)
{
	struct err e = { "" };

	write_record("web", GOOD "}");
	assert_int_equal(chmod(vms_path("web.json"), 0666), 0);
	assert_null(record_load("web", &e));
	assert_non_null(strstr(e.text, ": others may write to it (mode 666)"));
	assert_int_equal(chmod(vms_path("web.json"), 0600), 0);
	if (geteuid() != 0)
		return;
	assert_int_equal(chown(vms_path("web.json"), 65534, 65534), 0);
	assert_null(record_load("web", &e));
	assert_non_null(strstr(e.text, ": belongs to user 65534, not to 0"));
}

/* ---- names ---- */

static void
names_are_in_order_and_only_those(void **state)
{
	struct err e = { "" };
	size_t n = 99, i;
	char **names = record_names(&n, &e);

	assert_int_equal(n, 0);
	assert_non_null(names);
	names_free(names, n);
	scratch_file("vms/.json", "");
	scratch_file("vms/web.json.new-17", "");
	scratch_file("vms/x", "");
	assert_int_equal(mkdir(vms_path("folder"), 0700), 0);
	for (i = 0; i < 3; i++) {
		static const char *const made[] = { "b", "a.json", "a" };
		struct record *r = record_new(made[i]);

		assert_ok(record_save(r, &e), &e);
		record_free(r);
	}
	names = record_names(&n, &e);
	assert_int_equal(n, 3);
	assert_string_equal(names[0], "a");
	assert_string_equal(names[1], "a.json");
	assert_string_equal(names[2], "b");
	names_free(names, n);
}

static void
removing_takes_all_of_it_and_again_is_fine(void **state)
{
	struct record *r = record_new("web");
	struct err e = { "" };
	int lock = record_reserve("web", &e);

	assert_true(lock >= 0);
	assert_ok(record_save(r, &e), &e);
	scratch_file("vms/web/qemu.log", "x");
	assert_ok(record_remove("web", &e), &e);
	assert_int_equal(scratch_count(vms), 0);
	assert_ok(record_remove("web", &e), &e);
	record_free(r);
	close(lock);
}

/* ---- reserving a name ---- */

static void
a_name_is_reserved_once(void **state)
{
	struct err e = { "" };
	int lock = record_reserve("web", &e), again;
	struct stat st;

	assert_true(lock >= 0);
	assert_int_equal(stat(vms_path("web"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(record_reserve("web", &e), -1);
	assert_string_equal(e.text, "vm web is being made by another program");
	errno = 0;
	assert_int_equal(record_lock("web", &e), -1);
	assert_int_equal(errno, EWOULDBLOCK);
	again = record_reserve("other", &e);
	assert_true(again >= 0);
	close(again);
	close(lock);
}

static void
a_vm_that_is_there_is_not_replaced(void **state)
{
	struct record *r = record_new("web");
	struct err e = { "" };
	int lock = record_reserve("web", &e);

	r->ready = true;
	assert_ok(record_save(r, &e), &e);
	record_free(r);
	close(lock);
	assert_int_equal(record_reserve("web", &e), -1);
	assert_string_equal(e.text, "vm web exists already");
	assert_int_equal(access(vms_path("web.json"), F_OK), 0);
	assert_int_equal(access(vms_path("web/lock"), F_OK), 0);
}

/* A child that stands for a QEMU. */
static struct process *
start_sleeper(struct clock *clock)
{
	static char program[] = "sleep", seconds[] = "60";
	char *argv[] = { program, seconds, NULL };
	struct process_options o = { .argv = argv, .log = scratch_path("log") };

	return process_spawn(clock, &o, NULL);
}

static bool
is_killed(pid_t pid)
{
	int i;

	for (i = 0; i < 100; i++) {
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return true;
		usleep(10000);
	}
	return false;
}

/* A creation that was killed: its QEMU ends, its folder is made anew. */
static void
what_a_killed_creation_left_is_taken_away(void **state)
{
	struct clock *clock = clock_new();
	struct process *p = start_sleeper(clock);
	struct record *r = record_new("web");
	struct err e = { "" };
	int lock = record_reserve("web", &e);

	assert_non_null(p);
	r->pid = process_pid(p);
	r->start_time = process_start_time(p);
	assert_ok(record_save(r, &e), &e);
	scratch_file("vms/web/qmp.sock", "");
	close(lock);
	lock = record_reserve("web", &e);
	assert_true(lock >= 0);
	assert_true(is_killed(r->pid));
	assert_int_equal(access(vms_path("web.json"), F_OK), -1);
	assert_int_equal(scratch_count(vms_path("web")), 1);
	close(lock);
	record_free(r);
	process_free(p);
	clock_free(clock);
}

/* The number is another process's by now: that one lives. */
static void
who_got_its_number_is_left_alone(void **state)
{
	struct clock *clock = clock_new();
	struct process *p = start_sleeper(clock);
	struct record *r = record_new("web");
	struct err e = { "" };
	int lock = record_reserve("web", &e);

	r->pid = process_pid(p);
	r->start_time = process_start_time(p) - 1;
	assert_ok(record_save(r, &e), &e);
	close(lock);
	lock = record_reserve("web", &e);
	assert_true(lock >= 0);
	assert_true(process_is_running(p));
	process_signal(p, SIGKILL);
	assert_true(is_killed(r->pid));
	close(lock);
	record_free(r);
	process_free(p);
	clock_free(clock);
}

static void
halves_of_a_vm_are_cleared(void **state)
{
	struct record *r = record_new("alone");
	struct err e = { "" };
	int lock;

	/* A folder without a record; a record without a folder. */
	assert_int_equal(mkdir(vms_path("bare"), 0700), 0);
	scratch_file("vms/bare/console.log", "x");
	lock = record_reserve("bare", &e);
	assert_true(lock >= 0);
	assert_int_equal(scratch_count(vms_path("bare")), 1);
	close(lock);
	assert_ok(record_save(r, &e), &e);
	lock = record_reserve("alone", &e);
	assert_true(lock >= 0);
	assert_int_equal(access(vms_path("alone.json"), F_OK), -1);
	close(lock);
	record_free(r);
}

/* A record that cannot be read is no leftover: a newer qmpd's VM may run
 * there, and nobody would find it again. */
static void
a_record_that_cannot_be_believed_is_not_removed(void **state)
{
	struct err e = { "" };
	_free_ char *text = NULL;

	write_record("web",
	    "{\"version\": 2, \"name\": \"web\", \"qmp\": \"/q\", \"pid\": 1,"
	    " \"start_time\": 1, \"ready\": true, \"more\": 1}");
	assert_int_equal(mkdir(vms_path("web"), 0700), 0);
	assert_int_equal(record_reserve("web", &e), -1);
	assert_string_not_equal(e.text, "");
	text = read_record("web");
	assert_non_null(text);
}

static int
setup(void **state)
{
	if (scratch_setup(state) < 0)
		return -1;
	vms = xstrdup(scratch_path("vms"));
	return setenv("QMPD_STATE_DIR", scratch(), 1);
}

static int
teardown(void **state)
{
	free(vms);
	return scratch_teardown(state);
}

#define TEST(f) cmocka_unit_test_setup(f, clear)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(comes_back_as_it_was),
		TEST(what_nobody_said_stays_unsaid),
		TEST(one_that_is_not_there),
		TEST(one_that_is_cut_off_anywhere),
		TEST(each_wrong_member_is_named),
		TEST(counts_beyond_an_int),
		TEST(one_with_another_name_inside),
		TEST(one_that_others_may_write),
		TEST(names_are_in_order_and_only_those),
		TEST(removing_takes_all_of_it_and_again_is_fine),
		TEST(a_name_is_reserved_once),
		TEST(a_vm_that_is_there_is_not_replaced),
		TEST(what_a_killed_creation_left_is_taken_away),
		TEST(who_got_its_number_is_left_alone),
		TEST(halves_of_a_vm_are_cleared),
		TEST(a_record_that_cannot_be_believed_is_not_removed),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
