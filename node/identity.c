/* SPDX-License-Identifier: Apache-2.0 */
#include "node/identity.h"

#include <stdio.h>
#include <string.h>

#include "navette/log.h"
#include "navette/system.h"

#define IDENTITY_NAME "identity"
#define IDENTITY_VERSION 1u

static void read_fixed(struct reader *reader, uint8_t *out, size_t len)
{
    struct span bytes = reader_bytes(reader, len);
    if (!reader->failed)
        memcpy(out, bytes.data, len);
}

int identity_load(struct store_txn *txn, struct identity *identity)
{
    struct span value;
    int rc = store_get(txn, TABLE_LOCAL, span_of_string(IDENTITY_NAME), &value);
    struct reader reader;

    memset(identity, 0, sizeof *identity);
    if (rc != 0)
        return rc;
    reader = reader_of(value);
    if (reader_u8(&reader) != IDENTITY_VERSION)
        return NAVETTE_E_STORE;
    read_fixed(&reader, identity->node, NODE_ID_SIZE);
    read_fixed(&reader, identity->incarnation, INCARNATION_SIZE);
    identity->role = reader_u8(&reader);
    identity->scope = reader_u8(&reader);
    identity->enrolled = reader_u8(&reader);
    read_fixed(&reader, identity->hub, NODE_ID_SIZE);
    read_fixed(&reader, identity->hub_curve_key, KEY_SIZE);
    read_fixed(&reader, identity->hub_sign_key, KEY_SIZE);
    reader_copy_string(&reader, identity->endpoint, sizeof identity->endpoint);
    reader_copy_string(&reader, identity->tz, sizeof identity->tz);
    identity->place_count = reader_u8(&reader);
    identity->namespace_count = reader_u8(&reader);
    if (identity->place_count > IDENTITY_PLACES || identity->namespace_count > IDENTITY_NAMESPACES)
        return NAVETTE_E_STORE;
    for (size_t i = 0; i < identity->place_count; i++)
        reader_copy_string(&reader, identity->places[i], sizeof identity->places[i]);
    for (size_t i = 0; i < identity->namespace_count; i++)
        reader_copy_string(&reader, identity->namespaces[i], sizeof identity->namespaces[i]);
    return reader.failed || reader.left.len != 0 ? NAVETTE_E_STORE : 0;
}

static int encode(const struct identity *identity, struct buffer *out)
{
    int rc = buffer_append_u8(out, IDENTITY_VERSION);

    rc = rc != 0 ? rc : buffer_append(out, identity->node, NODE_ID_SIZE);
    rc = rc != 0 ? rc : buffer_append(out, identity->incarnation, INCARNATION_SIZE);
    rc = rc != 0 ? rc : buffer_append_u8(out, identity->role);
    rc = rc != 0 ? rc : buffer_append_u8(out, identity->scope);
    rc = rc != 0 ? rc : buffer_append_u8(out, identity->enrolled);
    rc = rc != 0 ? rc : buffer_append(out, identity->hub, NODE_ID_SIZE);
    rc = rc != 0 ? rc : buffer_append(out, identity->hub_curve_key, KEY_SIZE);
    rc = rc != 0 ? rc : buffer_append(out, identity->hub_sign_key, KEY_SIZE);
    rc = rc != 0 ? rc : buffer_append_string(out, identity->endpoint);
    rc = rc != 0 ? rc : buffer_append_string(out, identity->tz);
    rc = rc != 0 ? rc : buffer_append_u8(out, (uint8_t)identity->place_count);
    rc = rc != 0 ? rc : buffer_append_u8(out, (uint8_t)identity->namespace_count);
    for (size_t i = 0; i < identity->place_count && rc == 0; i++)
        rc = buffer_append_string(out, identity->places[i]);
    for (size_t i = 0; i < identity->namespace_count && rc == 0; i++)
        rc = buffer_append_string(out, identity->namespaces[i]);
    return rc;
}

int identity_store(struct store_txn *txn, const struct identity *identity)
{
    struct buffer bytes = {0};
    int rc = encode(identity, &bytes);

    if (rc == 0)
        rc = store_put(txn, TABLE_LOCAL, span_of_string(IDENTITY_NAME), buffer_span(&bytes));
    buffer_free(&bytes);
    return rc;
}

int identity_begin(struct store_txn *txn, const uint8_t node[NODE_ID_SIZE], struct identity *identity)
{
    const uint8_t no_parent[INCARNATION_SIZE] = {0};
    int rc;

    memset(identity, 0, sizeof *identity);
    memcpy(identity->node, node, NODE_ID_SIZE);
    system_random(identity->incarnation, INCARNATION_SIZE);
    rc = log_start(txn, identity->incarnation, no_parent, node);
    return rc != 0 ? rc : identity_store(txn, identity);
}

void identity_enrol(struct identity *identity, const struct enrol_grant *grant)
{
    identity->role = (uint8_t)grant->role;
    identity->scope = (uint8_t)grant->scope;
    identity->enrolled = 1;
    memcpy(identity->hub, grant->hub, NODE_ID_SIZE);
    memcpy(identity->hub_curve_key, grant->hub_curve_key, KEY_SIZE);
    memcpy(identity->hub_sign_key, grant->hub_sign_key, KEY_SIZE);
    (void)snprintf(identity->endpoint, sizeof identity->endpoint, "%s", grant->endpoint);
    if (grant->place_count == 0)
        return;
    identity->place_count = 0;
    for (size_t i = 0; i < grant->place_count && i < IDENTITY_PLACES; i++)
        (void)identity_add_place(identity, grant->places[i]);
}

int identity_serves(const struct identity *identity, const char *place)
{
    for (size_t i = 0; i < identity->place_count; i++)
        if (strcmp(identity->places[i], place) == 0)
            return 1;
    return 0;
}

int identity_add_place(struct identity *identity, const char *place)
{
    if (identity_serves(identity, place))
        return 0;
    if (identity->place_count >= IDENTITY_PLACES || strlen(place) > LIMIT_PLACE_CODE)
        return NAVETTE_E_TOO_LARGE;
    (void)snprintf(identity->places[identity->place_count++], LIMIT_PLACE_CODE + 1, "%s", place);
    return 0;
}

int identity_add_namespace(struct identity *identity, const char *name)
{
    for (size_t i = 0; i < identity->namespace_count; i++)
        if (strcmp(identity->namespaces[i], name) == 0)
            return 0;
    if (identity->namespace_count >= IDENTITY_NAMESPACES || strlen(name) > LIMIT_NAMESPACE)
        return NAVETTE_E_TOO_LARGE;
    (void)snprintf(identity->namespaces[identity->namespace_count++], LIMIT_NAMESPACE + 1, "%s", name);
    return 0;
}

void identity_places_text(const struct identity *identity, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < identity->place_count && used < size; i++) {
        int n = snprintf(out + used, size - used, "%s%s", i > 0 ? ", " : "", identity->places[i]);
        used += n > 0 ? (size_t)n : 0;
    }
}
