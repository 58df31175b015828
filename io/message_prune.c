/* SPDX-License-Identifier: Apache-2.0 */
#include "io/message_prune.h"

#include <stddef.h>
#include <string.h>

static const struct message_entry entries[] = {
    /* navette prune */
    {"prune-done", "{1#} {1|ancien mouvement est laissé|anciens mouvements sont laissés} au concentrateur et à sa sauvegarde ({2} Mo).",
     "Ce poste les lui redemande quand il le faut. Le fichier ne rétrécit pas.",
     "{1#} older {1|movement is|movements are} left to the hub and its backup ({2} MB).",
     "This node asks for them again when it needs them. The file does not shrink."},
    {"prune-dry",
     "{1#} {1|ancien mouvement pourrait être laissé|anciens mouvements pourraient être laissés} au concentrateur et à sa sauvegarde ({2} "
     "Mo).",
     "Un essai : rien n'est changé. Sans --dry-run, c'est fait ; chaque jour, cela se fait seul.",
     "{1#} older {1|movement|movements} could be left to the hub and its backup ({2} MB).",
     "A trial: nothing is changed. Without --dry-run it is done; each day it is done by itself."},
    {"prune-off", "Ce poste garde tout : son réglage le veut (prune_after = 0).",
     "Pour qu'il laisse au concentrateur ce qui est plus vieux : prune_after = 90 (jours) sous [store] dans node.ini, puis relancez "
     "navette-node.",
     "This node keeps everything: its setting says so (prune_after = 0).",
     "To have it leave what is older to the hub: prune_after = 90 (days) under [store] in node.ini, then start navette-node again."},
    {"prune-offline", "Rien n'est laissé au concentrateur tant qu'il n'est pas relié.",
     "Recommencez une fois la liaison rétablie (navette status) ; le travail continue.",
     "Nothing is left to the hub while it is not linked.", "Try again once the link is back (navette status); work goes on."},
    {"prune-old-hub", "Le concentrateur est d'une version qui ne saurait pas rendre les anciens mouvements : ce poste garde tout.",
     "Faites mettre le concentrateur à jour.",
     "The hub is of a version that could not give older movements back: this node keeps everything.", "Have the hub updated."},
    {"prune-no-backup", "Le concentrateur n'a pas de sauvegarde : ce poste garde tout.",
     "Demandez à qui s'occupe du concentrateur : navette-hub backup, chaque nuit.", "The hub has no backup: this node keeps everything.",
     "Ask whoever looks after the hub: navette-hub backup, each night."},
    {"prune-busy", "Pas maintenant : des événements sont encore en route.",
     "Recommencez quand ce poste est à jour (navette sync) ; sinon, cela se fait seul.", "Not now: events are still on their way.",
     "Try again once this node is in step (navette sync); else it is done by itself."},
    {"prune-waits", "Pas maintenant : des mouvements anciens sont en train de revenir du concentrateur.",
     "Recommencez plus tard ; sinon, cela se fait seul.", "Not now: older movements are on their way back from the hub.",
     "Try again later; else it is done by itself."},
    {"prune-line",
     "Ce poste garde tout pour l'instant : sa liaison n'a pas encore tenu deux semaines sans une coupure de plus de sept jours.",
     "Rien à faire : cela se fait seul ensuite. Un poste sans liaison régulière garde tout, pour ne manquer de rien.",
     "This node keeps everything for now: its link has not yet been there for two weeks with no gap of more than seven days.",
     "Nothing to do: it is done by itself then. A node without a regular link keeps everything, so that it lacks nothing."},
    /* what needs them */
    {"pruned-asked", "Les mouvements anciens qu'il faut ici sont au concentrateur : {1#} lui {1|est redemandé|sont redemandés}.",
     "Recommencez dans un instant.", "The older movements that this needs are at the hub: {1#} {1|is|are} asked for.",
     "Try again in a moment."},
    {"pruned-away", "Les mouvements anciens qu'il faut ici sont au concentrateur, qui n'est pas relié.",
     "Ils seront redemandés dès que la liaison revient, ou par la prochaine clé (navette stick out) ; recommencez alors. Où sont les "
     "choses reste connu : navette find.",
     "The older movements that this needs are at the hub, which is not linked.",
     "They are asked for as soon as the link is back, or by the next stick (navette stick out); try again then. Where things are is still "
     "known: navette find."},
    {"pruned-again", "Des mouvements anciens sont revenus du concentrateur pendant la réponse.", "Recommencez.",
     "Older movements came back from the hub meanwhile.", "Try again."},
    /* what nobody gives back */
    {"pruned-lost-not-held",
     "{1#} {1|ancien mouvement laissé au concentrateur n'y est plus|anciens mouvements laissés au concentrateur n'y sont plus}. Ce qui en "
     "dépend attend ; tout le reste continue.",
     "Prévenez le coordinateur : il faut remettre une sauvegarde plus récente du concentrateur, ou relier un poste qui les a encore. Ils "
     "sont redemandés chaque heure, et dès qu'on en a besoin.",
     "{1#} older {1|movement that was left to the hub is|movements that were left to the hub are} there no more. What needs them waits; "
     "everything else goes on.",
     "Tell the coordinator: a newer backup of the hub has to be restored, or a node linked that still has them. They are asked for each "
     "hour, and whenever somebody needs them."},
    {"pruned-lost-not-followed",
     "{1#} {1|ancien mouvement n'est plus destiné|anciens mouvements ne sont plus destinés} à ce poste : le concentrateur ne {1|le|les} "
     "rend pas.",
     "Ses droits ont changé. S'il doit les revoir, demandez au coordinateur (navette-hub nodes) ; sinon, rien à faire.",
     "{1#} older {1|movement is|movements are} not for this node any more: the hub does not give {1|it|them} back.",
     "Its rights have changed. Should it see them again, ask the coordinator (navette-hub nodes); else there is nothing to do."},
    {"pruned-lost-damaged",
     "{1#} {1|ancien mouvement est abîmé|anciens mouvements sont abîmés} sur le disque du concentrateur. Ce qui en dépend attend ; tout le "
     "reste continue.",
     "Prévenez le coordinateur : navette-hub damage. Un poste qui les a encore les répare en se comparant (navette compare).",
     "{1#} older {1|movement is|movements are} damaged on the hub's disk. What needs them waits; everything else goes on.",
     "Tell the coordinator: navette-hub damage. A node that still has them mends them by comparing (navette compare)."},
    {"pruned-lost-other-bytes",
     "Ce que le concentrateur rend pour {1#} {1|ancien mouvement|anciens mouvements} n'est pas ce qui était ici : rien n'en est pris.",
     "Prévenez le coordinateur : navette-hub verify.",
     "What the hub gives for {1#} older {1|movement|movements} is not what was here: nothing of it is taken.",
     "Tell the coordinator: navette-hub verify."},
    {"pruned-lost-unanswered",
     "Le concentrateur ne dit rien de {1#} {1|ancien mouvement qui lui est redemandé|anciens mouvements qui lui sont redemandés}.",
     "Ils sont redemandés chaque heure. Si cela dure, faites mettre le concentrateur à jour.",
     "The hub says nothing of {1#} older {1|movement that is|movements that are} asked for.",
     "They are asked for each hour. If it lasts, have the hub updated."},
    {"pruned-handovers",
     "{1#} {1|remise plus ancienne n'est pas montrée : ses|remises plus anciennes ne sont pas montrées : leurs} mouvements sont au "
     "concentrateur. navette handovers --slip BORDEREAU en "
     "redemande une.",
     "",
     "{1#} older {1|hand-over is not shown: its|hand-overs are not shown: their} movements are at the hub. navette handovers --slip SLIP "
     "asks for one.",
     ""},
    /* navette status */
    {"pruned-note", "{1#} {1|ancien mouvement est laissé|anciens mouvements sont laissés} au concentrateur ({2} Mo).",
     "Rien à faire : ils sont redemandés quand il le faut.", "{1#} older {1|movement is|movements are} left to the hub ({2} MB).",
     "Nothing to do: they are asked for when they are needed."},
    {"pruned-waits", "{1#} {1|événement attend|événements attendent} des mouvements anciens, à redemander au concentrateur.",
     "Ils sont gardés, et pris en compte dès que la liaison, ou une clé (navette stick out), les ramène. navette aside les montre.",
     "{1#} {1|event waits|events wait} for older movements, to be asked of the hub.",
     "They are kept, and count as soon as the link, or a stick (navette stick out), brings those back. navette aside shows them."},
    {"pruned-hollow",
     "Ce qui est montré est provisoire : {1#} {1|ancien mouvement revient|anciens mouvements reviennent} du concentrateur ({2} Mo).",
     "On peut travailler ; gardez la liaison, tout sera exact quand ils seront là.",
     "What is shown is provisional: {1#} older {1|movement is on its|movements are on their} way back from the hub ({2} MB).",
     "Work can go on; keep the link, all is exact once they are here."},
};

const struct message_entry *message_prune_find(const char *code)
{
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
        if (strcmp(entries[i].code, code) == 0)
            return &entries[i];
    return NULL;
}
