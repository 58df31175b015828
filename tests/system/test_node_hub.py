#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# A node's people and their hub: enrolment mistyped, refused, unanswered, by file; work recorded before it goes up; the hub away, its key wrong, the node revoked: said
# plainly while work goes on; unknown places; a relay, which is told little, is believed.
import os
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, bench, until  # noqa: E402
from node_bench import Post, stocked  # noqa: E402


def nobody_listens():
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return f"tcp://127.0.0.1:{door.getsockname()[1]}"


def enrolment(tap, folder, hub, post):
    done = post.type("enrol", "not-a-code", "--hub", hub.enrol_at)
    tap.ok(done.code == 2 and "XXXX-XXXX" in done.err, "a code out of form", done)
    invitation = hub("enrol", "BIB-CENTRE")
    done = post.type("enrol", invitation["code"])
    tap.ok(done.code == 2 and "--hub" in done.err, "no address", done)
    done = post.type("enrol", invitation["code"], "--hub", nobody_listens())
    tap.ok(done.code == 1 and "reste valable" in done.err, "nobody answers there: the code stays valid", done)
    done = post.type("enrol", "0000-0000-0000-0000", "--hub", hub.enrol_at, lang="en")
    tap.ok(done.code == 1 and "ask the coordinator" in done.err, "a wrong code", done)
    path = folder + "/invitation"
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"code = {invitation['code']}\nhub = {invitation['enrol']}\n")
    done = post.type("enrol", "--file", folder + "/nothing")
    tap.ok(done.code == 1 and "nothing" in done.err, "an invitation that is not there", done)
    done = post.type("enrol", "--file", path)
    tap.ok(done.code == 0 and "BIB-CENTRE" in done.out, "by file", done)
    done = post.type("enrol", invitation["code"], "--hub", hub.enrol_at)
    tap.ok(done.code == 1 and "--again" in done.err, "twice", done)
    done = post.type("sync", "--wait", "60")
    tap.ok(done.code == 0 and "à jour" in done.out, "sync waits until in step, and says so", done)
    hub.folded()
    tap.equal(hub("stock")["total"], 10, "what was recorded before enrolment went up")


def places(tap, post):
    done = post.type("dispatch", "--to", "BIB-NORT", "30001")
    tap.ok(done.code == 1 and "navette places" in done.err, "a place that nobody declared", done)
    rows = post.must_type("places", "--json").json["rows"]
    tap.equal([row["code"] for row in rows], ["BIB-CENTRE", "BIB-NORD", "CCAS-NORD"], "the network's places are known here")
    tap.equal(post.type("dispatch", "--to", "BIB-NORD", "30001").code, 0, "a declared one is taken")


def away(tap, hub, post):
    hub.stop()
    until(lambda: post.link()["link"] == "offline", "the hub's end was not noticed")
    done = post.type("sync", "--wait", "1")
    tap.ok(done.code == 6 and hub.listen in done.out and "travail continue" in done.out, "sync says that the hub is away", done)
    done = post.type("sync", "--wait", "1", "--json", lang="en")
    tap.ok(done.code == 6 and done.json["error"] == "hub-away" and "Work goes on" in done.json["next"], "in JSON and English", done)
    tap.equal(post.type("seen", *[f"3000{n}" for n in range(2, 10)]).code, 0, "scans are recorded all the same")
    done = post.type("status")
    waiting = post.link()["to_send"]
    tap.ok(done.code == 0 and waiting >= 9 and f"{waiting} à envoyer" in done.out, "status counts what waits", done)
    post.kill()
    post.start()
    tap.equal(post.link()["to_send"], waiting, "a restart forgets none of it")
    hub.start()
    done = post.type("sync", "--wait", "60")
    tap.ok(done.code == 0 and post.link()["to_send"] == 0, "the hub is back: everything leaves", done)


def relay(tap, folder, hub, post):
    house = Post(folder + "/ccas").start()
    house.enrol(hub, "CCAS-NORD")
    house.must_type("sync", "--wait", "60")
    status = house.must_type("status", "--json").json["identity"]
    tap.equal((status["role"], status["scope"]), ("relay", "own"), "a relay is told what concerns it")
    done = house.type("pack", "SAC-1", "30002")
    tap.ok(done.code == 1 and "relais" in done.err, "a relay packs nothing", done)
    done = house.type("return", "30009", "--json")
    tap.ok(done.code == 0 and done.lines[0]["notes"][0]["code"] == "note-unknown", "what it was not told of is recorded as it says", done)
    post.must_type("pack", "SAC-1", "30002", "30003")
    post.must_type("dispatch", "--to", "CCAS-NORD", "SAC-1")
    post.must_type("sync", "--wait", "60")
    hub.folded()
    house.must_type("sync", "--wait", "60")
    house.must_type("receive", "SAC-1")
    house.must_type("deliver", "SAC-1")
    house.must_type("return", "SAC-1")
    house.must_type("collect", "--to", "BIB-CENTRE", "SAC-1")
    house.must_type("sync", "--wait", "60")
    hub.folded()
    post.must_type("sync", "--wait", "60")
    done = post.type("receive", "SAC-1", "--json")
    tap.ok(done.code == 0 and "notes" not in done.lines[0], "a bag goes to the relay, to a person and back", done)
    rows = post.must_type("explain", "SAC-1", "--json").json["rows"]
    tap.ok(not any(row["conflict"] for row in rows), "without any conflict", rows)
    tap.equal(post.find("30002")["root"]["place"], "BIB-CENTRE", "and its contents with it")
    tap.equal(post.digest(), hub("status")["state"].get("digest", post.digest()), "branch and hub agree")
    house.stop()


def troubles(tap, folder, hub, post):
    other = Hub(folder + "/impostor")
    hub.stop()
    other.listen, other.enrol_at = hub.listen, hub.enrol_at
    other.start()
    done = until(lambda: (lambda one: one if one.code == 1 else None)(post.type("sync", "--wait", "1")), "the impostor was not noticed")
    tap.ok("n'a aucune des clés du concentrateur" in done.out and "Rien n'a été envoyé" in done.out, "another hub at the same address is not trusted", done)
    other.stop()
    hub.start()
    tap.equal(post.type("sync", "--wait", "60").code, 0, "the right one is")
    revoked = hub("revoke", post.must_type("status", "--json").json["identity"]["node"], "--reason", "key-lost")
    if not revoked.get("ok"):
        raise RuntimeError(revoked)
    done = until(lambda: (lambda one: one if one.code == 1 else None)(post.type("sync", "--wait", "1")), "the revocation was not noticed")
    tap.ok("refuse la clé" in done.out and "coordinateur" in done.out, "a revoked node is told", done)
    tap.equal(post.type("seen", "30002").code, 0, "and still records")


def body(tap, folder):
    hub = Hub(folder + "/hub").start()
    hub.place("BIB-CENTRE")
    hub.place("BIB-NORD")
    hub.place("CCAS-NORD", "relay")
    post = stocked(folder + "/centre")
    enrolment(tap, folder, hub, post)
    places(tap, post)
    away(tap, hub, post)
    relay(tap, folder, hub, post)
    troubles(tap, folder, hub, post)
    post.stop()
    hub.stop()


if __name__ == "__main__":
    bench(body)
