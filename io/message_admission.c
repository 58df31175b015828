/* SPDX-License-Identifier: Apache-2.0 */
#include "io/message_admission.h"

#include <stddef.h>
#include <string.h>

static const struct message_entry entries[] = {
    /* why an event takes no part */
    {"refused-role", "Ce poste n'a pas ce droit à {2} : {1}.",
     "Au concentrateur, la coordination peut le donner : navette-hub rights grant {2} {3}, puis navette-hub retry --node {2}. Rien n'est "
     "perdu.",
     "This node has no such right at {2}: {1}.",
     "At the hub, a coordinator can give it: navette-hub rights grant {2} {3}, then navette-hub retry --node {2}. Nothing is lost."},
    {"refused-place", "Cela s'est passé à {2}, un lieu que ce poste ne sert pas.",
     "Si c'est une erreur de lieu, refaites-le au bon endroit. Sinon, au concentrateur : navette-hub rights POSTE --places LIEU,{2}, puis "
     "navette-hub retry --node {2}.",
     "It happened at {2}, a place that this node does not serve.",
     "If the place is wrong, do it again at the right one. Else, at the hub: navette-hub rights NODE --places PLACE,{2}, then navette-hub "
     "retry --node {2}."},
    {"refused-round", "Un transporteur ne note que ce qui fait partie d'une tournée, et celle-ci n'est pas nommée.",
     "Refaites-le avec --round NUMERO.", "A carrier records what belongs to a round, and none is named.", "Do it again with --round ID."},
    {"refused-hub", "Seul le concentrateur peut dire cela.", "Mettez ce poste à jour, et dites-le à qui s'en occupe.",
     "Only the hub can say this.", "Update this node, and tell whoever looks after it."},
    {"refused-other-event", "Cette correction porte sur ce qu'un autre lieu a enregistré.",
     "Demandez à ce lieu de le corriger, ou à la coordination.", "This corrects what another place recorded.",
     "Ask that place to correct it, or a coordinator."},
    {"refused-other-log", "Cet événement vient du journal d'un autre poste.", "Prévenez qui s'occupe du concentrateur.",
     "This event is of another node's log.", "Tell whoever looks after the hub."},
    {"refused-malformed", "Cet événement n'est pas lisible : il vient d'un programme trop ancien, ou abîmé.",
     "Mettez le poste à jour ; refaites ce qui manque. Après une mise à jour du concentrateur : navette-hub retry --all.",
     "This event can't be read: its program is too old, or damaged.",
     "Update the node; do again what is missing. After an update of the hub: navette-hub retry --all."},
    {"refused-key-stolen", "Cela a été écrit avec des clés que la coordination a dites volées, ou remplacées depuis.",
     "Si vous savez que c'est juste : navette-hub retry REFERENCE, au concentrateur. Sinon rien à faire : cela ne compte pas.",
     "This was written with keys that the coordinator said were stolen, or has replaced since.",
     "If you know that it is right: navette-hub retry REFERENCE, at the hub. Else nothing to do: it does not count."},
    {"refused-unsaid", "Le concentrateur l'a refusé : ce poste n'en avait pas le droit.",
     "La coordination peut donner ce droit (navette-hub rights), puis : navette-hub retry.",
     "The hub refused it: this node had no right to it.",
     "A coordinator can give the right (navette-hub rights), then: navette-hub retry."},
    {"waits-older", "Il faut des mouvements anciens, que ce poste a laissés au concentrateur : il attend.",
     "Rien à faire : ils sont redemandés dès que la liaison le permet (navette status).",
     "It takes older movements, which this node left to the hub: it waits.",
     "Nothing to do: they are asked for as soon as the link allows (navette status)."},
    {"parked-unknown", "Ce programme ne connaît pas encore ce genre d'événement : il attend.",
     "Mettez ce programme à jour ; il sera pris en compte tout seul.", "This program does not know this kind of event yet: it waits.",
     "Update this program; it will be taken in by itself."},

    /* rights and retries, at the hub */
    {"hub-unknown-right", "Droit inconnu : {1}.", "Droits : {2} ; ou le nom d'un rôle, pour tous les siens.", "Unknown right: {1}.",
     "Rights: {2}; or the name of a role, for all of its rights."},
    {"hub-right-network", "{1} concerne tout le réseau et ne se donne pas seul.", "navette-hub rights POSTE --role coordinator",
     "{1} concerns the whole network and is not given by itself.", "navette-hub rights NODE --role coordinator"},
    {"hub-place-not-served", "Ce poste ne sert pas {1}.",
     "navette-hub rights show dit ce qu'il sert ; navette-hub rights POSTE --places le change.", "This node does not serve {1}.",
     "navette-hub rights show says what it serves; navette-hub rights NODE --places changes it."},
    {"hub-retry-which", "Dites ce qu'il faut reprendre.",
     "navette-hub retry REFERENCE, ou --node POSTE, ou --all ; navette-hub refused en donne la liste.", "Say what is to be tried again.",
     "navette-hub retry REFERENCE, or --node NODE, or --all; navette-hub refused lists them."},
    {"hub-not-refused", "Rien de tel n'est refusé : {1}.", "navette-hub refused donne la liste et les références.",
     "Nothing of the kind is refused: {1}.", "navette-hub refused lists them with their references."},
    {"hub-still-parked", "Cet événement attend une version plus récente de ce programme.",
     "Mettez navette-hub à jour ; il sera pris en compte tout seul.", "This event waits for a later version of this program.",
     "Update navette-hub; it will be taken in by itself."},
    {"hub-retried", "Admis : {1}. Restent refusés : {2}.", "navette-hub refused dit pourquoi, et quoi faire.",
     "Admitted: {1}. Still refused: {2}.", "navette-hub refused says why, and what to do."},
    {"hub-retry-more", "Il en reste à reprendre.", "Recommencez la même commande.", "There are more to try again.",
     "Give the same command again."},
    {"hub-granted-retry", "De ce poste, {1} sont refusés.", "navette-hub retry --node {2} les reprend avec les droits qu'il a maintenant.",
     "Of this node, {1} are refused.", "navette-hub retry --node {2} tries them again with the rights it has now."},
    {"hub-some-refused", "Événements refusés : {1} ; en attente d'une mise à jour : {2}.",
     "navette-hub refused dit lesquels, et quoi faire.", "Events refused: {1}; waiting for an update: {2}.",
     "navette-hub refused says which, and what to do."},

    /* at a node */
    {"some-refused", "Refusés par le concentrateur : {1} ; en attente d'une mise à jour : {2}.",
     "navette refused dit lesquels, pourquoi, et quoi faire ; ils sont gardés.", "Refused by the hub: {1}; waiting for an update: {2}.",
     "navette refused says which, why, and what to do; they are kept."},
};

static const struct message_label labels[] = {
    {"right-record", "enregistrer", "record"},
    {"right-catalogue", "catalogue : documents et sacs", "catalogue: items and bags"},
    {"right-order", "commandes", "orders"},
    {"right-slot", "créneaux", "slots"},
    {"right-pack", "mettre en sac, sceller, défaire", "pack, seal, unpack"},
    {"right-open", "ouvrir un sac", "open a bag"},
    {"right-deposit", "dépôt scellé", "sealed deposit"},
    {"right-dispatch", "expédier", "dispatch"},
    {"right-cancel", "annuler un envoi", "cancel a dispatch"},
    {"right-handover", "compter une remise", "count a hand-over"},
    {"right-receive", "recevoir, refuser", "receive, refuse"},
    {"right-deliver", "remettre à la personne", "deliver"},
    {"right-return", "reprendre un retour", "take a return"},
    {"right-collect", "faire repartir", "collect"},
    {"right-isolate", "isolement, nettoyage, dégâts", "isolation, cleaning, damage"},
    {"right-see", "dire ce qu'on a vu, retrouvé", "say what was seen, found"},
    {"right-count", "récolement", "stocktake"},
    {"right-lose", "déclarer perdu", "declare lost"},
    {"right-phone", "noter ce qui est dit au téléphone", "note what is said on the phone"},
    {"right-correct", "corriger", "correct"},
    {"right-message", "messages aux personnes", "messages to people"},
    {"right-ils", "prêts et retours du logiciel", "loans and returns of the library system"},
    {"right-settle", "régler les écarts", "settle discrepancies"},
    {"right-place", "lieux", "places"},
    {"right-rule", "règles", "rules"},
    {"may", "peut", "may"},
    {"granted", "en plus", "granted"},
    {"withdrawn_rights", "en moins", "withdrawn"},
    {"RIGHTS", "DROIT[,DROIT...]", "RIGHT[,RIGHT...]"},
    {"REF", "REFERENCE", "REFERENCE"},
    {"key-stolen", "clés volées", "stolen keys"},
    {"event-admitted", "admis", "admitted"},
};

const struct message_entry *message_admission_find(const char *code)
{
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
        if (strcmp(entries[i].code, code) == 0)
            return &entries[i];
    return NULL;
}

const struct message_label *message_admission_word(const char *word)
{
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
        if (strcmp(labels[i].word, word) == 0)
            return &labels[i];
    return NULL;
}
