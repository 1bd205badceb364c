/* Names that may become part of a path, and where things are. */
#include "places.h"
#include "scratch.h"
#include <sys/stat.h>

static void
names(void **state)
{
	static const struct {
		const char *name, *sentence;
	} rows[] = {
		{ "a", NULL },
		{ "9", NULL },
		{ "web-1.example_com", NULL },
		{ "A23456789-123456789-123456789-123456789-123456789-123456789-"
		  "123",
		    NULL },
		{ "A23456789-123456789-123456789-123456789-123456789-123456789-"
		  "1234",
		    "vm name: 1 to 63 characters are wanted, not 64" },
		{ "", "vm name: 1 to 63 characters are wanted, not 0" },
#define BEGINS " it begins with a letter or digit and has no \"..\""
		{ ".", "vm name \".\":" BEGINS },
		{ "..", "vm name \"..\":" BEGINS },
		{ ".hidden", "vm name \".hidden\":" BEGINS },
		{ "-rf", "vm name \"-rf\":" BEGINS },
		{ "_a", "vm name \"_a\":" BEGINS },
		{ "a..b", "vm name \"a..b\":" BEGINS },
#undef BEGINS
#define LETTERS "vm name: letters, digits, '_', '.' and '-' are wanted, not "
		{ "a/b", LETTERS "'/'" },
		{ "a b", LETTERS "' '" },
		{ "a,b", LETTERS "','" },
		{ "a\nb", LETTERS "'?'" },
		{ "a=b", LETTERS "'='" },
#undef LETTERS
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err e = { "" };
		int rc = place_check_name("vm", rows[i].name, &e);

		assert_int_equal(rc, rows[i].sentence ? -1 : 0);
		assert_string_equal(
		    e.text, rows[i].sentence ? rows[i].sentence : "");
	}
}

/* What cannot be printed does not reach a terminal by way of an error. */
static void
names_in_errors_are_fit_to_print(void **state)
{
	static const char *const bad[] = { "\x1b[2J", "a\x1b[2J", "a\x7f",
		"a\xff", "\xc2\x9b" };
	size_t i;
	const char *p;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		struct err e = { "" };

		assert_int_equal(place_check_name("vm", bad[i], &e), -1);
		for (p = e.text; *p; p++)
			assert_in_range((unsigned char)*p, ' ', '~');
	}
}

static void
the_environment_says_where(void **state)
{
	struct err e = { "" };
	_free_ char *vms = NULL, *templates = NULL;
	struct stat st;

	setenv("QMPD_STATE_DIR", scratch_path("state"), 1);
	setenv("QMPD_TEMPLATE_DIR", scratch_path("some/where"), 1);
	vms = place_vms(&e);
	templates = place_templates(&e);
	assert_string_equal(e.text, "");
	assert_string_equal(vms, scratch_path("state/vms"));
	assert_string_equal(templates, scratch_path("some/where"));
	assert_int_equal(stat(vms, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(stat(templates, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
}

static void
a_folder_that_others_may_write_is_not_believed(void **state)
{
	struct err e = { "" };
	const char *vms = scratch_path("open/vms");
	_free_ char *text = NULL, *wanted = NULL;

	setenv("QMPD_STATE_DIR", scratch_path("open"), 1);
	text = place_vms(&e);
	assert_string_equal(text, vms);
	assert_int_equal(chmod(vms, 0777), 0);
	assert_null(place_vms(&e));
	wanted = xasprintf("%s: others may write to it (mode 777)", vms);
	assert_string_equal(e.text, wanted);
}

static void
a_link_is_not_believed(void **state)
{
	struct err e = { "" };

	assert_int_equal(mkdir(scratch_path("linked"), 0700), 0);
	assert_int_equal(symlink(scratch(), scratch_path("linked/vms")), 0);
	setenv("QMPD_STATE_DIR", scratch_path("linked"), 1);
	assert_null(place_vms(&e));
	assert_non_null(strstr(e.text, "/linked/vms: not a file of ours"));
}

static void
a_folder_that_cannot_be_made(void **state)
{
	struct err e = { "" };

	setenv("QMPD_STATE_DIR", scratch_file("file", ""), 1);
	assert_null(place_vms(&e));
	assert_non_null(strstr(e.text, "cannot make "));
	assert_non_null(strstr(e.text, "Not a directory"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(names_in_errors_are_fit_to_print),
		cmocka_unit_test(the_environment_says_where),
		cmocka_unit_test(
		    a_folder_that_others_may_write_is_not_believed),
		cmocka_unit_test(a_link_is_not_believed),
		cmocka_unit_test(a_folder_that_cannot_be_made),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
