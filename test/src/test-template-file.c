/* Digests of the files that a template is made of. */
#include "scratch.h"
#include "template.h"
#include <fcntl.h>

/* A file of holes but for n bytes of text at this offset. */
static const char *
sparse_file(const char *name, off_t size, off_t at, const char *text, size_t n)
{
	const char *path = scratch_path(name);
	_close_ int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

	assert_int_equal(ftruncate(fd, size), 0);
	assert_int_equal(pwrite(fd, text, n, at), (ssize_t)n);
	return path;
}

/* What stands where: data that moved is other data, and zeros are a hole. */
static void
sparse_digests_are_of_what_is_not_zero(void **state)
{
	static const char zeros[8192];
	const off_t size = (off_t)(64 * GIB);
	struct err e = { "" };
	_free_ char *first =
	    sparse_digest(sparse_file("first", size, size / 2, "x", 1), &e);
	_free_ char *again =
	    sparse_digest(sparse_file("again", size, size / 2, "x", 1), &e);
	_free_ char *moved = sparse_digest(
	    sparse_file("moved", size, size / 2 + 4096, "x", 1), &e);
	_free_ char *hole =
	    sparse_digest(sparse_file("hole", 65536, 0, "", 0), &e);
	_free_ char *zero = sparse_digest(
	    sparse_file("zero", 65536, 4096, zeros, sizeof(zeros)), &e);
	_free_ char *end =
	    sparse_digest(sparse_file("end", 65536, 65535, "x", 1), &e);

	assert_string_equal(e.text, "");
	assert_int_equal(strlen(first), 64);
	assert_string_equal(first, again);
	assert_string_not_equal(first, moved);
	assert_string_equal(hole, zero);
	assert_string_not_equal(hole, end);
	assert_null(sparse_digest(scratch_path("gone"), &e));
}

static void
file_digests_are_sha256(void **state)
{
	struct err e = { "" };
	_free_ char *digest = file_digest(scratch_file("abc", "abc"), &e);

	/* FIPS 180-2's own example. */
	assert_string_equal(digest,
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_null(file_digest(scratch_path("gone"), &e));
	assert_non_null(strstr(e.text, "No such file or directory"));
}

static void
zeros_are_told_from_others(void **state)
{
	uint8_t bytes[64] = { 0 };
	size_t n, i;

	for (n = 1; n < sizeof(bytes); n++) {
		assert_true(bytes_are_zero(bytes, n));
		for (i = 0; i < n; i++) {
			bytes[i] = 1;
			assert_false(bytes_are_zero(bytes, n));
			bytes[i] = 0;
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sparse_digests_are_of_what_is_not_zero),
		cmocka_unit_test(file_digests_are_sha256),
		cmocka_unit_test(zeros_are_told_from_others),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
