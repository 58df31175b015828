#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Small stories with an ending that design/domain.md gives: the oracle itself is held against the domain, not against core/. TAP."""
import sys

sys.dont_write_bytecode = True
import oracle  # noqa: E402
import wire    # noqa: E402

P, Q, R = b"P", b"Q", b"R"
HOUR = 3600000


def item(name):
    return {"kind": 1, "namespace": b"ils", "id": name.encode()}


def bag(name):
    return {"kind": 2, "id": name.encode()}


def crate(name):
    return {"kind": 3, "id": name.encode()}


class Story:
    """Events at a place, each by that place's own node; parents only where a test says so."""

    def __init__(self):
        self.rows, self.count = [], {}

    def tell(self, place, hours, name, parents=(), booted=0, **body):
        incarnation = place.ljust(16, b"n")
        seq = self.count[incarnation] = self.count.get(incarnation, 0) + 1
        ref = {"incarnation": incarnation, "seq": seq, "leaf": len(self.rows) + 1}
        event = {"hlc": (int(hours * HOUR) + 1) << 16, "place": b"" if place == b"HUB" else place, "boot": booted, "boottime_ms": int(hours * HOUR),
                 "parents": list(parents), "body": (name, body)}
        self.rows.append(oracle.ref_bytes(tuple(ref.values())) + wire.encode("Event", event))
        assert oracle.entry_of(self.rows[-1]).event is not None, "a story's events are well-formed"
        return ref

    def item(self, name, home=P):
        return self.tell(home, 0, "item_registered", item=item(name), home=home, material=b"Livre")

    def bag(self, thing, owner=P):
        return self.tell(owner, 0, "bag_commissioned", bag=thing, kind=b"bleu", owner=owner)

    def state(self):
        return oracle.State([oracle.entry_of(row) for row in self.rows])

    def find(self, thing):
        return self.state().things[oracle.key_of(thing)]

    def cells(self, kind):
        """{(state, place, to): count} of a kind."""
        found = {}
        for thing in self.state().things.values():
            root = thing
            while not oracle.is_root(root):
                root = self.state().things[root.container]
            if thing.kind == kind and thing.registered:
                state = oracle.state_of_root(thing) if root is thing else oracle.state_of_content(root, kind, thing.is_packed())
                where = (state, *oracle.whereabouts(root)[:2])
                found[where] = found.get(where, 0) + 1
        return found


def at(thing, place, conflict=0):
    assert (thing.custody, thing.place, thing.conflict) == (oracle.AT, place, conflict), vars(thing)


def test_received_by_a_clock_that_is_behind():
    story = Story()
    story.item("1")
    story.tell(P, 10, "dispatched", things=[item("1")], to=Q)
    story.tell(Q, 2, "received", things=[item("1")])
    at(story.find(item("1")), Q)


def test_received_never_dispatched():
    story = Story()
    story.item("1")
    story.tell(Q, 2, "received", things=[item("1")])
    at(story.find(item("1")), Q)


def test_two_round_trips_with_a_clock_a_day_behind():
    story = Story()
    story.item("1")
    there = back = None
    for trip in range(2):
        sent = story.tell(P, 30 + 10 * trip, "dispatched", [back] if back else [], things=[item("1")], to=Q)
        got = story.tell(Q, 8 + 10 * trip, "received", [there] if there else [], things=[item("1")])
        there = story.tell(Q, 9 + 10 * trip, "dispatched", [got], things=[item("1")], to=P)
        back = story.tell(P, 35 + 10 * trip, "received", [sent], things=[item("1")])
    at(story.find(item("1")), P)
    names = [step.entry.name for step in story.state().histories[oracle.key_of(item("1"))]]
    assert names == ["item_registered"] + ["dispatched", "received"] * 4, names


def test_two_places_at_once_until_it_moves():
    story = Story()
    story.item("1")
    story.tell(Q, 5, "seen_at", things=[item("1")])
    at(story.find(item("1")), Q, 1)
    story.tell(Q, 6, "dispatched", things=[item("1")], to=P)
    story.tell(P, 7, "received", things=[item("1")])
    at(story.find(item("1")), P)


def test_retracted_by_its_own_place_or_the_network():
    for place, gone in ((P, True), (Q, False), (b"HUB", True)):
        story = Story()
        story.item("1")
        sent = story.tell(P, 5, "dispatched", things=[item("1")], to=Q)
        story.tell(place, 6, "retracted", target=sent, reason=30)
        assert (story.find(item("1")).custody == oracle.AT) == gone


def test_retraction_retracted():
    story = Story()
    story.item("1")
    sent = story.tell(P, 5, "dispatched", things=[item("1")], to=Q)
    for hour in range(6, 10):
        sent = story.tell(P, hour, "retracted", target=sent, reason=30)
        assert (story.find(item("1")).custody == oracle.AT) == (hour % 2 == 0)


def test_children_of_a_retracted_event_hang_from_its_parents():
    story = Story()
    first = story.item("1")
    sent = story.tell(P, 50, "dispatched", [first], things=[item("1")], to=Q)
    wrong = story.tell(P, 60, "declared_lost", [sent], things=[item("1")])
    story.tell(Q, 1, "received", [wrong], things=[item("1")])
    story.tell(P, 61, "retracted", target=wrong, reason=30)
    at(story.find(item("1")), Q)


def test_refused_by_the_network_only():
    for place, gone in ((b"HUB", True), (P, False)):
        story = Story()
        story.item("1")
        sent = story.tell(P, 5, "dispatched", things=[item("1")], to=Q)
        story.tell(place, 6, "event_refused", target=sent, reason=51)
        assert (story.find(item("1")).custody == oracle.AT) == gone


def test_crate_on_the_road_carries_what_is_in_its_bags():
    story = Story()
    for name in "123":
        story.item(name)
    story.bag(bag("S"))
    story.bag(crate("C"))
    story.tell(P, 1, "item_packed", container=bag("S"), items=[item("1"), item("2")])
    story.tell(P, 2, "crate_loaded", crate=crate("C"), bags=[bag("S")])
    story.tell(P, 3, "dispatched", things=[crate("C")], to=Q)
    assert story.cells(1) == {(oracle.IN_TRANSIT, P, Q): 2, (oracle.SHELF, P, b""): 1}
    assert story.cells(2) == story.cells(3) == {(oracle.IN_TRANSIT, P, Q): 1}
    story.tell(Q, 4, "received", things=[crate("C")], mode=1)
    assert story.cells(1) == {(oracle.IN_CONTAINER, Q, b""): 2, (oracle.SHELF, P, b""): 1}
    story.tell(Q, 5, "item_unpacked", container=bag("S"), items=[item("1"), item("2")])
    assert story.cells(1) == {(oracle.SHELF, Q, b""): 2, (oracle.SHELF, P, b""): 1}
    assert story.cells(2) == {(oracle.CLEAN, Q, b""): 1}
    at(story.find(item("1")), Q)


def test_missing_in_a_bag_is_not_counted_with_it():
    story = Story()
    story.item("1")
    story.bag(bag("S"))
    story.tell(P, 1, "item_packed", container=bag("S"), items=[item("1")])
    story.tell(P, 2, "count_closed", count=bytes(16), missing=[item("1")])
    assert story.cells(1) == {(oracle.STATE_MISSING, b"", b""): 1} and story.cells(2) == {(oracle.CLEAN, P, b""): 1}
    story.tell(P, 3, "seen_at", things=[item("1")])
    assert story.cells(1) == {(oracle.IN_CONTAINER, P, b""): 1} and story.cells(2) == {(oracle.PACKED, P, b""): 1}


def test_packing_into_a_missing_bag_finds_it():
    story = Story()
    story.item("1")
    story.bag(bag("S"))
    story.tell(P, 1, "count_closed", count=bytes(16), missing=[bag("S")])
    assert story.cells(2) == {(oracle.STATE_MISSING, P, b""): 1}
    story.tell(P, 2, "item_packed", container=bag("S"), items=[item("1")])
    assert story.cells(1) == {(oracle.IN_CONTAINER, P, b""): 1} and story.cells(2) == {(oracle.PACKED, P, b""): 1}


def test_packed_before_the_bag_is_known():
    story = Story()
    story.item("1")
    story.tell(P, 1, "item_packed", container=bag("S"), items=[item("1")])
    assert story.cells(1) == {(oracle.IN_CONTAINER, P, b""): 1} and story.cells(2) == {}
    story.tell(R, 0, "bag_commissioned", bag=bag("S"), kind=b"bleu", owner=R)
    assert sum(story.cells(2).values()) == 1


def test_clock_correction_moves_the_day_of_its_boot_and_not_the_order():
    for boot, day in ((7, 10), (8, 0)):
        story = Story()
        story.item("1")
        story.tell(P, 5, "dispatched", booted=7, things=[item("1")], to=Q)
        story.tell(Q, 4, "received", things=[item("1")])
        story.tell(P, 6, "dispatched", booted=7, things=[item("1")], to=R)
        story.tell(P, 7, "clock_corrected", booted=7, boot=boot, wall_minus_boot_ms=10 * oracle.DAY_MS)
        assert story.find(item("1")).day == day
        places = [step.entry.place for step in story.state().histories[oracle.key_of(item("1"))]]
        assert places == [P, P, Q, P], places


def test_a_slips_reference_decides_which_dispatch_was_received():
    story = Story()
    story.item("1")
    story.tell(P, 5, "dispatched", things=[item("1")], to=Q)
    second = story.tell(R, 50, "dispatched", things=[item("1")], to=Q)
    story.tell(Q, 6, "received", things=[item("1")], dispatch=second)
    assert [step.entry.place for step in story.state().histories[oracle.key_of(item("1"))]][1:] == [P, R, Q]


def test_withdrawn_survives_a_move():
    story = Story()
    story.item("1")
    story.tell(P, 1, "item_withdrawn", item=item("1"), reason=1)
    story.tell(Q, 2, "received", things=[item("1")])
    assert story.cells(1) == {(oracle.STATE_WITHDRAWN, Q, b""): 1}
    story.tell(P, 3, "item_registered", item=item("1"), home=P, material=b"DVD")
    assert story.cells(1) == {(oracle.SHELF, Q, b""): 1}


def outcomes():
    """(name, what is wrong or None) of every story."""
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            try:
                test()
                yield name, None
            except AssertionError as why:
                yield name, "line %d: %s" % (why.__traceback__.tb_next.tb_lineno, why)


def main():
    told = list(outcomes())
    for number, (name, wrong) in enumerate(told, 1):
        print("%s %d - %s%s" % ("not ok" if wrong else "ok", number, name, ": " + wrong if wrong else ""))
    print("1..%d" % len(told))
    return 1 if any(wrong for _, wrong in told) else 0


if __name__ == "__main__":
    sys.exit(main())
