/* Base 64, by RFC 4648's own examples, and by what is none. */
#include "base64.h"
#include "check.h"

static const struct {
	const char *text, *base64;
} rows[] = {
	{ "", "" },
	{ "f", "Zg==" },
	{ "fo", "Zm8=" },
	{ "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" },
	{ "fooba", "Zm9vYmE=" },
	{ "foobar", "Zm9vYmFy" },
	{ "\xfb\xff\xbf", "+/+/" },
};

static void
encodes(void **state)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		_free_ char *out =
		    base64_encode(rows[i].text, strlen(rows[i].text));

		assert_string_equal(out, rows[i].base64);
	}
}

static void
decodes(void **state)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t n = 99;
		_free_ char *out = base64_decode(rows[i].base64, &n);

		assert_non_null(out);
		assert_int_equal(n, strlen(rows[i].text));
		assert_string_equal(out, rows[i].text);
	}
}

static void
all_bytes_survive(void **state)
{
	uint8_t bytes[256];
	size_t n, i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	for (n = 0; n <= sizeof(bytes); n++) {
		_free_ char *text = base64_encode(bytes, n);
		size_t back = 0;
		_free_ char *out = base64_decode(text, &back);

		assert_int_equal(strlen(text) % 4, 0);
		assert_int_equal(back, n);
		assert_memory_equal(out, bytes, n);
	}
}

static void
refuses_what_is_none(void **state)
{
	static const char *const texts[] = { "*", "Zg*=", "Zg =", "Zm9v\n",
		"Zm9v-", "\xff\xff\xff\xff" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		_free_ char *out = base64_decode(texts[i], NULL);

		assert_null(out);
	}
}

/* A digit alone is six bits: no byte. */
static void
a_rest_of_one_digit_gives_nothing(void **state)
{
	size_t n = 99;
	_free_ char *out = base64_decode("Z", &n);

	if (out) {
		assert_int_equal(n, 0);
		assert_string_equal(out, "");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encodes),
		cmocka_unit_test(decodes),
		cmocka_unit_test(all_bytes_survive),
		cmocka_unit_test(refuses_what_is_none),
		cmocka_unit_test(a_rest_of_one_digit_gives_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
