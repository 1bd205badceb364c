# The tests of qmp/.
qmp_tests = \
	test/qmp/test-agent \
	test/qmp/test-call \
	test/qmp/test-clock \
	test/qmp/test-frame \
	test/qmp/test-json \
	test/qmp/test-link \
	test/qmp/test-monitor \
	test/qmp/test-out \
	test/qmp/test-sink \
	test/qmp/test-wire \
	$(NULL)
check_PROGRAMS += $(qmp_tests)
TESTS += $(qmp_tests)

qmp_test_cppflags = $(AM_CPPFLAGS) -I$(srcdir)/qmp $(CMOCKA_CFLAGS)
qmp_test_ldadd = libqmp.a $(DEPS_LIBS) $(CMOCKA_LIBS)
qmp_test_rig = test/qmp/rig.c test/qmp/rig.h test/qmp/check.h

test_qmp_test_agent_SOURCES = test/qmp/test-agent.c $(qmp_test_rig)
test_qmp_test_agent_CPPFLAGS = $(qmp_test_cppflags)
test_qmp_test_agent_LDADD = $(qmp_test_ldadd)

test_qmp_test_call_SOURCES = test/qmp/test-call.c $(qmp_test_rig)
test_qmp_test_call_CPPFLAGS = $(qmp_test_cppflags)
test_qmp_test_call_LDADD = $(qmp_test_ldadd)

test_qmp_test_clock_SOURCES = test/qmp/test-clock.c test/qmp/check.h
test_qmp_test_clock_CPPFLAGS = $(qmp_test_cppflags)
test_qmp_test_clock_LDADD = $(qmp_test_ldadd)

test_qmp_test_frame_SOURCES = test/qmp/test-frame.c test/qmp/check.h
test_qmp_test_frame_CPPFLAGS = $(qmp_test_cppflags)
test_qmp_test_frame_LDADD = $(qmp_test_ldadd)

test_qmp_test_json_SOURCES = test/qmp/test-json.c test/qmp/check.h
test_qmp_test_json_CPPFLAGS = $(qmp_test_cppflags)
test_qmp_test_json_LDADD = $(qmp_test_ldadd)

test_qmp_test_link_SOURCES = test/qmp/test-link.c $(qmp_test_rig)
test_qmp_test_link_CPPFLAGS = $(qmp_test_cppflags)
test_qmp_test_link_LDADD = $(qmp_test_ldadd)

test_qmp_test_monitor_SOURCES = test/qmp/test-monitor.c $(qmp_test_rig)
test_qmp_test_monitor_CPPFLAGS = $(qmp_test_cppflags)
test_qmp_test_monitor_LDADD = $(qmp_test_ldadd)

test_qmp_test_out_SOURCES = test/qmp/test-out.c test/qmp/check.h
test_qmp_test_out_CPPFLAGS = $(qmp_test_cppflags)
test_qmp_test_out_LDADD = $(qmp_test_ldadd)

test_qmp_test_sink_SOURCES = test/qmp/test-sink.c $(qmp_test_rig)
test_qmp_test_sink_CPPFLAGS = $(qmp_test_cppflags)
test_qmp_test_sink_LDADD = $(qmp_test_ldadd)

test_qmp_test_wire_SOURCES = test/qmp/test-wire.c $(qmp_test_rig)
test_qmp_test_wire_CPPFLAGS = $(qmp_test_cppflags)
test_qmp_test_wire_LDADD = $(qmp_test_ldadd)
