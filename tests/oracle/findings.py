# SPDX-License-Identifier: Apache-2.0
"""What a set shows that nothing explains, once more and naively: from include/navette/{discrepancy,handover,pool}.h and core/reconcile/ledger.h, and FOLD.md 23, of four kinds.

count variance      a count names missing what was where it counted; ended when it is missing no more
hand-overs          of slips that only figures speak of: short and over, by the table of handover.h
clocks              entries whose time can't be right, by what was stated of their log
ledger              bags without a tag: a place that gave more than it had, a slip or a pair that brings other than was sent

lines() gives "finding KIND SUBJECT STATE PLACES" of each, as tests/oracle/orders prints them; places sorted, "-" of hand-overs.
"""
import collections

COUNT, SHORT, OVER, LEDGER, CLOCK = 6, 7, 8, 11, 12
NORMAL, MISSING = 0, 1
TRANSIT, PERSON, AT = 2, 3, 1
HANDOVER, POOL, NODE = 10, 11, 6
TOLERANCE_MS, YEAR_2015_MS = 900000, 1420070400000
GIVER, CARRIER, TAKER = 1, 2, 3
FIGURES = ((1, "crates"), (2, "bags"), (4, "items"))
POOLS = 8
FIGURES_ONLY = b"H-"        # slips of this beginning are named by counts in figures alone: scans have their own unit tests


def line(kind, subject, state, places):
    return "finding %d %s %s %s" % (kind, subject.hex(), state, ",".join(sorted(place.decode() for place in places if place)) or "-")


# ------------------------------------------------------------------------------------------------------------ stocktakes

class Variances:
    """Of one thing, step by step."""

    def __init__(self, key):
        self.key, self.found = key, {}

    def step(self, before, thing, entry, part):
        if before.condition == MISSING and thing.condition != MISSING:
            for one in self.found.values():
                one["ended"] = True
        away = before.custody in (TRANSIT, PERSON) or before.custody == AT and before.place != entry.place
        if entry.name == "count_closed" and part == "missing" and before.condition == NORMAL and not away:
            one = self.found.setdefault(entry.body["count"], {"places": set(), "ended": False})
            one["places"] |= {entry.place, thing.home}
            one["ended"] = False

    def lines(self):
        return [line(COUNT, self.key, "ended" if one["ended"] else "open", one["places"]) for one in self.found.values()]


# ------------------------------------------------------------------------------------------------------------- hand-overs

def counted(body):
    """What somebody counted: {figure: number}, and {kind: number} of bags without a tag, None when they were not counted."""
    pools = body.get("pools", [])
    mask = body.get("counted", 0) or sum(bit for bit, name in FIGURES if body.get(name, 0)) | (POOLS if pools else 0)
    figures = {name: body.get(name, 0) for bit, name in FIGURES if mask & bit}
    kinds = collections.Counter()
    for pool in pools:
        kinds[pool["kind"]] += pool.get("count", 0)
    return figures, kinds if mask & POOLS else None


def gaps(earlier, later):
    for name in earlier[0].keys() & later[0].keys():
        yield later[0][name] - earlier[0][name]
    if earlier[1] is not None and later[1] is not None:
        for kind in earlier[1].keys() | later[1].keys():
            yield later[1][kind] - earlier[1][kind]


def handovers(present):
    slips = collections.defaultdict(dict)
    for entry in sorted(present, key=lambda entry: entry.order):
        if entry.name == "handover_counted" and entry.body.get("slip", b"").startswith(FIGURES_ONLY):
            slips[entry.body["slip"]][entry.body.get("party", 0)] = counted(entry.body)      # the last one of each party
    for slip, parties in slips.items():
        earlier = GIVER if GIVER in parties else CARRIER
        later = TAKER if TAKER in parties else CARRIER
        if earlier not in parties or later not in parties or earlier >= later:
            continue
        differences = list(gaps(parties[earlier], parties[later]))
        key = bytes([HANDOVER]) + b"slip\0" + slip + b"\0"
        if any(gap < 0 for gap in differences):
            yield line(SHORT, key, "open", [])
        if any(gap > 0 for gap in differences):
            yield line(OVER, key, "open", [])


# ----------------------------------------------------------------------------------------------------- bags without a tag

class Ledger:
    """Of one kind: what each place has had and given, and what each slip or pair has carried."""

    def __init__(self):
        self.commissioned = 0
        self.stock, self.held, self.collected = (collections.Counter() for _ in range(3))
        self.sent, self.received = collections.Counter(), collections.Counter()
        self.ends = collections.defaultdict(set)

    def leg(self, way, number, slip, start, end):
        name = (slip,) if slip else (start, end)
        way[name] += number
        self.ends[name] |= {start, end} - {b""}

    def move(self, entry, number):
        name, body, place = entry.name, entry.body, entry.place
        if name == "dispatched":
            self.stock[place] -= number
            self.leg(self.sent, number, body.get("slip", b""), place, body["to"])
        elif name == "collected":
            self.collected[place] += number
            self.leg(self.sent, number, b"", place, body["to"])
        elif name == "received":
            self.stock[place] += number
            self.leg(self.received, number, body.get("slip", b""), body.get("from", b""), place)
        else:
            self.stock[place] += number if name == "returned" else -number
            self.held[place] += -number if name == "returned" else number

    def lines(self, kind):
        key = bytes([POOL]) + b"\0" + kind + b"\0"
        for place in self.stock.keys() | self.collected.keys():
            if self.stock[place] < 0 or self.stock[place] + max(self.held[place], 0) < self.collected[place]:
                yield line(LEDGER, key, "open", [place])
        for name, received in self.received.items():
            wrong = received != self.sent[name] if len(name) == 1 else name[0] != b"" and received > self.sent[name]
            if received > 0 and wrong:
                yield line(LEDGER, key, "open", sorted(self.ends[name])[:4])


def ledgers(present):
    kinds = collections.defaultdict(Ledger)
    for entry in present:
        if entry.name == "pool_commissioned":
            kinds[entry.body["kind"]].commissioned += 1
            kinds[entry.body["kind"]].stock[entry.place] += entry.body["count"]
        elif entry.name in ("dispatched", "collected", "received", "delivered", "returned"):
            for pool in entry.body.get("pools", []):
                kinds[pool["kind"]].move(entry, pool.get("count", 0))
    for kind, ledger in kinds.items():
        if ledger.commissioned > 0:
            yield from ledger.lines(kind)


# ---------------------------------------------------------------------------------------------------------------- clocks

def is_node(name):
    return len(name) == 32 and all(digit in b"0123456789abcdefABCDEF" for digit in name)


def stated(entries):
    """What was stated of each log, by the node it is said to be of: (seq, told, noted)."""
    logs = collections.defaultdict(list)
    for entry in entries:
        if entry.name == "frontier_noted" and entry.place == b"" and is_node(entry.body["node"]["id"]):
            frontier = entry.body["frontier"]
            logs[frontier["incarnation"], entry.body["node"]["id"].lower()].append((frontier.get("seq", 0), frontier.get("hub_time_ms", 0), entry.hlc >> 16))
    return logs


def clocks(entries, standing, time):
    """standing: {(incarnation, seq): entry} of those that stand in their log by themselves."""
    for (incarnation, node), said in stated(entries).items():
        first, seen = 1, set()
        for last in sorted({seq for seq, _, _ in said}):
            for number in sorted({first, last} if first <= last else set()):
                entry = standing.get((incarnation, number))
                after = max([told for seq, told, _ in said if seq < number] + [0])
                before = min(noted for seq, _, noted in said if seq >= number)
                if entry is None or entry.event is None or entry.event.get("boot", 0) in seen:
                    continue
                if not max(after - TOLERANCE_MS, YEAR_2015_MS) <= time(entry) <= before + TOLERANCE_MS:
                    seen.add(entry.event.get("boot", 0))
                    yield line(CLOCK, bytes([NODE]) + b"\0" + node + b"\0", "open", [entry.place])
            first = last + 1


def lines(present, variances, suspects):
    found = [one for thing in variances for one in thing.lines()]
    return sorted(found + list(handovers(present)) + list(ledgers(present)) + list(suspects))
