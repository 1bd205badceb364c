/* Device families: what each is added with, and how the guest is known to
 * have it. The floor sends the commands of qmpd's own plan. */

#include "device.h"
#include "host.h"
#include "hotplug.h"
#include "report.h"

#define ID "bench"

/* The guest has given every memory region an address. */
#define MAPPED                                             \
	{                                                  \
		.line = "{\"execute\":\"query-pci\"}\n",   \
		.words = "\"address\": -1", .absent = true \
	}

static const struct family {
	const char *type;
	/* Words of parameters; %s is a path in the run's own folder. */
	const char *params[4];
	struct proof proof; /* line NULL: the commands' replies are all */
} families[] = {
	{ "rng", { NULL }, MAPPED },
	{ "console", { "socket=%s" }, { 0 } },
	{ "serial-port", { "name=bench", "socket=%s" }, { 0 } },
};

static const struct family *family;
static json_t *params;

static void
want(struct request *r, const struct actual *a, bool add)
{
	if (!add) {
		r->remove_id = ID;
		return;
	}
	r->add_type = family->type;
	r->add_id = ID;
	r->add_params = params;
}

static int
make_params(const struct bench *b, struct err *e)
{
	_free_ char *path = path_join(b->folder, "bench.sock");
	char *words[ARRAY_SIZE(family->params)];
	size_t n = 0, i;

	for (; n < ARRAY_SIZE(words) && family->params[n]; n++) {
		const char *percent = strstr(family->params[n], "%s");

		words[n] = xasprintf("%.*s%s",
		    percent ? (int)(percent - family->params[n]) : 1000,
		    family->params[n], percent ? path : "");
	}
	params = device_parse_params((const char *const *)words, n, e);
	for (i = 0; i < n; i++)
		free(words[i]);
	return params ? 0 : -1;
}

static int
bench_family(struct bench *b, struct err *e)
{
	struct hotplug h = {
		.name = family->type,
		.target = 1.10,
		.want = want,
		.replayed = true,
		.proof = family->proof,
		.one_table = true,
	};
	int rc = make_params(b, e);

	if (rc == 0)
		rc = hotplug_run(b, &h, e);
	json_decref(params);
	params = NULL;
	return rc;
}

int
bench_families(struct bench *b, struct err *e)
{
	size_t i;
	int rc = 0;

	report_group(b->report, "device families");
	for (i = 0; rc == 0 && i < ARRAY_SIZE(families); i++) {
		family = &families[i];
		rc = bench_family(b, e);
	}
	return rc;
}
