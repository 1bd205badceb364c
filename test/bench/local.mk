# Benchmarks on a real QEMU; built and run by `make bench` alone.
EXTRA_PROGRAMS += test/bench/bench
test_bench_bench_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/src
test_bench_bench_LDADD = libqmpd.a libqmp.a $(DEPS_LIBS)
test_bench_bench_SOURCES = \
	test/bench/backend.c test/bench/backend.h \
	test/bench/bench.c test/bench/bench.h \
	test/bench/dimm.c \
	test/bench/disk.c \
	test/bench/engine.c \
	test/bench/family.c \
	test/bench/fleet.c \
	test/bench/floor.c test/bench/floor.h \
	test/bench/hotplug.c test/bench/hotplug.h \
	test/bench/machine.c test/bench/machine.h \
	test/bench/make-template.c \
	test/bench/maxvcpus.c \
	test/bench/nic.c \
	test/bench/proof.c test/bench/proof.h \
	test/bench/replay.c test/bench/replay.h \
	test/bench/report.c test/bench/report.h \
	test/bench/start.c \
	test/bench/stats.c test/bench/stats.h \
	test/bench/vcpu.c \
	$(NULL)
dist_noinst_SCRIPTS += test/bench/run
CLEANFILES += test/bench/bench$(EXEEXT)
EXTRA_DIST += doc/benchmarks.md

# make bench BENCHFLAGS='--rounds 30 -o json disk vcpu'
.PHONY: bench
bench: test/bench/bench$(EXEEXT)
	$(srcdir)/test/bench/run test/bench/bench$(EXEEXT) $(BENCHFLAGS)
