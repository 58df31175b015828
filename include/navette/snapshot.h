/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SNAPSHOT_H
#define NAVETTE_SNAPSHOT_H

#include "navette/journal.h"
#include "navette/limits.h"
#include "navette/scope_set.h"
#include "navette/span.h"
#include "navette/store.h"
#include "navette.pb-c.h"

/*
 * A snapshot (proto/WIRE.md, Snapshots): everything that a scope gives up to a position of the hub's journal, cut into chunks. Its manifest says what it is and has the hash of each chunk; it is named by the hash of
 * its own bytes, and that name is what the hub signs. Here: the bytes.
 */
struct snapshot_manifest {
    uint8_t id[HASH_SIZE];
    uint32_t count;                     /* of chunks */
    Navette__SnapshotManifest *message; /* owned */
};

/* Reads and checks one. NAVETTE_E_INVALID, NAVETTE_E_TOO_LARGE, NAVETTE_E_MEMORY. snapshot_manifest_free() when 0. */
int snapshot_manifest_read(struct span bytes, struct snapshot_manifest *manifest);
void snapshot_manifest_free(struct snapshot_manifest *manifest); /* zeroed: no-op */
void snapshot_name(struct span bytes, uint8_t id[HASH_SIZE]);

/* What the hub signs: "navette snaps v1" || id. NAVETTE_E_SIGNATURE. */
#define SNAPSHOT_SIGNED_SIZE (16u + HASH_SIZE)
void snapshot_signed_bytes(const uint8_t id[HASH_SIZE], uint8_t out[SNAPSHOT_SIGNED_SIZE]);
int snapshot_verify(const struct snapshot_manifest *manifest, ProtobufCBinaryData signature, const uint8_t sign_key[KEY_SIZE]);

/* Is it what a node that follows `set` of the journal's `epoch` wants? 1 or 0. */
int snapshot_is_for(const struct snapshot_manifest *manifest, const uint8_t node[NODE_ID_SIZE], const struct scope_set *set,
                    const uint8_t epoch[EPOCH_SIZE]);

/* One chunk, unpacked. */
struct snapshot_part {
    struct buffer bytes;   /* of a Delta */
    Navette__Delta *delta; /* borrowed from the arena */
    void *arena;
};
/*
 * Opens chunk `index`. NAVETTE_E_CHECKSUM: it is not the one that the manifest names; NAVETTE_E_INVALID: it is, and holds no sound Delta; NAVETTE_E_TOO_LARGE, NAVETTE_E_MEMORY. snapshot_part_free() in any case.
 */
int snapshot_part_open(const struct snapshot_manifest *manifest, uint32_t index, struct span body, struct snapshot_part *part);
int snapshot_part_read(struct span bytes, struct snapshot_part *part); /* of its unpacked bytes */
void snapshot_part_free(struct snapshot_part *part);

/* An entry as a Delta has it, borrowing its bytes. */
void snapshot_entry(const Navette__Delta *delta, const Navette__DeltaEntry *in, struct journal_entry *entry);
/* What an entry of the journal adopts is found under its own name too. event: its own, read. As store.h. */
int snapshot_adopt(struct store_txn *txn, const struct journal_entry *entry, const Navette__Event *event);
/* Appends its entries to a store's journal; those it has are passed over. Seals are not looked at. As store.h, NAVETTE_E_MEMORY. */
int snapshot_append(struct store_txn *txn, const Navette__Delta *delta);

#endif
