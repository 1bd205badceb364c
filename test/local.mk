# Tests mirror the sources: test/X/test-Y.c is about X/Y.c.
include test/qmp/local.mk
include test/src/local.mk
include test/fakeqmp/local.mk
include test/tools/local.mk
include test/faults/local.mk
include test/qemu/local.mk
include test/bench/local.mk
