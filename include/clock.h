/*
 * The one seam through which time and randomness come in. A real clock runs
 * on libevent's timers; a virtual clock jumps from timer to timer as soon as
 * no descriptor has work, so that a test of hours takes milliseconds and is
 * repeatable by its seed.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include "base.h"

struct clock;
struct event_base;
struct timer;

typedef void timer_fn(void *arg);
typedef bool clock_done_fn(void *arg);

/* Both own a new event base. */
struct clock *clock_new(void);
struct clock *clock_new_virtual(uint64_t seed);
/* Every timer and event must be gone before. NULL is allowed. */
void clock_free(struct clock *clock);

struct event_base *clock_base(struct clock *clock);

/* Microseconds on a clock that never goes back; starts anywhere. */
uint64_t clock_now(const struct clock *clock);
/* Nanoseconds since 1970 UTC. */
uint64_t clock_wall(const struct clock *clock);
void clock_random(struct clock *clock, void *buffer, size_t size);

/*
 * Runs the loop until done(arg) says so. Returns true then, false when
 * nothing is left that could ever wake the loop.
 */
bool clock_run(struct clock *clock, clock_done_fn *done, void *arg);

/* One-shot timers: never fire inside timer_start, not even at 0 us. */
struct timer *timer_new(struct clock *clock, timer_fn *fn, void *arg);
void timer_start(struct timer *timer, uint64_t us);
void timer_stop(struct timer *timer);
/* May be called from the timer's own callback. NULL is allowed. */
void timer_free(struct timer *timer);

#endif
