#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Every verdict that a HELLO can get, on real processes: in step, hub behind, node restored from a backup, fork, reset, reconnect, clone, hub restored. The last test counts them. Of
# the clone also: both are held and say what to do in both languages, a restart of everything changes nothing, a person chooses, the other machine becomes another node and
# loses nothing.
import os
import shutil
import socket
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, answer, bench, in_step, run, until  # noqa: E402
from node_bench import Post  # noqa: E402

WANTED = ("in-step", "hub-behind", "node-restored", "fork", "reset", "reconnect", "clone", "hub-restored")
SEEN = {}


def saw(verdict):
    SEEN[verdict] = SEEN.get(verdict, 0) + 1


class Line:
    """A line between a node and the hub that can be cut at the node's end only: the hub believes it stands."""

    def __init__(self, to):
        self.to = to
        self.door = socket.create_server(("127.0.0.1", 0))
        self.near, self.far = [], []
        threading.Thread(target=self.serve, daemon=True).start()

    @property
    def endpoint(self):
        return f"tcp://127.0.0.1:{self.door.getsockname()[1]}"

    def serve(self):
        while True:
            near, _ = self.door.accept()
            try:
                far = socket.create_connection(self.to)
            except OSError:  # no hub now
                near.close()
                continue
            self.near.append(near)
            self.far.append(far)
            threading.Thread(target=self.carry, args=(near, far, False), daemon=True).start()
            threading.Thread(target=self.carry, args=(far, near, True), daemon=True).start()

    def carry(self, one, other, tells):
        try:
            while data := one.recv(1 << 16):
                other.sendall(data)
            if tells:  # the hub's end is told, the node's is not
                other.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # cut

    def cut(self):
        for near in self.near:
            try:
                near.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # the hub had ended it
        self.near.clear()


class HubBehind(Hub):
    """One whose nodes come by such a line."""

    line = None

    def start(self):
        listen = self.listen
        super().start()
        if self.line:
            self.listen = listen
        return self


def row(hub, place):
    return next(row for row in hub("nodes")["rows"] if row["places"] == [place] and not row["revoked"])


def same_everywhere(tap, hub, posts, name):
    in_step(*posts)
    in_step(*posts)
    hub.folded()
    wanted = hub("status")["state"]["digest"]
    tap.equal([post.digest() for post in posts], [wanted] * len(posts), name)


def copy(folder, to):
    shutil.copytree(folder, to, ignore=shutil.ignore_patterns("control"))


def stopped_copy(post, to):
    post.stop()
    copy(post.folder, to)
    post.start()


def put_back(post, saved):
    post.kill()
    shutil.rmtree(post.folder)
    copy(saved, post.folder)


def plain(tap, hub, a):
    in_step(a)
    until(lambda: row(hub, "BIB-A")["verdict"] == "in-step", "not in step")
    saw("in-step")
    hub.stop()
    a.register([f"30{n:03}" for n in range(20)])
    hub.start()
    until(lambda: row(hub, "BIB-A")["verdict"] == "hub-behind", "the hub is not behind")
    saw("hub-behind")
    in_step(a)
    hub.folded()
    tap.equal(hub("find", "30019")["thing"]["place"], "BIB-A", "what a node recorded while the hub was away is there")


def reconnected(tap, hub, a, line):
    before = row(hub, "BIB-A")["reconnects"]
    line.cut()
    until(lambda: row(hub, "BIB-A")["reconnects"] > before, "the hub saw no reconnection")
    saw("reconnect")
    a.register(["31000"])
    in_step(a)
    tap.equal([row(hub, "BIB-A")["connected"], hub("clones")["rows"]], [True, []], "a later connection of the same process takes over, and is no clone")


def restored_and_forked(tap, folder, hub, a, b):
    a.register(["32000"])
    in_step(a)
    stopped_copy(a, folder + "/saved")
    a.register([f"33{n:03}" for n in range(20)])
    in_step(a)
    put_back(a, folder + "/saved")
    a.start()
    until(lambda: "node-restored: node at" in hub.logged(), "no word of a restored node")
    saw("node-restored")
    same_everywhere(tap, hub, [a, b], "a node put back from a backup has its later events again")
    hub.stop()
    put_back(a, folder + "/saved")
    a.start()
    a.register([f"34{n:03}" for n in range(20)])
    hub.start()
    until(lambda: "fork: node at" in hub.logged(), "no word of a fork")
    saw("fork")
    same_everywhere(tap, hub, [a, b], "both ends of a fork are everywhere")
    tap.equal([b.find(code)["place"] for code in ("33019", "34019")], ["BIB-A", "BIB-A"], "and the other node has both")


def wiped(tap, hub, a, b):
    a.kill()
    shutil.rmtree(a.folder + "/store")
    a.start()
    a.enrol(hub, "BIB-A")
    until(lambda: "reset: node at" in hub.logged(), "no word of a reset")
    saw("reset")
    same_everywhere(tap, hub, [a, b], "a node whose files are gone takes everything in again, under the same key")
    a.register(["35000"])
    in_step(a, b)
    tap.equal(b.find("35000")["place"], "BIB-A", "and records under a new incarnation")


def hub_put_back(tap, folder, hub, a, b):
    made = hub("backup", folder + "/backup")
    tap.ok(made["ok"], "a backup of the hub", made)
    a.register([f"36{n:03}" for n in range(20)])
    b.register([f"37{n:03}" for n in range(20)])
    in_step(a, b)
    hub.kill()
    done = answer(run("navette-hub", "restore", folder + "/backup", "--folder", folder + "/hub2", "--json"))
    tap.ok(done["ok"], "the hub is put back", done)
    hub.folder, hub.log = folder + "/hub2", folder + "/hub2.log"
    hub.start()
    until(lambda: "hub-restored: node at" in hub.logged(), "no word of a restored hub")
    saw("hub-restored")
    same_everywhere(tap, hub, [a, b], "what it had acknowledged since came back from the nodes")
    tap.equal(hub("find", "36019")["thing"]["place"], "BIB-A", "all of it")


def held(post):
    return post.link()["verdict"] == "clone"


def cloned(tap, folder, hub, a, b):
    """A machine's folder is copied onto a second machine, and both run."""
    a.stop()
    copy(a.folder, folder + "/twin")
    copy(a.folder, folder + "/late")
    hub.stop()
    a.start()
    twin = Post(folder + "/twin").start()
    a.register([f"50{n:03}" for n in range(30)])
    twin.register([f"51{n:03}" for n in range(40)])
    hub.start()
    until(lambda: held(a) and held(twin), "the clone was not seen")
    saw("clone")
    for post in (a, twin):
        fr, en = post.type("status", lang="fr").out, post.type("status", lang="en").out
        tap.ok("Deux machines" in fr and "navette-hub choose" in fr, "status says so in French, and what to do", fr)
        tap.ok("Two machines" in en and "navette-hub choose" in en, "and in English", en)
    refused = a.type("seen", "30000", lang="en")
    tap.ok(refused.code != 0 and "nothing is recorded" in refused.out + refused.err, "a scan is refused, and it is said what to do", refused)
    tap.ok("cloned" in a.ask("item-add", items=[{"barcode": "52000", "title": "x", "material": "Livre"}]).get("error", ""), "so is a registration")
    tap.equal(a.find("30000")["place"], "BIB-A", "views still answer")
    for daemon in (hub, a, twin):
        daemon.kill()
    for daemon in (hub, a, twin):
        daemon.start()
    tap.ok(held(a) and held(twin), "they stay held when everything was killed and started again")
    until(lambda: len(hub("clones")["rows"]) == 2, "the hub does not show two machines")
    listed = hub("clones")
    tap.equal(sorted(one["standing"] for one in listed["rows"]), ["held-back", "held-back"], "the hub lists both")
    tap.ok(all(one["host"] and one["address"] == "127.0.0.1" and one["boot"] and one["head"] >= 30 and one["since"] for one in listed["rows"]),
           "with host, address, boot, head and since when", listed)
    machines = {post.link()["machine"] for post in (a, twin)}
    tap.equal({one["process"] for one in listed["rows"]}, machines, "by the numbers that their own status tells")
    for lang, word in (("fr", "deux machines"), ("en", "two machines")):
        text = run("navette-hub", "clones", "--lang", lang, "--folder", hub.folder).stdout
        tap.ok(word in text and "127.0.0.1" in text, f"and people read it ({lang})", text)
    return twin


def chosen(tap, hub, a, b, twin):
    node = a.must("status")["identity"]["node"]
    tap.equal(hub("choose", "BIB-B", "abcd")["error"], "hub-no-clone", "there is nothing to choose of a node that was not cloned")
    tap.equal(hub("choose", node, "zzzz")["error"], "hub-unknown-process", "nor a machine nobody heard of")
    done = hub("choose", node, twin.link()["machine"][:8])
    tap.ok(done["ok"], "the coordinator chooses the second machine", done)
    until(lambda: not held(twin), "the chosen machine does not go on")
    in_step(twin, b)
    tap.equal(b.find("51039")["place"], "BIB-A", "what it had kept is taken in")
    until(lambda: a.link()["elsewhere"], "the other one is not told")
    fr, en = a.type("status", lang="fr").out, a.type("status", lang="en").out
    tap.ok("--anew" in fr and "Une autre machine" in fr, "the other is told what to do, in French", fr)
    tap.ok("--anew" in en and "Another machine" in en, "and in English", en)
    tap.ok(a.type("seen", "30000").code != 0, "and still records nothing")
    for daemon in (hub, a, twin):
        daemon.kill()
    for daemon in (hub, a, twin):
        daemon.start()
    tap.equal(hub("rebuild")["ok"], True, "the hub's state is made anew")
    in_step(twin)
    tap.ok(held(a) and a.link()["elsewhere"], "a restart of all changes nothing")
    tap.equal([one["standing"] for one in hub("clones")["rows"] if one["process"] == twin.link()["machine"]] or ["chosen"], ["chosen"], "nor at the hub")


def comes_late(tap, folder, hub, b, twin):
    """A third copy, which was off all the while: it has recorded, and hears of the clone and of the choice at once."""
    hub.stop()
    late = Post(folder + "/late").start()
    late.register([f"54{n:03}" for n in range(25)])
    hub.start()
    until(lambda: late.link()["elsewhere"], "the third machine is not told")
    tap.equal(late.link()["to_send"], 25, "what a third machine had recorded waits there")
    invitation = hub("enrol", "BIB-A")
    done = late.type("enrol", invitation["code"], "--hub", invitation["enrol"], "--anew", "--json")
    tap.equal([done.code, done.json.get("adopting")], [0, 25], "it becomes another node too")
    same_everywhere(tap, hub, [b, twin, late], "and everybody holds the same")
    tap.equal(b.find("54024")["place"], "BIB-A", "what had waited is there")


def becomes(tap, hub, a, b, twin):
    old = a.must("status")["identity"]["node"]
    wrong = twin.ask("enrol", code="0000-0000-0000-0000", hub=hub.enrol_at, anew=True)
    tap.equal(wrong.get("error"), "not-cloned", "the chosen one is not to become another")
    wrong = a.ask("enrol", code="0000-0000-0000-0000", hub=hub.enrol_at, anew=True)
    tap.equal(wrong.get("error"), "enrol-refused", "a wrong code changes nothing")
    invitation = hub("enrol", "BIB-A")
    done = a.type("enrol", invitation["code"], "--hub", invitation["enrol"], "--anew", "--json")
    tap.equal([done.code, done.json.get("ok")], [0, True], "the other machine becomes another node")
    tap.ok(a.must("status")["identity"]["node"] != old, "under another name")
    same_everywhere(tap, hub, [a, b, twin], "and everybody holds the same")
    tap.equal([b.find("50029")["place"], b.find("51039")["place"]], ["BIB-A", "BIB-A"], "what both had recorded is there")
    a.register(["53000"])
    twin.register(["53001"])
    same_everywhere(tap, hub, [a, b, twin], "both go on, each under its own name")
    a.kill()
    a.start()
    in_step(a)
    tap.ok(a.type("check").code == 0 and twin.type("check").code == 0, "their logs verify")
    tap.equal(hub("aside")["rows"], [], "nothing was refused")
    tap.ok(hub("verify")["intact"], "the hub verifies")


def body(tap, folder):
    hub = HubBehind(folder + "/hub").start()
    hub.line = line = Line(("127.0.0.1", int(hub.listen.rsplit(":", 1)[1])))
    hub.options += ["--public", line.endpoint]
    hub.stop()
    hub.start()
    for place in ("BIB-A", "BIB-B"):
        hub.place(place)
    a, b = Post(folder + "/a").start(), Post(folder + "/b").start()
    a.enrol(hub, "BIB-A")
    b.enrol(hub, "BIB-B")
    plain(tap, hub, a)
    reconnected(tap, hub, a, line)
    restored_and_forked(tap, folder, hub, a, b)
    wiped(tap, hub, a, b)
    hub_put_back(tap, folder, hub, a, b)
    twin = cloned(tap, folder, hub, a, b)
    chosen(tap, hub, a, b, twin)
    comes_late(tap, folder, hub, b, twin)
    becomes(tap, hub, a, b, twin)
    tap.equal(sorted(SEEN), sorted(WANTED), "every verdict of a HELLO was seen")


if __name__ == "__main__":
    bench(body)
