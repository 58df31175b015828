#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# A full disk: nothing is recorded and the person is told so; the daemon lives, views answer, a restart works; once space is freed everything goes on and nothing was lost.
# The hub's deltas meet the full disk too, and come again. Needs root, for a small file system of its own in memory.
import os
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, bench, until  # noqa: E402
from node_bench import Post, stocked  # noqa: E402


def fill(path):
    """Leaves no block free."""
    with open(path, "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass


def use_up(post):
    """LMDB's file has free pages of its own: recording goes on until they are used too. Every answer is kept to be compared."""
    recorded = 0
    for size in (200, 20, 1):
        for turn in range(2000):
            rows = [{"barcode": f"7{size}-{turn}-{n}", "title": "t" * 900, "material": "Livre"} for n in range(size)]
            done = post.ask("item-add", items=rows)
            if not done.get("ok"):
                break
            recorded += done["recorded"]
    for turn in range(3000):
        operation = post.must("begin", verb="seen", options={})["operation"]
        done = post.ask("scan", operation=operation, barcode="30001")
        if not done.get("ok"):
            return recorded
        recorded += 1
        if not post.ask("close", operation=operation).get("ok"):
            return recorded
        recorded += 1
    raise RuntimeError("the disk does not get full")


def full(tap, post, ballast, name):
    fill(ballast)
    head = post.link()["head"]
    recorded = use_up(post)
    tap.equal(post.link()["head"] - head, recorded, f"{name}: what was answered is what was recorded")
    before = post.must_type("status", "--json").json["link"]["head"]
    done = post.type("seen", "30001", "30002")
    tap.ok(done.code == 5 and "rien n'a été enregistré" in done.out and "Libérez" in done.out, f"{name}: scans are refused, saying what to do", done)
    done = post.type("seen", "--json", "30001", lang="en")
    tap.ok(done.code == 5 and done.lines[0]["error"] == "store-full" and "Free space" in done.lines[0]["next"], "  in JSON and English", done)
    done = post.type("seal", "SAC-1", "0412")
    tap.ok(done.code == 5 and "Libérez" in done.err, "  so is a command of one event", done)
    done = post.type("item", "add", "60001", "--title", "T")
    tap.ok(done.code == 5, "  and the catalogue", done)
    tap.ok(post.alive() and post.stock() and post.type("check").code == 0, "  the daemon lives and answers views")
    tap.equal(post.must_type("status", "--json").json["link"]["head"], before, "  nothing was recorded")


def recovered(tap, post, name):
    done = post.type("seen", "30001", "30002")
    tap.equal(done.code, 0, f"{name}: scans are recorded again")
    tap.equal(post.type("check").code, 0, "  the log and the state are whole")


def linked(tap, folder, disk):
    """What the hub sends while the disk is full is taken in once it is not."""
    hub = Hub(folder + "/hub").start()
    hub.place("BIB-CENTRE")
    hub.place("BIB-NORD")
    post = Post(disk + "/linked")
    post.log = folder + "/linked.log"
    post.start()
    post.enrol(hub, "BIB-CENTRE")
    post.must_type("sync", "--wait", "60")
    fill(disk + "/ballast")
    use_up(post)
    other = Post(folder + "/other").start()
    other.enrol(hub, "BIB-NORD")
    for turn in range(4):
        other.register([f"6{turn}{n:03}" for n in range(500)])
    other.must_type("sync", "--wait", "60")
    done = post.type("sync", "--wait", "2", "--json")
    tap.ok(done.code == 5 and done.json["error"] == "disk-full" and post.alive(), "a full disk takes in nothing from the hub, says so, and the daemon lives", done)
    tries = post.logged().count("the hub sent is not taken in")
    tap.ok(tries <= 3, "... and does not ask for it again and again", tries)
    os.remove(disk + "/ballast")
    done = post.type("sync", "--wait", "60", "--json")
    hub.folded()
    done = post.type("sync", "--wait", "60", "--json")
    tap.ok(done.code == 0 and done.json["store"]["digest"] == other.must_type("sync", "--wait", "60", "--json").json["store"]["digest"],
           "space freed: everything comes, and the state is the other branch's", done)
    for daemon in (post, other, hub):
        daemon.stop()


def by_stick(tap, folder, disk):
    """An answer that the disk takes a part of: read again once there is room, all of it is there."""
    hub = Hub(folder + "/hub-sticks").start()
    other, post = Post(folder + "/sender").start(), Post(disk + "/sticks", "--offline")
    post.log = folder + "/sticks.log"
    post.start()
    for node, place in ((other, "BIB-CENTRE"), (post, "BIB-NORD")):
        hub.place(place)
        node.enrol(hub, place)
    for turn in range(6):
        other.must("item-add", namespace="bib", items=[{"barcode": f"D{turn * 1000 + n}", "title": f"{turn}{n}" * 20, "material": "Livre"} for n in range(1000)])
    other.must_type("sync", "--wait", "60")
    hub.folded()
    post.must_type("stick", "out", folder + "/1.nvb")
    answer = hub.stick_in(folder + "/1.nvb")["answer"]
    fill(disk + "/ballast")
    with open(disk + "/ballast", "r+b") as file:
        file.truncate(os.path.getsize(disk + "/ballast") - (2 << 20))
    done = post.type("stick", "in", answer, lang="en")
    part = post.must("status")["store"]["entries"]
    tap.ok(done.code == 5 and "Free space" in done.out + done.err and post.alive(), "a stick's answer that the disk has no room for is told so", done)
    os.remove(disk + "/ballast")
    done = post.type("stick", "in", answer)
    until(lambda: post.must("status")["store"]["folded"] == post.must("status")["store"]["entries"], "what came is not folded")
    whole = post.must("status")["store"]
    tap.ok(done.code == 0 and 0 < part < whole["entries"], "... with room it is read again", (done, part, whole))
    post.must_type("check")
    missing = [n for n in range(6000) if not post.ask("find", barcode=f"D{n}").get("ok")]
    tap.equal(missing, [], "... and nothing of it is missing")
    for daemon in (post, other, hub):
        daemon.stop()


def changing_keys(tap, folder, disk):
    """Keys that go over while the disk is full: said, tried now and then, done once there is room."""
    hub = Hub(folder + "/hub-keys").start()
    hub.place("BIB-CENTRE")
    post = Post(disk + "/keys")
    post.log = folder + "/keys.log"
    post.start()
    post.enrol(hub, "BIB-CENTRE")
    post.streaming()
    hub.process.send_signal(signal.SIGSTOP)
    post.must_type("rekey")
    fill(disk + "/ballast")
    hub.process.send_signal(signal.SIGCONT)
    until(lambda: "Disque plein" in post.type("status").out, "status does not say that the disk is full")
    for turn in range(20):
        post.must("status")
    lines = post.logged().count("No space left")
    tap.ok(lines <= 3, "a change of keys that meets a full disk is not tried at every turn", lines)
    os.remove(disk + "/ballast")
    until(lambda: not post.must("status")["keys"]["changing"], "the change does not end")
    tap.ok("Disque plein" not in post.type("status").out, "... and ends once there is room")
    for daemon in (post, hub):
        daemon.stop()


def body(tap, folder):
    disk = folder + "/disk"
    os.mkdir(disk)
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", disk], capture_output=True).returncode != 0:
        tap.ok(True, "a full disk # SKIP needs root and mount")
        return
    try:
        post = stocked(disk + "/centre")
        post.stop()
        log, post.log = post.log, folder + "/log"
        os.remove(log)
        post.start()
        full(tap, post, disk + "/ballast", "full to the last block")
        post.stop()
        post.start()
        done = post.type("seen", "30001")
        tap.ok(done.code == 5 and post.stock(), "a restart on a full disk answers, and still refuses to record", done)
        os.remove(disk + "/ballast")
        recovered(tap, post, "space freed")
        post.stop()
        kept = Post(post.folder)
        kept.log = post.log
        kept.options = ["--reserve-mib", "3", "--map-mib", "512"]
        kept.start()
        with open(disk + "/ballast", "wb") as file:
            file.write(bytes(3 << 20))
        done = kept.type("seen", "30003")
        tap.ok(done.code == 5, "with a reserve, recording stops before the last block", done)
        os.remove(disk + "/ballast")
        recovered(tap, kept, "above the reserve")
        kept.stop()
        shutil.rmtree(disk + "/centre")
        linked(tap, folder, disk)
        shutil.rmtree(disk + "/linked")
        by_stick(tap, folder, disk)
        shutil.rmtree(disk + "/sticks")
        changing_keys(tap, folder, disk)
    finally:
        subprocess.run(["umount", "-l", disk], check=False)


if __name__ == "__main__":
    bench(body)
