/* SPDX-License-Identifier: Apache-2.0 */
#include "io/message_stick.h"

#include <stddef.h>
#include <string.h>

static const struct message_entry entries[] = {
    /* at a node, out */
    {"stick-out",
     "{1#} {1|événement est|événements sont} sur la clé. {1|Il n'est pas encore en sûreté : il le sera|Ils ne sont pas encore en sûreté : "
     "ils le seront} quand la clé sera revenue avec la réponse.",
     "Confiez la clé à la navette ; à son retour : navette stick in CLÉ. D'ici là, ne changez rien à vos habitudes, et refaites une clé "
     "quand vous voulez.",
     "{1#} {1|event is|events are} on the stick. {1|It is not safe yet: it|They are not safe yet: they} will be when the stick is back "
     "with the answer.",
     "Give the stick to the van; when it is back: navette stick in STICK. Until then go on working, and write another stick whenever you "
     "like."},
    {"stick-out-nothing",
     "Rien de nouveau à envoyer : tout ce qui est enregistré ici est en sûreté. La clé demande les nouvelles du réseau.",
     "Confiez la clé à la navette ; à son retour : navette stick in CLÉ.",
     "Nothing new to send: all that is recorded here is safe. The stick asks for the network's news.",
     "Give the stick to the van; when it is back: navette stick in STICK."},
    {"stick-out-wants", "Elle redemande aussi {1#} {1|ancien mouvement laissé|anciens mouvements laissés} au concentrateur.", "",
     "It also asks for {1#} older {1|movement that was|movements that were} left to the hub.", ""},
    {"stick-in-back",
     "{1#} {1|ancien mouvement est revenu|anciens mouvements sont revenus} du concentrateur ; {2#} ne {2|peut pas être rendu|peuvent pas "
     "être rendus} (navette status dit pourquoi).",
     "", "{1#} older {1|movement|movements} came back from the hub; {2#} can't be given back (navette status says why).", ""},
    {"stick-in-wants",
     "{1#} {1|ancien mouvement est encore attendu|anciens mouvements sont encore attendus} du concentrateur : la prochaine clé (navette "
     "stick out) {1|le|les} redemande.",
     "", "{1#} older {1|movement is|movements are} still awaited from the hub: the next stick (navette stick out) asks for {1|it|them}.",
     ""},
    {"stick-written", "Écrit : {1} ({2#} octets).", "", "Written: {1} ({2#} bytes).", ""},
    {"stick-full", "Il n'y a pas assez de place sur la clé : rien n'a été écrit, un fichier d'avant est resté tel quel.",
     "Videz la clé de ce qui n'y sert plus, ou prenez-en une autre, et recommencez.",
     "There is not enough room on the stick: nothing was written, an earlier file stays as it was.",
     "Make room on the stick, or take another, and try again."},
    {"stick-cannot-write", "Impossible d'écrire {1} : {2}. Rien n'a été écrit, un fichier d'avant est resté tel quel.",
     "La clé est-elle bien en place, et pas protégée contre l'écriture ? Remettez-la, ou prenez-en une autre, et recommencez.",
     "Can't write {1}: {2}. Nothing was written, an earlier file stays as it was.",
     "Is the stick in place, and not write-protected? Put it in again, or take another, and try again."},
    {"enrolled-by-file",
     "Ce poste sert {1}. Le concentrateur ne répond pas : le poste lui sera présenté par la première clé (navette stick out).", "",
     "This node serves {1}. The hub does not answer: the first stick presents the node to it (navette stick out).", ""},
    /* in, both sides */
    {"stick-cannot-read", "Impossible de lire {1} : {2}. Ce qui en a été lu avant est gardé.",
     "Remettez la clé et recommencez : relire une clé ne fait jamais de mal. Si cela ne passe pas, demandez-en une nouvelle.",
     "Can't read {1}: {2}. What was read of it before is kept.",
     "Put the stick in again and try again: reading a stick twice never does harm. If it still fails, ask for a new one."},
    {"stick-no-file", "Il n'y a pas de fichier de Navette (.nvb) à cet endroit : {1}.",
     "Est-ce la bonne clé ? Donnez son dossier, ou le fichier lui-même.", "There is no file of Navette (.nvb) here: {1}.",
     "Is it the right stick? Give its folder, or the file itself."},
    {"stick-not-one", "{1} n'est pas un fichier de Navette, ou il n'en reste rien de lisible.",
     "Demandez une nouvelle clé à qui a écrit celle-ci.", "{1} is not a file of Navette, or nothing readable is left of it.",
     "Ask whoever wrote it for a new stick."},
    {"stick-damaged", "Le début et la fin du fichier sont abîmés : rien ne peut en être tiré.",
     "Rien n'est perdu : demandez une nouvelle clé à qui a écrit celle-ci.",
     "The beginning and the end of the file are damaged: nothing can be taken from it.",
     "Nothing is lost: ask whoever wrote it for a new stick."},
    {"stick-version", "Ce fichier a été écrit par une version plus récente de Navette.",
     "Mettez Navette à jour sur cette machine, puis recommencez : rien n'est perdu.",
     "This file was written by a later version of Navette.", "Update Navette on this machine, then try again: nothing is lost."},
    {"stick-not-for-us", "Ce fichier est scellé pour quelqu'un d'autre : il ne peut pas être lu ici.",
     "Laissez-le sur la clé : il continue sa route vers sa machine. Si les clés du destinataire ont changé, demandez une nouvelle clé USB.",
     "This file is sealed to somebody else: it can't be read here.",
     "Leave it on the stick: it goes on to its own machine. If the reader's keys have changed, ask for a new stick."},
    {"stick-gone", "La lecture ou l'écriture de cette clé a été interrompue.", "Recommencez : rien n'est perdu.",
     "The work on this stick was interrupted.", "Try again: nothing is lost."},
    /* at a node, in */
    {"stick-not-the-hub", "Cette réponse n'est pas signée par le concentrateur de ce poste : elle n'est pas prise en compte.",
     "Prévenez le coordinateur : la clé vient d'ailleurs, ou quelqu'un a voulu se faire passer pour le concentrateur.",
     "This answer is not signed by this node's hub: nothing of it was taken in.",
     "Tell the coordinator: the stick comes from elsewhere, or somebody tried to pass for the hub."},
    {"stick-in",
     "{1#} {1|événement d'ici est|événements d'ici sont} en sûreté au concentrateur, {2#} {2|reste|restent} à envoyer. {3#} {3|nouvelle du "
     "réseau est prise|nouvelles du réseau sont prises} en compte.",
     "",
     "{1#} {1|event of here is|events of here are} safe at the hub, {2#} {2|is|are} still to be sent. {3#} {3|event of the network "
     "is|events of the network are} taken in.",
     ""},
    {"stick-in-part",
     "{1#} {1|événement d'ici est|événements d'ici sont} en sûreté au concentrateur, {2#} {2|reste|restent} à envoyer. La clé est abîmée "
     "ou incomplète : {3#} {3|nouvelle du réseau a pu être lue|nouvelles du réseau ont pu être lues}, pas les suivantes.",
     "Envoyez une nouvelle clé (navette stick out) : sa réponse apportera le reste.",
     "{1#} {1|event of here is|events of here are} safe at the hub, {2#} {2|is|are} still to be sent. The stick is damaged or incomplete: "
     "{3#} {3|event|events} of the network could be read, not those after.",
     "Send a new stick (navette stick out): its answer brings the rest."},
    {"stick-in-gap",
     "{1#} {1|événement d'ici est|événements d'ici sont} en sûreté au concentrateur, {2#} {2|reste|restent} à envoyer. Les nouvelles de "
     "cette clé suivent celles d'une autre, "
     "qui n'est pas revenue.",
     "Lisez d'abord l'autre clé si elle est là ; sinon envoyez-en une nouvelle (navette stick out) : sa réponse apporte tout.",
     "{1#} {1|event of here is|events of here are} safe at the hub, {2#} {2|is|are} still to be sent. The news on this stick follow those "
     "on another, which is not back.",
     "Read the other stick first if it is here; else send a new one (navette stick out): its answer brings everything."},
    {"stick-in-old", "Cette réponse date d'avant la remise en état du concentrateur : rien n'en est pris en compte, rien n'est perdu.",
     "Envoyez une nouvelle clé : navette stick out.",
     "This answer is of before the hub was restored: nothing of it counts, nothing is lost.", "Send a new stick: navette stick out."},
    {"stick-in-restored",
     "Ce poste a été remis en état depuis une copie : ce qui manque est au concentrateur et revient. On peut continuer à travailler.",
     "Envoyez une nouvelle clé (navette stick out) : sa réponse rapporte ce qui manque.",
     "This node was put back from a copy: what is missing is at the hub and comes back. Work can go on.",
     "Send a new stick (navette stick out): its answer brings back what is missing."},
    {"stick-in-forked",
     "Ce poste a été remis en état depuis une copie, et on y a travaillé depuis : les deux suites sont gardées, rien n'est perdu.",
     "Envoyez une nouvelle clé (navette stick out), et prévenez le coordinateur.",
     "This node was put back from a copy and worked on since: both ends are kept, nothing is lost.",
     "Send a new stick (navette stick out), and tell the coordinator."},
    {"stick-in-line", "Le concentrateur connaît une autre suite de ce journal ; le réseau est là : c'est par lui que cela se règle.",
     "navette sync, puis navette status.", "The hub knows another end of this log; the network is there and will settle it.",
     "navette sync, then navette status."},
    {"stick-in-unclear",
     "Le concentrateur connaît une autre suite de ce journal, et la clé d'avant ne remontait pas assez loin pour savoir où elles se "
     "séparent.",
     "Envoyez une clé complète : navette stick out CLÉ --all. Rien n'est perdu.",
     "The hub knows another end of this log, and the last stick did not go back far enough to tell where they part.",
     "Send a whole stick: navette stick out STICK --all. Nothing is lost."},
    /* at the hub */
    {"hub-stick-taken", "{1} : {2#} {2|événement nouveau est enregistré|événements nouveaux sont enregistrés} ici (jusqu'au n° {3}).",
     "Remettez la clé à la navette : la réponse doit revenir à {1}.",
     "{1}: {2#} new {2|event is|events are} recorded here (up to number {3}).",
     "Give the stick back to the van: the answer has to return to {1}."},
    {"hub-stick-again", "{1} : rien de nouveau, tout était déjà ici (jusqu'au n° {3}).",
     "Remettez la clé à la navette : la réponse doit revenir à {1}.", "{1}: nothing new, all of it was here already (up to number {3}).",
     "Give the stick back to the van: the answer has to return to {1}."},
    {"hub-stick-replaced",
     "{1} : anciennes clés : cette machine a été remplacée. Ce que porte la clé est gardé ici, mais refusé ({2#} {2|événement|événements}) "
     ": rien n'en "
     "compte.",
     "Si la clé était en route : navette-hub refused, puis navette-hub retry RÉFÉRENCE laisse entrer ce qui est honnête. Machine volée : "
     "laissez-les.",
     "{1}: old keys: this machine was replaced. What is on the stick is kept here, but refused ({2#} {2|event|events}): nothing of it "
     "counts.",
     "If the stick was on its way: navette-hub refused, then navette-hub retry REFERENCE lets in what is honest. Stolen machine: leave "
     "them."},
    {"hub-stick-missing",
     "{1} : la clé est abîmée ; les événements {2} de {1} manquent. Ce qui les précède est enregistré (jusqu'au n° {3}).",
     "Demandez une nouvelle clé à {1} (navette stick out), ou relisez-en une autre de {1} si vous en avez : elles se complètent.",
     "{1}: the stick is damaged; events {2} of {1} are missing. What comes before them is recorded (up to number {3}).",
     "Ask {1} for a new stick (navette stick out), or read another one of {1} if you have it: they complete each other."},
    {"hub-stick-gap", "{1} : ce que porte cette clé suit des événements qui ne sont pas ici (on en est au n° {3}).",
     "Lisez une clé plus ancienne de {1}, puis celle-ci à nouveau ; ou demandez une clé complète : navette stick out --all.",
     "{1}: what is on this stick follows events that are not here (which end at number {3}).",
     "Read an earlier stick of {1}, then this one again; or ask for a whole one: navette stick out --all."},
    {"hub-stick-fork",
     "{1} : ce journal n'est pas la suite de celui qui est ici (n° {3}) : le poste a été remis en état depuis une copie. Rien n'est perdu.",
     "Remettez la clé : en lisant la réponse le poste met ses événements à part, et les renvoie à la clé suivante.",
     "{1}: this log does not follow from the one that is here (number {3}): the node was put back from a copy. Nothing is lost.",
     "Give the stick back: reading the answer, the node puts its events aside, and sends them again with the next stick."},
    {"hub-stick-old-keys",
     "{1} : anciennes clés : une autre machine de ce poste a changé les clés depuis, et ce que porte la clé ne suit pas ce qui est ici.",
     "Deux copies d'un même disque ? navette-hub enrol {1}, puis, sur la machine d'où vient la clé, navette enrol CODE --hub ... --anew : "
     "elle devient un autre poste et envoie ce qui restait. Rien n'est perdu.",
     "{1}: old keys: another machine of this node has changed them since, and what is on the stick does not follow from what is here.",
     "Two copies of one disk? navette-hub enrol {1}, then, on the machine that wrote the stick, navette enrol CODE --hub ... --anew: it "
     "becomes another node and sends what was left. Nothing is lost."},
    {"hub-stick-newer-keys",
     "Cette clé dit venir de {1}, mais est signée par des clés que ce concentrateur ne connaît pas : rien n'en est pris en compte, rien "
     "n'est perdu.",
     "Il a été remis depuis une sauvegarde : si {1} a changé de clés après elle, reliez ce poste une fois par le réseau, ou attendez que "
     "les "
     "autres rendent ce changement, puis relisez cette clé. Sinon elle est fausse : prévenez le coordinateur.",
     "This stick says that it is {1}'s, but keys signed it that this hub does not know: nothing of it was taken in, nothing is lost.",
     "The hub was put back from a backup: if {1} changed its keys after it, link that node once, or wait until the others have given the "
     "change back, and read this stick again. Else it is forged: tell the coordinator."},
    {"hub-stick-bad",
     "{1} : des parties de la clé ne sont pas ce qu'elles disent être ; elles ne sont pas prises en compte ({2#} {2|événement l'a "
     "été|événements l'ont été}).",
     "Prévenez le coordinateur, et demandez une nouvelle clé à {1}.",
     "{1}: parts of the stick are not what they say; they were left out ({2#} {2|event was|events were} taken).",
     "Tell the coordinator, and ask {1} for a new stick."},
    {"hub-stick-wants", "{1} : ce que ce poste envoie est enregistré ; de ce qu'il redemande, une partie n'a pas pu être lue.",
     "Remettez la clé : la réponse rend le reste, et la clé suivante de {1} redemandera ce qui manque.",
     "{1}: what this node sends is recorded; of what it asks for again, a part could not be read.",
     "Give the stick back: the answer gives the rest, and {1}'s next stick asks for what is missing."},
    {"hub-stick-revoked", "Le poste de {1} n'a plus le droit d'écrire (retiré), ou il est en double : sa clé n'est pas prise en compte.",
     "navette-hub nodes dit ce qu'il en est ; la clé garde ce qu'elle porte.",
     "{1}'s node may not write any more (revoked), or there are two of it: its stick was not taken in.",
     "navette-hub nodes says how it stands; the stick keeps what it holds."},
    {"hub-stick-unknown", "Le poste de {1} n'est pas inscrit ici.",
     "Inscrivez-le : navette-hub enrol {1} ; sa clé pourra être lue ensuite.", "{1}'s node is not enrolled here.",
     "Enrol it: navette-hub enrol {1}; its stick can be read afterwards."},
    {"hub-stick-forged", "Cette clé dit venir de {1}, mais n'est pas signée par son poste : rien n'en est pris en compte.",
     "Prévenez le coordinateur, et demandez une nouvelle clé à {1}.",
     "This stick says that it is {1}'s, but its node did not sign it: nothing of it was taken in.",
     "Tell the coordinator, and ask {1} for a new stick."},
    {"hub-stick-answer-lost", "Les événements sont enregistrés, mais la réponse n'a pas pu être écrite dans {1} : {2}.",
     "Relisez la clé avec --out DOSSIER pour écrire la réponse ailleurs : rien n'est perdu.",
     "The events are recorded, but the answer could not be written to {1}: {2}.",
     "Read the stick again with --out FOLDER to write the answer elsewhere: nothing is lost."},
    {"hub-stick-answer", "Réponse écrite : {1} ({2#} octets).", "", "Answer written: {1} ({2#} bytes).", ""},
};

const struct message_entry *message_stick_find(const char *code)
{
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
        if (strcmp(entries[i].code, code) == 0)
            return &entries[i];
    return NULL;
}
