/* Sockets between host and guest: a vhost-vsock-pci device. */

#include "commands.h"
#include "device.h"
#include "host.h"
#include "placement.h"
#include "run.h"

#define MARK 'k'

struct vsock {
	int64_t guest_cid;
};

/* 0 to 2 mean the hypervisor, the guest itself and the host; the last means
 * any (Linux include/uapi/linux/vm_sockets.h). */
static const struct decode_row rows[] = {
	{ "guest-cid", DECODE_INT, offsetof(struct vsock, guest_cid),
	    .required = true, .min = 3, .max = UINT32_MAX - 1,
	    .help = "the guest's context id; no two VMs of a host share one" },
	{ NULL },
};

static void
add_mark(struct run *run, void *subject)
{
	want_reply(
	    run, RUN_MONITOR, cmd_object_add(device_mark(subject, MARK)));
}

static void
add_device(struct run *run, void *subject)
{
	const struct device *d = subject;
	const struct vsock *vsock = d->params;
	json_t *device = device_on_pci(d, "vhost-vsock-pci");

	json_object_set_new(
	    device, "guest-cid", json_integer(vsock->guest_cid));
	want_reply(run, RUN_MONITOR, cmd_device_add(device));
}

static const struct step steps[] = {
	{ "mark", add_mark, device_del_object, device_has_object },
	{ "device", add_device, device_unplug, device_is_there },
	{ "guest", device_wait_for_guest, NULL, device_guest_has_it },
	{ NULL },
};

static int
check_host(const struct device *d, const struct actual *a, struct err *e)
{
	_free_ char *path = host_device("vhost-vsock");

	if (access(path, R_OK | W_OK) < 0)
		return err_errno(
		    e, "%s (the kernel module vhost_vsock makes it)", path);
	return 0;
}

static void
recall(struct device *d, const struct actual *a)
{
	struct vsock *vsock = d->params;

	vsock->guest_cid = device_number(d, a, "guest-cid");
}

static int
same(const struct device *d, const struct actual *a, struct err *e)
{
	const struct vsock *vsock = d->params;
	int64_t there = device_number(d, a, "guest-cid");

	if (!actual_device(a, d->id) || there == vsock->guest_cid)
		return 0;
	return err_set(e,
	    "it is there with guest-cid %lld, not %lld; remove it first",
	    (long long)there, (long long)vsock->guest_cid);
}

static const char *const drivers[] = { "vhost-vsock-pci",
	"vhost-vsock-pci-non-transitional", NULL };
static const char *const properties[] = { "guest-cid", NULL };

const struct device_type device_vsock = {
	.name = "vsock",
	.words = "vsock",
	.drivers = drivers,
	.roles = (const char[]){ MARK, '\0' },
	.properties = properties,
	.rows = rows,
	.params_size = sizeof(struct vsock),
	.check_host = check_host,
	.same = same,
	.recall = recall,
	.place = place_on_pci,
	.steps = steps,
	.sample = "guest-cid=3",
};
