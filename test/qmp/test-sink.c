/* Events, and sinks that come and go while they are told. */
#include "rig.h"

static struct rig rig;

static void
events_come_in_order(void **state)
{
	rig_ready_monitor(&rig);
	rig_say(&rig,
	    "{\"event\": \"STOP\", \"timestamp\": {}}"
	    "{\"event\": \"DEVICE_DELETED\", \"data\": "
	    "{\"device\": \"d\", \"path\": \"/p\"}}"
	    "{\"event\": \"RESUME\", \"data\": 5}");
	rig_expect(&rig,
	    "STOP {}\n"
	    "DEVICE_DELETED {\"device\":\"d\",\"path\":\"/p\"}\n"
	    "RESUME {}\n");
	rig_free(&rig);
}

struct sinks {
	struct qmp_sink *first, *second, *third;
};

static void
on_second(void *arg, const char *name, json_t *data)
{
	rig_log(&rig, "second %s", name);
}

static void
on_third(void *arg, const char *name, json_t *data)
{
	rig_log(&rig, "third %s", name);
}

/* Removes itself and the next, and adds one. */
static void
on_first(void *arg, const char *name, json_t *data)
{
	struct sinks *sinks = arg;

	rig_log(&rig, "first %s", name);
	qmp_unlisten(sinks->first);
	qmp_unlisten(sinks->second);
	sinks->third = qmp_listen(rig.qmp, on_third, NULL);
}

static void
sinks_change_while_they_are_told(void **state)
{
	struct sinks sinks;

	rig_ready_monitor(&rig);
	sinks.first = qmp_listen(rig.qmp, on_first, &sinks);
	sinks.second = qmp_listen(rig.qmp, on_second, NULL);
	rig_say(&rig, "{\"event\": \"A\"}{\"event\": \"B\"}");
	rig_expect(&rig, "A {}\nfirst A\nB {}\nthird B\n");
	qmp_unlisten(sinks.third);
	qmp_unlisten(NULL);
	rig_say(&rig, "{\"event\": \"C\"}");
	rig_expect(&rig, "C {}\n");
	rig_free(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_come_in_order),
		cmocka_unit_test(sinks_change_while_they_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
