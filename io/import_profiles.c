/* SPDX-License-Identifier: Apache-2.0 */
#include "io/import_profile.h"

/* clang-format off */
#define UNIMARC_RECORD \
    {"profile", "form", "unimarc"}, \
    {"record", "title", "200 a e h i"}, \
    {"record", "author", "700 a b | 701 a b | 710 a b | 711 a b | 200 f"}
#define MARC21_RECORD \
    {"profile", "form", "marc21"}, \
    {"record", "title", "245 a b n p"}, \
    {"record", "author", "100 a | 110 a b | 111 a | 700 a | 245 c"}

/* Recommandation 995: $b library (often its RCR number), $f barcode, $k call number, $r kind of document. */
static const struct import_setting recommandation_995[] = {
    UNIMARC_RECORD,
    {"item", "tag", "995"}, {"item", "barcode", "f"}, {"item", "home", "b"}, {"item", "call-number", "k"}, {"item", "material", "r"},
};

/* Koha, MARC 21: $a home, $b holding, $o call number, $p barcode, $y item type, $9 item number. */
static const struct import_setting koha[] = {
    MARC21_RECORD,
    {"item", "tag", "952"}, {"item", "barcode", "p"}, {"item", "home", "a b"}, {"item", "at", "b"}, {"item", "call-number", "o"},
    {"item", "material", "y"}, {"item", "number", "9"},
};

/* Koha, UNIMARC: as the recommandation, $c holding library, $j inventory number, $9 item number. */
static const struct import_setting koha_unimarc[] = {
    UNIMARC_RECORD,
    {"item", "tag", "995"}, {"item", "barcode", "f"}, {"item", "home", "b c"}, {"item", "at", "c"}, {"item", "call-number", "k"},
    {"item", "material", "r"}, {"item", "number", "9"},
};

/* PMB exports the lender's label in $a and $c, and leaves $b to others. */
static const struct import_setting pmb[] = {
    UNIMARC_RECORD,
    {"item", "tag", "995"}, {"item", "barcode", "f"}, {"item", "home", "c a b"}, {"item", "call-number", "k"}, {"item", "material", "r"},
};

/* Evergreen: first $b owning, second $b circulating library; 852 without $p are other libraries' holdings, not its copies. */
static const struct import_setting evergreen[] = {
    MARC21_RECORD,
    {"profile", "without-barcode", "skip"},
    {"item", "tag", "852"}, {"item", "barcode", "p"}, {"item", "home", "b1"}, {"item", "at", "b2"}, {"item", "call-number", "j h"},
    {"item", "material", "leader6"},
    {"materials", "a", "book"}, {"materials", "c", "score"}, {"materials", "e", "map"}, {"materials", "g", "video"},
    {"materials", "i", "spoken"}, {"materials", "j", "music"}, {"materials", "k", "picture"}, {"materials", "m", "software"},
};

/* SirsiDynix: $a call number, $i barcode, $l location, $m library, $t type. */
static const struct import_setting sirsi[] = {
    MARC21_RECORD,
    {"item", "tag", "949"}, {"item", "barcode", "i"}, {"item", "home", "m"}, {"item", "call-number", "a"}, {"item", "material", "t"},
};

static const struct import_setting syracuse[] = {
    {"profile", "form", "csv"},
    {"item", "barcode", "Code-barres"}, {"item", "home", "Bibliothèque (Libellé) | Bibliothèque"}, {"item", "call-number", "Cotes | Cote"},
    {"item", "material", "Type de document (Libellé) | Type de document"},
    {"record", "title", "Titre"}, {"record", "author", "Auteur | Auteurs | Auteur principal"},
};

/* Syracuse's list of reservations: the document, its library, the day it was asked for, where it is to be picked up; a card's and a name's column where the list has them. */
static const struct import_setting syracuse_reservations[] = {
    {"profile", "form", "csv"}, {"profile", "without-barcode", "skip"},
    {"item", "barcode", "Code-barres"}, {"item", "home", "Bibliothèque (Libellé) | Bibliothèque"}, {"item", "call-number", "Cotes | Cote"},
    {"item", "material", "Type de document (Libellé) | Type de document"}, {"record", "title", "Titre"},
    {"order", "prefix", "R"}, {"order", "day", "Réservation - Date de création | Date de réservation"},
    {"order", "pickup", "Réservation - Lieu demandé (Libellé) | Réservation - Lieu demandé"}, {"order", "state", "Etat (Libellé) | Etat"},
    {"order", "card", "Emprunteur - Numéro de carte | Numéro de carte | Carte"}, {"order", "name", "Emprunteur - Nom | Emprunteur | Nom"},
};

static const struct import_setting csv[] = {
    {"profile", "form", "csv"},
    {"item", "barcode", "barcode | code-barres | code barre | cb | item barcode"},
    {"item", "home", "home | home library | owning lib | library | branch | bibliothèque | bibliothèque (libellé) | site | localisation | attache"},
    {"item", "at", "at | circ lib | holding library | current library | lieu actuel"},
    {"item", "call-number", "call number | cote | cotes | shelf mark"},
    {"item", "material", "material | item type | type | support | type de document | type de document (libellé)"},
    {"item", "number", "item number | itemnumber | numéro d'exemplaire | id exemplaire"},
    {"record", "title", "title | titre"},
    {"record", "author", "author | auteur | auteurs"},
};

#define READY(name, aliases, table, about) {name, aliases, about, table, sizeof table / sizeof table[0]}
static const struct import_ready ready[] = {
    READY("recommandation-995", "995 unimarc recommandation", recommandation_995, "UNIMARC, 995: $b $f $k $r"),
    READY("koha", "koha-marc21 952 marc21", koha, "Koha, MARC 21, 952: $a $b $o $p $y"),
    READY("koha-unimarc", "koha-995", koha_unimarc, "Koha, UNIMARC, 995: $b $c $f $k $r"),
    READY("pmb", "", pmb, "PMB, UNIMARC, 995: $c $f $k $r"),
    READY("evergreen", "852", evergreen, "Evergreen, MARC 21, 852: $b $b $j $p"),
    READY("sirsi", "sirsidynix unicorn symphony 949", sirsi, "SirsiDynix, MARC 21, 949: $a $i $m $t"),
    READY("syracuse", "reims", syracuse, "Syracuse, CSV: Code-barres, Bibliothèque, Cotes, Titre"),
    READY("syracuse-reservations", "reservations", syracuse_reservations, "Syracuse, CSV: reservations, for navette orders import"),
    READY("csv", "tsv", csv, "CSV: barcode / code-barres, home / bibliothèque, call number / cote, title / titre"),
};
/* clang-format on */

const struct import_ready *import_profiles_at(size_t index)
{
    return index < sizeof ready / sizeof ready[0] ? &ready[index] : NULL;
}
