/* What the ends of plans are, where it matters most: a guest that ignores a
 * vCPU, and a removal that is refused. */

#include "world.h"

static struct run_result
apply_to(struct world *w, const struct fake_options *options,
    const struct fake_guest *guest, const struct request *request)
{
	world_open(w, options, !guest->has_no_agent);
	fake_set_guest(w->fake, guest);
	return world_apply(w, request);
}

static void
a_vcpu_that_the_guest_ignores_is_undone(void **state)
{
	struct fake_options options = { .major = 10, .is_kvm = true };
	struct fake_guest guest = { .ignores_vcpus = true };
	struct request request = { .resize = { .vcpus = 2 } };
	struct world w;
	struct run_result r = apply_to(&w, &options, &guest, &request);

	assert_int_equal(r.end, PLAN_FAILED);
	assert_non_null(strstr(r.error, "accepted by QEMU, not by the guest"));
	world_assert_fitted(&w, &(struct request){ .resize = { .vcpus = 1 } });
	world_close(&w);
}

/* Under TCG QEMU 10.0 aborts when more vCPUs are added in its life than its
 * maximum: what was unplugged counts, and a retry is refused in time. */
static void
where_an_unplug_wears_the_maximum_is_for_life(void **state)
{
	struct fake_options options = { .major = 10, .max_vcpus = 2 };
	struct fake_guest guest = { .ignores_vcpus = true };
	struct request request = { .resize = { .vcpus = 2 } };
	struct plan *plan = plan_new();
	struct fitted fitted;
	struct world w;
	struct err e;
	struct run_result r = apply_to(&w, &options, &guest, &request);

	assert_int_equal(r.end, PLAN_FAILED);
	world_assert_fitted(&w, &(struct request){ .resize = { .vcpus = 1 } });
	assert_int_equal(fit(vm_actual(w.vm), &request, plan, &fitted, &e), -1);
	assert_non_null(strstr(e.text, "a new VM is needed"));
	plan_free(plan);
	world_close(&w);
}

static void
where_unplugging_kills_it_the_vcpu_stays_and_is_named(void **state)
{
	struct fake_options options = { .major = 7, .minor = 2 };
	struct fake_guest guest = { .ignores_vcpus = true };
	struct request request = { .resize = { .vcpus = 2 } };
	struct world w;
	struct run_result r = apply_to(&w, &options, &guest, &request);

	assert_int_equal(r.end, PLAN_STUCK);
	assert_non_null(strstr(r.error, "accepted by QEMU, not by the guest"));
	world_close(&w);
}

static void
a_refused_removal_has_failed_and_all_is_there(void **state)
{
	struct fake_options options = { .major = 10 };
	struct fake_guest guest = { .plug = FAKE_PROMPT };
	struct request grow = { .resize = { .memory = 512 * MIB } };
	struct request shrink = { .resize = { .memory = 256 * MIB } };
	struct world w;
	struct run_result r = apply_to(&w, &options, &guest, &grow);

	assert_int_equal(r.end, PLAN_DONE);
	guest.unplug = FAKE_REFUSES;
	fake_set_guest(w.fake, &guest);
	r = world_apply(&w, &shrink);
	assert_int_equal(r.end, PLAN_FAILED);
	assert_non_null(strstr(r.error, "busy"));
	world_assert_fitted(&w, &grow);
	world_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_vcpu_that_the_guest_ignores_is_undone),
		cmocka_unit_test(where_an_unplug_wears_the_maximum_is_for_life),
		cmocka_unit_test(
		    where_unplugging_kills_it_the_vcpu_stays_and_is_named),
		cmocka_unit_test(a_refused_removal_has_failed_and_all_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
