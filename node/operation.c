/* SPDX-License-Identifier: Apache-2.0 */
#include "node/operation.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "navette/error.h"
#include "navette/ref.h"
#include "node/verb.h"

#define HEAD_PREFIX "operation/"
#define SCAN_PREFIX "scan/"
#define NAME_MAX_SIZE (sizeof HEAD_PREFIX + 8u + THING_KEY_MAX)

struct name {
    uint8_t bytes[NAME_MAX_SIZE];
    size_t len;
};

static struct name name_of(const char *prefix, uint64_t id, const struct thing_key *key)
{
    struct name name = {.len = strlen(prefix)};

    memcpy(name.bytes, prefix, name.len);
    write_u64(name.bytes + name.len, id);
    name.len += 8;
    if (key != NULL) {
        memcpy(name.bytes + name.len, key->bytes, key->len);
        name.len += key->len;
    }
    return name;
}

void operation_id_format(uint64_t id, char out[OPERATION_ID_TEXT])
{
    (void)snprintf(out, OPERATION_ID_TEXT, "%016llx", (unsigned long long)id);
}

int operation_id_parse(const char *text, uint64_t *id)
{
    uint8_t bytes[8];

    if (hex_decode(text, bytes, sizeof bytes) != 0)
        return NAVETTE_E_INVALID;
    *id = read_u64(bytes);
    return *id != 0 ? 0 : NAVETTE_E_INVALID;
}

struct operation *operation_find(struct operation *list, uint64_t id)
{
    for (size_t i = 0; i < OPERATIONS_MAX; i++)
        if (id != 0 && list[i].id == id)
            return &list[i];
    return NULL;
}

struct operation *operation_slot(struct operation *list)
{
    for (size_t i = 0; i < OPERATIONS_MAX; i++)
        if (list[i].id == 0)
            return &list[i];
    /* one that was begun, scanned nothing and lost its command leaves no trace */
    for (size_t i = 0; i < OPERATIONS_MAX; i++)
        if (!list[i].stored && operation_is_left(&list[i])) {
            operation_free(&list[i]);
            return &list[i];
        }
    return NULL;
}

void operation_free(struct operation *operation)
{
    json_decref(operation->options);
    memset(operation, 0, sizeof *operation);
}

static int read_head(struct span value, uint64_t id, struct operation *operation)
{
    json_t *json = json_loadb((const char *)value.data, value.len, JSON_REJECT_DUPLICATES, NULL);
    const char *verb = "", *place = "", *operator_ = "", *container = "";
    json_int_t recorded = 0, refused = 0, started = 0;
    json_t *options = NULL;
    uint8_t key[THING_KEY_MAX];
    int rc = NAVETTE_E_UNKNOWN;

    if (json_unpack(json, "{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:O}", "verb", &verb, "place", &place, "operator", &operator_, "container",
                    &container, "recorded", &recorded, "refused", &refused, "started", &started, "options", &options) == 0 &&
        verb_find(verb) != NULL && strlen(container) / 2 <= sizeof key) {
        size_t len = strlen(container) / 2;
        operation->id = id;
        operation->verb = verb_find(verb);
        (void)snprintf(operation->place, sizeof operation->place, "%s", place);
        (void)snprintf(operation->operator_, sizeof operation->operator_, "%s", operator_);
        operation->recorded = (uint32_t)recorded;
        operation->refused = (uint32_t)refused;
        operation->started_ms = started;
        operation->stored = 1;
        operation->options = json_incref(options);
        rc = 0;
        if (len > 0 && (hex_decode(container, key, len) != 0 || thing_key_read(span_of(key, len), &operation->container) != 0))
            operation->container.len = 0;
    }
    json_decref(options);
    json_decref(json);
    return rc;
}

int operation_load(struct store_txn *txn, struct operation *list)
{
    const size_t prefix = strlen(HEAD_PREFIX);
    struct store_scan *scan;
    struct span key, value;
    size_t count = 0;
    int rc = store_scan_open(txn, TABLE_LOCAL, &scan);

    if (rc != 0)
        return rc;
    rc = txn->ops->scan_from(scan, span_of_string(HEAD_PREFIX), &key, &value);
    while (rc == 0 && key.len == prefix + 8 && memcmp(key.data, HEAD_PREFIX, prefix) == 0 && count < OPERATIONS_MAX) {
        if (read_head(value, read_u64(key.data + prefix), &list[count]) == 0)
            count++;
        rc = txn->ops->scan_next(scan, &key, &value);
    }
    txn->ops->scan_close(scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int operation_store(struct store_txn *txn, const struct operation *operation)
{
    struct name name = name_of(HEAD_PREFIX, operation->id, NULL);
    char container[2 * THING_KEY_MAX + 1];
    json_t *json;
    char *text;
    int rc;

    hex_encode(operation->container.bytes, operation->container.len, container);
    json = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:O}", "verb", operation->verb->name, "place", operation->place, "operator",
                     operation->operator_, "container", container, "recorded", (json_int_t)operation->recorded, "refused",
                     (json_int_t)operation->refused, "started", (json_int_t)operation->started_ms, "options", operation->options);
    text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
    rc = text != NULL ? store_put(txn, TABLE_LOCAL, span_of(name.bytes, name.len), span_of_string(text)) : NAVETTE_E_MEMORY;
    free(text);
    json_decref(json);
    return rc;
}

int operation_mark(struct store_txn *txn, const struct operation *operation, const struct thing_key *key)
{
    struct name name = name_of(SCAN_PREFIX, operation->id, key);
    return store_put(txn, TABLE_LOCAL, span_of(name.bytes, name.len), span_of_string("1"));
}

int operation_has(struct store_txn *txn, const struct operation *operation, const struct thing_key *key)
{
    struct name name = name_of(SCAN_PREFIX, operation->id, key);
    struct span value;
    return store_get(txn, TABLE_LOCAL, span_of(name.bytes, name.len), &value);
}

int operation_erase(struct store_txn *txn, const struct operation *operation)
{
    struct name head = name_of(HEAD_PREFIX, operation->id, NULL);
    struct name prefix = name_of(SCAN_PREFIX, operation->id, NULL);
    struct store_scan *scan;
    struct span key, value;
    struct name row;
    int rc = store_scan_open(txn, TABLE_LOCAL, &scan);

    if (rc != 0)
        return rc;
    rc = txn->ops->scan_from(scan, span_of(prefix.bytes, prefix.len), &key, &value);
    while (rc == 0 && key.len > prefix.len && key.len <= sizeof row.bytes && memcmp(key.data, prefix.bytes, prefix.len) == 0) {
        row.len = key.len;
        memcpy(row.bytes, key.data, key.len);
        rc = txn->ops->del(txn, TABLE_LOCAL, span_of(row.bytes, row.len));
        if (rc == 0)
            rc = txn->ops->scan_from(scan, span_of(prefix.bytes, prefix.len), &key, &value);
    }
    txn->ops->scan_close(scan);
    if (rc != 0 && rc != NAVETTE_E_NOT_FOUND)
        return rc;
    rc = txn->ops->del(txn, TABLE_LOCAL, span_of(head.bytes, head.len));
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int operation_is_left(const struct operation *operation)
{
    return operation->pid <= 0 || (kill(operation->pid, 0) != 0 && errno == ESRCH);
}

const char *operation_text(const struct operation *operation, const char *name)
{
    const char *text = json_string_value(json_object_get(operation->options, name));
    return text != NULL ? text : "";
}

int64_t operation_number(const struct operation *operation, const char *name)
{
    return json_integer_value(json_object_get(operation->options, name));
}

int operation_flag(const struct operation *operation, const char *name)
{
    return json_is_true(json_object_get(operation->options, name));
}
