/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/recovery.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "navette/ref.h"

_Static_assert(REF_SIZE == KEY_SIZE, "a key is written as a reference is");

int recovery_make(struct recovery_key *key)
{
    if (sodium_init() < 0)
        return NAVETTE_E_SYSTEM;
    return crypto_box_keypair(key->public_key, key->secret_key) == 0 ? 0 : NAVETTE_E_SYSTEM;
}

void recovery_wipe(struct recovery_key *key)
{
    sodium_memzero(key, sizeof *key);
}

void recovery_code(const struct recovery_key *key, char out[RECOVERY_CODE_SIZE])
{
    struct ref as_ref;

    ref_decode(key->secret_key, &as_ref);
    ref_format(&as_ref, out);
    sodium_memzero(&as_ref, sizeof as_ref);
}

int recovery_read_code(const char *text, struct recovery_key *key)
{
    struct ref as_ref;
    int rc = sodium_init() < 0 ? NAVETTE_E_SYSTEM : ref_parse(text, &as_ref);

    memset(key, 0, sizeof *key);
    if (rc == 0) {
        ref_encode(&as_ref, key->secret_key);
        rc = crypto_scalarmult_base(key->public_key, key->secret_key) == 0 ? 0 : NAVETTE_E_INVALID;
    }
    sodium_memzero(&as_ref, sizeof as_ref);
    return rc;
}

/* The digits of one line; 0: it is another one. */
static int digits_of(struct span line, char out[RECOVERY_CODE_SIZE])
{
    size_t from = 0, count = 0, digits = 0;

    for (size_t i = 0; i < line.len; i++)
        if (line.data[i] == '=' && i < line.len - 1)
            from = i + 1;
    for (size_t i = from; i < line.len; i++) {
        char c = (char)line.data[i];

        if (c == ' ' || c == '\r' || c == '\t')
            continue;
        if (count == RECOVERY_CODE_SIZE - 1 || (unsigned char)c > 126)
            return 0;
        out[count++] = c;
        digits += c != '-';
    }
    out[count] = '\0';
    return digits == 53 && strspn(out, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-*~$=") == count;
}

int recovery_read_text(struct span text, struct recovery_key *key)
{
    char code[RECOVERY_CODE_SIZE];
    size_t start = 0;
    int rc = NAVETTE_E_NOT_FOUND;

    for (size_t i = 0; i <= text.len && rc != 0; i++) {
        if (i < text.len && text.data[i] != '\n')
            continue;
        if (digits_of(span_of(text.data + start, i - start), code))
            rc = recovery_read_code(code, key);
        start = i + 1;
    }
    sodium_memzero(code, sizeof code);
    return rc;
}

void recovery_mark(const uint8_t public_key[KEY_SIZE], char out[RECOVERY_MARK_SIZE])
{
    uint8_t hash[HASH_SIZE];

    crypto_generichash(hash, sizeof hash, public_key, KEY_SIZE, NULL, 0);
    hex_encode(hash, 4, out);
}

/* clang-format off */
static const char SHEET_FR[] =
    "NAVETTE - CLÉ DE SECOURS\n"
    "========================\n"
    "\n"
    "Faite le %s. Repère : %s\n"
    "\n"
    "À quoi elle sert\n"
    "  Les noms et numéros de carte des lecteurs sont chiffrés. Si les postes qui en ont les clés\n"
    "  sont perdus (vol, incendie, disque en panne), cette page est le seul moyen de les relire.\n"
    "  Elle ne rend pas ce qui a été effacé.\n"
    "\n"
    "Où la garder\n"
    "  Sur papier, dans le coffre ou l'armoire fermée de la direction. Pas de photo, pas de copie\n"
    "  sur un ordinateur : qui l'a et peut joindre un poste relit les noms.\n"
    "\n"
    "Comment s'en servir\n"
    "  Recopiez la ligne ci-dessous dans un fichier, au poste remplacé, puis :\n"
    "      navette recover --key FICHIER\n"
    "  et effacez le fichier. Un caractère mal recopié est signalé.\n"
    "\n"
    "Si elle est perdue ou a été vue\n"
    "  Au concentrateur : navette-hub recovery new. L'ancienne page ne sert alors plus à rien.\n"
    "\n"
    "key = %s\n";

static const char SHEET_EN[] =
    "NAVETTE - RECOVERY KEY\n"
    "======================\n"
    "\n"
    "Made on %s. Mark: %s\n"
    "\n"
    "What it is for\n"
    "  Names and card numbers of readers are sealed. Should the nodes that hold their keys be lost\n"
    "  (theft, fire, a broken disk), this page is the only way to read them again.\n"
    "  It does not bring back what was erased.\n"
    "\n"
    "Where to keep it\n"
    "  On paper, in the director's safe or locked cupboard. No photograph, no copy on a computer:\n"
    "  who has it and can reach a node reads the names.\n"
    "\n"
    "How to use it\n"
    "  Copy the line below into a file, at the node that was replaced, then:\n"
    "      navette recover --key FILE\n"
    "  and delete the file. A digit that was copied wrongly is noticed.\n"
    "\n"
    "If it is lost, or was seen\n"
    "  At the hub: navette-hub recovery new. The page of before is then of no use.\n"
    "\n"
    "key = %s\n";

/* clang-format on */

int recovery_sheet(const struct recovery_key *key, const char *day, enum message_language language, struct buffer *out)
{
    const char *form = language == MESSAGE_EN ? SHEET_EN : SHEET_FR;
    char code[RECOVERY_CODE_SIZE], mark[RECOVERY_MARK_SIZE];
    size_t room = strlen(form) + sizeof code + sizeof mark + strlen(day);
    int rc = buffer_reserve(out, room);

    recovery_code(key, code);
    recovery_mark(key->public_key, mark);
    if (rc == 0) {
        int written = language == MESSAGE_EN ? snprintf((char *)out->data + out->len, room, SHEET_EN, day, mark, code)
                                             : snprintf((char *)out->data + out->len, room, SHEET_FR, day, mark, code);

        out->len += (size_t)written;
    }
    sodium_memzero(code, sizeof code);
    return rc;
}
