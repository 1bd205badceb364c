/*
 * An OCI runtime's config.json (opencontainers/runtime-spec). It is written
 * by a runtime, so keys that mean nothing here pass. When it is that of a CRI
 * sandbox, the sandbox's annotations say what its containers come to; they
 * are read by Kata's rule (CalculateSandboxSizing in its pkg/oci/utils.go).
 */
#include "quote.h"
#include "spec-internal.h"
#include <ctype.h>

#define CRI "io.kubernetes.cri."
#define NO_LIMIT INT64_C(-1)
/* The kernel's period when none is given, in microseconds. */
#define DEFAULT_PERIOD 100000
#define SHARES_PER_CPU 1024

struct cpu {
	int64_t quota, period, shares;
};

struct oci {
	struct spec *spec;
	struct cpu cpu;
	int64_t memory;
	const json_t *annotations; /* borrowed */
};

static const struct decode_row cpu_rows[] = {
	{ "quota", DECODE_INT, offsetof(struct oci, cpu.quota) },
	{ "period", DECODE_INT, offsetof(struct oci, cpu.period), .min = 0,
	    .max = INT64_MAX },
	{ "shares", DECODE_INT, offsetof(struct oci, cpu.shares), .min = 0,
	    .max = INT64_MAX },
	DECODE_OTHERS_PASS,
};

/* linux.resources.memory.limit: bytes, negative for none. */
static int
decode_limit(struct decode *d, const json_t *v, void *member, struct err *e)
{
	struct oci *oci = member;

	if (decode_expect(d, v, JSON_INTEGER, e) < 0)
		return -1;
	oci->memory = json_integer_value(v);
	if (oci->memory > 0 && oci->memory < (int64_t)MIB)
		return err_set(e, "%lld: below 1Mi", (long long)oci->memory);
	return 0;
}

static const struct decode_row memory_rows[] = {
	{ "limit", DECODE_FN, .fn = decode_limit },
	DECODE_OTHERS_PASS,
};

static const struct decode_row resources_rows[] = {
	{ "cpu", DECODE_OBJECT, .rows = cpu_rows },
	{ "memory", DECODE_OBJECT, .rows = memory_rows },
	DECODE_OTHERS_PASS,
};

static const struct decode_row linux_rows[] = {
	{ "resources", DECODE_OBJECT, .rows = resources_rows },
	DECODE_OTHERS_PASS,
};

/* annotations: ours now, those of the CRI when all is read. */
static int
decode_annotations(
    struct decode *d, const json_t *v, void *member, struct err *e)
{
	struct oci *oci = member;

	oci->annotations = v;
	return spec_decode_annotations(d, v, oci->spec, e);
}

static const struct decode_row rows[] = {
	{ "ociVersion", DECODE_IGNORE, .required = true },
	{ "linux", DECODE_OBJECT, .rows = linux_rows },
	{ "annotations", DECODE_FN, .fn = decode_annotations },
	DECODE_OTHERS_PASS,
};

/* An annotation of the CRI, or NULL. */
static const char *
annotation(const struct oci *oci, const char *name)
{
	return json_string_value(json_object_get(oci->annotations, name));
}

/* Whether all of text is an integer; value is 0 when it is not. */
static bool
parse_integer(const char *text, int64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoll(text, &end, 10);
	if (errno == 0 && end != text && *end == '\0' &&
	    !isspace((unsigned char)*text))
		return true;
	*value = 0;
	return false;
}

/* An annotation's number. What is none counts as 0, as in Kata, and is told
 * by a term that does not count. */
static int64_t
number(const struct oci *oci, const char *name, struct spec_terms *terms)
{
	const char *text = annotation(oci, name);
	int64_t value = 0;

	if (text && !parse_integer(text, &value))
		spec_add_term(terms, 0, false,
		    "annotation %s: \"%s\" is not a whole number", name,
		    quote(text).text);
	return value;
}

/* n * 1000 / unit, rounded up. */
static uint64_t
to_milli(int64_t n, int64_t unit)
{
	unsigned __int128 milli =
	    ((unsigned __int128)n * 1000 + (uint64_t)unit - 1) / (uint64_t)unit;

	return (uint64_t)MIN(milli, (unsigned __int128)INT64_MAX);
}

/* A quota; or, when the static CPU manager gives whole CPUs and therefore no
 * quota, the shares of a sandbox. BestEffort's shares of 2 do not count. */
static uint64_t
millicpu(const struct cpu *cpu, bool use_shares)
{
	if (cpu->quota > 0 && cpu->period > 0)
		return to_milli(cpu->quota, cpu->period);
	if (use_shares && cpu->quota < 0 && cpu->shares > 0)
		return to_milli(cpu->shares, SHARES_PER_CPU);
	return 0;
}

/* What one source says: a term, and, when it is the one that counts, the
 * size. */
static void
set_cpu(struct spec *spec, uint64_t value, bool counted, const char *source)
{
	if (value)
		spec_add_term(&spec->cpu_terms, value, counted, "%s", source);
	if (!counted)
		return;
	spec->has_cpu = value > 0;
	spec->millicpu = value;
}

/* The same for memory; negative is no limit. */
static void
set_memory(struct spec *spec, int64_t value, bool counted, const char *source)
{
	uint64_t memory = value > 0 ? (uint64_t)value : 0;

	if (memory)
		spec_add_term(
		    &spec->memory_terms, memory, counted, "%s", source);
	if (!counted)
		return;
	spec->has_memory = memory > 0;
	spec->memory = memory;
}

/* What the sandbox's annotations say of CPUs; false: nothing. */
static bool
sandbox_cpu(const struct oci *oci, struct cpu *cpu)
{
	struct spec_terms *terms = &oci->spec->cpu_terms;

	cpu->quota = number(oci, CRI "sandbox-cpu-quota", terms);
	cpu->period = number(oci, CRI "sandbox-cpu-period", terms);
	cpu->shares = number(oci, CRI "sandbox-cpu-shares", terms);
	return annotation(oci, CRI "sandbox-cpu-quota") ||
	    annotation(oci, CRI "sandbox-cpu-period") ||
	    annotation(oci, CRI "sandbox-cpu-shares");
}

/* What they say of memory, in whole MiB; false: nothing. */
static bool
sandbox_memory(const struct oci *oci, int64_t *memory)
{
	struct spec_terms *terms = &oci->spec->memory_terms;

	*memory = number(oci, CRI "sandbox-memory", terms);
	*memory -= *memory % (int64_t)MIB;
	return annotation(oci, CRI "sandbox-memory");
}

/* The sandbox's annotations, resource by resource, before linux.resources. */
static void
set_size(struct oci *oci)
{
	bool sandbox = str_eq(annotation(oci, CRI "container-type"), "sandbox");
	struct cpu cpu = { 0 };
	int64_t memory = 0;
	bool has_cpu = sandbox && sandbox_cpu(oci, &cpu);
	bool has_memory = sandbox && sandbox_memory(oci, &memory);

	if (has_cpu)
		set_cpu(oci->spec, millicpu(&cpu, true), true,
		    "annotations " CRI "sandbox-cpu-*");
	set_cpu(oci->spec, millicpu(&oci->cpu, false), !has_cpu,
	    "linux.resources.cpu");
	if (has_memory)
		set_memory(oci->spec, memory, true,
		    "annotation " CRI "sandbox-memory");
	set_memory(oci->spec, oci->memory, !has_memory,
	    "linux.resources.memory.limit");
}

int
spec_decode_oci(
    struct decode *d, const json_t *root, struct spec *spec, struct err *e)
{
	struct oci oci = { spec, { 0, DEFAULT_PERIOD, 0 }, NO_LIMIT };

	if (decode_object(d, root, rows, &oci, e) < 0)
		return -1;
	set_size(&oci);
	spec->name = xstrdup0(annotation(&oci, CRI "sandbox-name"));
	return 0;
}
