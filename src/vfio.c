/*
 * Devices of the host, handed to the guest: a PCI function, which vfio-pci has
 * while the VM does, or a mediated device.
 *
 * What we did to the host stands in QEMU as the name of an empty object,
 * "qmpd.v.ID.0000_00_05_0.e1000e": we took it away from e1000e. Whoever removes
 * the device, or what a crash left of it, gives it back by that. A device that
 * had vfio-pci before has no mark and keeps it.
 */

#include "commands.h"
#include "device.h"
#include "mark.h"
#include "run.h"
#include "vfio-host.h"
#include "vfio-internal.h"

static const char *const iommufd_names[] = { "auto", "on", "off", NULL };

static const struct decode_row rows[] = {
	{ "host", DECODE_STRING, offsetof(struct vfio, host),
	    .help = "PCI address on the host, 0000:00:05.0 or 00:05.0; it is "
		    "given to vfio-pci, and back when it is removed" },
	{ "sysfsdev", DECODE_STRING, offsetof(struct vfio, sysfsdev),
	    .help = "instead: folder of a mediated device, "
		    "/sys/bus/mdev/devices/UUID" },
	{ "iommufd", DECODE_ENUM, offsetof(struct vfio, iommufd),
	    .names = iommufd_names,
	    .help = "auto (default): where QEMU and the host have it; on or "
		    "off" },
	{ NULL },
};

/* ---- the mark ---- */

/* The caller frees. */
static char *
mark_name(const struct device *d)
{
	const struct vfio *v = d->params;
	_free_ char *part = device_part(d, VFIO_MARK);
	_free_ char *address = xstrdup(v->host);

	vfio_make_plain(address);
	return xasprintf(
	    "%s.%s%s%s", part, address, *v->former ? "." : "", v->former);
}

static void
add_mark(struct run *run, void *subject)
{
	_free_ char *name = mark_name(subject);

	want_reply(run, RUN_MONITOR, cmd_object_add(mark_object(name)));
}

static void
del_mark(struct run *run, void *subject)
{
	_free_ char *name = mark_name(subject);

	want_reply(run, RUN_MONITOR, cmd_object_del(name));
}

/* Nothing to mark is as good as marked. */
static bool
has_mark(const struct actual *a, const void *subject)
{
	const struct device *d = subject;
	const struct vfio *v = d->params;

	return vfio_find_mark(a, d) || (!v->binds && !v->recalled);
}

/* ---- the host's driver ---- */

static enum verdict
slice_bind(struct run *run, void *subject)
{
	const struct device *d = subject;
	const struct vfio *v = d->params;
	struct err e;

	if (vfio_bind(v->host, &e) < 0)
		return run_refuse(run, "%s", e.text);
	run_note(run, "vfio-pci has %s now, %s had it", v->host,
	    *v->former ? v->former : "no driver");
	return MET;
}

/* Binding is work: a rehearsal leaves it out. */
static void
bind_driver(struct run *run, void *subject)
{
	want_work(run, slice_bind);
}

/* What the kernel made of it. */
static void
note_driver(struct run *run, const struct vfio *v)
{
	_free_ char *folder = vfio_folder_of(v), *driver = vfio_driver(folder);
	_free_ char *plain = xstrdup(driver ? driver : "");

	vfio_make_plain(plain);
	if (str_eq(plain, v->former))
		run_note(run, "%s given back to %s", v->host,
		    driver ? driver : "no driver");
	else
		run_note(run, "%s has %s now, and was %s's", v->host,
		    driver ? driver : "no driver",
		    *v->former ? v->former : "nobody");
}

/* QEMU closes it some time after it said that the device is gone; the kernel
 * would hold us up for as long as somebody has it open. */
static enum verdict
look_given_back(struct run *run, void *subject)
{
	const struct device *d = subject;
	const struct vfio *v = d->params;
	_free_ char *folder = vfio_folder_of(v), *driver = vfio_driver(folder);
	struct err e;

	if (str_eq(driver, "vfio-pci") && vfio_is_held(folder))
		return NOT_YET;
	if (vfio_give_back(v->host, *v->former, &e) < 0)
		return run_refuse(run, "%s", e.text);
	note_driver(run, v);
	return MET;
}

void
vfio_give_back_step(struct run *run, void *subject)
{
	want_until(run,
	    &(struct wait){
		.what = "its IOMMU group to be let go of",
		.look = look_given_back,
		.silence = PLAN_PENDING,
	    });
}

/* On the way back the mark tells; on the way there, the host. */
static bool
is_bound(const struct actual *a, const void *subject)
{
	const struct device *d = subject;
	const struct vfio *v = d->params;
	_free_ char *folder = NULL, *driver = NULL;

	if (v->recalled || !v->binds)
		return vfio_find_mark(a, d) || !v->recalled;
	folder = vfio_folder_of(v);
	driver = vfio_driver(folder);
	return vfio_is_vfio(driver);
}

/* ---- QEMU's IOMMU object ---- */

static void
add_iommufd(struct run *run, void *subject)
{
	_free_ char *name = device_part(subject, VFIO_IOMMUFD);

	want_reply(run, RUN_MONITOR,
	    cmd_object_add(must(
		json_pack("{s:s, s:s}", "qom-type", "iommufd", "id", name))));
}

static void
del_iommufd(struct run *run, void *subject)
{
	_free_ char *name = device_part(subject, VFIO_IOMMUFD);

	want_reply(run, RUN_MONITOR, cmd_object_del(name));
}

static bool
has_iommufd(const struct actual *a, const void *subject)
{
	const struct device *d = subject;
	const struct vfio *v = d->params;

	return device_has_part(a, d, VFIO_IOMMUFD) ||
	    (!v->uses_iommufd && !v->recalled);
}

/* ---- the device ---- */

static void
add_device(struct run *run, void *subject)
{
	const struct device *d = subject;
	const struct vfio *v = d->params;
	json_t *device = device_on_pci(d, "vfio-pci");
	_free_ char *iommufd = device_part(d, VFIO_IOMMUFD);

	json_object_set_new(device, v->host ? "host" : "sysfsdev",
	    json_string(v->host ? v->host : v->sysfsdev));
	if (v->uses_iommufd)
		json_object_set_new(device, "iommufd", json_string(iommufd));
	want_reply(run, RUN_MONITOR, cmd_device_add(device));
}

/* ---- the guest ---- */

static enum verdict
probed_file(struct run *run, void *subject, const json_t *value)
{
	const struct device *d = subject;
	struct vfio *v = d->params;

	v->handle = json_integer_value(value);
	run_note(run, "confirmed by the guest agent");
	return MET;
}

/* A guest without a driver for it sees it as well: its address in sysfs. */
static void
wait_for_guest(struct run *run, void *subject)
{
	const struct device *d = subject;
	struct vfio *v = d->params;
	_free_ char *path =
	    xasprintf("/sys/bus/pci/devices/0000:%02x:%02x.0/class",
		d->bus_number, d->slot);

	v->handle = -1;
	if (!(d->ask & ASK_FILES)) {
		device_wait_for_guest(run, subject);
		return;
	}
	want_until(run,
	    &(struct wait){
		.what = "the guest to show it",
		.side = RUN_AGENT,
		.probe = cmd_guest_file_open(path, "r"),
		.probed = probed_file,
		.silence = PLAN_PENDING,
	    });
}

static void
close_guest_file(struct run *run, void *subject)
{
	const struct device *d = subject;
	const struct vfio *v = d->params;

	if (v->handle >= 0)
		want_try(run, RUN_AGENT, cmd_guest_file_close(v->handle), NULL);
}

static const struct step steps[] = {
	{ "mark", add_mark, del_mark, has_mark },
	{ "host driver", bind_driver, vfio_give_back_step, is_bound,
	    STEP_HOST },
	{ "IOMMU", add_iommufd, del_iommufd, has_iommufd },
	{ "device", add_device, device_unplug, device_is_there },
	{ "guest", wait_for_guest, NULL, device_guest_has_it },
	{ "guest's file", close_guest_file, NULL, device_guest_has_it,
	    STEP_QUIET },
	{ NULL },
};

static const char *const drivers[] = { "vfio-pci", NULL };

static const char *const properties[] = { "host", "sysfsdev", NULL };

const struct device_type device_vfio = {
	.name = "vfio",
	.words = "host device",
	.drivers = drivers,
	.roles = (const char[]){ VFIO_MARK, VFIO_IOMMUFD, '\0' },
	.properties = properties,
	.rows = rows,
	.params_size = sizeof(struct vfio),
	.check = vfio_check_params,
	.check_host = vfio_check_host,
	.same = vfio_same,
	.recall = vfio_recall,
	.place = vfio_place,
	.steps = steps,
	.sample = "host=0000:00:05.0",
};
