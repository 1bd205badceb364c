# The fault matrix: every step table, broken everywhere, on the fake QEMU.
check_PROGRAMS += test/faults/test-faults
TESTS += test/faults/test-faults
test_faults_test_faults_SOURCES = \
	test/faults/operations.c test/faults/operations.h \
	test/faults/test-faults.c \
	test/faults/world.c test/faults/world.h
test_faults_test_faults_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/src \
	-I$(srcdir)/test/fakeqmp $(CMOCKA_CFLAGS)
test_faults_test_faults_LDADD = libqmpd.a libfakeqmp.a libqmp.a $(DEPS_LIBS) \
	$(CMOCKA_LIBS)
