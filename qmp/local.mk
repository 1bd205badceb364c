# Speaks QMP and the guest-agent dialect; knows nothing of VMs.
noinst_LIBRARIES += libqmp.a
libqmp_a_SOURCES = \
	qmp/agent.c \
	qmp/call.c \
	qmp/clock.c \
	qmp/frame.c \
	qmp/frame.h \
	qmp/json.c \
	qmp/json.h \
	qmp/link.c \
	qmp/link.h \
	qmp/monitor.c \
	qmp/out.c \
	qmp/out.h \
	qmp/sink.c \
	qmp/wire.c \
	$(NULL)
