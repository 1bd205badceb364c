/*
 * Time and randomness, real and virtual. The virtual clock keeps its timers
 * in a list of its own, ordered by when they are due and then by when they
 * were started, so that one seed always gives one course of events.
 */
#include "clock.h"

#include <assert.h>
#include <event2/event.h>
#include <sys/queue.h>
#include <sys/random.h>
#include <time.h>

#define US_PER_S UINT64_C(1000000)
#define NS_PER_S UINT64_C(1000000000)

/* A virtual clock starts here: 2026-01-01 00:00 UTC, one second after boot. */
#define VIRTUAL_EPOCH UINT64_C(1767225600)
#define VIRTUAL_START US_PER_S

struct clock {
	struct event_base *base;
	bool is_virtual;
	uint64_t now; /* virtual: us */
	uint64_t random; /* virtual: state of splitmix64 */
	TAILQ_HEAD(timer_list, timer) timers; /* virtual: soonest first */
};

struct timer {
	struct clock *clock;
	timer_fn *fn;
	void *arg;
	uint64_t due;
	struct event *event; /* real */
	bool is_started; /* virtual */
	TAILQ_ENTRY(timer) entry;
};

static struct clock *
new_clock(bool is_virtual)
{
	struct clock *clock = xcalloc(1, sizeof(*clock));

	clock->base = must(event_base_new());
	clock->is_virtual = is_virtual;
	TAILQ_INIT(&clock->timers);
	return clock;
}

struct clock *
clock_new(void)
{
	return new_clock(false);
}

struct clock *
clock_new_virtual(uint64_t seed)
{
	struct clock *clock = new_clock(true);

	clock->now = VIRTUAL_START;
	clock->random = seed;
	return clock;
}

void
clock_free(struct clock *clock)
{
	if (!clock)
		return;
	assert(TAILQ_EMPTY(&clock->timers));
	event_base_free(clock->base);
	free(clock);
}

struct event_base *
clock_base(struct clock *clock)
{
	return clock->base;
}

uint64_t
clock_now(const struct clock *clock)
{
	struct timespec t;

	if (clock->is_virtual)
		return clock->now;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * US_PER_S + (uint64_t)t.tv_nsec / 1000;
}

uint64_t
clock_wall(const struct clock *clock)
{
	struct timespec t;

	if (clock->is_virtual)
		return VIRTUAL_EPOCH * NS_PER_S + clock->now * 1000;
	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

/* Steele, Lea and Flood's splitmix64. */
static uint64_t
next_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static void
virtual_random(struct clock *clock, unsigned char *out, size_t size)
{
	uint64_t r;
	size_t n;

	for (; size > 0; out += n, size -= n) {
		r = next_random(&clock->random);
		n = MIN(size, sizeof(r));
		memcpy(out, &r, n);
	}
}

void
clock_random(struct clock *clock, void *buffer, size_t size)
{
	unsigned char *out = buffer;
	ssize_t n;

	if (clock->is_virtual) {
		virtual_random(clock, out, size);
		return;
	}
	while (size > 0) {
		n = getrandom(out, size, 0);
		if (n < 0 && errno != EINTR)
			abort();
		if (n > 0) {
			out += n;
			size -= (size_t)n;
		}
	}
}

/* ---- timers ---- */

/* A real timer is due by our clock, not by the loop's coarser one. */
static void
on_event(evutil_socket_t fd, short what, void *arg)
{
	struct timer *timer = arg;
	uint64_t now = clock_now(timer->clock);

	if (now < timer->due)
		timer_start(timer, timer->due - now);
	else
		timer->fn(timer->arg);
}

struct timer *
timer_new(struct clock *clock, timer_fn *fn, void *arg)
{
	struct timer *timer = xcalloc(1, sizeof(*timer));

	timer->clock = clock;
	timer->fn = fn;
	timer->arg = arg;
	if (!clock->is_virtual)
		timer->event = must(evtimer_new(clock->base, on_event, timer));
	return timer;
}

static void
start_real(struct timer *timer, uint64_t us)
{
	struct timeval wait = {
		.tv_sec = (time_t)(us / US_PER_S),
		.tv_usec = (suseconds_t)(us % US_PER_S),
	};

	evtimer_add(timer->event, &wait);
}

/* Behind all that are due before it or at the same time. */
static void
start_virtual(struct timer *timer)
{
	struct clock *clock = timer->clock;
	struct timer *before = TAILQ_LAST(&clock->timers, timer_list);

	while (before && before->due > timer->due)
		before = TAILQ_PREV(before, timer_list, entry);
	if (before)
		TAILQ_INSERT_AFTER(&clock->timers, before, timer, entry);
	else
		TAILQ_INSERT_HEAD(&clock->timers, timer, entry);
	timer->is_started = true;
}

void
timer_start(struct timer *timer, uint64_t us)
{
	timer_stop(timer);
	timer->due = clock_now(timer->clock) + us;
	if (timer->clock->is_virtual)
		start_virtual(timer);
	else
		start_real(timer, us);
}

void
timer_stop(struct timer *timer)
{
	if (timer->event)
		evtimer_del(timer->event);
	if (timer->is_started)
		TAILQ_REMOVE(&timer->clock->timers, timer, entry);
	timer->is_started = false;
}

void
timer_free(struct timer *timer)
{
	if (!timer)
		return;
	timer_stop(timer);
	if (timer->event)
		event_free(timer->event);
	free(timer);
}

/* ---- running ---- */

static bool
run_real(struct clock *clock, clock_done_fn *done, void *arg)
{
	while (!done(arg))
		if (event_base_loop(clock->base, EVLOOP_ONCE) != 0)
			return false;
	return true;
}

/* True when a descriptor had work. */
static bool
pass(struct clock *clock)
{
	struct event_base *base = clock->base;

	event_base_get_max_events(base, EVENT_BASE_COUNT_ACTIVE, 1);
	event_base_loop(base, EVLOOP_NONBLOCK | EVLOOP_ONCE);
	return event_base_get_max_events(base, EVENT_BASE_COUNT_ACTIVE, 1) > 0;
}

/* The timer may free itself. */
static void
fire(struct timer *timer)
{
	timer_stop(timer);
	timer->fn(timer->arg);
}

static bool
run_virtual(struct clock *clock, clock_done_fn *done, void *arg)
{
	struct timer *first;
	bool ran;

	while (!done(arg)) {
		ran = pass(clock);
		first = TAILQ_FIRST(&clock->timers);
		if (ran && (!first || first->due > clock->now))
			continue;
		if (!first)
			return false;
		clock->now = MAX(clock->now, first->due);
		fire(first);
	}
	return true;
}

bool
clock_run(struct clock *clock, clock_done_fn *done, void *arg)
{
	return clock->is_virtual ? run_virtual(clock, done, arg)
				 : run_real(clock, done, arg);
}
