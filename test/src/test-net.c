/* NICs: their parameters, and what is planned for them. The taps are those of
 * test/faults/tap.c. */
#include "device.h"
#include "fitting.h"
#include "host.h"
#include "netns.h"
#include "scratch.h"

/* ---- parameters ---- */

static struct device *
nic(const char *json, struct err *e)
{
	json_auto_t *params = json_of(json);

	return device_new("net", "eth", params, NULL, e);
}

static void
good_parameters_are_taken(void **state)
{
	static const char *const rows[] = {
		"{'tap': 'tap0'}",
		"{'tap': 'tap0', 'netns': 'pod', 'queues': '4', 'mtu': 1450}",
		"{'tap': 'tap0', 'netns': '/proc/1/ns/net', 'vhost': 'on'}",
		"{'tap': 'tap0', 'mac': '52:54:00:AB:cd:ef'}",
		"{'fds': '3', 'mac': '52:54:00:00:00:01'}",
		"{'fds': '3:17', 'queues': 2, 'mac': '52:54:00:00:00:01'}",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err e = { "" };
		struct device *d = nic(rows[i], &e);

		assert_string_equal(e.text, "");
		assert_non_null(d);
		device_free(d);
	}
}

static void
each_wrong_parameter_has_its_sentence(void **state)
{
	static const struct {
		const char *json, *sentence;
	} rows[] = {
		{ "{}", "one of tap and fds is wanted" },
		{ "{'tap': 'a', 'fds': '3'}",
		    "one of tap and fds is wanted, not both" },
		{ "{'tap': 'a', 'netns': 'b/c'}",
		    "netns: a name as of \"ip netns\" or an absolute path such "
		    "as /proc/PID/ns/net is wanted" },
		{ "{'tap': 'a', 'queues': 0}",
		    "queues: must be between 1 and 256, not 0" },
		{ "{'tap': 'a', 'mtu': 65536}",
		    "mtu: must be between 68 and 65535, not 65536" },
		{ "{'tap': 'a', 'vhost': 'yes'}",
		    "vhost: \"yes\" is none of: auto, on, off" },
		{ "{'tap': 'a', 'mac': '52:54:00:12:34'}",
		    "mac: six bytes such as 52:54:00:12:34:56 are wanted" },
		{ "{'tap': 'a', 'mac': '52:54:00:12:34:56:78'}",
		    "mac: six bytes such as 52:54:00:12:34:56 are wanted" },
		{ "{'tap': 'a', 'mac': '52-54-00-12-34-56'}",
		    "mac: six bytes such as 52:54:00:12:34:56 are wanted" },
		{ "{'tap': 'a', 'mac': '53:54:00:12:34:56'}",
		    "mac: 53:54:00:12:34:56 is not the address of one NIC: the "
		    "first byte is even, and not all are 0" },
		{ "{'tap': 'a', 'mac': '00:00:00:00:00:00'}",
		    "mac: 00:00:00:00:00:00 is not the address of one NIC: the "
		    "first byte is even, and not all are 0" },
		{ "{'fds': '3'}", "mac: it must be given with fds" },
		{ "{'fds': '3', 'netns': 'pod'}",
		    "netns: it only goes with tap, not with fds" },
		{ "{'fds': '3:4', 'queues': 3}",
		    "queues: 3, but fds are 2: a descriptor for each queue is "
		    "wanted" },
		{ "{'fds': '3:'}",
		    "fds: numbers of inherited descriptors are wanted, such as "
		    "3 or 3:4" },
		{ "{'fds': '-1'}",
		    "fds: numbers of inherited descriptors are wanted, such as "
		    "3 or 3:4" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err e = { "" };
		_free_ char *text = xasprintf("NIC eth: %s", rows[i].sentence);

		assert_null(nic(rows[i].json, &e));
		assert_string_equal(e.text, text);
	}
}

/* ---- plans ---- */

static int
add_nic(struct fitting *f, const char *json)
{
	json_auto_t *params = json_of(json);
	struct request request = {
		.add_type = "net", .add_id = "eth", .add_params = params
	};

	return fitting_fit(f, &request);
}

static void
one_queue_is_a_descriptor(void **state)
{
	struct fitting f;

	fitting_read(&f, "7.2/q35-boot");
	assert_ok(add_nic(&f, "{'tap': 'tap0', 'netns': 'pod'}"), &f.e);
	expect_rehearsal(&f,
	    "NIC eth: mark\n"
	    "  object-add {'id': 'qmpd.t.eth.tap0.pod.1.off', 'qom-type':"
	    " 'throttle-group'}\n"
	    "NIC eth: descriptors\n"
	    "  getfd {'fdname': 'qmpd.t.eth.0'}\n"
	    "NIC eth: netdev\n"
	    "  netdev_add {'fd': 'qmpd.t.eth.0', 'id': 'qmpd.n.eth', 'type':"
	    " 'tap', 'vhost': false}\n"
	    "NIC eth: device\n"
	    "  device_add {'addr': '1', 'bus': 'pci-bridge-0', 'driver':"
	    " 'virtio-net-pci', 'host_mtu': 1450, 'id': 'eth', 'mac':"
	    " '02:00:00:00:00:01', 'netdev': 'qmpd.n.eth', 'romfile': ''}\n"
	    "NIC eth: guest\n"
	    "  waits for the guest to show it\n");
	fitting_free(&f);
}

static void
queues_have_one_each_and_interrupts(void **state)
{
	struct fitting f;

	fitting_read(&f, "7.2/q35-boot");
	replies_disable(&f.r, "guest-network-get-interfaces");
	assert_ok(add_nic(&f,
		      "{'tap': 'macvtap0', 'queues': 2, 'mtu': 1400, 'vhost': "
		      "'off'}"),
	    &f.e);
	expect_rehearsal(&f,
	    "NIC eth: mark\n"
	    "  object-add {'id': 'qmpd.t.eth.macvtap0..2.off', 'qom-type':"
	    " 'throttle-group'}\n"
	    "NIC eth: descriptors\n"
	    "  getfd {'fdname': 'qmpd.t.eth.0'}\n"
	    "  getfd {'fdname': 'qmpd.t.eth.1'}\n"
	    "NIC eth: netdev\n"
	    "  netdev_add {'fds': 'qmpd.t.eth.0:qmpd.t.eth.1', 'id':"
	    " 'qmpd.n.eth', 'type': 'tap', 'vhost': false}\n"
	    "NIC eth: device\n"
	    "  device_add {'addr': '1', 'bus': 'pci-bridge-0', 'driver':"
	    " 'virtio-net-pci', 'host_mtu': 1400, 'id': 'eth', 'mac':"
	    " '52:54:00:ab:cd:ef', 'mq': true, 'netdev': 'qmpd.n.eth',"
	    " 'romfile': '', 'vectors': 6}\n"
	    "NIC eth: guest\n"
	    "  waits for the guest to set it up\n");
	fitting_free(&f);
}

/* Where it is there, it is used unless somebody says no. */
static void
vhost_is_opened_here(void **state)
{
	struct fitting f;

	scratch_file("vhost-net", "");
	fitting_read(&f, "7.2/q35-boot");
	expect_refused(&f, add_nic(&f, "{'tap': 'tap0', 'vhost': 'on'}"),
	    "NIC eth: vhost on: QEMU 7.2 does not bear it without KVM: off is "
	    "wanted, or QEMU 10.0");
	give_kvm(&f);
	assert_ok(add_nic(&f, "{'tap': 'wide0', 'queues': 2}"), &f.e);
	expect_rehearsal(&f,
	    "NIC eth: mark\n"
	    "  object-add {'id': 'qmpd.t.eth.wide0..2.on', 'qom-type':"
	    " 'throttle-group'}\n"
	    "NIC eth: descriptors\n"
	    "  getfd {'fdname': 'qmpd.t.eth.0'}\n"
	    "  getfd {'fdname': 'qmpd.t.eth.1'}\n"
	    "  getfd {'fdname': 'qmpd.t.eth.2'}\n"
	    "  getfd {'fdname': 'qmpd.t.eth.3'}\n"
	    "NIC eth: netdev\n"
	    "  netdev_add {'fds': 'qmpd.t.eth.0:qmpd.t.eth.1', 'id':"
	    " 'qmpd.n.eth', 'type': 'tap', 'vhost': true, 'vhostfds':"
	    " 'qmpd.t.eth.2:qmpd.t.eth.3'}\n"
	    "NIC eth: device\n"
	    "  device_add {'addr': '1', 'bus': 'pci-bridge-0', 'driver':"
	    " 'virtio-net-pci', 'host_mtu': 1500, 'id': 'eth', 'mac':"
	    " '02:00:00:00:00:02', 'mq': true, 'netdev': 'qmpd.n.eth',"
	    " 'romfile': '', 'vectors': 6}\n"
	    "NIC eth: guest\n"
	    "  waits for the guest to show it\n");
	unlink(scratch_path("vhost-net"));
	fitting_free(&f);
}

static void
what_the_host_has_not_is_refused(void **state)
{
	static const struct {
		const char *json, *sentence;
	} rows[] = {
		{ "{'tap': 'none0'}",
		    "NIC eth: tap none0: there is no such interface" },
		{ "{'tap': 'busy0'}",
		    "NIC eth: tap busy0: it is in use by another process" },
		{ "{'tap': 'tap0', 'queues': 2}",
		    "NIC eth: tap tap0: it has one queue and 2 are wanted: it "
		    "must be made with multi_queue" },
		{ "{'tap': 'tap0', 'mtu': 1500}",
		    "NIC eth: tap tap0: mtu 1500 is wanted, and its own is "
		    "1450" },
		{ "{'tap': 'tap0', 'vhost': 'on'}",
		    "NIC eth: vhost on: vhost-net (the kernel module vhost_net "
		    "makes it): No such file or directory" },
		{ "{'fds': '9999', 'mac': '52:54:00:00:00:01'}",
		    "NIC eth: fds: descriptor 9999 is not open" },
	};
	struct fitting f;
	size_t i;

	fitting_read(&f, "7.2/q35-boot");
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		expect_refused(&f, add_nic(&f, rows[i].json), rows[i].sentence);
	fitting_free(&f);
}

/* ---- what is there ---- */

/* An object of this name, and a netdev or none. */
static void
give_parts(struct fitting *f, const char *mark, bool netdev)
{
	json_array_append_new(replies_value(&f->r, "qom-list-objects"),
	    json_pack(
		"{s:s, s:s}", "name", mark, "type", "child<throttle-group>"));
	if (netdev)
		replies_set(&f->r, "human-monitor-command",
		    "'qmpd.n.eth: index=0,type=tap,fd=20'");
}

/* QEMU still has the tap open: it is not busy, and is closed first. */
static void
what_a_crash_left_is_finished(void **state)
{
	struct fitting f;

	fitting_read(&f, "7.2/q35-boot");
	give_parts(&f, "qmpd.t.eth.busy0..1.off", false);
	assert_ok(add_nic(&f, "{'tap': 'busy0'}"), &f.e);
	expect_steps(&f,
	    "NIC eth: left descriptors\nNIC eth: descriptors\n"
	    "NIC eth: netdev\nNIC eth: device\nNIC eth: guest\n");
	give_parts(&f, "qmpd.t.eth.busy0..1.off", true);
	assert_ok(add_nic(&f, "{'tap': 'busy0'}"), &f.e);
	expect_steps(&f, "NIC eth: device\nNIC eth: guest\n");
	fitting_free(&f);
}

static void
another_tap_takes_a_removal_first(void **state)
{
	static const struct {
		const char *json, *sentence;
	} rows[] = {
		{ "{'tap': 'wide0'}", "tap tap0, not wide0" },
		{ "{'tap': 'tap0', 'netns': 'b'}", "netns of its own, not b" },
		{ "{'tap': 'tap0', 'queues': 2}", "queues 1, not 2" },
		{ "{'tap': 'tap0', 'vhost': 'on'}", "vhost off, not on" },
	};
	struct fitting f;
	size_t i;

	fitting_read(&f, "7.2/q35-boot");
	give_parts(&f, "qmpd.t.eth.tap0..1.off", true);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		_free_ char *sentence =
		    xasprintf("NIC eth: it is there with %s; remove it first",
			rows[i].sentence);

		expect_refused(&f, add_nic(&f, rows[i].json), sentence);
	}
	fitting_free(&f);
}

static void
two_cannot_have_one_tap(void **state)
{
	json_auto_t *params = json_of("{'tap': 'tap0', 'netns': 'pod'}");
	char id[][2] = { "a", "b" }, type[] = "net";
	struct spec_device devices[] = {
		{ .id = id[0], .type = type, .params = params },
		{ .id = id[1], .type = type, .params = params },
	};
	struct spec spec = {
		.kind = SPEC_VM, .devices = devices, .devices_n = 2
	};
	struct request request = { .spec = &spec };
	struct fitting f;

	fitting_read(&f, "7.2/q35-boot");
	expect_refused(&f, fitting_fit(&f, &request),
	    "NIC a: tap tap0: it is also that of b");
	fitting_free(&f);
}

/* A host with the devices that a test puts there. */
static int
setup(void **state)
{
	int rc = scratch_setup(state);

	host_devices = scratch();
	return rc;
}

static void
a_namespace_is_written_in_one_way(void **state)
{
	static const char *const rows[][2] = {
		{ "/run/netns/pod", "pod" },
		{ "pod", "pod" },
		{ "/run/netns/", "/run/netns/" },
		{ "/run/netns/a/b", "/run/netns/a/b" },
		{ "/proc/1/ns/net", "/proc/1/ns/net" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		_free_ char *text = xstrdup(rows[i][0]);

		netns_shorten(text);
		assert_string_equal(text, rows[i][1]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_namespace_is_written_in_one_way),
		cmocka_unit_test(good_parameters_are_taken),
		cmocka_unit_test(each_wrong_parameter_has_its_sentence),
		cmocka_unit_test(one_queue_is_a_descriptor),
		cmocka_unit_test(queues_have_one_each_and_interrupts),
		cmocka_unit_test(vhost_is_opened_here),
		cmocka_unit_test(what_the_host_has_not_is_refused),
		cmocka_unit_test(what_a_crash_left_is_finished),
		cmocka_unit_test(another_tap_takes_a_removal_first),
		cmocka_unit_test(two_cannot_have_one_tap),
	};

	return cmocka_run_group_tests(tests, setup, scratch_teardown);
}
