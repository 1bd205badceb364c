/* Joins what QEMU said with what is remembered. */

#include "facts.h"
#include "record.h"
#include "session.h"
#include "template.h"
#include "text.h"
#include "units.h"
#include "virtio-mem.h"
#include "vm.h"

/* ---- figures ---- */

/* What was wanted last; 0: nobody said. */
static struct size
remembered(const struct session *s)
{
	const struct record *r = session_record(s);

	if (!r)
		return (struct size){ 0 };
	return (struct size){ r->desired_vcpus, r->desired_memory };
}

/* Nobody said: what it has is what it should have. */
static void
set_desired(json_t *figures, uint64_t desired)
{
	json_t *requested = json_object_get(figures, "requested");

	if (desired)
		json_object_set_new(
		    figures, "desired", json_integer((json_int_t)desired));
	else
		json_object_set(figures, "desired", requested);
}

static void
set_sizes(json_t *all, const struct session *s, const struct size *desired)
{
	struct size was = remembered(s);

	set_desired(json_object_get(all, "vcpus"),
	    (uint64_t)(desired && desired->vcpus ? desired->vcpus : was.vcpus));
	set_desired(json_object_get(all, "memory"),
	    desired && desired->memory ? desired->memory : was.memory);
}

/* The contract's shape where nothing could be asked. */
static json_t *
unknown(void)
{
	return must(json_pack(
	    "{s:n, s:{s:n, s:n, s:n, s:n}, s:{s:b, s:b, s:n}, "
	    "s:{s:n, s:n, s:n, s:n}, s:{s:n, s:n, s:n, s:n, s:n, s:[], "
	    "s:n, s:n}, s:[], s:[]}",
	    "state", "qemu", "version", "pid", "machine", "accel", "guest",
	    "agent", 0, "ready", 0, "version", "vcpus", "requested", "actual",
	    "boot", "max", "memory", "requested", "actual", "boot", "max",
	    "shared", "dimms", "virtio_mem", "balloon", "devices", "buses"));
}

static json_t *
known(const struct session *s)
{
	const struct actual *a = vm_actual(session_vm(s));

	return a && session_state(s) == SESSION_OPEN ? actual_json(a)
						     : unknown();
}

json_t *
facts_figures(const struct session *s, const struct size *desired)
{
	json_auto_t *all = known(s);

	set_sizes(all, s, desired);
	return must(
	    json_pack("{s:O, s:O}", "vcpus", json_object_get(all, "vcpus"),
		"memory", json_object_get(all, "memory")));
}

json_t *
facts_of_size(const struct size_base *base)
{
	json_int_t boot = (json_int_t)base->boot_memory;
	json_int_t max = (json_int_t)base->max_memory;

	return must(json_pack(
	    "{s:{s:i, s:i, s:n, s:i, s:i}, s:{s:I, s:I, s:n, s:I, s:I}}",
	    "vcpus", "desired", base->boot_vcpus, "requested", base->boot_vcpus,
	    "actual", "boot", base->boot_vcpus, "max", base->max_vcpus,
	    "memory", "desired", boot, "requested", boot, "actual", "boot",
	    boot, "max", max));
}

/* ---- all of it ---- */

/* A member that is left out when it is not known. */
static void
set_text(json_t *object, const char *key, const char *text)
{
	if (text)
		json_object_set_new(object, key, text_json(text));
}

/* How the VM is reached, and what it was made of. */
static void
add_record(json_t *out, const struct session *s, const struct options *o)
{
	const struct record *r = session_record(s);

	set_text(out, "template", r ? r->template : NULL);
	set_text(out, "qmp", r ? r->qmp : o->qmp);
	set_text(out, "qga", r ? r->qga : o->qga);
	set_text(out, "log", r ? r->log : NULL);
	if (r && r->guest_use)
		json_object_set_new(
		    out, "guest_use", json_integer((json_int_t)r->guest_use));
}

static void
add_guest_memory(json_t *all, const struct actual *a)
{
	json_t *guest = json_object_get(all, "guest");

	if (!a || !a->guest.mem_total)
		return;
	json_object_set_new(
	    guest, "mem_total", json_integer((json_int_t)a->guest.mem_total));
	json_object_set_new(guest, "mem_available",
	    json_integer((json_int_t)a->guest.mem_available));
}

json_t *
facts_json(const struct session *s)
{
	const struct record *r = session_record(s);
	bool open = session_state(s) == SESSION_OPEN;
	json_auto_t *all = known(s), *size = desired_load(s);
	json_t *out =
	    must(json_pack("{s:o, s:O}", "name", text_json(session_name(s)),
		"state", json_object_get(all, "state")));

	if (!open)
		set_text(out, "state", session_state_name(session_state(s)));
	if (*session_why(s))
		set_text(out, "error", session_why(s));
	json_object_set_new(json_object_get(all, "qemu"), "pid",
	    r && r->pid ? json_integer(r->pid) : json_null());
	set_sizes(all, s, NULL);
	add_guest_memory(all, open ? vm_actual(session_vm(s)) : NULL);
	json_object_update_missing(out, all);
	add_record(out, s, session_options(s));
	if (size)
		json_object_set(out, "size", size);
	return out;
}

/* ---- a sentence ---- */

static const json_t *
figure(const json_t *figures, const char *what, const char *key)
{
	return json_object_get(json_object_get(figures, what), key);
}

/* " (1 in use)" where the guest uses another number than it was given. */
static char *
vcpus_in_use(const json_t *figures)
{
	const json_t *actual = figure(figures, "vcpus", "actual");

	if (!json_is_integer(actual) ||
	    json_equal(actual, figure(figures, "vcpus", "requested")))
		return xstrdup("");
	return xasprintf(
	    " (%lld in use)", (long long)json_integer_value(actual));
}

static char *
memory_in_use(const json_t *figures)
{
	const json_t *actual = figure(figures, "memory", "actual");
	_free_ char *bytes = text_bytes(actual);

	if (!json_is_integer(actual) ||
	    json_equal(actual, figure(figures, "memory", "requested")))
		return xstrdup("");
	return xasprintf(" (%s in use)", bytes);
}

char *
facts_sentence(const json_t *figures)
{
	const json_t *vcpus = figure(figures, "vcpus", "requested");
	_free_ char *memory =
	    text_bytes(figure(figures, "memory", "requested"));
	_free_ char *vcpus_more = vcpus_in_use(figures);
	_free_ char *memory_more = memory_in_use(figures);
	bool asked = json_is_integer(figure(figures, "vcpus", "actual")) &&
	    json_is_integer(figure(figures, "memory", "actual"));

	if (!json_is_integer(vcpus))
		return NULL;
	return xasprintf("%lld vCPU%s%s, %s%s (%s)",
	    (long long)json_integer_value(vcpus),
	    json_integer_value(vcpus) == 1 ? "" : "s", vcpus_more, memory,
	    memory_more,
	    asked ? "confirmed by the guest agent"
		  : "not confirmed by the guest");
}

/* ---- requests ---- */

struct size_base
facts_template_base(const struct template *t)
{
	return (struct size_base){
		.boot_vcpus = (int)t->config.default_vcpus,
		.max_vcpus = (int)t->config.default_maxvcpus,
		.boot_memory = t->config.default_memory,
		.max_memory = t->config.default_maxmemory,
		.guest_use = t->guest.use,
		.block_size = t->config.enable_virtio_mem ? VIRTIO_MEM_GRANULE
							  : t->guest.block_size,
		.has_balloon = t->config.reclaim_guest_freed_memory,
	};
}

/* What the guest's kernel does not count among its memory. */
static uint64_t
kernel_use(const struct actual *a)
{
	uint64_t total =
	    a->memory_boot + a->memory_plugged + a->virtio_mem.size;

	if (!a->guest.mem_total || a->guest.mem_total >= total)
		return 0;
	return total - a->guest.mem_total;
}

int
facts_of_request(struct session *s, struct request *request, struct err *e)
{
	const struct record *r = session_record(s);
	struct template *t =
	    r && r->template ? template_load(r->template, NULL) : NULL;

	if (t) {
		request->max_memory = t->config.default_maxmemory;
		request->virtio_mem = t->config.enable_virtio_mem;
	}
	template_free(t);
	if (r && r->template) {
		request->guest_use = r->guest_use;
		return 0;
	}
	if (!vm_actual(session_vm(s)) && session_observe(s, e) < 0)
		return -1;
	request->guest_use = kernel_use(vm_actual(session_vm(s)));
	return 0;
}

/* What the request's memory comes to before it is known what can go. */
static uint64_t
wanted_memory(const struct actual *a, const struct request *request,
    const struct fitted *fitted)
{
	const json_t *memory = json_object_get(fitted->explain, "memory");
	struct size_base base = fit_base(a, request);
	uint64_t wanted = 0;

	if (request->spec)
		return (uint64_t)json_integer_value(
		    json_object_get(memory, "desired"));
	if (request->resize.memory < a->memory_boot && !base.has_balloon)
		return request->resize.memory;
	size_round_memory(&base, request->resize.memory, &wanted, NULL);
	return wanted;
}

char *
facts_of_rest(const struct session *s, const struct request *request,
    const struct fitted *fitted)
{
	const struct actual *a = vm_actual(session_vm(s));
	_free_ char *asked = NULL, *has = NULL;
	uint64_t wanted;

	if (!a || !fitted->desired.memory ||
	    (!request->spec && !request->resize.memory))
		return NULL;
	wanted = wanted_memory(a, request, fitted);
	if (!wanted || wanted >= fitted->desired.memory)
		return NULL;
	asked = units_print_bytes(wanted);
	has = units_print_bytes(fitted->desired.memory);
	return xasprintf("memory: %s is wanted, and %s stays: %s", asked, has,
	    a->balloon.id && actual_balloon_harms_file(a)
		? "its memory is a private copy of its template's, out of "
		  "which QEMU would punch what its balloon takes; a clone "
		  "made with --memory-sharing shared can give it back"
		: fitted->desired.memory == a->memory_boot
		? "it was started with that"
		: "what was plugged as one DIMM goes as a whole or not at all");
}
