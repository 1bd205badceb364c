/* Paths through recorded schemas, and through hostile ones. */
#include "schema.h"
#include "replies.h"

static json_t *
recorded(const char *version)
{
	_free_ char *path =
	    xasprintf(SRCDIR "/test/data/replies/schema/%s.json", version);
	json_auto_t *reply = json_load_file(path, 0, NULL);

	assert_non_null(reply);
	return json_incref(json_object_get(reply, "return"));
}

static bool
has(const char *json, const char *path)
{
	json_auto_t *answer = json_of(json);
	struct schema *schema = schema_new(answer);
	bool it_has = schema_has(schema, path);

	schema_free(schema);
	return it_has;
}

/* ---- recorded ---- */

static void
each_build_has_what_it_has(void **state)
{
	static const char *const versions[] = { "5.2", "7.2", "10.0", "11.1" };
	static const struct {
		const char *path;
		const char *has; /* of these, 1 or 0 each */
	} rows[] = {
		{ "chardev-add", "1111" }, { "chardev-add/backend", "1111" },
		{ "chardev-add/backend/socket", "1111" },
		{ "chardev-add/backend/socket/data", "1111" },
		{ "chardev-add/backend/socket/data/server", "1111" },
		{ "chardev-add/backend/socket/data/reconnect", "1110" },
		{ "chardev-add/backend/socket/data/reconnect-ms", "0011" },
		{ "chardev-add/backend/type/socket", "1111" },
		{ "blockdev-add/file/aio/io_uring", "1111" },
		{ "blockdev-add/file/aio/threads", "1111" },
		{ "blockdev-add/file/aio/none", "0000" },
		{ "blockdev-add/driver/file", "1111" },
		{ "object-add/iommufd", "0011" },
		{ "object-add/iommufd/fd", "0011" },
		{ "object-add/qom-type", "1111" },
		/* What a path may not be. */
		{ "", "0000" }, { "/", "0000" }, { "chardev-add/", "0000" },
		{ "chardev-add//socket", "0000" },
		{ "chardev-ad/backend", "0000" },
		{ "chardev-add/backen", "0000" },
		{ "chardev-add/backend/socket/data/server/x", "0000" },
		{ "blockdev-add/file/aio/io_uring/x", "0000" },
		{ "query-status", "0000" }, /* the filter left it out */
	};
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(versions); i++) {
		json_auto_t *answer = recorded(versions[i]);
		struct schema *schema = schema_new(answer);

		for (j = 0; j < ARRAY_SIZE(rows); j++)
			if (schema_has(schema, rows[j].path) !=
			    (rows[j].has[i] == '1'))
				fail_msg("%s: %s", versions[i], rows[j].path);
		schema_free(schema);
	}
}

/* ---- every kind of type ---- */

static const char kinds[] =
    "[{'name': 'do', 'meta-type': 'command', 'arg-type': 'args'},"
    " {'name': 'bare', 'meta-type': 'command', 'arg-type': 'none'},"
    " {'name': 'done', 'meta-type': 'event', 'arg-type': 'args'},"
    " {'name': 'none', 'meta-type': 'object', 'members': []},"
    " {'name': 'args', 'meta-type': 'object', 'members': ["
    "   {'name': 'list', 'type': '[args2]'},"
    "   {'name': 'either', 'type': 'alt'}, {'name': 'n', 'type': 'int'}]},"
    " {'name': '[args2]', 'meta-type': 'array', 'element-type': 'args2'},"
    " {'name': 'args2', 'meta-type': 'object', 'members': ["
    "   {'name': 'in', 'type': 'int'}]},"
    " {'name': 'alt', 'meta-type': 'alternate', 'members': ["
    "   {'type': 'int'}, {'type': 'args2'}]},"
    " {'name': 'int', 'meta-type': 'builtin', 'json-type': 'int'}]";

static void
each_kind_of_type_is_walked(void **state)
{
	assert_true(has(kinds, "do/n"));
	assert_true(has(kinds, "do/list"));
	assert_true(has(kinds, "do/list/in"));
	assert_true(has(kinds, "do/either/in"));
	assert_true(has(kinds, "bare"));
	assert_false(has(kinds, "do/n/in"));
	assert_false(has(kinds, "do/either/out"));
	assert_false(has(kinds, "bare/n"));
	assert_false(has(kinds, "done/n"));
	assert_false(has(kinds, "args/n"));
}

/* ---- hostile ---- */

static void
a_walk_through_a_hostile_schema_ends(void **state)
{
	static const char *const hostile[] = {
		"null",
		"{}",
		"[]",
		"[1, null, 'x', [], {}]",
		"[{'name': 7, 'meta-type': 'command'}]",
		"[{'name': 'do'}]",
		"[{'name': 'do', 'meta-type': 'command', 'arg-type': 'do'}]",
		"[{'name': 'do', 'meta-type': 'command', 'arg-type': {}}]",
		"[{'name': 'do', 'meta-type': 'command', 'arg-type': 'a'},"
		" {'name': 'a', 'meta-type': 'array', 'element-type': 'a'}]",
		"[{'name': 'do', 'meta-type': 'command', 'arg-type': 'a'},"
		" {'name': 'a', 'meta-type': 'alternate', 'members': ["
		"   {'type': 'a'}, {'type': 'a'}, {'type': 'a'}]}]",
		"[{'name': 'do', 'meta-type': 'command', 'arg-type': 'o'},"
		" {'name': 'o', 'meta-type': 'object', 'members': 7,"
		"  'variants': {'case': 'x'}}]",
		"[{'name': 'do', 'meta-type': 'command', 'arg-type': 'e'},"
		" {'name': 'e', 'meta-type': 'enum', 'values': [1, {}],"
		"  'members': ['x', {'name': []}]}]",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(hostile); i++)
		assert_false(has(hostile[i], "do/x/x/x"));
	assert_false(has(hostile[2], "do"));
	assert_true(has(hostile[6], "do"));
}

/* A type in itself is walked as deep as the path goes, and no further. */
static void
a_type_in_itself_is_as_deep_as_the_path(void **state)
{
	static const char self[] =
	    "[{'name': 'do', 'meta-type': 'command', 'arg-type': 'o'},"
	    " {'name': 'o', 'meta-type': 'object', 'members': ["
	    "   {'name': 'x', 'type': 'o'}]}]";
	char path[2 * 4096 + 3] = "do";
	size_t i;

	assert_true(has(self, "do/x/x/x"));
	assert_false(has(self, "do/x/x/y"));
	for (i = 0; i < 4096; i++)
		memcpy(path + 2 + 2 * i, "/x", 3);
	assert_false(has(self, path));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_build_has_what_it_has),
		cmocka_unit_test(each_kind_of_type_is_walked),
		cmocka_unit_test(a_walk_through_a_hostile_schema_ends),
		cmocka_unit_test(a_type_in_itself_is_as_deep_as_the_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
