/* What a QEMU build can do: from its schema, or from what is remembered. */

#include "feature.h"
#include "actual.h"
#include "commands.h"
#include "host.h"
#include "places.h"
#include "qmp.h"
#include "run.h"
#include "schema.h"
#include "vm.h"
#include <sha2.h>

/* One more whenever the same schema comes to other bits than before. */
#define DERIVATION 1
#define FILE_MAX 4096

static const struct {
	const char *path; /* schema.h */
	unsigned bit;
} features[] = {
	{ "blockdev-add/file/aio/io_uring", FEATURE_AIO_IO_URING },
	{ "chardev-add/backend/socket/data/reconnect", FEATURE_RECONNECT },
	{ "chardev-add/backend/socket/data/reconnect-ms",
	    FEATURE_RECONNECT_MS },
	{ "object-add/iommufd", FEATURE_IOMMUFD },
};

unsigned
features_of_schema(const json_t *answer)
{
	struct schema *schema = schema_new(answer);
	unsigned bits = FEATURES_KNOWN;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(features); i++)
		if (schema_has(schema, features[i].path))
			bits |= features[i].bit;
	schema_free(schema);
	return bits;
}

/* ---- remembered ---- */

/* The file of a build; NULL: it has none. */
static char *
file_of(const json_t *version, struct err *e)
{
	const char *package =
	    json_string_value(json_object_get(version, "package"));
	_free_ char *folder = NULL, *text = NULL, *name = NULL;
	char digest[SHA256_DIGEST_STRING_LENGTH];

	if (!package || !*package) {
		err_set(e, "QEMU does not say which build it is");
		return NULL;
	}
	folder = place_builds(e);
	if (!folder)
		return NULL;
	text = must(json_dumps(version, JSON_COMPACT | JSON_SORT_KEYS));
	SHA256Data((const uint8_t *)text, strlen(text), digest);
	name = xasprintf("%.32s.json", digest);
	return path_join(folder, name);
}

/* The bits by their paths, each of which must be there; 0: one is not. */
static unsigned
read_bits(const json_t *has)
{
	unsigned bits = FEATURES_KNOWN;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(features); i++) {
		const json_t *bit = json_object_get(has, features[i].path);

		if (!json_is_boolean(bit))
			return 0;
		bits |= json_is_true(bit) ? features[i].bit : 0;
	}
	return bits;
}

unsigned
features_load(const json_t *version)
{
	struct err e;
	_free_ char *path = file_of(version, &e), *text = NULL;
	json_auto_t *v = NULL;
	size_t n;

	if (!path || access(path, F_OK) < 0 || check_trusted(path, &e) < 0)
		return 0;
	text = read_file(path, FILE_MAX, &n, &e);
	v = text ? json_loadb(text, n, 0, NULL) : NULL;
	if (json_integer_value(json_object_get(v, "derivation")) !=
		DERIVATION ||
	    !json_equal(json_object_get(v, "version"), version))
		return 0;
	return read_bits(json_object_get(v, "has"));
}

static json_t *
write_bits(unsigned bits)
{
	json_t *has = must(json_object());
	size_t i;

	for (i = 0; i < ARRAY_SIZE(features); i++)
		json_object_set_new(has, features[i].path,
		    json_boolean(bits & features[i].bit));
	return has;
}

void
features_save(const json_t *version, unsigned bits)
{
	struct err e;
	_free_ char *path = file_of(version, &e), *text = NULL;
	json_auto_t *v = NULL;

	if (!path)
		return;
	v = must(json_pack("{s:i, s:O, s:o}", "derivation", DERIVATION,
	    "version", version, "has", write_bits(bits)));
	text = must(json_dumps(v, JSON_INDENT(1)));
	/* Who cannot remember asks again. */
	write_file(path, text, strlen(text), &e);
}

/* ---- the step ---- */

struct question {
	unsigned wanted;
};

static const json_t *
version_of(const struct vm *vm)
{
	struct qmp *link = vm_monitor(vm);

	return link ? qmp_version(link) : NULL;
}

static void
on_schema(struct run *run, void *subject, const json_t *value)
{
	struct vm *vm = run_vm(run);

	if (!value)
		return;
	vm_actual(vm)->features = features_of_schema(value);
	features_save(version_of(vm), vm_actual(vm)->features);
}

static void
find(struct run *run, void *subject)
{
	const struct question *q = subject;
	struct vm *vm = run_vm(run);
	unsigned known = features_load(version_of(vm));

	vm_actual(vm)->features = known;
	if (!known && q->wanted & ~(unsigned)FEATURES_KNOWN)
		want_try(run, RUN_MONITOR, cmd_query_qmp_schema(), on_schema);
}

static const struct step steps[] = {
	{ "observe features", find, .flags = STEP_QUIET },
	{ NULL },
};

void
features_plan(struct plan *plan, unsigned wanted)
{
	struct question *q;

	if (!wanted)
		return;
	q = xcalloc(1, sizeof(*q));
	q->wanted = wanted;
	plan_add(plan, steps, PLAN_MAKE, q, free, NULL, "%s", "");
}
