/* SPDX-License-Identifier: Apache-2.0 */
#include "server/alone.h"

#include <poll.h>
#include <stdlib.h>

#include "server/decide.h"

#define ALONE_WAIT_MS 1000 /* between looks at the fold */

struct alone {
    struct home home;
    struct queue *requests;
    struct queue *answers;
    struct follower *follower;
    struct executor_options executor_options;
    struct executor executor;
};

int alone_open(const struct options *options, struct alone **alone)
{
    const struct config *config = &options->config;
    struct home_options where = {
        .folder = config->folder, .reserve_bytes = config->reserve_bytes, .map_bytes = config->map_bytes, .must_exist = 1};
    struct alone *made = calloc(1, sizeof(*made));
    char state[HOME_PATH_SIZE];
    int rc;

    if (!made)
        return NAVETTE_E_MEMORY;
    rc = home_open(&where, &made->home);
    if (!rc)
        rc = queue_new(&made->requests);
    if (!rc)
        rc = queue_new(&made->answers);
    if (!rc) {
        home_path(&made->home, "state", state);
        rc = follower_start(&(struct follower_options){made->home.journal, state, config->map_bytes, config->reserve_bytes},
                            &made->follower);
    }
    if (!rc) {
        made->executor = (struct executor){.options = &made->executor_options,
                                           .home = &made->home,
                                           .follower = made->follower,
                                           .requests = made->requests,
                                           .answers = made->answers};
        rc = executor_open_alone(&made->executor);
    }
    if (rc) {
        alone_close(made);
        return rc;
    }
    *alone = made;
    return 0;
}

void alone_close(struct alone *alone)
{
    if (!alone)
        return;
    if (alone->executor.hub)
        executor_close(&alone->executor);
    follower_stop(alone->follower);
    queue_free(alone->answers);
    queue_free(alone->requests);
    home_close(&alone->home);
    free(alone);
}

/* Nobody else asks: the answer may wait for the fold here. */
static int alone_fold(struct alone *alone)
{
    struct pollfd fd = {.fd = follower_fd(alone->follower), .events = POLLIN};
    struct follower_news news;

    for (;;) {
        follower_news(alone->follower, &news);
        if (news.failed || news.full || news.cursor >= alone->executor.tail)
            return news.failed;
        (void)poll(&fd, 1, ALONE_WAIT_MS);
        follower_clear(alone->follower);
    }
}

int alone_ask(struct alone *alone, const json_t *request, json_t **answer)
{
    size_t done = 0;
    uint64_t client;
    int rc = queue_put(alone->requests, 1, json_deep_copy(request));

    *answer = NULL;
    if (!rc)
        rc = decide_run(&alone->executor, &done);
    while (!rc && queue_take(alone->answers, &client, answer) != 0) {
        rc = alone_fold(alone);
        if (!rc)
            rc = executor_settle(&alone->executor);
    }
    return rc;
}
