# SPDX-License-Identifier: Apache-2.0
"""Small worlds where everybody tells the truth with a clock that is right, having heard of some of the rest: the oracle must find each thing
where it really is, without a conflict on the way. What each event's parents must be for that is here too: the last event its node knew of
the thing, and its node's own last one."""
import random

import oracle
import wire

HOUR = 3600000
BAG = 2          # things 0 and 1 are documents


class World:
    def __init__(self, seed, size):
        self.rng = rng = random.Random(seed)
        self.places = [b"P%d" % i for i in range(rng.randint(2, 4))]
        self.gossip = rng.choice([0, 0.05, 0.3, 1])
        self.things = [{"kind": 1, "namespace": b"ils", "id": b"%d" % i} for i in range(2)] + [{"kind": 2, "id": b"S"}]
        self.really = [("at", self.places[0])] * 3
        self.rows, self.known, self.now = [], {p: [] for p in self.places}, 10 ** 9
        for i in (0, 1):
            self.tell(self.places[0], "item_registered", [i], item=self.things[i], home=self.places[0])
        self.tell(self.places[0], "bag_commissioned", [BAG], bag=self.things[BAG], kind=b"bleu", owner=self.places[0])
        while len(self.rows) < size:
            self.live(rng.randrange(3))
            for p in self.places:
                if rng.random() < self.gossip:
                    self.known[p] += [e for e in self.known[rng.choice(self.places)] if e not in self.known[p]]

    def tell(self, place, name, about, **body):
        self.now += self.rng.choice([60000, HOUR, 5 * HOUR])
        incarnation, parents = place.ljust(16, b"n"), []
        for key in (oracle.key_of(self.things[i]) for i in about):
            heard = [entry for entry in self.known[place] if key in entry.things]
            own = [entry for entry in heard if entry.ref[0] == incarnation]
            parents += [entry.ref for entry in oracle.Set(heard).history(key)[-1:] + own[-1:]]
        seq = 1 + sum(1 for row in self.rows if row[:16] == incarnation)
        event = {"hlc": self.now << 16, "place": place, "body": (name, body),
                 "parents": [dict(zip(("incarnation", "seq", "leaf"), ref)) for ref in dict.fromkeys(parents)]}
        self.rows.append(oracle.ref_bytes((incarnation, seq, len(self.rows) + 1)) + wire.encode("Event", event))
        self.known[place].append(oracle.entry_of(self.rows[-1]))

    def live(self, i):
        """The next thing that really happens to thing i."""
        rng, one = self.rng, self.things[i]
        what, *where = self.really[i]
        here = where[0] if where else None
        if what == "in the bag" and self.really[BAG][0] == "at":
            self.really[i] = self.really[BAG]
            return self.tell(self.really[BAG][1], "item_unpacked", [BAG, i], container=self.things[BAG], items=[one])
        if what == "at":
            act = rng.choice(["dispatched"] * 3 + ["delivered", "item_packed", "seen_at"])
            if act == "item_packed" and i != BAG and self.really[BAG] == self.really[i]:
                self.really[i] = ("in the bag",)
                return self.tell(here, act, [BAG, i], container=self.things[BAG], items=[one])
            if act == "delivered":
                self.really[i] = ("person", here)
                return self.tell(here, act, [i], things=[one])
            return self.leave(i, act, here) if act == "dispatched" else self.tell(here, "seen_at", [i], things=[one])
        if what == "road":
            cancelled = rng.random() < 0.15
            self.really[i] = ("at", here if cancelled else where[1])
            return self.tell(self.really[i][1], "transit_cancelled" if cancelled else "received", [i], things=[one])
        if what == "person":
            if rng.random() < 0.5:
                return self.leave(i, "collected", here)
            self.really[i] = ("at", here)
            return self.tell(here, "returned", [i], things=[one])
        return None

    def leave(self, i, name, here):
        to = self.rng.choice([p for p in self.places if p != here])
        self.really[i] = ("road", here, to)
        self.tell(here, name, [i], things=[self.things[i]], to=to)

    def wrong(self):
        """What the fold has otherwise than it really is, or None."""
        state = oracle.State([oracle.entry_of(row) for row in self.rows])
        for i, one in enumerate(self.things):
            thing = state.things[oracle.key_of(one)]
            folded = {oracle.AT: ("at", thing.place), oracle.TRANSIT: ("road", thing.place, thing.to), oracle.PERSON: ("person", thing.place),
                      oracle.INSIDE: ("in the bag",)}[thing.custody]
            replayed = oracle.Thing(thing.key)
            for step in state.histories[thing.key]:
                replayed.apply(step, step.entry.things[thing.key])
                if replayed.conflict:
                    return "thing %d: a conflict at %s" % (i, step.entry.name)
            if folded != self.really[i]:
                return "thing %d is %s, folded %s" % (i, self.really[i], folded)
        return None


def outcomes(seeds):
    """[(seed, what is wrong)]"""
    found = ((seed, World(seed, 10 + seed % 40).wrong()) for seed in seeds)
    return [(seed, wrong) for seed, wrong in found if wrong]
