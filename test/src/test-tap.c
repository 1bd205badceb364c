/* Taps of the host, as far as no privilege is needed; test/qemu/net.sh has
 * the rest. */
#include "tap.h"
#include "check.h"
#include "netns.h"
#include <sys/stat.h>

static void
names_are_those_of_interfaces(void **state)
{
	static const char *const good[] = { "tap0", "a", "fifteen-letters",
		"t\xc3\xa9" };
	static const char *const bad[] = { "", "sixteen-letters-", "a/b", "..",
		".", "a b", "tap%d", "eth0:1", "a\n" };
	struct err e = { "" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(good); i++)
		assert_ok(tap_check_name(good[i], &e), &e);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(tap_check_name(bad[i], &e), -1);
		assert_non_null(strstr(e.text, "name of an interface"));
	}
}

static void
other_interfaces_are_no_taps(void **state)
{
	struct err e = { "" };
	struct tap tap;
	int fd;

	assert_int_equal(tap_look(NULL, "lo", &tap, &e), -1);
	assert_string_equal(
	    e.text, "it is a network card; a tap or a macvtap is wanted");
	assert_int_equal(tap_look(NULL, "qmpd-none-such", &tap, &e), -1);
	assert_string_equal(e.text, "there is no such interface");
	assert_int_equal(tap_open(NULL, "qmpd-none-such", &fd, 1, &e), -1);
	assert_string_equal(e.text, "there is no such interface");
}

static void
descriptors_of_other_things_are_none(void **state)
{
	struct err e = { "" };
	_free_ char *sentence = NULL;
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	sentence = xasprintf("descriptor %d is no tap's", fds[0]);
	assert_int_equal(tap_check_fds(fds, 2, &e), -1);
	assert_string_equal(e.text, sentence);
	free(sentence);
	close(fds[0]);
	close(fds[1]);
	sentence = xasprintf("descriptor %d is not open", fds[0]);
	assert_int_equal(tap_check_fds(fds, 2, &e), -1);
	assert_string_equal(e.text, sentence);
}

/* ---- namespaces ---- */

static void
namespaces_have_a_form(void **state)
{
	static const char *const good[] = { "pod", "a.b_c-d",
		"/proc/1/ns/net" };
	static const char *const bad[] = { "", "a/b", "..", "../x" };
	struct err e = { "" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(good); i++)
		assert_ok(netns_check(good[i], &e), &e);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(netns_check(bad[i], &e), -1);
}

static int
count(void *arg, struct err *e)
{
	++*(int *)arg;
	return 0;
}

static int
fails(void *arg, struct err *e)
{
	return err_set(e, "this way");
}

/* Our own needs no privilege, by whatever name. */
static void
work_is_done_there_and_its_error_comes_back(void **state)
{
	struct err e = { "" };
	struct stat before, after;
	int n = 0;

	assert_int_equal(stat("/proc/self/ns/net", &before), 0);
	assert_ok(netns_run(NULL, count, &n, &e), &e);
	assert_ok(netns_run("/proc/self/ns/net", count, &n, &e), &e);
	assert_int_equal(n, 2);
	assert_int_equal(netns_run("/proc/self/ns/net", fails, NULL, &e), -1);
	assert_string_equal(e.text, "this way");
	assert_int_equal(stat("/proc/self/ns/net", &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
}

static void
what_is_no_namespace_is_not_entered(void **state)
{
	struct err e = { "" };
	int n = 0;

	assert_int_equal(netns_run("qmpd-none-such", count, &n, &e), -1);
	assert_string_equal(e.text,
	    "netns /run/netns/qmpd-none-such: No such file or directory");
	assert_int_equal(netns_run("/dev/null", count, &n, &e), -1);
	assert_string_equal(
	    e.text, "netns /dev/null: that is no network namespace");
	assert_int_equal(n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_those_of_interfaces),
		cmocka_unit_test(other_interfaces_are_no_taps),
		cmocka_unit_test(descriptors_of_other_things_are_none),
		cmocka_unit_test(namespaces_have_a_form),
		cmocka_unit_test(work_is_done_there_and_its_error_comes_back),
		cmocka_unit_test(what_is_no_namespace_is_not_entered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
