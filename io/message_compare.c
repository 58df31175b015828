/* SPDX-License-Identifier: Apache-2.0 */
#include "io/message_compare.h"

#include <stddef.h>
#include <string.h>

static const struct message_entry entries[] = {
    /* what a comparison came to */
    {"compared-same", "Comparé le {1} : {2} événements, tout est pareil ici et au concentrateur.", "Rien à faire.",
     "Compared {1}: {2} events, all is the same here and at the hub.", "Nothing to do."},
    {"compared-mended",
     "Comparé le {1} : {2} événements. ALERTE : {3} étaient abîmés, et sont remis d'après ce que leur auteur avait signé.",
     "Rien n'est perdu. Un disque qui abîme ce qu'il garde est à changer : faites-le vérifier (smartctl), et sauvegardez. navette damage, "
     "au "
     "concentrateur navette-hub damage, disent ce que c'était.",
     "Compared {1}: {2} events. ALARM: {3} were damaged, and are put back as their author had signed them.",
     "Nothing is lost. A disk that damages what it keeps is to be replaced: have it checked (smartctl), and make a backup. navette damage, "
     "and "
     "navette-hub damage at the hub, say what it was."},
    {"compared-lost",
     "Comparé le {1} : {2} événements. ALERTE : {3} ne sont intacts ni ici ni au concentrateur. Rien n'a été inventé à leur place.",
     "Un autre poste les a peut-être : au concentrateur, navette-hub compare POSTE pour chacun ; puis navette compare ici. Sinon une "
     "sauvegarde du concentrateur les a. navette damage dit lesquels.",
     "Compared {1}: {2} events. ALARM: {3} are sound neither here nor at the hub. Nothing was invented in their place.",
     "Another node may have them: at the hub, navette-hub compare NODE for each; then navette compare here. Else a backup of the hub has "
     "them. navette damage says which."},
    {"compared-state",
     "Comparé le {1} : {2} événements. ALERTE : ce qui en est déduit (stock, lieux) était faux, et a été refait d'après le journal.",
     "Rien n'est perdu. Si cela se répète, faites vérifier le disque et la mémoire de cette machine.",
     "Compared {1}: {2} events. ALARM: what is derived from them (stock, places) was wrong, and was made anew from the journal.",
     "Nothing is lost. If it happens again, have the disk and the memory of this machine checked."},
    {"compared-differs",
     "Comparé le {1} : {2} événements, les mêmes des deux côtés. ALERTE : refait ici et au concentrateur, ce qui en est déduit diffère "
     "encore.",
     "Prévenez qui s'occupe du concentrateur : navette-hub verify, et les mêmes versions des deux côtés.",
     "Compared {1}: {2} events, the same at both. ALARM: made anew here and at the hub, what is derived from them still differs.",
     "Tell whoever looks after the hub: navette-hub verify, and the same versions at both."},
    {"compare-never", "Ce poste n'a pas encore été comparé au concentrateur.",
     "Cela se fait seul, chaque jour où il est relié ; tout de suite : navette compare.",
     "This node has not been compared with the hub yet.",
     "It is done by itself, each day on which it is linked; at once: navette compare."},
    {"compare-goes-on", "La comparaison est commencée, et continue.",
     "navette compare, plus tard, en dit le résultat ; on peut travailler pendant ce temps.", "The comparison has begun, and goes on.",
     "navette compare, later, says what it came to; work can go on meanwhile."},
    {"compare-no-hub",
     "Pas de comparaison pour l'instant : le concentrateur n'est pas relié, ou est d'une version qui ne sait pas comparer.",
     "Rétablissez la liaison (navette status), ou faites mettre le concentrateur à jour. Le travail continue.",
     "No comparison now: the hub is not linked, or is of a version that does not compare.",
     "Have the link back (navette status), or have the hub updated. Work goes on."},
    {"damage-none", "Rien d'abîmé n'a été trouvé.", "", "Nothing damaged was found.", ""},
    {"damage-note",
     "ALERTE : {1#} {1|élément abîmé a été trouvé|éléments abîmés ont été trouvés} sur ce disque, {2#} {2|n'est pas réparé|ne sont pas "
     "réparés}.",
     "navette damage dit lesquels et quoi faire. Faites vérifier le disque.",
     "ALARM: {1#} damaged {1|item was|items were} found on this disk, {2#} of them {2|is|are} not mended.",
     "navette damage says which, and what to do. Have the disk checked."},
    /* rows */
    {"damage-entry", "L'événement n° {1} était abîmé ; il est de nouveau tel que son auteur l'a signé.", "Faites vérifier le disque.",
     "Event number {1} was damaged; it is again as its author signed it.", "Have the disk checked."},
    {"damage-entry-open", "L'événement n° {1} est abîmé, et n'a été trouvé intact nulle part.",
     "Comparez les autres postes (navette-hub compare POSTE), puis celui-ci ; sinon, une sauvegarde du concentrateur.",
     "Event number {1} is damaged, and was found sound nowhere.",
     "Compare the other nodes (navette-hub compare NODE), then this one; else, a backup of the hub."},
    {"damage-seal", "La signature du lot qui commence au n° {1} était abîmée ; elle est remise.", "Faites vérifier le disque.",
     "The signature of the batch that begins at number {1} was damaged; it is put back.", "Have the disk checked."},
    {"damage-state", "Ce qui est déduit du journal était faux ; cela a été refait.",
     "Si cela se répète, faites vérifier le disque et la mémoire.", "What is derived from the journal was wrong; it was made anew.",
     "If it happens again, have disk and memory checked."},
    {"damage-twice", "L'événement n° {1} a été signé deux fois, différemment : rien n'a été remplacé.",
     "Les clés de ce poste sont peut-être à deux endroits : au concentrateur, navette-hub clones, puis navette-hub replace POSTE.",
     "Event number {1} was signed twice, differently: nothing was replaced.",
     "The keys of that node may be in two places: at the hub, navette-hub clones, then navette-hub replace NODE."},
    /* at the hub */
    {"hub-compare-begun", "{1} compare maintenant ce qu'il a avec le concentrateur.",
     "navette-hub compare en donne le résultat ; les autres sont servis pendant ce temps.", "{1} now compares what it holds with the hub.",
     "navette-hub compare says what it comes to; the others are served meanwhile."},
    {"hub-compare-away", "{1} n'est pas relié : il se comparera seul, dans la journée où il le sera.",
     "navette-hub nodes dit depuis quand on ne l'a pas entendu.",
     "{1} is not linked: it compares by itself, within the day on which it is.", "navette-hub nodes says since when it was not heard."},
    {"hub-compare-old", "{1} est d'une version qui ne sait pas comparer.", "Mettez ce poste à jour ; il continue à travailler.",
     "{1} is of a version that does not compare.", "Update that node; it goes on working."},
    {"hub-damage-note",
     "ALERTE : {1#} {1|élément abîmé a été trouvé|éléments abîmés ont été trouvés} sur le disque du concentrateur, {2#} {2|n'est pas "
     "réparé|ne sont pas réparés}.",
     "navette-hub damage dit lesquels et quoi faire. Faites vérifier le disque, et sauvegardez.",
     "ALARM: {1#} damaged {1|item was|items were} found on the hub's disk, {2#} of them {2|is|are} not mended.",
     "navette-hub damage says which, and what to do. Have the disk checked, and make a backup."},
};

const struct message_entry *message_compare_find(const char *code)
{
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
        if (strcmp(entries[i].code, code) == 0)
            return &entries[i];
    return NULL;
}
