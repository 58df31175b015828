#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The fold once more, naively: from design and core/fold/FOLD.md alone, sharing no code with core/.

usage: oracle.py [--dump] [--only SEED] FILE

FILE holds sets of entries, as rows: u32 length, then bytes. A row of 16 bytes begins a set: its seed, and a moment to look back at, in ms; any
other is an entry: incarnation 16, seq 8, leaf 8, event bytes. All big-endian. For each set prints

    set SEED entries N digest HEX counters HEX histories HEX moment HEX found HEX

and with --dump before it every row of the state, as tests/oracle/orders prints them too:

    record KEY BYTES | label KEY BYTES | counter CELL VALUE | history KEY REF... | finding ...     (hexadecimal; findings.py)

Everything is computed from the whole set, again at each question; nothing is kept by difference. Numbers in brackets are FOLD.md's chapters.
"""
import collections
import copy
import datetime
import hashlib
import sys

sys.dont_write_bytecode = True
import admit  # noqa: E402
import findings  # noqa: E402
import wire   # noqa: E402

ITEM, BAG, CRATE, PLACE, RULE, NODE, ORDER = 1, 2, 3, 4, 5, 6, 7
OPERATOR = 12
NONE, AT, TRANSIT, PERSON, INSIDE = 0, 1, 2, 3, 4                   # custody
NORMAL, MISSING, LOST, WITHDRAWN = 0, 1, 2, 3                       # condition
SUBJECT, CONTAINER, MISSED, FOR_ORDER = "subject", "container", "missing", "for order"      # how an event concerns a thing
UNKNOWN, SHELF, IN_CONTAINER, IN_TRANSIT, WITH_PERSON = 0, 1, 3, 4, 5
STATE_MISSING, STATE_LOST, STATE_WITHDRAWN, CLEAN, PACKED = 8, 9, 11, 12, 13
DAY_MS = 86400000
DEPTH = 16


class Entry:
    def __init__(self, incarnation, seq, leaf, data):
        self.ref = (incarnation, seq, leaf)
        self.event = admit.read(data)         # None: refused or parked
        if self.event is None:
            return
        self.hlc = self.event.get("hlc", 0)
        self.place = self.event.get("place", b"")
        self.name, self.body = self.event["body"]
        self.things = concerned(self.name, self.body)       # thing key -> part
        self.parents = [self.points(ref) for ref in self.event.get("parents", [])]
        self.target = self.points(self.body.get("refusal" if self.name == "event_admitted" else "target", {}))
        self.dispatch = self.points(self.body.get("dispatch", {}))
        self.order = (self.hlc, incarnation, seq, leaf)

    def points(self, ref):
        return (ref.get("incarnation", b"") or self.ref[0], ref.get("seq", 0), ref.get("leaf", 0))


# ------------------------------------------------------------------------------------------------------------- things [2]

def key_of(thing):
    return bytes([thing.get("kind", 0)]) + thing.get("namespace", b"") + b"\0" + thing.get("id", b"") + b"\0"


def named(name, body):
    """(thing, part) as the body names them, container first, the order that it is done for last."""
    done_for = [(body["order"], FOR_ORDER)] if "order" in body and name in ("item_packed", "delivered", "delivery_failed") else []
    return subjects(name, body) + done_for


def subjects(name, body):
    if name.startswith("order_"):
        return [(body["order"], SUBJECT)]
    if name in ("item_packed", "item_unpacked"):
        return [(body["container"], CONTAINER)] + [(x, SUBJECT) for x in body["items"]]
    if name in ("crate_loaded", "crate_unloaded"):
        return [(body["crate"], CONTAINER)] + [(x, SUBJECT) for x in body["bags"]]
    if name == "count_closed":
        return [(x, MISSED) for x in body.get("missing", [])]
    if name in ("item_registered", "item_changed", "item_withdrawn"):
        return [(body["item"], SUBJECT)]
    if name in ("bag_commissioned", "bag_retired", "bag_sealed", "bag_opened"):
        return [(body["bag"], SUBJECT)]
    if name == "sealed_deposit":
        return [(body["container"], SUBJECT)]
    if name == "place_declared":
        return [(body["place"], SUBJECT)]
    if name in ("rule_decided", "operator_rule_decided"):
        return [(body["rule"], SUBJECT)]
    if name == "key_erased":
        return [(body["subject"], SUBJECT)]
    if name == "operator_decided":
        return [(body["operator"], SUBJECT)]
    if name in ("node_enrolled", "rights_granted", "node_revoked", "node_rekeyed", "incarnation_started"):
        return [(body["node"], SUBJECT)]
    return [(x, SUBJECT) for x in body.get("things", [])]


def concerned(name, body):
    things = {}
    for thing, part in named(name, body):
        things.setdefault(key_of(thing), part)
    return things


# ----------------------------------------------------------------------------------------------------------- the set [1]

class Set:
    def __init__(self, entries):
        self.all = {}
        for entry in entries:
            self.all.setdefault(entry.ref, entry)
        self.entries = [entry for entry in self.all.values() if entry.event is not None]
        self.by_ref = {entry.ref: entry for entry in self.entries}
        self.gone = {entry for entry in self.entries if self.absent(entry, 0)}
        self.things = sorted({key for entry in self.entries for key in entry.things})

    def absent(self, entry, depth):
        if depth == DEPTH:
            return False
        return any(self.takes_away(other, entry) and not self.absent(other, depth + 1) for other in self.entries)

    @staticmethod
    def takes_away(other, entry):
        if other.target != entry.ref or (entry.name == "event_refused") != (other.name == "event_admitted"):
            return False
        if other.name == "retracted":
            return entry.name != "event_admitted" and other.place in (entry.place, b"")
        return other.name in ("event_refused", "event_admitted") and entry.name != "event_admitted" and other.place == b""

    def time(self, entry):
        boot = entry.event.get("boot", 0)
        corrections = [c for c in self.entries if c.name == "clock_corrected" and c not in self.gone
                       and c.ref[0] == entry.ref[0] and c.body.get("boot", 0) == boot]
        if not corrections:
            return entry.hlc >> 16
        last = max(corrections, key=lambda c: (c.hlc, c.ref[1], c.ref[2]))
        time = entry.event.get("boottime_ms", 0) + last.body.get("wall_minus_boot_ms", 0)
        return min(max(time, 0), 2 ** 48 - 1)

    def history(self, key):
        """The entries that concern a thing, in their order [2, 3]."""
        return in_order(self, key, [e for e in self.entries if key in e.things and e not in self.gone])


# --------------------------------------------------------------------------------------------- order inside a history [3]

def parents_inside(whole, entry, key):
    """Its parents that concern the thing; those of an absent one stand for it."""
    found, seen, open_refs = set(), set(), list(entry.parents)
    while open_refs:
        ref = open_refs.pop()
        parent = whole.by_ref.get(ref)
        if parent is None or ref in seen or key not in parent.things:
            continue
        seen.add(ref)
        if parent in whole.gone:
            open_refs += parent.parents
        else:
            found.add(parent)
    return found


ROWS = {"received": 1, "seen_on_reception": 1, "refused": 1, "transit_cancelled": 2, "delivered": 3, "delivery_failed": 3, "returned": 4,
        "collected": 4, "item_unpacked": 5, "crate_unloaded": 5, "bag_opened": 6, "dispatched": 7}


def row_of(entry, key):
    row = ROWS.get(entry.name)
    return None if row == 7 and key[0] not in (BAG, CRATE) else row


def container_of(entry):
    return next(key for key, part in entry.things.items() if part == CONTAINER)


def contents_of(entry):
    return {key for key, part in entry.things.items() if part == SUBJECT}


def can_explain(x, e, key):
    row, p = row_of(e, key), e.place
    if row == 1:
        return x.name in ("dispatched", "collected") and x.body.get("to", b"") == p
    if row == 2:
        return x.name in ("dispatched", "collected") and x.place == p
    if row == 3:
        return x.name == "received" and x.place == p
    if row == 4:
        return x.name == "delivered" and x.place == p
    if row == 5:
        if x.name not in ("item_packed", "crate_loaded") or container_of(x) != container_of(e):
            return False
        return key != container_of(e) or bool(contents_of(x) & contents_of(e))
    if row == 6:
        return x.name == "bag_sealed"
    if row == 7:
        return x.name == "bag_sealed" and x.place == p
    return False


def share_key(x, e, key):
    """Have they the same explained key? In a container's history, only when they name a common content."""
    row = row_of(e, key)
    if row is None or row_of(x, key) != row or x.place != e.place:
        return False
    if row == 5:
        return container_of(x) == container_of(e) and (key != container_of(e) or bool(contents_of(x) & contents_of(e)))
    return True


def ancestors(e, parents):
    found, left = set(), [e]
    while left:
        new = parents[left.pop()] - found
        found |= new
        left += new
    return found


def in_order(whole, key, history):
    refs = {e.ref: e for e in history}
    parents = {e: parents_inside(whole, e, key) for e in history}
    pointed = {e: refs.get(e.dispatch) for e in history}
    before = {e: ancestors(e, parents) for e in history}
    explanations = {e: [x for x in history if x is not e and e not in before[x] and can_explain(x, e, key)] for e in history}
    placed, position = [], {}

    def waits(e):
        if pointed[e] is not None and pointed[e] is not e:
            return pointed[e] not in position
        if all(x in position for x in explanations[e]):
            return False
        last = max((position[y] for y in placed if share_key(y, e, key)), default=-1)
        return not any(x in position and position[x] > last for x in explanations[e])

    while len(placed) < len(history):
        left = [e for e in history if e not in position]
        ready = [e for e in left if all(p in position for p in parents[e])] or left
        if ready is not left:
            ready = [e for e in ready if not waits(e)] or ready
        chosen = min(ready, key=lambda e: e.order)
        position[chosen] = len(placed)
        placed.append(chosen)
    return placed


# --------------------------------------------------------------------------------------------------- custody machine [4]

class Thing:
    def __init__(self, key):
        self.key, self.kind = key, key[0]
        self.registered, self.custody, self.condition, self.conflict = 0, NONE, NORMAL, 0
        self.sealed, self.seal = 0, b""
        self.place, self.to, self.container = b"", b"", b""
        self.since, self.day, self.cause = 0, 0, (bytes(16), 0, 0)
        self.material, self.home = b"", b""
        self.title, self.author, self.call_number, self.size = b"", b"", b"", b""
        self.lines = {}

    def moves(self, step, custody, place=b"", to=b"", container=b"", day=0, conflict=False):
        self.custody, self.place, self.to, self.container = custody, place, to, container
        self.day, self.conflict = day, int(conflict)
        self.since, self.cause = step.time, step.entry.ref
        self.see()

    def see(self):
        if self.condition in (MISSING, LOST):
            self.condition = NORMAL

    def contradicts(self, place, container=b""):
        if self.custody == AT:
            return self.place != place
        if self.custody == TRANSIT:
            return self.to != place
        return self.custody == INSIDE and self.container != container

    def is_packed(self):
        return int(self.kind != ITEM and bool(self.sealed or self.lines))

    def apply(self, step, part):
        name, body, p = step.entry.name, step.entry.body, step.entry.place
        container = container_of(step.entry) if name in ("item_packed", "item_unpacked", "crate_loaded", "crate_unloaded") else b""
        if name in ("item_registered", "item_changed"):
            self.registered, self.material, self.home = 1, body.get("material", b""), body.get("home", b"")
            self.title, self.author, self.call_number = (body.get(field, b"") for field in ("title", "author", "call_number"))
        if name == "bag_commissioned":
            self.registered, self.material, self.home = 1, body.get("kind", b""), body.get("owner", b"")
            self.size = body.get("size", b"")
        if name in ("item_registered", "bag_commissioned"):
            if self.condition == WITHDRAWN:
                self.condition = NORMAL
            if self.custody == NONE:
                self.moves(step, AT, (body.get("at") or self.home) if name == "item_registered" else p)
        elif name in ("item_withdrawn", "bag_retired"):
            self.condition = WITHDRAWN
        elif name in ("item_packed", "crate_loaded") and part == SUBJECT:
            already = self.custody == INSIDE and self.container == container
            self.moves(step, INSIDE, container=container, conflict=not already and self.contradicts(p))
        elif name in ("item_unpacked", "crate_unloaded") and part == SUBJECT:
            self.moves(step, AT, p, conflict=self.contradicts(p, container))
        elif part == CONTAINER or name in ("bag_sealed", "bag_opened", "sealed_deposit"):
            self.see()
            if self.custody == AT and self.place == p:
                self.conflict = 0
            elif self.custody != INSIDE:
                self.moves(step, AT, p, conflict=self.contradicts(p))
            if name == "bag_sealed":
                self.sealed, self.seal = 1, body.get("seal", b"")
            if name == "sealed_deposit":
                self.seal = body.get("seal", b"")
                self.sealed = int(self.seal != b"")
            if name == "bag_opened":
                self.sealed, self.seal = 0, b""
        elif name in ("dispatched", "collected"):
            day = days_of(body.get("departed", b"")) if name == "dispatched" else None
            self.moves(step, TRANSIT, p, body["to"], day=step.time // DAY_MS if day is None else day, conflict=self.contradicts(p))
        elif name in ("received", "returned", "dropped", "found"):
            self.moves(step, AT, p)
        elif name == "seen_on_reception":
            self.see() if self.custody == INSIDE else self.moves(step, AT, p)
        elif name == "refused":
            if self.custody == TRANSIT:
                self.moves(step, TRANSIT, p, self.place, day=self.day)
        elif name == "transit_cancelled":
            if self.custody == TRANSIT and self.place == p:
                self.moves(step, AT, p)
        elif name == "delivered":
            self.moves(step, PERSON, p, conflict=self.contradicts(p))
        elif name in ("seen_at", "count_line"):
            if self.custody == INSIDE or self.custody == AT and self.place == p:
                self.see()
            else:
                self.moves(step, AT, p, conflict=self.contradicts(p))
        elif name == "count_closed":
            if self.condition == NORMAL:
                self.condition = MISSING
        elif name == "declared_lost":
            if self.condition in (NORMAL, MISSING):
                self.condition = LOST
        else:
            assert name in ("item_changed", "delivery_failed", "phone_said"), name

    # ------------------------------------------------------------------------------------------------- records [6]

    def record(self):
        out = bytes([1, self.registered, self.custody, self.condition, self.conflict, self.sealed])
        out += text(self.place) + text(self.to) + text(self.container)
        out += self.since.to_bytes(8, "big", signed=True) + self.day.to_bytes(4, "big", signed=True) + ref_bytes(self.cause)
        out += text(self.material) + text(self.home) + text(self.seal) + len(self.lines).to_bytes(2, "big")
        for line in sorted(self.lines):
            kind, registered, packed, material, home = line
            out += bytes([kind, registered, packed]) + text(material) + text(home) + self.lines[line].to_bytes(8, "big", signed=True)
        return out

    def label(self):
        if not self.title and not self.author and not self.call_number and not self.size:
            return None
        return text(self.title) + text(self.call_number) + text(self.size) + text(self.author)


Step = collections.namedtuple("Step", "entry time")


def text(value):
    return len(value).to_bytes(2, "big") + value


def ref_bytes(ref):
    return ref[0] + ref[1].to_bytes(8, "big") + ref[2].to_bytes(8, "big")


def days_of(date):
    """Days since 1970-01-01 of YYYY-MM-DD; None when there is none."""
    return datetime.date.fromisoformat(date.decode()).toordinal() - datetime.date(1970, 1, 1).toordinal() if date else None


# -------------------------------------------------------------------------------------------------- the life of orders [4]

UNNAMED, PLACED, PREPARED, STAGED, HANDED_OVER, CANCELLED, NO_SHOW, UNMET = range(8)


def next_state(state, name, body):
    """The state after an event, or the same."""
    waiting = state in (UNNAMED, PLACED, NO_SHOW, UNMET)
    if name == "order_placed":
        return PLACED if state == UNNAMED else state
    if name == "order_changed":
        return PLACED if waiting or body.get("items") and state in (PREPARED, STAGED) else state
    if name == "order_prepared":
        return PREPARED if waiting else state
    if name == "order_staged":
        return STAGED if waiting or state == PREPARED else state
    if name in ("order_handed_over", "delivered"):
        return HANDED_OVER
    if name == "order_cancelled":
        return state if state == HANDED_OVER else CANCELLED
    if name == "order_no_show":
        return state if state in (HANDED_OVER, CANCELLED) else NO_SHOW
    if name == "order_unmet":
        return UNMET if not body.get("items") and state in (UNNAMED, PLACED, PREPARED) else state
    return state


def order_record(steps):
    state, pickup, cause = UNNAMED, b"", (bytes(16), 0, 0)
    for step in steps:
        name, body = step.entry.name, step.entry.body
        if name in ("order_placed", "order_changed"):
            pickup = body.get("pickup") or pickup
        after = next_state(state, name, body)
        if after != state:
            state, cause = after, step.entry.ref
    return bytes([1, state]) + text(pickup) + ref_bytes(cause)


# ------------------------------------------------------------------------------------------ containment and counters [5]

def fill(things, thing):
    """Its contents, from what is inside, smallest containers first: an item holds nothing, a crate is in nothing."""
    lines = collections.Counter()
    for x in things.values():
        if x.custody == INSIDE and x.container == thing.key and x.condition == NORMAL:
            lines[(x.kind, x.registered, x.is_packed(), x.material, x.home)] += 1
            lines.update(x.lines)
    thing.lines = dict(lines)


def is_root(thing):
    return thing.custody != INSIDE or thing.condition != NORMAL


def whereabouts(root):
    """place, to, day of a root's cell and of its contents'."""
    if root.condition != NORMAL:
        return b"" if root.custody in (NONE, INSIDE) else root.place, b"", 0
    return root.place, root.to, root.day if root.custody == TRANSIT else 0


def state_of_root(root):
    if root.condition != NORMAL:
        return {MISSING: STATE_MISSING, LOST: STATE_LOST, WITHDRAWN: STATE_WITHDRAWN}[root.condition]
    if root.custody == AT:
        return SHELF if root.kind == ITEM else PACKED if root.is_packed() else CLEAN
    return {NONE: UNKNOWN, TRANSIT: IN_TRANSIT, PERSON: WITH_PERSON}[root.custody]


def state_of_content(root, kind, packed):
    if root.condition != NORMAL:
        return STATE_MISSING if root.condition == MISSING else STATE_LOST
    if root.custody == AT:
        return IN_CONTAINER if kind == ITEM else PACKED if packed else CLEAN
    return {NONE: IN_CONTAINER, TRANSIT: IN_TRANSIT, PERSON: WITH_PERSON}[root.custody]


def cell(kind, state, material, home, place, to, day):
    return bytes([kind]) + text(place) + bytes([state]) + text(material) + text(home) + text(to) + (day + 2 ** 31).to_bytes(4, "big")


def cell_parts(data):
    """kind, place, state, material, home, to, day"""
    parts, at = [data[0]], 1
    for field in ("place", "state", "material", "home", "to"):
        if field == "state":
            parts.append(data[at])
            at += 1
        else:
            size = int.from_bytes(data[at:at + 2], "big")
            parts.append(data[at + 2:at + 2 + size])
            at += 2 + size
    return parts + [int.from_bytes(data[at:], "big") - 2 ** 31]


def count(things):
    cells = collections.Counter()
    for root in things.values():
        if not is_root(root):
            continue
        if root.registered:
            cells[cell(root.kind, state_of_root(root), root.material, root.home, *whereabouts(root))] += 1
        for (kind, registered, packed, material, home), number in root.lines.items():
            if registered:
                cells[cell(kind, state_of_content(root, kind, packed), material, home, *whereabouts(root))] += number
    return dict(cells)


def check_counters(things, cells):
    """The same figures another way: each registered thing alone, asking its way up. Every thing is somewhere once, none twice."""
    again = collections.Counter()
    for thing in things.values():
        root = thing
        while not is_root(root):
            assert thing.kind < things[root.container].kind, "a container inside a smaller one"
            root = things[root.container]
        if thing.registered:
            state = state_of_root(thing) if root is thing else state_of_content(root, thing.kind, thing.is_packed())
            again[cell(thing.kind, state, thing.material, thing.home, *whereabouts(root))] += 1
    assert again == cells, "counters differ from a count of things"
    registered = [thing for thing in things.values() if thing.registered]
    assert sum(cells.values()) == len(registered) and all(number > 0 for number in cells.values())
    for kind in (ITEM, BAG, CRATE):
        assert sum(n for c, n in cells.items() if c[0] == kind) == sum(1 for thing in registered if thing.kind == kind)
    for thing in things.values():
        inside = [x for x in things.values() if x.custody == INSIDE and x.container == thing.key and x.condition == NORMAL]
        assert sum(thing.lines.values()) == sum(1 + sum(x.lines.values()) for x in inside), "contents differ from what is inside"


# ------------------------------------------------------------------------------------------------------------- the state

class State:
    """Of all entries, or as it was at a moment: what is known now of what had happened by then (FOLD.md, clarified 14)."""

    def __init__(self, entries, moment=2 ** 63, standing=None):
        whole = Set(entries)
        self.records, self.labels, self.histories, self.things = {}, {}, {}, {}
        things, variances = self.things, []
        for key in whole.things:
            steps = [Step(entry, whole.time(entry)) for entry in whole.history(key)]
            if not steps:
                continue
            if key[0] in (PLACE, RULE, NODE, OPERATOR):
                decided = [s.entry.ref for s in steps if key[0] != NODE or s.entry.name in ("node_enrolled", "rights_granted", "node_revoked")]
                self.records[key] = b"\x01" + ref_bytes(decided[-1] if decided else (bytes(16), 0, 0))
                continue
            if key[0] == ORDER:
                self.records[key], self.histories[key] = order_record(steps), steps
                continue
            thing = things[key] = Thing(key)
            variances.append(findings.Variances(key))
            for step in steps:
                if step.time <= moment:
                    before = copy.copy(thing)
                    thing.apply(step, step.entry.things[key])
                    variances[-1].step(before, thing, step.entry, step.entry.things[key])
            self.histories[key] = steps
        for kind in (BAG, CRATE):
            for thing in things.values():
                if thing.kind == kind:
                    fill(things, thing)
        self.counters = count(things)
        check_counters(things, self.counters)
        for key, thing in things.items():
            self.records[key] = thing.record()
            if thing.label() is not None:
                self.labels[key] = thing.label()

        suspects = findings.clocks(whole.entries, standing or {}, whole.time)
        self.found = findings.lines([entry for entry in whole.entries if entry not in whole.gone], variances, suspects)

    def digest(self):
        total = 0
        for tag, rows in ((b"\1", self.records), (b"\2", self.labels)):
            for key, value in rows.items():
                total += int.from_bytes(blake2b(tag + key + value), "big")
        return (total % 2 ** 256).to_bytes(32, "big")

    def counters_hash(self):
        return blake2b(b"".join(key + self.counters[key].to_bytes(8, "big", signed=True) for key in sorted(self.counters)))

    def histories_hash(self):
        return blake2b(b"".join(key + b"".join(ref_bytes(s.entry.ref) + s.time.to_bytes(8, "big", signed=True) for s in self.histories[key])
                                for key in sorted(self.histories)))

    def stock_hash(self):
        """The counters as the stock view shows them: without destination and day."""
        rows = collections.Counter()
        for key, number in self.counters.items():
            kind, place, state, material, home, _, _ = cell_parts(key)
            rows[(kind, place, state, material, home)] += number
        return blake2b(b"".join(bytes([k]) + text(p) + bytes([s]) + text(m) + text(h) + rows[(k, p, s, m, h)].to_bytes(8, "big")
                                for k, p, s, m, h in sorted(rows)))

    def found_hash(self):
        return blake2b("".join(one + "\n" for one in self.found).encode())

    def dump(self):
        for key in sorted(self.records):
            print("record", key.hex(), self.records[key].hex())
        for key in sorted(self.labels):
            print("label", key.hex(), self.labels[key].hex())
        for key in sorted(self.counters):
            print("counter", key.hex(), self.counters[key])
        for key in sorted(self.histories):
            print("history", key.hex(), *(ref_bytes(step.entry.ref).hex() for step in self.histories[key]))
        for one in self.found:
            print(one)


def blake2b(data):
    return hashlib.blake2b(data, digest_size=32).digest()


def read_rows(path):
    with open(path, "rb") as file:
        data = file.read()
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at:at + 4], "big")
        yield data[at + 4:at + 4 + size]
        at += 4 + size


def read_sets(path):
    """Yields (seed, moment, rows of entries)."""
    header, rows = None, []
    for row in read_rows(path):
        if len(row) == 16:
            if header is not None:
                yield (*header, rows)
            header, rows = (int.from_bytes(row[:8], "big"), int.from_bytes(row[8:], "big")), []
        else:
            rows.append(row)
    if header is not None:
        yield (*header, rows)


def entry_of(row):
    carried = admit.adopted(row[32:])
    entry = Entry(*(carried or (row[:16], int.from_bytes(row[16:24], "big"), int.from_bytes(row[24:32], "big"), row[32:])))
    entry.stands = carried is None
    return entry


def outcome(seed, moment, rows, dump=False):
    """The line of one set."""
    entries = [entry_of(row) for row in rows]
    standing = {entry.ref[:2]: entry for entry in entries if entry.stands}
    state, then = State(entries, standing=standing), State(entries, moment)
    if dump:
        state.dump()
    return "set %d entries %d digest %s counters %s histories %s moment %s found %s" % (
        seed, len(rows), state.digest().hex(), state.counters_hash().hex(), state.histories_hash().hex(), then.stock_hash().hex(), state.found_hash().hex())


def main(arguments):
    dump = "--dump" in arguments
    only = int(arguments[arguments.index("--only") + 1]) if "--only" in arguments else None
    for seed, moment, rows in read_sets(arguments[-1]):
        if only is None or seed == only:
            print(outcome(seed, moment, rows, dump))
    return 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
