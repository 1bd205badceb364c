# A QEMU for tests: its wire and what it holds, without QEMU.
check_LIBRARIES += libfakeqmp.a
libfakeqmp_a_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/qmp
libfakeqmp_a_SOURCES = \
	test/fakeqmp/agent-disk.c \
	test/fakeqmp/agent-file.c \
	test/fakeqmp/agent.c \
	test/fakeqmp/commands.c \
	test/fakeqmp/dispatch.c \
	test/fakeqmp/fakeqmp.c \
	test/fakeqmp/fakeqmp.h \
	test/fakeqmp/fault.c \
	test/fakeqmp/guest.c \
	test/fakeqmp/model-balloon.c \
	test/fakeqmp/model-block.c \
	test/fakeqmp/model-chardev.c \
	test/fakeqmp/model-cpu.c \
	test/fakeqmp/model-device.c \
	test/fakeqmp/model-driver.c \
	test/fakeqmp/model-item.c \
	test/fakeqmp/model-memory.c \
	test/fakeqmp/model-migrate.c \
	test/fakeqmp/model-net.c \
	test/fakeqmp/model-object.c \
	test/fakeqmp/model-pci.c \
	test/fakeqmp/model-qom.c \
	test/fakeqmp/model-ref.c \
	test/fakeqmp/model-sub.c \
	test/fakeqmp/model-words.c \
	test/fakeqmp/model-virtio-mem.c \
	test/fakeqmp/model.h \
	test/fakeqmp/peer.c \
	test/fakeqmp/peer.h \
	test/fakeqmp/schema.c \
	test/fakeqmp/side.c \
	test/fakeqmp/snapshot.c \
	$(NULL)

# And what shows that it behaves like one.
fakeqmp_tests = \
	test/fakeqmp/test-device \
	test/fakeqmp/test-fakeqmp \
	test/fakeqmp/test-fault \
	test/fakeqmp/test-guest \
	test/fakeqmp/test-hotplug \
	test/fakeqmp/test-model \
	test/fakeqmp/test-virtio-mem \
	test/fakeqmp/test-net \
	test/fakeqmp/test-object \
	$(NULL)
check_PROGRAMS += $(fakeqmp_tests)
TESTS += $(fakeqmp_tests)

fakeqmp_test_cppflags = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
fakeqmp_test_ldadd = libfakeqmp.a libqmp.a $(DEPS_LIBS) $(CMOCKA_LIBS)
fakeqmp_test_rig = test/fakeqmp/rig.c test/fakeqmp/rig.h

test_fakeqmp_test_fakeqmp_SOURCES = test/fakeqmp/test-fakeqmp.c $(fakeqmp_test_rig)
test_fakeqmp_test_fakeqmp_CPPFLAGS = $(fakeqmp_test_cppflags)
test_fakeqmp_test_fakeqmp_LDADD = $(fakeqmp_test_ldadd)

test_fakeqmp_test_fault_SOURCES = test/fakeqmp/test-fault.c $(fakeqmp_test_rig)
test_fakeqmp_test_fault_CPPFLAGS = $(fakeqmp_test_cppflags)
test_fakeqmp_test_fault_LDADD = $(fakeqmp_test_ldadd)

test_fakeqmp_test_guest_SOURCES = test/fakeqmp/test-guest.c $(fakeqmp_test_rig)
test_fakeqmp_test_guest_CPPFLAGS = $(fakeqmp_test_cppflags)
test_fakeqmp_test_guest_LDADD = $(fakeqmp_test_ldadd)

test_fakeqmp_test_hotplug_SOURCES = test/fakeqmp/test-hotplug.c $(fakeqmp_test_rig)
test_fakeqmp_test_hotplug_CPPFLAGS = $(fakeqmp_test_cppflags)
test_fakeqmp_test_hotplug_LDADD = $(fakeqmp_test_ldadd)

test_fakeqmp_test_model_SOURCES = test/fakeqmp/test-model.c $(fakeqmp_test_rig)
test_fakeqmp_test_model_CPPFLAGS = $(fakeqmp_test_cppflags)
test_fakeqmp_test_model_LDADD = $(fakeqmp_test_ldadd)

test_fakeqmp_test_device_SOURCES = test/fakeqmp/test-device.c $(fakeqmp_test_rig)
test_fakeqmp_test_device_CPPFLAGS = $(fakeqmp_test_cppflags)
test_fakeqmp_test_device_LDADD = $(fakeqmp_test_ldadd)

test_fakeqmp_test_net_SOURCES = test/fakeqmp/test-net.c $(fakeqmp_test_rig)
test_fakeqmp_test_net_CPPFLAGS = $(fakeqmp_test_cppflags)
test_fakeqmp_test_net_LDADD = $(fakeqmp_test_ldadd)

test_fakeqmp_test_object_SOURCES = test/fakeqmp/test-object.c $(fakeqmp_test_rig)
test_fakeqmp_test_object_CPPFLAGS = $(fakeqmp_test_cppflags)
test_fakeqmp_test_object_LDADD = $(fakeqmp_test_ldadd)

test_fakeqmp_test_virtio_mem_SOURCES = test/fakeqmp/test-virtio-mem.c $(fakeqmp_test_rig)
test_fakeqmp_test_virtio_mem_CPPFLAGS = $(fakeqmp_test_cppflags)
test_fakeqmp_test_virtio_mem_LDADD = $(fakeqmp_test_ldadd)
