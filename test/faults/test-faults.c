/*
 * The fault matrix: every operation, broken at every command in every way,
 * and every end held against the model. DONE means all there, FAILED means
 * exactly as before, LOST and PENDING claim nothing and the next run finishes
 * the job, STUCK only where an undo was broken too.
 */

#include "cpu.h"
#include "operations.h"
#include "actual.h"

/* One machine that everything is tried on. */
struct machine {
	const char *name;
	struct fake_options options;
	bool agent;
};

static const struct machine machines[] = {
	{ "QEMU 10.0, KVM, shared memory, agent",
	    { .major = 10, .is_kvm = true, .memory_is_shared = true }, true },
	{ "QEMU 10.0, KVM, no agent", { .major = 10, .is_kvm = true }, false },
	{ "QEMU 10.0, TCG, agent", { .major = 10 }, true },
	{ "QEMU 7.2, TCG, shared memory, agent",
	    { .major = 7, .minor = 2, .memory_is_shared = true }, true },
};

static struct operation ops[OPERATIONS_MAX];
static size_t ops_n;
static unsigned long runs;

/* The model without the marks of unplugged vCPUs, which are there to stay. */
static json_t *
snapshot(const struct fake *fake)
{
	json_t *model = fake_snapshot(fake), *type;
	json_t *objects = json_object_get(model, "objects");
	const char *id;
	void *next;

	/* Nobody can ask this guest which SCSI disks it has. */
	if (fake_guest(fake).has_no_agent)
		json_object_del(json_object_get(model, "guest"), "disks");
	json_object_foreach_safe(
	    objects, next, id, type) if (str_starts(id, "qmpd-unplugged-"))
	    json_object_del(objects, id);
	json_object_set_new(model, "host", operations_host());
	return model;
}

/* What has to be there before the operation. */
static void
prepare(
    struct world *w, const struct operation *op, const struct request *request)
{
	struct run_result r = world_apply(w, request);

	if (r.end != PLAN_DONE)
		fail_msg("%s: before: %s", op->name, r.error);
}

/* A world in which the operation can begin. */
static void
begin(struct world *w, const struct machine *m, const struct operation *op)
{
	struct fake_options options = m->options;
	struct fake_guest guest;

	operations_begin();
	options.has_balloon = op->balloon;
	world_open(w, &options, m->agent);
	guest = fake_guest(w->fake);
	guest.has_no_agent = !m->agent;
	fake_set_guest(w->fake, &guest);
	world_furnish(w);
	if (op->has_holder)
		prepare(w, op, &op->holder);
	if (op->has_before)
		prepare(w, op, &op->before);
	runs++;
}

static void
assert_same(const json_t *a, const json_t *b, const char *what)
{
	char *x, *y;

	if (json_equal(a, b))
		return;
	x = json_dumps(a, JSON_SORT_KEYS | JSON_COMPACT);
	y = json_dumps(b, JSON_SORT_KEYS | JSON_COMPACT);
	fail_msg("%s:\n%s\n%s", what, x, y);
}

/* What the operation does when nothing goes wrong. */
struct normal {
	unsigned commands[FAKE_SIDES];
	json_t *sent[FAKE_SIDES]; /* what they were */
	json_t *before, *after;
};

static void
normal_release(struct normal *n)
{
	json_decref(n->sent[FAKE_MONITOR]);
	json_decref(n->sent[FAKE_AGENT]);
	json_decref(n->before);
	json_decref(n->after);
}

/* Those after the first *count, which becomes how many they are. */
static json_t *
commands_since(const struct fake *fake, int side, unsigned *count)
{
	const json_t *all = fake_commands(fake, side);
	json_t *since = must(json_array());
	unsigned i;

	for (i = *count; i < fake_received(fake, side); i++)
		json_array_append(since, json_array_get(all, i));
	*count = (unsigned)json_array_size(since);
	return since;
}

/* In the middle of the same question asked again and again, nothing breaks
 * that does not break with its first two, or with its last. */
static bool
is_repeated(const struct normal *n, int side, unsigned number)
{
	const json_t *sent = n->sent[side];
	const json_t *it = json_array_get(sent, number - 1);

	return number > 2 && json_equal(it, json_array_get(sent, number - 3)) &&
	    json_equal(it, json_array_get(sent, number - 2)) &&
	    json_equal(it, json_array_get(sent, number));
}

static struct normal
run_normally(const struct machine *m, const struct operation *op)
{
	struct normal n = { .before = NULL };
	struct run_result r;
	struct plan *plan;
	struct world w;
	int side;

	begin(&w, m, op);
	plan = world_fit(&w, &op->request);
	n.before = snapshot(w.fake);
	for (side = 0; side < FAKE_SIDES; side++)
		n.commands[side] = fake_received(w.fake, side);
	r = world_run(&w, plan);
	if (r.end != PLAN_DONE)
		fail_msg("%s on %s: %s: %s", op->name, m->name,
		    plan_end_name(r.end), r.error);
	for (side = 0; side < FAKE_SIDES; side++)
		n.sent[side] = commands_since(w.fake, side, &n.commands[side]);
	n.after = snapshot(w.fake);
	if (!op->request.remove_id)
		world_assert_fitted(&w, &op->request);
	world_close(&w);
	return n;
}

/* As many of everything: which number a DIMM has is not promised. */
static void
assert_as_many(const json_t *a, const json_t *b, const char *what)
{
	static const char *const kinds_of_things[] = { "nodes", "objects",
		"chardevs", "netdevs", "fds", "devices", "cpus" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds_of_things); i++)
		if (json_object_size(json_object_get(a, kinds_of_things[i])) !=
		    json_object_size(json_object_get(b, kinds_of_things[i])))
			assert_same(a, b, what);
	assert_same(
	    json_object_get(a, "host"), json_object_get(b, "host"), what);
}

/* The next run, without faults, reads the truth and finishes the job. */
static void
assert_recovers(struct world *w, const struct operation *op,
    const struct normal *n, const char *what)
{
	struct fake_guest guest = fake_guest(w->fake);
	struct request request = op->request;
	struct run_result r;
	json_t *after;

	fake_clear_faults(w->fake);
	guest.plug = guest.unplug = FAKE_PROMPT;
	guest.agent_is_silent = guest.ignores_vcpus = false;
	fake_set_guest(w->fake, &guest);
	world_wait(w, 5000);
	world_reconnect(w);
	after = snapshot(w->fake);
	/* It may have happened after all; a removal is then no request. */
	if (!json_equal(after, n->after)) {
		r = world_apply(w, &request);
		if (r.end != PLAN_DONE)
			fail_msg("%s: again: %s: %s", what,
			    plan_end_name(r.end), r.error);
	}
	json_decref(after);
	after = snapshot(w->fake);
	assert_as_many(after, n->after, what);
	json_decref(after);
	if (!op->request.remove_id)
		world_assert_fitted(w, &op->request);
}

/* This QEMU dies of an unplugged vCPU: one that was added stays. */
static bool
keeps_vcpus(struct world *w, const struct operation *op)
{
	return op->vcpus && vcpu_undo_on(vm_actual(w->vm)) == VCPU_KEEP;
}

/* This QEMU cannot unplug a virtio-mem device: one that was added stays. */
static bool
keeps_virtio_mem(struct world *w, const struct operation *op)
{
	return op->virtio_mem &&
	    !actual_version_at_least(vm_actual(w->vm), 8, 2);
}

/* The end that a run claims is held against the model. */
static void
assert_true_end(struct world *w, const struct operation *op,
    const struct normal *n, const struct run_result *r, const char *what)
{
	json_t *after;

	switch (r->end) {
	case PLAN_DONE:
		after = snapshot(w->fake);
		assert_same(after, n->after, what);
		json_decref(after);
		break;
	case PLAN_FAILED:
		after = snapshot(w->fake);
		assert_same(after, n->before, what);
		json_decref(after);
		assert_true(*r->error);
		break;
	case PLAN_PARTIAL:
		/* Only where it cannot be taken back. */
		if (!op->is_for_good)
			fail_msg("%s: partial", what);
		assert_recovers(w, op, n, what);
		break;
	case PLAN_LOST:
	case PLAN_PENDING:
		assert_true(*r->error);
		assert_recovers(w, op, n, what);
		break;
	default:
		if (r->end != PLAN_STUCK ||
		    (!keeps_vcpus(w, op) && !keeps_virtio_mem(w, op)))
			fail_msg("%s: %s: %s", what, plan_end_name(r->end),
			    r->error);
		assert_recovers(w, op, n, what);
	}
}

static const struct {
	enum fake_fault_kind kind;
	const char *name;
} kinds[] = {
	{ FAKE_ERROR, "error" },
	{ FAKE_CLOSE_BEFORE, "closed before" },
	{ FAKE_CLOSE_AFTER, "closed after" },
	{ FAKE_DELAY, "late" },
	{ FAKE_EVENT_FIRST, "event first" },
	{ FAKE_EVENT_TWICE, "event twice" },
	{ FAKE_NO_REPLY, "no reply" },
};

/* One fault at the number-th command that the plan sends on one side. */
static void
break_once(const struct machine *m, const struct operation *op,
    const struct normal *n, enum fake_side side, unsigned number, size_t kind)
{
	struct fake_fault fault = {
		.kind = kinds[kind].kind,
		.side = side,
		.ms = 200,
	};
	_free_ char *what = xasprintf("%s on %s, %s at %s command %u", op->name,
	    m->name, kinds[kind].name, side == FAKE_AGENT ? "agent" : "monitor",
	    number);
	struct run_result r;
	struct plan *plan;
	struct world w;

	begin(&w, m, op);
	plan = world_fit(&w, &op->request);
	fault.number = fake_received(w.fake, side) + number;
	fake_fault(w.fake, &fault);
	r = world_run(&w, plan);
	assert_true_end(&w, op, n, &r, what);
	world_close(&w);
}

/* Calls fn for every operation on every machine. */
static void
for_all(void (*fn)(
    const struct machine *, const struct operation *, const struct normal *))
{
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(machines); i++)
		for (j = 0; j < ops_n; j++) {
			struct normal n;

			if (ops[j].needs_shared_memory &&
			    !machines[i].options.memory_is_shared)
				continue;
			n = run_normally(&machines[i], &ops[j]);
			fn(&machines[i], &ops[j], &n);
			normal_release(&n);
		}
}

static void
break_everywhere(
    const struct machine *m, const struct operation *op, const struct normal *n)
{
	unsigned number;
	size_t kind;
	int side;

	for (side = 0; side < FAKE_SIDES; side++)
		for (number = 1; number <= n->commands[side]; number++)
			for (kind = 0; kind < ARRAY_SIZE(kinds) &&
			     !is_repeated(n, side, number);
			     kind++)
				break_once(m, op, n, side, number, kind);
}

static void
every_end_is_true_after_a_fault_at_any_command(void **state)
{
	for_all(break_everywhere);
}

/* An error forward, and another at any command of the undo. */
static void
break_undo(
    const struct machine *m, const struct operation *op, const struct normal *n)
{
	unsigned first, second;

	for (first = 1; first <= n->commands[FAKE_MONITOR]; first++)
		for (second = 1;
		     second <= 4 && !is_repeated(n, FAKE_MONITOR, first);
		     second++) {
			struct fake_fault fault = { .kind = FAKE_ERROR };
			struct run_result r;
			struct plan *plan;
			struct world w;

			begin(&w, m, op);
			plan = world_fit(&w, &op->request);
			fault.number =
			    fake_received(w.fake, FAKE_MONITOR) + first;
			fake_fault(w.fake, &fault);
			fault.number += second;
			fake_fault(w.fake, &fault);
			r = world_run(&w, plan);
			if (r.end == PLAN_STUCK)
				assert_recovers(&w, op, n, op->name);
			else
				assert_true_end(&w, op, n, &r, op->name);
			world_close(&w);
		}
}

static void
a_broken_undo_is_stuck_and_the_next_run_finishes(void **state)
{
	for_all(break_undo);
}

/* What guests do. */
static const struct {
	const char *name;
	struct fake_guest guest;
} guests[] = {
	{ "silent", { .plug = FAKE_SILENT, .unplug = FAKE_SILENT } },
	{ "refusing", { .unplug = FAKE_REFUSES } },
	{ "objecting", { .unplug = FAKE_OBJECTS } },
	{ "slow", { .plug_ms = 3000, .unplug_ms = 3000 } },
	{ "its agent silent", { .agent_is_silent = true } },
};

static void
meet_guests(
    const struct machine *m, const struct operation *op, const struct normal *n)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(guests); i++) {
		_free_ char *what = xasprintf(
		    "%s on %s, guest %s", op->name, m->name, guests[i].name);
		struct fake_guest guest = guests[i].guest;
		struct run_result r;
		struct plan *plan;
		struct world w;

		begin(&w, m, op);
		plan = world_fit(&w, &op->request);
		guest.has_no_agent = !m->agent;
		fake_set_guest(w.fake, &guest);
		r = world_run(&w, plan);
		/* A silent guest does not give back what is undone either, and
		 * one that refuses gives back a part of it: none. */
		if ((r.end == PLAN_STUCK || r.end == PLAN_PARTIAL) &&
		    guest.unplug != FAKE_PROMPT)
			assert_recovers(&w, op, n, what);
		else
			assert_true_end(&w, op, n, &r, what);
		world_close(&w);
	}
}

static void
every_end_is_true_whatever_the_guest_does(void **state)
{
	for_all(meet_guests);
}

/* What QEMU says of a removal, and what that makes of it. */
static const struct {
	const char *text;
	enum plan_end end;
} refusals[] = {
	{ "Hot-unplug failed: guest is busy (power indicator blinking)",
	    PLAN_DONE },
	{ "Device d1 is already in the process of unplug", PLAN_DONE },
	{ "Bus 'pcie.0' does not support hotplugging", PLAN_FAILED },
};

static void
refuse_removal(
    const struct machine *m, const struct operation *op, const struct normal *n)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(refusals) && op->request.remove_id; i++) {
		struct fake_fault fault = {
			.command = "device_del",
			.occurrence = 1,
			.text = refusals[i].text,
		};
		struct run_result r;
		struct plan *plan;
		struct world w;

		begin(&w, m, op);
		plan = world_fit(&w, &op->request);
		fake_fault(w.fake, &fault);
		r = world_run(&w, plan);
		assert_true_end(&w, op, n, &r, op->name);
		assert_int_equal(r.end, refusals[i].end);
		world_close(&w);
	}
}

static void
a_removal_is_asked_for_again_while_the_guest_is_busy(void **state)
{
	for_all(refuse_removal);
}

static int
set_up(void **state)
{
	ops_n = operations_make(ops);
	return 0;
}

static int
tear_down(void **state)
{
	print_message("%lu runs of %zu operations\n", runs, ops_n);
	operations_free(ops, ops_n);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    every_end_is_true_after_a_fault_at_any_command),
		cmocka_unit_test(
		    a_broken_undo_is_stuck_and_the_next_run_finishes),
		cmocka_unit_test(every_end_is_true_whatever_the_guest_does),
		cmocka_unit_test(
		    a_removal_is_asked_for_again_while_the_guest_is_busy),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
