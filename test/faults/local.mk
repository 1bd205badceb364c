# The engine on the fake QEMU: by itself, and the fault matrix, which walks
# every step table and breaks it everywhere.
fault_tests = test/faults/test-ends test/faults/test-faults \
	test/faults/test-memory \
	test/faults/test-run test/faults/test-vfio
check_PROGRAMS += $(fault_tests)
TESTS += $(fault_tests)
fault_cppflags = $(AM_CPPFLAGS) -I$(srcdir)/src -I$(srcdir)/test/fakeqmp \
	-I$(srcdir)/test/src \
	$(CMOCKA_CFLAGS)
fault_ldadd = libqmpd.a libfakeqmp.a libqmp.a $(DEPS_LIBS) $(CMOCKA_LIBS)

test_faults_test_faults_SOURCES = \
	test/faults/operations.c test/faults/operations.h \
	test/faults/tap.c \
	test/faults/test-faults.c \
	test/faults/world.c test/faults/world.h \
	test/src/fake-sysfs.c test/src/fake-sysfs.h
test_faults_test_faults_CPPFLAGS = $(fault_cppflags)
test_faults_test_faults_LDADD = $(fault_ldadd)

test_faults_test_ends_SOURCES = \
	test/faults/test-ends.c \
	test/faults/world.c test/faults/world.h
test_faults_test_ends_CPPFLAGS = $(fault_cppflags)
test_faults_test_ends_LDADD = $(fault_ldadd)

test_faults_test_run_SOURCES = \
	test/faults/test-run.c \
	test/faults/world.c test/faults/world.h
test_faults_test_run_CPPFLAGS = $(fault_cppflags)
test_faults_test_run_LDADD = $(fault_ldadd)

test_faults_test_vfio_SOURCES = \
	test/faults/test-vfio.c \
	test/faults/world.c test/faults/world.h \
	test/src/fake-sysfs.c test/src/fake-sysfs.h
test_faults_test_vfio_CPPFLAGS = $(fault_cppflags)
test_faults_test_vfio_LDADD = $(fault_ldadd)

test_faults_test_memory_SOURCES = \
	test/faults/test-memory.c \
	test/faults/world.c test/faults/world.h
test_faults_test_memory_CPPFLAGS = $(fault_cppflags)
test_faults_test_memory_LDADD = $(fault_ldadd)
