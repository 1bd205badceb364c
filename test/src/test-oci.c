/* OCI's config.json: its own resources, and Kata's rule for CRI sandboxes. */
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

#define OCI "ociVersion: 1.0.2\n"
#define CRI "io.kubernetes.cri."
#define SANDBOX OCI "annotations:\n  " CRI "container-type: sandbox\n"
#define QUOTA(n) "  " CRI "sandbox-cpu-quota: \"" n "\"\n"
#define PERIOD "  " CRI "sandbox-cpu-period: \"100000\"\n"
#define SHARES(n) "  " CRI "sandbox-cpu-shares: \"" n "\"\n"
#define MEMORY(n) "  " CRI "sandbox-memory: \"" n "\"\n"
#define LINUX                                                                 \
	"linux: {resources: {cpu: {quota: 50000, period: 100000, shares: 2}," \
	" memory: {limit: 268435456}}}\n"

static void
sizes(void **state)
{
	static const struct {
		const char *text;
		uint64_t millicpu, memory;
	} rows[] = {
		{ OCI, 0, 0 },
		{ OCI LINUX, 500, 256 * MIB },
		{ OCI "linux: {resources: {cpu: {quota: 150000}}}", 1500, 0 },
		{ OCI "linux: {resources: {cpu: {quota: -1, shares: 1024},"
		      " memory: {limit: -1}}}",
		    0, 0 },
		{ OCI "linux: ~", 0, 0 },
		/* "220000/100000 is 3 CPUs", "1048576 is 1 MB" in Kata. */
		{ SANDBOX QUOTA("220000") PERIOD MEMORY("1048576"), 2200, MIB },
		{ SANDBOX QUOTA("1") PERIOD, 1, 0 },
		{ SANDBOX QUOTA("0") PERIOD SHARES("2"), 0, 0 },
		{ SANDBOX SHARES("2"), 0, 0 },
		{ SANDBOX QUOTA("-1") PERIOD SHARES("2048"), 2000, 0 },
		{ SANDBOX QUOTA("-1") PERIOD SHARES("1025"), 1001, 0 },
		{ SANDBOX QUOTA("-1") PERIOD SHARES("0"), 0, 0 },
		{ SANDBOX QUOTA("200000"), 0, 0 },
		{ SANDBOX QUOTA("many") PERIOD MEMORY("1Gi"), 0, 0 },
		{ SANDBOX MEMORY("-1"), 0, 0 },
		{ SANDBOX MEMORY("2097151"), 0, MIB },
		/* The sandbox's own before those of its pause container. */
		{ SANDBOX QUOTA("220000") PERIOD LINUX, 2200, 256 * MIB },
		{ SANDBOX QUOTA("0") PERIOD MEMORY("0") LINUX, 0, 0 },
		/* A container has the annotations of its sandbox as well. */
		{ OCI "annotations:\n  " CRI
		      "container-type: container\n" QUOTA("220000")
			  PERIOD LINUX,
		    500, 256 * MIB },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err e = { "" };
		struct spec *spec = decode(rows[i].text, &e);

		if (!spec)
			fail_msg("%s", e.text);
		if (spec->millicpu != rows[i].millicpu ||
		    spec->memory != rows[i].memory)
			fail_msg("row %zu: %d, %d", i, (int)spec->millicpu,
			    (int)spec->memory);
		assert_int_equal(spec->has_cpu, rows[i].millicpu > 0);
		assert_int_equal(spec->has_memory, rows[i].memory > 0);
		spec_free(spec);
	}
}

static void
says_what_was_not_counted(void **state)
{
	struct err e = { "" };
	struct spec *spec = decode(SANDBOX QUOTA("many") PERIOD LINUX, &e);

	assert_non_null(spec);
	assert_int_equal(spec->cpu_terms.n, 2);
	assert_string_equal(spec->cpu_terms.items[0].name,
	    "annotation " CRI "sandbox-cpu-quota: \"many\" is not a whole"
	    " number");
	assert_false(spec->cpu_terms.items[0].counted);
	assert_string_equal(
	    spec->cpu_terms.items[1].name, "linux.resources.cpu");
	assert_false(spec->cpu_terms.items[1].counted);
	assert_true(spec->memory_terms.items[0].counted);
	spec_free(spec);
}

static void
reads_a_runtimes_file(void **state)
{
	struct err e = { "" };
	struct spec *spec = spec_read(SRCDIR "/test/data/spec/config.json", &e);

	if (!spec)
		fail_msg("%s", e.text);
	assert_int_equal(spec->kind, SPEC_OCI);
	assert_string_equal(spec->name, "web");
	assert_int_equal(spec->millicpu, 2200);
	assert_int_equal(spec->memory, 512 * MIB);
	assert_int_equal(spec->devices_n, 1);
	assert_string_equal(spec->devices[0].id, "data");
	assert_string_equal(spec->devices[0].type, "blk");
	spec_free(spec);
}

static void
refuses(void **state)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{ "ociVersion: 1",
		    "f:1:13: ociVersion: a string is wanted, not"
		    " a whole number" },
		{ OCI "linux: []",
		    "f:2:8: linux: a mapping is wanted, not a list" },
		{ OCI "linux: {resources: {cpu: {quota: \"1\"}}}",
		    "f:2:34: linux.resources.cpu.quota: a whole number is"
		    " wanted, not a string" },
		{ OCI "linux: {resources: {cpu: {period: -1}}}",
		    "f:2:35: linux.resources.cpu.period: must be between 0 and"
		    " 9223372036854775807, not -1" },
		{ OCI "linux: {resources: {memory: {limit: 4096}}}",
		    "f:2:37: linux.resources.memory.limit: 4096: below 1Mi" },
		{ OCI "linux: {resources: {memory: {limit: 512Mi}}}",
		    "f:2:37: linux.resources.memory.limit: a whole number is"
		    " wanted, not a string" },
		{ OCI "annotations: {qmpd.device.1: blk}",
		    "f:2:30: annotations[\"qmpd.device.1\"]: device id \"1\":"
		    " a letter, then at most 62 letters, digits, _ and - are"
		    " wanted" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err e = { "" };

		assert_null(decode(rows[i].text, &e));
		assert_string_equal(e.text, rows[i].error);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),
		cmocka_unit_test(says_what_was_not_counted),
		cmocka_unit_test(reads_a_runtimes_file),
		cmocka_unit_test(refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
