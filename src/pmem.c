/* Persistent memory: a file of the host as an NVDIMM. It takes a DIMM slot,
 * and QEMU cannot unplug it. */

#include "commands.h"
#include "device.h"
#include "host.h"
#include "placement.h"
#include "run.h"
#include "script.h"
#include "units.h"
#include <sys/stat.h>

#define BACKEND 'm'
/* What Linux's libnvdimm maps by (include/linux/libnvdimm.h, 2 MiB pages). */
#define ALIGNMENT (2 * MIB)

struct pmem {
	char *image;
	uint64_t size;
	bool private;
};

static const struct decode_row rows[] = {
	{ "image", DECODE_STRING, offsetof(struct pmem, image),
	    .required = true, .help = "file of the host" },
	{ "size", DECODE_BYTES, offsetof(struct pmem, size),
	    .help = "bytes of it, a multiple of 2Mi (all)" },
	{ "private", DECODE_BOOL, offsetof(struct pmem, private),
	    .help = "what the guest writes does not reach the file" },
	{ NULL },
};

/* ---- the steps ---- */

static void
add_backend(struct run *run, void *subject)
{
	const struct device *d = subject;
	const struct pmem *pmem = d->params;
	_free_ char *name = device_part(d, BACKEND);

	want_reply(run, RUN_MONITOR,
	    cmd_object_add(
		must(json_pack("{s:s, s:s, s:s, s:I, s:b}", "qom-type",
		    "memory-backend-file", "id", name, "mem-path", pmem->image,
		    "size", (json_int_t)pmem->size, "share", !pmem->private))));
}

static void
add_device(struct run *run, void *subject)
{
	const struct device *d = subject;
	_free_ char *name = device_part(d, BACKEND);

	want_reply(run, RUN_MONITOR,
	    cmd_device_add(must(json_pack("{s:s, s:s, s:s}", "driver", "nvdimm",
		"id", d->id, "memdev", name))));
	run_note(run, "it stays for good: QEMU cannot unplug an NVDIMM");
}

static void
keep_device(struct run *run, void *subject)
{
	run_refuse(run, "QEMU cannot unplug an NVDIMM");
}

/* Linux makes a block device of it, of the same size. */
static const char shown_script[] =
    "read -r sectors\n"
    "[ -d /sys/bus/nd ] || { echo 'the guest has no NVDIMM driver'; exit; }\n"
    "i=0\n"
    "until grep -qx \"$sectors\" /sys/block/pmem*/size 2>/dev/null; do\n"
    "  i=$((i + 1))\n"
    "  [ $i -lt 50 ] || { echo 'it does not show the NVDIMM' >&2; exit 1; }\n"
    "  sleep 0.1\n"
    "done\n"
    "echo 'confirmed by the guest'\n";

static void
wait_for_guest(struct run *run, void *subject)
{
	const struct device *d = subject;
	const struct pmem *pmem = d->params;
	_free_ char *sectors =
	    xasprintf("%llu\n", (unsigned long long)pmem->size / 512);

	if (d->ask & ASK_EXEC)
		want_script(run, shown_script, sectors);
	else
		run_note(run, "whether the guest uses it is not known");
}

static const struct step steps[] = {
	{ "backend", add_backend, device_del_object, device_has_object },
	{ "device", add_device, keep_device, device_is_there },
	{ "guest", wait_for_guest, NULL, device_is_there, STEP_OPTIONAL },
	{ NULL },
};

/* ---- what can be known before ---- */

static int
check(struct device *d, struct err *e)
{
	struct pmem *pmem = d->params;
	char *image = path_absolute(NULL, pmem->image);

	free(pmem->image);
	pmem->image = image;
	if (pmem->size % ALIGNMENT)
		return err_set(e, "size: a multiple of 2Mi is wanted");
	return 0;
}

/* The file is all of it where no size was given. */
static int
check_host(const struct device *d, const struct actual *a, struct err *e)
{
	struct pmem *pmem = d->params;
	struct stat st;

	if (access(pmem->image, pmem->private ? R_OK : R_OK | W_OK) < 0 ||
	    stat(pmem->image, &st) < 0)
		return err_errno(e, "image %s", pmem->image);
	if (!S_ISREG(st.st_mode))
		return err_set(e, "image %s: a file is wanted", pmem->image);
	if (!pmem->size)
		pmem->size = (uint64_t)st.st_size;
	if (pmem->size > (uint64_t)st.st_size)
		return err_set(e, "size: image %s has only %lld bytes",
		    pmem->image, (long long)st.st_size);
	if (!pmem->size || pmem->size % ALIGNMENT)
		return err_set(e,
		    "image %s: its size, %lld bytes, is no multiple of 2Mi",
		    pmem->image, (long long)st.st_size);
	return 0;
}

static void
recall(struct device *d, const struct actual *a)
{
	struct pmem *pmem = d->params;

	pmem->image = xstrdup0(device_text(d, a, "memdev/mem-path"));
	pmem->size = (uint64_t)device_number(d, a, "memdev/size");
}

static int
same(const struct device *d, const struct actual *a, struct err *e)
{
	const struct pmem *pmem = d->params;
	const char *image = device_text(d, a, "memdev/mem-path");

	if (!actual_device(a, d->id) || str_eq(image, pmem->image))
		return 0;
	return err_set(e,
	    "it is there with image %s, not %s, and QEMU cannot unplug an "
	    "NVDIMM",
	    image ? image : "unknown", pmem->image);
}

static const char *const drivers[] = { "nvdimm", NULL };
static const char *const properties[] = { "memdev/mem-path", "memdev/size",
	NULL };

const struct device_type device_pmem = {
	.name = "pmem",
	.words = "NVDIMM",
	.drivers = drivers,
	.roles = (const char[]){ BACKEND, '\0' },
	.properties = properties,
	.is_for_good = true,
	.rows = rows,
	.params_size = sizeof(struct pmem),
	.check = check,
	.check_host = check_host,
	.same = same,
	.recall = recall,
	.place = place_in_memory_slot,
	.steps = steps,
	.sample = "image=@memory@",
};
