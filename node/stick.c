/* SPDX-License-Identifier: Apache-2.0 */
#include "node/stick.h"

#include <stdlib.h>
#include <string.h>

#include "navette/system.h"
#include "node/request.h"

#define CLAIM_NAME "claim"

struct stick *stick_new(struct office *office)
{
    struct stick *oldest = &office->sticks[0];

    for (size_t i = 0; i < STICKS; i++) {
        struct stick *stick = &office->sticks[i];

        if (stick->id == 0) {
            oldest = stick;
            break;
        }
        if (stick->used < oldest->used)
            oldest = stick;
    }
    stick_end(oldest);
    while (oldest->id == 0)
        system_random(&oldest->id, sizeof oldest->id);
    oldest->used = ++office->stick_uses;
    return oldest;
}

struct stick *stick_of(struct office *office, const struct request *request, json_t **answer)
{
    const char *text = request_text(request, "stick");
    uint64_t id = strtoull(text, NULL, 16);

    for (size_t i = 0; i < STICKS && id != 0; i++)
        if (office->sticks[i].id == id) {
            office->sticks[i].used = ++office->stick_uses;
            return &office->sticks[i];
        }
    *answer = request_refuse(request, "stick-gone", NULL, NULL, NULL);
    return NULL;
}

void stick_end(struct stick *stick)
{
    buffer_free(&stick->plain);
    buffer_free(&stick->wants);
    bundle_box_wipe(&stick->box);
    memset(stick, 0, sizeof *stick);
}

void stick_end_all(struct office *office)
{
    for (size_t i = 0; i < STICKS; i++)
        stick_end(&office->sticks[i]);
}

int stick_keep_claim(struct store_txn *txn, struct span claim)
{
    int rc;

    if (claim.len > 0)
        return store_put(txn, TABLE_LOCAL, span_of_string(CLAIM_NAME), claim);
    rc = store_del(txn, TABLE_LOCAL, span_of_string(CLAIM_NAME));
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int stick_claim(struct store_txn *txn, struct span *claim)
{
    return store_get(txn, TABLE_LOCAL, span_of_string(CLAIM_NAME), claim);
}
