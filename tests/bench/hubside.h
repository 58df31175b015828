/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_HUBSIDE_H
#define BENCH_HUBSIDE_H

#include <jansson.h>
#include <sys/types.h>

#include "mix.h"

/* The real hub: a folder with everything enrolled and registered, and the process on it. */
struct hubside {
    pid_t pid;
    char folder[512];
    char endpoint[128];
    struct control_client *control;
    double started_s; /* from exec to the first answer */
};

/* Makes a hub's folder: LOAD_NODES nodes with LOAD_PLACES places each, and `mix` registered by a catalogue node. The journal only. */
void hubside_make(const char *folder, struct load_log *logs, struct load_log *catalogue, struct mix *mix);
/* Makes `to` a copy of `from`, synced. */
void hubside_copy(const char *from, const char *to);
void hubside_remove(const char *folder);

void hubside_start(const char *program, const char *folder, struct hubside *hub);
/* Ends it; returns when it is gone. */
void hubside_stop(struct hubside *hub);
double hubside_cpu(const struct hubside *hub);
double hubside_memory(const struct hubside *hub); /* bytes of its own: without what is mapped from files */
/* One question on the control socket; the answer is the caller's. */
json_t *hubside_ask(struct hubside *hub, json_t *request);
/* The same, the answer left as text: the hub's until the next question. */
struct span hubside_ask_text(struct hubside *hub, json_t *request);
/* Position the fold has reached, and how far the journal goes on. */
void hubside_cursor(struct hubside *hub, uint64_t *cursor, uint64_t *lag);
void hubside_wait_folded(struct hubside *hub);
/* Bytes that a store of it takes on disk. */
uint64_t hubside_disk(const char *folder, const char *store);
void hubside_key(const char *folder, uint8_t curve_key[KEY_SIZE]);

#endif
