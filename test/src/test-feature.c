/* What QEMU builds can do: derived, remembered, and asked for. */
#include "feature.h"
#include "host.h"
#include "replies.h"
#include "scratch.h"
#include <dirent.h>
#include <sys/stat.h>

static json_t *
version(const char *package)
{
	return json_pack("{s:{s:i, s:i, s:i}, s:s}", "qemu", "major", 7,
	    "minor", 2, "micro", 22, "package", package);
}

static int
set_up(void **state)
{
	int rc = scratch_setup(state);

	setenv("QMPD_STATE_DIR", scratch_path("state"), 1);
	return rc;
}

/* The one file of builds/. */
static char *
the_file(void)
{
	const char *folder = scratch_path("state/builds");
	DIR *dir = opendir(folder);
	struct dirent *entry;
	char *path = NULL;

	assert_non_null(dir);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			path = xasprintf("%s/%s", folder, entry->d_name);
	closedir(dir);
	assert_non_null(path);
	return path;
}

static void
each_build_has_its_bits(void **state)
{
	static const struct {
		const char *name;
		unsigned bits;
	} rows[] = {
		{ "5.2", FEATURE_AIO_IO_URING | FEATURE_RECONNECT },
		{ "7.2", FEATURE_AIO_IO_URING | FEATURE_RECONNECT },
		{ "10.0",
		    FEATURE_AIO_IO_URING | FEATURE_RECONNECT |
			FEATURE_RECONNECT_MS | FEATURE_IOMMUFD },
		{ "11.1",
		    FEATURE_AIO_IO_URING | FEATURE_RECONNECT_MS |
			FEATURE_IOMMUFD },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		_free_ char *path = xasprintf(
		    SRCDIR "/test/data/replies/schema/%s.json", rows[i].name);
		json_auto_t *reply = json_load_file(path, 0, NULL);

		assert_int_equal(
		    features_of_schema(json_object_get(reply, "return")),
		    FEATURES_KNOWN | rows[i].bits);
	}
	assert_int_equal(features_of_schema(NULL), FEATURES_KNOWN);
}

static void
a_build_is_remembered_by_its_package(void **state)
{
	json_auto_t *a = version("a"), *b = version("b"), *none = version("");
	json_auto_t *hostile = version("../../etc/passwd");

	assert_int_equal(features_load(a), 0);
	features_save(a, FEATURES_KNOWN | FEATURE_RECONNECT);
	features_save(none, FEATURES_KNOWN | FEATURE_RECONNECT);
	features_save(hostile, FEATURES_KNOWN | FEATURE_IOMMUFD);
	assert_int_equal(features_load(a), FEATURES_KNOWN | FEATURE_RECONNECT);
	assert_int_equal(features_load(b), 0);
	assert_int_equal(features_load(none), 0);
	assert_int_equal(features_load(NULL), 0);
	assert_int_equal(
	    features_load(hostile), FEATURES_KNOWN | FEATURE_IOMMUFD);
	assert_int_equal(scratch_count(scratch_path("state/builds")), 2);
}

/* ---- what is not believed ---- */

static void
what_was_changed_is_not_believed(void **state)
{
	static const char *const texts[] = {
		"",
		"null",
		"[]",
		"{\"derivation\": 1}",
		"{\"derivation\": 1, \"version\": {}, \"has\": {}}",
	};
	json_auto_t *a = version("a");
	_free_ char *path = NULL;
	struct err e;
	size_t i;

	features_save(a, FEATURES_KNOWN);
	path = the_file();
	assert_int_equal(features_load(a), FEATURES_KNOWN);
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_ok(write_file(path, texts[i], strlen(texts[i]), &e), &e);
		assert_int_equal(features_load(a), 0);
	}
}

/* The members of what was saved, one of them changed. */
static void
change(const char *path, const char *key, json_t *value)
{
	json_auto_t *v = json_load_file(path, 0, NULL);
	json_t *has = json_object_get(v, "has");

	assert_non_null(v);
	if (json_object_get(v, key))
		json_object_set_new(v, key, value);
	else if (value)
		json_object_set_new(has, key, value);
	else
		json_object_del(has, key);
	assert_int_equal(json_dump_file(v, path, 0), 0);
}

static void
another_derivation_or_shape_is_not_believed(void **state)
{
	static const char *const keys[] = { "derivation", "version", "has",
		"object-add/iommufd" };
	json_auto_t *a = version("a");
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		_free_ char *path = NULL;

		features_save(a, FEATURES_KNOWN);
		path = the_file();
		change(path, keys[i], json_integer(999));
		assert_int_equal(features_load(a), 0);
	}
	features_save(a, FEATURES_KNOWN);
	assert_int_equal(features_load(a), FEATURES_KNOWN);
}

static void
a_file_that_others_may_write_is_not_believed(void **state)
{
	json_auto_t *a = version("a");
	_free_ char *path = NULL, *other = NULL;

	features_save(a, FEATURES_KNOWN);
	path = the_file();
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(features_load(a), 0);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(features_load(a), FEATURES_KNOWN);
	other = xasprintf("%s.other", path);
	assert_int_equal(rename(path, other), 0);
	assert_int_equal(symlink(other, path), 0);
	assert_int_equal(features_load(a), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, scratch_teardown)
		TEST(each_build_has_its_bits),
		TEST(a_build_is_remembered_by_its_package),
		TEST(what_was_changed_is_not_believed),
		TEST(another_derivation_or_shape_is_not_believed),
		TEST(a_file_that_others_may_write_is_not_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
