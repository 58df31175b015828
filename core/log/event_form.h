/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_EVENT_FORM_H
#define LOG_EVENT_FORM_H

#include <stddef.h>
#include <stdint.h>

#include "navette/event.h"

/*
 * What each body is made of: one table that the checks, the things, the places and the names of events are all read from. A field that
 * is missing from its body's rules would go unchecked: test_event_form holds the table against the generated descriptors.
 */
enum event_rule_kind {
    RULE_TEXT,        /* clean text of at most `limit` bytes, or of none unless needed */
    RULE_PLACE,       /* a place code, or "" unless needed; names a place that the event concerns */
    RULE_DESTINATION, /* a place code that is not the event's own place */
    RULE_DATE,        /* YYYY-MM-DD or "" */
    RULE_ENUM,        /* a value of `values` */
    RULE_BYTES,       /* `limit` bytes, or none unless needed */
    RULE_THING,       /* one thing of `kinds` */
    RULE_THINGS,      /* several; all lists of an event together hold at most LIMIT_EVENT_THINGS */
    RULE_TEXTS,       /* clean texts of 1 to `limit` bytes */
    RULE_PLACES,      /* place codes, at most LIMIT_NODE_PLACES */
    RULE_REF,
    RULE_SEALED,
    RULE_POOLS,
    RULE_ZONES,
    RULE_EXTRA,    /* named subfields of a catalogue */
    RULE_SURPRISE, /* criteria of a surprise bag */
    RULE_FRONTIER,
    RULE_ADOPTED, /* the bytes of an event whose leaf, with the body's salt, is the one that its reference names */
    RULE_LINES,   /* lines told to a library system */
    RULE_RIGHTS,  /* what a node may at some of its places */
    RULE_KEYS,    /* 1 to `limit` key ids */
    RULE_EITHER,  /* of two lists one is not empty: offset and list are their counts */
    RULE_AMOUNT,  /* a sint64 that is not 0, at most 2^31 - 1 either way */
    RULE_FREE     /* a number or a flag that may be anything */
};

struct event_rule {
    const char *wrong; /* what to say when it is broken */
    const ProtobufCEnumDescriptor *values;
    uint32_t limit;
    uint16_t offset; /* of the field; of the count, for a list */
    uint16_t list;   /* of the pointer to the elements, for a list */
    uint16_t kinds;  /* bit k: a thing of kind k may stand here */
    uint8_t kind;    /* enum event_rule_kind */
    uint8_t needed;
    uint8_t part; /* 0: the event is in no history of these things; else 1 + enum event_part */
};

enum event_reach {
    REACH_NAMED,  /* concerns its own place and every place that it names */
    REACH_INSIDE, /* packing: only the place where it happened */
    REACH_ALL     /* a decision of the network's: concerns everybody */
};

struct event_form {
    const char *name; /* NULL: no such body */
    const struct event_rule *rules;
    uint8_t count;
    uint8_t reach;
    uint8_t folded;
};

/* The row of a table that has gaps; NULL. */
const struct event_form *event_form_in(const struct event_form *list, size_t count, int body_case);
/* NULL for a body this version has no name for. */
const struct event_form *event_form_of(int body_case);
/* Of these, the network's own: event_form_of() asks it for what is not in its own table. */
const struct event_form *event_form_network_of(int body_case);

#endif
