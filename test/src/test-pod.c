/* Pods: Kubernetes' rule for sizes, devices, and strictness about keys. */
#include "check.h"
#include "spec.h"

#define POD "apiVersion: v1\nkind: Pod\n"

static struct spec *
decode(const char *text, struct err *e)
{
	struct document *doc = document_parse("f", text, strlen(text), e);
	struct spec *spec = doc ? spec_decode(doc, e) : NULL;

	document_free(doc);
	return spec;
}

static struct spec *
read_ok(const char *name)
{
	_free_ char *path = xasprintf("%s/test/data/spec/%s", SRCDIR, name);
	struct err e = { "" };
	struct spec *spec = spec_read(path, &e);

	if (!spec)
		fail_msg("%s", e.text);
	return spec;
}

/* The sum of those terms that count. */
static uint64_t
counted(const struct spec_terms *terms)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < terms->n; i++) {
		if (terms->items[i].counted)
			sum += terms->items[i].value;
	}
	return sum;
}

/* Worked by hand in the files themselves. */
static void
sizes_by_kubernetes_rule(void **state)
{
	static const struct {
		const char *file;
		uint64_t millicpu, memory_mib;
	} rows[] = {
		{ "frontend.yaml", 1000, 256 },
		{ "init-larger.yaml", 2000, 1024 },
		{ "sidecar-running.yaml", 1700, 768 },
		{ "sidecar-init.yaml", 2200, 1152 },
		{ "sidecar-order.yaml", 1100, 320 },
		{ "requests.yaml", 750, 320 },
		{ "pod-level.yaml", 1000, 200 },
		{ "pod-level-mixed.yaml", 3000, 512 },
		{ "best-effort.yaml", 0, 0 },
		{ "kubectl.json", 500, 64 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct spec *spec = read_ok(rows[i].file);

		if (spec->millicpu != rows[i].millicpu ||
		    spec->memory != rows[i].memory_mib * MIB)
			fail_msg("%s: %d, %d Mi", rows[i].file,
			    (int)spec->millicpu, (int)(spec->memory / MIB));
		assert_int_equal(spec->has_cpu, rows[i].millicpu > 0);
		assert_int_equal(spec->has_memory, rows[i].memory_mib > 0);
		assert_int_equal(counted(&spec->cpu_terms), spec->millicpu);
		assert_int_equal(counted(&spec->memory_terms), spec->memory);
		spec_free(spec);
	}
}

static void
names_each_term(void **state)
{
	static const struct spec_term want[] = {
		{ (char *)(uintptr_t) "init container early: limits.cpu", 1500,
		    false },
		{ (char *)(uintptr_t) "sidecar proxy: limits.cpu", 200, true },
		{ (char *)(uintptr_t) "init container migrate: limits.cpu",
		    2000, true },
		{ (char *)(uintptr_t) "sidecar logs: limits.cpu", 100, false },
		{ (char *)(uintptr_t) "container app: limits.cpu", 500, false },
	};
	struct spec *spec = read_ok("sidecar-init.yaml");
	size_t i;

	assert_int_equal(spec->cpu_terms.n, ARRAY_SIZE(want));
	for (i = 0; i < ARRAY_SIZE(want); i++) {
		const struct spec_term *got = &spec->cpu_terms.items[i];

		assert_string_equal(got->name, want[i].name);
		assert_int_equal(got->value, want[i].value);
		assert_int_equal(got->counted, want[i].counted);
	}
	spec_free(spec);
}

static void
pod_resources_come_first(void **state)
{
	struct spec *spec = read_ok("pod-level-mixed.yaml");

	assert_string_equal(spec->cpu_terms.items[0].name, "pod: limits.cpu");
	assert_true(spec->cpu_terms.items[0].counted);
	assert_false(spec->cpu_terms.items[1].counted);
	assert_string_equal(
	    spec->memory_terms.items[0].name, "container a: limits.memory");
	assert_true(spec->memory_terms.items[0].counted);
	spec_free(spec);
}

static void
reports_overhead(void **state)
{
	struct spec *spec = read_ok("frontend.yaml");

	assert_int_equal(spec->overhead_millicpu, 250);
	assert_int_equal(spec->overhead_memory, 120 * MIB);
	spec_free(spec);
}

static void
takes_devices_from_annotations_and_volumes(void **state)
{
	struct spec *spec = read_ok("devices.yaml");
	json_auto_t *data = json_pack("{s:s, s:s, s:s}", "image", "/a b\"c\\d",
	    "format", "raw", "readonly", "true");
	json_auto_t *scratch =
	    json_pack("{s:s, s:s}", "image", "/dev/vg/x", "format", "raw");

	assert_int_equal(spec->sizing, SIZING_KATA);
	assert_int_equal(spec->devices_n, 3);
	assert_string_equal(spec->devices[0].id, "data");
	assert_string_equal(spec->devices[0].type, "blk");
	assert_true(json_equal(spec->devices[0].params, data));
	assert_non_null(strstr(spec->devices[0].where,
	    "devices.yaml:9:23: metadata.annotations[\"qmpd.device.data\"]"));
	assert_string_equal(spec->devices[1].id, "eth1");
	assert_string_equal(spec->devices[1].type, "net");
	assert_int_equal(json_object_size(spec->devices[1].params), 0);
	assert_string_equal(spec->devices[2].id, "scratch");
	assert_true(json_equal(spec->devices[2].params, scratch));
	spec_free(spec);
}

#define ONE "spec: {containers: [{name: a}]}\n"
#define CONTAINER POD "spec:\n  containers:\n  - name: a\n    "

static void
refuses(void **state)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{ POD, "f:1:1: \"spec\" is missing" },
		{ POD "spec: {}", "f:3:7: spec: \"containers\" is missing" },
		{ POD "spec: {containers: []}",
		    "f:3:7: spec: \"containers\" is empty" },
		{ POD ONE "sepc: 1",
		    "f:4:1: sepc: unknown key; did you mean \"spec\"?" },
		{ CONTAINER "resorces: {}",
		    "f:6:5: spec.containers[0].resorces: unknown key; did you"
		    " mean \"resources\"?" },
		{ CONTAINER "resources: {limit: {}}",
		    "f:6:17: spec.containers[0].resources.limit: unknown key;"
		    " did you mean \"limits\"?" },
		{ CONTAINER "resources: {limits: {cpus: 1}}",
		    "f:6:32: spec.containers[0].resources.limits.cpus: unknown"
		    " resource; did you mean \"cpu\"?" },
		{ CONTAINER "resources: {limits: {memory: 0.5Mi}}",
		    "f:6:34: spec.containers[0].resources.limits.memory:"
		    " 0.5Mi: below 1Mi" },
		{ CONTAINER "resources: {limits: {memory: -1}}",
		    "f:6:34: spec.containers[0].resources.limits.memory:"
		    " -1: must not be negative" },
		{ CONTAINER "resources: {requests: {memory: 100m}}",
		    "f:6:36: spec.containers[0].resources.requests.memory:"
		    " 100m: not a whole number of bytes" },
		{ CONTAINER "resources: {limits: {cpu: true}}",
		    "f:6:31: spec.containers[0].resources.limits.cpu:"
		    " a quantity such as 512Mi or 2 is wanted" },
		{ CONTAINER "restartPolicy: always",
		    "f:6:20: spec.containers[0].restartPolicy: \"always\" is"
		    " none of: \"\", Never, OnFailure, Always" },
		{ POD "spec:\n  containers:\n  - image: a\n",
		    "f:5:5: spec.containers[0]: \"name\" is missing" },
		{ POD "spec:\n  containers: [{name: a}]\n"
		      "  volumes: [{name: v, hostpath: {}}]",
		    "f:5:23: spec.volumes[0].hostpath: unknown key; did you"
		    " mean \"hostPath\"?" },
		{ POD "spec:\n  containers: [{name: a}]\n  volumes:\n"
		      "  - {name: v, hostPath: {path: /x, type: Blockdevice}}",
		    "f:6:42: spec.volumes[0].hostPath.type: \"Blockdevice\" is"
		    " none of: BlockDevice, \"\", CharDevice, Directory,"
		    " DirectoryOrCreate, File, FileOrCreate, Socket" },
		{ POD "spec:\n  containers:\n"
		      "  - {name: a, resources: {limits: {memory: 7Ei}}}\n"
		      "  - {name: b, resources: {limits: {memory: 7Ei}}}",
		    "f:4:3: spec: memory: the sum of the containers is above"
		    " 9223372036854775807 bytes" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err e = { "" };

		assert_null(decode(rows[i].text, &e));
		assert_string_equal(e.text, rows[i].error);
	}
}

static void
refuses_annotations(void **state)
{
	static const struct {
		const char *annotation, *error;
	} rows[] = {
		{ "qmpd.device.a: ''",
		    "[\"qmpd.device.a\"]: device a has no type" },
		{ "qmpd.device.a: 5",
		    "[\"qmpd.device.a\"]: a string is wanted,"
		    " not a whole number" },
		{ "qmpd.device.: blk",
		    "[\"qmpd.device.\"]: device id \"\": a letter, then at most"
		    " 62 letters, digits, _ and - are wanted" },
		{ "qmpd.device.a: image=/x",
		    "[\"qmpd.device.a\"]: \"image=/x\": a device type such as"
		    " blk comes first" },
		{ "qmpd.device.a: blk image",
		    "[\"qmpd.device.a\"]: \"image\": key=value is wanted" },
		{ "qmpd.device.a: blk =x",
		    "[\"qmpd.device.a\"]: \"=x\": key=value is wanted" },
		{ "qmpd.device.a: blk a=1 a=2",
		    "[\"qmpd.device.a\"]: a is set twice" },
		{ "qmpd.device.a: blk id=x",
		    "[\"qmpd.device.a\"]: id cannot be set here" },
		{ "qmpd.device.a: blk a=\"x",
		    "[\"qmpd.device.a\"]: a: a quotation mark is not closed" },
		{ "qmpd.device.a: blk a=\"x\"y",
		    "[\"qmpd.device.a\"]: a: a quotation mark is not closed" },
		{ "qmpd.sizing: big",
		    "[\"qmpd.sizing\"]: \"big\" is none of: floor, kata" },
		{ "qmpd.sizings: kata",
		    "[\"qmpd.sizings\"]: unknown annotation; qmpd.device.ID"
		    " and qmpd.sizing are known" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		_free_ char *text =
		    xasprintf(POD "metadata:\n  annotations:\n    %s\n" ONE,
			rows[i].annotation);
		struct err e = { "" };
		const char *rest;

		assert_null(decode(text, &e));
		rest = strstr(e.text, "metadata.annotations");
		assert_non_null(rest);
		assert_string_equal(
		    rest + strlen("metadata.annotations"), rows[i].error);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_by_kubernetes_rule),
		cmocka_unit_test(names_each_term),
		cmocka_unit_test(pod_resources_come_first),
		cmocka_unit_test(reports_overhead),
		cmocka_unit_test(takes_devices_from_annotations_and_volumes),
		cmocka_unit_test(refuses),
		cmocka_unit_test(refuses_annotations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
