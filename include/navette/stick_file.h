/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_STICK_FILE_H
#define NAVETTE_STICK_FILE_H

#include <jansson.h>

#include "navette/bundle.h"
#include "navette/error.h"

/*
 * A stick's file on the disk, and the talk with the daemon about it (node/CONTROL.md). The file is read and written by the command, with the rights of who typed it: a stick that is slow, full
 * or pulled out keeps nobody else waiting. The daemon has keys and store: it seals and opens part by part.
 */
struct stick_port {
    int (*ask)(void *context, const json_t *request, json_t **answer); /* as control_client_ask() */
    void *context;
    const char *language; /* "fr", "en" */
};

#define STICK_SUFFIX ".nvb"
#define STICK_PATH_SIZE 1024u
/* FOLDER/navette-PLACE-DATE.nvb (or navette-retour-...) when `path` is a folder; else `path`. NAVETTE_E_TOO_LARGE. */
int stick_file_name(const char *path, const char *prefix, const char *place, char out[STICK_PATH_SIZE]);

/*
 * Writes what `opened` announces ("stick", "head"): under a temporary name, synced, renamed, its folder synced. *bytes: its size. NAVETTE_E_FULL, NAVETTE_E_SYSTEM (errno says why), and
 * *refusal (owned by the caller) when the daemon refused; an older file of that name then stays as it was.
 */
int stick_file_write(const struct stick_port *port, const json_t *opened, const char *path, uint64_t *bytes, json_t **refusal);

/*
 * Gives the daemon all that is whole in a file: one answer for each bundle in it, appended to `rows`. NAVETTE_E_NOT_FOUND: no file; NAVETTE_E_SYSTEM (errno says why); NAVETTE_E_INVALID:
 * nothing in it is of a stick; NAVETTE_E_TRUNCATED: a head is damaged, at its beginning and its end. Rows that were answered before stay.
 */
int stick_file_read(const struct stick_port *port, const char *path, json_t *rows);

/* Base64, for the fields "head" and "bytes". NULL without memory. */
json_t *stick_file_bytes(struct span bytes);
/* Appends. NAVETTE_E_INVALID, NAVETTE_E_TOO_LARGE, NAVETTE_E_MEMORY. */
int stick_file_bytes_read(const json_t *request, const char *field, struct buffer *out);

/* What of a bundle did not come: [{"from", "to"}]. NULL without memory. */
json_t *stick_file_missing(const struct bundle_tally *tally);

#endif
