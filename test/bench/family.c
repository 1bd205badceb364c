/* Device families: what each is added with, and how the guest is known to
 * have it. The floor sends the commands of qmpd's own plan. */

#include "backend.h"
#include "device.h"
#include "host.h"
#include "hotplug.h"
#include "launch.h"
#include "machine.h"
#include "proof.h"
#include "report.h"
#include <fcntl.h>

#define IMAGE "bench.raw"
#define IMAGE_SIZE (64 * MIB)

#define SOCKET "socket=@/" BACKEND_SOCKET

static const struct backend storage = {
	.programs = { "qemu-storage-daemon" },
	.args = { "--blockdev", "file,node-name=f,filename=@/" IMAGE,
	    "--export",
	    "vhost-user-blk,id=e,node-name=f,addr.type=unix,addr.path=@"
	    "/" BACKEND_SOCKET ",num-queues=2,writable=on" },
};

static const struct backend virtiofsd = {
	.programs = { "/usr/lib/qemu/virtiofsd", "/usr/libexec/virtiofsd" },
	.args = { "--socket-path=@/" BACKEND_SOCKET, "-o", "source=@", "-o",
	    "sandbox=chroot" },
};

static const struct backend testpmd = {
	.programs = { "dpdk-testpmd" },
	.args = { "-l", "0,1", "--no-huge", "-m", "128", "--no-pci",
	    "--no-telemetry", "--vdev",
	    "net_vhost0,iface=@/" BACKEND_SOCKET ",queues=1", "--", "-i",
	    "--total-num-mbufs=2048" },
};

/* ---- memory that comes and goes by other ways than devices ---- */

static void
want_virtio_mem(struct request *r, const struct actual *a, bool add)
{
	r->virtio_mem = true;
	r->resize.memory = a->memory_boot + (add ? PROOF_BLOCK : 0);
}

static void
want_balloon(struct request *r, const struct actual *a, bool add)
{
	r->resize.memory = add ? PROOF_LEFT : PROOF_ALL;
}

/* The template has none, so that nothing else is measured with one. */
static int
plug_balloon(struct bench *b, const struct machine *m, struct err *e)
{
	struct floor f;
	int rc;

	floor_init(&f, 0);
	rc = floor_open_monitor(&f, m->qmp, e);
	if (rc == 0)
		rc = floor_tell(&f.monitor, e,
		    "{\"execute\":\"device_add\",\"arguments\":{\"driver\":"
		    "\"virtio-balloon-pci\",\"id\":\"" LAUNCH_BALLOON
		    "\",\"bus\":\"pci-bridge-0\",\"addr\":\"10\"}}\n");
	floor_close(&f);
	return rc;
}

static const struct family {
	const char *type;
	/* Words of parameters; @ is the run's own folder. */
	const char *params[4];
	/* NULL: the commands' replies are all. */
	const struct proof *proof, *gone;
	const char *left_out; /* why */
	const char *file; /* a file that it needs of the host */
	const struct backend *backend; /* started anew for each add */
	const char *holder; /* the family that it is plugged into */
	hotplug_outfit_fn *outfit; /* what the clone has before */
	hotplug_want_fn *want; /* where it is no device of device.h */
	bool shared; /* the clone's memory has to be */
	int (*prepare)(struct err *e); /* the host */
	int (*descriptor)(struct err *e); /* what getfd sends */
	const char *may_fail; /* a command that qmpd only tries */
	bool for_good; /* QEMU cannot unplug it */
} families[] = {
	{ "blk", { "image=@/" IMAGE, "format=raw" }, &proof_disk },
	{ "scsi-controller", { NULL }, &proof_mapped },
	{ "scsi", { "image=@/" IMAGE, "format=raw" }, &proof_scsi_disk,
	    .holder = "scsi-controller" },
	{ "pmem", { "image=@/" IMAGE }, .for_good = true },
	{ "net", { "tap=" NIC_TAP, "mac=" PROOF_MAC }, &proof_interface,
	    .prepare = nic_make_tap, .descriptor = nic_open_tap },
	{ "vhost-user-blk", { SOCKET }, &proof_disk, .backend = &storage },
	{ "vhost-user-net", { SOCKET, "mac=" PROOF_MAC }, &proof_interface,
	    .backend = &testpmd, .may_fail = "chardev-remove" },
	{ "vhost-user-fs", { SOCKET, "tag=bench" }, &proof_mapped,
	    .backend = &virtiofsd },
	{ "vhost-user-scsi", .left_out = "no packaged program serves it" },
	{ "virtio-mem", .proof = &proof_plugged, .gone = &proof_unplugged,
	    .want = want_virtio_mem },
	{ "balloon", .proof = &proof_inflated, .gone = &proof_deflated,
	    .want = want_balloon, .outfit = plug_balloon, .shared = true },
	{ "rng", { NULL }, &proof_mapped },
	{ "console", { "socket=@/bench.sock" } },
	{ "serial-port", { "name=bench", "socket=@/bench.sock" } },
	{ "vsock", { "cid=4711" }, &proof_mapped, .file = "/dev/vhost-vsock" },
	{ "vfio", .left_out = "it needs a device of the host" },
};

static const struct family *family;
static json_t *params;

static void
want(struct request *r, const struct actual *a, bool add)
{
	if (!add) {
		r->remove_id = PROOF_ID;
		return;
	}
	r->add_type = family->type;
	r->add_id = PROOF_ID;
	r->add_params = params;
}

static int
make_params(const struct bench *b, struct err *e)
{
	char *words[ARRAY_SIZE(family->params)];
	size_t n = 0, i;

	for (; n < ARRAY_SIZE(words) && family->params[n]; n++)
		words[n] = bench_word(b, family->params[n]);
	params = device_parse_params((const char *const *)words, n, e);
	for (i = 0; i < n; i++)
		free(words[i]);
	return params ? 0 : -1;
}

static int
plug_holder(struct bench *b, const struct machine *m, struct err *e)
{
	const struct request request = {
		.add_type = family->holder,
		.add_id = "holder",
	};

	return hotplug_apply(b, m, &request, e);
}

static int
start_backend(struct bench *b, struct err *e)
{
	return backend_start(b, family->backend, e);
}

/* Why it cannot be had here; the caller frees. */
static char *
why_not(const struct device_type *type)
{
	_free_ char *program = NULL;
	struct err e = { "" };

	if (family->left_out)
		return xstrdup(family->left_out);
	if (!type && !family->want)
		return xstrdup("qmpd has no such family");
	if (family->file && access(family->file, F_OK) < 0)
		return xasprintf("there is no %s", family->file);
	if (family->prepare && family->prepare(&e) < 0)
		return xstrdup(e.text);
	if (!family->backend)
		return NULL;
	program = backend_program(family->backend, &e);
	return program ? NULL : xstrdup(e.text);
}

static int
bench_family(struct bench *b, struct err *e)
{
	const struct device_type *type = device_type_named(family->type);
	_free_ char *why = why_not(type);
	struct hotplug h = {
		.name = family->type,
		.target = 1.10,
		.want = family->want ? family->want : want,
		.replayed = true,
		.replay = { family->proof, family->gone, family->descriptor,
		    family->may_fail },
		.for_good = family->for_good,
		.one_table = true,
		.outfit = family->holder ? plug_holder : family->outfit,
		.before_add = family->backend ? start_backend : NULL,
	};
	int rc;

	if (why) {
		report_left_out(b->report, family->type, why);
		return 0;
	}
	if (family->shared || (type && type->needs_shared_memory))
		h.sharing = MEMORY_SHARED;
	rc = make_params(b, e);
	if (rc == 0)
		rc = hotplug_run(b, &h, e);
	json_decref(params);
	params = NULL;
	backend_stop(b);
	return rc;
}

static int
make_image(const struct bench *b, struct err *e)
{
	_free_ char *path = path_join(b->folder, IMAGE);
	_close_ int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || ftruncate(fd, IMAGE_SIZE) < 0)
		return err_errno(e, "%s", path);
	return 0;
}

bool
bench_is_family(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(families); i++)
		if (str_eq(families[i].type, name))
			return true;
	return false;
}

/* All of them, or those that were named. */
int
bench_families(struct bench *b, struct err *e)
{
	bool all = bench_is_asked_for(b, "families"), any = false;
	size_t i;
	int rc = make_image(b, e);

	for (i = 0; rc == 0 && i < ARRAY_SIZE(families); i++) {
		family = &families[i];
		if (!all && !bench_is_asked_for(b, family->type))
			continue;
		if (!any)
			report_group(b->report, "device families");
		any = true;
		rc = bench_family(b, e);
	}
	return rc;
}
