# The tests of qmpctl: its parser, its tables, and bad input to all of it.
tools_tests = \
	test/tools/test-args \
	test/tools/test-table \
	$(NULL)
check_PROGRAMS += $(tools_tests)
TESTS += $(tools_tests) test/tools/cli.sh
dist_check_SCRIPTS += test/tools/cli.sh

tools_test_cppflags = $(AM_CPPFLAGS) -I$(srcdir)/src -I$(srcdir)/tools \
	$(CMOCKA_CFLAGS)
tools_test_ldadd = libqmpd.a libqmp.a $(DEPS_LIBS) $(CMOCKA_LIBS)

test_tools_test_args_SOURCES = test/tools/test-args.c tools/args.c
test_tools_test_args_CPPFLAGS = $(tools_test_cppflags)
test_tools_test_args_LDADD = $(tools_test_ldadd)

test_tools_test_table_SOURCES = test/tools/test-table.c tools/table.c \
	tools/text.c
test_tools_test_table_CPPFLAGS = $(tools_test_cppflags)
test_tools_test_table_LDADD = $(tools_test_ldadd)
