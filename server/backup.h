/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_BACKUP_H
#define NAVETTE_SERVER_BACKUP_H

#include <jansson.h>

#include "server/home.h"

/*
 * A backup of the hub: a folder with
 *   journal/data.mdb   the journal as it was at one position (the state is derived: it is not in it)
 *   keys               the hub's keys: whoever has them is the hub
 *   manifest.json      {"navette-backup": 1, hub, epoch, position, entries, made, made_ms, logs: [{incarnation, node, seq, hash}], digest, files: {name: {bytes, hash}}, signature}:
 *                      hashes are BLAKE2b-256 of the files, digest is that of all logs' names, numbers and chain hashes; the hub's Ed25519 key signs the text without "signature"
 *                      (keys sorted, no blanks)
 * It is written beside its place as PATH.part, synced, read again whole, and only then given its name: what bears the name was verified. Mode 0700, files 0600.
 */

/* The last verified backup, kept in TABLE_LOCAL: the watermark that nodes are told. */
struct backup_note {
    uint64_t position; /* 0: there is none */
    int64_t made_ms;
    char path[HOME_PATH_SIZE];
};
int backup_note_read(struct store_txn *journal, struct backup_note *note); /* none: 0, zeroed. NAVETTE_E_STORE */
int backup_note_write(struct store_txn *journal, const struct backup_note *note);

struct backup_info {
    char path[HOME_PATH_SIZE];
    uint64_t position;
    uint64_t entries;
    uint64_t data_bytes;
    uint64_t logs;
    int64_t made_ms;
    char hub[2 * NODE_ID_SIZE + 1];
    char digest[2 * HASH_SIZE + 1];
};

/* What is wrong, for people: a code of message_hub.c and what it speaks of. */
struct backup_problem {
    const char *code; /* NULL: nothing more than the error says */
    char what[HOME_PATH_SIZE];
    char detail[128];
};

/*
 * Makes one beside the working hub. An existing folder that is no backup gets one named by the moment inside. NAVETTE_E_EXISTS, NAVETTE_E_FULL, NAVETTE_E_REFUSED,
 * NAVETTE_E_STORE (the copy does not verify), NAVETTE_E_SYSTEM; nothing is left then.
 */
int backup_make(const struct home *home, const char *path, struct backup_info *info, struct backup_problem *problem);

/*
 * Reads one whole: signature of the manifest, hash of each file, chain and signatures of every log, heads and count of entries. Nothing is written. NAVETTE_E_NOT_FOUND,
 * NAVETTE_E_INVALID (no manifest of a backup, or a later version's), NAVETTE_E_STORE (damaged), NAVETTE_E_REFUSED.
 */
int backup_verify(const char *path, struct backup_info *info, struct backup_problem *problem);

/* Writes the manifest of a finished copy in `folder`, begun at info->made_ms. */
int backup_manifest_write(const char *folder, const struct home *home, const struct backup_info *info);
/* Checks everything but the journal's contents. *logs: new reference to the list of logs. */
int backup_manifest_check(const char *folder, struct keys *keys, struct backup_info *info, json_t **logs, struct backup_problem *problem);
/* The logs of a journal as a manifest lists them, and their digest. */
int backup_logs(struct store_txn *journal, json_t **logs, char digest[2 * HASH_SIZE + 1]);

/* "FOLDER/name"; NAVETTE_E_TOO_LARGE. */
int backup_path(const char *folder, const char *name, char out[HOME_PATH_SIZE]);
/* Deletes the files of a backup that stand in `folder`, and it. */
void backup_remove(const char *folder);
/* Copies a file, mode 0600, synced; its folder is not. NAVETTE_E_EXISTS, NAVETTE_E_FULL... as lmdb_store_copy(). */
int backup_copy_file(const char *from, const char *to);
int backup_sync_folder(const char *folder);

/* As answered on the control socket and by the command: what was made or read, or what is wrong, in the language of the request. */
json_t *backup_json(const struct backup_info *info, const char *tz);
json_t *backup_failure(const json_t *request, int rc, const char *path, const struct backup_problem *problem);

/*
 * Makes the backup that the request's "path" asks for, in the calling thread. 0: *answer is to be put to the journal's writer, as the request BACKUP_NOTED, which notes the
 * watermark and answers; else *answer tells why there is none.
 */
#define BACKUP_NOTED "backup noted" /* no client can ask for it */
int backup_answer(const struct home *home, const json_t *request, const char *tz, json_t **answer);

#endif
