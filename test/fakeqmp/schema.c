/*
 * query-qmp-schema: every command by name, and the types of those members
 * that differ from one QEMU to another. Types have numbers, as QEMU's have.
 */
#include "model.h"

#define NOTHING "0"

/* Words of an object are MEMBER:TYPE, of an enum its values, of the cases of
 * a tag CASE:TYPE. Optional members have ? before them. */
static const struct {
	const char *name, *meta, *words, *tag, *cases;
} types[] = {
	{ NOTHING, "object", "" },
	{ "1", "object", "id:str backend:2" },
	{ "2", "object", "type:3", "type",
	    "file:4 socket:5 pty:7 null:7 ringbuf:8" },
	{ "3", "enum", "file socket pty null ringbuf" },
	{ "4", "object", "data:9" },
	{ "5", "object", "data:6" },
	{ "6", "object",
	    "addr:10 ?server:bool ?wait:bool ?reconnect:int!11.1 "
	    "?reconnect-ms:int@9.2" },
	{ "7", "object", "data:0" },
	{ "8", "object", "data:11" },
	{ "9", "object", "out:str ?append:bool" },
	{ "10", "object", "type:12", "type", "unix:13" },
	{ "11", "object", "?size:int" },
	{ "12", "enum", "unix" },
	{ "13", "object", "data:14" },
	{ "14", "object", "path:str" },
	{ "20", "object", "driver:21 ?node-name:str", "driver",
	    "file:22 host_device:22 raw:24 throttle:25" },
	{ "21", "enum", "file host_device raw throttle" },
	{ "22", "object", "filename:str ?aio:23" },
	{ "23", "enum", "threads native io_uring" },
	{ "24", "object", "file:26" },
	{ "25", "object", "throttle-group:str file:26" },
	{ "26", "object", "" },
	{ "30", "object", "qom-type:31 id:str", "qom-type",
	    "iothread:0 rng-random:32 throttle-group:0 iommufd:33@9.0" },
	{ "31", "enum", NULL }, /* the objects' table */
	{ "32", "object", "?filename:str" },
	{ "33", "object", "?fd:str" },
	{ "40", "object", "typename:str" },
};

static const struct {
	const char *name, *arguments;
} commands[] = {
	{ "chardev-add", "1" },
	{ "blockdev-add", "20" },
	{ "object-add", "30" },
	{ "device-list-properties", "40" },
};

static const char *const builtins[][2] = {
	{ "str", "string" },
	{ "int", "int" },
	{ "bool", "boolean" },
};

/* ---- types ---- */

static json_t *
members_of(const struct fake *fake, const char *words)
{
	json_t *list = must(json_array()), *entry;
	struct word word;
	bool is_optional;

	while (words_next(fake, &words, &word)) {
		is_optional = word.name[0] == '?';
		entry = must(json_pack("{s:s, s:s}", "name",
		    word.name + is_optional, "type", word.type));
		if (is_optional)
			json_object_set_new(entry, "default", json_null());
		json_array_append_new(list, entry);
	}
	return list;
}

static json_t *
cases_of(const struct fake *fake, const char *words)
{
	json_t *list = must(json_array());
	struct word word;

	while (words_next(fake, &words, &word))
		json_array_append_new(list,
		    json_pack(
			"{s:s, s:s}", "case", word.name, "type", word.type));
	return list;
}

static void
add_value(json_t *entry, const char *name)
{
	json_array_append_new(
	    json_object_get(entry, "values"), json_string(name));
	json_array_append_new(json_object_get(entry, "members"),
	    json_pack("{s:s}", "name", name));
}

static void
add_values(const struct fake *fake, json_t *entry, const char *words)
{
	const struct kind *kind;
	const char *at = words;
	struct word word;

	while (words && words_next(fake, &at, &word))
		add_value(entry, word.name);
	for (kind = object_kinds; !words && kind->name; kind++) {
		at = kind->name;
		if (words_next(fake, &at, &word))
			add_value(entry, word.name);
	}
}

static json_t *
type_entry(const struct fake *fake, size_t i)
{
	json_t *entry = must(json_pack(
	    "{s:s, s:s}", "name", types[i].name, "meta-type", types[i].meta));

	if (str_eq(types[i].meta, "enum")) {
		json_object_set_new(entry, "members", json_array());
		json_object_set_new(entry, "values", json_array());
		add_values(fake, entry, types[i].words);
		return entry;
	}
	json_object_set_new(entry, "members", members_of(fake, types[i].words));
	if (types[i].tag) {
		json_object_set_new(entry, "tag", json_string(types[i].tag));
		json_object_set_new(
		    entry, "variants", cases_of(fake, types[i].cases));
	}
	return entry;
}

/* ---- commands ---- */

static const char *
arguments_of(const char *command)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (str_eq(commands[i].name, command))
			return commands[i].arguments;
	return NOTHING;
}

json_t *
query_qmp_schema(struct fake *fake, const json_t *arguments)
{
	json_t *list = must(json_array());
	const struct command *row;
	size_t i;

	for (row = monitor_commands; row->name; row++)
		json_array_append_new(list,
		    json_pack("{s:s, s:s, s:s, s:s}", "name", row->name,
			"meta-type", "command", "arg-type",
			arguments_of(row->name), "ret-type", NOTHING));
	for (i = 0; i < ARRAY_SIZE(types); i++)
		json_array_append_new(list, type_entry(fake, i));
	for (i = 0; i < ARRAY_SIZE(builtins); i++)
		json_array_append_new(list,
		    json_pack("{s:s, s:s, s:s}", "name", builtins[i][0],
			"meta-type", "builtin", "json-type", builtins[i][1]));
	return list;
}
