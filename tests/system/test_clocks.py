#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Clocks that are wrong, on real processes (libfaketime): a node that starts in 1970, one that lives in 2098, one whose clock is set while it runs, the days around the change to summer
# time. Nothing is refused; nobody's clock is dragged along; once the time is known, what was recorded before in the same boot has its right time too.
import datetime
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, Node, bench, until  # noqa: E402
from node_bench import at as clock  # noqa: E402

TZ = "CET-1CEST,M3.5.0,M10.5.0/3"


def times(who, code):
    """When each event of a thing happened, as it is told."""
    return [str(row["time"]) for row in who("history", code)["rows"]]


def at(node):
    return lambda command, code: node.must(command, barcode=code)


def now_year():
    return str(datetime.datetime.now(datetime.timezone.utc).year)


def set_to(node, moment):
    node.stop()
    node.environment = clock(moment)
    node.start()


def body(tap, folder):
    hub = Hub(folder + "/hub").start()
    nodes = {}
    for code in ("BIB-A", "BIB-B", "BIB-C"):
        hub.place(code, "branch", "--tz", TZ)
        nodes[code] = Node(f"{folder}/{code}")
        nodes[code].environment = clock({"BIB-A": "@1970-01-02 08:00:00", "BIB-B": "@2098-06-01 08:00:00", "BIB-C": "+0"}[code])
        nodes[code].start()
        nodes[code].enrol(hub, code)
    past, future, right = nodes.values()

    past.register(["P1", "P2"])
    past.scan("seen", ["P1"])
    future.register(["F1"])
    future.scan("seen", ["F1"])
    for node in (past, future, right):
        tap.ok(node.sync(60).get("ok"), f"{os.path.basename(node.folder)}: all of it goes up", node.link())
    for node, year in ((past, "1970"), (future, "2098")):
        # The hub's clock is told beside the link, a moment after what goes up.
        said = str(until(lambda node=node: node.must("status").get("clock_note"), f"{year}: the hub's clock"))
        tap.ok(f": {year}-" in said and f" {now_year()}-" in said, f"{year}: its own status says that its clock is off", said)
    tap.equal(right.must("status").get("clock_note"), None, "a right one says nothing")
    hub.folded()
    tap.equal(hub("aside")["rows"], [], "nothing is refused or parked for its clock")
    tap.ok(all(time.startswith("1970") for time in times(hub, "P1")), "1970 is told as it was written while nothing better is known", times(hub, "P1"))

    # everybody has 2098 in their state by now
    right.sync(60)
    right.register(["R1"])
    right.scan("seen", ["F1"])
    past.sync(60)
    hub.place("BIB-D", "branch")
    right.sync(60)
    hub.folded()
    tap.ok(all(time.startswith(now_year()) for time in times(hub, "R1")), "2098 drags nobody along: a right clock writes today", times(hub, "R1"))
    tap.ok(times(hub, "F1")[-1].startswith("2098") or times(hub, "F1")[-1].startswith(now_year()), "what follows 2098 stands after it", times(hub, "F1"))
    tap.ok(any(time.startswith(now_year()) for time in times(hub, "F1")), "... with its own time", times(hub, "F1"))

    # the time becomes known, in the same boot
    past.must("clock-set")
    past.scan("seen", ["P2"])
    past.sync(60)
    hub.folded()
    told = times(hub, "P1") + times(hub, "P2")
    tap.ok(all(time.startswith(now_year()) for time in told), "once its time is known, what was recorded before in that boot has its right time", told)
    tap.equal(times(at(past), "P1"), times(hub, "P1"), "at the node as at the hub")
    future.must("clock-set")
    future.sync(60)
    hub.folded()
    tap.ok(all(time.startswith(now_year()) for time in times(hub, "F1")), "2098 likewise", times(hub, "F1"))

    # a clock that is set back and forth while people work
    before = right.link()["head"]
    for number, moment in enumerate(("+10d", "-10d", "-3650d", "+0")):
        set_to(right, moment)
        right.register([f"J{number}"])
    tap.ok(right.sync(60).get("ok") and right.link()["head"] >= before + 4, "jumps of days and years: everything is recorded and goes up", right.link())
    hub.folded()
    tap.equal(hub("aside")["rows"], [], "and nothing is refused")
    for node in nodes.values():
        until(lambda at=node: at.sync(60).get("ok") and at.digest() == hub.folded()["state"]["digest"], "digests differ")
    tap.ok(hub("verify")["intact"], "everything verifies, and every replica holds the same")
    for node in nodes.values():
        node.stop()
    hub.stop()
    summer_time(tap, folder)


def summer_time(tap, folder):
    """29 March 2026 has 23 hours there, 25 October 25: the days of a place are its own, and an hour that comes twice is two moments."""
    node = Node(folder + "/alone")
    node.environment = clock("@2026-03-28 20:00:00")
    node.start()
    node.must("init", init_place="BIB-A", tz=TZ, namespaces=["bib"])
    for code, moment, local in (("S1", "@2026-03-28 23:30:00", "2026-03-29 00:30"), ("S2", "@2026-03-29 00:59:00", "2026-03-29 01:59"),
                                ("S3", "@2026-03-29 01:00:00", "2026-03-29 03:00"), ("S4", "@2026-03-29 22:30:00", "2026-03-30 00:30"),
                                ("S5", "@2026-10-25 00:30:00", "2026-10-25 02:30"), ("S6", "@2026-10-25 01:30:00", "2026-10-25 02:30"),
                                ("S7", "@2026-10-25 23:30:00", "2026-10-26 00:30")):
        set_to(node, moment)
        node.register([code])
        node.scan("dispatch", [code], to="BIB-B")
        text = str(times(at(node), code)[-1]).replace("T", " ")
        tap.ok(text.startswith(local), f"{moment[1:-3]} UTC is {local} at the place", text)
        # the days of transits are those of UTC (core/fold/FOLD.md): the same at every replica, whatever zones places declare
        days = [row["day"] for row in node.must("transit")["rows"] if row["to"] == "BIB-B"]
        tap.ok(moment[1:11] in days, f"... and left on {moment[1:11]} in UTC", days)
    node.stop()


if __name__ == "__main__":
    bench(body)
