/* Taps that need no host: instead of src/tap.c and src/tap-look.c, for tests
 * that are about plans. */

#include "tap.h"
#include <fcntl.h>

static const struct {
	const char *name;
	struct tap tap;
} taps[] = {
	{ "tap0", { .mtu = 1450, .guest_mac = { 2, 0, 0, 0, 0, 1 } } },
	{ "wide0",
	    { .is_multi_queue = true,
		.mtu = 1500,
		.guest_mac = { 2, 0, 0, 0, 0, 2 } } },
	{ "busy0", { .is_open = true, .mtu = 1500 } },
	{ "macvtap0",
	    { .is_macvtap = true,
		.is_multi_queue = true,
		.mtu = 9000,
		.guest_mac = { 0x52, 0x54, 0, 0xab, 0xcd, 0xef } } },
};

int
tap_check_name(const char *name, struct err *e)
{
	return *name ? 0 : err_set(e, "the name of an interface is wanted");
}

int
tap_look(const char *netns, const char *name, struct tap *tap, struct err *e)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(taps); i++)
		if (str_eq(taps[i].name, name)) {
			*tap = taps[i].tap;
			return 0;
		}
	return err_set(e, "there is no such interface");
}

int
tap_open(const char *netns, const char *name, int *fds, size_t n, struct err *e)
{
	while (n-- > 0)
		fds[n] = open("/dev/null", O_RDWR | O_CLOEXEC);
	return 0;
}

int
tap_check_fds(const int *fds, size_t n, struct err *e)
{
	while (n-- > 0)
		if (fcntl(fds[n], F_GETFD) < 0)
			return err_set(e, "descriptor %d is not open", fds[n]);
	return 0;
}
