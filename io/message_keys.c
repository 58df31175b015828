/* SPDX-License-Identifier: Apache-2.0 */
#include "io/message_keys.h"

#include <stddef.h>
#include <string.h>

static const struct message_entry entries[] = {
    /* erasure */
    {"erased-order", "{1} : effacé ici. Personne ne peut plus lire sur ce poste pour qui était cette commande.",
     "Les autres postes effacent dès qu'ils sont reliés ; navette-hub erasures dit qui l'a confirmé.",
     "{1}: erased here. Nobody can read at this node any more who this order was for.",
     "The other nodes erase as soon as they are linked; navette-hub erasures says who has confirmed."},
    {"erased-orders", "{1} commandes : effacé ici. Personne ne peut plus lire sur ce poste pour qui elles étaient.",
     "Les autres postes effacent dès qu'ils sont reliés ; navette-hub erasures dit qui l'a confirmé.",
     "{1} orders: erased here. Nobody can read at this node any more who they were for.",
     "The other nodes erase as soon as they are linked; navette-hub erasures says who has confirmed."},
    {"note-erase-elsewhere",
     "Attention : {1#} {1|autre commande ne peut pas être lue|autres commandes ne peuvent pas être lues} ici ; s'il y en a de ce lecteur, "
     "faites-le aussi sur les postes où "
     "elles ont été enregistrées.",
     "",
     "Careful: {1#} other {1|order|orders} can't be read here; if some are of this reader, do it too at the nodes where they were placed.",
     ""},
    {"erase-nobody", "La commande {1} n'a ni carte ni nom : il n'y a rien à effacer.", "navette orders montre pour qui sont les commandes.",
     "Order {1} has no card and no name: there is nothing to erase.", "navette orders shows who orders are for."},
    {"erase-already", "La commande {1} est déjà effacée.", "navette-hub erasures dit qui l'a confirmé.", "Order {1} is erased already.",
     "navette-hub erasures says who has confirmed."},
    {"erase-key-elsewhere", "Ce poste n'a pas la clé de la commande {1} : il ne peut pas demander qu'elle soit effacée.",
     "Faites-le sur le poste où elle a été enregistrée, ou au concentrateur : navette-hub erase order {1}",
     "This node does not have the key of order {1}: it can't ask for its erasure.",
     "Do it at the node where it was placed, or at the hub: navette-hub erase order {1}"},
    {"erase-no-order", "Aucune commande lisible sur ce poste n'est de cette carte.",
     "Vérifiez le numéro ; sinon faites-le sur le poste où les commandes ont été enregistrées.",
     "No order that can be read at this node is of this card.", "Check the number; else do it at the node where the orders were placed."},
    {"hub-erase-person", "Le concentrateur ne sait pas pour qui sont les commandes : il n'en a pas les clés.",
     "Sur le poste où elles ont été enregistrées : navette erase person CARTE", "The hub does not know who orders are for: it has no keys.",
     "At the node where they were placed: navette erase person CARD"},
    {"hub-erase-no-order", "Aucune commande {1}.", "Vérifiez son numéro : navette orders, sur un poste.", "There is no order {1}.",
     "Check its number: navette orders, at a node."},
    {"hub-erased", "{1} : à effacer partout.", "navette-hub erasures dit qui l'a confirmé.", "{1}: to be erased everywhere.",
     "navette-hub erasures says who has confirmed."},
    {"hub-erasure", "{1} : effacée chez {2} sur {3}", "", "{1}: erased at {2} of {3}", ""},
    {"hub-erasure-silent", "   {1} muet depuis {2}", "", "   {1} silent since {2}", ""},
    {"hub-erasure-revoked", "   {1} révoqué : il ne confirmera pas ; ce qu'il avait encore peut s'y lire", "",
     "   {1} was revoked: it will not confirm; what it still had can be read there", ""},
    {"hub-erasures-none", "Rien n'a été effacé. Clés connues : {1}.", "", "Nothing was erased. Keys known: {1}.", ""},
    /* recovery */
    {"hub-recovery-made", "Clé de secours {1} en service : les postes y enferment leurs clés dès maintenant.",
     "Imprimez la page, rangez-la au coffre de la direction, puis effacez le fichier. navette-hub recovery show dit où on en est.",
     "Recovery key {1} in use: the nodes wrap their keys to it from now on.",
     "Print the page, put it in the director's safe, then delete the file. navette-hub recovery show says how far it is."},
    {"hub-recovery-file", "Impossible d'écrire {1} : il existe déjà, ou le dossier ne le permet pas. Rien n'a été changé.",
     "Donnez un autre nom à --file.", "Can't write {1}: it exists, or the folder does not allow it. Nothing was changed.",
     "Give --file another name."},
    {"hub-recovery-none", "Il n'y a pas de clé de secours : ce que les postes perdent est perdu.",
     "navette-hub recovery new --file FICHIER", "There is no recovery key: what nodes lose is lost.",
     "navette-hub recovery new --file FILE"},
    {"hub-recovery", "Clé de secours {1} : {2#} {2|clé y est enfermée|clés y sont enfermées}, sur {3#}.", "",
     "Recovery key {1}: {2#} {2|key is|keys are} wrapped to it, of {3#}.", ""},
    {"hub-recovery-older",
     "{1#} {1|clé n'est encore enfermée|clés ne sont encore enfermées} que dans la précédente : gardez-la jusqu'à ce qu'il n'y en ait "
     "plus.",
     "", "{1#} {1|key is|keys are} still wrapped to the one before only: keep that until there are none.", ""},
    {"recovered", "{1} clés reprises : les noms sont de nouveau lisibles ici.", "Effacez le fichier de la clé de secours.",
     "{1} keys are back: the names can be read here again.", "Delete the recovery key's file."},
    {"recovered-one", "Une clé reprise.", "Effacez le fichier de la clé de secours.", "One key is back.",
     "Delete the recovery key's file."},
    {"recovered-none", "Rien à reprendre : ce poste a toutes ses clés, ou elles ont été effacées.",
     "Effacez le fichier de la clé de secours.", "Nothing to get back: this node has all its keys, or they were erased.",
     "Delete the recovery key's file."},
    {"recover-no-key", "Il n'y a pas de clé de secours dans ce fichier.",
     "Recopiez la ligne « key = ... » de la page, seule dans un fichier.", "There is no recovery key in this file.",
     "Copy the line \"key = ...\" of the page, alone in a file."},
    {"recover-bad-key", "La clé de secours est mal recopiée : son caractère de contrôle ne va pas.",
     "Relisez-la groupe par groupe : ni I, ni L, ni O, ni U.", "The recovery key was copied wrongly: its check character does not fit.",
     "Read it again group by group: there is no I, L, O or U."},
    {"recover-other-key", "Ce n'est pas la clé de secours en service (celle-ci a pour repère {1}).",
     "Prenez la page la plus récente ; navette-hub recovery show donne son repère.",
     "This is not the recovery key in use (the mark of this one is {1}).",
     "Take the latest page; navette-hub recovery show gives its mark."},
    {"recover-none", "Ce réseau n'a pas de clé de secours, ou ce poste n'en a pas encore entendu parler.",
     "navette sync, puis recommencez ; navette-hub recovery show dit ce qu'il en est.",
     "This network has no recovery key, or this node has not heard of it yet.",
     "navette sync, then try again; navette-hub recovery show tells."},
    {"recover-offline", "Le concentrateur {1} n'est pas joint, ou ne garde pas de clés : elles sont chez lui.",
     "Recommencez une fois relié : navette sync", "The hub {1} is not reached, or keeps no keys: they are there.",
     "Try again once linked: navette sync"},
    {"recover-under-way", "Une reprise est déjà en cours.", "Attendez qu'elle finisse.", "A recovery is under way already.",
     "Wait until it ends."},
    {"recover-no-answer", "Le concentrateur ne répond pas. Ce qui est revenu est gardé.", "Recommencez une fois relié : navette sync",
     "The hub does not answer. What came back is kept.", "Try again once linked: navette sync"},
    {"recover-wrong-key", "Cette clé de secours n'ouvre rien de ce que le concentrateur garde.", "Est-ce la page la plus récente ?",
     "This recovery key opens nothing of what the hub keeps.", "Is it the latest page?"},
};

static const struct message_label words[] = {
    {"key-erased", "personne effacée", "person erased"},
    {"key-gone", "clés effacées à ce poste", "keys erased at this node"},
    {"recovery-key-changed", "clé de secours changée", "recovery key changed"},
    {"erased", "effacé", "erased"},
    {"person-asked", "demandé", "asked for"},
    {"kept-long", "délai écoulé", "time over"},
    {"key-kept", "garde des clés", "keeping keys"},
    {"key-relay", "clés d'un relais", "a relay's keys"},
    {"gone", "effacé chez", "erased at"},
    {"why", "pourquoi", "why"},
};

const struct message_entry *message_keys_find(const char *code)
{
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
        if (strcmp(entries[i].code, code) == 0)
            return &entries[i];
    return NULL;
}

const struct message_label *message_keys_word(const char *word)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].word, word) == 0)
            return &words[i];
    return NULL;
}
