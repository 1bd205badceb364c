/* The kinds told apart, VirtualMachine, and what all kinds have in common. */
#include "check.h"
#include "spec.h"

static struct spec *
decode(const char *text, struct err *e)
{
	struct document *doc = document_parse("f", text, strlen(text), e);
	struct spec *spec = doc ? spec_decode(doc, e) : NULL;

	document_free(doc);
	return spec;
}

static struct spec *
decode_ok(const char *text)
{
	struct err e = { "" };
	struct spec *spec = decode(text, &e);

	if (!spec)
		fail_msg("%s", e.text);
	return spec;
}

#define VM "apiVersion: qmpd/v1\nkind: VirtualMachine\n"
#define KNOWN                                                                  \
	"known are kind Pod of v1, kind VirtualMachine of qmpd/v1, and an OCI" \
	" config.json, which has an ociVersion"

static void
tells_kinds_apart(void **state)
{
	static const struct {
		const char *text;
		enum spec_kind kind;
	} rows[] = {
		{ VM "spec: {}", SPEC_VM },
		{ "apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a}]}",
		    SPEC_POD },
		{ "{\"ociVersion\": \"1.0.2\"}", SPEC_OCI },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct spec *spec = decode_ok(rows[i].text);

		assert_int_equal(spec->kind, rows[i].kind);
		assert_false(spec->has_cpu);
		assert_false(spec->has_memory);
		assert_null(spec->name);
		spec_free(spec);
	}
}

static void
decodes_a_virtual_machine(void **state)
{
	struct spec *spec = decode_ok(
	    VM "metadata:\n  name: web\n  labels: {a: b}\n"
	       "spec:\n  vcpus: 3\n  memory: 1.5Gi\n  sizing: kata\n"
	       "  devices:\n"
	       "    - {id: data, type: blk, image: /x, readonly: true}\n");

	assert_string_equal(spec->name, "web");
	assert_true(spec->has_cpu && spec->has_memory);
	assert_int_equal(spec->millicpu, 3000);
	assert_int_equal(spec->memory, 1536 * MIB);
	assert_int_equal(spec->sizing, SIZING_KATA);
	assert_int_equal(spec->cpu_terms.n, 1);
	assert_string_equal(spec->cpu_terms.items[0].name, "spec.vcpus");
	assert_int_equal(spec->devices_n, 1);
	assert_string_equal(spec->devices[0].id, "data");
	assert_string_equal(spec->devices[0].type, "blk");
	assert_string_equal(spec->devices[0].where, "f:11:7: spec.devices[0]");
	assert_int_equal(json_object_size(spec->devices[0].params), 2);
	assert_true(
	    json_is_true(json_object_get(spec->devices[0].params, "readonly")));
	spec_free(spec);
}

static void
refuses(void **state)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{ "[]", "f:1:1: a mapping is wanted, not a list" },
		{ "kind: Pod", "f:1:1: apiVersion is missing; " KNOWN },
		{ "a: 1", "f:1:1: kind is missing; " KNOWN },
		{ "apiVersion: apps/v1\nkind: Deployment",
		    "f:1:1: kind Deployment of apps/v1 is not known; " KNOWN },
		{ "apiVersion: v1\nkind: List",
		    "f:1:1: kind List of v1 is not known; " KNOWN },
		{ "apiVersion: 1\nkind: Pod",
		    "f:1:13: apiVersion: a string is"
		    " wanted, not a whole number" },
		{ VM, "f:1:1: \"spec\" is missing" },
		{ VM "spec: {}\nstatus: {}", "f:4:1: status: unknown key" },
		{ VM "spec: {cpus: 1}",
		    "f:3:8: spec.cpus: unknown key; did you mean \"vcpus\"?" },
		{ VM "spec: {vcpus: 0}",
		    "f:3:15: spec.vcpus: must be between 1 and 4096, not 0" },
		{ VM "spec: {vcpus: two}",
		    "f:3:15: spec.vcpus: a whole number"
		    " is wanted, not a string" },
		{ VM "spec: {memory: 0.5Mi}",
		    "f:3:16: spec.memory: 0.5Mi: below 1Mi" },
		{ VM "spec: {memory: 1}", "f:3:16: spec.memory: 1: below 1Mi" },
		{ VM "spec: {memory: 100m}",
		    "f:3:16: spec.memory: 100m: not a"
		    " whole number of bytes" },
		{ VM "spec: {sizing: max}",
		    "f:3:16: spec.sizing: \"max\" is none of: floor, kata" },
		{ VM "spec: {devices: {a: b}}",
		    "f:3:17: spec.devices: a list is wanted, not a mapping" },
		{ VM "spec: {devices: [{type: blk}]}",
		    "f:3:18: spec.devices[0]: \"id\" is missing" },
		{ VM "spec: {devices: [{id: a}]}",
		    "f:3:18: spec.devices[0]: \"type\" is missing" },
		{ VM "spec: {devices: [{id: 1a, type: blk}]}",
		    "f:3:18: spec.devices[0]: device id \"1a\": a letter, then"
		    " at most 62 letters, digits, _ and - are wanted" },
		{ VM "spec:\n  devices:\n  - {id: a, type: blk}\n"
		     "  - {id: a, type: net}",
		    "f:6:5: spec.devices[1]: device id a is used twice" },
		{ VM "metadata: {labls: {}}\nspec: {}",
		    "f:3:12: metadata.labls:"
		    " unknown key; did you mean \"labels\"?" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err e = { "" };

		assert_null(decode(rows[i].text, &e));
		assert_string_equal(e.text, rows[i].error);
	}
}

static void
bounds_the_number_of_devices(void **state)
{
	_free_ char *text = NULL;
	struct err e = { "" };
	size_t size;
	FILE *f = open_memstream(&text, &size);
	int i;

	fputs(VM "spec:\n  devices:\n", f);
	for (i = 0; i <= SPEC_DEVICES_MAX; i++)
		fprintf(f, "  - {id: d%d, type: blk}\n", i);
	fclose(f);
	assert_null(decode(text, &e));
	assert_string_equal(
	    e.text, "f:261:5: spec.devices[256]: more than 256 devices");
}

static void
knows_valid_ids(void **state)
{
	char id[SPEC_ID_MAX + 2] = "";

	assert_true(spec_id_valid("a"));
	assert_true(spec_id_valid("Data_disk-2"));
	assert_false(spec_id_valid(""));
	assert_false(spec_id_valid("2a"));
	assert_false(spec_id_valid("-a"));
	assert_false(spec_id_valid("a.b"));
	assert_false(spec_id_valid("a/b"));
	memset(id, 'a', SPEC_ID_MAX);
	assert_true(spec_id_valid(id));
	id[SPEC_ID_MAX] = 'a';
	assert_false(spec_id_valid(id));
}

static void
reads_the_examples(void **state)
{
	struct err e = { "" };
	struct spec *pod = spec_read(SRCDIR "/doc/examples/pod.yaml", &e);
	struct spec *vm = spec_read(SRCDIR "/doc/examples/vm.yaml", &e);

	assert_non_null(pod);
	assert_int_equal(pod->millicpu, 2000);
	assert_int_equal(pod->memory, 768 * MIB);
	assert_non_null(vm);
	assert_int_equal(vm->memory, GIB);
	assert_string_equal(pod->devices[0].id, vm->devices[0].id);
	assert_true(json_equal(pod->devices[0].params, vm->devices[0].params));
	spec_free(pod);
	spec_free(vm);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_kinds_apart),
		cmocka_unit_test(decodes_a_virtual_machine),
		cmocka_unit_test(refuses),
		cmocka_unit_test(bounds_the_number_of_devices),
		cmocka_unit_test(knows_valid_ids),
		cmocka_unit_test(reads_the_examples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
