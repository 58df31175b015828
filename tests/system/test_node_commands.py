#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Every command of `navette` on a node that has no hub: what is recorded, what views then say, text in two languages, --json, exit codes.
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import bench  # noqa: E402
from node_bench import Post, stocked  # noqa: E402


def beginning(tap, folder):
    post = Post(folder + "/fresh").start()
    done = post.type("status")
    tap.ok(done.code == 0 and "navette enrol" in done.out, "status of a new node says how to enrol", done)
    done = post.type("seen", "X")
    tap.ok(done.code == 1 and "navette init" in done.err, "a node without a place says how to give it one", done)
    done = post.type("init", "--place", "bad place")
    tap.ok(done.code == 2, "a place code out of form is refused", done)
    done = post.type("init", "--place", "BIB-A", "--tz", "nonsense,zone")
    tap.ok(done.code == 2, "a zone out of form is refused", done)
    tap.ok(post.type("init", "--place", "BIB-A").code == 0, "init makes a stand-alone node")
    done = post.type("init", "--place", "BIB-B")
    tap.ok(done.code == 1 and "BIB-A" in done.err, "init does not move a node to another place", done)
    status = post.type("status", "--json").json
    tap.equal((status["identity"]["places"], status["identity"]["enrolled"], status["link"]["link"]), (["BIB-A"], False, "not-enrolled"),
              "status --json says who the node is")
    done = post.type("sync")
    tap.ok(done.code == 1 and "enrol" in done.err, "sync without a hub says so", done)
    post.stop()


def catalogue(tap, post):
    tap.equal(post.stock(), {("BIB-CENTRE", "shelf", "DVD"): 2, ("BIB-CENTRE", "shelf", "Livre"): 8}, "registered documents are on the shelf")
    post.must_type("item", "change", "30001", "--title", "Nouveau titre", "--author", "Woolf, Virginia")
    thing = post.find("30001")
    tap.equal((thing["title"], thing["author"], thing["call_number"], thing["material"]), ("Nouveau titre", "Woolf, Virginia", "R 001", "Livre"),
              "item change keeps what is not given")
    done = post.type("item", "add", "30001", "--title", "X")
    tap.ok(done.code == 4 and "item change" in done.out, "a document is registered once", done)
    post.must_type("item", "add", "0007", "--title", "Zéros", "--home", "BIB-CENTRE", "--now-at", "BIB-NORD")
    tap.equal(post.find("0007")["place"], "BIB-NORD", "a document may be elsewhere than at home; leading zeros are kept")
    post.must_type("item", "withdraw", "0007", "--reason", "worn")
    tap.equal(post.find("0007")["state"], "withdrawn", "withdrawn")
    post.must_type("bag", "retire", "SAC-3", "--reason", "worn")
    tap.equal(post.find("SAC-3")["state"], "withdrawn", "a bag is retired")
    done = post.type("item", "add", "--json", scans=["40001;A;B;Livre;BIB-CENTRE;Sand, George", "40002;;;;;", ";no code", "1;2;3;4;5;6;7"])
    lines = done.lines
    tap.ok(done.code == 4 and lines[-1]["recorded"] == 2 and lines[-1]["refused"] == 2, "rows from standard input, bad ones told", done)
    tap.equal(post.find("40001")["author"], "Sand, George", "the sixth field is the author")


def packing(tap, post):
    done = post.type("pack", "SAC-1", scans="*30001*\r\n30002\r30003\n")
    tap.ok(done.code == 0 and done.out.count("OK ") == 3, "scans end with CR, LF or both; stars are stripped", done)
    tap.equal(post.find("30001")["container"]["id"], "SAC-1", "packed")
    tap.equal(sorted(row["id"] for row in post.must_type("find", "SAC-1", "--json").json["inside"]), ["30001", "30002", "30003"],
              "find shows what a bag holds")
    post.must_type("unpack", "SAC-1", "30003")
    tap.equal(post.find("30003")["state"], "shelf", "unpacked")
    post.must_type("seal", "SAC-1", "0412")
    thing = post.find("SAC-1")
    tap.equal((thing["state"], thing["seal"], thing["items"]), ("packed", "0412", 2), "sealed, with what it holds")
    post.must_type("load", "CAISSE-1", "SAC-1")
    tap.equal(post.find("30001")["root"]["thing"]["id"], "CAISSE-1", "a document in a bag in a crate is where the crate is")
    post.must_type("unload", "CAISSE-1", "SAC-1")
    post.must_type("open", "SAC-1", "0412")
    tap.ok("seal" not in post.find("SAC-1"), "opened")
    done = post.must_type("deposit", "SAC-2", "--items", "14", "--bags", "2", "--seal", "0413", "--json").json
    tap.equal((done["event"], post.find("SAC-2")["seal"]), ("sealed-deposit", "0413"), "a sealed deposit counts without opening")


def movement(tap, post):
    post.must_type("dispatch", "--to", "BIB-NORD", "--carrier", "VAN-1", "--departed", "2020-02-20", "SAC-1", "30004")
    rows = post.must_type("transit", "--json").json
    tap.equal((rows["total"], {row["day"] for row in rows["rows"]}), (3, {"2020-02-20"}), "in transit: what is in the bag too, by day of departure")
    tap.equal(post.must_type("transit", "--bags", "--json").json["total"], 1, "bags in transit")
    post.must_type("cancel", "30004", "--reason", "not-sent")
    tap.equal(post.find("30004")["state"], "shelf", "a dispatch that never left is cancelled")
    post.must_type("receive", "--checked", "SAC-1")
    tap.equal((post.find("SAC-1")["state"], post.find("30001")["root"]["place"]), ("packed", "BIB-CENTRE"), "received, with its contents")
    done = post.must_type("receive", "30001", "--json").lines
    tap.equal((done[0]["event"], done[0]["notes"][0]["code"]), ("seen-on-reception", "note-in-bag"), "a document scanned in a bag that came stays in it")
    done = post.must_type("count-handover", "--party", "giver", "--round", "T-1", "--stop", "2", "--direction", "out", "--bags", "4",
                          "--pool", "bleu=3", "--peer", "BIB-NORD", "--json").json
    tap.equal(done["event"], "handover-counted", "a hand-over is counted")
    done = post.type("count-handover", "--bags", "4")
    tap.ok(done.code == 2 and "--party" in done.err, "by somebody", done)
    post.must_type("dispatch", "--to", "BIB-NORD", "30005")
    done = post.must_type("refuse", "30005", "--reason", "full", "--json").lines[0]
    tap.equal((done["event"], done["notes"][0]["code"]), ("refused", "note-elsewhere"), "what comes here by mistake is refused")
    done = post.type("refuse", "30006", "--reason", "full")
    tap.ok(done.code == 4 and "30006" in done.out, "what stands here already is not", done)
    post.must_type("receive", "30005")


def service(tap, post):
    post.must_type("deliver", "30006", "--order", "C-1")
    tap.equal(post.find("30006")["state"], "with-person", "delivered")
    post.must_type("return", "30006")
    tap.equal(post.find("30006")["state"], "shelf", "returned")
    post.must_type("fail", "30006", "--reason", "absent")
    tap.equal(post.find("30006")["state"], "shelf", "a failed delivery moves nothing")
    post.must_type("collect", "--to", "BIB-NORD", "30006")
    tap.equal((post.find("30006")["custody"], post.find("30006")["to"]), ("transit", "BIB-NORD"), "collected by the van")
    post.must_type("drop", "30006")
    tap.equal(post.find("30006")["state"], "shelf", "found in the return box")


def knowledge(tap, post):
    post.must_type("lost", "30007", "--reason", "long-missing")
    tap.equal(post.find("30007")["state"], "lost", "declared lost")
    done = post.must_type("seen", "30007", "--json").lines[0]
    tap.equal((post.find("30007")["state"], done["notes"][0]["code"]), ("shelf", "note-found"), "seen again")
    post.must_type("lost", "30007")
    post.must_type("found", "30007")
    tap.equal(post.find("30007")["state"], "shelf", "found")
    tap.equal(post.must_type("phone", "CCAS-NORD", "--bags", "4", "--returned", "11", "--json").json["event"], "phone-report", "typed from the phone")
    shelf = sorted(code for code in ("30000", "30005") if post.find(code)["state"] == "shelf")
    tap.equal(shelf, ["30000", "30005"], "two discs on the shelf")
    done = post.must_type("count", "--material", "DVD", "30000", "--json").json
    tap.equal((done["unseen"], post.find("30005")["state"]), (1, "shelf"), "a count tells what it did not see, and leaves it")
    done = post.must_type("count", "--material", "DVD", "--complete", "30000", "--json").json
    tap.equal((done["unseen"], post.find("30005")["state"]), (1, "missing"), "a complete one declares it missing")
    post.must_type("found", "30005")


def corrections(tap, post):
    done = post.must_type("deliver", "30008", "--json").lines[0]
    post.must_type("retract", done["ref"])
    tap.equal(post.find("30008")["state"], "shelf", "a retracted event did not happen")
    number = post.must_type("deliver", "30008", "--json").lines[0]["seq"]
    again = post.must_type("deliver", "30009", "--json").lines[0]["seq"]
    post.must_type("retract", number, "--replace", again)
    tap.equal(post.find("30008")["state"], "shelf", "named by its number, replaced by another")
    post.must_type("return", "30009")
    rows = post.must_type("explain", "30008", "--json").json["rows"]
    tap.equal([row["absent"] for row in rows if row["event"] == "delivered"], [True, True], "explain shows both, and that they are absent")
    done = post.type("retract", "0000-0000")
    tap.ok(done.code == 2, "a reference with a mistake in it is refused", done)
    done = post.type("retract", "99999")
    tap.ok(done.code == 1 and "99999" in done.err, "so is one that names nothing", done)
    done = post.type("clock", "set")
    tap.ok(done.code == 1 and "--time" in done.err, "no hub, no time from it", done)
    post.must_type("clock", "set", "--time", "2031-05-01T10:00")
    rows = post.must_type("history", "30008", "--json").json["rows"]
    tap.ok(rows[0]["time"].startswith("2031-05-01T") and rows[0]["time"].endswith("+02:00"), "the events of this boot have the right time, in local time",
           rows[0])


def views(tap, post):
    tap.equal(post.stock("--place", "BIB-SUD"), {}, "stock of one place")
    tap.ok(all(key[2] == "DVD" for key in post.stock("--material", "DVD")), "stock of one material")
    tap.ok(all("home" in row for row in post.must_type("stock", "--by-home", "--json").json["rows"]), "stock by home")
    tap.equal(post.must_type("stock", "--at", "2001-01-01", "--json").json["rows"], [], "stock of a time before anything")
    tap.ok(post.must_type("stock", "--at", "2099-01-01T00:00+01:00", "--json").json["total"] > 0, "stock of a time after everything")
    done = post.type("stock", "--at", "yesterday")
    tap.ok(done.code == 2, "a time out of form is refused", done)
    now = post.must_type("stock", "--json").json
    tap.equal(post.must_type("stock", "--known", "0", "--json").json["rows"], [], "stock by what was known before anything")
    then = post.must_type("stock", "--known", str(now["known"] - 1), "--json").json
    tap.ok(then["known"] == now["known"] - 1, "by what was known one event ago", then)
    tap.equal(post.must_type("stock", "--known", "2099-01-01", "--json").json["total"], now["total"], "by what will be known")
    done = post.type("stock", "--known", "yesterday")
    tap.ok(done.code == 2, "a moment of knowledge out of form is refused", done)
    figure = post.must_type("explain", "--stock", "--place", now["rows"][0]["place"], "--state", now["rows"][0]["state"],
                            "--material", now["rows"][0]["material"], "--json").json
    tap.ok(figure["total"] == now["rows"][0]["count"] and all(row["ref"] and row["event"] and row["events"] for row in figure["rows"]), "what makes a figure", figure)
    tap.ok(figure["rows"][0]["id"] in post.must_type("explain", "--stock", "--place", now["rows"][0]["place"]).out, "and as people read it")
    tap.ok(post.type("explain").code == 2, "explain asks for a thing or a figure")
    bags = post.must_type("bags", "--json").json["network"]
    tap.equal(bags["owned"], bags["clean"] + bags["packed"] + bags["at_relay"] + bags["with_person"] + bags["in_transit"] + bags["lost"] + bags["missing"],
              "the ledger of bags balances")
    tap.ok(len(post.must_type("history", "30001", "--json").json["rows"]) >= 3, "history")
    tap.equal(post.type("history", "nothing").code, 1, "history of nothing")
    tap.equal(post.must_type("places", "--json").json["rows"], [], "no place was declared")
    tap.equal(post.must_type("aside", "--json").json["rows"], [], "nothing is set aside")
    tap.equal(post.must_type("operations", "--json").json["rows"], [], "no operation was left open")
    tap.ok(post.must_type("check", "--json").json["own_entries"] > 40, "counters, digest and chain agree")


def languages(tap, post):
    for words in (("status",), ("stock",), ("transit",), ("bags",), ("history", "30001"), ("explain", "30001"), ("find", "SAC-1"), ("places",),
                  ("aside",), ("operations",), ("check",), ("help",), ("help", "pack")):
        french, english = post.type(*words), post.type(*words, "--lang", "en")
        tap.ok(french.code == 0 and english.code == 0 and french.out and english.out and french.out != english.out,
               f"{' '.join(words)} in French and in English", (french, english))
    tap.ok("en rayon" in post.type("stock").out and "on shelf" in post.type("stock", lang="en_GB.UTF-8").out, "French first, NAVETTE_LANG obeyed")
    for words in (("status",), ("stock",), ("transit",), ("bags",), ("history", "30001"), ("explain", "30001"), ("find", "SAC-1"), ("places",),
                  ("aside",), ("operations",), ("check",)):
        done = post.type(*words, "--json")
        tap.ok(len(done.lines) == 1 and done.json["ok"] is True, f"{' '.join(words)} --json is one document", done)
    done = post.type("seen", "--json", scans=["30001", "nothing", "30001"])
    tap.equal([line.get("result", line.get("error", "summary")) for line in done.lines], ["recorded", "unknown-barcode", "already-read", "summary"],
              "scans --json: a line each, then the summary")
    tap.equal((done.code, done.json["recorded"], done.json["refused"], done.json["already_read"]), (4, 1, 1, 1), "with its counts")


def mistyped(tap, post):
    for words, code in ((("frobnicate",), 2), ((), 2), (("pack",), 2), (("dispatch", "30001"), 2), (("stock", "--bogus"), 2), (("seal", "SAC-1"), 2),
                        (("stock", "extra"), 2), (("help",), 0), (("--help",), 0), (("item", "add", "--help"), 0), (("sync", "--wait", "soon"), 2),
                        (("lost", "30001", "--reason", "because"), 2), (("operations", "close", "12"), 1), (("find",), 2)):
        done = post.type(*words)
        tap.equal(done.code, code, f"exit {code}: navette {' '.join(words)}")
    away = Post(post.folder + "-nowhere")
    done = away.type("status")
    tap.ok(done.code == 3 and "navette-node --folder" in done.err, "no daemon: how to start it", done)
    done = away.type("status", "--json")
    tap.ok(done.code == 3 and done.json["error"] == "no-daemon", "the same in JSON", done)
    done = away.type("status", lang="en")
    tap.ok(done.code == 3 and "Start it" in done.err, "and in English", done)


def protocol(tap, post):
    tap.equal(post.ask("nonsense")["error"], "unknown-command", "an unknown request is answered")
    tap.equal(post.ask("scan", operation="zz", barcode="1")["error"], "no-such-operation", "so is a scan of no operation")
    tap.equal(post.ask("begin", verb="fly")["error"], "unknown-command", "and a verb of another world")
    tap.equal(post.ask("item-add", items="x")["error"], "malformed-request", "and items that are no list")
    tap.equal(post.ask("phone", reporter="CCAS", bags=-1)["error"], "bad-option", "and a count below nothing")
    tap.equal(post.ask("phone", reporter="CCAS", bags="four")["error"], "bad-option", "and one that is no number")
    hostile = [{}, {"command": 5}, {"command": "scan", "operation": 7, "barcode": []}, {"command": "begin", "verb": "seen", "options": []},
               {"command": "begin", "verb": "dispatch", "options": {"to": {"a": 1}}}, {"command": "begin", "verb": "pack", "options": {"container": 3}},
               {"command": "item-add", "items": [1, None, [], {"barcode": 5}, {"barcode": "x", "home": "no place"}]},
               {"command": "stock", "at": 5, "of": 7, "state": {}}, {"command": "history", "barcode": "x" * 70000}, {"command": "retract", "target": "9" * 400},
               {"command": "count-handover", "party": "giver", "pools": [{"kind": 5}, 7, {"kind": "x", "count": "y"}]}, {"command": "sync", "wait": -5},
               {"command": "enrol", "code": 1, "hub": []}, {"command": "init", "namespaces": [5], "init_place": 3}, {"command": "stock", "lang": 5, "place": []}]
    answers = [post.ask(request.pop("command", None), **request) for request in hostile]
    tap.ok(all(isinstance(done, dict) and "ok" in done for done in answers), "requests of the wrong types are answered", answers)
    tap.ok(json.dumps(post.ask("status")) and post.type("check").code == 0, "the daemon goes on")


def body(tap, folder):
    beginning(tap, folder)
    post = stocked(folder + "/centre")
    catalogue(tap, post)
    packing(tap, post)
    movement(tap, post)
    service(tap, post)
    knowledge(tap, post)
    corrections(tap, post)
    views(tap, post)
    languages(tap, post)
    mistyped(tap, post)
    protocol(tap, post)
    tap.equal(post.stop(), 0, "SIGTERM ends it cleanly")
    post.start()
    tap.equal(post.find("30009")["state"], "shelf", "what was recorded is there after a restart")
    digest = post.digest()
    post.stop()
    post.options.append("--rebuild")
    post.start()
    tap.ok(post.must_type("check").code == 0 and post.digest() == digest, "the state made anew from the journal is the same")
    post.stop()


if __name__ == "__main__":
    bench(body)
