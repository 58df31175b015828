#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# A node goes from one scope to another on real processes: a backfill beside the news, an eviction after which nothing of what it follows no more is in any of its files, and the hub
# that says how far it is. Kill -9 at both ends on the way; widened, narrowed and widened within a moment; what the node shows while it is being completed.
import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, Node, bench, holds, until  # noqa: E402

SEED = int(os.environ.get("SEED", "1"))
COUNT = int(os.environ.get("SCOPE_ITEMS", "1500"))
PACKED, SENT = "Marque du sac", "Marque du lot"


def row(hub, place):
    return hub("scope", "show", place)["rows"][0]


def complete(hub, place, epoch=None):
    def whole():
        found = row(hub, place)
        return found if found["scope_state"] == "following" and (epoch is None or found["epoch"] >= epoch) else None
    return until(whole, f"{place} is not whole: {row(hub, place)}")


def make(hub, branch, relay_places):
    """Documents at the branch; some go in bags to the relays' places, some by themselves."""
    kinds = ("P", "D")
    for start in range(0, COUNT, 250):
        rows = [{"barcode": f"{kinds[n % 2]}{n:05d}", "title": f"{PACKED if n % 2 == 0 else SENT} {n}", "material": "Livre"}
                for n in range(start, min(start + 250, COUNT))]
        branch.must("item-add", items=rows)
    bags = [f"SAC-{n}" for n in range(6)]
    branch.scan("bag-add", bags)
    for n, code in enumerate(bags):
        branch.scan("pack", [f"P{m:05d}" for m in range(2 * n, COUNT, 2 * len(bags) * 5)], container=code)
        branch.scan("dispatch", [code], to=relay_places[n % len(relay_places)])
    for n, place in enumerate(relay_places):
        branch.scan("dispatch", [f"D{m:05d}" for m in range(2 * n + 1, COUNT, 2 * len(relay_places) * 8)], to=place)


def same_as_fresh(hub, folder, relay, name, places):
    """The relay's state is that of a node which begins today with these places, once both have the same news."""
    node = Node(f"{folder}/{name}").start()
    node.enrol(hub, places, "--role", "relay", "--scope", "own")
    found = []

    def equal():
        node.sync()
        relay.sync()
        found[:] = [node.must("status")["store"], relay.must("status")["store"]]
        return found[0]["digest"] == found[1]["digest"]

    try:
        until(equal, "another state", 20)
        return True
    except TimeoutError:
        print(f"# {found}")
        return False
    finally:
        node.stop()
        hub("revoke", row_of(node), "--reason", "surplus")


def row_of(node):
    return node.keys()["node"][0]


def body(tap, folder):
    print(f"# SEED={SEED}")
    chance = random.Random(SEED)
    hub = Hub(f"{folder}/hub").start()
    for code, kind in (("BIB-A", "branch"), ("BIB-B", "branch"), ("CCAS", "relay"), ("ASSO", "relay"), ("EHPAD", "relay")):
        hub.place(code, kind)
    branch = Node(f"{folder}/branch").start()
    branch.enrol(hub, "BIB-A")
    relay = Node(f"{folder}/relay").start()
    relay.enrol(hub, "CCAS")
    make(hub, branch, ["CCAS", "ASSO", "EHPAD"])
    tap.ok(branch.sync().get("ok"), "the branch is in step")
    tap.ok(relay.sync().get("ok"), "the relay is in step")
    tap.equal(row(hub, "CCAS")["scope_state"], "following", "never changed, it follows")
    before = relay.must("status")
    tap.ok(not holds(relay.folder, PACKED.encode()), "no title of a bag's content is in the relay's files")
    tap.ok(holds(relay.folder, SENT.encode()), "the titles of what was sent by itself are")

    widened = hub("scope", "widen", "CCAS", "--places", "ASSO")
    tap.ok(widened["ok"] and widened["rows"][0]["places"] == ["CCAS", "ASSO"], "widened by a place", widened)
    complete(hub, "CCAS", 1)
    relay.sync()
    tap.equal(relay.must("status")["identity"]["places"], ["CCAS", "ASSO"], "the node serves it without being told by hand")
    after = relay.must("status")
    tap.ok(after["store"]["entries"] > before["store"]["entries"], "what concerned the place before has come", after)
    tap.ok(same_as_fresh(hub, folder, relay, "fresh-1", "CCAS,ASSO"), "the state is that of a node which begins today")
    tap.ok(not holds(relay.folder, PACKED.encode()), "still no title of a bag's content")

    whole = hub("scope", "widen", "CCAS", "--scope", "network")
    tap.ok(whole["ok"] and whole["rows"][0]["scope"] == "network", "widened to the network", whole)
    for _ in range(6):
        until(lambda: relay.ask("status").get("ok"), "the relay answers")
        relay.kill()
        if chance.randrange(2):
            hub.kill()
            hub.start()
        relay.start()
    complete(hub, "CCAS", 2)
    relay.sync()
    tap.ok(holds(relay.folder, PACKED.encode()), "a node of the network holds every title, killed on the way or not")
    hub.folded()
    tap.equal(relay.digest(), hub.folded()["state"]["digest"], "and has the hub's state")

    narrow = hub("scope", "narrow", "CCAS", "--scope", "own", "--places", "ASSO")
    tap.ok(narrow["ok"] and narrow["rows"][0]["leaving"] == ["ASSO"], "narrowed: the place it leaves is named until it has said all", narrow)
    for _ in range(6):
        relay.kill()
        relay.start()
    shown = complete(hub, "CCAS", 3)
    relay.sync()
    tap.ok(shown["taken"] is not None and shown["complete"] is not None, "the hub says when it was evicted and when complete", shown)
    tap.equal(shown["leaving"], [], "it has left the place")
    tap.ok(not holds(relay.folder, PACKED.encode()), "nothing of a bag's content is left in any of its files")
    tap.ok(not holds(relay.folder, b"P00000"), "nor a barcode of it")
    tap.equal(relay.must("status")["identity"]["places"], ["CCAS"], "the node serves its own place alone")
    tap.ok(same_as_fresh(hub, folder, relay, "fresh-2", "CCAS"), "its state is that of a node which begins today")

    tap.ok(PACKED not in relay.logged(), "nor in its log")

    # what a process that was killed in the middle leaves beside the store
    relay.stop()
    os.makedirs(f"{relay.folder}/store/evict/new", exist_ok=True)
    for name in ("data.mdb", "lock", "new/data.mdb"):
        with open(f"{relay.folder}/store/evict/{name}", "wb") as file:
            file.write(PACKED.encode() * 4096)
    relay.start()
    tap.ok(not os.path.exists(f"{relay.folder}/store/evict"), "a copy that was cut short is thrown away")
    tap.ok(not holds(relay.folder, PACKED.encode()), "with what was in it")

    for _ in range(3):
        hub("scope", "widen", "CCAS", "--scope", "network")
        hub("scope", "widen", "CCAS", "--places", "EHPAD")
        hub("scope", "narrow", "CCAS", "--scope", "own")
        relay.kill()
        relay.start()
        hub("scope", "narrow", "CCAS", "--places", "EHPAD")
    complete(hub, "CCAS", 15)
    relay.sync()
    tap.ok(not holds(relay.folder, PACKED.encode()), "widened and narrowed in a row: nothing is left")
    tap.ok(same_as_fresh(hub, folder, relay, "fresh-3", "CCAS"), "and nothing is missing")

    for words, code in ((("scope", "narrow", "CCAS", "--places", "BIB-B"), "hub-scope-not-served"), (("scope", "widen", "CCAS", "--places", "NULLE"), "hub-unknown-place"),
                        (("scope", "widen", "CCAS"), "hub-scope-same"), (("scope", "widen", "CCAS", "--scope", "own"), "hub-scope-way"),
                        (("scope", "show", "NULLE"), "hub-unknown-node")):
        done = hub(*words)
        tap.equal(done.get("error"), code, f"{' '.join(words)}: {code}")
        tap.ok(done.get("text") and done.get("next"), "with its text and what to do")
    tap.ok("CCAS" in hub.text("scope", "show").stdout, "shown as people read it")


bench(body)
