/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

#define SIM_SHOWN 10u /* failing seeds told in full */

/* sim [SEEDS [SEED]]: runs seeds SEED, SEED + 1, ... Environment: SEEDS, SEED, VERBOSE=1, STOP=1 (at the first failure). TAP on standard output. */

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
    sum->steps += one->steps;
    sum->events += one->events;
    sum->frames += one->frames;
    sum->crashes += one->crashes;
    sum->refusals += one->refusals;
    sum->lost += one->lost;
    sum->time_ms += one->time_ms;
    sum->undecidable += one->undecidable;
    sum->proven += one->proven;
    sum->withdrawn += one->withdrawn;
    sum->rest_ms = one->rest_ms > sum->rest_ms ? one->rest_ms : sum->rest_ms;
}

/* Returns 1 when an invariant broke. */
static int run(uint64_t seed, int verbose, int quiet, struct world_tally *sum, uint64_t *trace)
{
    struct world_options options = {.seed = seed, .verbose = verbose};
    struct world *world = world_new(&options);
    int failed = world_run(world);

    if (failed && !quiet) {
        printf("# seed %" PRIu64 " breaks %s: %s\n", seed, world->failure_name, world->failure_text);
        printf("# again with: make sim SEED=%" PRIu64 " SEEDS=1 VERBOSE=1\n", seed);
    }
    add(sum, &world->tally);
    *trace = world->trace;
    world_free(world);
    return failed;
}

int main(int argc, char **argv)
{
    uint64_t seeds = number(argc > 1 ? argv[1] : getenv("SEEDS"), 100);
    uint64_t first = number(argc > 2 ? argv[2] : getenv("SEED"), 1);
    int verbose = number(getenv("VERBOSE"), 0) != 0;
    struct world_tally sum = {0};
    struct world_tally ignored = {0};
    int stop = number(getenv("STOP"), 0) != 0;
    uint64_t failures = 0;
    uint64_t done = 0;
    uint64_t trace;
    uint64_t again;

    if (sodium_init() < 0) {
        puts("Bail out! libsodium does not start");
        return 1;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (uint64_t seed = first; seed < first + seeds && !(stop && failures > 0); seed++, done++) {
        failures += (uint64_t)run(seed, verbose, failures >= SIM_SHOWN, &sum, &trace);
    }
    printf("%s 1 - %" PRIu64 " seeds from %" PRIu64 ": every invariant holds, every healed network comes to rest\n",
           failures == 0 ? "ok" : "not ok", done, first);
    run(first, 0, 1, &ignored, &trace);
    run(first, 0, 1, &ignored, &again);
    printf("%s 2 - the same seed gives the same run\n", trace == again ? "ok" : "not ok");
    puts("1..2");
    printf("# %" PRIu64 " seeds, %.1f h simulated, %" PRIu64 " events, %" PRIu64 " frames (%" PRIu64 " lost), %" PRIu64 " crashes, %" PRIu64
           " refusals, at rest within %.0f s, %" PRIu64 " failures\n",
           done, (double)sum.time_ms / 3600000.0, sum.events, sum.frames, sum.lost, sum.crashes, sum.refusals, (double)sum.rest_ms / 1000.0,
           failures);
    printf("# verdicts looked at: %" PRIu64 " undecidable, %" PRIu64 " as good as proven, %" PRIu64 " withdrawn\n", sum.undecidable,
           sum.proven, sum.withdrawn);
    return failures != 0 || trace != again;
}
