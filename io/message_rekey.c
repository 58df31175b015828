/* SPDX-License-Identifier: Apache-2.0 */
#include "io/message_rekey.h"

#include <stddef.h>
#include <string.h>

static const struct message_entry entries[] = {
    /* at the hub */
    {"hub-rekey-settled", "Clés du concentrateur : rien n'est en cours.", "Elles se changent une fois par an : navette-hub rekey",
     "Keys of the hub: nothing is under way.", "They are changed once a year: navette-hub rekey"},
    {"hub-rekey-announced",
     "Nouvelles clés du concentrateur annoncées le {1}. Il y passe dès que tous les postes les connaissent, au plus tard le {2}.",
     "Faites une sauvegarde maintenant : une plus ancienne n'a pas ces clés. Clés volées : navette-hub rekey --now y passe tout de suite.",
     "New keys of the hub announced on {1}. It goes over to them once all nodes know them, on {2} at the latest.",
     "Make a backup now: an older one does not have these keys. Keys stolen: navette-hub rekey --now goes over at once."},
    {"hub-rekey-going-over", "Le concentrateur passe maintenant à ses nouvelles clés. Les précédentes ne valent plus.",
     "navette-hub rekey show dit où il en est. Faites une sauvegarde : une plus ancienne n'a pas ces clés.",
     "The hub goes over to its new keys now. The ones before are good no more.",
     "navette-hub rekey show tells how far it is. Make a backup: an older one does not have these keys."},
    {"hub-rekey-over",
     "Le concentrateur est passé à ses nouvelles clés, annoncées le {1}. Les précédentes sont acceptées par les postes jusqu'au {2}.",
     "Faites une sauvegarde : une plus ancienne n'a pas ces clés.",
     "The hub has gone over to its new keys, announced on {1}. Nodes accept the ones before until {2}.",
     "Make a backup: an older one does not have these keys."},
    {"hub-rekey-waiting", "   {1} ne les connaît pas encore (dernier contact : {2})", "", "   {1} does not know them yet (seen {2})", ""},
    {"hub-rekey-untold",
     "   {1} : version trop ancienne pour les apprendre, ou jamais relié depuis (dernier contact : {2}) ; mettez ce poste à jour", "",
     "   {1}: its version is too old to learn them, or it was not linked since (seen {2}); update this node", ""},
    {"hub-rekey-how",
     "   Un poste absent les apprend seul au port d'inscription ; sans réseau, avec la réponse à sa clé USB, ou par un fichier : "
     "navette-hub rekey show --file FICHIER, puis sur le poste navette hub-keys FICHIER",
     "",
     "   A node that was away learns them by itself at the enrolment port; without a network, with the answer to its stick, or from a "
     "file: "
     "navette-hub rekey show --file FILE, then at the node navette hub-keys FILE",
     ""},
    {"hub-rekey-backup", "   Il attend une sauvegarde qui ait ces clés : navette-hub backup DOSSIER", "",
     "   It waits for a backup that has these keys: navette-hub backup FOLDER", ""},
    {"hub-rekey-strange", "   {1} connaît des clés de ce concentrateur qui ne sont pas ici (dernier contact : {2})", "",
     "   {1} knows keys of this hub that are not here (seen {2})", ""},
    {"hub-rekey-put-back",
     "   Ce concentrateur a été restauré à partir d'une sauvegarde antérieure à un changement de clés. Arrêtez-le et remettez le fichier "
     "keys d'une "
     "sauvegarde plus "
     "récente, ou de l'ancien disque, dans {1}. D'ici là les postes qui acceptent encore les clés d'avant restent reliés ; les autres "
     "devront être "
     "inscrits à nouveau (navette-hub replace).",
     "",
     "   This hub was put back from a backup of before its keys changed. Stop it and put the file keys of a later backup, or of the old "
     "disk, back "
     "into {1}. Until then nodes that still accept the keys before stay linked; the others will have to be enrolled anew (navette-hub "
     "replace).",
     ""},
    {"hub-rekey-under-way", "Un changement des clés du concentrateur est déjà en cours.",
     "navette-hub rekey show dit où il en est ; navette-hub rekey --now y met fin tout de suite.",
     "A change of the hub's keys is under way already.",
     "navette-hub rekey show tells how far it is; navette-hub rekey --now ends it at once."},
    {"hub-rekey-behind", "Ce concentrateur n'a pas les dernières clés que son journal annonce : il n'en annonce pas d'autres.",
     "Arrêtez-le, remettez dans {1} le fichier keys d'une sauvegarde plus récente ou de l'ancien disque, et relancez-le.",
     "This hub does not have the last keys that its journal announces: it announces no others.",
     "Stop it, put the file keys of a later backup or of the old disk back into {1}, and start it again."},
    {"hub-rekey-ahead",
     "   Les clés sont plus récentes que le journal remis à côté : ce qui avait été décidé entre les deux revient avec les postes, sous "
     "les "
     "clés d'alors. Rien à faire ; navette-hub nodes dit lesquels sont revenus.",
     "",
     "   The keys are later than the journal put back beside them: what had been decided in between comes back with the nodes, under the "
     "keys "
     "of then. Nothing to do; navette-hub nodes tells which are back.",
     ""},
    {"hub-own-keys-wrong", "Les clés de {1} ne vont pas avec le journal qui est à côté : voir le message ci-dessus. Rien n'a été changé.",
     "Remettez-y le fichier keys (et keys.next, s'il y est) de la sauvegarde ou du disque d'où vient ce journal, droits 0600, et relancez. "
     "Des clés plus récentes se mettent ensuite.",
     "The keys of {1} do not go with the journal beside them: see the line above. Nothing was changed.",
     "Put the file keys (and keys.next, if it is there) of the backup or the disk that this journal comes from back there, mode 0600, and "
     "start again. Later keys can be put there afterwards."},
    {"hub-restoring", "Une restauration dans {1} n'est pas allée à son terme.",
     "Recommencez-la : navette-hub restore SAUVEGARDE --folder {1}", "A restoration into {1} has not ended.",
     "Run it again: navette-hub restore BACKUP --folder {1}"},
    {"hub-rekey-many", "Les clés de ce concentrateur ont changé seize fois : cette version n'en garde pas plus.",
     "Une clé par an est assez ; un concentrateur qui en a eu seize ne peut plus changer : il faut alors créer un nouveau réseau.",
     "The keys of this hub have changed sixteen times: this version keeps no more.",
     "A key a year is enough; a hub that had sixteen is replaced by a new network."},
    {"hub-rekey-old", "Cette clé USB est scellée pour des clés que ce concentrateur n'a plus : rien n'en est perdu, le poste a tout gardé.",
     "Sur le poste : navette hub-keys FICHIER (de navette-hub rekey show --file), puis navette stick out à nouveau.",
     "This stick is sealed to keys that this hub does not have any more: nothing is lost, the node has kept it all.",
     "At the node: navette hub-keys FILE (of navette-hub rekey show --file), then navette stick out again."},
    /* at a node */
    {"hub-keys-taken", "Les nouvelles clés du concentrateur {1} sont prises : les précédentes les nomment.",
     "navette status montre le lien.", "The new keys of the hub {1} are taken: the ones before name them.",
     "navette status shows the link."},
    {"hub-keys-known", "Ce poste connaît déjà les clés du concentrateur {1}.", "", "This node knows the keys of the hub {1} already.", ""},
    {"hub-keys-wrong", "Ce fichier ne nomme pas de clés de ce concentrateur : rien n'est pris.",
     "Il vient de navette-hub rekey show --file FICHIER, au concentrateur de ce poste.",
     "This file names no keys of this hub: nothing is taken.", "It comes from navette-hub rekey show --file FILE, at this node's hub."},
    {"hub-keys-rival",
     "Refusé : ce fichier nomme d'autres clés que celles que ce poste tient du concentrateur. Quelqu'un a peut-être volé d'anciennes clés.",
     "Prévenez l'administrateur du concentrateur.",
     "Refused: this file names other keys than those that this node has from its hub. Somebody may have stolen old keys.",
     "Tell the hub's administrator."},
    {"hub-keys-waiting", "Le concentrateur a annoncé de nouvelles clés ; ce poste les connaît et y passera avec lui.",
     "Il n'y a rien à faire.", "The hub has announced new keys; this node knows them and goes over with it.", "There is nothing to do."},
    {"hub-keys-alarm", "ALERTE : quelqu'un qui a d'anciennes clés du concentrateur en a annoncé d'autres ; ce poste ne les a pas prises.",
     "Prévenez l'administrateur du concentrateur : navette-hub rekey --now",
     "ALARM: somebody who has old keys of the hub has announced others; this node has not taken them.",
     "Tell the hub's administrator: navette-hub rekey --now"},
};

const struct message_entry *message_rekey_find(const char *code)
{
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
        if (strcmp(entries[i].code, code) == 0)
            return &entries[i];
    return NULL;
}
