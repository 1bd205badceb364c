/*
 * The fake as a whole: its making, its end, and a picture of it.
 */
#include "model.h"

static void
set_default(unsigned *value, unsigned standard)
{
	if (*value == 0)
		*value = standard;
}

static struct fake_options
with_defaults(const struct fake_options *given)
{
	struct fake_options o = { 0 };

	if (given)
		o = *given;
	if (o.major == 0) {
		o.major = 7;
		o.minor = 2;
		o.micro = 22;
	}
	set_default(&o.vcpus, 1);
	set_default(&o.max_vcpus, 4);
	set_default(&o.slots, 4);
	set_default(&o.root_ports, 2);
	o.memory = o.memory ? o.memory : 256 * MIB;
	o.max_memory = o.max_memory ? o.max_memory : 2 * GIB;
	o.machine = o.machine ? o.machine : "pc-q35-7.2";
	return o;
}

static void
init_items(struct fake *fake)
{
	json_t *ram = must(
	    json_pack("{s:I, s:b}", "size", (json_int_t)fake->options.memory,
		"share", (int)fake->options.memory_is_shared));
	json_t *none = must(json_object());

	item_add(&fake->objects, "ram0", "memory-backend-ram", ram)->user =
	    xstrdup("machine");
	item_add(&fake->chardevs, "qmp0", "socket", none)->user =
	    xstrdup("monitor");
	item_add(&fake->chardevs, "qga0", "socket", none)->user =
	    xstrdup("agent");
	json_decref(ram);
	json_decref(none);
}

static void
init_state(struct fake *fake)
{
	const struct fake_options *o = &fake->options;

	fake->is_loading = o->is_incoming;
	fake->is_running = !o->is_incoming && !o->is_stopped;
	fake->status = o->is_incoming ? "inmigrate"
	    : o->is_stopped           ? "prelaunch"
				      : "running";
	fake->guest = (struct fake_guest){
		.plug_ms = 50,
		.unplug_ms = 80,
		.exec_ms = 20,
		.used = 60 * MIB,
	};
	fake->ospm = xcalloc(o->slots, sizeof(*fake->ospm));
	fake->cpu_ospm = xcalloc(o->max_vcpus, sizeof(*fake->cpu_ospm));
}

struct fake *
fake_new(struct clock *clock, const struct fake_options *options)
{
	struct fake *fake = xcalloc(1, sizeof(*fake));
	enum fake_side i;

	fake->clock = clock;
	fake->options = with_defaults(options);
	TAILQ_INIT(&fake->faults);
	TAILQ_INIT(&fake->nodes);
	TAILQ_INIT(&fake->objects);
	TAILQ_INIT(&fake->chardevs);
	TAILQ_INIT(&fake->netdevs);
	TAILQ_INIT(&fake->orphans);
	TAILQ_INIT(&fake->buses);
	TAILQ_INIT(&fake->fds);
	TAILQ_INIT(&fake->devices);
	TAILQ_INIT(&fake->actions);
	for (i = FAKE_MONITOR; i < FAKE_SIDES; i++)
		side_init(&fake->sides[i], fake, i);
	init_state(fake);
	init_items(fake);
	pci_init(fake);
	cpu_init(fake);
	migrate_init(fake);
	agent_files_init(fake);
	balloon_init(fake);
	return fake;
}

void
fake_shut(struct fake *fake)
{
	enum fake_side i;

	for (i = FAKE_MONITOR; i < FAKE_SIDES; i++)
		side_shut(&fake->sides[i]);
}

static void
free_devices(struct fake *fake)
{
	while (!TAILQ_EMPTY(&fake->devices))
		device_drop(fake, TAILQ_FIRST(&fake->devices));
	node_free_all(fake);
	item_free_all(&fake->objects);
	item_free_all(&fake->netdevs);
	item_free_all(&fake->chardevs);
	while (!TAILQ_EMPTY(&fake->fds))
		fd_free(fake, TAILQ_FIRST(&fake->fds));
}

static void
free_machine(struct fake *fake)
{
	pci_release(fake);
	free(fake->cpus);
	free(fake->ospm);
	free(fake->cpu_ospm);
	timer_free(fake->migrate_timer);
	free(fake->migration_error);
	free(fake->next_migration_error);
	json_decref(fake->capabilities);
	json_decref(fake->files);
	json_decref(fake->programs);
	json_decref(fake->handles);
	json_decref(fake->processes);
}

void
fake_free(struct fake *fake)
{
	enum fake_side i;

	if (!fake)
		return;
	fake->is_gone = true;
	for (i = FAKE_MONITOR; i < FAKE_SIDES; i++)
		side_release(&fake->sides[i]);
	fake_clear_faults(fake);
	free_devices(fake);
	free_machine(fake);
	free(fake);
}

bool
fake_is_gone(const struct fake *fake)
{
	return fake->is_gone;
}

unsigned
fake_received(const struct fake *fake, enum fake_side side)
{
	return fake->sides[side].received;
}

const json_t *
fake_commands(const struct fake *fake, enum fake_side side)
{
	return fake->sides[side].log;
}
