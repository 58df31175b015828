/* SPDX-License-Identifier: Apache-2.0 */
#include "node/container.h"

#include "node/check.h"
#include "node/resolve.h"

int container_find(const struct office *office, const struct request *request, struct store_txn *txn, unsigned kinds, int may_be_sealed,
                   struct container *container, json_t **answer)
{
    const char *typed = request_text(request, "container");
    struct resolve resolve = {.place = request->place, .takes = kinds};
    int rc;

    if (typed[0] == '\0') {
        *answer = request_refuse(request, "missing-option", message_word(request->language, "SAC"), request_text(request, "verb"), NULL);
        return 0;
    }
    rc = resolve_scan(office, request, txn, &resolve, typed, &container->key, answer);
    if (rc == NAVETTE_E_NOT_FOUND) {
        *answer = request_refuse(request, "unknown-container", thing_id(&container->key), NULL, NULL);
        return 0;
    }
    if (rc != 0 || *answer != NULL)
        return rc;
    rc = view_thing(txn, txn, &container->key, VIEW_NOW, &container->where);
    if (rc != 0)
        return rc;
    container->known = 1;
    *answer = check_container(office, request, &container->where, may_be_sealed);
    return 0;
}

void container_free(struct container *container)
{
    if (container->known)
        whereabouts_free(&container->where);
    container->known = 0;
}
