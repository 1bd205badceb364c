# The man pages are the reference; the examples are also the tests'.
dist_man_MANS += doc/man/qmpctl.1
EXTRA_DIST += \
	doc/ARCHITECTURE.md \
	doc/examples/pod.yaml \
	doc/examples/template.yaml \
	doc/examples/vm.yaml \
	$(NULL)
