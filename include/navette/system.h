/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SYSTEM_H
#define NAVETTE_SYSTEM_H

#include <stddef.h>
#include <stdint.h>

/* The machine's clocks and randomness: the only place that asks for them. */
int64_t system_wall_ms(void);      /* Unix milliseconds, right or wrong */
int64_t system_monotonic_ms(void); /* CLOCK_MONOTONIC, for deadlines */
uint64_t system_boottime_ms(void); /* CLOCK_BOOTTIME */
uint64_t system_boot(void);        /* first 8 bytes of the kernel's boot id, big-endian; 0 when it has none */
int system_clock_synced(void);     /* 1: the kernel says the clock is disciplined (adjtimex) */
void system_random(void *out, size_t len);

/* UUIDv5 (libuuid) of an entry's reference: its public id, in the namespace 8b1f0a52-6d0e-4c51-9a77-3c2e5f9041d8. */
struct ref;
void system_public_id(const struct ref *ref, char out[37]);
/* A new random node id (libuuid, version 4). */
void system_new_id(uint8_t id[16]);

/*
 * The terminal that a process works at: the kernel's session of it (getsid), with the moment when that began, so that a number given again is another terminal
 * (where /proc shows it: the number alone where it hides others' processes). 0: the process is gone.
 */
uint64_t system_terminal(int pid);

/* What an errno of a file or folder is in error.h: REFUSED, FULL, NOT_FOUND, EXISTS, MEMORY; anything else NAVETTE_E_SYSTEM. */
int system_error(int cause);

/* Log lines on stderr: "2026-11-23T06:02:11.123Z warning wire peer text". level: 0 info, 1 warning, 2 error. peer may be NULL. */
void system_log(int level, const char *module, const char *peer, const char *format, ...) __attribute__((format(printf, 4, 5)));
void system_log_threshold(int level); /* lines below are not written; default 0 */

/* This process holds secrets: it leaves no core file, and others of its account can't look into its memory. To be called before any is read. */
void system_keep_secrets(void);

#endif
