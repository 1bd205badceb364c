/*
 * Guests that give and take memory in their own way: what is claimed of them,
 * with its figures, and what they are asked for afterwards.
 */

#include "actual.h"
#include "world.h"

static const struct fake_options ten = { .major = 10, .has_balloon = true };
static const struct fake_options seven = { .major = 7, .minor = 2 };

static struct request
memory(unsigned mib)
{
	return (struct request){
		.resize = { 0, mib * MIB },
		.virtio_mem = true,
	};
}

/* A world whose guest is as change makes it. */
static void
begin(struct world *w, const struct fake_options *options,
    void (*change)(struct fake_guest *guest))
{
	struct fake_guest guest;

	world_open(w, options, true);
	guest = fake_guest(w->fake);
	if (change)
		change(&guest);
	fake_set_guest(w->fake, &guest);
	world_wait(w, 500);
}

static void
change_guest(struct world *w, void (*change)(struct fake_guest *guest))
{
	struct fake_guest guest = fake_guest(w->fake);

	change(&guest);
	fake_set_guest(w->fake, &guest);
}

/* The plan's end, and the note or error of its last step. */
static enum plan_end
apply(struct world *w, struct request request, char **said)
{
	struct plan *plan = world_fit(w, &request);
	json_t *steps, *step;
	struct run_result r;
	size_t i;

	*said = NULL;
	r = world_run_kept(w, plan);
	steps = plan_steps_json(plan);
	json_array_foreach (steps, i, step) {
		const char *note =
		    json_string_value(json_object_get(step, "note"));

		free(*said);
		*said = xstrdup(note ? note : "");
	}
	if (*r.error) {
		free(*said);
		*said = xstrdup(r.error);
	}
	json_decref(steps);
	plan_free(plan);
	return r.end;
}

static void
expect_end(struct world *w, struct request request, enum plan_end end,
    const char *words)
{
	char *said;
	enum plan_end got = apply(w, request, &said);

	if (got != end || !said || !strstr(said, words))
		fail_msg("%s: %s", plan_end_name(got), said ? said : "");
	free(said);
}

/* What there is now. */
static const struct actual *
look(struct world *w)
{
	plan_free(world_fit(w, &(struct request){ .resize = { 0 } }));
	return vm_actual(w->vm);
}

/* What QEMU was asked for last, and what it came to: MiB. */
static void
expect_figures(struct world *w, const char *id, unsigned asked, unsigned has)
{
	json_t *picture = fake_snapshot(w->fake);
	json_t *memory = json_object_get(
	    json_object_get(json_object_get(picture, "guest"), "memory"), id);

	assert_int_equal(
	    json_integer_value(json_array_get(memory, 0)), asked * MIB);
	assert_int_equal(
	    json_integer_value(json_array_get(memory, 1)), has * MIB);
	json_decref(picture);
}

/* ---- guests ---- */

static void
without_drivers(struct fake_guest *guest)
{
	guest->has_no_memory_drivers = true;
}

static void
keeping_200(struct fake_guest *guest)
{
	guest->keeps = 200 * MIB;
}

static void
giving_all(struct fake_guest *guest)
{
	guest->keeps = 0;
}

static void
leaving_it_offline(struct fake_guest *guest)
{
	guest->keeps_memory_offline = true;
}

static void
taking_its_time(struct fake_guest *guest)
{
	guest->plug_ms = 4000;
}

static void
silent(struct fake_guest *guest)
{
	guest->plug = guest->unplug = FAKE_SILENT;
}

/* ---- virtio-mem ---- */

static void
a_guest_without_the_driver_is_told_apart(void **state)
{
	static const char words[] =
	    "accepted by QEMU, not by the guest: it plugs nothing of the "
	    "256Mi that it was offered";
	struct world w;

	begin(&w, &ten, without_drivers);
	expect_end(&w, memory(512), PLAN_FAILED, words);
	assert_null(look(&w)->virtio_mem.id);
	world_close(&w);
	/* 7.2 cannot unplug the device, which holds nothing. */
	begin(&w, &seven, without_drivers);
	expect_end(&w, memory(512), PLAN_STUCK, words);
	expect_figures(&w, "qmpd-virtio-mem", 0, 0);
	expect_end(&w, memory(512), PLAN_FAILED, words);
	world_assert_fitted(
	    &w, &(struct request){ .resize = { 0, 256 * MIB } });
	world_close(&w);
}

/* It is not pressed: what it gave is what it is asked for then. */
static void
what_a_guest_keeps_is_partial_with_figures(void **state)
{
	struct world w;

	begin(&w, &seven, NULL);
	expect_end(&w, memory(768), PLAN_DONE, "512Mi plugged");
	change_guest(&w, keeping_200);
	expect_end(&w, memory(256), PLAN_PARTIAL,
	    "0 wanted, 512Mi before, 200Mi now: the guest does not give more");
	expect_figures(&w, "qmpd-virtio-mem", 200, 200);
	change_guest(&w, giving_all);
	expect_end(&w, memory(256), PLAN_DONE, "0 plugged");
	world_close(&w);
}

static void
offline_blocks_are_brought_online(void **state)
{
	struct request request = memory(640);
	struct world w;

	begin(&w, &seven, leaving_it_offline);
	expect_end(&w, request, PLAN_DONE, "384Mi plugged");
	world_assert_fitted(&w, &request);
	assert_int_equal(vm_actual(w.vm)->virtio_mem.blocks, 3);
	assert_int_equal(vm_actual(w.vm)->virtio_mem.blocks_offline, 0);
	world_close(&w);
}

/* 12 steps of 4 s are longer than any deadline. */
static void
a_guest_that_moves_is_waited_for(void **state)
{
	struct world w;

	begin(&w, &seven, taking_its_time);
	world_wait(&w, 5000);
	expect_end(&w, memory(1024), PLAN_DONE, "768Mi plugged");
	world_close(&w);
}

/* DIMMs that come later are not mistaken for it, nor it for them. */
static void
its_blocks_are_not_those_of_dimms(void **state)
{
	struct request dimms = { .resize = { 0, 512 * MIB } };
	struct request both = memory(896);
	uint64_t online = 0;
	struct world w;

	begin(&w, &seven, NULL);
	expect_end(&w, dimms, PLAN_DONE, "");
	expect_end(&w, both, PLAN_DONE, "384Mi plugged");
	world_assert_fitted(&w, &both);
	assert_int_equal(vm_actual(w.vm)->memory_plugged, 256 * MIB);
	assert_true(actual_memory_online(vm_actual(w.vm), &online));
	assert_int_equal(online, 896 * MIB);
	world_close(&w);
}

/* ---- the balloon ---- */

static void
a_balloon_that_stalls_is_given_in_to(void **state)
{
	struct request to_160 = { .resize = { 0, 160 * MIB } };
	struct request to_256 = { .resize = { 0, 256 * MIB } };
	struct world w;

	begin(&w, &ten, keeping_200);
	expect_end(&w, to_160, PLAN_PARTIAL,
	    "160Mi wanted, 256Mi before, 200Mi now: the guest gives up no "
	    "more");
	expect_figures(&w, "balloon0", 56, 56);
	expect_end(&w, to_256, PLAN_DONE, "256Mi left to the guest");
	expect_figures(&w, "balloon0", 0, 0);
	world_close(&w);
}

static void
a_balloon_without_its_driver_is_told_apart(void **state)
{
	struct request request = { .resize = { 0, 200 * MIB } };
	struct world w;

	begin(&w, &ten, without_drivers);
	expect_end(&w, request, PLAN_FAILED,
	    "accepted by QEMU, not by the guest: it gives up nothing");
	expect_figures(&w, "balloon0", 0, 0);
	world_close(&w);
}

/* Of 256Mi the fake's guest has 152 available, and 32 are its reserve. */
static void
no_more_is_asked_for_than_can_be_spared(void **state)
{
	struct request request = { .resize = { 0, 64 * MIB } };
	struct world w;

	begin(&w, &ten, NULL);
	expect_end(&w, request, PLAN_PARTIAL, "64Mi wanted, 256Mi before,");
	assert_in_range(actual_ballooned(look(&w)), 64 * MIB, 128 * MIB);
	world_close(&w);
}

/* ---- why a guest keeps a DIMM ---- */

static const struct {
	const char *event, *words;
} refusals[] = {
#define OST(status)                                                      \
	"{'event': 'ACPI_DEVICE_OST', 'data': {'info': {'device': "      \
	"'qmpd-dimm-0', 'slot': '0', 'slot-type': 'DIMM', 'source': 3, " \
	"'status': " status "}}}"
#define ERROR(name, more) \
	"{'event': '" name "', 'data': {'device': 'qmpd-dimm-0'" more "}}"
	{ OST("1"), "give it up: a failure that it does not explain" },
	{ OST("128"), "give it up: it does not support that" },
	{ OST("129"), "give it up: the device is in use" },
	{ OST("130"), "give it up: the device is busy" },
	{ OST("131"), "give it up: something depends on the device" },
	{ OST("999"), "give it up: a status that ACPI does not name" },
	{ ERROR("MEM_UNPLUG_ERROR", ", 'msg': 'it is pinned'"),
	    "give it up: it is pinned" },
	{ ERROR("DEVICE_UNPLUG_GUEST_ERROR", ", 'path': ''"),
	    "the guest refused to give it up" },
#undef OST
#undef ERROR
};

struct saying {
	struct fake *fake;
	const char *event;
};

static void
say(void *arg)
{
	const struct saying *saying = arg;
	_free_ char *text = xasprintf("%s\r\n", saying->event);
	char *p;

	for (p = text; *p; p++)
		if (*p == '\'')
			*p = '"';
	fake_say(saying->fake, FAKE_MONITOR, text);
}

static void
a_refusal_is_in_words(void **state)
{
	struct request grow = { .resize = { 0, 512 * MIB } };
	struct request shrink = { .resize = { 0, 256 * MIB } };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(refusals); i++) {
		struct saying saying = { .event = refusals[i].event };
		struct timer *timer;
		struct world w;

		begin(&w, &seven, NULL);
		expect_end(&w, grow, PLAN_DONE, "");
		change_guest(&w, silent);
		saying.fake = w.fake;
		timer = timer_new(w.clock, say, &saying);
		timer_start(timer, 1000 * 1000);
		expect_end(&w, shrink, PLAN_FAILED, refusals[i].words);
		timer_free(timer);
		world_close(&w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_guest_without_the_driver_is_told_apart),
		cmocka_unit_test(what_a_guest_keeps_is_partial_with_figures),
		cmocka_unit_test(offline_blocks_are_brought_online),
		cmocka_unit_test(a_guest_that_moves_is_waited_for),
		cmocka_unit_test(its_blocks_are_not_those_of_dimms),
		cmocka_unit_test(a_balloon_that_stalls_is_given_in_to),
		cmocka_unit_test(a_balloon_without_its_driver_is_told_apart),
		cmocka_unit_test(no_more_is_asked_for_than_can_be_spared),
		cmocka_unit_test(a_refusal_is_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
