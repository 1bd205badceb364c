# Tests on real QEMU: QEMU=PATH and QEMU_TESTS='NAME...' choose.
dist_check_SCRIPTS += test/qemu/run test/qemu/vfio-inside
EXTRA_DIST += \
	test/qemu/ask.py \
	test/qemu/attach.sh \
	test/qemu/clone.sh \
	test/qemu/device.sh \
	test/qemu/die.sh \
	test/qemu/disk.sh \
	test/qemu/fault.sh \
	test/qemu/fit.sh \
	test/qemu/memory.sh \
	test/qemu/functions.sh \
	test/qemu/input.sh \
	test/qemu/machine.sh \
	test/qemu/net.sh \
	test/qemu/scsi.sh \
	test/qemu/template.sh \
	test/qemu/vfio.sh \
	test/qemu/vhost-backend.py \
	test/qemu/vhost-user.sh \
	$(NULL)

check-qemu: qmpctl$(EXEEXT) test/qemu/test-die$(EXEEXT)
	$(srcdir)/test/qemu/run --qmpctl ./qmpctl $${QEMU:+--qemu "$$QEMU"} \
		$(QEMU_TESTS)

.PHONY: check-qemu

# Kills a real QEMU after every step; die.sh runs it.
check_PROGRAMS += test/qemu/test-die
test_qemu_test_die_SOURCES = test/qemu/test-die.c
test_qemu_test_die_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/src
test_qemu_test_die_LDADD = libqmpd.a libqmp.a $(DEPS_LIBS)
