/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_IMPORT_H
#define NAVETTE_IMPORT_H

#include <jansson.h>
#include <stdio.h>

#include "navette/state.h"
#include "navette.pb-c.h"

/*
 * Catalogues of library systems, read one item at a time in bounded memory: ISO 2709 (UNIMARC, MARC 21) and CSV, through a profile that says which
 * subfield or column is what. What can't be read is told and skipped; what was mended is told. Nothing here writes to a store.
 *
 * Sources of the formats: ISO 2709:2008; Recommandation 995 (1995); Koha's 952; MARC 21 852; SirsiDynix's 949.
 */
#define IMPORT_RECORD_BYTES 99999u /* the most that the five digits of ISO 2709 can say */
#define IMPORT_LINE_BYTES 65536u   /* a CSV row with its line breaks: a notice is not a book */
#define IMPORT_COLUMNS 256u        /* of a CSV file */
#define IMPORT_EXTRA LIMIT_EVENT_LIST
#define IMPORT_EXTRA_BYTES 8192u         /* of an item's extra, names and values: leaves half of an event for the rest */
#define IMPORT_SPEC 512u                 /* a setting of a profile */
#define IMPORT_PAIRS 4096u               /* places, or materials, of a profile */
#define IMPORT_SOURCE 256u               /* a library's code or label as a file writes it */
#define IMPORT_LABEL_KEY LABEL_EXTRA_KEY /* state.h; extra: "1" on items whose id was made here and is to be printed on a label */

/* ---- profiles */
enum import_form { IMPORT_MARC21, IMPORT_UNIMARC, IMPORT_CSV };

struct import_pair {
    char from[IMPORT_SOURCE + 1];
    char to[LIMIT_CODE + 1];
};

struct import_pairs {
    struct import_pair *list; /* owned: import_profile_free(); sorted by `from`; A-Z and a-z are one */
    size_t count;
};

/*
 * Settings of a profile. Subfields of the item field: codes in the order in which they are tried, "b2" is the second $b ("b1 b2"...). Columns of a CSV: names
 * separated by '|', compared without case, accents, spaces and punctuation. Title and author of MARC: "200 a e h i", alternatives separated by '|'.
 */
struct import_profile {
    char name[LIMIT_CODE + 1];
    char about[IMPORT_SPEC]; /* one line, for the list */
    enum import_form form;
    char space[LIMIT_NAMESPACE + 1]; /* "": the node's own first namespace */
    int without_barcode_skip;        /* 1: items without barcode are skipped; 0: they get an id and a label */
    char tag[4];
    char barcode[IMPORT_SPEC], home[IMPORT_SPEC], at[IMPORT_SPEC], call_number[IMPORT_SPEC], material[IMPORT_SPEC];
    char number[IMPORT_SPEC]; /* the library system's own number of an item; identifies those without barcode */
    char title[IMPORT_SPEC], author[IMPORT_SPEC];
    /* of a portal's reservations (navette orders import): columns, and what its orders' ids begin with */
    char order_prefix[LIMIT_CODE + 1];
    char order_day[IMPORT_SPEC], order_pickup[IMPORT_SPEC], order_state[IMPORT_SPEC], order_card[IMPORT_SPEC], order_name[IMPORT_SPEC];
    char home_default[LIMIT_PLACE_CODE + 1]; /* of items whose library the file does not say */
    struct import_pairs places, materials;
};

/* The ready ones, by index; NAVETTE_E_NOT_FOUND past the end. *profile is to be freed. */
int import_profile_at(size_t index, struct import_profile *profile);
/* What a library's code or label stands for in [places]; NULL: it is not there. Borrowed. */
const char *import_profile_place(const struct import_profile *profile, const char *label);
/* By name or alias, whatever the case. NAVETTE_E_NOT_FOUND. NAVETTE_E_MEMORY. */
int import_profile_find(const char *name, struct import_profile *profile);
/*
 * From an INI file, as import_profile_print() writes it. NAVETTE_E_NOT_FOUND, NAVETTE_E_REFUSED: the file can't be opened; NAVETTE_E_INVALID: text says what is
 * wrong and in which line. *profile is to be freed in any case.
 */
#define IMPORT_TEXT 256u
int import_profile_read(const char *path, struct import_profile *profile, char text[IMPORT_TEXT]);
void import_profile_print(const struct import_profile *profile, FILE *out);
void import_profile_free(struct import_profile *profile);

/* ---- items */
struct import_extra {
    char key[LIMIT_CODE + 1];
    char *value; /* borrowed from the item */
};

struct import_item {
    char barcode[LIMIT_THING_ID + 1]; /* or the id made for it */
    char title[LIMIT_TITLE + 1], author[LIMIT_AUTHOR + 1];
    char call_number[LIMIT_CODE + 1], material[LIMIT_MATERIAL + 1];
    char home[LIMIT_PLACE_CODE + 1]; /* place codes; "" : not said */
    char at[LIMIT_PLACE_CODE + 1];
    struct import_extra extra[IMPORT_EXTRA]; /* sorted by key */
    size_t extra_count;
    char room[IMPORT_EXTRA_BYTES]; /* holds the values */
    size_t room_used;
    int labelled;                        /* no barcode: the id was made from the record's number */
    uint64_t record, offset, line;       /* where it stood */
    char library[IMPORT_SOURCE + 1];     /* its home as the file says */
    char library_now[IMPORT_SOURCE + 1]; /* where it is, as the file says */
};

/* As the control socket carries it: {"barcode", "title", "author", "call_number", "material", "home", "at_place", "extra"}. NULL: no memory. */
json_t *import_item_json(const struct import_item *item);
/* Back from there; what does not fit an event is NAVETTE_E_INVALID, and *wrong (static) names the field. */
int import_item_read(const json_t *json, struct import_item *item, const char **wrong);

/* The event's body. Everything is borrowed from the item and the key. `room` holds the entries of the map. */
struct thing_key;
struct import_event {
    Navette__Event event;
    Navette__Thing thing;
    Navette__ItemRegistered registered;
    Navette__ItemChanged changed;
    Navette__ItemRegistered__ExtraEntry registered_extra[IMPORT_EXTRA];
    Navette__ItemChanged__ExtraEntry changed_extra[IMPORT_EXTRA];
    Navette__ItemRegistered__ExtraEntry *registered_list[IMPORT_EXTRA];
    Navette__ItemChanged__ExtraEntry *changed_list[IMPORT_EXTRA];
};
void import_event_registered(struct import_event *made, const struct thing_key *key, const struct import_item *item);
void import_event_changed(struct import_event *made, const struct thing_key *key, const struct import_item *item);
/* Does an ItemRegistered or ItemChanged say the same as the item (its place of now apart)? 1 or 0. */
int import_event_says(const Navette__Event *event, const struct import_item *item);

/* ---- reading */
enum import_encoding { IMPORT_ASCII, IMPORT_UTF8, IMPORT_ISO5426, IMPORT_MARC8, IMPORT_CP1252, IMPORT_ENCODINGS };

/* What is told of a place in the file. Below IMPORT_MENDED the item or record is skipped; from there on it was read all the same. */
enum import_reason {
    IMPORT_FINE,
    /* records and lines */
    IMPORT_TRUNCATED, /* the record ends before its own length */
    IMPORT_GARBAGE,   /* bytes between records */
    IMPORT_BAD_LENGTH,
    IMPORT_BAD_DIRECTORY,
    IMPORT_LINE_TOO_LONG,
    IMPORT_QUOTE_OPEN,
    IMPORT_COLUMNS_MORE,
    IMPORT_COLUMNS_FEW,
    /* items */
    IMPORT_NO_BARCODE,
    IMPORT_BARCODE_LONG,
    IMPORT_BARCODE_ROUNDED, /* 2,06E+13: a spreadsheet's work */
    IMPORT_BARCODE_CUT,     /* a star on one side only: the rest of the line is missing */
    IMPORT_NO_LIBRARY,
    IMPORT_NO_NUMBER, /* no barcode, and no record number to make an id from */
    /* mended */
    IMPORT_MENDED,
    IMPORT_LENGTH_MENDED = IMPORT_MENDED,
    IMPORT_DIRECTORY_MENDED,
    IMPORT_MIXED_ENCODINGS,
    IMPORT_DOUBLE_ENCODED,
    IMPORT_MARKS_DROPPED,
    IMPORT_CONTROLS_DROPPED,
    IMPORT_BYTES_REPLACED, /* of no encoding: U+FFFD stands for them */
    IMPORT_TEXT_CUT,
    IMPORT_EXTRA_DROPPED,
    IMPORT_LABELLED, /* without barcode: label to print */
    IMPORT_REASONS
};
/* A stable word, "truncated"; the messages of message.h are "import-" and this word. Static. */
const char *import_reason_word(enum import_reason reason);

struct import_note {
    enum import_reason reason;
    uint64_t record; /* number of the record, from 1; 0 in a CSV */
    uint64_t line;   /* number of the line, from 1; 0 in MARC */
    uint64_t offset; /* bytes from the beginning of the file */
    uint64_t bytes;  /* that were skipped, or things that were mended */
    char detail[160];
};

struct import_counts {
    uint64_t records;                     /* or rows, read or not */
    uint64_t unread;                      /* of them, those that can't be read */
    uint64_t without_items;               /* read, and no item field in them */
    uint64_t items;                       /* handed out or skipped */
    uint64_t encodings[IMPORT_ENCODINGS]; /* records or rows by encoding */
    uint64_t bytes;                       /* read so far */
};

struct import;
/* Reads at most len bytes: how many, 0 at the end, -1 on an error (errno). */
typedef long import_read_fn(void *context, void *out, size_t len);

/* The profile is borrowed. NAVETTE_E_MEMORY, NAVETTE_E_SYSTEM (libyaz lacks a conversion). */
int import_open(const struct import_profile *profile, import_read_fn *read, void *context, struct import **import);
void import_close(struct import *import); /* NULL: no-op */

/* What comes next. */
enum import_what { IMPORT_AN_ITEM, IMPORT_A_NOTE, IMPORT_THE_END };
/*
 * *item and *note are borrowed until the next call. NAVETTE_E_SYSTEM: the file can't be read on (errno). NAVETTE_E_INVALID: a CSV without a column for the
 * barcode, or in UTF-16: note->detail shows its first line. NAVETTE_E_MEMORY.
 */
int import_next(struct import *import, enum import_what *what, const struct import_item **item, const struct import_note **note);
const struct import_counts *import_counts(const struct import *import);

/* Is a column of this name one of the alternatives of a profile's setting? */
int import_columns_is(const char *spec, const char *column);
/* A place code from a library's code or label: upper case, accents off, '-' for what no code holds. "" when nothing is left. */
void import_place_code(const char *text, char out[LIMIT_PLACE_CODE + 1]);

#endif
