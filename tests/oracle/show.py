# SPDX-License-Identifier: Apache-2.0
"""Sets and states as people read them, for a failing set."""
import oracle
import wire

KINDS = {"1": "item", "2": "bag", "3": "crate", "4": "place", "5": "rule", "6": "node"}
CUSTODY = ["none", "at", "transit", "person", "inside"]
CONDITION = ["normal", "missing", "lost", "withdrawn"]
STATES = ["unknown", "shelf", "staged", "in-container", "in-transit", "with-person", "isolated", "cleaning", "missing", "lost", "damaged",
          "withdrawn", "clean", "packed"]


class Names:
    """Short names for incarnations: A, B, C... as they first appear."""

    def __init__(self, rows):
        self.letters = {}
        for row in rows:
            self.letters.setdefault(row[:16], "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[len(self.letters) % 26])
        self.known = {row[:32] for row in rows}

    def ref(self, data):
        if data == bytes(32):
            return "-"
        name = self.letters.get(data[:16], "?") + str(int.from_bytes(data[16:24], "big"))
        return name if data in self.known else name + "(dangling)"


def plain(value):
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, list):
        return "[" + " ".join(plain(x) for x in value) + "]"
    if isinstance(value, dict):
        if "kind" in value and "id" in value:
            return KINDS.get(str(value["kind"]), "?") + ":" + plain(value["id"])
        return "{" + " ".join(k + "=" + plain(v) for k, v in value.items()) + "}"
    return str(value)


def entry(row, names):
    head = names.ref(row[:32])
    made = oracle.entry_of(row)
    if made.event is None:
        try:
            return head + " TAKES NO PART: " + plain(wire.decode("Event", row[32:]))
        except wire.Malformed as why:
            return head + " MALFORMED: %s" % why
    body = {}
    for key, value in made.body.items():
        body[key] = names.ref(oracle.ref_bytes(made.points(value))) if key in ("target", "dispatch", "replacement") else value
    parents = [names.ref(oracle.ref_bytes(p)) for p in made.parents]
    return "%s hlc %d.%d boot %x+%d at %s %s %s parents %s" % (
        head, made.hlc >> 16, made.hlc & 65535, made.event.get("boot", 0), made.event.get("boottime_ms", 0), plain(made.place) or "(network)",
        made.name, plain(body), plain([p.encode() for p in parents]))


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, size):
        self.at += size
        return self.data[self.at - size:self.at]

    def number(self, size, signed=False):
        return int.from_bytes(self.take(size), "big", signed=signed)

    def text(self):
        return self.take(self.number(2))


def key(data):
    return KINDS.get(str(data[0]), "?") + ":" + ":".join(part.decode() for part in data[1:].split(b"\0") if part)


def record(thing, data, names):
    if thing[0] > oracle.CRATE:
        return names.ref(data[1:33])
    r = Reader(data)
    r.take(1)
    out = ["registered" if r.number(1) else "unregistered", CUSTODY[r.number(1)], CONDITION[r.number(1)]]
    out += ["CONFLICT"] * r.number(1) + ["sealed"] * r.number(1)
    out += [name + "=" + plain(value) for name, value in (("place", r.text()), ("to", r.text())) if value]
    container = r.text()
    out += ["in=" + key(container)] if container else []
    out += ["since=%d" % r.number(8, True), "day=%d" % r.number(4, True), "cause=" + names.ref(r.take(32))]
    out += [name + "=" + plain(value) for name, value in (("material", r.text()), ("home", r.text()), ("seal", r.text())) if value]
    for _ in range(r.number(2)):
        kind, registered, packed = r.number(1), r.number(1), r.number(1)
        out.append("line(%s %d %d %s %s)x%d" % (KINDS[str(kind)], registered, packed, plain(r.text()), plain(r.text()), r.number(8, True)))
    return " ".join(out)


def cell(data):
    kind, place, state, material, home, to, day = oracle.cell_parts(data)
    return "%s %s at=%s material=%s home=%s to=%s day=%d" % (KINDS[str(kind)], STATES[state], plain(place), plain(material), plain(home), plain(to), day)


def state_line(line, names):
    """One line of a dump, readable."""
    what, *rest = line.split()
    first = bytes.fromhex(rest[0])
    if what == "record":
        return "record " + key(first) + " " + record(first, bytes.fromhex(rest[1]), names)
    if what == "counter":
        return "counter " + cell(first) + " = " + rest[1]
    if what == "label":
        return "label " + key(first) + " " + repr(bytes.fromhex(rest[1]))
    return "history " + key(first) + " " + " ".join(names.ref(bytes.fromhex(ref)) for ref in rest[1:])
