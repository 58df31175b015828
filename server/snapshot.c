/* SPDX-License-Identifier: Apache-2.0 */
#include "server/snapshot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "navette/fold.h"
#include "navette/snapshot.h"
#include "navette/snapshot_file.h"
#include "navette/system.h"
#include "navette/whole.h"
#include "server/snapshot_make.h"

#define SNAPSHOT_PATH (HOME_PATH_SIZE + 96u)

struct snapshot_entry {
    struct snapshot_manifest manifest;
    struct buffer bytes; /* signature, manifest */
    uint64_t *offsets;
    int file;
    int64_t asked_ms;
};

struct snapshot_table {
    struct snapshot_options options;
    char folder[HOME_PATH_SIZE];
    struct snapshot_entry entries[SNAPSHOTS_MAX];
    size_t count;
    struct snapshot_job job;
    pthread_t thread;
    int made_rc;
    _Atomic int done;
    int running;
    int64_t failed_ms;  /* 0: the last one was made */
    struct buffer body; /* of the chunk that was last handed out */
    uint8_t hash[HASH_SIZE];
};

static void table_path(const struct snapshot_table *table, const uint8_t id[HASH_SIZE], const char *kind, char out[SNAPSHOT_PATH])
{
    char hex[2 * HASH_SIZE + 1];

    hex_encode(id, HASH_SIZE, hex);
    (void)snprintf(out, SNAPSHOT_PATH, "%s/%s.%s", table->folder, hex, kind);
}

static void entry_close(struct snapshot_entry *entry)
{
    snapshot_manifest_free(&entry->manifest);
    buffer_free(&entry->bytes);
    free(entry->offsets);
    if (entry->file >= 0)
        (void)close(entry->file);
    memset(entry, 0, sizeof(*entry));
    entry->file = -1;
}

static void table_remove_files(const struct snapshot_table *table, const uint8_t id[HASH_SIZE])
{
    char path[SNAPSHOT_PATH];

    table_path(table, id, "manifest", path);
    (void)unlink(path);
    table_path(table, id, "chunks", path);
    (void)unlink(path);
}

static void table_drop(struct snapshot_table *table, size_t index)
{
    table_remove_files(table, table->entries[index].manifest.id);
    entry_close(&table->entries[index]);
    table->entries[index] = table->entries[--table->count];
}

/* Where each chunk begins. NAVETTE_E_TRUNCATED: the file has fewer bytes than the manifest says. */
static int entry_lay_out(struct snapshot_entry *entry)
{
    const Navette__SnapshotManifest *message = entry->manifest.message;
    struct stat about;
    uint64_t at = 0;

    entry->offsets = calloc(entry->manifest.count, sizeof(*entry->offsets));
    if (!entry->offsets)
        return NAVETTE_E_MEMORY;
    for (size_t i = 0; i < entry->manifest.count; i++) {
        entry->offsets[i] = at;
        at += message->sizes[i];
    }
    return fstat(entry->file, &about) == 0 && (uint64_t)about.st_size == at ? 0 : NAVETTE_E_TRUNCATED;
}

static void entry_sign(const struct snapshot_table *table, const struct snapshot_entry *entry, struct buffer *bytes)
{
    uint8_t signed_bytes[SNAPSHOT_SIGNED_SIZE];

    snapshot_signed_bytes(entry->manifest.id, signed_bytes);
    keys_sign(&table->options.home->keys, signed_bytes, sizeof(signed_bytes), bytes->data);
}

/* Signed with the keys of before, it is signed anew: nodes may not believe those any more. */
static int entry_check(const struct snapshot_table *table, const struct snapshot_entry *entry, struct buffer *bytes)
{
    const struct home *home = table->options.home;
    ProtobufCBinaryData signature = {SIGNATURE_SIZE, bytes->data};
    int rc = snapshot_verify(&entry->manifest, signature, home->keys.sign_public);

    if (!rc || !home->has_before || snapshot_verify(&entry->manifest, signature, home->before.sign_public) != 0)
        return rc;
    entry_sign(table, entry, bytes);
    return 0;
}

/* One whose chunks are there. `bytes`: signature and manifest; taken over when 0. */
static int table_add(struct snapshot_table *table, struct buffer *bytes)
{
    struct snapshot_entry entry = {.file = -1, .asked_ms = system_wall_ms()};
    char path[SNAPSHOT_PATH];
    int rc;

    if (bytes->len < SIGNATURE_SIZE || table->count == SNAPSHOTS_MAX)
        return NAVETTE_E_INVALID;
    rc = snapshot_manifest_read(span_of(bytes->data + SIGNATURE_SIZE, bytes->len - SIGNATURE_SIZE), &entry.manifest);
    if (!rc)
        rc = entry_check(table, &entry, bytes);
    if (!rc && entry.manifest.message->schema != FOLD_SCHEMA)
        rc = NAVETTE_E_VERSION;
    if (!rc && memcmp(entry.manifest.message->epoch.data, lineage_last(&table->options.home->lineage)->id, EPOCH_SIZE) != 0)
        rc = NAVETTE_E_VERSION;
    if (!rc) {
        table_path(table, entry.manifest.id, "chunks", path);
        entry.file = open(path, O_RDONLY | O_CLOEXEC);
        rc = entry.file < 0 ? NAVETTE_E_NOT_FOUND : entry_lay_out(&entry);
    }
    if (rc) {
        entry_close(&entry);
        return rc;
    }
    entry.bytes = *bytes;
    *bytes = (struct buffer){.data = NULL};
    table->entries[table->count++] = entry;
    return 0;
}

/* ---- those of before */

static int table_has(const struct snapshot_table *table, const uint8_t id[HASH_SIZE])
{
    for (size_t i = 0; i < table->count; i++)
        if (memcmp(table->entries[i].manifest.id, id, HASH_SIZE) == 0)
            return 1;
    return 0;
}

/* By the name of either of its files: one without the other is of no use. */
static int table_take_up(struct snapshot_table *table, const char *name)
{
    struct buffer bytes = {.data = NULL};
    uint8_t id[HASH_SIZE];
    char path[SNAPSHOT_PATH];
    char hex[2 * HASH_SIZE + 1];
    int rc;

    (void)snprintf(hex, sizeof(hex), "%s", name);
    if (hex_decode(hex, id, HASH_SIZE) != 0 || table_has(table, id))
        return 0;
    table_path(table, id, "manifest", path);
    rc = whole_read(path, LIMIT_FRAME_BYTES, 0, &bytes);
    if (!rc)
        rc = table_add(table, &bytes);
    buffer_free(&bytes);
    if (rc && rc != NAVETTE_E_MEMORY)
        table_remove_files(table, id);
    return rc == NAVETTE_E_MEMORY ? rc : 0;
}

static int table_look(struct snapshot_table *table)
{
    struct dirent *found;
    DIR *folder = opendir(table->folder);
    int rc = 0;

    if (!folder)
        return errno == ENOENT ? 0 : system_error(errno);
    while (!rc && (found = readdir(folder)) != NULL)
        if (strlen(found->d_name) > 2 * HASH_SIZE)
            rc = table_take_up(table, found->d_name);
    (void)closedir(folder);
    return rc;
}

int snapshot_table_open(const struct snapshot_options *options, struct snapshot_table **table)
{
    struct snapshot_table *made = calloc(1, sizeof(*made));
    int rc;

    *table = NULL;
    if (!made)
        return NAVETTE_E_MEMORY;
    made->options = *options;
    home_path(options->home, "snapshots", made->folder);
    rc = table_look(made);
    if (rc) {
        snapshot_table_close(made);
        return rc;
    }
    *table = made;
    return 0;
}

void snapshot_table_close(struct snapshot_table *table)
{
    if (!table)
        return;
    atomic_store(&table->job.stop, 1);
    if (table->running)
        (void)pthread_join(table->thread, NULL);
    buffer_free(&table->job.manifest);
    for (size_t i = 0; i < table->count; i++)
        entry_close(&table->entries[i]);
    buffer_free(&table->body);
    free(table);
}

/* ---- making one */

static void *table_run(void *argument)
{
    struct snapshot_table *table = argument;

    (void)pthread_setname_np(pthread_self(), "snapshot");
    (void)setpriority(PRIO_PROCESS, 0, FOLLOWER_NICE);
    table->made_rc = snapshot_make(&table->job);
    atomic_store(&table->done, 1);
    return NULL;
}

/* What came since is no more than deltas are for. */
static uint64_t table_least(const struct snapshot_table *table, uint64_t tail)
{
    uint64_t since = table->options.hub->snapshot_rows > tail / 4 ? table->options.hub->snapshot_rows : tail / 4;

    return tail > since ? tail - since : 0;
}

static int table_begin(struct snapshot_table *table, const struct hub_node *node, uint64_t tail)
{
    struct snapshot_job *job = &table->job;

    memset(job, 0, sizeof(*job));
    job->home = table->options.home;
    job->follower = table->options.follower;
    job->options = *table->options.hub;
    memcpy(job->node, node->node, NODE_ID_SIZE);
    job->least = table_least(table, tail);
    (void)snprintf(job->folder, sizeof(job->folder), "%s", table->folder);
    if (mkdir(table->folder, 0700) != 0 && errno != EEXIST)
        return system_error(errno);
    atomic_store(&table->done, 0);
    if (pthread_create(&table->thread, NULL, table_run, table))
        return NAVETTE_E_SYSTEM;
    table->running = 1;
    return 0;
}

/* Makes room for one more: what nobody wants any more goes, else what was asked for longest ago. 0: all are in use. */
static int table_make_room(struct snapshot_table *table)
{
    int64_t now_ms = system_wall_ms();
    size_t oldest = 0;

    for (size_t i = table->count; i-- > 0;)
        if (now_ms - table->entries[i].asked_ms > SNAPSHOT_KEEP_MS)
            table_drop(table, i);
    if (table->count < SNAPSHOTS_MAX)
        return 1;
    for (size_t i = 1; i < table->count; i++)
        if (table->entries[i].asked_ms < table->entries[oldest].asked_ms)
            oldest = i;
    if (now_ms - table->entries[oldest].asked_ms < SNAPSHOT_IN_USE_MS)
        return 0;
    table_drop(table, oldest);
    return 1;
}

/* What was made is signed, named, and there from now on. */
static int table_keep(struct snapshot_table *table)
{
    struct buffer bytes = {.data = NULL};
    uint8_t id[HASH_SIZE];
    uint8_t signed_bytes[SNAPSHOT_SIGNED_SIZE];
    uint8_t signature[SIGNATURE_SIZE];
    char from[SNAPSHOT_PATH];
    char to[SNAPSHOT_PATH];
    int rc;

    snapshot_name(buffer_span(&table->job.manifest), id);
    snapshot_signed_bytes(id, signed_bytes);
    keys_sign(&table->options.home->keys, signed_bytes, sizeof(signed_bytes), signature);
    rc = buffer_append(&bytes, signature, sizeof(signature));
    if (!rc)
        rc = buffer_append(&bytes, table->job.manifest.data, table->job.manifest.len);
    (void)snprintf(from, sizeof(from), "%s/%s", table->folder, SNAPSHOT_MAKING);
    table_path(table, id, "chunks", to);
    if (!rc)
        rc = whole_move(from, to);
    table_path(table, id, "manifest", to);
    if (!rc)
        rc = whole_write(to, buffer_span(&bytes), 1);
    if (!rc)
        rc = table_add(table, &bytes);
    buffer_free(&bytes);
    if (!rc) {
        const struct snapshot_entry *entry = &table->entries[table->count - 1];
        const Navette__SnapshotManifest *message = entry->manifest.message;

        system_log(0, "snapshot", NULL, "made: %llu events up to %llu in %u chunks, %llu bytes", (unsigned long long)message->entries,
                   (unsigned long long)message->cursor, entry->manifest.count,
                   (unsigned long long)(entry->offsets[entry->manifest.count - 1] + message->sizes[entry->manifest.count - 1]));
    }
    return rc;
}

void snapshot_table_resign(struct snapshot_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        struct snapshot_entry *entry = &table->entries[i];
        char path[SNAPSHOT_PATH];

        entry_sign(table, entry, &entry->bytes);
        table_path(table, entry->manifest.id, "manifest", path);
        (void)whole_write(path, buffer_span(&entry->bytes), 1); /* else with the next start */
    }
}

static void table_settle(struct snapshot_table *table)
{
    int rc;

    if (!table->running || !atomic_load(&table->done))
        return;
    (void)pthread_join(table->thread, NULL);
    table->running = 0;
    rc = table->made_rc ? table->made_rc : table_keep(table);
    buffer_free(&table->job.manifest);
    table->failed_ms = rc && rc != NAVETTE_E_BUSY ? system_monotonic_ms() : 0;
    if (table->failed_ms)
        system_log(1, "snapshot", NULL, "none was made: %s", error_text(rc));
}

/* ---- answering */

static int entry_is_for(const struct snapshot_entry *entry, const struct hub_node *node, const struct home *home)
{
    struct scope_set set = {.kind = node->scope, .place_count = node->place_count};

    memcpy(set.places, node->places, sizeof(set.places));
    return snapshot_is_for(&entry->manifest, node->node, &set, lineage_last(&home->lineage)->id);
}

/* The newest that this node may have; with an id, that one. NULL: there is none. */
static struct snapshot_entry *table_find(struct snapshot_table *table, const struct hub_node *node, const struct hub_snapshot_ask *ask)
{
    struct snapshot_entry *best = NULL;

    for (size_t i = 0; i < table->count; i++) {
        struct snapshot_entry *entry = &table->entries[i];

        if (!entry_is_for(entry, node, table->options.home))
            continue;
        if (ask->has_id && memcmp(entry->manifest.id, ask->id, HASH_SIZE) == 0)
            return entry;
        if (!ask->has_id && (!best || entry->manifest.message->cursor > best->manifest.message->cursor))
            best = entry;
    }
    return best;
}

static void say_manifest(const struct snapshot_entry *entry, Navette__SnapshotChunk *message)
{
    message->cursor = entry->manifest.message->cursor;
    message->count = entry->manifest.count;
    message->snapshot = (ProtobufCBinaryData){HASH_SIZE, (uint8_t *)(uintptr_t)entry->manifest.id};
    message->signature = (ProtobufCBinaryData){SIGNATURE_SIZE, entry->bytes.data};
    message->manifest = (ProtobufCBinaryData){entry->bytes.len - SIGNATURE_SIZE, entry->bytes.data + SIGNATURE_SIZE};
}

/* How many chunks from `index` on go into one answer: at least one. */
static uint32_t entry_portion(const struct snapshot_entry *entry, const struct hub_snapshot_ask *ask)
{
    uint64_t most = ask->max_bytes < SNAPSHOT_ANSWER_BYTES ? ask->max_bytes : SNAPSHOT_ANSWER_BYTES;
    uint64_t bytes = 0;
    uint32_t count = 0;

    while (ask->index + count < entry->manifest.count) {
        bytes += entry->manifest.message->sizes[ask->index + count];
        if (count > 0 && bytes > most)
            break;
        count++;
    }
    return count;
}

static int say_chunk(struct snapshot_table *table, const struct snapshot_entry *entry, uint32_t index, Navette__SnapshotChunk *message)
{
    const Navette__SnapshotManifest *manifest = entry->manifest.message;
    int rc = snapshot_file_read(entry->file, entry->offsets[index], manifest->sizes[index], &table->body);

    if (!rc) {
        snapshot_name(buffer_span(&table->body), table->hash);
        rc = memcmp(table->hash, manifest->hashes.data + (size_t)index * HASH_SIZE, HASH_SIZE) == 0 ? 0 : NAVETTE_E_CHECKSUM;
    }
    message->cursor = manifest->cursor;
    message->index = index;
    message->count = entry->manifest.count;
    message->snapshot = (ProtobufCBinaryData){HASH_SIZE, (uint8_t *)(uintptr_t)entry->manifest.id};
    message->hash = (ProtobufCBinaryData){HASH_SIZE, table->hash};
    message->body = (ProtobufCBinaryData){table->body.len, table->body.data};
    return rc;
}

static int table_answer_first(struct snapshot_table *table, const struct hub_node *node, uint64_t tail, Navette__SnapshotChunk *message)
{
    struct hub_snapshot_ask any = {.has_id = 0};
    struct snapshot_entry *entry = table_find(table, node, &any);
    int64_t now_ms = system_monotonic_ms();

    if (entry && entry->manifest.message->cursor >= table_least(table, tail)) {
        entry->asked_ms = system_wall_ms();
        say_manifest(entry, message);
        return 0;
    }
    message->none = table->failed_ms != 0 && now_ms - table->failed_ms < SNAPSHOT_FAILED_MS;
    if (!message->none && !table->running && table_make_room(table))
        message->none = table_begin(table, node, tail) != 0;
    message->making = !message->none;
    return 0;
}

int snapshot_table_answer(struct snapshot_table *table, const struct hub_node *node, const struct hub_snapshot_ask *ask, uint64_t tail,
                          uint32_t *turn, Navette__SnapshotChunk *message)
{
    struct snapshot_entry *entry;
    uint32_t count;
    int rc;

    navette__snapshot_chunk__init(message);
    table_settle(table);
    entry = ask->has_id ? table_find(table, node, ask) : NULL;
    if (!entry || ask->index >= entry->manifest.count)
        return (*turn)++ == 0 ? table_answer_first(table, node, tail, message) : NAVETTE_E_NOT_FOUND;
    count = entry_portion(entry, ask);
    if (*turn >= count)
        return NAVETTE_E_NOT_FOUND;
    entry->asked_ms = system_wall_ms();
    message->left = count - *turn - 1;
    rc = say_chunk(table, entry, ask->index + (*turn)++, message);
    if (rc && !error_is_fatal(rc)) {
        system_log(2, "snapshot", NULL, "chunk %u does not stand in its file as it was written: %s; another is made", message->index,
                   error_text(rc));
        table_drop(table, (size_t)(entry - table->entries));
        navette__snapshot_chunk__init(message);
        rc = table_answer_first(table, node, tail, message);
    }
    return rc;
}
