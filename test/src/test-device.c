/* Parameters of devices, and the names of their block nodes. */
#include "device.h"
#include "part.h"
#include "replies.h"
#include "scratch.h"
#include "spec.h"
#include <sys/stat.h>

/* ---- key=value words ---- */

static void
words_become_parameters(void **state)
{
	static const char *const words[] = { "image=/a b", "format=\"raw\"",
		"serial=", "x=a=b", "q=\"", "r=\"\"" };
	struct err e = { "" };
	json_auto_t *got = device_parse_params(words, ARRAY_SIZE(words), &e);
	json_auto_t *want =
	    json_of("{'image': '/a b', 'format': 'raw', 'serial': '',"
		    " 'x': 'a=b', 'q': '\\u0022', 'r': ''}");

	assert_string_equal(e.text, "");
	assert_true(json_equal(got, want));
}

static void
words_that_are_no_parameters(void **state)
{
	static const struct {
		const char *words[2];
		const char *sentence;
	} rows[] = {
		{ { "image" }, "\"image\": key=value is wanted" },
		{ { "=x" }, "\"=x\": key=value is wanted" },
		{ { "" }, "\"\": key=value is wanted" },
		{ { "a=1", "a=2" }, "a: given twice" },
		{ { "a=\xff" }, "a: not UTF-8" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err e = { "" };

		assert_null(device_parse_params(
		    rows[i].words, rows[i].words[1] ? 2 : 1, &e));
		assert_string_equal(e.text, rows[i].sentence);
	}
}

/* A key is JSON's as well. */
static void
a_key_that_is_not_utf8_is_refused(void **state)
{
	static const char *const words[] = { "\xff=1" };
	struct err e = { "" };
	json_auto_t *got = device_parse_params(words, 1, &e);

	assert_null(got);
	assert_string_not_equal(e.text, "");
}

/* ---- a family's rows ---- */

static struct device *
disk(const char *json, struct err *e)
{
	json_auto_t *params = json_of(json);

	if (json_object_get(params, "image"))
		json_object_set_new(params, "image",
		    json_string(scratch_path(
			json_string_value(json_object_get(params, "image")))));
	return device_new("blk", "data", params, NULL, e);
}

/* Command lines and annotations have only strings. */
static void
strings_take_the_types_of_their_rows(void **state)
{
	static const char *const good[] = {
		"{'image': 'disk', 'read-only': true}",
		"{'image': 'disk', 'read-only': 'true', 'format': 'qcow2'}",
		"{'image': 'disk', 'read-only': 'false', 'serial': '8'}",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		struct err e = { "" };
		struct device *d = disk(good[i], &e);

		assert_string_equal(e.text, "");
		assert_non_null(d);
		assert_ptr_equal(d->type, &device_blk);
		assert_string_equal(d->id, "data");
		device_free(d);
	}
}

static void
each_wrong_parameter_has_its_sentence(void **state)
{
	static const struct {
		const char *json, *sentence;
	} rows[] = {
		{ "{}", "\"image\" is missing" },
		{ "{'image': 'disk', 'read-only': 'yes'}",
		    "read-only: true or false is wanted, not a string" },
		{ "{'image': 'disk', 'format': 'vmdk'}",
		    "format: \"vmdk\" is none of: raw, qcow2" },
		{ "{'image': 'disk', 'readonly': 'true'}",
		    "readonly: unknown key; did you mean \"read-only\"?" },
		{ "{'image': 'disk', 'serial': '123456789012345678901'}",
		    "serial: at most 20 bytes" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err e = { "" };
		_free_ char *text = NULL;

		assert_null(disk(rows[i].json, &e));
		assert_true(str_starts(e.text, "disk data: "));
		text = scratch_strip(e.text + strlen("disk data: "));
		assert_string_equal(text, rows[i].sentence);
	}
}

/* What is only asked of a disk that is not there yet. */
static void
each_wrong_image_has_its_sentence(void **state)
{
	static const struct {
		const char *json, *sentence;
	} rows[] = {
		{ "{'image': 'gone'}",
		    "image gone: No such file or directory" },
		{ "{'image': '.'}", "image .: Is a directory" },
		{ "{'image': '.', 'read-only': true}",
		    "image .: neither a file nor a block device" },
		{ "{'image': 'fifo'}",
		    "image fifo: neither a file nor a block device" },
	};
	struct actual *a = actual_new();
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err e = { "" };
		struct device *d = disk(rows[i].json, &e);
		_free_ char *text = NULL;

		assert_non_null(d);
		assert_int_equal(d->type->check_host(d, a, &e), -1);
		text = scratch_strip(e.text);
		assert_string_equal(text, rows[i].sentence);
		device_free(d);
	}
	actual_free(a);
}

static void
the_place_stands_before_an_error(void **state)
{
	json_auto_t *params = json_of("{'img': 'x'}");
	struct err e = { "" };

	assert_null(
	    device_new("blk", "data", params, "vm.yaml:3:5: devices[0]", &e));
	assert_true(str_starts(e.text, "vm.yaml:3:5: devices[0]: "));
}

static void
unknown_families_and_ids(void **state)
{
	static const struct {
		const char *type, *id;
	} rows[] = {
		{ "disk", "data" },
		{ "", "data" },
		{ "blk", "" },
		{ "blk", "1data" },
		{ "blk", "a.b" },
		{ "blk", "a/b" },
		{ "blk", "a,b" },
		{ "blk",
		    "a123456789-123456789-123456789-123456789-123456789"
		    "-123456789-1234" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		json_auto_t *params =
		    json_pack("{s:s}", "image", scratch_path("disk"));
		struct err e = { "" };

		assert_null(
		    device_new(rows[i].type, rows[i].id, params, NULL, &e));
		assert_string_not_equal(e.text, "");
	}
}

static void
families_by_name_and_driver(void **state)
{
	size_t i;

	for (i = 0; device_types[i]; i++) {
		const struct device_type *type = device_types[i];
		size_t j;

		assert_ptr_equal(device_type_named(type->name), type);
		for (j = 0; type->drivers[j]; j++) {
			const struct device_type *other =
			    device_type_of_driver(type->drivers[j]);

			/* Two families may be the same kind of device. */
			assert_non_null(other);
			assert_string_equal(
			    other->drivers[j], type->drivers[j]);
		}
	}
	assert_null(device_type_named("none"));
	assert_null(device_type_of_driver("virtio-serial-pci"));
	assert_null(device_type_of_driver(NULL));
}

/* By the letter of what a crash left, its family is found. */
static void
no_two_families_share_a_letter(void **state)
{
	size_t i, j;

	for (i = 0; device_types[i]; i++) {
		const char *roles = device_types[i]->roles;

		assert_true(*roles);
		assert_null(strchr(roles, PART_REMOVAL));
		for (j = 0; roles[j]; j++)
			assert_ptr_equal(
			    device_type_of_role(roles[j]), device_types[i]);
	}
}

static int
setup(void **state)
{
	if (scratch_setup(state) < 0)
		return -1;
	scratch_file("disk", "x");
	return mkfifo(scratch_path("fifo"), 0600);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_become_parameters),
		cmocka_unit_test(words_that_are_no_parameters),
		cmocka_unit_test(a_key_that_is_not_utf8_is_refused),
		cmocka_unit_test(strings_take_the_types_of_their_rows),
		cmocka_unit_test(each_wrong_parameter_has_its_sentence),
		cmocka_unit_test(each_wrong_image_has_its_sentence),
		cmocka_unit_test(the_place_stands_before_an_error),
		cmocka_unit_test(unknown_families_and_ids),
		cmocka_unit_test(families_by_name_and_driver),
		cmocka_unit_test(no_two_families_share_a_letter),
	};

	return cmocka_run_group_tests(tests, setup, scratch_teardown);
}
