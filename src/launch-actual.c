/* The machine that a command line makes, as an observation would find it:
 * read from the command line itself, so that the two cannot differ. */

#include "actual.h"
#include "launch-internal.h"

/* ---- options ---- */

/* The value of a key of "driver,key=value,…", up to a comma, or NULL. No path
 * with a comma comes before what is asked for here. The caller frees. */
static char *
option_value(const char *option, const char *key)
{
	size_t n = strlen(key);

	for (option += strcspn(option, ","); *option;
	     option += strcspn(option, ",")) {
		option++;
		if (strncmp(option, key, n) == 0 && option[n] == '=')
			return must(strndup(
			    option + n + 1, strcspn(option + n + 1, ",")));
	}
	return NULL;
}

static struct actual_bus *
find_bus(struct actual *a, const char *id)
{
	size_t i;

	for (i = 0; id && i < a->buses_n; i++)
		if (str_eq(a->buses[i].id, id))
			return &a->buses[i];
	return NULL;
}

/* ---- what one -device makes ---- */

static struct actual_bus *
add_bus(struct actual *a, const char *id)
{
	struct actual_bus *bus;

	a->buses = xrealloc(a->buses, a->buses_n + 1, sizeof(*a->buses));
	bus = &a->buses[a->buses_n++];
	*bus = (struct actual_bus){ .id = xstrdup(id),
		.hotplug = true,
		.number = (unsigned)a->buses_n - 1,
		.path = xstrdup("") };
	return bus;
}

static void
add_bridge(struct actual *a, const char *id, enum bus_type type)
{
	struct actual_bus *bus = add_bus(a, id);

	bus->type = type;
	bus->first = type == BUS_BRIDGE ? 1 : 0;
	bus->last = type == BUS_BRIDGE ? 31 : 0;
}

static void
add_device(
    struct actual *a, const char *driver, const char *id, const char *bus)
{
	a->devices =
	    xrealloc(a->devices, a->devices_n + 1, sizeof(*a->devices));
	a->devices[a->devices_n++] = (struct actual_device){
		.id = xstrdup(id),
		.driver = xstrdup(driver),
		.bus = xstrdup(bus),
		.guest_path = xstrdup(""),
	};
}

/* Its slot is taken; it is a bus, or a device that has an id. */
static void
read_device(struct actual *a, const char *option)
{
	_free_ char *driver = must(strndup(option, strcspn(option, ",")));
	_free_ char *id = option_value(option, "id");
	_free_ char *on = option_value(option, "bus");
	_free_ char *addr = option_value(option, "addr");
	struct actual_bus *bus = find_bus(a, on);

	if (bus && addr)
		bus->used |= UINT32_C(1) << (strtoul(addr, NULL, 16) & 31);
	if (id && str_eq(driver, "pci-bridge"))
		add_bridge(a, id, BUS_BRIDGE);
	else if (id && str_eq(driver, "pcie-root-port"))
		add_bridge(a, id, BUS_PORT);
	else if (id && bus)
		add_device(a, driver, id, on);
}

/* ---- the whole ---- */

/* Slots below the first are the chipset's; 31 is q35's, and nobody's loss. */
static void
add_root(struct actual *a, const struct machine *m)
{
	struct actual_bus *root = add_bus(a, m->root);

	root->type = BUS_ROOT;
	root->hotplug = m->root_hotplug;
	root->first = m->first_slot;
	root->last = 30;
}

static char **
argv_of(const struct template_config *c)
{
	const struct launch launch = {
		.name = "", .memory = "", .console = ""
	};

	return launch_argv(c, NULL, &launch);
}

struct actual *
launch_actual(const struct template_config *c)
{
	struct actual *a = actual_new();
	char **argv = argv_of(c);
	size_t i;

	a->machine = xstrdup(c->machine_type);
	a->accel = xstrdup(c->accel == ACCEL_KVM ? "kvm" : "tcg");
	a->status = xstrdup("prelaunch");
	a->vcpus_boot = a->vcpus_present = (int)c->default_vcpus;
	a->vcpus_max = (int)c->default_maxvcpus;
	a->memory_boot = c->default_memory;
	a->memory_max = c->default_maxmemory;
	a->memory_slots = (int)c->memory_slots;
	a->memory_shared = true; /* the template's own is */
	add_root(a, machine_find(c->machine_type));
	for (i = 1; argv[i]; i++) {
		_free_ char *nvdimm = NULL;

		if (str_eq(argv[i - 1], "-device"))
			read_device(a, argv[i]);
		if (!str_eq(argv[i - 1], "-machine"))
			continue;
		nvdimm = option_value(argv[i], "nvdimm");
		a->takes_nvdimms = str_eq(nvdimm, "on");
	}
	launch_free(argv);
	return a;
}

int
launch_check(const struct template_config *c, struct err *e)
{
	const struct machine *m = machine_find(c->machine_type);
	char **argv = argv_of(c);
	unsigned long last = 0;
	size_t i;

	for (i = 1; argv[i]; i++) {
		_free_ char *bus = NULL, *addr = NULL;

		if (!str_eq(argv[i - 1], "-device"))
			continue;
		bus = option_value(argv[i], "bus");
		addr = option_value(argv[i], "addr");
		if (addr && str_eq(bus, m->root))
			last = MAX(last, strtoul(addr, NULL, 16));
	}
	launch_free(argv);
	if (last <= 30)
		return 0;
	return err_set(e,
	    "default_bridges, pcie_root_port and volumes: the root bus has "
	    "room for %u of them, the image and the agent's port; %lu more "
	    "are wanted",
	    31 - m->first_slot, last - 30);
}
