/* From a recorded VM and a request to a plan: what goes, what comes, in which
 * order, and when there is nothing to do. */
#include "fitting.h"
#include "run.h"
#include "scratch.h"

/* A VirtualMachine document: this size, and a disk when there is an id. */
static struct spec
machine(int vcpus, uint64_t memory, struct spec_device *disk)
{
	return (struct spec){
		.kind = SPEC_VM,
		.has_cpu = true,
		.has_memory = true,
		.millicpu = (uint64_t)vcpus * 1000,
		.memory = memory,
		.devices = disk,
		.devices_n = disk ? 1 : 0,
	};
}

static struct spec_device
disk(char *id, json_t *params)
{
	static char type[] = "blk", where[] = "vm.yaml:4:5: spec.devices[0]";

	return (struct spec_device){ id, type, params, where };
}

static json_t *
image_params(void)
{
	return json_pack("{s:s}", "image", fitting_image);
}

/* Memory pays for what comes after it, and devices need vCPUs to be served. */
static void
grows_memory_then_vcpus_then_devices(void **state)
{
	json_auto_t *params = image_params();
	char id[] = "data";
	struct spec_device device = disk(id, params);
	struct spec spec = machine(2, 384 * MIB, &device);
	struct request request = { .spec = &spec };
	struct fitting f;

	fitting_read(&f, "7.2/q35-boot");
	assert_ok(fitting_fit(&f, &request), &f.e);
	expect_rehearsal(&f,
	    "memory qmpd-dimm-0: backend\n"
	    "  object-add {'id': 'qmpd-mem-0', 'qom-type':"
	    " 'memory-backend-ram', 'size': 134217728}\n"
	    "memory qmpd-dimm-0: device\n"
	    "  device_add {'driver': 'pc-dimm', 'id': 'qmpd-dimm-0', 'memdev':"
	    " 'qmpd-mem-0'}\n"
	    "memory qmpd-dimm-0: guest\n"
	    "  waits for the guest to show its memory blocks\n"
	    "memory qmpd-dimm-0: online\n"
	    "  waits for the guest to have its memory online; if it does "
	    "not by itself, it is asked to (guest-set-memory-blocks)\n"
	    "vCPU qmpd-vcpu-1: device\n"
	    "  device_add {'core-id': 0, 'driver': 'max-x86_64-cpu', 'id':"
	    " 'qmpd-vcpu-1', 'node-id': 0, 'socket-id': 1, 'thread-id': 0}\n"
	    "vCPU qmpd-vcpu-1: guest\n"
	    "  waits for the guest to show the vCPU\n"
	    "vCPU qmpd-vcpu-1: online\n"
	    "  agent: guest-set-vcpus {'vcpus': [{'logical-id': 1, 'online':"
	    " true}]}\n"
	    "  waits for the guest to have it online\n"
	    "disk data: protocol node\n"
	    "  blockdev-add {'driver': 'file', 'filename': 'disk.img',"
	    " 'node-name': 'qmpd.f.data', 'read-only': false}\n"
	    "disk data: format node\n"
	    "  blockdev-add {'driver': 'raw', 'file': 'qmpd.f.data',"
	    " 'node-name': 'qmpd.d.data', 'read-only': false}\n"
	    "disk data: device\n"
	    "  device_add {'addr': '1', 'bus': 'pci-bridge-0', 'drive':"
	    " 'qmpd.d.data', 'driver': 'virtio-blk-pci', 'id': 'data',"
	    " 'num-queues': 4}\n"
	    "disk data: guest\n"
	    "  waits for the guest to show it\n");
	assert_int_equal(f.fitted.desired.vcpus, 2);
	assert_int_equal(f.fitted.desired.memory, 384 * MIB);
	fitting_free(&f);
}

static void
shrinks_devices_then_vcpus_then_memory(void **state)
{
	struct spec spec = machine(1, 256 * MIB, NULL);
	struct request request = { .spec = &spec };
	struct fitting f;

	fitting_read(&f, "10.0/q35");
	give_kvm(&f);
	assert_ok(fitting_fit(&f, &request), &f.e);
	expect_rehearsal(&f,
	    "disk data: begin (remove)\n"
	    "  object-add {'id': 'qmpd.x.data', 'qom-type': "
	    "'throttle-group'}\n"
	    "disk data: device (remove)\n"
	    "  device_del {'id': 'data'}\n"
	    "  waits for the guest to give it up\n"
	    "disk data: format node (remove)\n"
	    "  blockdev-del {'node-name': 'qmpd.d.data'}\n"
	    "disk data: protocol node (remove)\n"
	    "  blockdev-del {'node-name': 'qmpd.f.data'}\n"
	    "disk data: end (remove)\n"
	    "  object-del {'id': 'qmpd.x.data'}\n"
	    "vCPU qmpd-vcpu-1: device (remove)\n"
	    "  device_del {'id': 'qmpd-vcpu-1'}\n"
	    "  waits for the guest to give it up\n"
	    "memory qmpd-dimm-0: device (remove)\n"
	    "  device_del {'id': 'qmpd-dimm-0'}\n"
	    "  waits for the guest to give it up\n"
	    "memory qmpd-dimm-0: backend (remove)\n"
	    "  object-del {'id': 'qmpd-mem-0'}\n");
	fitting_free(&f);
}

/* What was recorded is what the same request would make: nothing to do. */
static void
a_second_fit_is_empty(void **state)
{
	static const char *const recordings[] = { "7.2/q35", "7.2/pc",
		"10.0/q35", "10.0/pc", "11.1/q35", "11.1/pc",
		"11.1/q35-modules" };
	json_auto_t *params = image_params();
	char id[] = "data";
	struct spec_device device = disk(id, params);
	struct spec spec = machine(2, 384 * MIB, &device);
	struct request request = { .spec = &spec };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(recordings); i++) {
		struct fitting f;

		fitting_read(&f, recordings[i]);
		give_image(&f, fitting_image);
		assert_ok(fitting_fit(&f, &request), &f.e);
		expect_steps(&f, "");
		assert_true(plan_is_empty(f.plan));
		fitting_free(&f);
	}
}

static void
members_that_are_zero_change_nothing(void **state)
{
	struct request nothing = { .spec = NULL };
	struct fitting f;

	fitting_read(&f, "7.2/q35");
	assert_ok(fitting_fit(&f, &nothing), &f.e);
	assert_true(plan_is_empty(f.plan));
	assert_int_equal(f.fitted.desired.vcpus, 2);
	assert_int_equal(f.fitted.desired.memory, 384 * MIB);
	fitting_free(&f);
}

/* Grown and shrunk at once: all that goes comes first. */
static void
shrinks_before_it_grows(void **state)
{
	struct fitting f;

	fitting_read(&f, "10.0/q35");
	give_kvm(&f);
	assert_ok(fitting_resize(&f, 3, 256 * MIB), &f.e);
	expect_steps(&f,
	    "memory qmpd-dimm-0: device (remove)\n"
	    "memory qmpd-dimm-0: backend (remove)\n"
	    "vCPU qmpd-vcpu-2: device\n"
	    "vCPU qmpd-vcpu-2: guest\n"
	    "vCPU qmpd-vcpu-2: online\n");
	assert_ok(fitting_resize(&f, 1, 512 * MIB), &f.e);
	expect_steps(&f,
	    "vCPU qmpd-vcpu-1: device (remove)\n"
	    "memory qmpd-dimm-1: backend\n"
	    "memory qmpd-dimm-1: device\n"
	    "memory qmpd-dimm-1: guest\n"
	    "memory qmpd-dimm-1: online\n");
	fitting_free(&f);
}

static void
above_a_maximum_is_refused(void **state)
{
	struct fitting f;

	fitting_read(&f, "7.2/q35-boot");
	expect_refused(&f, fitting_resize(&f, 5, 0),
	    "vCPUs: 5 wanted, this VM's maximum is 4 (default_maxvcpus)");
	expect_refused(&f, fitting_resize(&f, 0, 5 * GIB),
	    "memory: the request needs 5Gi, the VM's maximum is 4Gi"
	    " (default_maxmemory)");
	fitting_free(&f);
}

/* Where QEMU does not tell its maximum (before 7.1), the template's holds. */
static void
the_templates_maximum_stands_in(void **state)
{
	struct request request = { .resize = { 0, GIB },
		.max_memory = 512 * MIB };
	struct fitting f;

	fitting_read(&f, "5.2/pc");
	expect_refused(&f, fitting_fit(&f, &request),
	    "memory: the request needs 1Gi, the VM's maximum is 512Mi"
	    " (default_maxmemory)");
	request.resize.memory = 512 * MIB;
	assert_ok(fitting_fit(&f, &request), &f.e);
	fitting_free(&f);
}

/* fit.h: nothing is appended on error, whichever part it comes from. */
static void
a_refused_request_leaves_the_plan_alone(void **state)
{
	struct spec spec = machine(1, GIB, NULL);
	struct request request = { .spec = &spec };
	struct fitting f;

	fitting_read(&f, "10.0/q35");
	give_slots(&f, 1);
	expect_refused(&f, fitting_fit(&f, &request),
	    "memory: 640Mi more needs more than the 0 free DIMM slots"
	    " (memory_slots in the template)");
	assert_int_equal(plan_length(f.plan), 0);
	fitting_free(&f);
}

/* A pod's limit holds for the pod: the guest's own use comes on top. */
static void
a_pod_gets_its_guests_share_too(void **state)
{
	struct spec spec = { .kind = SPEC_POD,
		.has_memory = true,
		.memory = 256 * MIB,
		.has_cpu = true,
		.millicpu = 1500 };
	struct request request = { .spec = &spec, .guest_use = 60 * MIB };
	struct fitting f;

	fitting_read(&f, "7.2/q35-boot");
	assert_ok(fitting_fit(&f, &request), &f.e);
	assert_int_equal(f.fitted.desired.vcpus, 2);
	assert_int_equal(f.fitted.desired.memory, 384 * MIB);
	assert_non_null(f.fitted.explain);
	fitting_free(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows_memory_then_vcpus_then_devices),
		cmocka_unit_test(shrinks_devices_then_vcpus_then_memory),
		cmocka_unit_test(a_second_fit_is_empty),
		cmocka_unit_test(members_that_are_zero_change_nothing),
		cmocka_unit_test(shrinks_before_it_grows),
		cmocka_unit_test(above_a_maximum_is_refused),
		cmocka_unit_test(the_templates_maximum_stands_in),
		cmocka_unit_test(a_refused_request_leaves_the_plan_alone),
		cmocka_unit_test(a_pod_gets_its_guests_share_too),
	};

	return cmocka_run_group_tests(tests, fitting_setup, scratch_teardown);
}
