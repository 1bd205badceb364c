/* The part of QEMU's command line that makes buses and what is on them. */

#include "launch-internal.h"

bool
launch_is_transitional(const char *driver)
{
	/* QEMU, hw/virtio: those with a PCI id from before virtio 1.0. */
	static const char *const drivers[] = { "virtio-9p-pci",
		"virtio-balloon-pci", "virtio-blk-pci", "virtio-net-pci",
		"virtio-rng-pci", "virtio-scsi-pci", "virtio-serial-pci" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(drivers); i++)
		if (str_eq(driver, drivers[i]))
			return true;
	return false;
}

/* ",mem-reserve=4M" and its like; the caller frees. */
static char *
reserves(uint64_t mem, uint64_t pref64)
{
	_free_ char *first = mem
	    ? xasprintf(",mem-reserve=%lluM", (unsigned long long)(mem / MIB))
	    : xstrdup("");

	return pref64 ? xasprintf("%s,pref64-reserve=%lluM", first,
			    (unsigned long long)(pref64 / MIB))
		      : TAKE(first);
}

/*
 * The first slots of the root bus are theirs. Where ACPI does the hotplug a
 * bridge needs no SHPC; without one SeaBIOS gives an empty bridge no memory
 * window unless it is told what to reserve.
 */
static void
add_bridges(struct args *args, const struct template_config *c)
{
	_free_ char *reserve =
	    reserves(c->bridge_mem_reserve, c->bridge_pref64_reserve);
	const struct machine *m = args->machine;
	int i;

	for (i = 0; i < c->default_bridges; i++)
		args_add(args, "-device",
		    "pci-bridge,id=" LAUNCH_BRIDGE
		    ",bus=%s,addr=%x,chassis_nr=%d,shpc=%s%s",
		    i, m->root, args->slot++, i + 1,
		    m->bridge_acpi ? "off" : "on", reserve);
}

static void
add_ports(struct args *args, const struct template_config *c)
{
	_free_ char *reserve =
	    reserves(c->port_mem_reserve, c->port_pref64_reserve);
	int i;

	for (i = 0; i < c->pcie_root_port; i++)
		args_add(args, "-device",
		    "pcie-root-port,id=" LAUNCH_PORT
		    ",bus=%s,addr=%x,chassis=%d,slot=%d%s",
		    i, args->machine->root, args->slot++, 100 + i, i, reserve);
}

/* A virtio device on the next slot of the root bus. */
PRINTF(4, 5)
static void
add_virtio(struct args *args, const struct template_config *c,
    const char *driver, const char *fmt, ...)
{
	bool legacy = c->disable_modern && launch_is_transitional(driver);
	_free_ char *more = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&more, fmt, ap) < 0)
		more = must(NULL);
	va_end(ap);
	args_add(args, "-device", "%s,%s,bus=%s,addr=%x%s", driver, more,
	    args->machine->root, args->slot++,
	    legacy ? ",disable-modern=on" : "");
}

/* The guest's agent, and what its user wants to talk to. */
static void
add_serial(struct args *args, const struct template_config *c,
    const struct launch *launch)
{
	size_t i;

	add_virtio(args, c, "virtio-serial-pci", "id=serial0");
	args_add(args, "-chardev", "socket,id=agent,fd=%d,server=on,wait=off",
	    launch->agent);
	args_add(args, "-device",
	    "virtserialport,bus=serial0.0,chardev=agent,name=" LAUNCH_AGENT);
	for (i = 0; i < c->serial_ports.n; i++) {
		args_add(args, "-chardev",
		    "socket,id=port%zu,fd=%d,server=on,wait=off", i,
		    launch->ports[i]);
		args_add(args, "-device",
		    "virtserialport,bus=serial0.0,chardev=port%zu,name=%s", i,
		    c->serial_ports.items[i]);
	}
}

static void
add_balloon(struct args *args, const struct template_config *c)
{
	if (c->reclaim_guest_freed_memory)
		add_virtio(args, c, "virtio-balloon-pci",
		    "id=" LAUNCH_BALLOON ",deflate-on-oom=on,"
		    "free-page-reporting=on,"
		    "guest-stats-polling-interval=" LAUNCH_STATS_SECONDS);
}

/* All clones have it open at the same time: nobody writes. */
static void
add_image(struct args *args, const struct template_config *c)
{
	_free_ char *path = c->image ? args_escape(c->image) : NULL;

	if (!path)
		return;
	args_add(args, "-drive",
	    "id=image-%s,file=%s,format=raw,if=none,readonly=on",
	    c->image_id ? c->image_id : "", path);
	add_virtio(args, c, "virtio-blk-pci", "id=image,drive=image-%s",
	    c->image_id ? c->image_id : "");
}

/* Files of several of the host's file systems may have the same inode: remap
 * keeps them apart. */
static void
add_volumes(struct args *args, const struct template_config *c)
{
	size_t i;

	for (i = 0; i < c->volumes.n; i++) {
		const struct template_volume *v = &c->volumes.items[i];
		_free_ char *path = args_escape(v->path);

		args_add(args, "-fsdev",
		    "local,id=volume-%s,path=%s,security_model=none,"
		    "multidevs=remap%s",
		    v->tag, path, v->read_only ? ",readonly=on" : "");
		add_virtio(args, c, "virtio-9p-pci",
		    "id=volume-%s,fsdev=volume-%s,mount_tag=%s", v->tag, v->tag,
		    v->tag);
	}
}

void
launch_devices(struct args *args, const struct template_config *c,
    const struct launch *launch)
{
	size_t i;

	add_bridges(args, c);
	add_ports(args, c);
	add_serial(args, c, launch);
	add_image(args, c);
	add_volumes(args, c);
	add_balloon(args, c);
	if (args->machine->vmgenid)
		args_add(args, "-device", "vmgenid,guid=auto");
	for (i = 0; i + 1 < c->device_options.n; i += 2)
		args_add(args, c->device_options.items[i], "%s",
		    c->device_options.items[i + 1]);
}
