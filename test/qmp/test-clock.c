/* Time and randomness, virtual and real. */
#include "check.h"
#include "clock.h"

#include <event2/event.h>
#include <sys/socket.h>

#define HOUR (UINT64_C(3600) * 1000000)

struct trail {
	struct clock *clock;
	char text[256];
};

struct mark {
	struct trail *trail;
	char name;
	struct timer *timer;
};

static void
on_mark(void *arg)
{
	struct mark *mark = arg;
	size_t n = strlen(mark->trail->text);

	mark->trail->text[n] = mark->name;
}

static bool
never(void *arg)
{
	return false;
}

static bool
at_once(void *arg)
{
	return true;
}

static void
start(struct mark *mark, struct trail *trail, char name, uint64_t us)
{
	mark->trail = trail;
	mark->name = name;
	mark->timer = timer_new(trail->clock, on_mark, mark);
	timer_start(mark->timer, us);
}

static void
timers_fire_in_order(void **state)
{
	struct trail trail = { clock_new_virtual(1), "" };
	struct mark marks[5];
	unsigned i;

	start(&marks[0], &trail, 'd', 300);
	start(&marks[1], &trail, 'a', 0);
	start(&marks[2], &trail, 'b', 100);
	start(&marks[3], &trail, 'c', 100);
	start(&marks[4], &trail, 'e', 400);
	assert_string_equal(trail.text, "");
	assert_false(clock_run(trail.clock, never, NULL));
	assert_string_equal(trail.text, "abcde");
	for (i = 0; i < ARRAY_SIZE(marks); i++)
		timer_free(marks[i].timer);
	clock_free(trail.clock);
}

static void
a_timer_starts_anew_or_stops(void **state)
{
	struct trail trail = { clock_new_virtual(1), "" };
	struct mark marks[3];
	uint64_t began = clock_now(trail.clock);
	unsigned i;

	start(&marks[0], &trail, 'a', 100);
	start(&marks[1], &trail, 'b', 200);
	start(&marks[2], &trail, 'c', 300);
	timer_start(marks[0].timer, 250);
	timer_stop(marks[2].timer);
	timer_stop(marks[2].timer);
	assert_false(clock_run(trail.clock, never, NULL));
	assert_string_equal(trail.text, "ba");
	assert_int_equal(clock_now(trail.clock) - began, 250);
	for (i = 0; i < ARRAY_SIZE(marks); i++)
		timer_free(marks[i].timer);
	timer_free(NULL);
	clock_free(trail.clock);
}

static void
on_free(void *arg)
{
	struct mark *mark = arg;

	on_mark(mark);
	timer_free(mark->timer);
}

static void
on_again(void *arg)
{
	struct mark *mark = arg;

	on_mark(mark);
	if (strlen(mark->trail->text) < 3)
		timer_start(mark->timer, 0);
}

/* Frees itself in its callback, or starts itself. */
static void
use_in_callback(struct clock *clock)
{
	struct trail trail = { clock, "" };
	struct mark one = { &trail, 'x', NULL }, two = { &trail, 'y', NULL };

	one.timer = timer_new(clock, on_free, &one);
	timer_start(one.timer, 0);
	assert_false(clock_run(clock, never, NULL));
	assert_string_equal(trail.text, "x");
	two.timer = timer_new(clock, on_again, &two);
	timer_start(two.timer, 0);
	assert_false(clock_run(clock, never, NULL));
	assert_string_equal(trail.text, "xyy");
	timer_free(two.timer);
	clock_free(clock);
}

static void
a_timer_may_be_used_in_its_callback(void **state)
{
	use_in_callback(clock_new_virtual(1));
	use_in_callback(clock_new());
}

struct hours {
	struct clock *clock;
	struct timer *timer;
	unsigned left;
};

static void
on_hour(void *arg)
{
	struct hours *hours = arg;

	if (--hours->left > 0)
		timer_start(hours->timer, HOUR);
}

static void
a_year_passes_at_once(void **state)
{
	struct hours hours = { clock_new_virtual(1), NULL, 365 * 24 };
	uint64_t began = clock_now(hours.clock);
	uint64_t wall = clock_wall(hours.clock);

	hours.timer = timer_new(hours.clock, on_hour, &hours);
	timer_start(hours.timer, HOUR);
	assert_false(clock_run(hours.clock, never, NULL));
	assert_true(clock_now(hours.clock) - began == 365 * 24 * HOUR);
	assert_true(clock_wall(hours.clock) - wall == 365 * 24 * HOUR * 1000);
	timer_free(hours.timer);
	clock_free(hours.clock);
}

struct ball {
	struct clock *clock;
	int fds[2];
	unsigned passes;
	uint64_t seen; /* when the timer fired: how many passes were over */
	struct timer *timer;
};

static void
on_ball(evutil_socket_t fd, short what, void *arg)
{
	struct ball *ball = arg;
	char c;

	assert_int_equal(read(fd, &c, 1), 1);
	if (++ball->passes < 100)
		assert_int_equal(write(ball->fds[0], "x", 1), 1);
}

static void
on_late(void *arg)
{
	struct ball *ball = arg;

	ball->seen = ball->passes;
}

static bool
is_half(void *arg)
{
	return ((const struct ball *)arg)->passes == 50;
}

static bool
is_whole(void *arg)
{
	return ((const struct ball *)arg)->passes == 100;
}

static void
time_waits_for_work(void **state)
{
	struct ball ball = { .clock = clock_new_virtual(1) };
	struct event *event;
	uint64_t began = clock_now(ball.clock);

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ball.fds), 0);
	event = event_new(clock_base(ball.clock), ball.fds[1],
	    EV_READ | EV_PERSIST, on_ball, &ball);
	event_add(event, NULL);
	ball.timer = timer_new(ball.clock, on_late, &ball);
	timer_start(ball.timer, 5);
	assert_int_equal(write(ball.fds[0], "x", 1), 1);
	assert_true(clock_run(ball.clock, is_half, &ball));
	assert_int_equal(ball.passes, 50);
	assert_true(clock_run(ball.clock, is_whole, &ball));
	assert_int_equal(clock_now(ball.clock) - began, 0);
	assert_false(clock_run(ball.clock, never, NULL));
	assert_int_equal(ball.seen, 100);
	assert_int_equal(clock_now(ball.clock) - began, 5);
	timer_free(ball.timer);
	event_free(event);
	close(ball.fds[0]);
	close(ball.fds[1]);
	clock_free(ball.clock);
}

static bool
is_left(void *arg)
{
	const struct hours *hours = arg;

	return hours->left == 3;
}

static void
it_runs_until_it_is_done(void **state)
{
	struct hours hours = { clock_new_virtual(1), NULL, 5 };
	uint64_t began = clock_now(hours.clock);

	hours.timer = timer_new(hours.clock, on_hour, &hours);
	timer_start(hours.timer, HOUR);
	assert_true(clock_run(hours.clock, is_left, &hours));
	assert_true(clock_now(hours.clock) - began == 2 * HOUR);
	timer_free(hours.timer);
	clock_free(hours.clock);
}

static void
randomness_repeats_by_seed(void **state)
{
	struct clock *a = clock_new_virtual(5), *b = clock_new_virtual(5);
	struct clock *c = clock_new_virtual(6);
	char x[61], y[61], z[61];

	clock_random(a, x, sizeof(x));
	clock_random(b, y, sizeof(y));
	clock_random(c, z, sizeof(z));
	assert_memory_equal(x, y, sizeof(x));
	assert_memory_not_equal(x, z, sizeof(x));
	clock_random(a, y, sizeof(y));
	assert_memory_not_equal(x, y, sizeof(x));
	clock_free(a);
	clock_free(b);
	clock_free(c);
}

static void
real_randomness_does_not(void **state)
{
	struct clock *clock = clock_new();
	char x[32], y[32];

	clock_random(clock, x, sizeof(x));
	clock_random(clock, y, sizeof(y));
	assert_memory_not_equal(x, y, sizeof(x));
	clock_free(clock);
}

static void
a_real_timer_is_never_early(void **state)
{
	struct trail trail = { clock_new(), "" };
	struct mark marks[2];
	uint64_t began = clock_now(trail.clock);

	start(&marks[0], &trail, 'b', 20000);
	start(&marks[1], &trail, 'a', 0);
	assert_string_equal(trail.text, "");
	assert_false(clock_run(trail.clock, never, NULL));
	assert_true(clock_now(trail.clock) - began >= 20000);
	assert_string_equal(trail.text, "ab");
	assert_true(clock_run(trail.clock, at_once, NULL));
	timer_free(marks[0].timer);
	timer_free(marks[1].timer);
	clock_free(trail.clock);
	clock_free(NULL);
}

static void
the_real_wall_is_in_this_century(void **state)
{
	struct clock *clock = clock_new(), *other = clock_new_virtual(1);
	uint64_t year = 365 * 24 * HOUR * 1000;

	assert_true(clock_wall(clock) > 50 * year);
	assert_true(clock_wall(other) > 50 * year);
	assert_true(clock_wall(other) < 130 * year);
	clock_free(clock);
	clock_free(other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timers_fire_in_order),
		cmocka_unit_test(a_timer_starts_anew_or_stops),
		cmocka_unit_test(a_timer_may_be_used_in_its_callback),
		cmocka_unit_test(a_year_passes_at_once),
		cmocka_unit_test(time_waits_for_work),
		cmocka_unit_test(it_runs_until_it_is_done),
		cmocka_unit_test(randomness_repeats_by_seed),
		cmocka_unit_test(real_randomness_does_not),
		cmocka_unit_test(a_real_timer_is_never_early),
		cmocka_unit_test(the_real_wall_is_in_this_century),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
