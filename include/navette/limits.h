/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_LIMITS_H
#define NAVETTE_LIMITS_H

/* Every limit of the formats, with its reason. Each is checked before anything is allocated and tested at the limit and one past it. */

#define LIMIT_EVENT_BYTES 16384u    /* an event is one scan, not a document: keeps 1024 of them from filling memory */
#define LIMIT_ADOPTED_BYTES 256u    /* what stands around an event that is adopted: its reference, its salt, a time and a place */
#define LIMIT_EVENT_THINGS 64u      /* a fold step touches a bounded number of histories */
#define LIMIT_EVENT_PARENTS 128u    /* two a thing: what the node knew, and one side of a branch */
#define LIMIT_PLACE_CODE 32u        /* fits on a label and in a counter's key */
#define LIMIT_NAMESPACE 32u         /* an import source's short name */
#define LIMIT_THING_ID 64u          /* the longest barcodes in use have 22 characters; 32 hex digits for ids */
#define LIMIT_MATERIAL 48u          /* "Adult Non Fiction", not a sentence; part of a counter's key; a bag's kind too */
#define LIMIT_CODE 64u              /* operator, carrier, slip, seal, bag kind and size */
#define LIMIT_TITLE 1024u           /* a title is cut by the importer, never by the fold */
#define LIMIT_AUTHOR 512u           /* several names, joined; cut by the importer too */
#define LIMIT_EVENT_LIST 64u        /* pools, zones, namespaces, named subfields in one event */
#define LIMIT_NODE_PLACES 16u       /* places that one node serves */
#define LIMIT_BATCH_EVENTS 1024u    /* one signature (70 us) spread over enough events to vanish */
#define LIMIT_BATCH_BYTES 262144u   /* 256 KiB before compression: one frame's memory at the hub */
#define LIMIT_FRAME_BYTES 524288u   /* 512 KiB: ZMQ_MAXMSGSIZE; a batch, its header and room to spare */
#define LIMIT_DELTA_BYTES 262144u   /* one DELTA before compression */
#define LIMIT_RETRACTION_DEPTH 16u  /* a retraction of a retraction of...: people stop at three */
#define LIMIT_SESSIONS 4096u        /* nodes at one hub; RLIMIT_NOFILE is twice this */
#define LIMIT_CREDIT_BYTES 1048576u /* unacknowledged PUSH bytes a node may have under way */
#define LIMIT_EPOCHS 64u            /* restorations of one hub that are remembered: older cursors begin anew */
#define LIMIT_DIGEST_LOGS 512u      /* logs named in one DIGEST: 32 KiB */
#define LIMIT_SNAPSHOT_BYTES                                                                                                               \
    131072u /* a snapshot's chunk before compression, unless one signed batch is longer: what a cut line carries again */
#define LIMIT_SNAPSHOT_CHUNKS 8192u  /* its manifest, 37 bytes a chunk, stays within one frame: 1 GiB before compression */
#define LIMIT_HUB_KEYS 8u            /* changes of its keys in one HUB_KEYS: 2.5 KiB, within a frame of the enrolment port */
#define LIMIT_WRAPS 128u             /* keys in one WRAPS or WRAPPED: 40 KiB */
#define LIMIT_FETCH_ENTRIES 256u     /* entries asked for at once: a history, and a frame of 10 KiB */
#define LIMIT_COMPARE_SPANS 256u     /* spans compared in one question: 4 KiB of digests in its answer */
#define LIMIT_COMPARE_ENTRIES 16384u /* entries hashed for one question: others wait for the hub meanwhile */

/* What an entry may hold: an event, or one adopted with what stands around it. */
#define LIMIT_ENTRY_BYTES (LIMIT_EVENT_BYTES + LIMIT_ADOPTED_BYTES)

/* Sizes that are part of a format. */
#define NODE_ID_SIZE 16u
#define INCARNATION_SIZE 16u
#define HASH_SIZE 32u
#define SALT_SIZE 32u
#define SIGNATURE_SIZE 64u
#define KEY_SIZE 32u
#define EPOCH_SIZE 16u
#define KEY_ID_SIZE 16u
#define VAULT_ID_SIZE 16u
#define WRAP_PLAIN_SIZE 72u /* key id, key, when it was made, and a hash that binds its subject: wrap.h */
#define WRAP_BOX_SIZE (WRAP_PLAIN_SIZE + 48u)
#define COMPARE_DIGEST_SIZE 16u

#endif
