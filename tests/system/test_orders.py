#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# A portal's reservations: each row is an order, the same file twice changes nothing, bad lines are told and lost nowhere, rows that are gone are shown, pick lists come in shelf order, cards and
# names are sealed. Where the real list (Reims, 100 rows) lies beside the tree, it is counted beside by Python's own csv.
import csv
import io
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, bench  # noqa: E402
from node_bench import Post, stocked  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
REIMS = os.path.join(HERE, "..", "..", "..", "shared", "data", "ils-csv", "reims-syracuse-reservations.cp1252.csv")
HEAD = ("Bibliothèque (Libellé);Cotes;Réservation - Date de création;Titre;Type de document (Libellé);Code-barres;"
        "Réservation - Lieu demandé (Libellé);Etat  (Libellé);Numéro de carte;Nom")


def write(path, rows):
    with open(path, "wb") as file:
        file.write(("\r\n".join([HEAD, *rows]) + "\r\n").encode("cp1252"))
    return path


def row(barcode, day="04/06/2020", pickup="BIB-CENTRE", card="", name=""):
    return f"Bib-Centre;R;{day};Été;Livre;*{barcode}*;{pickup};En rayon;{card};{name}"


def sums(done):
    return {key: value for key, value in done.json.items() if key in ("rows", "placed", "changed", "unchanged", "skipped", "gone")}


def portal(tap, post, folder):
    path = folder + "/portal.csv"
    write(path, [row("30001", card="20099887766554", name="Dupont"), row("30002"), row("30001"), row("99999")])
    before = post.link()["head"]
    trial = post.type("orders", "import", "--dry-run", "--json", path)
    tap.equal(sums(trial), {"rows": 4, "placed": 4, "changed": 0, "unchanged": 0, "skipped": 0, "gone": 0}, "a trial counts")
    tap.equal(post.link()["head"], before, "and records nothing")
    tap.ok(not os.path.exists(post.folder + "/keyring"), "nor makes a key")
    done = post.type("orders", "import", "--json", path)
    tap.equal(sums(done), {"rows": 4, "placed": 4, "changed": 0, "unchanged": 0, "skipped": 0, "gone": 0}, "four rows, four orders")
    tap.equal([line["id"] for line in done.lines[:-1]], ["R30001-200604", "R30002-200604", "R30001-200604-2", "R99999-200604"], "ids are the rows' own")
    tap.ok("catalogue" in done.lines[3]["notes"][0]["text"], "a document that the catalogue lacks is asked for all the same", done.lines[3])
    head = post.link()["head"]
    again = post.type("orders", "import", "--json", path)
    tap.equal([sums(again)["unchanged"], sums(again)["placed"], post.link()["head"]], [4, 0, head], "the same file again: no event")
    write(path, [row("30002", pickup="Bib-Est"), row("30001"), row("99999"), row("30001")])
    if post.ask("places")["rows"]:
        done = post.type("orders", "import", "--json", path)
        tap.equal(sums(done), {"rows": 4, "placed": 0, "changed": 1, "unchanged": 3, "skipped": 0, "gone": 0}, "another pick-up place, by its name: changed")
        tap.equal([line["pickup"] for line in done.lines if line.get("result") == "changed"], ["BIB-EST"], "to that place")
    write(path, [row("30001"), row("99999")])
    done = post.type("orders", "import", path)
    tap.ok("R30002-200604  plus dans le fichier" in done.out and "navette orders cancel R30002-200604" in done.out, "rows that are gone are shown", done)
    states = {line["id"]: line["state"] for line in post.must_type("orders", "--json").json["rows"]}
    tap.equal(states["R30002-200604"], "placed", "and not cancelled by themselves")
    post.must_type("orders", "cancel", "R30002-200604", "--reason", "declined")
    tap.equal(sums(post.type("orders", "import", "--json", path))["gone"], 1, "once a person cancels it, it is not shown any more")
    with open(folder + "/empty.csv", "wb"):
        pass
    empty = post.type("orders", "import", "--json", folder + "/empty.csv")
    tap.ok(empty.code != 0 and empty.json["error"] == "orders-empty", "an empty file says nothing of any order", empty)


def bad_lines(tap, post, folder):
    path = folder + "/bad.csv"
    good = row("30003")
    write(path, [good, row(""), row("30004", day="vers le 4 juin"), row("30005", pickup=""), row("30006", pickup="Mairie"), "Bib;R;\"jamais fermé", row("30007")])
    done = post.type("orders", "import", "--json", path)
    tap.equal(done.code, 4, "some lines were left out: exit code 4")
    errors = {line.get("line"): line["error"] for line in done.lines if not line["ok"]}
    tap.equal(errors, {3: "import-no-barcode", 4: "orders-bad-day", 5: "orders-no-pickup", 6: "no-such-pickup", 7: "import-quote-open"},
              "each bad line with its reason, in its place")
    tap.equal(sums(done)["placed"] + sums(done)["skipped"], 7, "none is lost")
    tap.ok(all(line["text"] and line["next"] for line in done.lines if not line["ok"]), "each says what to do")
    for words, error in ((("orders", "import", folder + "/nothing.csv"), "import-cannot-open"), (("orders", "import", "--profile", "koha", path), "orders-no-profile"),
                         (("orders", "import", "--profile", "nobody", path), "import-no-profile"), (("orders", "add", "30001", "--pickup", "MAIRIE-X"), "no-such-pickup"),
                         (("orders", "add", "30001", "--channel", "pigeon"), "bad-option"), (("orders", "add", "30001", "--card", "x" * 129), "bad-person"),
                         (("prepare", "C-NOBODY"), "no-such-order"), (("orders", "cancel", "R30003-200604", "--reason", "whim"), "bad-option")):
        done = post.type(*words, "--json")
        tap.ok(done.code != 0 and done.json["error"] == error, f"{' '.join(words[:2])}: {error}", done)


def elsewhere(tap, post):
    """A bag handed out where its order is not to be picked up."""
    post.must_type("bag", "add", "SAC-E", "SAC-F")
    for code in ("50001", "50002"):
        post.must_type("item", "add", code, "--title", "T" + code, "--material", "Livre")
    post.must_type("orders", "add", "--id", "C-EST", "--pickup", "BIB-EST", "50001")
    post.must_type("orders", "add", "--id", "C-ICI", "50002")
    post.must_type("pack", "SAC-E", "--order", "C-EST", "50001")
    post.must_type("pack", "SAC-F", "--order", "C-ICI", "50002")
    done = post.type("deliver", "SAC-E", lang="fr")
    tap.ok("doit être retirée à BIB-EST" in done.out, "a bag delivered where its order is not to be picked up: recorded, and doubted", done)
    tap.equal(post.find("SAC-E")["state"], "with-person", "it is recorded")
    done = post.type("deliver", "SAC-F", "--json")
    tap.ok(all("note-other-pickup" not in [note["code"] for note in line.get("notes", [])] for line in done.lines), "at its own pick-up place: nothing is said", done)
    post.must_type("return", "SAC-F")
    done = post.type("deliver", "SAC-F", "--order", "C-EST", "--json")
    tap.ok("note-other-pickup" in [note["code"] for line in done.lines for note in line.get("notes", [])], "nor for an order that is named", done)


def picks(tap, post):
    for code, call in (("40001", "BD SPI 18"), ("40002", "BD SPI 9"), ("40003", "796.42 PUL"), ("40004", "523 MAR"), ("40005", "ÉCO")):
        post.must_type("item", "add", code, "--title", "T" + code, "--call-number", call, "--material", "Livre")
    post.must_type("orders", "add", "--id", "C-1", "--channel", "phone", "--card", "20099887766554", "--name", "Mme Dupont", "40001", "40002", "40003", "40004", "40005")
    rows = [line for line in post.must_type("picklist", "--json").json["rows"] if line["order"] == "C-1"]
    tap.equal([line["barcode"] for line in rows], ["40004", "40003", "40002", "40001", "40005"], "the pick list is in shelf order")
    post.must_type("lost", "40005")
    post.must_type("pack", "SAC-1", "--order", "C-1", "40001", "40002")
    done = post.type("pack", "SAC-2", "--order", "C-1", "30009")
    tap.ok("pas dans la commande C-1" in done.out, "a document that was not ordered: said", done)
    post.must_type("unpack", "SAC-2", "30009")
    answer = post.must_type("picklist", "--json").json
    tap.equal([line["barcode"] for line in answer["rows"] if line["order"] == "C-1"], ["40004", "40003"], "what is packed is fetched")
    tap.equal([(line["barcode"], line["reason"]) for line in answer["away"] if line["order"] == "C-1"], [("40005", "lost")], "what is not on the shelf stands apart")
    sheet = list(csv.reader(io.StringIO(post.must_type("picklist", "--csv").out), delimiter=";"))
    tap.ok(["523 MAR", "T40004", "Livre", "40004", "BIB-CENTRE", "C-1", "", ""] in sheet, "as CSV too", sheet)
    post.must_type("pack", "SAC-1", "--order", "C-1", "40003", "40004")
    done = post.type("seal", "SAC-1", "0412", "--order", "C-1", "--json")
    tap.equal([done.json["prepared"]["packed"], done.json["prepared"]["wanted"]], [4, 5], "sealing for an order says that it is ready")
    order = next(line for line in post.must_type("orders", "--json").json["rows"] if line["id"] == "C-1")
    tap.equal([order["state"], order["bags"], order["card"], order["name"]], ["prepared", ["SAC-1"], "20099887766554", "Mme Dupont"], "prepared, in this bag, for this person")
    tap.ok(post.type("prepare", "C-1").code == 1, "not twice")
    again = post.type("orders", "add", "--id", "C-1", "--json", "30001")
    tap.ok(again.code == 1 and again.json["error"] == "order-exists", "a number that exists is not taken over", again)
    tap.ok(post.type("prepare", "C-NOBODY").code == 1, "an order that nobody placed is not ready")
    post.must_type("orders", "add", "--id", "C-2", "30001")
    said = post.must_type("prepare", "C-2").out
    tap.ok("dans un sac : 0 / 1" in said, "ready with nothing in a bag: told", said)
    said = post.must_type("history", "C-1").out
    tap.ok("commande prête" in said and "mis dans un sac" in said, "an order has a history", said)
    tap.ok(not [line for line in post.must_type("picklist", "--json").json["rows"] if line["order"] == "C-1"], "nothing more to fetch for it")


def reims(tap, folder):
    with open(REIMS, encoding="cp1252", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    wanted = {}
    for line in rows:
        day = "".join(re.fullmatch(r"(..)/(..)/..(..)", line["Réservation - Date de création"]).group(3, 2, 1))
        key = "R" + line["Code-barres"].strip("*") + "-" + day
        while key in wanted:
            key = re.sub(r"(-\d{6})(-\d+)?$", lambda m: m[1] + "-" + str(int((m[2] or "-1")[1:]) + 1), key)
        wanted[key] = (line["Titre"].strip(), line["Réservation - Lieu demandé (Libellé)"])
    post = Post(folder + "/reims").start()
    post.must_type("init", "--place", "MEDIATHEQUE-JEAN-FALALA", "--tz", "CET-1CEST,M3.5.0,M10.5.0/3")
    post.type("import", "--profile", "syracuse", REIMS, "--quiet")
    done = post.type("orders", "import", "--json", REIMS)
    tap.equal(sums(done), {"rows": len(rows), "placed": len(wanted), "changed": 0, "unchanged": 0, "skipped": 0, "gone": 0}, f"Reims: {len(rows)} rows as Python counts them")
    got = {line["id"]: line for line in done.lines[:-1]}
    tap.equal(sorted(got), sorted(wanted), "the same ids")
    wrong = [key for key in wanted if got[key]["title"].split() != wanted[key][0].split()]
    tap.ok(not wrong, "the same titles, accents whole", [(got[key]["title"], wanted[key][0]) for key in wrong])
    pickups = {label: {got[key]["pickup"] for key in wanted if wanted[key][1] == label} for _, label in wanted.values()}
    tap.ok(all(len(codes) == 1 for codes in pickups.values()) and len(pickups) == len(set(map(tuple, pickups.values()))), "one place for each label", pickups)
    done = post.type("orders", "import", "--json", REIMS)
    tap.equal(sums(done)["unchanged"], len(wanted), "the same file again changes nothing")
    answer = post.must_type("picklist", "--json").json
    here = [line for line in rows if line["Bibliothèque (Libellé)"] == "Médiathèque Jean Falala"]
    tap.equal(len(answer["rows"]), len(here), "the pick list has what Python counts at this library")
    tap.equal(answer["away"], [], "all on the shelf")
    post.stop()


def body(tap, folder):
    hub = Hub(folder + "/hub").start()
    hub.place("BIB-CENTRE")
    hub.place("BIB-EST")
    post = stocked(folder + "/alone")
    bad_lines_post = Post(folder + "/centre").start()
    bad_lines_post.enrol(hub, "BIB-CENTRE")
    bad_lines_post.must_type("sync", "--wait", "60")
    bad_lines_post.must_type("item", "add", scans=[f"3000{n};Titre {n};R {n:03};Livre;BIB-CENTRE" for n in range(10)])
    picks(tap, post)
    post.stop()
    portal(tap, bad_lines_post, folder)
    bad_lines(tap, bad_lines_post, folder)
    elsewhere(tap, bad_lines_post)
    bad_lines_post.stop()
    hub.stop()
    if os.path.exists(REIMS):
        reims(tap, folder)


if __name__ == "__main__":
    bench(body)
