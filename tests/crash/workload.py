#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A small network's day on real processes, one hub and one node of it recorded (record.c): workload.py RECORDER FOLDER.
Leaves FOLDER/hub.trace, FOLDER/node.trace and the keys of both in FOLDER/hub and FOLDER/node. SEED from the environment."""
import os
import random
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system", "lib"))
from hub_bench import Hub, Node, bench, until  # noqa: E402

ROUNDS = int(os.environ.get("ROUNDS", "24"))


def recorded(recorder, trace):
    return {**os.environ, "LD_PRELOAD": recorder, "NAVETTE_RECORD": trace}


def round_of_work(chance, turn, node, other, relay):
    mark = f"{turn:03}"
    documents = [f"D{mark}{n:02}" for n in range(chance.randint(3, 12))]
    node.register(documents, material=chance.choice(["Livre", "DVD", "CD"]))
    bag = f"SAC-{mark}"
    node.scan("bag-add", [bag])
    node.scan("pack", documents[: chance.randint(1, len(documents))], container=bag)
    if chance.random() < 0.7:
        node.must("seal", container=bag, seal=mark)
    to = chance.choice([("BIB-B", other), ("CCAS-C", relay)])
    node.scan("dispatch", [bag], to=to[0])
    node.scan("seen", documents[-1:])
    other.register([f"E{mark}{n:02}" for n in range(chance.randint(1, 6))])
    node.sync(30)
    to[1].sync(30)
    to[1].scan("receive", [bag])
    if to[0] == "CCAS-C":
        relay.scan("deliver", [bag])
        relay.scan("return", [bag])
        relay.scan("collect", [bag], to="BIB-A")
    if chance.random() < 0.3:
        last = node.must("status")["link"]["head"]
        node.must("retract", target=str(last))
    to[1].sync(30)


def play(recorder, folder, work):
    chance = random.Random(int(os.environ.get("SEED", "1")))
    hub = Hub(work + "/hub", "--map-mib", "64", "--reserve-mib", "0", environment=recorded(recorder, folder + "/hub.trace")).start()
    for code, kind in (("BIB-A", "branch"), ("BIB-B", "branch"), ("CCAS-C", "relay")):
        hub.place(code, kind)
    node = Node(work + "/node", "--map-mib", "64", "--reserve-mib", "0", environment=recorded(recorder, folder + "/node.trace")).start()
    other, relay = Node(work + "/b").start(), Node(work + "/c").start()
    for one, code in ((node, "BIB-A"), (other, "BIB-B"), (relay, "CCAS-C")):
        one.enrol(hub, code)
    for turn in range(ROUNDS):
        round_of_work(chance, turn, node, other, relay)
        if turn in (ROUNDS // 3, 2 * ROUNDS // 3):
            (hub if turn == ROUNDS // 3 else node).kill()
            (hub if turn == ROUNDS // 3 else node).start()
    for one in (node, other, relay):
        until(lambda at=one: at.sync(10).get("ok"), "the network does not come to rest")
    hub.folded()
    for one in (node, other, relay, hub):
        one.stop()
    for name in ("hub", "node"):
        os.makedirs(f"{folder}/{name}", mode=0o700)
        for kept in os.listdir(f"{work}/{name}"):
            if kept.startswith("key"):
                shutil.copy2(f"{work}/{name}/{kept}", f"{folder}/{name}/{kept}")


def body(tap, work):
    recorder, folder = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    play(recorder, folder, work)
    size = sum(os.path.getsize(f"{folder}/{name}.trace") for name in ("hub", "node"))
    tap.ok(size > 0, f"a day of a small network, recorded: {size >> 10} KiB of writes and promises")


if __name__ == "__main__":
    bench(body)
