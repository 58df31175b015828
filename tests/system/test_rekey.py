#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# New keys of a node: in mid-push, twice in a row, with either side killed at each stage and answers lost; what the old keys signed stays verifiable; a node put back from before is told what to do.
import os
import shutil
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, Node, bench, until  # noqa: E402


class Count:
    done = 0

    @classmethod
    def register(cls, node, count=20):
        node.register([f"{cls.done + n:06}" for n in range(count)])
        cls.done += count


def changed(node):
    return until(lambda: not node.must("status")["keys"]["changing"], "the keys do not change over")


def whole(tap, hub, node, other, what):
    tap.ok(node.sync().get("ok"), f"{what}: in step", node.link())
    until(lambda: hub.folded() and sum(row["count"] for row in hub("stock")["rows"]) == Count.done, f"{what}: the hub lacks some")
    tap.ok(hub("verify")["intact"], f"{what}: every event is there once, under the key that holds for it", hub("verify"))
    tap.ok(node.must("check")["ok"], f"{what}: the node checks its own log")
    tap.ok(other.sync().get("ok"), f"{what}: the other branch goes on")
    tap.equal(other.digest(), hub.folded()["state"]["digest"], f"{what}: and holds the same")


def plain(tap, hub, node, other):
    Count.register(node)
    tap.ok(node.sync().get("ok"), "in step under the first keys")
    before = node.keys()
    status = node.must("status")["keys"]
    tap.ok(status["made"] is not None and status["due"] > status["made"] and not status["overdue"], "status says when keys are to change", status)
    tap.ok(node.must("rekey")["ok"], "new keys")
    changed(node)
    after = node.keys()
    tap.ok(before["node"] == after["node"] and before["sign"] != after["sign"] and before["curve"] != after["curve"], "the file holds new keys, the name is the same")
    tap.equal(os.stat(node.folder + "/keys").st_mode & 0o777, 0o600, "... for its owner only")
    tap.ok(not os.path.exists(node.folder + "/keys.next"), "nothing else is left")
    Count.register(node)
    whole(tap, hub, node, other, "changed")


def twice(tap, hub, node, other):
    for _ in range(2):
        tap.ok(node.must("rekey")["ok"], "again")
        changed(node)
        until(lambda: node.link()["link"] == "streaming", "it does not stream under its new keys")
    Count.register(node)
    whole(tap, hub, node, other, "twice in a row")


def mid_push(tap, hub, node, other):
    """The hub stands still while the node fills its credit and changes keys: both sides are then killed before either has heard the other."""
    hub.process.send_signal(signal.SIGSTOP)
    for _ in range(8):
        Count.register(node, 250)
    tap.ok(node.must("rekey")["ok"], "new keys in the middle of a push")
    Count.register(node)
    node.kill()
    hub.kill()
    hub.start()
    node.start()
    tap.ok(os.path.exists(node.folder + "/keys.next") or not node.must("status")["keys"]["changing"], "the next keys are beside the present ones")
    changed(node)
    whole(tap, hub, node, other, "in mid-push, both killed")


def lost_answer(tap, hub, node, other):
    """Killed again and again while the keys change: whichever word was lost, both ends go on."""
    for turn in range(6):
        until(lambda: node.ask("rekey").get("ok"), "no new keys")
        Count.register(node, 3)
        if turn % 2:
            hub.kill()
            hub.start()
        node.kill()
        node.start()
        changed(node)
        until(lambda: node.link()["link"] == "streaming", "it does not stream")
    whole(tap, hub, node, other, "killed six times while changing")


def offline(tap, hub, node, other):
    hub.stop()
    until(lambda: node.link()["link"] != "streaming", "the node does not notice")
    done = node.ask("rekey")
    tap.equal(done.get("error"), "rekey-offline", "keys do not change while the hub is away")
    Count.register(node)
    hub.start()
    whole(tap, hub, node, other, "offline")


def put_back(tap, hub, node, other):
    """A copy of the folder of before the change comes back instead of it."""
    node.stop()
    shutil.copytree(node.folder, node.folder + ".before", ignore=shutil.ignore_patterns("control"))
    node.start()
    until(lambda: node.ask("rekey").get("ok"), "no new keys")
    changed(node)
    Count.register(node)
    tap.ok(node.sync().get("ok"), "changed once more")
    node.stop()
    newest = node.folder + ".keys"
    shutil.copy(node.folder + "/keys", newest)
    shutil.rmtree(node.folder)
    shutil.move(node.folder + ".before", node.folder)
    node.start()
    until(lambda: node.link()["link"] == "old-keys", "it is not told that it shows old keys")
    note = node.must("status")["note"]
    tap.equal(note["error"], "hub-old-keys", "put back from before the change it is told so")
    tap.ok("keys" in note["next"] and "replace" in note["next"], "... and what to do", note)
    tap.ok("it has given up" in hub.logged(), "the hub's log names it", hub.logged()[-300:])
    node.stop()
    os.remove(node.folder + "/keys")
    shutil.copy(newest, node.folder + "/keys")
    node.start()
    whole(tap, hub, node, other, "with the newest keys beside the old store")


def main(tap, folder):
    hub = Hub(folder + "/hub").start()
    for place in ("BIB-A", "BIB-B"):
        hub.place(place)
    node, other = Node(folder + "/a").start(), Node(folder + "/b").start()
    tap.equal(node.ask("rekey").get("error"), "not-enrolled", "a node without a hub has nobody to tell")
    node.enrol(hub, "BIB-A")
    other.enrol(hub, "BIB-B")
    until(lambda: node.link()["link"] == "streaming", "the node does not stream")
    for part in (plain, twice, mid_push, lost_answer, offline, put_back):
        part(tap, hub, node, other)
    done = hub("rebuild")
    tap.ok(done["ok"], "the state is made anew from the whole history", done)
    tap.ok(hub("verify")["intact"], "and all of it verifies")
    for one in (node, other, hub):
        one.stop()


bench(main)
