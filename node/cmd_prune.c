/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "node/commands.h"
#include "node/pruning.h"

#define SLICES 8u /* of one request: others are served between two */

/* {"dry_run", "from"}: answers what was given up so far, and, while "more", where to go on. */
static int run_prune(struct office *office, const struct request *request, json_t **answer)
{
    int dry = request_flag(request, "dry_run");
    uint64_t next = (uint64_t)request_number(request, "from");
    uint64_t pruned = 0, bytes = 0, looked = 0;
    struct node_pruning done = {.more = 1};
    char entries[32], mb[MESSAGE_NUMBER_SIZE], text[512];
    int rc = 0;

    for (unsigned i = 0; rc == 0 && done.more && i < SLICES; i++) {
        rc = pruning_slice(office, dry, &next, &done);
        if (rc == 0 && done.bar != NODE_PRUNE_MAY) {
            *answer = request_refuse(request, pruning_bar(done.bar), NULL, NULL, NULL);
            return 0;
        }
        pruned += done.pruned;
        bytes += done.bytes;
        looked += done.looked;
    }
    if (rc != 0)
        return rc;
    (void)snprintf(entries, sizeof entries, "%llu", (unsigned long long)pruned);
    (void)message_decimal(request->language, (double)bytes / 1048576.0, mb);
    message_text(request->language, dry ? "prune-dry" : "prune-done", entries, mb, NULL, text, sizeof text);
    *answer = json_pack("{s:b, s:s}", "ok", 1, "text", text);
    (void)json_object_set_new(*answer, "pruned", json_integer((json_int_t)pruned));
    (void)json_object_set_new(*answer, "bytes", json_integer((json_int_t)bytes));
    (void)json_object_set_new(*answer, "looked", json_integer((json_int_t)looked));
    (void)json_object_set_new(*answer, "more", json_boolean(done.more));
    (void)json_object_set_new(*answer, "from", json_integer((json_int_t)next));
    return 0;
}

const struct command *cmd_prune_commands(size_t *count)
{
    static const struct command commands[] = {{"prune", run_prune, 0}};

    *count = sizeof commands / sizeof commands[0];
    return commands;
}
