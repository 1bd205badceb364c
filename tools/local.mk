# The command line, and what builders and testers use.
bin_PROGRAMS += qmpctl
qmpctl_SOURCES = \
	tools/args.c tools/args.h \
	tools/change.c tools/change.h \
	tools/cmd-apply.c \
	tools/cmd-clone.c \
	tools/cmd-device-add.c \
	tools/cmd-device-ls.c \
	tools/cmd-device-rm.c \
	tools/cmd-ls.c \
	tools/cmd-plan.c \
	tools/cmd-qmp.c \
	tools/cmd-resize.c \
	tools/cmd-rm.c \
	tools/cmd-show.c \
	tools/cmd-size.c \
	tools/cmd-template.c \
	tools/cmd-template-create.c \
	tools/cmd-version.c \
	tools/command.c tools/command.h \
	tools/creation.c tools/creation.h \
	tools/desired.c \
	tools/facts.c tools/facts.h \
	tools/interrupt.c tools/interrupt.h \
	tools/listing.c tools/listing.h \
	tools/look.c \
	tools/outcome.c tools/outcome.h \
	tools/output.c tools/output.h \
	tools/progress.c tools/progress.h \
	tools/qmpctl.c \
	tools/session.c tools/session.h \
	tools/table.c tools/table.h \
	tools/text.c tools/text.h \
	tools/usage.c \
	$(NULL)
qmpctl_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/src -I$(srcdir)/tools
qmpctl_LDADD = libqmpd.a libqmp.a $(DEPS_LIBS)

dist_noinst_SCRIPTS += \
	tools/check \
	tools/check-format \
	tools/check-headers \
	tools/check-layers \
	tools/check-lengths \
	tools/check-words \
	tools/fetch-qemu \
	tools/guest-image \
	tools/packages \
	tools/quickstart \
	$(NULL)
EXTRA_DIST += tools/guest/outer-init tools/guest/reseed.c
