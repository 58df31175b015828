#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# The hub without room: its store at its largest size, then its disk full (a small tmpfs, where mounting is allowed). It lives on, acknowledges nothing it has not stored,
# the nodes keep what they have, and all of it arrives when there is room.
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, Node, bench, until  # noqa: E402


def fill(hub, node, mark, full):
    """Registers until the hub says it is full."""
    for step in range(400):
        node.register([f"{mark}{step:04}{n:03}" for n in range(200)])
        until(lambda: node.link()["to_send"] == 0 or full(hub("status")), "the node neither sends nor is told to wait")
        if full(hub("status")):
            return step
    raise RuntimeError("it never filled up")


def honest(tap, hub, node, what):
    link = node.link()
    tap.ok(link["to_send"] > 0, f"{what}: the node keeps what was not stored", link)
    status = hub("status")
    tap.ok(status["ok"] and hub.alive() and hub("nodes")["rows"][0]["connected"], f"{what}: the hub lives and answers", status)
    refused = hub("place", "add", "NEW", "--kind", "branch")
    # with no reserve a few bytes may still fit where a batch does not
    fits = refused["ok"] and "--reserve-mib" in hub.options and "0" in hub.options
    tap.ok(fits or refused.get("error") == "hub-full" and refused["exit"] == 5 and refused["next"],
           f"{what}: a decision is refused with what to do", refused)
    held = [row for row in hub("nodes")["rows"]][0]["seq"]
    tap.ok(link["durable"] <= held, f"{what}: nothing was acknowledged that is not held", (link, held))


def arrives(tap, hub, node, what):
    tap.ok(node.sync(90).get("ok"), f"{what}: with room again, all of it arrives", (node.link(), hub("status")))
    status = hub.folded()
    until(lambda: node.digest() == hub("status")["state"]["digest"], "digests differ")
    tap.ok(hub("verify")["intact"], f"{what}: and everything verifies")
    return status


def small_store(tap, folder):
    hub = Hub(folder + "/hub", "--map-mib", "4", "--reserve-mib", "0").start()
    hub.place("BIB-A")
    node = Node(folder + "/a").start()
    node.enrol(hub, "BIB-A")
    fill(hub, node, "S", lambda status: status["journal"]["full"])
    honest(tap, hub, node, "store at its largest size")
    hub.kill()
    hub.start()
    tap.ok(node.link()["to_send"] > 0, "killed and started, it is still full")
    hub.stop()
    hub.options = ["--map-mib", "256", "--reserve-mib", "0"]
    hub.start()
    arrives(tap, hub, node, "larger store")
    hub.stop()
    node.stop()


def small_disk(tap, folder, reserve):
    what = f"disk full, reserve of {reserve} MiB"
    disk = f"{folder}/disk{reserve}"
    os.mkdir(disk)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "navette", disk], capture_output=True).returncode != 0:
        tap.ok(True, f"{what} # SKIP mounting a tmpfs is not allowed here")
        return
    try:
        hub = Hub(disk + "/hub", "--reserve-mib", reserve)
        hub.log = disk + "-hub.log"
        hub.start()
        hub.place("BIB-B")
        node = Node(f"{folder}/b{reserve}").start()
        node.enrol(hub, "BIB-B")
        ballast = disk + "/ballast"
        with open(ballast, "wb") as file:
            file.write(b"x" * 3000000)
        fill(hub, node, "D", lambda status: status["journal"]["full"])
        honest(tap, hub, node, what)
        # to the last byte: LMDB sees ENOSPC itself
        with open(disk + "/rest", "wb", buffering=0) as file:
            try:
                while file.write(b"x" * 4096):
                    pass
            except OSError:
                pass
        node.register(["D9999"])
        honest(tap, hub, node, what + ", to the last byte")
        hub.kill()
        hub.start()
        until(lambda: hub("nodes")["rows"][0]["connected"], "the node does not come back")
        # pages that the killed one held are free now: some more may fit
        fill(hub, node, "E", lambda status: status["journal"]["full"])
        honest(tap, hub, node, what + ", killed and started")
        # room is made under the hub that runs
        os.unlink(disk + "/rest")
        os.unlink(ballast)
        subprocess.run(["mount", "-o", "remount,size=200m", disk], check=True)
        arrives(tap, hub, node, what)
        hub.stop()
        node.stop()
    finally:
        subprocess.run(["umount", "-l", disk], check=False)


def body(tap, folder):
    small_store(tap, folder)
    small_disk(tap, folder, "1")
    small_disk(tap, folder, "0")


if __name__ == "__main__":
    bench(body)
