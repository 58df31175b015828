#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# The hub against people who hold something they should not: a code used before, somebody else's identity, another hub's keys; and what others may read of its files.
import os
import shutil
import stat
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, Node, bench, until  # noqa: E402


def revoked_code(tap, folder, hub):
    node = Node(folder + "/a").start()
    invitation = node.enrol(hub, "BIB-A")
    until(lambda: node.link()["link"] == "streaming", "the node does not stream")
    again = node.ask("enrol", code=invitation["code"], hub=invitation["enrol"], again=True)
    tap.ok(again["ok"], "the same node may lose the answer and ask again with its code", again)
    until(lambda: node.link()["link"] == "streaming", "the node does not stream again")
    tap.ok(hub("revoke", "BIB-A", "--reason", "key-lost")["ok"], "it is revoked")
    again = node.ask("enrol", code=invitation["code"], hub=invitation["enrol"], again=True)
    tap.equal(again.get("error"), "enrol-refused", "once revoked, its code opens nothing any more")
    before = hub("status")["refused_handshakes"]
    node.stop()
    node.start()
    until(lambda: hub("status")["refused_handshakes"] > before, "the revoked key was let in again by its old code")
    tap.ok(True, "and its key is refused at the door")
    fresh = hub("enrol", "BIB-A")
    again = node.ask("enrol", code=fresh["code"], hub=fresh["enrol"], again=True)
    tap.ok(again["ok"], "a new code lets the same machine in again", again)
    until(lambda: node.link()["link"] == "streaming", "the node that was enrolled again does not stream")
    return node


def stolen_identity(tap, folder, hub, victim):
    """A holder of a code who says to be another node, with keys of its own; and one who shows another's key under a new name."""
    def keys_of(place):
        with open(place + "/keys", encoding="ascii") as file:
            return file.read().splitlines()

    maker = Node(folder + "/maker").start()
    maker.stop()
    own, other = keys_of(maker.folder), keys_of(victim.folder)
    for what, lines in (("its name", [own[0], other[1], own[2], own[3]]), ("its key", [own[0], own[1], other[2], own[3]])):
        thief = Node(folder + "/thief-" + what[4:])
        os.mkdir(thief.folder, 0o700)
        with open(os.open(thief.folder + "/keys", os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
            file.write("\n".join(lines) + "\n")
        thief.start()
        invitation = hub("enrol", "BIB-B")
        done = thief.ask("enrol", code=invitation["code"], hub=invitation["enrol"])
        tap.equal(done.get("error"), "enrol-known", f"who holds a code cannot take another node: {what}")
        honest = Node(folder + "/honest-" + what[4:]).start()
        done = honest.ask("enrol", code=invitation["code"], hub=invitation["enrol"])
        tap.ok(done["ok"], "and does not use the code up", done)
        honest.stop()
        thief.stop()
    tap.ok(victim.sync(30).get("ok"), "the node it was goes on", victim.link())


def files(tap, folder, hub, node):
    path = folder + "/invitation"
    os.umask(0o022)
    tap.ok(hub("enrol", "BIB-B", "--file", path)["ok"], "an invitation in a file")
    tap.equal(stat.S_IMODE(os.stat(path).st_mode), 0o600, "... that others cannot read")
    tap.ok(hub("enrol", "BIB-B", "--file", path)["ok"], "... and that may be written over")
    loose = []
    for top in (hub.folder, node.folder):
        for place, _, names in os.walk(top):
            loose += [one for one in [place, *(os.path.join(place, name) for name in names)] if os.lstat(one).st_mode & 0o077]
    tap.equal(loose, [], "nothing in the hub's folder or a node's is open to others")


def lost_keys(tap, folder, hub):
    hub.stop()
    keys = hub.folder + "/keys"
    shutil.move(keys, folder + "/kept")
    hub.launch()
    tap.ok(hub.process.wait(30) != 0, "a hub whose keys are gone does not begin as another", hub.logged()[-300:])
    tap.ok(not os.path.exists(keys), "... and makes no new ones")
    tap.ok(keys in hub.logged(), "... it names the file", hub.logged()[-300:])
    stranger = Hub(folder + "/stranger").start()
    stranger.stop()
    shutil.copy(stranger.folder + "/keys", keys)
    hub.launch()
    tap.ok(hub.process.wait(30) != 0, "nor one that is given another hub's keys", hub.logged()[-300:])
    shutil.move(folder + "/kept", keys)
    hub.start()
    tap.ok(hub("verify")["intact"], "with its own keys it goes on")


def every_address(tap, folder):
    hub = Hub(folder + "/wide")
    hub.listen = "tcp://0.0.0.0:0"
    hub.start()
    hub.place("BIB-W")
    node = Node(folder + "/w").start()
    node.enrol(hub, "BIB-W")
    until(lambda: node.link()["link"] == "streaming", "the node does not reach the hub by the address it dialled")
    tap.ok(node.must("status")["identity"]["hub"].startswith("tcp://127.0.0.1:"), "a hub on every address is reached by the one that was dialled", node.must("status"))
    node.stop()
    hub.stop()


def main(tap, folder):
    hub = Hub(folder + "/hub").start()
    hub.place("BIB-A")
    hub.place("BIB-B")
    node = revoked_code(tap, folder, hub)
    stolen_identity(tap, folder, hub, node)
    files(tap, folder, hub, node)
    lost_keys(tap, folder, hub)
    node.stop()
    hub.stop()
    every_address(tap, folder)


bench(main)
