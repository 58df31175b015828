/* SPDX-License-Identifier: Apache-2.0 */
#include "io/message_import.h"

#include <stddef.h>
#include <string.h>

static const struct message_entry entries[] = {
    /* records and lines that can't be read. {1}: bytes, {2}: what stands there */
    {"import-truncated", "la notice est coupée avant sa fin ({1#} {1|octet laissé|octets laissés}).",
     "Refaites l'export de cette notice ; les autres sont lues, importer à nouveau ne change rien deux fois.",
     "the record is cut before its end ({1#} {1|byte|bytes} left out).",
     "Export this record anew; the others are read, importing again changes nothing twice."},
    {"import-garbage", "{1#} {1|octet|octets} hors de toute notice.",
     "Vérifiez que le fichier est bien un export ISO 2709 et qu'il a été transféré en binaire ; la suite est lue.",
     "{1#} {1|byte|bytes} outside of any record.",
     "Check that the file is an ISO 2709 export and was transferred as binary; what follows is read."},
    {"import-bad-length",
     "la longueur écrite en tête de notice est fausse et la notice n'est pas lisible ({1#} {1|octet laissé|octets laissés}).",
     "Refaites l'export de cette notice.",
     "the length at the head of the record is wrong and the record is unreadable ({1#} {1|byte|bytes} left out).",
     "Export this record anew."},
    {"import-bad-directory", "le répertoire de la notice ne correspond pas à son contenu ({1#} {1|octet laissé|octets laissés}).",
     "Refaites l'export de cette notice.", "the record's directory does not match its contents ({1#} {1|byte|bytes} left out).",
     "Export this record anew."},
    {"import-line-too-long", "ligne de {1#} octets, la limite est de 65 536.",
     "Un guillemet ou un retour à la ligne manque sans doute : corrigez cette ligne ; les suivantes sont lues.",
     "a line of {1#} bytes, the limit is 65,536.", "A quote or a line break is probably missing: mend this line; those after it are read."},
    {"import-quote-open", "guillemet jamais fermé : {2}", "Fermez ou ôtez le guillemet de cette ligne ; les suivantes sont lues.",
     "a quote that never closes: {2}", "Close or remove the quote of this line; those after it are read."},
    {"import-too-many-columns", "plus de colonnes que l'en-tête : {2}",
     "Un séparateur est sans doute dans un texte : mettez ce texte entre guillemets.", "more columns than the header: {2}",
     "A separator is probably inside a text: put that text in quotes."},
    {"import-too-few-columns", "la ligne s'arrête avant la colonne du code-barres : {2}", "Complétez la ligne, ou refaites l'export.",
     "the line ends before the barcode's column: {2}", "Complete the line, or export anew."},

    /* items. {2}: barcode or title */
    {"import-no-barcode", "exemplaire sans code-barres : {2}",
     "Donnez-lui un code-barres dans le catalogue, ou without-barcode = label dans le profil pour imprimer une étiquette.",
     "an item without barcode: {2}", "Give it a barcode in the catalogue, or without-barcode = label in the profile to print a label."},
    {"import-barcode-too-long", "code-barres illisible ou de plus de 64 caractères : {2}", "Corrigez-le dans le catalogue.",
     "a barcode that is unreadable or longer than 64 characters: {2}", "Correct it in the catalogue."},
    {"import-barcode-rounded", "le tableur a arrondi ce code-barres : {2}",
     "Refaites l'export avec la colonne du code-barres au format texte.", "the spreadsheet rounded this barcode: {2}",
     "Export anew with the barcode's column as text."},
    {"import-barcode-cut", "code-barres coupé : {2}, une étoile manque.", "Le fichier s'arrête peut-être là : refaites l'export.",
     "a barcode that is cut: {2}, a star is missing.", "The file may end there: export anew."},
    {"import-nothing", "Attention : aucun exemplaire pour le profil {2} dans {1#} {1|notice ou ligne|notices ou lignes}.",
     "Un autre profil ? navette import --profiles ; ou le fichier n'a pas d'exemplaires.",
     "Careful: no item for the profile {2} in {1#} {1|record or row|records or rows}.",
     "Another profile? navette import --profiles; or the file has no items."},
    {"import-bad-namespace", "Espace de noms refusé : {1}.", "32 octets au plus, sans caractère de contrôle.", "Namespace refused: {1}.",
     "32 bytes at most, no control character."},
    {"import-no-library", "aucune bibliothèque n'est dite pour {2}.",
     "Ajoutez --home LIEU, ou home = LIEU dans [profile], ou vérifiez home dans [item].", "no library is said for {2}.",
     "Add --home PLACE, or home = PLACE in [profile], or check home in [item]."},
    {"import-no-number", "ni code-barres ni numéro pour l'identifier : {2}", "Donnez-lui un code-barres dans le catalogue.",
     "neither barcode nor number to know it by: {2}", "Give it a barcode in the catalogue."},
    {"import-twice", "le code-barres {1} est déjà venu dans cet export.", "Gardez le premier, corrigez l'autre dans le catalogue.",
     "the barcode {1} came before in this export.", "Keep the first, correct the other in the catalogue."},
    {"import-unknown-place", "le lieu {1} n'est pas connu ici.",
     "{3}navette-hub place add {1}, ou une ligne dans [places] du profil (navette import --show-profile), puis importez à nouveau.",
     "the place {1} is not known here.",
     "{3}navette-hub place add {1}, or a line in the profile's [places] (navette import --show-profile), then import again."},
    /* the same once for a library: {1} its place, {2} as the file writes it, {3} how many */
    {"import-unmapped", "« {2} » : le lieu {1} n'est pas connu ici ; exemplaires laissés : {3#}.",
     "dans [places] du profil : {2} = LIEU (navette places ; navette import --show-profile), ou navette-hub place add {1} ; puis importez "
     "à nouveau.",
     "\"{2}\": the place {1} is not known here; items left out: {3#}.",
     "in the profile's [places]: {2} = PLACE (navette places; navette import --show-profile), or navette-hub place add {1}; then import "
     "again."},
    {"import-withdrawn", "retiré du catalogue ici, mais encore dans l'export.",
     "Retirez-le aussi du logiciel de la bibliothèque, ou navette item add {1} pour le reprendre.",
     "withdrawn from the catalogue here, but still in the export.",
     "Withdraw it in the library system too, or navette item add {1} to have it back."},

    /* mended: read all the same. {1}: how many */
    {"import-length-mended", "longueur de notice fausse, notice lue.", "", "wrong record length, the record was read.", ""},
    {"import-directory-mended", "répertoire de notice faux, refait d'après les zones.", "",
     "wrong record directory, made anew from its fields.", ""},
    {"import-mixed-encodings", "plusieurs encodages dans la même notice, chacun décodé pour lui-même.",
     "Vérifiez les accents de cette notice dans le catalogue.", "several encodings in one record, each decoded as itself.",
     "Check this record's accents in the catalogue."},
    {"import-double-encoded", "signes encodés deux fois (Ã©, Â°), rétablis : {1}.", "", "signs encoded twice (Ã©, Â°), mended: {1}.", ""},
    {"import-marks-dropped", "marques invisibles (sens d'écriture, tri) ôtées : {1}.", "",
     "invisible marks (direction, sorting) dropped: {1}.", ""},
    {"import-controls-dropped", "caractères de commande remplacés par une espace : {1}.", "", "control characters made spaces: {1}.", ""},
    {"import-bytes-replaced", "octets d'aucun encodage connu, remplacés par \xef\xbf\xbd : {1}.",
     "Corrigez cette notice dans le catalogue.", "bytes of no known encoding, \xef\xbf\xbd stands for them: {1}.",
     "Correct this record in the catalogue."},
    {"import-text-cut", "textes trop longs, coupés : {1}.", "", "texts too long, cut: {1}.", ""},
    {"import-extra-dropped", "sous-zones qui ne tiennent pas, laissées : {1}.",
     "Elles restent dans le catalogue ; le reste de l'exemplaire est repris.", "subfields that do not fit, left out: {1}.",
     "They stay in the catalogue; the rest of the item is taken."},
    {"import-without-barcode", "sans code-barres : étiquette à imprimer, {2}.", "", "without barcode: label to print, {2}.", ""},

    /* the file and the profile */
    {"import-which-profile", "Quel logiciel a fait cet export ?",
     "navette import --profile NOM FICHIER, avec : {1} ; ou votre fichier, d'après --show-profile NOM.", "Which system made this export?",
     "navette import --profile NAME FILE, with: {1}; or a file of yours, after --show-profile NAME."},
    {"import-no-profile", "Aucun profil ne s'appelle {1}.", "Choisissez : {2} ; ou donnez un fichier .ini.", "No profile is called {1}.",
     "Choose: {2}; or give an .ini file."},
    {"import-bad-profile", "Le profil {1} ne convient pas : {2}.",
     "Corrigez-le d'après navette import --show-profile NOM ; un code de lieu n'a que A-Z, 0-9, _ et -.",
     "The profile {1} will not do: {2}.", "Correct it after navette import --show-profile NAME; a place code has only A-Z, 0-9, _ and -."},
    {"import-cannot-open", "{1} ne peut pas être lu : {2}.", "Vérifiez le nom, les droits, le disque.", "{1} can't be read: {2}.",
     "Check its name, its permissions, the disk."},
    {"import-no-column", "Aucune colonne ne s'appelle : {1}. La première ligne est : {2}",
     "Donnez le nom de la colonne du code-barres dans un profil : navette import --show-profile csv.",
     "No column is called: {1}. The first line is: {2}", "Name the barcode's column in a profile: navette import --show-profile csv."},
    {"import-utf-16", "{1} est en UTF-16.", "Enregistrez-le en « CSV UTF-8 » et recommencez.", "{1} is in UTF-16.",
     "Save it as \"CSV UTF-8\" and try again."},
    {"import-no-iconv", "libyaz ne sait pas lire l'ISO 5426 ou le MARC-8 ici.", "Réinstallez libyaz5.",
     "libyaz can't read ISO 5426 or MARC-8 here.", "Install libyaz5 again."},
    {"import-too-many", "Plus de 50 millions de codes-barres en un export.", "Importez bibliothèque par bibliothèque.",
     "More than 50 million barcodes in one export.", "Import library by library."},

    /* the end */
    {"import-labels", "{1#} {1|document sans code-barres : étiquette|documents sans code-barres : étiquettes} à imprimer.", "",
     "{1#} {1|item without barcode: label|items without barcode: labels} to print.", ""},
    {"import-gone",
     "{1#} {1|document de ces bibliothèques n'est|documents de ces bibliothèques ne sont} plus dans l'export (-) : retrait proposé, rien "
     "n'est retiré.",
     "navette item proposed pour la liste ; puis --withdraw ou --keep ; --keep --all si ce n'était qu'une partie du catalogue.",
     "{1#} {1|item of these libraries is|items of these libraries are} no longer in the export (-): proposed for withdrawal, nothing is "
     "withdrawn.",
     "navette item proposed lists them; then --withdraw or --keep; --keep --all if it was a part of the catalogue only."},
    {"import-gone-many",
     "{1#} documents sur {2#} de ces bibliothèques ne sont pas dans l'export : c'est beaucoup, leur retrait n'est pas proposé. Ce qui est "
     "dans l'export "
     "est pris.",
     "Une partie du catalogue : relancez avec --partial ; s'ils sont vraiment partis : avec --gone-is-gone.",
     "{1#} of the {2#} items of these libraries are not in the export: so many that they are not proposed for withdrawal. What the export "
     "has is taken.",
     "A part of the catalogue: run again with --partial; if they are really gone: with --gone-is-gone."},
    {"import-gone-dry",
     "{1#} {1|document de ces bibliothèques n'est|documents de ces bibliothèques ne sont} plus dans l'export (-) : leur retrait serait "
     "proposé.",
     "", "{1#} {1|item of these libraries is|items of these libraries are} no longer in the export (-): to be proposed for withdrawal.",
     ""},
    {"import-gone-unread",
     "Attention : {1#} {1|notice illisible ; ses|notices illisibles ; leurs} exemplaires peuvent être parmi les absents.", "",
     "Beware: {1#} {1|record is unreadable; its|records are unreadable; their} items may be among those gone.", ""},
    {"import-not-scanned", "Les lectures de ce lieu ne cherchent pas dans l'espace « {2} ».",
     "navette init --place LIEU --namespace {2}, ou navette-hub place add LIEU --namespace {2}.",
     "Scans at this place do not look in the namespace \"{2}\".",
     "navette init --place PLACE --namespace {2}, or navette-hub place add PLACE --namespace {2}."},
    {"import-dry", "Essai sans poste : rien n'est enregistré, rien n'est comparé.", "",
     "A trial without a node: nothing is recorded, nothing compared.", ""},
    {"import-dry-compared", "Essai : rien n'est enregistré.", "", "A trial: nothing is recorded.", ""},
    {"import-interrupted", "Interrompu : ce qui est enregistré le reste.",
     "Relancez la même commande : elle continue, rien n'est fait deux fois.", "Interrupted: what is recorded stays.",
     "Run the same command again: it goes on, nothing is done twice."},
    {"not-proposed", "Le retrait de {1} n'est pas proposé.",
     "navette item proposed pour la liste ; navette item withdraw retire directement.", "{1} is not proposed for withdrawal.",
     "navette item proposed lists them; navette item withdraw withdraws directly."},
    {"proposed-which", "Lesquels ? Donnez leurs codes-barres, ou --all.", "navette item proposed pour la liste.",
     "Which ones? Give their barcodes, or --all.", "navette item proposed lists them."},
};

static const struct message_label labels[] = {
    {"record", "notice", "record"},
    {"byte", "octet", "byte"},
    {"line", "ligne", "line"},
    {"records", "notices", "records"},
    {"items", "exemplaires", "items"},
    {"import-no", "NON", "NO"},
    {"import-records", "notices ou lignes", "records or lines"},
    {"import-items", "exemplaires", "items"},
    {"import-created", "créés", "created"},
    {"import-updated", "mis à jour", "updated"},
    {"import-unchanged", "inchangés", "unchanged"},
    {"import-skipped", "laissés", "skipped"},
    {"import-repaired", "rétablis ou signalés (!)", "mended or noted (!)"},
    {"proposed", "proposés", "proposed"},
};

const struct message_entry *message_import_find(const char *code)
{
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
        if (strcmp(entries[i].code, code) == 0)
            return &entries[i];
    return NULL;
}

const struct message_label *message_import_word(const char *word)
{
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
        if (strcmp(labels[i].word, word) == 0)
            return &labels[i];
    return NULL;
}
