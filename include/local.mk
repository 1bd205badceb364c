noinst_HEADERS += \
	include/banned.h \
	include/base.h \
	include/clock.h \
	include/err.h \
	include/qmp.h \
	$(NULL)
