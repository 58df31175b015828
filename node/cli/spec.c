/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli/spec.h"

#include <string.h>

/* clang-format off */
static const struct spec_option options[] = {
    /* everywhere */
    {"folder", "folder", SPEC_TEXT, "DOSSIER", "dossier de navette-node (sinon NAVETTE_FOLDER)", "navette-node's folder (else NAVETTE_FOLDER)"},
    {"socket", "socket", SPEC_TEXT, "CHEMIN", "prise locale, si elle n'est pas dans le dossier", "local socket, when it is not in the folder"},
    {"json", "json", SPEC_FLAG, NULL, "répondre en JSON", "answer in JSON"},
    {"lang", "lang", SPEC_TEXT, "fr|en", "langue (sinon NAVETTE_LANG, LANG)", "language (else NAVETTE_LANG, LANG)"},
    {"operator", "operator", SPEC_TEXT, "CODE", "code de l'agent (sinon NAVETTE_OPERATOR)", "operator code (else NAVETTE_OPERATOR)"},
    {"help", "help", SPEC_FLAG, NULL, "cette aide", "this help"},
    /* by command */
    {"place", "place", SPEC_TEXT, "CODE", "lieu", "place"},
    {"tz", "tz", SPEC_TEXT, "TZ", "fuseau POSIX : CET-1CEST,M3.5.0,M10.5.0/3", "POSIX time zone: CET-1CEST,M3.5.0,M10.5.0/3"},
    {"namespace", "namespace", SPEC_TEXT, "NOM", "source des codes-barres", "source of the barcodes"},
    {"?namespace", "namespaces", SPEC_LIST, "NOM", "source des codes-barres (répétable)", "source of the barcodes (may be repeated)"},
    {"hub", "hub", SPEC_TEXT, "tcp://HOTE:PORT", "port d'inscription du concentrateur", "the hub's enrolment port"},
    {"file", "file", SPEC_TEXT, "FICHIER", "invitation reçue en fichier", "invitation received as a file"},
    {"key", "key", SPEC_TEXT, "FICHIER", "fichier qui contient la clé de secours", "file that holds the recovery key"},
    {"again", "again", SPEC_FLAG, NULL, "inscrire à nouveau", "enrol anew"},
    {"anew", "anew", SPEC_FLAG, NULL, "devenir un autre poste : une autre machine a les clés de celui-ci, ou a pris sa place", "become another node: another machine has the keys of this one, or took its place"},
    {"wait", "wait", SPEC_NUMBER, "SECONDES", "attendre au plus", "wait at most"},
    {"title", "title", SPEC_TEXT, "TITRE", "titre", "title"},
    {"author", "author", SPEC_TEXT, "AUTEUR", "auteur", "author"},
    {"call-number", "call_number", SPEC_TEXT, "COTE", "cote", "call number"},
    {"material", "material", SPEC_TEXT, "TYPE", "type de document, genre de sac", "material"},
    {"home", "home", SPEC_TEXT, "LIEU", "lieu d'attache", "home place"},
    {"anyway", "anyway", SPEC_FLAG, NULL, "accepter un lieu que ce poste ne connaît pas encore", "take a place that this node does not know yet"},
    {"now-at", "at_place", SPEC_TEXT, "LIEU", "où il est, sinon chez lui", "where it is now, when not at home"},
    {"reason", "reason", SPEC_TEXT, "RAISON", "raison (worn, absent, damaged, long-missing...)", "reason (worn, absent, damaged, long-missing...)"},
    {"kind", "kind", SPEC_TEXT, "GENRE", "genre", "kind"},
    {"size", "size", SPEC_TEXT, "TAILLE", "taille", "size"},
    {"crate", "crate", SPEC_FLAG, NULL, "c'est une caisse", "it is a crate"},
    {"owner", "owner", SPEC_TEXT, "LIEU", "à qui il appartient", "whose it is"},
    {"unknown", "unknown", SPEC_FLAG, NULL, "enregistrer même un code inconnu", "record an unknown barcode too"},
    {"crates", "crates", SPEC_NUMBER, "N", "nombre de caisses", "number of crates"},
    {"bags", "bags", SPEC_NUMBER, "N", "nombre de sacs", "number of bags"},
    {"items", "items", SPEC_NUMBER, "N", "nombre de documents", "number of items"},
    {"returned", "returned", SPEC_NUMBER, "N", "nombre de retours", "number of returns"},
    {"pool", "pools", SPEC_POOLS, "GENRE=N", "sacs sans étiquette, par genre", "untagged bags, by kind"},
    {"seal", "seal", SPEC_TEXT, "SCELLE", "numéro du scellé", "seal number"},
    {"to", "to", SPEC_TEXT, "LIEU", "destination", "destination"},
    {"from", "from", SPEC_TEXT, "LIEU", "d'où cela vient", "where it comes from"},
    {"?from", "reporter", SPEC_TEXT, "LIEU", "le lieu qui appelle", "the place that calls"},
    {"said", "said_at", SPEC_TEXT, "DATE", "quand cela a été dit, si ce n'est pas maintenant", "when it was said, when not now"},
    {"by", "speaker", SPEC_TEXT, "CODE", "qui l'a dit : un code ou une fonction, pas un nom", "who said it: a code or a role, not a name"},
    {"carrier", "carrier", SPEC_TEXT, "CODE", "transporteur", "carrier"},
    {"round", "round", SPEC_TEXT, "ID", "tournée", "round"},
    {"slip", "slip", SPEC_TEXT, "REFERENCE", "bordereau : référence ou numéro", "slip: reference or number"},
    {"departed", "departed", SPEC_TEXT, "AAAA-MM-JJ", "jour du départ, si ce n'est pas aujourd'hui", "day of departure, when not today"},
    {"checked", "checked", SPEC_FLAG, NULL, "contenu vérifié", "contents checked"},
    {"order", "order", SPEC_TEXT, "ID", "commande", "order"},
    {"zone", "zone", SPEC_TEXT, "ZONE", "zone", "zone"},
    {"blind", "blind", SPEC_FLAG, NULL, "sans voir ce qui est attendu", "without seeing what is expected"},
    {"complete", "complete", SPEC_FLAG, NULL, "tout a été compté : ce qui manque est manquant", "everything was counted: what was not seen is missing"},
    {"stop", "stop", SPEC_NUMBER, "N", "arrêt de la tournée", "stop of the round"},
    {"direction", "direction", SPEC_TEXT, "out|back", "aller ou retour", "way out or back"},
    {"with", "with", SPEC_TEXT, "REFERENCE", "événement de la remise : envoi, autre compte", "an event of the hand-over: a dispatch, another count"},
    {"gaps", "gaps", SPEC_FLAG, NULL, "celles où il manque ou dépasse quelque chose", "those that are short or over"},
    {"unpaired", "unpaired", SPEC_FLAG, NULL, "les comptes à rattacher", "counts to be paired"},
    {"party", "party", SPEC_TEXT, "giver|carrier|taker", "qui compte", "who counts"},
    {"peer", "peer", SPEC_TEXT, "LIEU", "l'autre partie", "the other side"},
    {"replace", "replace", SPEC_TEXT, "REFERENCE", "événement qui le remplace", "event that replaces it"},
    {"time", "time", SPEC_TEXT, "DATE", "heure juste", "right time"},
    {"from-hub", "from_hub", SPEC_FLAG, NULL, "heure du concentrateur (par défaut)", "the hub's time (default)"},
    {"at", "at", SPEC_TEXT, "DATE", "à ce moment : AAAA-MM-JJ[THH:MM[:SS]][Z|+hh:mm]", "at that time: YYYY-MM-DD[THH:MM[:SS]][Z|+hh:mm]"},
    {"known", "known", SPEC_TEXT, "DATE|N", "avec ce que ce poste savait alors (date, ou numéro du journal)", "with what this node knew then (date, or journal number)"},
    {"stock", "stock", SPEC_FLAG, NULL, "un chiffre du stock : ce qui le fait, et ses bornes", "a figure of the stock: what makes it, and its bounds"},
    {"transit", "transit", SPEC_FLAG, NULL, "une ligne de ce qui est en route (--from, --to, --day, --material)", "a line of what is on the road (--from, --to, --day, --material)"},
    {"handover", "handover", SPEC_FLAG, NULL, "une remise : ses trois comptes", "a hand-over: its three counts"},
    {"count", "of_count", SPEC_FLAG, NULL, "un récolement : son écart", "a stocktake: its variance"},
    {"state", "state", SPEC_TEXT, "ETAT", "état (shelf, in-transit...)", "state (shelf, in-transit...)"},
    {"verdict", "verdict", SPEC_TEXT, "VERDICT", "undecidable, provisional, proven, withdrawn, settled", "undecidable, provisional, proven, withdrawn, settled"},
    {"by-home", "by_home", SPEC_FLAG, NULL, "une ligne par lieu d'attache", "a line for each home"},
    {"?title", "in_title", SPEC_FLAG, NULL, "dans les titres seulement", "in titles only"},
    {"?author", "in_author", SPEC_FLAG, NULL, "dans les auteurs seulement", "in authors only"},
    {"call", "in_call", SPEC_FLAG, NULL, "le début de la cote", "how the call number begins"},
    {"?call", "call", SPEC_TEXT, "COTE..COTE", "cotes, de la première à la dernière", "call numbers, from the first to the last"},
    {"available", "available", SPEC_FLAG, NULL, "seulement ce qui peut être prêté", "only what can be lent"},
    {"limit", "limit", SPEC_NUMBER, "N", "au plus N lignes (20 ; jusqu'à 1000)", "at most N lines (20; up to 1000)"},
    {"sheet", "sheet", SPEC_TEXT, "PLANCHE", "planche d'étiquettes (--sheets), ou LxH+COLONNESxRANGS[+GAUCHE,HAUT[+ÉCARTS]][@PAGE]", "sheet of labels (--sheets), or WxH+COLUMNSxROWS[+LEFT,TOP[+GAPS]][@PAGE]"},
    {"sheets", "sheets", SPEC_FLAG, NULL, "les planches connues", "the sheets that are known"},
    {"code", "symbol", SPEC_TEXT, "128|qr", "genre de code-barres (128 par défaut)", "kind of barcode (128 by default)"},
    {"start", "start", SPEC_NUMBER, "N", "première étiquette libre d'une planche entamée", "first free label of a begun sheet"},
    {"copies", "copies", SPEC_NUMBER, "N", "exemplaires de chacune", "copies of each"},
    {"out", "out", SPEC_TEXT, "FICHIER.pdf", "fichier à écrire", "file to write"},
    {"name", "name", SPEC_TEXT, "NOM", "nom imprimé (sinon celui du lieu)", "name printed (else the place's)"},
    {"outline", "outline", SPEC_FLAG, NULL, "tracer les bords, pour essayer sur papier", "draw the edges, to try on paper"},
    {"without-barcode", "waiting", SPEC_FLAG, NULL, "les documents repris sans code-barres", "the items imported without a barcode"},
    {"??bags", "series", SPEC_TEXT, "PREFIXE", "série de sacs : --bags SAC- 001-120", "series of bags: --bags SAC- 001-120"},
    {"?bags", "bags", SPEC_FLAG, NULL, "les sacs plutôt que les documents", "bags rather than items"},
    {"profile", "profile", SPEC_TEXT, "NOM|FICHIER.ini", "logiciel d'où vient l'export, ou votre profil", "system that made the export, or a profile of yours"},
    {"profiles", "profiles", SPEC_FLAG, NULL, "les profils prêts", "the ready profiles"},
    {"show-profile", "show_profile", SPEC_TEXT, "NOM", "un profil, à recopier et modifier", "one profile, to copy and change"},
    {"dry-run", "dry_run", SPEC_FLAG, NULL, "essai : rien n'est enregistré, aucun poste n'est nécessaire", "a trial: nothing is recorded, no node is needed"},
    {"partial", "partial", SPEC_FLAG, NULL, "export partiel : ne proposer aucun retrait", "part of a catalogue: propose no withdrawal"},
    {"gone-is-gone", "gone_is_gone", SPEC_FLAG, NULL, "tout ce qui n'est plus dans l'export est vraiment parti, même si c'est beaucoup", "all that the export no longer has is really gone, however many"},
    {"quiet", "quiet", SPEC_FLAG, NULL, "seulement ce qui ne va pas, et le bilan", "only what is wrong, and the summary"},
    {"withdraw", "withdraw", SPEC_FLAG, NULL, "les retirer", "withdraw them"},
    {"keep", "keep", SPEC_FLAG, NULL, "ils restent : ne plus les proposer", "they stay: propose them no more"},
    {"all", "all", SPEC_FLAG, NULL, "tous ceux de la liste", "all that are listed"},
    {"??all", "all", SPEC_FLAG, NULL, "ceux des autres postes aussi", "those of other nodes too"},
    {"card", "card", SPEC_TEXT, "NUMERO", "numéro de carte de la personne (scellé, jamais en clair sur le disque)", "number of the person's card (sealed, never in clear on the disk)"},
    {"?name", "name", SPEC_TEXT, "NOM", "nom de la personne (scellé de même)", "the person's name (sealed too)"},
    {"??name", "name", SPEC_TEXT, "NOM", "prénom ou initiales à montrer ; ne quitte pas cette machine", "first name or initials to show; never leaves this machine"},
    {"lead", "lead", SPEC_FLAG, NULL, "responsable : ajoute, termine, redonne un code secret", "leads: adds, ends, gives a new PIN"},
    {"id", "id", SPEC_TEXT, "ID", "numéro de la commande (sinon donné par navette)", "number of the order (else navette gives one)"},
    {"channel", "channel", SPEC_TEXT, "CANAL", "phone, portal, mail, desk, relay, paper", "phone, portal, mail, desk, relay, paper"},
    {"pickup", "pickup", SPEC_TEXT, "LIEU", "où la personne vient la prendre", "where the person picks it up"},
    {"?state", "state", SPEC_TEXT, "ETAT", "open (par défaut), placed, prepared, staged, handed-over, cancelled, all...", "open (default), placed, prepared, staged, handed-over, cancelled, all..."},
    {"csv", "csv", SPEC_FLAG, NULL, "en CSV, pour un tableur", "as CSV, for a spreadsheet"},
    {"day", "day", SPEC_TEXT, "AAAA-MM-JJ", "ce jour-là seulement", "of this day only"},
    {"format", "format", SPEC_TEXT, "koc|csv", "koc pour Koha (par défaut), csv pour les autres", "koc for Koha (default), csv for others"},
    {"?again", "again", SPEC_FLAG, NULL, "redonner ce qui l'a déjà été (du jour de --day, sinon d'aujourd'hui)", "give again what was given (of --day, else of today)"},
    {"refused", "refused_too", SPEC_FLAG, NULL, "donner aussi ce que le logiciel avait refusé", "give what the system had refused, too"},
    {"?out", "out", SPEC_TEXT, "FICHIER", "fichier à écrire (sinon LIEU-JOUR-N.koc ici)", "file to write (else PLACE-DAY-N.koc here)"},
    {"?all", "all", SPEC_FLAG, NULL, "tout le journal, pas seulement ce qui n'est pas en sûreté", "the whole log, not only what isn't safe"},
    {"?dry-run", "dry_run", SPEC_FLAG, NULL, "essai : rien n'est changé", "a trial: nothing is changed"},
    {"forget", "forget", SPEC_FLAG, NULL, "vider la liste de ce qui est réparé", "empty the list of what is mended"},
    {"words", "words", SPEC_FLAG, NULL, "pour le complètement du shell", "for the shell's completion"},
};

#define CATALOGUE "place namespace title author call-number material home now-at anyway"
#define THINGS "place namespace unknown"

static const struct spec specs[] = {
    {"init", "init", RUN_SINGLE, "place tz ?namespace", "", "", "faire servir un lieu à ce poste", "make this node serve a place"},
    {"enrol", "enrol", RUN_SINGLE, "hub file again anew", "[CODE]", "code", "inscrire ce poste auprès du concentrateur", "enrol this node at the hub"},
    {"status", "status", RUN_SINGLE, "", "", "", "ce poste et son lien au concentrateur", "this node and its link to the hub"},
    {"erase order", "erase", RUN_SINGLE, "place", "ID", "order", "effacer partout qui a passé une commande, pour toujours", "erase everywhere who an order is for, for good"},
    {"erase person", "erase", RUN_SINGLE, "place", "CARTE", "card", "effacer partout un lecteur : toutes ses commandes, par son numéro de carte", "erase a reader everywhere: all orders of a card number"},
    {"recover", "recover", RUN_SINGLE, "key", "", "", "reprendre les clés perdues, avec la clé de secours de la direction", "get lost keys back, with the director's recovery key"},
    {"rekey", "rekey", RUN_SINGLE, "", "", "", "changer les clés de ce poste", "change this node's keys"},
    {"hub-keys", "hub-keys", RUN_SINGLE, "", "FICHIER", "file", "prendre les nouvelles clés du concentrateur, d'un fichier", "take the hub's new keys from a file"},
    {"sync", "sync", RUN_SINGLE, "wait", "", "", "attendre d'être à jour (10 s par défaut)", "wait to be in step (10 s by default)"},
    {"compare", "compare", RUN_SINGLE, "wait", "", "", "comparer tout ce que ce poste a avec le concentrateur, et remettre ce qui est abîmé (10 s par défaut)", "compare all that this node holds with the hub, and mend what is damaged (10 s by default)"},
    {"prune", "prune", RUN_SINGLE, "?dry-run", "", "", "laisser maintenant au concentrateur les anciens mouvements des autres qu'il a en sauvegarde", "leave others' older movements that the hub has in a backup to it, now"},
    {"damage", "damage", RUN_SINGLE, "forget", "", "", "ce qui a été trouvé abîmé sur ce disque", "what was found damaged on this disk"},
    {"stick out", "stick-out", RUN_STICK, "place ?all", "DOSSIER|FICHIER", "", "mettre sur une clé USB ce qui n'est pas encore en sûreté au concentrateur", "put on a USB stick what isn't safe at the hub yet"},
    {"stick in", "stick-in", RUN_STICK, "", "DOSSIER|FICHIER...", "", "lire la réponse que la clé USB rapporte", "read the answer that the USB stick brings back"},
    {"item add", "item-add", RUN_ITEMS, CATALOGUE, "[CODE-BARRES]", "", "enregistrer un document, ou des lignes code;titre;cote;type;attache;auteur", "register an item, or lines barcode;title;call number;material;home;author"},
    {"item change", "item-change", RUN_ITEMS, CATALOGUE, "[CODE-BARRES]", "", "corriger une notice", "correct an item"},
    {"item withdraw", "item-withdraw", RUN_SCAN, "place namespace reason", "[CODE-BARRES...]", "", "retirer du catalogue", "withdraw from the catalogue"},
    {"item proposed", "proposed", RUN_PROPOSED, "place withdraw keep all reason", "[CODE-BARRES...]", "", "ceux qu'un import n'a plus trouvés : retrait proposé", "those an import found gone: proposed for withdrawal"},
    {"import", "import", RUN_IMPORT, "profile dry-run partial gone-is-gone quiet anyway place namespace home profiles show-profile", "[FICHIER]", "", "reprendre un catalogue : UNIMARC, MARC 21, CSV", "take in a catalogue: UNIMARC, MARC 21, CSV"},
    {"bag add", "bag-add", RUN_SCAN, "place kind size crate owner anyway", "[CODE...]", "", "mettre des sacs en service", "commission bags"},
    {"bag retire", "bag-retire", RUN_SCAN, "place reason", "[CODE...]", "", "mettre des sacs hors service", "retire bags"},
    {"pool add", "pool-add", RUN_SINGLE, "place reason", "GENRE=N", "pool", "compter des sacs sans étiquette ; -N : en retirer", "count untagged bags in; -N: take some away"},
    {"pool dispatch", "pool-dispatch", RUN_SINGLE, "place to slip carrier anyway", "GENRE=N", "pool", "expédier des sacs sans étiquette", "dispatch untagged bags"},
    {"pool receive", "pool-receive", RUN_SINGLE, "place from slip anyway", "GENRE=N", "pool", "en recevoir", "receive some"},
    {"pool deliver", "pool-deliver", RUN_SINGLE, "place", "GENRE=N", "pool", "en remettre à des personnes", "deliver some to persons"},
    {"pool return", "pool-return", RUN_SINGLE, "place", "GENRE=N", "pool", "enregistrer ceux qui reviennent", "record those that come back"},
    {"pool collect", "pool-collect", RUN_SINGLE, "place to carrier anyway", "GENRE=N", "pool", "en enlever au relais", "collect some at the relay"},
    {"pack", "pack", RUN_CONTAINER, "place namespace order", "SAC [CODE...]", "", "mettre des documents dans un sac", "put items into a bag"},
    {"unpack", "unpack", RUN_CONTAINER, "place namespace", "SAC [CODE...]", "", "sortir des documents d'un sac", "take items out of a bag"},
    {"load", "load", RUN_CONTAINER, "place", "CAISSE [SAC...]", "", "mettre des sacs dans une caisse", "put bags into a crate"},
    {"unload", "unload", RUN_CONTAINER, "place", "CAISSE [SAC...]", "", "sortir des sacs d'une caisse", "take bags out of a crate"},
    {"seal", "seal", RUN_SINGLE, "place order", "SAC SCELLE", "container seal", "sceller un sac", "seal a bag"},
    {"open", "open", RUN_SINGLE, "place", "SAC [SCELLE]", "container seal", "ouvrir un sac scellé", "open a sealed bag"},
    {"deposit", "deposit", RUN_SINGLE, "place crates bags items seal", "CAISSE", "container", "dépôt scellé : compté sans être ouvert", "sealed deposit: counted, not opened"},
    {"dispatch", "dispatch", RUN_SCAN, THINGS " to carrier round stop direction slip departed anyway", "[CODE...]", "", "expédier", "dispatch"},
    {"receive", "receive", RUN_SCAN, THINGS " checked slip round stop direction", "[CODE...]", "", "recevoir", "receive"},
    {"refuse", "refuse", RUN_SCAN, THINGS " reason slip round stop direction", "[CODE...]", "", "refuser ce qui arrive", "refuse what arrives"},
    {"cancel", "cancel", RUN_SCAN, "place namespace reason slip", "[CODE...]", "", "annuler un envoi qui n'est pas parti", "cancel a dispatch that never left"},
    {"count-handover", "count-handover", RUN_SINGLE, "place round stop direction slip party crates bags items pool peer anyway", "", "", "compter à la remise", "count at a hand-over"},
    {"pair-handover", "pair-handover", RUN_SINGLE, "place with slip round stop direction", "COMPTE", "count", "rattacher un compte à sa remise", "pair a count with its hand-over"},
    {"handovers", "handovers", RUN_SINGLE, "place slip round gaps unpaired at known csv", "", "", "les remises : les trois comptes et l'écart", "hand-overs: the three counts and the gap"},
    {"deliver", "deliver", RUN_SCAN, THINGS " order", "[CODE...]", "", "remettre à une personne", "deliver to a person"},
    {"fail", "fail", RUN_SCAN, THINGS " order reason", "[CODE...]", "", "remise manquée", "failed delivery"},
    {"return", "return", RUN_SCAN, THINGS, "[CODE...]", "", "enregistrer des retours", "record returns"},
    {"collect", "collect", RUN_SCAN, THINGS " to carrier round stop slip anyway", "[CODE...]", "", "enlever au relais", "collect at the relay"},
    {"drop", "drop", RUN_SCAN, THINGS, "[CODE...]", "", "trouvé dans la boîte de retour", "found in the return box"},
    {"seen", "seen", RUN_SCAN, THINGS " zone", "[CODE...]", "", "vu ici", "seen here"},
    {"count open", "count-open", RUN_SINGLE, "place zone material ?call blind", "", "", "ouvrir un récolement", "open a stocktake"},
    {"count status", "count-status", RUN_SINGLE, "place at known csv", "[NUMERO]", "count", "où en est un récolement, et son écart", "how far a stocktake is, and its variance"},
    {"count sheet", "count-sheet", RUN_SINGLE, "place at known csv", "[NUMERO]", "count", "sa feuille, à imprimer", "its sheet, to be printed"},
    {"count close", "count-close", RUN_SINGLE, "place complete csv", "[NUMERO]", "count", "clore un récolement", "close a stocktake"},
    {"count list", "counts", RUN_SINGLE, "place at known csv", "", "", "les récolements", "the stocktakes"},
    {"count", "count", RUN_SCAN, THINGS " zone blind material complete", "[CODE...]", "", "récolement", "stocktake"},
    {"lost", "lost", RUN_SCAN, "place namespace reason", "[CODE...]", "", "déclarer perdu", "declare lost"},
    {"found", "found", RUN_SCAN, THINGS, "[CODE...]", "", "retrouvé", "found again"},
    {"phone here", "phone-here", RUN_SCAN, THINGS " ?from said by anyway", "[CODE...]", "", "au téléphone, un lieu dit qu'il a ces documents, ces sacs", "on the phone, a place says that it has these"},
    {"phone delivered", "phone-delivered", RUN_SCAN, THINGS " ?from said by anyway", "[CODE...]", "", "au téléphone : remis à leur personne", "on the phone: given to their person"},
    {"phone gone", "phone-gone", RUN_SCAN, THINGS " ?from said by anyway", "[CODE...]", "", "au téléphone : pas ou plus là", "on the phone: not there, or no more"},
    {"phone", "phone", RUN_SINGLE, "place bags items returned crates pool slip round stop direction party said by anyway", "LIEU", "reporter", "saisir les comptes qu'un relais lit au téléphone ; --slip : ceux d'une remise", "type the counts that a relay reads on the phone; --slip: those of a hand-over"},
    {"retract", "retract", RUN_SINGLE, "place replace reason", "REFERENCE", "target", "annuler un événement", "retract an event"},
    {"clock set", "clock-set", RUN_SINGLE, "place time from-hub", "", "", "corriger l'heure de ce poste", "correct this node's clock"},
    {"orders import", "orders-add", RUN_ORDERS, "profile dry-run place namespace", "FICHIER", "", "reprendre les réservations du portail (CSV)", "take in a portal's reservations (CSV)"},
    {"orders add", "orders-add", RUN_ORDERS, "place namespace id channel pickup card ?name anyway", "CODE...", "", "enregistrer une commande", "record an order"},
    {"orders cancel", "orders-cancel", RUN_SINGLE, "place reason", "ID", "order", "annuler une commande", "cancel an order"},
    {"orders", "orders", RUN_SINGLE, "place ?state at known csv", "", "", "les commandes : à préparer, préparées...", "orders: to prepare, prepared..."},
    {"picklist", "picklist", RUN_SINGLE, "place csv", "", "", "ce qu'il faut aller chercher en rayon pour les commandes", "what to fetch from the shelves for orders"},
    {"prepare", "prepare", RUN_ORDERS, "place", "ID [SAC...]", "", "dire qu'une commande est prête", "say that an order is ready"},
    {"ils export", "ils-lines", RUN_ILS, "place day format ?again refused ?out", "", "", "écrire le fichier des prêts et retours pour le logiciel de la bibliothèque", "write the file of loans and returns for the library system"},
    {"ils taken", "ils-answer", RUN_ILS, "place", "CODE...", "", "ces lignes ont été saisies dans le logiciel", "these lines were typed into the system"},
    {"ils refused", "ils-answer", RUN_ILS, "place reason", "CODE...", "", "le logiciel a refusé ces lignes", "the system refused these lines"},
    {"ils", "ils", RUN_SINGLE, "place", "", "", "prêts et retours que le logiciel n'a pas encore", "loans and returns that the system does not have yet"},
    {"stock", "stock", RUN_SINGLE, "place material state kind by-home at known csv", "", "", "ce qu'il y a, et où", "what there is, and where"},
    {"transit", "transit", RUN_SINGLE, "?bags at known csv", "", "", "ce qui est en route", "what is on the road"},
    {"bags", "bags", RUN_SINGLE, "at known csv", "", "", "le grand livre des sacs", "the ledger of bags"},
    {"history", "history", RUN_SINGLE, "namespace at known csv", "CODE", "barcode", "ce qui est arrivé à un document, un sac", "what happened to an item, a bag"},
    {"explain", "explain", RUN_SINGLE, "namespace stock transit ?bags handover count place from to day material state kind at known", "[CODE]", "barcode", "pourquoi un document, un sac, une commande en est là ; une remise (bordereau), un écart (numéro) ; --stock, --transit, --bags : ce qui fait un chiffre et ses bornes ; --count : l'écart d'un récolement", "why an item, a bag, an order is where it is; a hand-over (slip), a discrepancy (id); --stock, --transit, --bags: what makes a figure and its bounds; --count: a stocktake's variance"},
    {"find", "find", RUN_SINGLE, "namespace at known", "CODE", "barcode", "où il est, ce qu'il contient", "where it is, what it holds"},
    {"search", "search", RUN_SEARCH, "?title ?author call place material available limit", "[MOTS...]", "", "chercher : code-barres, mots du titre, de l'auteur, cote", "search: barcode, words of title or author, call number"},
    {"labels", "labels", RUN_LABELS, "sheet sheets code start copies out name outline without-barcode ??bags place", "[CODE...]", "", "étiquettes à imprimer, en PDF", "labels to print, as PDF"},
    {"places", "places", RUN_SINGLE, "at known csv", "", "", "les lieux du réseau", "the network's places"},
    {"conflicts", "conflicts", RUN_SINGLE, "at known csv", "", "", "choses vues en deux endroits", "things that two places claim"},
    {"discrepancies", "discrepancies", RUN_SINGLE, "verdict at known csv", "", "", "les écarts, et ce qu'on en sait", "discrepancies, and how sure they are"},
    {"proposals", "proposals", RUN_SINGLE, "known csv", "", "", "manque ici, surplus là : peut-être un échange", "short here, over there: a swap perhaps"},
    {"aside", "aside", RUN_SINGLE, "known csv", "", "", "événements refusés ou en attente", "events refused or parked"},
    {"refused", "refused", RUN_SINGLE, "??all known csv", "", "", "ce que le concentrateur a refusé : pourquoi, et quoi faire", "what the hub refused: why, and what to do"},
    {"operator add", "operator-add", RUN_OPERATOR, "place ??name lead", "[CODE]", "code", "ajouter un agent ; sans code, il en est donné un", "add an operator; without a code one is given"},
    {"operator list", "operator-list", RUN_OPERATOR, "place", "", "", "les agents du lieu, et ce qu'il leur demande", "the place's operators, and what it asks of them"},
    {"operator rename", "operator-rename", RUN_OPERATOR, "place ??name", "CODE", "code", "changer le nom montré", "change the name that is shown"},
    {"operator end", "operator-end", RUN_OPERATOR, "place", "CODE", "code", "un agent ne travaille plus ici", "an operator works here no more"},
    {"operator pin", "operator-pin", RUN_OPERATOR, "place", "CODE", "code", "choisir un code secret ou une phrase, tapés ensuite", "choose a PIN or passphrase, typed afterwards"},
    {"operator open", "operator-open", RUN_OPERATOR, "place", "CODE", "code", "commencer à travailler : lire son badge", "begin to work: scan one's badge"},
    {"operator close", "operator-close", RUN_OPERATOR, "place", "", "", "finir de travailler à ce poste", "end work at this desk"},
    {"operator", "operator", RUN_OPERATOR, "place", "", "", "qui travaille à ce poste", "who is working at this desk"},
    {"operations", "operations", RUN_OPERATIONS, "complete", "[resume|close NUMERO]", "", "opérations restées ouvertes", "operations left open"},
    {"check", "check", RUN_SINGLE, "", "", "", "vérifier l'état et le journal", "check the state and the log"},
    {"help", "help", RUN_HELP, "words", "[COMMANDE]", "", "cette aide", "this help"},
};
/* clang-format on */

const struct spec *spec_at(size_t index)
{
    return index < sizeof specs / sizeof specs[0] ? &specs[index] : NULL;
}

const struct spec_option *spec_option_at(size_t index)
{
    return index < sizeof options / sizeof options[0] ? &options[index] : NULL;
}

int spec_is_global(const struct spec_option *option)
{
    return spec_lists("folder socket json lang operator help", option->name);
}

const struct spec *spec_find(const char *const *words, size_t count, size_t *used)
{
    for (size_t i = 0; i < sizeof specs / sizeof specs[0]; i++) {
        const char *space = strchr(specs[i].name, ' ');
        if (space == NULL) {
            *used = 1;
            if (count >= 1 && strcmp(specs[i].name, words[0]) == 0)
                return &specs[i];
            continue;
        }
        size_t len = (size_t)(space - specs[i].name);
        *used = 2;
        if (count >= 2 && strlen(words[0]) == len && strncmp(specs[i].name, words[0], len) == 0 && strcmp(space + 1, words[1]) == 0)
            return &specs[i];
    }
    return NULL;
}

int spec_lists(const char *list, const char *word)
{
    size_t len = strlen(word);

    for (const char *p = list; (p = strstr(p, word)) != NULL; p += len)
        if ((p == list || p[-1] == ' ') && (p[len] == '\0' || p[len] == ' '))
            return 1;
    return 0;
}

const char *spec_typed(const struct spec_option *option)
{
    return option->name + strspn(option->name, "?");
}
