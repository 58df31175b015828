#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Erasing a person: the key goes from every node that had it and from the hub, which says who has confirmed; a silent node confirms when it is back; every log still verifies, the states are the same with
# and without keys. Killed in the middle of it, it goes on. Orders' keys go by themselves four months after the return, a relay's a week after its round, whatever the relay's own clock says.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, bench, holds, in_step, until  # noqa: E402
from node_bench import Post, at, person  # noqa: E402

CARD = "20099887766554"


def erasure(hub, order):
    return next((row for row in hub("erasures")["rows"] if row["order"] == order), {"gone": 0, "done": False})


def same(tap, hub, posts, what):
    in_step(*posts)
    tap.ok(hub("verify")["intact"], f"{what}: every log verifies", hub("verify"))
    digest = hub.folded()["state"]["digest"]
    tap.ok(all(post.digest() == digest for post in posts), f"{what}: the same state with and without keys")


def network(folder):
    hub = Hub(folder + "/hub").start()
    for code in ("BIB-A", "BIB-B", "BIB-C"):
        hub.place(code)
    hub.place("CCAS-N", "relay", "--host", "BIB-B")
    a, b, c, relay = (Post(f"{folder}/{name}").start() for name in ("a", "b", "c", "relay"))
    for post, place in ((a, "BIB-A"), (b, "BIB-B"), (c, "BIB-C")):
        post.enrol(hub, place)
    relay.enrol(hub, "CCAS-N", "--role", "relay", "--scope", "own")
    a.register(["1001", "1002", "1003"])
    a.must_type("bag", "add", "SAC-1", "SAC-2")
    return hub, a, b, c, relay


def erased_everywhere(tap, hub, a, b, c):
    a.must_type("orders", "add", "--id", "C-1", "--pickup", "BIB-B", "--card", CARD, "--name", "Dupont", "1001")
    until(lambda: person(b, "C-1")[0] == "here", "the key does not come to the pick-up place")
    in_step(c)
    tap.equal([person(a, "C-1")[1], person(b, "C-1")[1], person(c, "C-1")[0]], [CARD, CARD, "key-elsewhere"], "a key is with its maker and the pick-up place, nobody else")
    done = c.type("erase", "order", "C-1", "--json")
    tap.equal(done.json.get("error"), "erase-key-elsewhere", "who has no key can't have it erased")
    tap.equal(hub("erase", "person", CARD).get("error"), "hub-erase-person", "the hub does not know whose orders are")
    b.kill()
    tap.ok("effacé ici" in a.type("erase", "person", CARD, lang="fr").out, "a reader is erased by the card, where it can be read")
    tap.equal(person(a, "C-1")[0], "erased", "the view says so")
    tap.ok("error" in a.type("erase", "order", "C-1", "--json").json, "not twice")
    in_step(a)
    until(lambda: erasure(hub, "C-1")["gone"] == 1, "the author's confirmation does not come")
    text = hub.text("erasures").stdout
    tap.ok("C-1 : effacée chez 1 sur 2" in text and "BIB-B muet depuis 20" in text, "the hub says who is waited for, and since when it is silent", text)
    # It was killed while it wrote: what is left beside the file goes, the key with it.
    with open(b.folder + "/keyring", "rb") as file:
        old = file.read()
    with open(b.folder + "/keyring.0123456789abcdef", "wb") as file:
        file.write(old)
    b.start()
    until(lambda: erasure(hub, "C-1")["done"], "the silent node does not confirm once it is back")
    tap.equal([person(b, "C-1")[0], os.path.exists(b.folder + "/keyring.0123456789abcdef")], ["erased", False], "it is erased there, and what a kill left is gone")
    same(tap, hub, (a, b, c), "erased")
    b.kill()
    with open(b.folder + "/keyring", "wb") as file:
        file.write(old)
    b.start()
    until(lambda: person(b, "C-1")[0] == "erased", "an old copy of the keyring brings a key back")
    tap.ok(True, "a keyring put back from an old copy forgets again what was erased since")


def killed_in_the_middle(tap, hub, a, b):
    for n in range(6):
        a.must_type("orders", "add", "--id", f"C-K{n}", "--pickup", "BIB-B", "--card", f"7{n}", "--name", "X", "1002")
    until(lambda: all(person(b, f"C-K{n}")[0] == "here" for n in range(6)), "keys do not come")
    for n in range(6):
        a.ask("erase", order=f"C-K{n}", place="BIB-A")
        (a, b, hub)[n % 3].kill()
        (a, b, hub)[n % 3].start()
    until(lambda: all(person(post, f"C-K{n}")[0] == "erased" for n in range(6) for post in (a, b)), "after kills something is still here")
    until(lambda: all(erasure(hub, f"C-K{n}")["done"] for n in range(6)), f"after kills not all is confirmed: {hub('erasures')}")
    tap.ok(True, "six erasures with kills of both nodes and the hub between: all erased, all confirmed")


def relay_for_a_week(tap, hub, a, b, relay):
    hub("rule", "add", "key-relay", "--place", "CCAS-N", "--days", "7")
    in_step(a, relay)
    a.must_type("orders", "add", "--id", "C-R", "--pickup", "CCAS-N", "--card", CARD, "--name", "Dupont", "1003")
    a.must_type("pack", "SAC-1", "--order", "C-R", "1003")
    a.must_type("seal", "SAC-1", "0412", "--order", "C-R")
    a.must_type("dispatch", "--to", "CCAS-N", "SAC-1")
    in_step(a, b, relay)
    key = lambda post: post.must("status")["keyring"]["keys"]  # noqa: E731
    until(lambda: key(relay) == 1, "the rule gives the relay no key")
    until(lambda: person(b, "C-R")[0] == "here", "its branch has no key")
    tap.ok(True, "a relay that a rule names is given the key of what it hands out")
    until(lambda: hub("erasures")["ok"] and relay.must("status")["keyring"]["ends"], "the relay is not told when its time is over")
    relay.kill()
    hub.stop()
    hub.environment = at("+8d")
    hub.start()
    relay.environment = at("1970-01-02 00:00:00")
    relay.start()
    until(lambda: key(relay) == 0, "a relay whose clock stands in 1970 keeps the key")
    tap.equal([key(relay), person(b, "C-R")[0]], [0, "here"], "a week after its round it has none, whatever its clock says; its branch has")
    relay.stop()


def four_months(tap, hub, a, b, c):
    a.must_type("orders", "add", "--id", "C-M", "--pickup", "BIB-A", "--card", CARD, "--name", "Dupont", "1001")
    a.must_type("orders", "cancel", "C-M", "--reason", "declined")
    in_step(a)
    hub.stop()
    hub.environment = at("+100d")
    hub.start()
    in_step(a)
    hub("erasures")
    tap.equal(person(a, "C-M")[0], "here", "100 days after the end of an order its key is still here")
    hub.stop()
    hub.environment = at("+131d")
    hub.start()
    in_step(a)
    until(lambda: hub("erasures").get("ok") and person(a, "C-M")[0] == "erased", "four months later it is still here")
    hub.folded()
    tap.equal(erasure(hub, "C-M")["why"], "kept-long", "four months after it goes by itself")
    same(tap, hub, (a, b, c), "in the end")


def main(tap, folder):
    hub, a, b, c, relay = network(folder)
    erased_everywhere(tap, hub, a, b, c)
    killed_in_the_middle(tap, hub, a, b)
    relay_for_a_week(tap, hub, a, b, relay)
    four_months(tap, hub, a, b, c)
    for post in (a, b, c, relay, hub):
        tap.ok(not holds(post.folder, CARD.encode()) and not holds(post.folder, b"Dupont"), f"no card and no name in {os.path.basename(post.folder)}'s files")


if __name__ == "__main__":
    bench(main)
