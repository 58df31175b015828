/* SPDX-License-Identifier: Apache-2.0 */
#include "io/message_hub.h"

#include <stddef.h>
#include <string.h>

static const struct message_entry entries[] = {
    /* the daemon and its folder */
    {"hub-no-daemon", "Aucun navette-hub ne répond à {1}.",
     "Démarrez-le : navette-hub serve --folder DOSSIER, ou précisez --folder ou --control.", "No navette-hub answers at {1}.",
     "Start it: navette-hub serve --folder FOLDER, or say which with --folder or --control."},
    {"hub-no-permission", "Vous n'avez pas le droit d'ouvrir {1}.",
     "Utilisez le compte qui fait tourner navette-hub (sudo -u navette ...).", "You are not allowed to open {1}.",
     "Use the account that runs navette-hub (sudo -u navette ...)."},
    {"hub-gone", "navette-hub s'est arrêté pendant la demande : elle a pu être enregistrée ou non.",
     "Redémarrez-le, vérifiez avec navette-hub places, rights ou nodes, et recommencez au besoin.",
     "navette-hub went away during the request: it may or may not have been recorded.",
     "Start it again, look with navette-hub places, rights or nodes, and try again if needed."},
    {"hub-not-here", "Il n'y a pas de concentrateur dans {1}.", "Vérifiez --folder ; navette-hub serve --folder {1} en crée un.",
     "There is no hub in {1}.", "Check --folder; navette-hub serve --folder {1} makes one."},
    {"hub-running", "Un navette-hub travaille déjà dans {1}.", "Arrêtez-le d'abord, ou donnez un autre --folder.",
     "A navette-hub is already at work in {1}.", "Stop it first, or give another --folder."},
    {"hub-port-taken", "Un des ports {1}, {2} est déjà pris.",
     "Arrêtez le programme qui l'occupe, ou donnez d'autres ports avec --listen et --enrol.", "One of the ports {1}, {2} is taken.",
     "Stop the program that holds it, or give other ports with --listen and --enrol."},
    {"hub-bad-endpoint", "Le service ne peut pas s'ouvrir sur {1}, {2} : voir le message ci-dessus.",
     "Écrivez tcp://ADRESSE:PORT ; tcp://[::]:7443 pour toutes les adresses.", "The hub can't open {1}, {2}: see the line above.",
     "Write tcp://ADDRESS:PORT; tcp://[::]:7443 for every address."},
    {"hub-full", "Le disque du concentrateur est plein : rien n'a été enregistré.",
     "Libérez de la place et recommencez ; ce qui était enregistré est intact, les postes gardent ce qu'ils ont.",
     "The hub's disk is full: nothing was recorded.",
     "Free some space and try again; what was recorded is intact, the nodes keep what they have."},
    {"hub-busy", "Le concentrateur est occupé.", "Recommencez dans quelques secondes.", "The hub is busy.", "Try again in a few seconds."},
    {"hub-failed", "La demande a échoué : {1}.", "Regardez le journal de navette-hub ; rien de ce qui était enregistré n'est perdu.",
     "The request failed: {1}.", "See navette-hub's log; nothing that was recorded is lost."},
    {"hub-no-state", "L'état n'est pas encore disponible.", "Il est refait depuis le journal : suivez avec navette-hub status.",
     "The state is not available yet.", "It is being made anew from the journal: watch with navette-hub status."},

    /* what was typed */
    {"hub-usage", "Commande incomplète ou inconnue : {1}.", "navette-hub --help", "Incomplete or unknown command: {1}.",
     "navette-hub --help"},
    {"hub-missing", "Il manque : {1}.", "Écrivez : navette-hub {2}", "Missing: {1}.", "Write: navette-hub {2}"},
    {"hub-surplus", "{1} n'a pas de sens pour cette commande.", "Écrivez : navette-hub {2}", "{1} means nothing to this command.",
     "Write: navette-hub {2}"},
    {"hub-unknown-command", "Commande inconnue de ce navette-hub : {1}.", "Mettez à jour le programme et le service ensemble.",
     "This navette-hub does not know the command {1}.", "Update the program and the service together."},
    {"hub-invalid-value", "Valeur refusée : {1}.", "Corrigez-la et recommencez ; rien n'a été enregistré.", "Value refused: {1}.",
     "Correct it and try again; nothing was recorded."},
    {"hub-bad-time", "Date ou heure illisible : {1}.", "Écrivez AAAA-MM-JJ ou AAAA-MM-JJTHH:MM, suivi de Z ou +hh:mm si besoin.",
     "Unreadable date or time: {1}.", "Write YYYY-MM-DD or YYYY-MM-DDTHH:MM, then Z or +hh:mm if needed."},
    {"hub-cannot-write", "Impossible d'écrire {1}.", "Vérifiez le nom du fichier et ses droits.", "Cannot write {1}.",
     "Check the file's name and its permissions."},
    {"hub-cannot-read", "Impossible de lire {1}.", "Vérifiez le nom du fichier, ses droits et son contenu.", "Cannot read {1}.",
     "Check the file's name, its permissions and what it says."},

    /* places, rules, nodes */
    {"hub-unknown-place", "Lieu inconnu : {1}.",
     "navette-hub places les montre ; navette-hub place add {1} --kind GENRE --name NOM le déclare.", "Unknown place: {1}.",
     "navette-hub places shows them; navette-hub place add {1} --kind KIND --name NAME declares it."},
    {"hub-unknown-kind", "Genre de lieu inconnu : {1}.", "Genres : branch, relay, depot, return-box, vehicle.",
     "Unknown kind of place: {1}.", "Kinds: branch, relay, depot, return-box, vehicle."},
    {"hub-unknown-state", "État inconnu : {1}.",
     "États : shelf, staged, in-container, in-transit, with-person, isolated, cleaning, missing, lost, damaged, withdrawn ; sacs : clean, "
     "packed, at-relay.",
     "Unknown state: {1}.",
     "States: shelf, staged, in-container, in-transit, with-person, isolated, cleaning, missing, lost, damaged, withdrawn; bags: clean, "
     "packed, at-relay."},
    {"hub-invalid-tz", "Fuseau horaire illisible : {1}.", "Écrivez-le comme POSIX : CET-1CEST,M3.5.0,M10.5.0/3",
     "Unreadable time zone: {1}.", "Write it as POSIX does: CET-1CEST,M3.5.0,M10.5.0/3"},
    {"hub-invalid-code", "Code de lieu refusé : « {1} ».", "Au plus {2} lettres, chiffres et tirets, sans espace : BIB-CENTRE.",
     "Code of place refused: \"{1}\".", "At most {2} letters, digits and hyphens, no space: BIB-CENTRE."},
    {"hub-invalid-rule", "Règle incomplète.",
     "navette-hub rule add isolation --days 3 [--material TYPE] [--place LIEU] [--zone ZONE] [--from DATE] [--to DATE]", "Incomplete rule.",
     "navette-hub rule add isolation --days 3 [--material KIND] [--place PLACE] [--zone ZONE] [--from DATE] [--to DATE]"},
    {"hub-missing-place", "Aucun lieu n'est donné.", "navette-hub enrol LIEU[,LIEU...]", "No place is given.",
     "navette-hub enrol PLACE[,PLACE...]"},
    {"hub-unknown-role", "Rôle inconnu : {1}.", "Rôles : branch, relay, carrier, coordinator, reader.", "Unknown role: {1}.",
     "Roles: branch, relay, carrier, coordinator, reader."},
    {"hub-unknown-scope", "Portée inconnue : {1}.", "Portées : network (tout), own (ce qui concerne ses lieux).", "Unknown scope: {1}.",
     "Scopes: network (everything), own (what concerns its places)."},
    {"hub-unknown-node", "Aucun poste ne répond au nom {1}.",
     "navette-hub nodes les montre ; donnez son lieu, ou au moins 6 signes de son numéro.", "No node answers to {1}.",
     "navette-hub nodes shows them; give its place, or at least 6 characters of its id."},
    {"hub-several-nodes", "Plusieurs postes répondent au nom {1}.", "Donnez le numéro du poste : navette-hub nodes",
     "Several nodes answer to {1}.", "Give the node's id: navette-hub nodes"},
    {"hub-unknown-reason", "Raison inconnue : {1}.", "Raisons : key-lost, replaced, surplus, other.", "Unknown reason: {1}.",
     "Reasons: key-lost, replaced, surplus, other."},
    {"hub-too-many", "Trop d'invitations sont ouvertes.", "Elles s'effacent deux jours après leur création ; réessayez plus tard.",
     "Too many invitations are open.", "They go two days after they were made; try again later."},

    /* views and checks */
    {"hub-nothing-known", "On ne sait rien de {1}.", "Vérifiez le code-barres ; --namespace précise la source.", "Nothing is known of {1}.",
     "Check the barcode; --namespace says which source."},
    {"hub-ambiguous", "Plusieurs documents portent le code {1} : {2}.", "Précisez la source avec --namespace.",
     "Several documents carry the code {1}: {2}.", "Say which source with --namespace."},
    {"hub-store-damaged", "Une base de {1} est abîmée, ou son disque : voir le message ci-dessus.",
     "Si c'est state : navette-hub rebuild la refait. Si c'est journal : vérifiez le disque, restaurez la sauvegarde ; les postes "
     "renverront la suite.",
     "A store in {1} is damaged, or its disk is: see the line above.",
     "If it is state: navette-hub rebuild makes it anew. If it is journal: check the disk, restore the backup; the nodes will send what is "
     "after it."},
    {"hub-verifying", "Une vérification est déjà en cours.", "Attendez qu'elle se termine.", "A verification is already under way.",
     "Wait until it ends."},
    {"hub-damaged", "Le journal ou l'état ne se vérifie pas : le détail est ci-dessus.",
     "État différent : navette-hub rebuild le refait depuis le journal. Journal abîmé : arrêtez tout et restaurez la sauvegarde ; les "
     "postes renverront la suite.",
     "The journal or the state does not verify: see above.",
     "State differs: navette-hub rebuild makes it anew from the journal. Journal damaged: stop and restore the backup; the nodes will send "
     "what is after it."},

    /* what was done */
    {"hub-place-added", "Lieu déclaré : {1} ({2}).", "", "Place declared: {1} ({2}).", ""},
    {"hub-rule-added", "Règle décidée : {1}.", "", "Rule decided: {1}.", ""},
    {"hub-revoked", "Poste révoqué : {1} ({2}). Sa clé ne sert plus ; ce qu'il a envoyé reste.", "",
     "Node revoked: {1} ({2}). Its key is void; what it sent stays.", ""},
    {"hub-invited", "Code d'inscription pour {1} : {2}", "", "Enrolment code for {1}: {2}", ""},
    {"hub-invited-until", "Valable une fois, jusqu'au {1}. À taper sur le poste :", "", "Valid once, until {1}. To type at the node:", ""},
    {"hub-rebuilt", "État refait depuis le journal : {1} événements, empreinte {2}.", "",
     "State made anew from the journal: {1} events, digest {2}.", ""},
    {"hub-intact", "Tout se vérifie : {1} événements dans {2} journaux, état identique à celui refait depuis le journal.", "",
     "Everything verifies: {1} events in {2} logs, the state equals one made anew from the journal.", ""},
};

static const struct message_label words[] = {
    {"role", "rôle", "role"},
    {"scope", "portée", "scope"},
    {"own", "propre", "own"},
    {"name", "nom", "name"},
    {"host", "hôte", "host"},
    {"node", "poste", "node"},
    {"places", "lieux", "places"},
    {"epoch", "époque", "epoch"},
    {"revoked", "révoqué", "revoked"},
    {"connected", "connecté", "connected"},
    {"last_heard", "dernier contact", "last heard"},
    {"known_until", "tout su jusqu'à", "all known until"},
    {"lag", "retard", "lag"},
    {"verdict", "verdict", "verdict"},
    {"seq", "n°", "no."},
    {"position", "position", "position"},
    {"what", "sort", "what"},
    {"ref", "référence", "reference"},
    {"at", "lieu", "at"},
    {"at_relay", "au relais", "at relay"},
    {"with_person", "chez pers.", "with person"},
    {"in_transit", "en transit", "in transit"},
    {"entries", "événements", "entries"},
    {"incarnation", "journal", "log"},
    {"custody", "garde", "custody"},
    {"container", "contenant", "container"},
    {"root", "dans", "inside"},
    {"namespace", "source", "source"},
    {"namespaces", "sources", "sources"},
    {"cursor", "position", "position"},
    {"counters", "compteurs", "counters"},
    {"fresh_digest", "empreinte refaite", "digest made anew"},
    {"same", "identiques", "the same"},
    {"size", "taille", "size"},
    {"seal", "scellé", "seal"},
    {"after", "ensuite", "then"},
    {"written", "écrit", "written"},
    {"absent_by", "annulé par", "retracted by"},
    {"explained", "expliqué", "explained"},
    {"clock_synced", "horloge vérifiée", "clock checked"},
    {"time_corrected", "heure corrigée", "time corrected"},
    {"registered", "enregistré", "registered"},
    {"body", "contenu", "fields"},
    {"call_number", "cote", "call number"},
    {"condition", "condition", "condition"},
    {"journal", "journal", "journal"},
    {"digest", "empreinte", "digest"},
    {"endpoint", "adresse", "endpoint"},
    {"enrol", "inscription", "enrolment"},
    {"nodes", "postes", "nodes"},
    {"refused_handshakes", "connexions refusées", "connections refused"},
    {"folder", "dossier", "folder"},
    {"started", "démarré", "started"},
    {"megabytes", "Mo", "MB"},
    {"id", "code", "code"},
    {"THING", "CODE", "BARCODE"},
    {"PLACES", "LIEU[,LIEU...]", "PLACE[,PLACE...]"},
    {"NODE", "POSTE", "NODE"},
    {"KIND", "GENRE", "KIND"},
    {"disk", "disque", "disk"},
    {"free", "libres", "free"},
    {"full", "PLEIN", "FULL"},
    {"rebuilding", "en cours de reconstruction", "being rebuilt"},
    {"in-step", "à jour", "in step"},
    {"hub-behind", "envoie", "sending"},
    {"node-restored", "restauré d'une sauvegarde", "restored from a backup"},
    {"fork", "bifurcation", "fork"},
    {"reset", "nouvelle incarnation", "new incarnation"},
    {"clone", "clone", "clone"},
    {"hub-restored", "concentrateur restauré", "hub restored"},
    {"probe", "en question", "being asked"},
};

const struct message_entry *message_hub_find(const char *code)
{
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
        if (strcmp(entries[i].code, code) == 0)
            return &entries[i];
    return NULL;
}

const struct message_label *message_hub_word(const char *word)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].word, word) == 0)
            return &words[i];
    return NULL;
}
