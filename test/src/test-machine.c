/* The table of machines: names, kernels, words for the kernel, and what is
 * asked of a QEMU. */
#include "host.h"
#include "machine.h"
#include "scratch.h"
#include <sys/stat.h>
#include <time.h>

static void
each_name_has_its_machine(void **state)
{
	static const struct {
		const char *type, *name; /* NULL: none of ours */
	} rows[] = {
		{ "q35", "q35" },
		{ "pc-q35-7.2", "q35" },
		{ "pc-q35-4.0.1", "q35" },
		{ "pc", "pc" },
		{ "pc-i440fx-10.0", "pc" },
		{ "virt", "virt" },
		{ "virt-7.2", "virt" },
		{ "pc-q35-", NULL },
		{ "virt-", NULL },
		{ "pc-lite", NULL },
		{ "microvm", NULL },
		{ "none", NULL },
		{ "q3", NULL },
		{ "q355", NULL },
		{ "", NULL },
		{ NULL, NULL },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct machine *m = machine_find(rows[i].type);

		if (rows[i].name) {
			assert_non_null(m);
			assert_string_equal(m->name, rows[i].name);
		} else {
			assert_null(m);
		}
	}
}

/* ACPI hotplug below a q35's bridges came with its version 6.1. */
static void
bridges_of_an_old_q35_take_nothing(void **state)
{
	assert_true(machine_bridges_hotplug("q35"));
	assert_true(machine_bridges_hotplug("pc-q35-6.1"));
	assert_true(machine_bridges_hotplug("pc-q35-10.0"));
	assert_false(machine_bridges_hotplug("pc-q35-6.0"));
	assert_false(machine_bridges_hotplug("pc-q35-2.4"));
	assert_true(machine_bridges_hotplug("pc-i440fx-2.0"));
	assert_true(machine_bridges_hotplug("virt-6.0"));
	assert_true(machine_bridges_hotplug("microvm"));
	assert_true(machine_bridges_hotplug(NULL));
}

static void
where_the_agent_tells_of_disks(void **state)
{
	assert_true(machine_disk_addresses("pc-q35-7.2"));
	assert_true(machine_disk_addresses("pc"));
	assert_false(machine_disk_addresses("virt-7.2"));
	assert_true(machine_disk_addresses("microvm"));
	assert_true(machine_disk_addresses(NULL));
}

static void
each_machine_knows_its_kernels(void **state)
{
	uint8_t head[MACHINE_HEAD] = { 0 };
	const struct machine *q35 = machine_find("q35");
	const struct machine *virt = machine_find("virt");

	assert_false(q35->is_kernel(head, sizeof(head)));
	assert_false(virt->is_kernel(head, sizeof(head)));
	memcpy(head + 0x202, "HdrS", 4);
	assert_true(q35->is_kernel(head, sizeof(head)));
	assert_false(q35->is_kernel(head, sizeof(head) - 1));
	assert_false(virt->is_kernel(head, sizeof(head)));
	memcpy(head + 0x38, "ARM\x64", 4);
	assert_true(virt->is_kernel(head, sizeof(head)));
	assert_true(virt->is_kernel(head, 0x3c));
	assert_false(virt->is_kernel(head, 0x3b));
	memset(head, 0, sizeof(head));
	memcpy(head, "\x1f\x8b\x08", 3);
	assert_true(virt->is_kernel(head, 3));
	assert_false(q35->is_kernel(head, sizeof(head)));
	memcpy(head, "MZ\0\0zimg", 8);
	assert_true(virt->is_kernel(head, 8));
	assert_false(virt->is_kernel(head, 7));
}

static void
kernel_words_are_ours_and_then_its_own(void **state)
{
	static const struct {
		const char *machine;
		enum machine_words words;
		const char *own, *wanted;
	} rows[] = {
		{ "q35", MACHINE_QUIET, NULL, "console=ttyS0 quiet" },
		{ "q35", MACHINE_QUIET, "", "console=ttyS0 quiet" },
		{ "pc", MACHINE_QUIET, "root=/dev/vda",
		    "console=ttyS0 quiet root=/dev/vda" },
		{ "q35", MACHINE_QUIET, "console=ttyS0 quiet",
		    "console=ttyS0 quiet" },
		{ "q35", MACHINE_QUIET, "console=hvc0", "quiet console=hvc0" },
		{ "q35", MACHINE_QUIET, "quieter x=quiet",
		    "console=ttyS0 quiet quieter x=quiet" },
		{ "q35", MACHINE_QUIET_SYSTEMD, "systemd.show_status=true",
		    "console=ttyS0 quiet systemd.show_status=true" },
		{ "q35", MACHINE_DEBUG, "initcall_debug",
		    "console=ttyS0 debug earlyprintk=ttyS0,115200 "
		    "initcall_debug" },
		{ "virt", MACHINE_DEBUG, NULL,
		    "console=ttyAMA0 debug initcall_debug earlycon" },
		{ "virt", MACHINE_DEBUG_SYSTEMD, NULL,
		    "console=ttyAMA0 debug earlycon systemd.show_status=true "
		    "systemd.log_level=debug systemd.log_target=console" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		_free_ char *got = machine_kernel_params(
		    machine_find(rows[i].machine), rows[i].words, rows[i].own);

		assert_string_equal(got, rows[i].wanted);
	}
}

/* ---- asking ---- */

static char *
fake_qemu(const char *name, const char *script)
{
	_free_ char *text = xasprintf("#!/bin/sh\n%s\n", script);
	char *path = xstrdup(scratch_file(name, text));

	assert_int_equal(chmod(path, 0700), 0);
	return path;
}

#define SAYS                                                   \
	"[ \"$1 $2\" = '-machine help' ] || exit 1\n"          \
	"echo 'Supported machines are:'\n"                     \
	"echo 'microvm              microvm (i386)'\n"         \
	"echo 'pc                   alias of pc-i440fx-7.2'\n" \
	"echo 'pc-i440fx-7.2        Standard PC'\n"            \
	"echo 'q35                  alias of pc-q35-7.2'\n"    \
	"echo 'pc-q35-7.2           Standard PC'\n"            \
	"echo 'none                 empty machine'"

static void
a_qemu_is_asked_what_it_has(void **state)
{
	_free_ char *qemu = fake_qemu("asked", SAYS);
	struct err e = { "" };

	assert_ok(machine_check("q35", qemu, &e), &e);
	assert_ok(machine_check("pc-q35-7.2", qemu, &e), &e);
	assert_int_equal(machine_check("pc-lite", qemu, &e), -1);
	assert_string_equal(e.text,
	    "unrecognised machine type: pc-lite; this QEMU has: pc, "
	    "q35, pc-i440fx-7.2, pc-q35-7.2");
	assert_int_equal(machine_check("pc-q35-99.0", qemu, &e), -1);
	assert_non_null(strstr(e.text,
	    "type: pc-q35-99.0; this QEMU has: pc, q35, pc-q35-7.2, "
	    "pc-i440fx-7.2"));
	/* It has it, and we do not know it. */
	assert_int_equal(machine_check("microvm", qemu, &e), -1);
	assert_non_null(strstr(e.text, "type: microvm; this QEMU has: pc,"));
}

/* Who does not answer, or not well, or says too much, or never ends: the
 * table's own names, and a good pattern passes. */
static void
a_qemu_that_cannot_be_asked(void **state)
{
	static const char *const scripts[] = { "", "exit 3", "echo q35; exit 1",
		"cat /dev/zero", "exec >&-; exec sleep 60", "sleep 60" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(scripts); i++) {
		_free_ char *qemu = fake_qemu("mute", scripts[i]);
		time_t began = time(NULL);
		struct err e = { "" };

		assert_int_equal(machine_check("pc-lite", qemu, &e), -1);
		assert_string_equal(e.text,
		    "unrecognised machine type: pc-lite; known are: q35, "
		    "pc-q35-VERSION, pc, pc-i440fx-VERSION, virt, "
		    "virt-VERSION");
		assert_true(time(NULL) - began < 30);
		if (i > 2)
			continue;
		assert_ok(machine_check("virt-7.2", qemu, &e), &e);
		assert_int_equal(machine_check("pc-q35-7.2,x=y", qemu, &e), -1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_name_has_its_machine),
		cmocka_unit_test(bridges_of_an_old_q35_take_nothing),
		cmocka_unit_test(where_the_agent_tells_of_disks),
		cmocka_unit_test(each_machine_knows_its_kernels),
		cmocka_unit_test(kernel_words_are_ours_and_then_its_own),
		cmocka_unit_test(a_qemu_is_asked_what_it_has),
		cmocka_unit_test(a_qemu_that_cannot_be_asked),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
