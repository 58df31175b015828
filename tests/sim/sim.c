/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "world.h"

#define SIM_SHOWN 10u /* failing seeds told in full, by each process */
#define SIM_JOBS 64u
#define SIM_LOOK_MS 200   /* how often the processes are looked after */
#define SIM_TOLD_MS 30000 /* between two words about how far they are */
#define SIM_BUSY 200.0    /* events a day: less is not a network at work */

/*
 * sim [SEEDS [SEED]]: runs seeds SEED, SEED + 1, ..., in JOBS processes. TAP on standard output. Environment: SEEDS, SEED, JOBS, VERBOSE=1; STOP=1: at the first
 * failure; DAYS=n: worlds of ten nodes and so many days; MINUTES=n: no further seed after that time. A run that takes longer than SIM_TOLD_MS says how far it is.
 */
struct plan {
    uint64_t first;
    uint64_t seeds;
    uint64_t jobs;
    uint64_t days;
    time_t until; /* 0: whatever it takes */
    int verbose;
    int stop;
};

/* Shared by the processes: each writes its own. */
struct part {
    struct world_tally tally;
    struct world_progress now; /* of the seed under way */
    uint64_t seed;             /* which; 0: none */
    uint64_t done;
    uint64_t failures;
};

static uint64_t number(const char *text, uint64_t otherwise)
{
    char *end;
    uint64_t value;

    if (text == NULL || *text == '\0') {
        return otherwise;
    }
    value = strtoull(text, &end, 10);
    return *end == '\0' ? value : otherwise;
}

static void add(struct world_tally *sum, const struct world_tally *one)
{
    int64_t longest_ms = one->rest_ms > sum->rest_ms ? one->rest_ms : sum->rest_ms;
    uint64_t *to = (uint64_t *)sum;
    const uint64_t *from = (const uint64_t *)one;

    for (size_t i = 0; i < sizeof(*sum) / sizeof(*to); i++) {
        to[i] += from[i];
    }
    sum->rest_ms = longest_ms;
}

/* Returns 1 when an invariant broke. */
static int run(const struct plan *plan, uint64_t seed, int quiet, struct world_tally *sum, struct world_progress *now, uint64_t *trace)
{
    struct world_options options = {.seed = seed, .verbose = plan->verbose && !quiet, .days = plan->days, .progress = now};
    struct world *world = world_new(&options);
    int failed = world_run(world);

    if (failed && !quiet) {
        printf("# seed %" PRIu64 " breaks %s: %s\n", seed, world->failure_name, world->failure_text);
        printf("# again with: make sim SEED=%" PRIu64 " SEEDS=1 VERBOSE=1", seed);
        printf(plan->days > 0 ? " DAYS=%" PRIu64 "\n" : "\n", plan->days);
    }
    add(sum, &world->tally);
    *trace = world->trace;
    world_free(world);
    return failed;
}

static void work(const struct plan *plan, uint64_t which, struct part *parts)
{
    struct part *part = &parts[which];
    uint64_t trace;

    for (uint64_t seed = plan->first + which; seed < plan->first + plan->seeds; seed += plan->jobs) {
        uint64_t failures = 0;

        for (uint64_t i = 0; i < plan->jobs; i++) {
            failures += parts[i].failures;
        }
        if ((plan->stop && failures > 0) || (plan->until != 0 && time(NULL) >= plan->until)) {
            break;
        }
        part->seed = seed;
        part->failures += (uint64_t)run(plan, seed, part->failures >= SIM_SHOWN, &part->tally, &part->now, &trace);
        part->seed = 0;
        part->done++;
    }
}

static double seconds_since(const struct timespec *start)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9 + 0.001;
}

/* How far it is: what is done, and what each process is about. */
static void tell(const struct plan *plan, const struct part *parts, double seconds)
{
    uint64_t done = 0, failures = 0, events = 0, checked = 0;
    double hours = 0;

    for (uint64_t i = 0; i < plan->jobs; i++) {
        const struct part *part = &parts[i];

        done += part->done;
        failures += part->failures;
        events += part->tally.events + (part->seed != 0 ? part->now.events : 0);
        checked += part->tally.checked + (part->seed != 0 ? part->now.checked : 0);
        hours += (double)(part->tally.time_ms + (part->seed != 0 ? part->now.time_ms : 0)) / 3600000.0;
    }
    printf("# after %.0f s: %" PRIu64 " seeds, %.1f h simulated, %" PRIu64 " events recorded (%.0f/s), %" PRIu64 " checked, %" PRIu64
           " failures; under way",
           seconds, done, hours, events, (double)events / seconds, checked, failures);
    for (uint64_t i = 0; i < plan->jobs; i++) {
        if (parts[i].seed != 0) {
            printf(" %" PRIu64 " (%.1f h)", parts[i].seed, (double)parts[i].now.time_ms / 3600000.0);
        }
    }
    puts("");
}

/* Until all processes have ended. Returns 0, or 1 when one ended otherwise than it should. */
static int look_after(const struct plan *plan, const struct part *parts)
{
    const struct timespec pause = {.tv_nsec = SIM_LOOK_MS * 1000000L};
    struct timespec start;
    double told = 0;
    int broken = 0;
    int status;
    pid_t ended;

    clock_gettime(CLOCK_MONOTONIC, &start);
    while ((ended = waitpid(-1, &status, WNOHANG)) >= 0) {
        double seconds = seconds_since(&start);

        broken |= ended > 0 && status != 0;
        if (seconds - told >= SIM_TOLD_MS / 1000.0) {
            told = seconds;
            tell(plan, parts, seconds);
        }
        if (ended == 0) {
            nanosleep(&pause, NULL);
        }
    }
    return broken;
}

/* Runs the plan. Returns 0, or 1 when a process ended otherwise than it should. */
static int share(const struct plan *plan, struct part *sum)
{
    struct part *parts = mmap(NULL, SIM_JOBS * sizeof(*parts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int broken = 0;

    if (parts == MAP_FAILED) {
        return 1;
    }
    fflush(stdout);
    for (uint64_t i = 0; plan->jobs > 1 && i < plan->jobs; i++) {
        pid_t child = fork();

        if (child == 0) {
            work(plan, i, parts);
            fflush(stdout);
            _exit(0);
        }
        broken |= child < 0;
    }
    if (plan->jobs == 1) {
        work(plan, 0, parts);
    }
    broken |= look_after(plan, parts);
    for (uint64_t i = 0; i < plan->jobs; i++) {
        add(&sum->tally, &parts[i].tally);
        sum->done += parts[i].done;
        sum->failures += parts[i].failures;
    }
    munmap(parts, SIM_JOBS * sizeof(*parts));
    return broken;
}

/* Of each node, in a long run. */
static double events_a_day(const struct plan *plan, const struct part *sum)
{
    return sum->done == 0 ? 0 : (double)sum->tally.events / (double)(sum->done * plan->days * (uint64_t)WORLD_NODES);
}

static void print_campaign(const struct plan *plan, const struct part *sum, double seconds)
{
    const struct world_tally *tally = &sum->tally;

    printf("# %" PRIu64 " seeds, %.4f years simulated, %" PRIu64 " events recorded, %" PRIu64 " checked wherever they are, %" PRIu64
           " crashes, losses %" PRIu64 "\n",
           sum->done, (double)tally->time_ms / (365.25 * 86400000.0), tally->events, tally->checked, tally->crashes, tally->losses);
    printf("# in each: faults, then everything is healed, then at rest within %d s of simulated time; the longest took %.0f s\n",
           WORLD_BOUND_MS / 1000, (double)tally->rest_ms / 1000.0);
    if (plan->days > 0) {
        printf("# %u nodes, %.0f events a day each, faults on: %.0f events/s, %.0f checked/s, %.0f times as fast as the time that is "
               "simulated\n",
               WORLD_NODES, events_a_day(plan, sum), (double)tally->events / seconds, (double)tally->checked / seconds,
               (double)tally->time_ms / 1000.0 / seconds);
    }
}

static void print_tally(const struct part *sum, double seconds)
{
    const struct world_tally *tally = &sum->tally;

    printf("# %" PRIu64 " seeds, %.1f h simulated, %" PRIu64 " events, %" PRIu64 " frames (%" PRIu64 " lost), %" PRIu64 " crashes, %" PRIu64
           " refusals, at rest within %.0f s, %" PRIu64 " failures\n",
           sum->done, (double)tally->time_ms / 3600000.0, tally->events, tally->frames, tally->lost, tally->crashes, tally->refusals,
           (double)tally->rest_ms / 1000.0, sum->failures);
    printf("# stores put back, lost or copied: %" PRIu64 " logs begun anew, %" PRIu64 " numbers written twice, %" PRIu64
           " entries adopted, %" PRIu64 " gone with their disk, %" PRIu64 " scans put off\n",
           tally->children, tally->branched, tally->adopted, tally->destroyed, tally->unrecorded);
    printf("# machines copied: %" PRIu64 " clones found, %" PRIu64 " choices, %" PRIu64 " machines another node since\n", tally->clones,
           tally->choices, tally->became);
    printf("# %" PRIu64 " times a node went over to new keys, said again %" PRIu64 " times to a hub put back from before, %" PRIu64
           " found in a backup; %" PRIu64 " stolen machines replaced\n",
           tally->rekeyed, tally->rekey_again, tally->rekey_backed_up, tally->replaced);
    printf("# sticks: %" PRIu64 " written, %" PRIu64 " read by the hub, %" PRIu64 " answers read, %" PRIu64
           " events taken from them, %" PRIu64 " given up that came back with them\n",
           tally->sticks_out, tally->sticks_in, tally->sticks_back, tally->sticks_taken, tally->sticks_fetched);
    printf("# the hub's own keys: announced %" PRIu64 " times, gone over to %" PRIu64 ", put beside a journal of before them %" PRIu64
           ", overlaps ended by hand %" PRIu64 "\n",
           tally->hub_rekeyed, tally->hub_over, tally->hub_later, tally->hub_ended);
    printf("# the hub: %" PRIu64 " backups, put back %" PRIu64 " times, %" PRIu64 " positions lost with its disk\n", tally->backups,
           tally->hub_restored, tally->hub_lost);
    printf("# pruning: %" PRIu64 " entries given up, %" PRIu64 " times something went on once they were back\n", tally->pruned,
           tally->waited);
    printf("# %" PRIu64 " bits turned in stores, %" PRIu64 " hostile frames\n", tally->flips, tally->hostile);
    printf("# verdicts looked at: %" PRIu64 " undecidable, %" PRIu64 " as good as proven, %" PRIu64 " withdrawn, %" PRIu64
           " of them after they had been proven\n",
           tally->undecidable, tally->proven, tally->withdrawn, tally->wrongly_proven);
    printf("# %.0f s, %.1f seeds/s, %.0f events/s\n", seconds, (double)sum->done / seconds, (double)tally->events / seconds);
}

static struct plan read_plan(int argc, char **argv)
{
    struct plan plan = {.seeds = number(argc > 1 ? argv[1] : getenv("SEEDS"), 100),
                        .first = number(argc > 2 ? argv[2] : getenv("SEED"), 1),
                        .jobs = number(getenv("JOBS"), (uint64_t)sysconf(_SC_NPROCESSORS_ONLN)),
                        .days = number(getenv("DAYS"), 0),
                        .verbose = number(getenv("VERBOSE"), 0) != 0,
                        .stop = number(getenv("STOP"), 0) != 0};
    uint64_t minutes = number(getenv("MINUTES"), 0);

    plan.jobs = plan.jobs == 0 || plan.verbose ? 1 : plan.jobs > SIM_JOBS ? SIM_JOBS : plan.jobs;
    plan.until = minutes > 0 ? time(NULL) + (time_t)(minutes * 60) : 0;
    return plan;
}

int main(int argc, char **argv)
{
    struct plan plan = read_plan(argc, argv);
    struct part sum = {.done = 0};
    struct world_tally ignored = {.steps = 0};
    struct timespec start;
    double seconds;
    unsigned missing;
    int counts;
    uint64_t trace = 0;
    uint64_t again = 0;
    int busy;
    int broken;

    if (sodium_init() < 0) {
        puts("Bail out! libsodium does not start");
        return 1;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    clock_gettime(CLOCK_MONOTONIC, &start);
    broken = share(&plan, &sum);
    printf("%s 1 - %" PRIu64 " seeds from %" PRIu64 ": every invariant holds, every healed network comes to rest\n",
           sum.failures == 0 && !broken ? "ok" : "not ok", sum.done, plan.first);
    seconds = seconds_since(&start);
    print_campaign(&plan, &sum, seconds);
    print_tally(&sum, seconds);
    if (!plan.stop) {
        run(&plan, plan.first, 1, &ignored, NULL, &trace);
        run(&plan, plan.first, 1, &ignored, NULL, &again);
    }
    printf("%s 2 - the same seed gives the same run%s\n", trace == again ? "ok" : "not ok",
           plan.stop ? " # SKIP it stops at the first failure" : "");
    missing = coverage_print(&sum.tally.coverage);
    counts = sum.done >= COVERAGE_SEEDS;
    printf("%s 3 - whatever can be met was met%s\n", missing == 0 || !counts ? "ok" : "not ok",
           counts ? "" : " # SKIP too few seeds to ask for everything");
    busy = plan.days == 0 || sum.done == 0 || events_a_day(&plan, &sum) >= SIM_BUSY;
    printf("%s 4 - a node of a long run records %.0f events a day and more%s\n", busy ? "ok" : "not ok", SIM_BUSY,
           plan.days == 0 ? " # SKIP no long run" : "");
    puts("1..4");
    return sum.failures != 0 || broken || trace != again || (counts && missing > 0) || !busy;
}
