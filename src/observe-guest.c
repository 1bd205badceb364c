/* What the guest says through its agent: which questions are asked, and what
 * is made of the answers. */

#include "base64.h"
#include "clock.h"
#include "commands.h"
#include "observe-internal.h"
#include "qmp.h"
#include "vm.h"

#define MEMINFO_MAX 4096

/* ---- what it answers ---- */

void
observe_guest_cpus(struct actual *a, const json_t *value)
{
	struct actual_guest *g = &a->guest;
	size_t n = MIN(json_array_size(value), (size_t)CPUS_MAX), i;

	if (!json_is_array(value))
		return;
	g->cpus = xcalloc(n, sizeof(*g->cpus));
	g->cpus_n = n;
	g->cpus_online = 0;
	for (i = 0; i < n; i++) {
		const json_t *v = json_array_get(value, i);

		g->cpus[i] = (struct actual_guest_cpu){
			.logical_id = (int)get_int(v, "logical-id"),
			.online = json_is_true(json_object_get(v, "online")),
			.can_offline =
			    json_is_true(json_object_get(v, "can-offline")),
		};
		g->cpus_online += g->cpus[i].online;
	}
}

static bool
is_virtio_mem(const struct actual *a, const json_t *block)
{
	uint64_t size = a->guest.block_size ? a->guest.block_size : 128 * MIB;

	return actual_is_virtio_mem_block(
	    &a->virtio_mem, size, get_int(block, "phys-index"));
}

/* virtio-mem plugs parts of blocks: its own are counted apart. */
void
observe_guest_blocks(struct actual *a, const json_t *value)
{
	struct actual_guest *g = &a->guest;
	size_t i;
	json_t *v;

	if (!json_is_array(value))
		return;
	g->blocks = (int)json_array_size(value);
	g->blocks_online = 0;
	json_array_foreach (value, i, v) {
		bool online = json_is_true(json_object_get(v, "online"));

		if (is_virtio_mem(a, v)) {
			a->virtio_mem.blocks++;
			a->virtio_mem.blocks_offline += !online;
			g->blocks--;
		} else {
			g->blocks_online += online;
		}
	}
}

/* The bytes of a line "Name:   123 kB"; 0 when it is not there. */
static uint64_t
meminfo_line(const char *text, const char *name)
{
	const char *line = strstr(text, name);
	const char *digits;
	unsigned long long kib;

	if (!line)
		return 0;
	digits = line + strlen(name);
	digits += strspn(digits, " \t");
	if (*digits < '0' || *digits > '9')
		return 0;
	kib = strtoull(digits, NULL, 10);
	return kib <= INT64_MAX / KIB ? kib * KIB : 0;
}

void
observe_meminfo(struct actual *a, const char *text)
{
	a->guest.mem_total = meminfo_line(text, "MemTotal:");
	a->guest.mem_available = meminfo_line(text, "MemAvailable:");
}

/* ---- what it is asked ---- */

static void
on_guest_cpus(struct run *run, void *subject, const json_t *value)
{
	struct observation *o = subject;

	observe_guest_cpus(o->actual, value);
}

static void
on_guest_blocks(struct run *run, void *subject, const json_t *value)
{
	struct observation *o = subject;

	observe_guest_blocks(o->actual, value);
}

/* An agent that does not answer soon is taken to be none. */
static enum verdict
agent_answers(struct run *run, void *subject)
{
	struct observation *o = subject;
	struct qmp *agent = vm_agent(run_vm(run));
	uint64_t waited = clock_now(run_clock(run)) - o->began;

	if (!agent || qmp_state(agent) != QMP_OPENING)
		return MET;
	return waited < OBSERVE_AGENT_MS * UINT64_C(1000) ? NOT_YET : MET;
}

void
observe_find_agent(struct run *run, void *subject)
{
	struct observation *o = subject;

	o->began = clock_now(run_clock(run));
	want_until(run,
	    &(struct wait){
		.what = "the guest agent",
		.look = agent_answers,
		.timeout_ms = 2 * OBSERVE_AGENT_MS,
	    });
}

static void
on_guest_info(struct run *run, void *subject, const json_t *value)
{
	struct observation *o = subject;
	struct actual_guest *g = &o->actual->guest;
	size_t i;
	json_t *v;

	g->agent = value != NULL;
	g->version = xstrdup0(get_string(value, "version"));
	json_array_foreach (
	    json_object_get(value, "supported_commands"), i, v) {
		const char *name =
		    json_string_value(json_object_get(v, "name"));

		if (name)
			json_object_set(
			    g->commands, name, json_object_get(v, "enabled"));
	}
}

void
observe_ask_agent(struct run *run, void *subject)
{
	if (vm_agent_ready(run_vm(run)))
		want_try(run, RUN_AGENT, cmd_guest_info(), on_guest_info);
}

static void
on_block_info(struct run *run, void *subject, const json_t *value)
{
	struct observation *o = subject;
	json_int_t size = json_integer_value(json_object_get(value, "size"));

	/* Linux: a power of two. */
	if (size >= (json_int_t)MIB && size <= (json_int_t)(64 * GIB) &&
	    (size & (size - 1)) == 0)
		o->actual->guest.block_size = (uint64_t)size;
}

static void
on_file(struct run *run, void *subject, const json_t *value)
{
	struct observation *o = subject;

	o->handle = json_is_integer(value) ? json_integer_value(value) : -1;
}

/* Asks what the guest's agent is allowed to tell. */
void
observe_ask_guest(struct run *run, void *subject)
{
	struct observation *o = subject;
	const struct actual *a = o->actual;

	o->handle = -1;
	if (actual_agent_can(a, "guest-get-vcpus"))
		want_try(run, RUN_AGENT, cmd_guest_get_vcpus(), on_guest_cpus);
	if (actual_agent_can(a, "guest-get-memory-block-info"))
		want_try(run, RUN_AGENT, cmd_guest_get_memory_block_info(),
		    on_block_info);
	if (actual_agent_can(a, "guest-get-memory-blocks"))
		want_try(run, RUN_AGENT, cmd_guest_get_memory_blocks(),
		    on_guest_blocks);
	if (actual_agent_can(a, "guest-file-open") &&
	    actual_agent_can(a, "guest-file-read"))
		want_try(run, RUN_AGENT,
		    cmd_guest_file_open("/proc/meminfo", "r"), on_file);
}

static void
on_meminfo(struct run *run, void *subject, const json_t *value)
{
	struct observation *o = subject;
	const char *base64 =
	    json_string_value(json_object_get(value, "buf-b64"));
	_free_ char *text = base64 ? base64_decode(base64, NULL) : NULL;

	if (text)
		observe_meminfo(o->actual, text);
}

void
observe_read_meminfo(struct run *run, void *subject)
{
	struct observation *o = subject;

	if (o->handle < 0)
		return;
	want_try(run, RUN_AGENT, cmd_guest_file_read(o->handle, MEMINFO_MAX),
	    on_meminfo);
	want_try(run, RUN_AGENT, cmd_guest_file_close(o->handle), NULL);
}
