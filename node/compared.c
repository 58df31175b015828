/* SPDX-License-Identifier: Apache-2.0 */
#include "node/compared.h"

#include "io/view_json_compare.h"

json_t *compared_show(const struct office *office, const struct request *request, int done)
{
    struct compare_asked asked = {.language = request->language};
    char tz[LIMIT_CODE + 1];
    struct store_txn *txn;
    json_t *answer, *last;
    int may;

    if (lmdb_read_begin(office->store, &txn) != 0)
        return NULL;
    office_tz(office, txn, request->place, tz);
    asked.tz = tz;
    (void)node_compare_passes(office->node, &may);
    last = view_json_compared(txn, office->identity.node, &asked);
    answer = !done                  ? request_refuse(request, may ? "compare-goes-on" : "compare-no-hub", NULL, NULL, NULL)
             : json_is_object(last) ? json_deep_copy(last)
                                    : request_refuse(request, "compare-never", NULL, NULL, NULL);
    if (answer != NULL) {
        (void)json_object_set_new(answer, "ok", json_boolean(done || may));
        (void)json_object_set_new(answer, "done", json_boolean(done));
        (void)json_object_set(answer, "compared", last);
        (void)json_object_set_new(answer, "damage", view_json_damage_count(txn, "damage-note", request->language));
    }
    json_decref(last);
    lmdb_abort(txn);
    return answer;
}
