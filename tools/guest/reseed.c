/*
 * qmpd-reseed: gives the kernel's random pool the bytes on standard input and
 * makes it use them at once.  Run in a guest that was cloned, with fresh bytes
 * from the host: clones start with the same pool.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define SEED_MAX 4096

/* struct rand_pool_info with room for the bytes behind it. */
struct seed {
	int entropy_count;
	int buf_size;
	unsigned char buf[SEED_MAX + 1];
};

_Static_assert(offsetof(struct seed, buf) == sizeof(struct rand_pool_info),
    "the bytes follow struct rand_pool_info");

static int
fail(const char *what)
{
	fprintf(stderr, "qmpd-reseed: %s: %s.\n", what, strerror(errno));
	return 1;
}

/* Reads all of standard input into the seed; 0, or -1 with errno set. */
static int
read_seed(struct seed *seed)
{
	ssize_t n;

	while (seed->buf_size <= SEED_MAX) {
		n = read(STDIN_FILENO, seed->buf + seed->buf_size,
		    sizeof(seed->buf) - seed->buf_size);
		if (n == 0)
			break;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		seed->buf_size += n;
	}
	if (seed->buf_size == 0 || seed->buf_size > SEED_MAX) {
		errno = seed->buf_size ? EMSGSIZE : ENODATA;
		return -1;
	}
	seed->entropy_count = seed->buf_size * 8;
	return 0;
}

int
main(void)
{
	static struct seed seed;
	int fd;

	if (read_seed(&seed) < 0)
		return fail("cannot read 1 to 4096 bytes of standard input");
	fd = open("/dev/random", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return fail("cannot open /dev/random");
	if (ioctl(fd, RNDADDENTROPY, &seed) < 0)
		return fail("the kernel does not take the bytes");
	if (ioctl(fd, RNDRESEEDCRNG) < 0)
		return fail("the kernel does not reseed");
	return 0;
}
