/* Sources of randomness: a virtio-rng-pci device and the object that feeds it.
 */

#include "commands.h"
#include "device.h"
#include "placement.h"
#include "run.h"
#include <sys/stat.h>

#define BACKEND 'r'

struct rng {
	char *source;
	int64_t max_bytes;
	int64_t period;
};

static const struct decode_row rows[] = {
	{ "source", DECODE_STRING, offsetof(struct rng, source),
	    .help = "character device of the host to read from, as "
		    "/dev/urandom; without it QEMU's own generator" },
	{ "max-bytes", DECODE_INT, offsetof(struct rng, max_bytes), .min = 1,
	    .max = INT64_MAX, .help = "at most so many bytes in a period" },
	{ "period", DECODE_INT, offsetof(struct rng, period), .min = 1,
	    .max = UINT32_MAX, .help = "the period, in ms (65536)" },
	{ NULL },
};

/* ---- the steps ---- */

static void
add_backend(struct run *run, void *subject)
{
	const struct device *d = subject;
	const struct rng *rng = d->params;
	_free_ char *name = device_part(d, BACKEND);

	want_reply(run, RUN_MONITOR,
	    cmd_object_add(must(json_pack("{s:s, s:s, s:s*}", "qom-type",
		rng->source ? "rng-random" : "rng-builtin", "id", name,
		"filename", rng->source))));
}

static void
add_device(struct run *run, void *subject)
{
	const struct device *d = subject;
	const struct rng *rng = d->params;
	_free_ char *name = device_part(d, BACKEND);
	json_t *device = device_on_pci(d, "virtio-rng-pci");

	json_object_set_new(device, "rng", json_string(name));
	if (rng->max_bytes)
		json_object_set_new(
		    device, "max-bytes", json_integer(rng->max_bytes));
	if (rng->period)
		json_object_set_new(
		    device, "period", json_integer(rng->period));
	want_reply(run, RUN_MONITOR, cmd_device_add(device));
}

static const struct step steps[] = {
	{ "backend", add_backend, device_del_object, device_has_object },
	{ "device", add_device, device_unplug, device_is_there },
	{ "guest", device_wait_for_guest, NULL, device_guest_has_it },
	{ NULL },
};

/* ---- what can be known before ---- */

static int
check_host(const struct device *d, const struct actual *a, struct err *e)
{
	const struct rng *rng = d->params;

	struct stat st;

	if (!rng->source)
		return 0;
	if (access(rng->source, R_OK) < 0 || stat(rng->source, &st) < 0)
		return err_errno(e, "source %s", rng->source);
	if (!S_ISCHR(st.st_mode))
		return err_set(e,
		    "source %s: a character device is wanted, such as "
		    "/dev/urandom",
		    rng->source);
	return 0;
}

/* QEMU's own number for "no limit" is not one that we were given. */
static void
recall(struct device *d, const struct actual *a)
{
	struct rng *rng = d->params;
	int64_t max_bytes = device_number(d, a, "max-bytes");

	rng->source = xstrdup0(device_text(d, a, "rng/filename"));
	rng->max_bytes = max_bytes == INT64_MAX ? 0 : max_bytes;
	rng->period = device_number(d, a, "period");
}

static int
same(const struct device *d, const struct actual *a, struct err *e)
{
	static const char *const no_changes[] = { NULL };
	const struct rng *rng = d->params;
	const char *source = device_text(d, a, "rng/filename");

	if (!actual_device(a, d->id))
		return 0;
	if (str_same(source, rng->source))
		return device_same(d, a, no_changes, e);
	return err_set(e, "it is there with source %s, not %s; remove it first",
	    source ? source : "of QEMU's own",
	    rng->source ? rng->source : "of QEMU's own");
}

static const char *const drivers[] = { "virtio-rng-pci", NULL };
static const char *const properties[] = { "rng/filename", "max-bytes", "period",
	NULL };

const struct device_type device_rng = {
	.name = "rng",
	.words = "rng",
	.drivers = drivers,
	.roles = (const char[]){ BACKEND, '\0' },
	.properties = properties,
	.rows = rows,
	.params_size = sizeof(struct rng),
	.check_host = check_host,
	.same = same,
	.recall = recall,
	.place = place_on_pci,
	.steps = steps,
	.sample = "source=/dev/urandom max-bytes=1024 period=1000",
};
