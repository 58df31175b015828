# SPDX-License-Identifier: Apache-2.0
"""Random sets of events, from a seed: small networks with few things, so that histories get tangled.

usage: generate.py FIRST-SEED SETS FILE        (format of FILE: oracle.py)

Each node records what it plausibly might, mostly at its own place, and what it should not have; its parents are what it had heard of by
then, through partial gossip. Clocks differ, jump, and tie. Then there are retractions, retractions of those, refusals, clock
corrections, references to the wrong entry and to none, things nobody registered, events that break the format, bodies of later versions.
"""
import random
import sys

sys.dont_write_bytecode = True
import admit  # noqa: E402
import wire   # noqa: E402

ITEM, BAG, CRATE, PLACE, RULE, NODE, ORDER, SLOT, ROUND = range(1, 10)
OPERATOR = 12
DAY_MS = 86400000
START_MS = 18300 * DAY_MS          # early 2020
MATERIALS = [b"Livre", b"DVD", b"BD"]
DATES = [b"", b"2020-02-29", b"2020-01-01", b"2019-12-31"]


class Made:
    """One entry as it was made: what the generator needs to remember of it."""

    def __init__(self, ref, event, data):
        self.ref, self.event, self.data = ref, event, data
        self.name, self.body = event.get("body", ("", {}))
        self.keys = {(t["kind"], t["id"]) for t in things_in(self.body)}
        self.salt, self.carrier = None, None        # carrier: (incarnation, seq) of the log that adopts it


class Node:
    def __init__(self, rng, place):
        self.incarnation, self.place, self.seq = rng.randbytes(16), place, 0
        self.known = []
        self.offset = rng.choice([0, 0, 0, rng.randrange(-3, 4) * 3600000, rng.randrange(-40, 40) * DAY_MS, -START_MS])
        self.boot, self.booted_ms = rng.getrandbits(64), START_MS
        self.child, self.adopted = None, 0          # of the branch that the hub does not hold: the log that adopts it


class World:
    def __init__(self, seed):
        self.rng = rng = random.Random(seed)
        self.now, self.made, self.carried = START_MS, [], 0
        tail = b"-" * 30 if rng.random() < 0.15 else b""        # codes and barcodes as long as they may be
        self.places = [b"P%d" % i + tail for i in range(rng.randint(2, 4))]
        self.nodes = [Node(rng, rng.choice(self.places)) for _ in range(rng.randint(1, 5))]
        self.hub = Node(rng, b"")
        self.hub.offset = 0
        self.items = [thing(ITEM, b"%04d" % i + tail * 2, rng.choice([b"ils", b"ils", b"b"])) for i in range(rng.randint(1, 4))]
        self.bags = [thing(BAG, b"S%d" % i + tail * 2) for i in range(rng.randint(1, 3))]
        self.crates = [thing(CRATE, b"C%d" % i + tail * 2) for i in range(rng.choice([0, 1, 1, 2]))]
        self.things = self.items + self.bags + self.crates
        self.gossip = rng.choice([0.05, 0.2, 0.6])
        self.focus = rng.choice([0, 0, 0.3, 0.8])       # how often the first thing of a kind is taken: one long history
        self.ties = rng.random() < 0.3
        self.tangle = rng.choice([0.1, 0.3, 0.7])       # how often a place other than its own, a thing that is not there...

    def chance(self, p):
        return self.rng.random() < p

    # ----------------------------------------------------------------------------------------------------------- entries

    def stamp(self, node):
        rng = self.rng
        self.now += rng.choice([0, 0, 1, 1000, 60000, 3600000, 8 * 3600000])
        if self.chance(0.03):
            node.offset += rng.choice([-1, 1]) * rng.choice([1, 5000, 3600000, DAY_MS, 400 * DAY_MS])
        if self.chance(0.03):
            node.boot, node.booted_ms = rng.getrandbits(64), self.now
        wall = max(self.now + node.offset, 0)
        if self.ties:
            wall -= wall % DAY_MS
        return wall << 16 | (1 if self.ties else rng.choice([0, 0, 1, 2, 65535]))

    def record(self, node, event, keys=None):
        rng = self.rng
        event.setdefault("hlc", self.stamp(node))
        event.update(boot=node.boot, boottime_ms=self.now - node.booted_ms, clock=rng.choice([0, 1]), operator=rng.choice([b"", b"OP1"]),
                     operation=rng.choice([0, rng.getrandbits(64)]))
        event["parents"] = self.parents(node, keys if keys is not None else {(t["kind"], t["id"]) for t in things_in(event["body"][1])})
        return self.add(node, event, wire.encode("Event", event))

    def add(self, node, event, data):
        node.seq += 1
        salt = self.rng.randbytes(32)
        made = Made((node.incarnation, node.seq, admit.leaf_of(salt, node.incarnation, node.seq, data)), event, data)
        made.salt = salt
        if node.child:
            node.adopted += 1
            made.carrier = (node.child, node.adopted)
        node.known.append(made)
        self.made.append(made)
        return made

    def ref(self, made, node):
        """How `node` writes a reference: now and then wrongly."""
        incarnation, seq, leaf = made.ref
        if self.chance(0.02):
            leaf ^= 1
        if self.chance(0.02):
            seq += 1000
        if incarnation == node.incarnation and self.chance(0.5):
            incarnation = b""
        return {"incarnation": incarnation, "seq": seq, "leaf": leaf}

    def parents(self, node, keys):
        parents = []
        for key in sorted(keys):
            known = [m for m in node.known if key in m.keys]
            if known and not self.chance(0.05):
                parents.append(known[-1])
            if len(known) > 1 and self.chance(0.1):
                parents.append(self.rng.choice(known))
        if node.known and self.chance(0.05):
            parents.append(self.rng.choice(node.known))
        return [self.ref(m, node) for m in parents]

    def hear(self):
        """Somebody hears from somebody: all, or the first part of what is new."""
        for node in self.nodes + [self.hub]:
            if self.chance(self.gossip):
                other = self.rng.choice(self.nodes + [self.hub])
                new = [m for m in other.known if m not in node.known]
                node.known += new if self.chance(0.7) else new[:self.rng.randint(0, len(new))]

    # ------------------------------------------------------------------------------------------------------------ bodies

    def here(self, node):
        return self.rng.choice(self.places) if not node.place or self.chance(self.tangle * 0.4) else node.place

    def elsewhere(self, place):
        return self.rng.choice([p for p in self.places if p != place])

    def some(self, among, most=3):
        if not among:
            return []
        return [dict(among[0] if self.chance(self.focus) else self.rng.choice(among)) for _ in range(self.rng.choice([1, 1, 1, 1, 2, most]))]

    def dispatch_ref(self, node, things, body):
        keys = {(t["kind"], t["id"]) for t in things}
        known = [m for m in node.known if m.keys & keys] if not self.chance(0.1) else node.known
        sent = [m for m in known if m.name in ("dispatched", "collected")]
        if sent and self.chance(0.5):
            body["dispatch"] = self.ref(self.rng.choice(sent), node)
        elif known and self.chance(0.1):
            body["dispatch"] = self.ref(self.rng.choice(known), node)
        elif self.chance(0.05):
            body["dispatch"] = {"incarnation": self.rng.randbytes(16), "seq": 7, "leaf": 9}
        return body

    def catalogue(self, node):
        rng = self.rng
        item, bag = dict(rng.choice(self.items)), dict(rng.choice(self.bags + self.crates))
        what = {"title": rng.choice([b"", b"Titre", "Été".encode()]), "call_number": rng.choice([b"", b"R DUP"]), "author": rng.choice([b"", b"", "Zoé".encode()]),
                "material": rng.choice(MATERIALS), "home": rng.choice(self.places)}
        if self.chance(0.2):
            what["extra"] = [{"key": b"995$x", "value": b"1"}]
        return rng.choice([
            ("item_registered", {"item": item, **what, "at": rng.choice([b"", b""] + self.places)}),
            ("item_registered", {"item": item, **what}),
            ("item_changed", {"item": item, **what}),
            ("item_withdrawn", {"item": item, "reason": 1}),
            ("bag_commissioned", {"bag": bag, "kind": rng.choice([b"bleu", b"rouge"]), "size": rng.choice([b"", b"L"]), "owner": rng.choice(self.places)}),
            ("bag_commissioned", {"bag": bag, "kind": b"bleu", "owner": rng.choice(self.places)}),
            ("bag_retired", {"bag": bag, "reason": 1})])

    def packing(self, node):
        rng = self.rng
        bag, crate = rng.choice(self.bags + self.crates), rng.choice(self.crates or [None])
        name = rng.choice(["item_packed"] * 5 + ["item_unpacked"] * 3 + ["bag_sealed", "bag_sealed", "bag_opened", "sealed_deposit"]
                          + ["crate_loaded", "crate_loaded", "crate_unloaded"] * bool(crate))
        if name.startswith("item"):
            body = {"container": dict(bag), "items": self.some(self.items)}
            return name, dict(body, order=self.order()) if name == "item_packed" and self.chance(0.3) else body
        if name.startswith("crate"):
            return name, {"crate": dict(crate), "bags": self.some(self.bags)}
        if name == "sealed_deposit":
            return name, {"container": dict(bag), "bags": 2, "items": 14, "seal": rng.choice([b"", b"0412"])}
        return name, {"bag": dict(bag), "seal": rng.choice([b"", b"0412", b"77"])}

    def movement(self, node, place):
        name = self.rng.choice(["dispatched"] * 6 + ["received"] * 5 + ["seen_on_reception", "refused", "transit_cancelled"])
        things = self.some(self.things)
        if name == "dispatched":
            return name, {"things": things, "to": self.elsewhere(place), "departed": self.rng.choice(DATES), "carrier": b"V1"}
        if name == "received":
            return name, self.dispatch_ref(node, things, {"things": things, "mode": self.rng.choice([0, 1, 2]), "slip": b"B1",
                                                          "from": self.rng.choice([b"", self.elsewhere(place)])})
        party = {"refused": "from", "transit_cancelled": "to"}.get(name)
        return name, self.dispatch_ref(node, things, {"things": things, **({party: self.elsewhere(place)} if party and self.chance(0.5) else {})})

    def order(self):
        return thing(ORDER, self.rng.choice([b"o1", b"o1", b"o2"]))

    def ordering(self, node):
        rng = self.rng
        name = rng.choice(["placed"] * 4 + ["changed", "changed", "prepared", "prepared", "staged", "handed_over", "cancelled", "no_show", "unmet", "unmet"])
        body = {"order": self.order()}
        if name in ("placed", "changed", "unmet") and self.chance(0.6):
            body["items"] = self.some(self.items)
        if name in ("placed", "changed") and self.chance(0.7):
            body["pickup"] = rng.choice(self.places)
        if name == "placed":
            body["channel"] = 2
            if self.chance(0.3):
                body["person"] = {"key_id": bytes(16), "nonce": bytes(24), "ciphertext": rng.randbytes(80)}
        if name in ("prepared", "handed_over") and self.chance(0.5):
            body["bags"] = self.some(self.bags)
        return "order_" + name, body

    def telling(self, node):
        """What a library system was told: no part of the state, whatever it names."""
        known = self.rng.choice(node.known) if node.known else None
        line = {"event": self.ref(known, node) if known else {"seq": 7}, "item": dict(self.rng.choice(self.items)), "act": self.rng.choice([1, 2])}
        if self.chance(0.5):
            return "ils_exported", {"day": b"2020-04-17", "file": b"f.koc", "lines": [line]}
        return "ils_answered", {"lines": [line, line], "refused": self.rng.choice([0, 1]), "reason": 80}

    def service(self, place):
        name = self.rng.choice(["delivered", "delivered", "delivery_failed", "returned", "collected", "collected", "dropped"])
        body = {"things": self.some(self.things)}
        if name in ("delivered", "delivery_failed") and self.chance(0.4):
            body["order"] = self.order()
        if name == "collected":
            body["to"] = self.elsewhere(place)
        return name, body

    def knowledge(self):
        name = self.rng.choice(["seen_at"] * 4 + ["count_line", "count_closed", "count_closed", "declared_lost", "found", "phone_report",
                                "phone_said", "phone_said", "phone_counted"])
        if name == "phone_report":
            return name, {"reporter": self.rng.choice(self.places), "bags": 2, "speaker": b"BENEVOLE"}
        if name == "phone_said":
            return name, {"reporter": self.rng.choice(self.places), "things": self.some(self.things), "claim": self.rng.choice([1, 2, 3]), "said_ms": 7}
        if name == "phone_counted":
            return name, {"reporter": self.rng.choice(self.places), "slip": b"12", "party": 3, "bags": 2, "counted": 2}
        if name == "count_closed":
            return name, {"count": bytes(16), "missing": self.some(self.things)}
        return name, dict({"things": self.some(self.things)}, **({"count": bytes(16)} if name == "count_line" else {}))

    def trading(self, node, place):
        """Counts of hand-overs in figures, bags without a tag."""
        rng = self.rng
        pools = [{"kind": rng.choice([b"toile", b"toile", b"kraft"]), "count": rng.randint(1, 4)}]
        name = rng.choice(["handover_counted"] * 4 + ["pool_commissioned", "dispatched", "dispatched", "received", "received", "delivered", "returned", "collected"])
        if name == "handover_counted":
            body = {"slip": rng.choice([b"H-1", b"H-1", b"H-2"]), "party": rng.choice([1, 2, 3]), "counted": rng.choice([0, 2, 4, 6, 8, 10])}
            body.update(crates=rng.choice([0, 0, 1]), bags=rng.choice([1, 2, 2]), items=rng.choice([3, 4]), peer=rng.choice([b"", self.elsewhere(place)]))
            return name, dict(body, pools=pools) if self.chance(0.5) else body
        if name == "pool_commissioned":
            return name, {"kind": pools[0]["kind"], "count": rng.choice([6, 3, -2]), "reason": rng.choice([0, 6, 40])}
        body = {"pools": pools}
        if name in ("dispatched", "collected"):
            body["to"] = self.elsewhere(place)
        if name == "received":
            body["from"] = rng.choice([b"", self.elsewhere(place)])
        if name in ("dispatched", "received") and self.chance(0.5):
            body["slip"] = rng.choice([b"B1", b"B2"])
        return name, body

    def other(self, node):
        rng = self.rng
        member = thing(NODE, rng.choice([b"0" * 32, b"a" * 32]))
        rights = {"node": member, "places": [rng.choice(self.places)], "role": 1, "scope": rng.choice([1, 2])}
        return rng.choice([
            ("place_declared", {"place": thing(PLACE, rng.choice(self.places)), "name": b"Nom", "kind": 1, "tz": b"CET-1CEST,M3.5.0,M10.5.0/3"}),
            ("rule_decided", {"rule": thing(RULE, b"R1"), "kind": 1, "duration_s": 259200}),
            ("node_enrolled", dict(rights, curve_key=bytes(32), sign_key=bytes(32))),
            ("rights_granted", dict(rights, epoch=2)),
            ("node_revoked", {"node": member, "reason": 60}),
            ("node_rekeyed", {"node": member, "curve_key": bytes(32), "sign_key": bytes(32), "incarnation": node.incarnation, "from_seq": 4,
                              "previous": bytes(32), "signature": bytes(64), "proof": bytes(64)}),
            ("frontier_noted", {"node": member, "frontier": {"incarnation": node.incarnation, "seq": 3, "signature": bytes(64)}}),
            ("incarnation_started", {"node": member, "incarnation": rng.randbytes(16)}),
            ("operator_decided", {"operator": dict(thing(OPERATOR, rng.choice([b"AG-1", b"AG-2"])), namespace=rng.choice([node.place, rng.choice(self.places)])),
                                  "ended": rng.choice([0, 1]), "pin_epoch": rng.getrandbits(64)}),
            ("operator_rule_decided", {"rule": thing(RULE, b"R1"), "place": rng.choice(self.places), "need": 3, "idle_s": 900}),
            ("key_erased", {"subject": thing(ORDER, rng.choice([b"C-1", b"C-2"])), "keys": [rng.randbytes(16)], "reason": 116}),
            ("key_gone", {"keys": [rng.randbytes(16)]}),
            ("recovery_key_changed", {"key": rng.randbytes(32)}),
            ("clone_found", {"node": member}),
            ("clone_chosen", {"node": member, "claimant": rng.randbytes(16)}),
            ("handover_counted", {"round": thing(ROUND, b"T1"), "stop": 1, "direction": 1, "party": 1, "bags": 2}),
            ("operation_closed", {"kind": 1, "recorded": 3}),
            ("operation_closed", {"kind": 4, "mode": 2, "slip": b"B1", "peer": rng.choice(self.places), "container": dict(self.bags[0])}),
            ("swap_confirmed", {"shortage": bytes(32), "overage": bytes(32)}),
            ("swap_rejected", {"shortage": bytes(32), "overage": rng.randbytes(32)}),
            ("handover_paired", {"count": {"incarnation": node.incarnation, "seq": 1, "leaf": 1}, "slip": b"B2"}),
            ("discrepancy_settled", {"discrepancy": bytes(32), "reason": 61}),
            ("isolation_started", {"things": self.some(self.things), "zone": b"Z"}),
            ("slot_booked", {"slot": thing(SLOT, b"s"), "order": thing(ORDER, b"o")}),
            ("message_sent", {"order": thing(ORDER, b"o"), "message": bytes(16)})])

    def correction(self, node, place):
        """(place, body): most work, some come from the wrong place."""
        rng = self.rng
        known = node.known
        if not known or self.chance(0.2):
            return place, ("clock_corrected", {"boot": rng.choice([node.boot, node.boot, node.boot, 0, 5]),
                                               "wall_minus_boot_ms": node.booted_ms + rng.choice([0, 0, 1, -DAY_MS, 40 * DAY_MS, -START_MS * 2])})
        corrections = [m for m in known if m.name in ("retracted", "event_refused", "event_admitted", "clock_corrected")]
        target = rng.choice(corrections) if corrections and self.chance(0.4) else rng.choice(known[-6:] if self.chance(0.5) else known)
        body = {"target": self.ref(target, node), "reason": rng.choice([30, 31])}
        refusals = [m for m in known if m.name == "event_refused"]
        if refusals and self.chance(0.25):
            return b"" if self.chance(0.8) else place, ("event_admitted", {"refusal": self.ref(rng.choice(refusals if self.chance(0.9) else known), node)})
        if self.chance(0.25):
            return b"" if self.chance(0.8) else place, ("event_refused", dict(body, reason=51))
        if body["reason"] == 31 and self.chance(0.5):
            body["replacement"] = self.ref(rng.choice(known), node)
        return rng.choice([target.event.get("place", b"")] * 6 + [b"", place]), ("retracted", body)

    def malformed(self, node, place):
        """Events that break the format, or are of a later version: none may take part."""
        rng = self.rng
        item, bag, crate = dict(self.items[0]), dict(self.bags[0]), thing(CRATE, b"C0")
        to = self.elsewhere(place)
        body = rng.choice([
            ("received", {"things": [bag], "from": b"no place"}),
            ("dispatched", {"things": [bag], "to": to, "departed": b"2021-02-29"}),
            ("dispatched", {"things": [bag], "to": place}),
            ("dispatched", {"things": [bag]}),
            ("dispatched", {"things": [], "to": to}),
            ("collected", {"things": [item], "to": place}),
            ("received", {"things": [thing(PLACE, place)]}),
            ("received", {"things": [{"namespace": b"ils", "id": b"0001"}]}),
            ("received", {"things": [thing(ITEM, b"")]}),
            ("received", {"things": [thing(ITEM, b"x" * 65)]}),
            ("received", {"things": [thing(ITEM, b"\xff\xfe")]}),
            ("received", {"things": [thing(ITEM, b"00\x00001", b"ils")]}),
            ("received", {"things": [thing(99, b"1")]}),
            ("received", {"things": [thing(ITEM, b"%d" % i) for i in range(65)]}),
            ("item_packed", {"container": bag, "items": [bag]}),
            ("item_packed", {"container": item, "items": [item]}),
            ("item_packed", {"container": bag, "items": []}),
            ("item_packed", {"items": [item]}),
            ("crate_loaded", {"crate": crate, "bags": [crate]}),
            ("crate_loaded", {"crate": bag, "bags": [bag]}),
            ("bag_sealed", {"bag": item}),
            ("bag_sealed", {"bag": bag, "seal": b"s" * 65}),
            ("item_registered", {"item": item, "material": b"Livre"}),
            ("item_registered", {"item": bag, "home": place}),
            ("item_registered", {"item": item, "home": place, "material": b"m" * 49}),
            ("item_registered", {"item": item, "home": b"p" * 33}),
            ("bag_commissioned", {"bag": bag, "kind": b"bleu"}),
            ("bag_commissioned", {"bag": bag, "kind": b"k" * 49, "owner": place}),
            ("retracted", {"reason": 30}),
            ("retracted", {"target": {"incarnation": b"short", "seq": 1, "leaf": 1}, "reason": 30}),
            ("place_declared", {"place": bag}),
            ("seen_at", {"things": [thing(ORDER, b"o")]}),
            ("order_placed", {"items": [item]}),
            ("order_placed", {"order": thing(ORDER, b"o1"), "items": [bag]}),
            ("order_placed", {"order": thing(ORDER, b"o1"), "pickup": b"no place"}),
            ("order_placed", {"order": thing(ORDER, b"o1"), "person": {"key_id": bytes(15), "nonce": bytes(24), "ciphertext": bytes(16)}}),
            ("order_cancelled", {"order": item}),
            ("ils_exported", {"day": b"2020-04-17", "lines": []}),
            ("ils_exported", {"day": b"2020-02-30", "lines": [{"event": {"seq": 1}, "item": item, "act": 1}]}),
            ("ils_answered", {"lines": [{"event": {"seq": 1}, "item": bag, "act": 1}]}),
            ("swap_confirmed", {"shortage": bytes(31), "overage": bytes(32)}),
            ("handover_paired", {"slip": b"B2"}),
            ("operation_closed", {"kind": 1, "peer": b"no place"}),
            ("seen_on_reception", {"things": [bag], "slip": b"s" * 65}),
            ("pool_commissioned", {"kind": b"toile", "count": 0}),
            ("ils_answered", {"lines": [{"event": {"seq": 1}, "item": item}]})])
        event = {"hlc": self.stamp(node), "place": place, "body": body, "boot": node.boot}
        data = wire.encode("Event", event)
        if self.chance(0.4):
            good = wire.encode("Event", {"hlc": self.stamp(node), "place": place, "body": ("received", {"things": [bag]})})
            data = rng.choice([b"", b"\xff" * 9, rng.randbytes(40), good[:-1], good[:len(good) // 2], good[:rng.randint(1, len(good))],
                               wire.encode("Event", {"hlc": 5, "place": place}),
                               wire.encode("Event", {"place": place}) + wire.varint(19 << 3 | 2) + b"\x02\x08\x01",
                               good + wire.varint(400 << 3 | 2) + b"\x03abc"])       # the last is well-formed, with a field not known yet
        elif node.known and self.chance(0.4):
            data = self.damage(rng.choice(node.known).data)
        made = self.add(node, event, data)
        made.keys = set()

    def damage(self, data):
        """A byte or two changed, dropped or added: often malformed, sometimes another event altogether."""
        data = bytearray(data)
        for _ in range(self.rng.choice([1, 1, 2])):
            at = self.rng.randrange(len(data) + 1)
            data[at:at + self.rng.randint(0, 2)] = self.rng.choice([b"", bytes([self.rng.choice([0, 1, 2, 0x7f, 0x80, 0xff])])])
        return bytes(data)

    def quarrel(self):
        """Retractions of retractions, past the depth at which a chain is cut."""
        node = self.rng.choice(self.nodes)
        target = self.rng.choice(node.known) if node.known else None
        for _ in range(self.rng.choice([3, 5, 17, 18]) if target else 0):
            place = target.event.get("place", b"")
            target = self.record(node, {"place": place, "body": ("retracted", {"target": dict(zip(("incarnation", "seq", "leaf"), target.ref))})})

    def fork(self):
        """A node's store is put back and written on: its log has two ends from here."""
        node = self.rng.choice(self.nodes)
        twin = Node(self.rng, node.place)
        twin.incarnation, twin.seq, twin.known, twin.offset = node.incarnation, node.seq, list(node.known), node.offset
        if self.chance(0.5):
            twin.boot, twin.booted_ms = node.boot, node.booted_ms
        twin.child = self.rng.randbytes(16)
        self.nodes.append(twin)

    def rows_of(self, made):
        """As it stands in a log; one that is adopted stands inside another, now and then twice, or wrongly."""
        rng = self.rng
        own = [made.ref + (made.data,)]
        if made.carrier is None and not (made.data and self.chance(0.01)):
            return own
        self.carried += 1
        incarnation, seq = made.carrier or (b"other log adopts", self.carried)
        ref = dict(zip(("incarnation", "seq", "leaf"), made.ref))
        wrong = rng.choice(["", "", "", "", "", "", "", "leaf", "salt", "place", "nested"])
        body = {"original": dict(ref, leaf=ref["leaf"] ^ (wrong == "leaf")), "salt": rng.randbytes(32) if wrong == "salt" else made.salt, "event": made.data}
        event = {"hlc": self.stamp(self.hub), "place": b"no place" if wrong == "place" else made.event.get("place", b""), "body": ("adopted", body)}
        data = wire.encode("Event", event)
        if wrong == "nested":
            inside = admit.leaf_of(made.salt, incarnation, seq, data)
            data = wire.encode("Event", dict(event, body=("adopted", {"original": {"incarnation": incarnation, "seq": seq, "leaf": inside}, "salt": made.salt, "event": data})))
        rows = [(incarnation, seq, rng.getrandbits(64), data)]
        if wrong == "" and self.chance(0.1):
            rows.append((b"a second adopter", self.carried, rng.getrandbits(64), data))
        return rows if made.carrier else own + rows

    # -------------------------------------------------------------------------------------------------------------- story

    def opening(self):
        """What is known before the day begins: most things are registered, some late, some never."""
        for one in self.things:
            if self.chance(0.75):
                node = self.rng.choice(self.nodes)
                if one["kind"] == ITEM:
                    body = ("item_registered", {"item": dict(one), "material": self.rng.choice(MATERIALS), "home": node.place, "title": b"T"})
                else:
                    body = ("bag_commissioned", {"bag": dict(one), "kind": b"bleu", "owner": node.place, "size": b"M"})
                self.record(node, {"place": node.place, "body": body})

    def act(self):
        rng = self.rng
        node = self.hub if self.chance(0.08) else rng.choice(self.nodes)
        place = self.here(node)
        kind = rng.choices(["catalogue", "packing", "movement", "service", "knowledge", "correction", "other", "malformed", "ordering", "telling", "trading"],
                           [6, 22, 30, 10, 10, 14, 4, 4, 8, 2, 14])[0]
        if kind == "malformed":
            return self.malformed(node, place)
        if kind == "correction":
            place, body = self.correction(node, place)
        elif kind in ("movement", "trading"):
            body = getattr(self, kind)(node, place)
        elif kind == "service":
            body = self.service(place)
        elif kind == "knowledge":
            body = self.knowledge()
        else:
            body = getattr(self, kind)(node)
        keys = None
        if body[0] in ("retracted", "event_refused", "event_admitted") and self.chance(0.5):
            keys = {key for m in node.known[-3:] for key in m.keys}
        return self.record(node, {"place": place, "body": body}, keys)

    def state(self):
        """What the hub notes of logs: mostly in the order in which they were made, of ends that it may not hold yet."""
        rng = random.Random(self.now ^ len(self.made))
        names = {node.incarnation: b"%032x" % at for at, node in enumerate(self.nodes)}
        for _ in range(rng.choice([0, 0, 3, 8])):
            node = rng.choice(self.nodes)
            self.now += rng.choice([0, 60000, 3600000])
            frontier = {"incarnation": node.incarnation, "seq": rng.randint(0, node.seq + 1), "hub_cursor": 1,
                        "hub_time_ms": START_MS + rng.randrange(self.now - START_MS + 1), "signature": bytes(64)}
            event = {"hlc": (self.now << 16), "place": b"", "body": ("frontier_noted", {"node": thing(NODE, names[node.incarnation]), "frontier": frontier})}
            self.add(self.hub, event, wire.encode("Event", event))

    def journey(self):
        """A chain of events that belong together, each told by the node of its place, heard of by the next one or not."""
        rng = self.rng
        one = dict(rng.choice(self.things))
        at = {p: [n for n in self.nodes if n.place == p] or [rng.choice(self.nodes)] for p in self.places}
        p = rng.choice(self.places)
        q = self.elsewhere(p)
        steps = [(p, ("dispatched", {"things": [one], "to": q})), (q, ("received", {"things": [one]}))]
        if one["kind"] != ITEM and self.chance(0.6):
            item = dict(rng.choice(self.items))
            steps = [(p, ("item_packed", {"container": one, "items": [item]})), (p, ("bag_sealed", {"bag": one, "seal": b"1"}))] + steps
            steps += [(q, ("bag_opened", {"bag": one})), (q, ("item_unpacked", {"container": one, "items": [item]}))]
        if self.chance(0.5):
            steps += [(q, ("delivered", {"things": [one]})), (q, ("collected", {"things": [one], "to": p})), (p, ("received", {"things": [one]}))]
        for place, body in steps:
            if not self.chance(0.12):
                self.record(rng.choice(at[place]), {"place": place, "body": body})
            self.hear()


def thing(kind, name, space=b""):
    return {"kind": kind, "namespace": space if kind == ITEM else b"", "id": name}


def things_in(body):
    for value in body.values():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict) and "kind" in one and "id" in one:
                yield one


def make(seed):
    """A moment somewhere in the middle, and the rows of one set in the order in which they were made."""
    world = World(seed)
    size = world.rng.choice([world.rng.randint(5, 20), world.rng.randint(20, 60), world.rng.randint(20, 60), world.rng.randint(60, 120)])
    world.opening()
    while len(world.made) < size:
        if world.chance(0.15):
            world.journey()
        elif world.chance(0.005):
            world.quarrel()
        elif world.chance(0.01):
            world.fork()
        else:
            world.act()
        world.hear()
    moment = START_MS + world.rng.randrange(world.now - START_MS + 1)
    rows = [row for made in world.made[:120] for row in world.rows_of(made)]
    told = len(world.made)
    world.state()
    rows += [made.ref + (made.data,) for made in world.made[told:]]
    return moment, [inc + seq.to_bytes(8, "big") + leaf.to_bytes(8, "big") + data for inc, seq, leaf, data in rows]


def write_set(file, seed, moment, rows):
    for row in [seed.to_bytes(8, "big") + moment.to_bytes(8, "big")] + rows:
        file.write(len(row).to_bytes(4, "big") + row)


def write(path, seeds):
    with open(path, "wb") as file:
        for seed in seeds:
            write_set(file, seed, *make(seed))


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    write(sys.argv[3], range(int(sys.argv[1]), int(sys.argv[1]) + int(sys.argv[2])))
