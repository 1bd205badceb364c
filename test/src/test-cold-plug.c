/* From QMP commands to options: what each becomes, and what has no form. */
#include "check.h"
#include "cold-plug.h"

static void
expect(const char *text, const char *option, const char *value)
{
	json_auto_t *command = must(json_loads(text, 0, NULL));
	_free_ char *got_option = NULL, *got_value = NULL;
	struct err e = { "" };

	assert_ok(cold_plug_option(command, &got_option, &got_value, &e), &e);
	if (option)
		assert_string_equal(got_option, option);
	else
		assert_null(got_option);
	if (value)
		assert_string_equal(got_value, value);
}

#define COMMAND(name, arguments) \
	"{\"execute\": \"" name "\", \"arguments\": " arguments "}"

static void
each_command_has_its_option(void **state)
{
	expect(COMMAND("device_add",
		   "{\"id\": \"d\", \"driver\": \"virtio-blk-pci\", "
		   "\"drive\": \"n\", \"write-cache\": \"off\"}"),
	    "-device", "virtio-blk-pci,id=d,drive=n,write-cache=off");
	expect(COMMAND("blockdev-add",
		   "{\"driver\": \"qcow2\", \"node-name\": \"n\", \"file\": "
		   "{\"driver\": \"file\", \"filename\": \"/a,b\"}, "
		   "\"cache\": {\"direct\": true, \"no-flush\": false}}"),
	    "-blockdev",
	    "qcow2,node-name=n,file.driver=file,file.filename=/a,,b,"
	    "cache.direct=on,cache.no-flush=off");
	expect(COMMAND("object-add",
		   "{\"qom-type\": \"memory-backend-ram\", \"id\": \"m\", "
		   "\"size\": 4294967296, \"host-nodes\": [0, 2]}"),
	    "-object",
	    "memory-backend-ram,id=m,size=4294967296,host-nodes.0=0,"
	    "host-nodes.1=2");
	/* -object's own syntax has no members of members. */
	expect(COMMAND("object-add",
		   "{\"qom-type\": \"throttle-group\", \"id\": \"g\", "
		   "\"limits\": {\"iops-total\": 5}}"),
	    "-object",
	    "{\"qom-type\":\"throttle-group\",\"id\":\"g\",\"limits\":"
	    "{\"iops-total\":5}}");
	expect(COMMAND("netdev_add",
		   "{\"type\": \"user\", \"id\": \"n\", \"restrict\": true}"),
	    "-netdev", "user,id=n,restrict=on");
}

/* chardev-add has a form of its own, and so has each of its backends. */
static void
character_devices_are_flattened(void **state)
{
	expect(COMMAND("chardev-add",
		   "{\"id\": \"c\", \"backend\": {\"type\": \"socket\", "
		   "\"data\": {\"addr\": {\"type\": \"unix\", \"data\": "
		   "{\"path\": \"/s,1\"}}, \"server\": true, \"wait\": "
		   "false, \"reconnect\": 2}}}"),
	    "-chardev",
	    "socket,id=c,server=on,wait=off,reconnect=2,path=/s,,1");
	expect(COMMAND("chardev-add",
		   "{\"id\": \"c\", \"backend\": {\"type\": \"socket\", "
		   "\"data\": {\"addr\": {\"type\": \"inet\", \"data\": "
		   "{\"host\": \"::1\", \"port\": \"80\"}}}}}"),
	    "-chardev", "socket,id=c,host=::1,port=80");
	expect(COMMAND("chardev-add",
		   "{\"id\": \"c\", \"backend\": {\"type\": \"file\", "
		   "\"data\": {\"out\": \"/log\", \"append\": true}}}"),
	    "-chardev", "file,id=c,append=on,path=/log");
	expect(COMMAND("chardev-add",
		   "{\"id\": \"c\", \"backend\": {\"type\": \"pty\", "
		   "\"data\": {}}}"),
	    "-chardev", "pty,id=c");
	expect(COMMAND("chardev-add",
		   "{\"id\": \"c\", \"backend\": {\"type\": \"null\"}}"),
	    "-chardev", "null,id=c");
}

/* What only asks needs no option. */
static void
questions_are_left_out(void **state)
{
	expect("{\"execute\": \"query-block\"}", NULL, NULL);
	expect(COMMAND("qom-get", "{\"path\": \"/\", \"property\": \"x\"}"),
	    NULL, NULL);
	expect(COMMAND("qom-list", "{\"path\": \"/objects\"}"), NULL, NULL);
}

static void
what_has_no_form_is_said(void **state)
{
	static const struct {
		const char *command, *sentence;
	} rows[] = {
		{ COMMAND("getfd", "{\"fdname\": \"f\"}"),
		    "it needs getfd, which a command line cannot say" },
		{ COMMAND("qom-set", "{}"),
		    "it needs qom-set, which a command line cannot say" },
		{ COMMAND("device_add", "{\"driver\": \"d\", \"queues\": [1]}"),
		    "device_add: queues: -device has no lists and no nested "
		    "members" },
		{ COMMAND("device_add", "{\"id\": \"d\"}"),
		    "device_add: driver is missing" },
		{ COMMAND("blockdev-add",
		      "{\"driver\": \"qcow2\", \"backing\": null}"),
		    "blockdev-add: backing: the command line has no word for "
		    "such a value" },
		{ COMMAND("blockdev-add",
		      "{\"driver\": \"qcow2\", \"a\": {\"b\": 0.5}}"),
		    "blockdev-add: a.b: the command line has no word for such "
		    "a value" },
		{ COMMAND("chardev-add",
		      "{\"id\": \"c\", \"backend\": {\"type\": \"socket\", "
		      "\"data\": {\"addr\": {\"type\": \"fd\", \"data\": "
		      "{\"str\": \"f\"}}}}}"),
		    "chardev-add: a socket of type fd has no form on the "
		    "command line" },
		{ COMMAND("chardev-add",
		      "{\"id\": \"c\", \"backend\": {\"type\": \"spicevmc\", "
		      "\"data\": {}}}"),
		    "chardev-add: a character device of type spicevmc has no "
		    "form on the command line" },
		{ "{}", "a command without a name" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		json_auto_t *command =
		    must(json_loads(rows[i].command, 0, NULL));
		char *option, *value;
		struct err e = { "" };

		assert_int_equal(
		    cold_plug_option(command, &option, &value, &e), -1);
		assert_string_equal(e.text, rows[i].sentence);
		assert_null(option);
		assert_null(value);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_command_has_its_option),
		cmocka_unit_test(character_devices_are_flattened),
		cmocka_unit_test(questions_are_left_out),
		cmocka_unit_test(what_has_no_form_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
