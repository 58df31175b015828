#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# A copy of a node's folder that is over 30 days old, or a machine that was off for so long: it reads no name before the hub has told what was erased since; then what was erased never comes back, and the rest does. A younger one, a
# node that runs on without its hub, and one that had no key so far, are as ever.
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, bench, in_step, until  # noqa: E402
from node_bench import Post, at, person  # noqa: E402


def started(folder, shift, *options):
    return Post(folder, *options, environment=at(shift)).start()


def without_keys(tap, hub, folder):
    """Copied before its first order."""
    hub.place("B")
    b = Post(folder + "/b").start()
    b.enrol(hub, "B")
    in_step(b)
    until(lambda: os.path.exists(b.folder + "/keyring"), "it is not noted that a node runs")
    b.stop()
    b = started(b.folder, "+31d", "--offline")
    b.register(["2001"])
    b.must_type("orders", "add", "--id", "C-3", "--pickup", "B", "--card", "333", "--name", "Durand", "2001")
    b.stop()
    b = started(b.folder, "+31d", "--offline")
    tap.ok(person(b, "C-3") == ("here", "333") and not b.must("status")["keyring"]["held"], "a copy of 31 days in which there was no key hides none that was made since", person(b, "C-3"))
    b.stop()


def main(tap, folder):
    hub = Hub(folder + "/hub").start()
    hub.place("A")
    a = Post(folder + "/a").start()
    a.enrol(hub, "A")
    a.register(["1001", "1002"])
    for order, card in (("C-1", "111"), ("C-2", "222")):
        a.must_type("orders", "add", "--id", order, "--pickup", "A", "--card", card, "--name", "Dupont", "1001")
    in_step(a)
    until(lambda: a.ask("status")["keyring"]["held"] is False, "no keyring in the status")
    a.stop()
    for name in ("young", "late"):
        shutil.copytree(a.folder, f"{folder}/{name}", ignore=shutil.ignore_patterns("control"))
    a.start()
    a.must_type("erase", "order", "C-1")
    in_step(a)
    tap.equal(person(a, "C-1")[0], "erased", "an order's person is erased after the copies were made")
    a.stop()
    young = started(folder + "/young", "+29d", "--offline")
    tap.ok(person(young, "C-2") == ("here", "222") and not young.must("status")["keyring"]["held"], "a copy of 29 days reads what it has, without a hub", person(young, "C-2"))
    young.stop()
    late = started(folder + "/late", "+31d", "--offline")
    tap.ok([person(late, order)[1] for order in ("C-1", "C-2")] == [None, None] and late.must("status")["keyring"]["held"], "one of 31 days reads nobody before the hub was heard", late.must("orders", state="all")["rows"])
    for lang, words in (("fr", "plus de 30 jours"), ("en", "over 30 days")):
        tap.ok(words in late.type("status", lang=lang).out, f"... and status says so in {lang}", late.type("status", lang=lang).out)
    tap.equal(late.ask("erase", place="A", card="222").get("error"), "keyring-old", "nor is it said of a card that nobody has it: that cannot be read")
    late.stop()
    late = started(folder + "/late", "+31d")
    in_step(late)
    until(lambda: person(late, "C-2") == ("here", "222"), "what was not erased is not read again once the hub was heard")
    tap.ok(person(late, "C-1")[1] is None and not late.must("status")["keyring"]["held"], "linked it has what was not erased, and not what was", person(late, "C-1"))
    late.stop()
    again = started(folder + "/late", "+32d", "--offline")
    tap.ok(person(again, "C-2") == ("here", "222"), "and reads it without a hub again the day after")
    again.stop()
    without_keys(tap, hub, folder)
    hub.stop()


bench(main)
