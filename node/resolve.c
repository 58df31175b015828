/* SPDX-License-Identifier: Apache-2.0 */
#include "node/resolve.h"

#include <stdio.h>
#include <string.h>

#include "navette/view_json.h"

int resolve_clean(const char *typed, char out[LIMIT_THING_ID + 1])
{
    const char *end = typed + strlen(typed);

    while (typed < end && (*typed == ' ' || *typed == '\t' || *typed == '*'))
        typed++;
    while (end > typed && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '*' || end[-1] == '\r'))
        end--;
    if (end == typed || end - typed > (ptrdiff_t)LIMIT_THING_ID)
        return NAVETTE_E_INVALID;
    for (const char *p = typed; p < end; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            return NAVETTE_E_INVALID;
    memcpy(out, typed, (size_t)(end - typed));
    out[end - typed] = '\0';
    return 0;
}

static size_t spaces_of(const struct office *office, struct store_txn *txn, const struct resolve *resolve,
                        char spaces[OFFICE_NAMESPACES][LIMIT_NAMESPACE + 1])
{
    if (resolve->only_space == NULL)
        return office_namespaces(office, txn, resolve->place, spaces);
    (void)snprintf(spaces[0], LIMIT_NAMESPACE + 1, "%s", resolve->only_space);
    return 1;
}

static json_t *ambiguous(const struct request *request, const char *code, const struct thing_key *keys, size_t count)
{
    char list[512];
    size_t used = 0;

    list[0] = '\0';
    for (size_t i = 0; i < count && used < sizeof list; i++) {
        int n = snprintf(list + used, sizeof list - used, "%s%s %s", i > 0 ? ", " : "",
                         message_word(request->language, view_json_kind(thing_kind(&keys[i]))), thing_namespace(&keys[i]));
        used += n > 0 ? (size_t)n : 0;
    }
    return request_refuse(request, "ambiguous-barcode", code, list, NULL);
}

static json_t *wrong_kind(const struct request *request, const char *code, const struct thing_key *key)
{
    static const char *const words[] = {"", "an-item", "a-bag", "a-crate"};
    static const char *const next[] = {"", "pack", "load", "receive"};
    int kind = thing_kind(key) <= 3 ? thing_kind(key) : 0;
    char hint[64];

    (void)snprintf(hint, sizeof hint, "navette help %s", next[kind]);
    return request_refuse(request, "wrong-kind", code, message_word(request->language, words[kind]), hint);
}

int resolve_scan(const struct office *office, const struct request *request, struct store_txn *txn, const struct resolve *resolve,
                 const char *typed, struct thing_key *key, json_t **answer)
{
    char code[LIMIT_THING_ID + 1];
    char spaces[OFFICE_NAMESPACES][LIMIT_NAMESPACE + 1];
    const char *names[OFFICE_NAMESPACES];
    struct thing_key found[VIEW_RESOLVE_MAX], wanted[VIEW_RESOLVE_MAX];
    size_t count = spaces_of(office, txn, resolve, spaces), taken = 0;
    int n;

    *answer = NULL;
    if (resolve_clean(typed, code) != 0 || thing_key_make(NAVETTE__THING_KIND__THING_ITEM, spaces[0], code, key) != 0) {
        char shown[80];
        message_text(request->language, "{1}", typed, NULL, NULL, shown, sizeof shown);
        *answer = request_refuse(request, "malformed-line", shown, NULL, NULL);
        return 0;
    }
    for (size_t i = 0; i < count; i++)
        names[i] = spaces[i];
    n = view_resolve_known(txn, txn, resolve->moment != NULL ? resolve->moment->known : VIEW_KNOWN_ALL, code, names, count, found);
    if (n < 0)
        return n;
    for (int i = 0; i < n; i++)
        if (resolve->takes >> thing_kind(&found[i]) & 1u)
            wanted[taken++] = found[i];
    if (n == 0)
        return NAVETTE_E_NOT_FOUND;
    if (taken == 0)
        *answer = wrong_kind(request, code, &found[0]);
    else if (taken > 1)
        *answer = ambiguous(request, code, wanted, taken);
    else
        *key = wanted[0];
    return 0;
}
