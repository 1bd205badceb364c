/* A template's memory, copied: what is copied, what is not, and where not. */
#include "check.h"
#include "memory-file.h"
#include <fcntl.h>
#include <sys/resource.h>
#include <signal.h>
#include <sys/stat.h>

#define TMPFS "/dev/shm"
#define SIZE (64 * MIB)

/* What a copy is made of: pages with one byte each, and pages of zeros. */
static int
template_file(const off_t *data, size_t data_n, off_t zeros, off_t zeros_n)
{
	int fd = open(TMPFS, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	_free_ char *nothing = xcalloc(1, (size_t)zeros_n + 1);
	size_t i;

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)SIZE), 0);
	for (i = 0; i < data_n; i++)
		assert_int_equal(pwrite(fd, "x", 1, data[i]), 1);
	assert_int_equal(pwrite(fd, nothing, (size_t)zeros_n, zeros), zeros_n);
	return fd;
}

static uint64_t
allocated(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return (uint64_t)st.st_blocks * 512;
}

static unsigned
copy_all(struct memory_copy *copy)
{
	struct err e = { "" };
	unsigned slices = 1;
	int more;

	while ((more = memory_copy_next(copy, &e)) > 0)
		slices++;
	assert_int_equal(more, 0);
	return slices;
}

static void
assert_same(int one, int other)
{
	_free_ char *a = xcalloc(1, MIB), *b = xcalloc(1, MIB);
	off_t at;

	for (at = 0; at < (off_t)SIZE; at += (off_t)MIB) {
		assert_int_equal(pread(one, a, MIB, at), MIB);
		assert_int_equal(pread(other, b, MIB, at), MIB);
		assert_memory_equal(a, b, MIB);
	}
}

static void
only_what_is_not_zero_is_copied(void **state)
{
	/* Neighbours, in the middle of a page, the last byte of all. */
	const off_t data[] = { 0, 4096, 123456, (off_t)(20 * MIB),
		(off_t)SIZE - 1 };
	struct memory_copy copy = { .from = template_file(data,
					ARRAY_SIZE(data), (off_t)(30 * MIB),
					(off_t)(10 * MIB)) };
	uint64_t before = allocated(copy.from);
	struct err e = { "" };

	copy.to = memory_file_new(TMPFS, SIZE, &e);
	assert_string_equal(e.text, "");
	assert_int_equal(allocated(copy.to), 0);
	/* Zeros that are there are looked at in slices, too. */
	assert_true(copy_all(&copy) > 2);
	assert_int_equal(copy.copied, ARRAY_SIZE(data) * 4096);
	assert_int_equal(allocated(copy.to), copy.copied);
	/* Its holes were not read. */
	assert_int_equal(allocated(copy.from), before);
	assert_same(copy.from, copy.to);
	close(copy.from);
	close(copy.to);
}

static void
a_template_of_nothing(void **state)
{
	struct memory_copy copy = { .from = template_file(NULL, 0, 0, 0) };
	struct err e = { "" };

	copy.to = memory_file_new(TMPFS, SIZE, &e);
	assert_int_equal(copy_all(&copy), 1);
	assert_int_equal(copy.copied, 0);
	assert_int_equal(allocated(copy.to), 0);
	close(copy.from);
	close(copy.to);
}

static void
the_file_has_no_name(void **state)
{
	struct err e = { "" };
	int fd = memory_file_new(TMPFS, SIZE, &e);
	_free_ char *path = memory_file_path(fd);
	struct stat st;
	int again;

	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_nlink, 0);
	assert_int_equal(st.st_size, SIZE);
	assert_int_equal(st.st_mode & 0777, 0600);
	/* And whoever inherits it can open it, as QEMU does. */
	again = open(path, O_RDWR | O_CLOEXEC);
	assert_true(again >= 0);
	close(again);
	close(fd);
}

static void
only_a_tmpfs_will_do(void **state)
{
	struct err e = { "" };

	assert_int_equal(memory_file_new("/proc", SIZE, &e), -1);
	assert_string_equal(e.text,
	    "shared memory has to be on a tmpfs, and /proc is not on one "
	    "(QMPD_TEMPLATE_DIR says where templates are); a clone with "
	    "--memory-sharing private can be anywhere");
	assert_int_equal(memory_file_new("/no/such/folder", SIZE, &e), -1);
	assert_string_equal(
	    e.text, "/no/such/folder: No such file or directory");
}

static void
there_must_be_room_for_all_of_it(void **state)
{
	struct err e = { "" };

	assert_int_equal(memory_file_new(TMPFS, UINT64_C(1) << 60, &e), -1);
	assert_non_null(strstr(e.text,
	    "the guest's memory needs 1099511627776 "
	    "(QMPD_TEMPLATE_DIR"));
}

/* The file may not grow: said, and no part of it counts as copied. */
static void
what_cannot_be_written_is_said(void **state)
{
	const off_t data[] = { 0, (off_t)(40 * MIB) };
	struct memory_copy copy = { .from = template_file(
					data, ARRAY_SIZE(data), 0, 0) };
	struct rlimit limit, was;
	struct err e = { "" };

	copy.to = memory_file_new(TMPFS, SIZE, &e);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	limit = was;
	limit.rlim_cur = 32 * MIB;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(memory_copy_next(&copy, &e), -1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_string_equal(e.text, "after 0 MiB: File too large");
	assert_int_equal(copy.copied, 4096);
	close(copy.from);
	close(copy.to);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_is_not_zero_is_copied),
		cmocka_unit_test(a_template_of_nothing),
		cmocka_unit_test(the_file_has_no_name),
		cmocka_unit_test(only_a_tmpfs_will_do),
		cmocka_unit_test(there_must_be_room_for_all_of_it),
		cmocka_unit_test(what_cannot_be_written_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
