/* SPDX-License-Identifier: Apache-2.0 */
#include "io/message_texts.h"

#include <stddef.h>
#include <string.h>

#include "io/message_admission.h"
#include "io/message_compare.h"
#include "io/message_hub.h"
#include "io/message_import.h"
#include "io/message_keys.h"
#include "io/message_rekey.h"
#include "io/message_lending.h"
#include "io/message_operator.h"
#include "io/message_prune.h"
#include "io/message_stick.h"

static const struct message_entry entries[] = {
    /* the daemon and its folder */
    {"no-daemon", "Le programme navette-node ne répond pas dans {1}.", "Démarrez-le : navette-node --folder {1}",
     "navette-node does not answer in {1}.", "Start it: navette-node --folder {1}"},
    {"no-permission", "Vous n'avez pas le droit de parler à navette-node dans {1}.",
     "Utilisez le compte qui fait tourner navette-node, ou demandez à entrer dans son groupe.",
     "You are not allowed to talk to navette-node in {1}.", "Use the account that runs navette-node, or ask to join its group."},
    {"daemon-gone", "navette-node s'est arrêté pendant la demande : la dernière lecture est peut-être enregistrée, peut-être pas.",
     "Redémarrez-le, puis navette operations : ce qui est enregistré y figure ; relisez le dernier document, un doublon est signalé.",
     "navette-node went away during the request: the last scan may or may not be recorded.",
     "Start it again, then navette operations: what is recorded is shown there; scan the last document again, a duplicate is told."},
    {"cannot-start", "navette-node ne peut pas travailler dans {1} : voir la ligne ci-dessus.",
     "Le dossier au-dessus doit exister, le compte y avoir droit (sudo -u navette ...), et nul autre navette-node n'y travailler. Sinon : "
     "navette-node --folder DOSSIER",
     "navette-node can't work in {1}: see the line above.",
     "The folder above it must exist, the account be allowed there (sudo -u navette ...), no other navette-node be at work in it. Else: "
     "navette-node --folder FOLDER"},
    {"no-place", "Ce poste ne sert encore aucun lieu.", "navette init --place CODE, ou navette enrol CODE --hub tcp://serveur:port",
     "This node serves no place yet.", "navette init --place CODE, or navette enrol CODE --hub tcp://host:port"},
    {"already-initialised", "Ce poste sert déjà {1}.", "Pour le relier au réseau : navette enrol CODE --hub tcp://serveur:port",
     "This node already serves {1}.", "To join the network: navette enrol CODE --hub tcp://host:port"},
    {"place-not-served", "Ce poste ne sert pas le lieu {1}.", "Lieux servis ici : {2}. Utilisez l'un d'eux avec --place.",
     "This node does not serve the place {1}.", "Places served here: {2}. Use one of them with --place."},
    {"store-full", "Disque plein : rien n'a été enregistré.",
     "Libérez de la place sur le disque de {1} ({2} Mo libres) et recommencez ; ce qui était enregistré est intact.",
     "Disk full: nothing was recorded.", "Free space on the disk of {1} ({2} MB free) and try again; what was recorded is intact."},
    {"disk-full", "Disque plein : ce qui vient du concentrateur attend, rien n'est perdu.",
     "Libérez de la place sur le disque de {1} ({2} Mo libres) : tout reprend de lui-même.",
     "Disk full: what comes from the hub waits, nothing is lost.",
     "Free space on the disk of {1} ({2} MB free): everything goes on by itself."},
    {"store-failed", "Le disque ne répond plus correctement : rien n'a été enregistré.",
     "Arrêtez navette-node, vérifiez le disque ({1}) avant de le redémarrer.", "The disk failed: nothing was recorded.",
     "Stop navette-node and check the disk ({1}) before starting it again."},
    {"failed", "La demande a échoué : {1}.", "Regardez le journal de navette-node ; rien n'a été perdu.", "The request failed: {1}.",
     "See navette-node's log; nothing was lost."},
    {"no-memory", "Mémoire insuffisante : rien n'a été enregistré.", "Fermez d'autres programmes et recommencez.",
     "Out of memory: nothing was recorded.", "Close other programs and try again."},

    /* what was typed */
    {"usage", "Commande incomplète ou inconnue : {1}.", "navette help", "Incomplete or unknown command: {1}.", "navette help"},
    {"surplus", "{1} n'a pas de sens ici.", "navette help {2}", "{1} means nothing here.", "navette help {2}"},
    {"malformed-request", "Demande illisible : {1}.", "Mettez à jour navette et navette-node ensemble.", "Malformed request: {1}.",
     "Update navette and navette-node together."},
    {"unknown-command", "Commande inconnue de navette-node : {1}.", "navette help ; ou mettez navette-node à jour.",
     "navette-node does not know the command {1}.", "navette help; or update navette-node."},
    {"missing-option", "Il manque : {1}.", "navette help {2}", "Missing: {1}.", "navette help {2}"},
    {"bad-option", "Valeur refusée pour {1} : {2}.", "Valeurs admises : {3}", "Value refused for {1}: {2}.", "Accepted: {3}"},
    {"said-in-future", "Cela ne peut pas avoir été dit plus tard que maintenant : {1}.",
     "Donnez le moment de l'appel avec --said, ou rien si c'est maintenant.", "It can't have been said later than now: {1}.",
     "Give the moment of the call with --said, or nothing when it is now."},
    {"bad-time", "Date ou heure illisible : {1}.", "Écrivez AAAA-MM-JJ ou AAAA-MM-JJTHH:MM, suivi de Z ou +hh:mm si besoin.",
     "Unreadable date or time: {1}.", "Write YYYY-MM-DD or YYYY-MM-DDTHH:MM, then Z or +hh:mm if needed."},
    {"malformed-line", "Lecture illisible : {1}.", "Relisez le code-barres ; au plus 64 caractères, sans caractère de contrôle.",
     "Unreadable scan: {1}.", "Scan the barcode again; at most 64 characters, no control characters."},
    {"malformed-csv", "Ligne {1} mal formée : {2}.", "Attendu : code-barres;titre;cote;type;lieu d'attache;auteur (des points-virgules)",
     "Line {1} is malformed: {2}.", "Expected: barcode;title;call number;material;home;author (semicolons)"},
    {"not-utf8", "Ligne {1} : ce n'est pas du texte UTF-8, ses accents seraient perdus.",
     "Enregistrez le fichier en UTF-8, ou : iconv -f WINDOWS-1252 -t UTF-8 FICHIER | navette item add",
     "Line {1} is not UTF-8 text: its accents would be lost.",
     "Save the file as UTF-8, or: iconv -f WINDOWS-1252 -t UTF-8 FILE | navette item add"},
    {"malformed-event", "Événement refusé : {1}.", "Corrigez la valeur et recommencez ; rien n'a été enregistré.", "Event refused: {1}.",
     "Correct the value and try again; nothing was recorded."},
    {"cannot-read", "Impossible de lire {1}.", "Vérifiez le nom du fichier et ses droits.", "Cannot read {1}.",
     "Check the file's name and its permissions."},

    /* scanning */
    {"recorded", "Enregistré.", "", "Recorded.", ""},
    {"already-read", "Déjà lu dans cette opération.", "Passez au suivant.", "Already scanned in this operation.",
     "Go on with the next one."},
    {"unknown-barcode", "Code-barres inconnu ici : {1}.",
     "navette item add {1} --title TITRE --home LIEU ; ou reprenez la commande avec --unknown pour l'enregistrer quand même.",
     "Barcode unknown here: {1}.", "navette item add {1} --title TITLE --home PLACE; or use --unknown to record it anyway."},
    {"unknown-container", "Sac ou caisse inconnu : {1}.", "navette bag add {1} (ou navette bag add --crate {1})",
     "Unknown bag or crate: {1}.", "navette bag add {1} (or navette bag add --crate {1})"},
    {"ambiguous-barcode", "Plusieurs documents portent le code {1} : {2}.", "Précisez la source avec --namespace.",
     "Several documents carry the code {1}: {2}.", "Say which source with --namespace."},
    {"wrong-kind", "{1} est {2}, ce n'est pas ce qu'attend cette commande.", "{3}", "{1} is {2}, which this command does not take.", "{3}"},
    {"container-here", "{1} est le sac de cette opération, pas un document.",
     "Pour changer de sac : Ctrl-D, puis relancez la commande avec l'autre sac.", "{1} is this operation's bag, not a document.",
     "To change bags: Ctrl-D, then run the command again with the other bag."},
    {"container-other", "{1} est un sac ou une caisse, pas un document.", "Pour en changer : Ctrl-D, puis navette {2} {1}",
     "{1} is a bag or a crate, not an item.", "To change to it: Ctrl-D, then navette {2} {1}"},
    {"bag-not-here", "{1} n'est pas ici : {2}.", "S'il est sous vos yeux : navette seen {1} (ou navette receive {1}), puis recommencez.",
     "{1} is not here: {2}.", "If you see it: navette seen {1} (or navette receive {1}), then try again."},
    {"bag-sealed", "{1} porte un scellé : {2}.", "navette open {1} {2}, puis recommencez.", "{1} is sealed: {2}.",
     "navette open {1} {2}, then try again."},
    {"bag-not-sealed", "{1} ne porte pas de scellé.", "Rien à ouvrir ; navette seal {1} SCELLÉ pour le sceller.", "{1} is not sealed.",
     "Nothing to open; navette seal {1} SEAL to seal it."},
    {"already-in-this-bag", "{1} est déjà dans {2}.", "Passez au suivant.", "{1} is already in {2}.", "Go on with the next one."},
    {"already-in-other-bag", "{1} est déjà dans un autre sac : {2}.", "navette unpack {2} (ou unload) puis lisez {1}, et recommencez.",
     "{1} is already in another bag: {2}.", "navette unpack {2} (or unload), scan {1}, then try again."},
    {"not-in-this-bag", "{1} n'est pas dans {2} : {3}.", "S'il en sort bien, il y a eu une erreur avant : navette explain {1}",
     "{1} is not in {2}: {3}.", "If it does come out of it, something went wrong before: navette explain {1}"},
    {"item-not-here", "{1} n'est pas ici : {2}.", "S'il est sous vos yeux : navette seen {1} (ou navette receive {1}), puis recommencez.",
     "{1} is not here: {2}.", "If you see it: navette seen {1} (or navette receive {1}), then try again."},
    {"already-in-transit", "{1} est déjà en transit : {2}.",
     "S'il est arrivé : navette receive {1}. S'il n'est jamais parti : navette cancel {1}.", "{1} is already in transit: {2}.",
     "If it has arrived: navette receive {1}. If it never left: navette cancel {1}."},
    {"in-a-container", "{1} est dans {2}.", "Expédiez {2}, ou sortez-en {1} d'abord (navette unpack {2}, ou unload).", "{1} is in {2}.",
     "Dispatch {2}, or take {1} out first (navette unpack {2}, or unload)."},
    {"with-person", "{1} est chez une personne.", "Enregistrez d'abord le retour : navette return {1}", "{1} is with a person.",
     "Record the return first: navette return {1}"},
    {"withdrawn", "{1} est retiré du catalogue.", "S'il doit y revenir : navette item add {1} (ou navette bag add {1}).",
     "{1} is withdrawn.", "If it is to come back: navette item add {1} (or navette bag add {1})."},
    {"retired", "{1} est hors service.", "S'il doit resservir : navette bag add {1}.", "{1} is retired.",
     "If it is to serve again: navette bag add {1}."},
    {"already-in-service", "{1} est déjà en service : {2}.", "Rien à faire ; à un autre sac, donnez un autre code.",
     "{1} is already in service: {2}.", "Nothing to do; give another bag another code."},
    {"lost", "{1} est déclaré perdu.", "S'il est retrouvé : navette found {1}, puis recommencez.", "{1} is declared lost.",
     "If it has turned up: navette found {1}, then try again."},
    {"already-lost", "{1} est déjà déclaré perdu.", "Rien à faire ; navette found {1} quand il revient.", "{1} is already declared lost.",
     "Nothing to do; navette found {1} when it turns up."},
    {"not-in-transit-here", "{1} n'est pas en transit vers ici : {2}.",
     "navette explain {1} ; pour signaler sa présence : navette seen {1}", "{1} is not in transit to this place: {2}.",
     "navette explain {1}; to say it is here: navette seen {1}"},
    {"not-in-transit-from-here", "{1} n'est pas parti d'ici : {2}.", "Seul le lieu d'envoi annule : voyez navette explain {1}.",
     "{1} did not leave from here: {2}.", "Only the sending place cancels: see navette explain {1}."},
    {"no-such-count", "Aucun récolement ne répond à {1}.",
     "navette count list les montre ; donnez au moins 4 signes de son numéro, ou navette count open en ouvre un.",
     "No stocktake answers to {1}.",
     "navette count list shows them; give at least 4 characters of its number, or navette count open begins one."},
    {"count-stands-open", "Un récolement est déjà ouvert à {2} : {1}.", "Continuez-le : navette count ; ou closez-le : navette count close",
     "A stocktake stands open at {2}: {1}.", "Go on with it: navette count; or close it: navette count close"},
    {"count-is-closed", "Ce récolement est clos, ou d'un autre lieu : {1}.",
     "navette count status {1} montre son écart ; navette count open en ouvre un autre.",
     "That stocktake is closed, or another place's: {1}.",
     "navette count status {1} shows its variance; navette count open begins another."},
    {"no-such-place", "Lieu inconnu : {1}.", "{2}navette places en donne la liste ; un lieu nouveau se déclare au concentrateur{3}.",
     "Unknown place: {1}.", "{2}navette places lists them; a new one is declared at the hub{3}."},
    {"to-self", "{1} est le lieu d'envoi lui-même.", "Choisissez un autre lieu avec --to (navette places).",
     "{1} is the sending place itself.", "Choose another place with --to (navette places)."},
    {"too-long", "Trop long : {1} (au plus {2} caractères).", "Raccourcissez et recommencez.", "Too long: {1} (at most {2} characters).",
     "Shorten it and try again."},
    {"already-registered", "{1} est déjà enregistré : {2}.", "Pour le corriger : navette item change {1}",
     "{1} is already registered: {2}.", "To correct it: navette item change {1}"},
    {"no-right", "Un poste de rôle « {1} » ne fait pas cela ici : {2}.",
     "Demandez à la coordination du réseau (navette-hub rights grant LIEU {3}), ou utilisez le poste d'une bibliothèque.",
     "A node with the role \"{1}\" may not do this here: {2}.",
     "Ask the network's coordinator (navette-hub rights grant PLACE {3}), or use a branch's node."},

    /* notes that go with a recorded scan */
    {"note-unknown", "Inconnu ici : enregistré sans titre ni cote.", "", "Unknown here: recorded without title or call number.", ""},
    {"note-elsewhere", "Attendu ailleurs : {1}.", "", "Expected elsewhere: {1}.", ""},
    {"note-withdrawn", "Retiré du catalogue : à mettre de côté.", "", "Withdrawn: put it aside.", ""},
    {"note-found", "Était manquant ou perdu : retrouvé.", "", "Was missing or lost: found again.", ""},
    {"note-not-awaited", "Non annoncé : l'envoi n'est pas encore connu ici.", "", "Not announced: its dispatch is not known here yet.", ""},
    {"note-not-seen", "Rien ne disait qu'il était manquant ou perdu.", "", "Nothing said it was missing or lost.", ""},
    {"note-empty-bag", "Ce sac est vide.", "", "This bag is empty.", ""},
    {"note-in-bag", "Reste dans {1}.", "", "Stays in {1}.", ""},

    /* operations */
    {"left-open", "Une opération est restée ouverte : {1} (lectures enregistrées : {2}).",
     "navette operations resume {3} pour continuer, navette operations close {3} pour la clore.",
     "An operation was left open: {1} (scans recorded: {2}).",
     "navette operations resume {3} to go on, navette operations close {3} to close it."},
    {"no-such-operation", "Aucune opération ouverte ne porte ce numéro : {1}.", "navette operations en donne la liste.",
     "No open operation has this number: {1}.", "navette operations lists them."},
    {"operation-in-use", "L'opération {1} est en cours dans un autre terminal.", "Terminez-la là-bas (Ctrl-D).",
     "Operation {1} is under way in another terminal.", "End it there (Ctrl-D)."},
    {"too-many-operations", "Trop d'opérations ouvertes.", "navette operations ; terminez les anciennes.", "Too many open operations.",
     "navette operations; close the old ones."},
    {"no-operations", "Aucune opération ouverte.", "", "No open operation.", ""},

    /* corrections */
    {"no-such-event", "Aucun événement ne porte cette référence : {1}.", "navette explain CODE donne les références.",
     "No event has this reference: {1}.", "navette explain BARCODE shows references."},
    {"bad-reference", "Référence illisible : {1}.", "Recopiez-la depuis navette explain, ou donnez le numéro de l'événement de ce poste.",
     "Unreadable reference: {1}.", "Copy it from navette explain, or give the number of this node's event."},
    {"not-yours", "Cet événement vient de {1} : seul ce lieu ou un coordinateur peut l'annuler.", "Prévenez {1}, ou le coordinateur.",
     "This event comes from {1}: only that place or a coordinator may retract it.", "Tell {1}, or the coordinator."},
    {"already-retracted", "Cet événement est déjà annulé.", "Rien à faire ; l'annulation elle-même peut être annulée.",
     "This event is already retracted.", "Nothing to do; the retraction itself may be retracted."},
    {"clock-off", "L'horloge de cette machine n'est pas à l'heure : {1} ici, {2} au concentrateur.",
     "Mettez la machine à l'heure (timedatectl), puis navette clock set : ce qui est enregistré ici depuis son démarrage aura la bonne.",
     "This machine's clock is off: {1} here, {2} at the hub.",
     "Set the machine's clock (timedatectl), then navette clock set: what was recorded here since it started will have the right time."},
    {"no-hub-time", "L'heure du concentrateur n'est pas connue.", "navette clock set --time AAAA-MM-JJTHH:MM",
     "The hub's time is not known.", "navette clock set --time YYYY-MM-DDTHH:MM"},

    /* views */
    {"followed-by", "La suite est celle de {1} : navette explain {1}", "", "What followed happened to {1}: navette explain {1}", ""},
    {"nothing-to-show", "Rien à montrer.", "", "Nothing to show.", ""},
    {"partial", "Ce poste ne suit que ses lieux ({1}) : le reste du réseau n'apparaît pas ici.", "",
     "This node only follows its own places ({1}): the rest of the network does not show here.", ""},
    {"ambiguous-id", "Plusieurs écarts ont un numéro qui commence par {1}.",
     "Donnez-en plus de chiffres : navette discrepancies --json les montre en entier.",
     "Several discrepancies have an id that begins with {1}.", "Give more of its digits: navette discrepancies --json shows them whole."},
    {"nothing-known", "On ne sait rien de {1} ici.", "Vérifiez le code, ou navette sync s'il vient d'être enregistré ailleurs.",
     "Nothing is known of {1} here.", "Check the code, or navette sync if it has just been registered elsewhere."},
    {"state-damaged", "Les compteurs ne correspondent pas à l'état : {1}.",
     "Arrêtez navette-node, puis navette-node --rebuild : l'état est refait depuis le journal, rien n'est perdu.",
     "Counters do not match the state: {1}.",
     "Stop navette-node, then navette-node --rebuild: the state is made anew from the journal, nothing is lost."},

    /* search */
    {"nothing-asked", "Rien à chercher : tapez au moins une lettre ou un chiffre.", "navette search MOTS ; navette help search",
     "Nothing to search for: type at least a letter or a digit.", "navette search WORDS; navette help search"},
    {"too-many-words", "Trop de mots : au plus {1}.", "Gardez les mots les plus rares du titre ; un seul suffit souvent.",
     "Too many words: at most {1}.", "Keep the rarest words of the title; one is often enough."},
    {"words-not-kept", "Ce poste prépare encore sa recherche.", "Attendez une minute et recommencez ; le reste du travail continue.",
     "This node is still preparing its search.", "Wait a minute and try again; all other work goes on."},
    {"nothing-found", "Rien trouvé.", "", "Nothing found.", ""},
    {"found-all", "{2#} {2|trouvé|trouvés}.", "", "{2#} found.", ""},
    {"found-some", "{1#} sur {2#} trouvés ; --limit {2} pour tout voir.", "", "{1#} of {2#} found; --limit {2} shows all.", ""},
    {"found-more", "{1#} {1|montré|montrés} ; il y en a davantage que les {2#} regardés : ajoutez un mot.", "",
     "{1#} shown; there are more than the {2#} looked at: add a word.", ""},

    /* labels */
    {"no-such-sheet", "Planche inconnue : {1}.", "navette labels --sheets en donne la liste ; ou donnez ses mesures : 70x37+3x8",
     "Unknown sheet: {1}.", "navette labels --sheets lists them; or give its measures: 70x37+3x8"},
    {"bad-sheet", "Mesures de planche illisibles, ou qui sortent de la page : {1}.",
     "En mm : 63.5x38.1+3x7+7.2,15.1+2.5,0@210x297 (étiquette, colonnes x rangs, marges, écarts, page)",
     "Measures of a sheet that can't be read, or that leave the page: {1}.",
     "In mm: 63.5x38.1+3x7+7.2,15.1+2.5,0@210x297 (label, columns x rows, margins, gaps, page)"},
    {"bad-series", "Série illisible : {1}.", "navette labels --bags {2} 001-120 : le premier et le dernier numéro",
     "Unreadable series: {1}.", "navette labels --bags {2} 001-120: the first and the last number"},
    {"too-many-labels", "Trop d'étiquettes pour un fichier : au plus {1}.", "Faites-le en plusieurs fichiers.",
     "Too many labels for one file: at most {1}.", "Make several files."},
    {"no-symbol", "Le code {1} ne s'écrit pas en Code 128.", "Prenez --code qr.", "The code {1} can't be written as Code 128.",
     "Use --code qr."},
    {"label-too-small", "Le code {1} ne tient pas sur ces étiquettes.", "Prenez --sheet {2} ou plus grand, ou --code qr.",
     "The code {1} does not fit on these labels.", "Use --sheet {2} or a larger one, or --code qr."},
    {"no-label-so-wide", "Le code {1} ne tient sur aucune planche connue.", "Prenez --code qr.",
     "The code {1} fits on no sheet that is known.", "Use --code qr."},
    {"no-font", "La police DejaVu Sans n'est pas installée.", "sudo apt install {1}", "The font DejaVu Sans is not installed.",
     "sudo apt install {1}"},
    {"cannot-write", "Impossible d'écrire {1} : {2}.", "Choisissez un autre fichier avec --out.", "Cannot write {1}: {2}.",
     "Choose another file with --out."},
    {"nothing-to-label", "Aucune étiquette à faire.", "Donnez des codes, --bags PREFIXE 001-120, ou --without-barcode.",
     "No label to make.", "Give codes, --bags PREFIX 001-120, or --without-barcode."},
    {"labels-made", "Étiquettes : {1#}, pages : {2#}, dans {3}. Imprimez à 100 %, sans ajuster à la page.", "",
     "Labels: {1#}, pages: {2#}, in {3}. Print at 100 %, not fitted to the page.", ""},
    {"labels-unknown", "Codes inconnus ici, imprimés sans titre : {1}.", "", "Codes unknown here, printed without a title: {1}.", ""},

    /* the link to the hub */
    {"not-enrolled", "Ce poste n'est pas relié à un concentrateur : tout reste ici.", "navette enrol CODE --hub tcp://serveur:port",
     "This node is not enrolled at a hub: everything stays here.", "navette enrol CODE --hub tcp://host:port"},
    {"hub-away", "Le concentrateur {1} ne répond pas ; dernier contact : {2}.",
     "Le travail continue : {3#} {3|événement partira de lui-même|événements partiront d'eux-mêmes} au retour du réseau.",
     "The hub {1} does not answer; last contact: {2}.",
     "Work goes on: {3#} {3|event will leave by itself|events will leave by themselves} when the network is back."},
    {"not-in-step", "Pas encore à jour avec le concentrateur après {1} s : {2#} {2|événement|événements} à envoyer, {3#} à recevoir.",
     "Attendez, ou relancez navette sync --wait avec plus de secondes.",
     "Not yet in step with the hub after {1} s: {2#} {2|event|events} to send, {3#} to take in.",
     "Wait, or run navette sync --wait with more seconds."},
    {"status-events", "Journal: {1#} {1|enregistré|enregistrés} ici, {2#} à envoyer, {3#} à recevoir", "",
     "Events : {1#} recorded here, {2#} to send, {3#} to take in", ""},
    {"status-behind", " ; {1#} {1|événement|événements} en cours de prise en compte", "",
     "; {1#} {1|event|events} being taken into account", ""},
    {"status-operations", "{1#} {1|opération ouverte|opérations ouvertes} : navette operations\n", "",
     "{1#} {1|operation|operations} open: navette operations\n", ""},
    {"in-step", "À jour avec le concentrateur.", "", "In step with the hub.", ""},
    {"hub-refuses", "Le concentrateur {1} refuse la clé de ce poste.",
     "Révoqué ou remplacé : demandez un code au coordinateur (navette-hub enrol), puis navette enrol CODE --hub tcp://serveur:port "
     "--again ; si une autre machine l'a remplacé, --anew : il devient un autre poste et envoie ce qui restait. Rien n'est perdu.",
     "The hub {1} refuses this node's key.",
     "Revoked or replaced: ask the coordinator for a code (navette-hub enrol), then navette enrol CODE --hub tcp://host:port --again; if "
     "another machine took its place, --anew: it becomes another node and sends what was left. Nothing is lost."},
    {"hub-old-keys",
     "Le concentrateur {1} connaît des clés plus récentes de ce poste : il a été remis depuis une sauvegarde d'avant leur changement, ou "
     "une "
     "copie de son disque les a changées.",
     "Remis depuis une sauvegarde : remettez le fichier keys le plus récent, ou, s'il est perdu, navette-hub replace, puis navette enrol "
     "CODE "
     "--again. Une copie travaille aussi : navette-hub enrol, puis navette enrol CODE --anew. Rien n'est perdu.",
     "The hub {1} knows newer keys of this node: it was put back from a backup of before they changed, or a copy of its disk has changed "
     "them.",
     "Put back: put the newest keys file back, or, if it is lost, navette-hub replace, then navette enrol CODE --again. A copy is at work "
     "too: navette-hub enrol, then navette enrol CODE --anew. Nothing is lost."},
    {"rekey-begun", "Nouvelles clés faites : elles servent dès maintenant, le concentrateur {1} va les apprendre.",
     "Rien à faire ; navette status dit quand c'est fini. Une sauvegarde du dossier d'avant ne servira plus de clé.",
     "New keys made: they sign from now on, the hub {1} will learn of them.",
     "Nothing to do; navette status says when it is over. A backup of the folder of before is no key any more."},
    {"rekey-under-way", "Un changement de clés est déjà en cours.", "Attendez que le concentrateur réponde ; navette status le dit.",
     "A change of keys is under way already.", "Wait for the hub's answer; navette status says so."},
    {"rekey-offline", "Le concentrateur {1} n'est pas joint : les clés ne changent que reliées à lui.",
     "Recommencez une fois relié. Si la clé a pu être volée, faites révoquer le poste par le coordinateur.",
     "The hub {1} is not reached: keys change only while linked to it.",
     "Try again once linked. If the key may have been stolen, have the coordinator revoke the node."},
    {"rekey-no-backup",
     "Le dernier changement de clés de ce poste n'est encore dans aucune sauvegarde du concentrateur {1} : remis depuis une plus ancienne, "
     "il ne le reconnaîtrait plus.",
     "Attendez sa prochaine sauvegarde, ou faites-en faire une : navette-hub backup DOSSIER. Clés volées : navette-hub replace.",
     "The last change of this node's keys is in no backup of the hub {1} yet: put back from an older one, it would not know the node "
     "again.",
     "Wait for its next backup, or have one made: navette-hub backup FOLDER. Keys stolen: navette-hub replace."},
    {"rekey-old-hub", "Le concentrateur {1} ne sait pas changer les clés d'un poste.", "Mettez le concentrateur à jour d'abord.",
     "The hub {1} can't change a node's keys.", "Update the hub first."},
    {"keyring-old",
     "Les clés des personnes de ce poste n'ont pas servi depuis plus de 30 jours (copie remise, ou poste resté éteint) : noms et cartes "
     "ne se lisent pas encore.",
     "Reliez le poste, ou lisez la réponse à une clé USB : dès qu'il sait ce qui a été effacé entre-temps, le reste se lit de nouveau.",
     "The keys of people at this node have not been in use for over 30 days (a copy put back, or a machine long off): names and cards "
     "can't "
     "be read yet.",
     "Link the node, or read the answer to a stick: once it knows what was erased meanwhile, the rest can be read again."},
    {"rekey-due", "Les clés de ce poste ont plus d'un an.", "Changez-les, une fois relié : navette rekey",
     "This node's keys are over a year old.", "Change them while linked: navette rekey"},
    {"hub-wrong-key",
     "Ce qui répond à {1} n'a aucune des clés du concentrateur que ce poste connaît : elles ont changé pendant son absence, ou ce n'est "
     "pas lui.",
     "Rien n'a été envoyé. Le poste demande seul les nouvelles clés au port d'inscription ; sinon, avec le fichier de navette-hub rekey "
     "show "
     "--file : navette hub-keys FICHIER",
     "What answers at {1} has none of the hub's keys that this node knows: they changed while it was away, or it is not the hub.",
     "Nothing was sent. The node asks for the new keys by itself at the enrolment port; else, with the file of navette-hub rekey show "
     "--file: "
     "navette hub-keys FILE"},
    {"held", "Le concentrateur a suspendu ce poste : {1}.", "Prévenez le coordinateur ; le travail continue, rien n'est perdu.",
     "The hub holds this node back: {1}.", "Tell the coordinator; work goes on, nothing is lost."},
    {"cloned",
     "Deux machines se servent des clés de ce poste, sans doute des copies l'une de l'autre : rien n'est enregistré, jusqu'à ce que le "
     "coordinateur choisisse.",
     "Prévenez le coordinateur : navette-hub clones, puis navette-hub choose. Ce qui est déjà enregistré ici reste et partira ensuite ; "
     "d'ici là, notez sur papier.",
     "Two machines use the keys of this node, copies of each other most likely: nothing is recorded until the coordinator chooses.",
     "Tell the coordinator: navette-hub clones, then navette-hub choose. What was recorded here stays and will leave afterwards; until "
     "then, write on paper."},
    {"cloned-elsewhere", "Une autre machine a été choisie pour continuer comme ce poste : celle-ci n'enregistre plus rien.",
     "Demandez un code au coordinateur, puis : navette enrol CODE --hub ADRESSE --anew. Cette machine devient un autre poste, et ce "
     "qu'elle "
     "n'avait pas envoyé part alors.",
     "Another machine was chosen to go on as this node: this one records nothing any more.",
     "Ask the coordinator for a code, then: navette enrol CODE --hub ADDRESS --anew. This machine becomes another node, and what it had "
     "not "
     "sent leaves then."},
    {"not-cloned", "Ce poste n'a pas à devenir un autre : aucune autre machine n'a été choisie à sa place.",
     "Pour l'inscrire à nouveau sous le même nom : navette enrol CODE --hub ADRESSE --again.",
     "This node need not become another one: no other machine was chosen in its place.",
     "To enrol it again as it is: navette enrol CODE --hub ADDRESS --again."},
    {"became-all", "Cette machine est maintenant un autre poste ; tout ce qu'elle avait enregistré est déjà au concentrateur.",
     "Rien à faire : continuez à travailler.", "This machine is another node now; all that it had recorded is at the hub already.",
     "Nothing to do: go on working."},
    {"became",
     "Cette machine est maintenant un autre poste ; {1#} {1|événement enregistré avant repart|événements enregistrés avant repartent} sous "
     "son nom.",
     "Rien à faire : rien n'est perdu, les références restent les mêmes.",
     "This machine is another node now; {1#} {1|event recorded before leaves|events recorded before leave} under its name.",
     "Nothing to do: nothing is lost, references stay the same."},
    {"giving-back", "Le concentrateur a été remis depuis une sauvegarde ({1}) : ce poste lui rend ce qu'il a perdu.",
     "Rien à faire : continuez à travailler, rien n'est perdu ; ce qui est enregistré ici part ensuite.",
     "The hub was put back from a backup ({1}): this node gives it back what it lost.",
     "Nothing to do: go on working, nothing is lost; what is recorded here leaves afterwards."},
    {"evicting", "Ce poste suit moins de lieux qu'avant : ce qu'il ne suit plus s'efface de son disque.",
     "Rien à faire ; il faut de la place pour une copie de ce qui reste : libérez-en si cela dure.",
     "This node follows fewer places than before: what it follows no more is being erased from its disk.",
     "Nothing to do; it takes room for a copy of what stays: free some if this lasts."},
    {"completing", "Ce poste se complète : {1} sur {2} du journal relus. Les chiffres d'ici ne disent pas encore tout.",
     "Continuez à travailler ; laissez le poste relié jusqu'à la fin.",
     "This node is being completed: {1} of {2} of the journal read. Its figures do not tell all yet.",
     "Go on working; leave the node linked until the end."},
    {"snapshot-coming",
     "Ce poste se met à jour d'un bloc : {1} parties sur {2} reçues. Ce qui concerne ce lieu est déjà là ; les chiffres du réseau ne le "
     "sont pas encore.",
     "Continuez à travailler ; si la liaison tombe, la suite reprendra où elle en est.",
     "This node is being caught up in one go: {1} of {2} parts are here. What concerns this place is here already; the network's figures "
     "are not yet.",
     "Go on working; if the line drops, it goes on where it stands."},
    {"taking-back",
     "Les données de ce poste viennent d'une sauvegarde : ce qui a été enregistré après elle revient du concentrateur ({1#} à relire).",
     "Continuez à travailler, rien n'est perdu ; si quelque chose semble manquer, attendez la fin de la reprise avant de le saisir à "
     "nouveau.",
     "This node's data come from a backup: what was recorded after it comes back from the hub ({1#} to read).",
     "Go on working, nothing is lost; should something seem missing, wait for the end of this before you enter it again."},
    {"forked",
     "Le {1}, le journal de ce poste avait deux suites : celle du concentrateur et {2#} {2|événement saisi|événements saisis} ici après la "
     "remise d'une "
     "sauvegarde. "
     "Les deux sont gardées.",
     "Rien n'est perdu et rien n'est à refaire ; si une chose se trouve ailleurs que dit, navette explain CODE montre les deux suites.",
     "On {1} this node's log had two ends: the hub's, and {2#} {2|event|events} recorded here after a backup was put back. Both are kept.",
     "Nothing is lost and nothing has to be done again; where a thing is elsewhere than shown, navette explain CODE shows both."},
    {"bad-code", "Code d'inscription mal écrit : {1}.",
     "16 lettres et chiffres en quatre groupes, comme XXXX-XXXX-XXXX-XXXX ; recopiez-le.", "Malformed enrolment code: {1}.",
     "16 letters and digits in four groups, like XXXX-XXXX-XXXX-XXXX; copy it again."},
    {"enrol-refused", "Le concentrateur ne reconnaît pas ce code.",
     "Recopiez le code ; il sert une fois, jusqu'au moment qui a été dit avec lui. Sinon demandez-en un nouveau au coordinateur.",
     "The hub does not recognise this code.",
     "Copy the code again; it works once, until the moment that was said with it. Else ask the coordinator for a new one."},
    {"enrol-known",
     "Le concentrateur connaît ce poste avec d'autres clés : cette machine a été remplacée, ou une copie d'elle a changé les clés.",
     "Le code n'a pas servi : navette enrol CODE --hub ADRESSE --anew. Elle devient un autre poste et envoie ce qui restait ; rien n'est "
     "perdu.",
     "The hub knows this node with other keys: this machine was replaced, or a copy of it has changed the keys.",
     "The code was not used: navette enrol CODE --hub ADDRESS --anew. It becomes another node and sends what was left; nothing is lost."},
    {"enrol-no-answer", "Personne ne répond à {1}.", "Vérifiez le réseau et l'adresse (port d'inscription) ; le code reste valable.",
     "Nobody answers at {1}.", "Check the network and the address (enrolment port); the code stays valid."},
    {"enrol-not-the-hub", "Ce qui répond à {1} ne connaît pas le code : ce n'est pas votre concentrateur.",
     "Vérifiez l'adresse auprès du coordinateur ; rien n'a été échangé.", "What answers at {1} does not know the code: it is not your hub.",
     "Check the address with the coordinator; nothing was exchanged."},
    {"enrol-busy", "Trop d'essais au concentrateur.", "Attendez une minute et recommencez.", "Too many tries at the hub.",
     "Wait a minute and try again."},
    {"enrolled", "Poste inscrit : {1}.", "", "Node enrolled: {1}.", ""},
    {"already-enrolled", "Ce poste est déjà inscrit au concentrateur {1}.",
     "Avec --again pour l'inscrire à nouveau (clé refusée, autre concentrateur), ou --anew si une autre machine l'a remplacé.",
     "This node is already enrolled at the hub {1}.",
     "Use --again to enrol it as it is (key refused, another hub), or --anew if another machine took its place."},
    {"initialised", "Ce poste sert maintenant {1}.", "", "This node now serves {1}.", ""},
};

const struct message_entry *message_texts_find(const char *code)
{
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
        if (strcmp(entries[i].code, code) == 0)
            return &entries[i];
    const struct message_entry *entry = message_hub_find(code);
    if (entry == NULL)
        entry = message_lending_find(code);
    if (entry == NULL)
        entry = message_stick_find(code);
    if (entry == NULL)
        entry = message_keys_find(code);
    if (entry == NULL)
        entry = message_rekey_find(code);
    if (entry == NULL)
        entry = message_admission_find(code);
    if (entry == NULL)
        entry = message_operator_find(code);
    if (entry == NULL)
        entry = message_compare_find(code);
    if (entry == NULL)
        entry = message_prune_find(code);
    return entry != NULL ? entry : message_import_find(code);
}
