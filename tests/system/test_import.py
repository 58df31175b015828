#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# `navette import` on real processes, with files made here: every ready profile, every encoding, everything that breaks a file, items without barcode, twice,
# changed, gone; a run that is killed, stopped, or loses its node, and goes on.
import json
import os
import random
import re
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import BIN, DEADLINE_S, Hub, bench, until  # noqa: E402
from marc_bench import iso5426, marc8, marc21, record, unimarc, utf8, windows1252  # noqa: E402
from node_bench import Post  # noqa: E402

FRENCH = "L'été d'Ève à la forêt : garçon, Noël, œuvre"
SEED = int(os.environ.get("SEED", random.SystemRandom().randrange(1 << 30)))


def trial(profile, data, *options, lang=None):
    """A run that needs no node: the items, the notes, the summary."""
    environment = dict(os.environ, NAVETTE_LANG=lang or "en")
    done = subprocess.run([os.path.join(BIN, "navette"), "import", "--profile", profile, "--dry-run", "--json", "--folder", "/nowhere", *options],
                          input=data, capture_output=True, check=False, env=environment, timeout=DEADLINE_S)
    lines = [json.loads(line) for line in done.stdout.decode().splitlines()]
    return ([line for line in lines if line.get("result")], [line for line in lines if line.get("reason")], lines[-1])


def profiles(tap):
    item = {"b": "LIB", "c": "LIB2", "f": "007", "k": "R FRE", "r": "aa", "u": "note"}
    records = {
        "recommandation-995": (unimarc(1, [item], FRENCH), ("007", "LIB", "R FRE", "aa", FRENCH, "Dupont, Jean"), {"c": "LIB2", "u": "note"}),
        "koha-unimarc": (unimarc(1, [{**item, "9": "12"}], FRENCH), ("007", "LIB", "R FRE", "aa", FRENCH, "Dupont, Jean"), {"9": "12", "u": "note"}),
        "pmb": (unimarc(1, [item], FRENCH), ("007", "LIB2", "R FRE", "aa", FRENCH, "Dupont, Jean"), {"b": "LIB", "u": "note"}),
        "koha": (marc21(1, "952", [[("a", "LIB"), ("b", "LIB2"), ("o", "R FRE"), ("p", "007"), ("y", "BK"), ("x", "n")]], FRENCH),
                 ("007", "LIB", "R FRE", "BK", FRENCH, "Doe, Jane"), {"x": "n"}),
        "evergreen": (marc21(1, "852", [[("b", "LIB"), ("b", "LIB2"), ("c", "Stacks"), ("j", "R FRE"), ("p", "007")]], FRENCH),
                      ("007", "LIB", "R FRE", "book", FRENCH, "Doe, Jane"), {"c": "Stacks"}),
        "sirsi": (marc21(1, "949", [[("a", "R FRE"), ("i", "007"), ("m", "LIB"), ("t", "BOOKS"), ("l", "STACKS")]], FRENCH),
                  ("007", "LIB", "R FRE", "BOOKS", FRENCH, "Doe, Jane"), {"l": "STACKS"}),
        "syracuse": (("Bibliothèque (Libellé);Cotes;Titre;Auteur;Type de document (Libellé);Code-barres;Etat\r\n"
                      f"LIB;R FRE;{FRENCH};Dupont, Jean;Livre;*007*;En rayon\r\n").encode("cp1252"),
                     ("007", "LIB", "R FRE", "Livre", FRENCH, "Dupont, Jean"), {"Etat": "En rayon"}),
        "csv": (f'barcode,library,title,author,call number,type,vu le\n007,LIB,"{FRENCH}","Dupont, Jean",R FRE,Livre,31/12/2019\n'.encode(),
                ("007", "LIB", "R FRE", "Livre", FRENCH, "Dupont, Jean"), {"vu le": "2019-12-31"}),
    }
    listed = subprocess.run([os.path.join(BIN, "navette"), "import", "--profiles", "--json"], capture_output=True, check=True).stdout
    tap.equal(sorted(row["profile"] for row in json.loads(listed)["profiles"]), sorted([*records, "syracuse-reservations"]),
              "every ready profile is tested here, or with the orders")
    for name, (data, wanted, extra) in records.items():
        items, _, summary = trial(name.upper(), data)
        got = [tuple(one.get(key, "") for key in ("barcode", "home", "call_number", "material", "title", "author")) for one in items]
        tap.equal(got, [wanted], f"{name}: what it makes of an item")
        tap.equal(items[0].get("extra"), extra, f"{name}: what it has no name for is kept")
        tap.equal(summary["ok"] and summary["items"], 1, f"{name}: and counts it")


def own_profiles(tap, folder):
    path = os.path.join(folder, "mine.ini")
    shown = subprocess.run([os.path.join(BIN, "navette"), "import", "--show-profile", "995"], capture_output=True, check=True).stdout.decode()
    with open(path, "w", encoding="utf-8") as file:
        file.write(shown.replace("[places]", "[places]\n751072303 = BIB-CENTRE\nMédiathèque du Port = BIB-PORT").replace("[materials]", "[materials]\naa = livre"))
    data = unimarc(1, [{"b": "751072303", "f": "1", "r": "aa"}, {"b": "médiathèque du port", "f": "2", "r": "zz"}, {"b": "Île d'Yeu", "f": "3"}, {"f": "4"}])
    items, notes, summary = trial(path, data)
    tap.equal([(one["home"], one.get("material", "")) for one in items], [("BIB-CENTRE", "livre"), ("BIB-PORT", "zz"), ("ILE-D-YEU", "")],
              "an own profile: codes to places and materials, the rest as it is")
    tap.equal([(note["reason"], note["record"]) for note in notes], [("no-library", 1)], "an item of no library is told")
    tap.ok("--home" in notes[0]["next"], "with what to do", notes)
    tap.equal(summary["libraries"], [{"library": "751072303", "place": "BIB-CENTRE", "items": 1}, {"library": "médiathèque du port", "place": "BIB-PORT", "items": 1},
                                     {"library": "Île d'Yeu", "place": "ILE-D-YEU", "items": 1}], "libraries are listed with their places")
    tap.equal([one["home"] for one in trial(path, data, "--home", "BIB-X")[0]][-1], "BIB-X", "--home for those")
    for name, text, wanted in (("section.ini", "[nothing]\na = b\n", "2: [nothing] a = b"), ("key.ini", shown.replace("tag =", "tga ="), "tga"),
                               ("place2.ini", shown.replace("[places]", "[places]\nX = pas un code"), "pas un code"), ("tag.ini", "[profile]\nform = marc21\n", "[item] tag")):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
        _, _, said = trial(os.path.join(folder, name), data)
        tap.ok(said.get("error") == "import-bad-profile" and wanted in said["text"], f"{name}: what is wrong in it is said", said)
    said = trial("kohha", data)[2]
    tap.ok(said["error"] == "import-no-profile" and "koha-unimarc" in said["next"], "an unknown name lists those there are", said)
    tap.ok(trial(os.path.join(folder, "none.ini"), data)[2]["error"] == "import-cannot-open", "a file that is not there")


def encodings(tap):
    """Labels lie: what a record is decides."""
    for name, encode, key in (("UTF-8", utf8, "utf-8"), ("ISO 5426", iso5426, "iso-5426"), ("MARC-8", marc8, "marc-8"), ("windows-1252", windows1252, "windows-1252")):
        for label in ("50", "0103", ""):
            items, _, summary = trial("995", unimarc(1, [{"b": "L", "f": "1"}], FRENCH, ("Lefèvre", "Éloïse"), label, encode))
            tap.equal([(one["title"], one["author"]) for one in items], [(FRENCH, "Lefèvre, Éloïse")], f"UNIMARC in {name}, labelled {label!r}")
            tap.equal(summary["encodings"], {key: 1}, f"and recognised as {name}")
        for leader9 in (b"a", b" "):
            items, _, _ = trial("koha", marc21(1, "952", [[("a", "L"), ("p", "1")]], FRENCH, encode=encode, leader9=leader9))
            tap.equal([one["title"] for one in items], [FRENCH], f"MARC 21 in {name}, leader {leader9!r}")
    short = [unimarc(n, [{"b": "L", "f": str(n)}], title, label="0103", encode=windows1252) for n, title in enumerate(("Santé, beauté", "École", "Été à Nîmes"), 1)]
    tap.equal([one["title"] for one in trial("995", b"".join(short))[0]], ["Santé, beauté", "École", "Été à Nîmes"], "one record that is sure helps those that are not")
    mixed = record([("001", "1"), ("200", [("a", FRENCH.encode()), ("e", iso5426("à côté"))]), ("995", [("b", "L"), ("f", "1")])])
    items, notes, _ = trial("995", mixed)
    tap.equal(([one["title"] for one in items], [note["reason"] for note in notes]), ([FRENCH + " : à côté"], ["mixed-encodings"]), "two encodings in one record")
    twice = "Été 8° – œuvre".encode().decode("latin-1").encode().decode().replace("\x93", "“")
    items, notes, _ = trial("995", unimarc(1, [{"b": "L", "f": "1", "k": "8Â°"}], twice + "\u200e\u0098"))
    tap.equal((items[0]["title"], items[0]["call_number"]), ("Été 8° – œuvre", "8°"), "encoded twice: mended")
    tap.equal(sorted((note["reason"], note["ok"]) for note in notes), [("double-encoded", True), ("marks-dropped", True)], "and told, as are the marks dropped")
    tap.equal(trial("995", unimarc(1, [{"b": "L", "f": "1"}], "« CAFÉ» ÉÀ Ã"))[0][0]["title"], "« CAFÉ» ÉÀ Ã", "what only looks like it stays")
    items, notes, _ = trial("995", unimarc(1, [{"b": "L", "f": "1"}], "a\x07b\x00c"))
    tap.equal((items[0]["title"], [note["reason"] for note in notes]), ("a b c", ["controls-dropped"]), "control characters")


def reasons(notes):
    return [(note["reason"], note["record"], note["offset"]) for note in notes if not note["ok"]]


def broken(tap):
    """Each kind of damage between good records: one line, the others whole."""
    good = [unimarc(n, [{"b": "L", "f": f"{n:04}"}], f"Été {n}") for n in range(1, 6)]
    at = len(good[0]) + len(good[1])

    def case(name, middle, wanted, barcodes=("0001", "0002", "0004", "0005"), repaired=()):
        items, notes, summary = trial("995", good[0] + good[1] + middle + good[3] + good[4])
        tap.equal([one["barcode"] for one in items], list(barcodes), f"{name}: the others are whole")
        tap.equal(reasons(notes), wanted, f"{name}: told once, with its place")
        tap.equal([note["reason"] for note in notes if note["ok"]], list(repaired), f"{name}: what was mended")
        tap.ok(all(note["text"] and note["next"] for note in notes if not note["ok"]), f"{name}: says what to do", notes)
        tap.equal(len(summary["skipped"]), len(wanted), f"{name}: in the summary")

    whole = good[2]
    everybody = ("0001", "0002", "0003", "0004", "0005")
    for cut in (5, 24, 60, 100, len(whole) - 3):
        case(f"cut after {cut} bytes", whole[:cut], [("truncated" if cut >= 24 else "garbage", 3 if cut >= 24 else 2, at)])
    case("no record end", whole[:-1], [], everybody, ["length-mended"])
    case("no end of the last field", whole[:-2] + b"\x1d", [("bad-length", 3, at)])
    case("wrong length", b"00100" + whole[5:], [], everybody, ["length-mended"])
    case("length of letters", b"XXXXX" + whole[5:], [("garbage", 2, at)])
    shifted = whole[:24 + 7] + b"00009" + whole[24 + 12:]
    case("wrong directory", shifted, [], everybody, ["directory-mended"])
    case("directory beyond repair", whole[:24] + b"001" + whole[24 + 12:], [("bad-length", 3, at)])
    case("base address of letters", whole[:12] + b"abcde" + whole[17:], [], everybody, ["directory-mended"])
    noise = random.Random(SEED).randbytes(400000).translate(bytes(sign if sign > 0x3f else sign | 0x40 for sign in range(256)))
    case("400 kB of noise", noise, [("garbage", 2, at)])
    case("a thousand record ends", b"\x1d" * 1000, [("garbage", 2, at)])
    case("line ends between records", b"\r\n \n", [], ("0001", "0002", "0004", "0005"))
    counted = record([("001", "000000003"), ("200", [("a", "Été")]), ("995", [("b", "L"), ("f", "0003")])])
    lied = counted.replace(b"2000008", b"2000007") if b"2000008" in counted else counted
    case("fields counted in characters", lied.replace(b"2000010", b"2000008"), [], everybody, ["directory-mended"])
    items, notes, _ = trial("995", b"".join(good)[:-1])
    tap.equal((len(items), reasons(notes)), (5, []), "a file without its last byte lacks nothing")
    items, notes, _ = trial("995", b"".join(good)[:-40])
    tap.equal((len(items), [note[0] for note in reasons(notes)]), (4, ["truncated"]), "one that ends in a record")
    tap.equal(trial("995", b"")[2]["records"], 0, "an empty file")
    tap.equal([note["reason"] for note in trial("995", b"<html>not found</html>")[1]], ["garbage"], "a page instead of a file")


def long_line(tap, folder):
    """2 GB without a line end: refused in bounded memory, the next line goes on."""
    path = os.path.join(folder, "pipe")
    os.mkfifo(path)
    command = [os.path.join(BIN, "navette"), "import", "--profile", "csv", "--dry-run", "--json", "--folder", "/nowhere", path]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        block = b"x" * (1 << 20)
        with open(path, "wb", buffering=0) as pipe:
            pipe.write(b"barcode;home\n1;L\n2;")
            for _ in range(2048):
                pipe.write(block)
            pipe.write(b"\n3;L\n")
        said = process.stdout.read().decode()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    lines = [json.loads(line) for line in said.splitlines()]
    tap.equal([line["barcode"] for line in lines if line.get("result")], ["1", "3"], "a line of 2 GB: the ones around it are read")
    tap.equal([(line["reason"], line["line"], line["bytes"]) for line in lines if line.get("reason")], [("line-too-long", 3, 2 + (1 << 31) + 1)], "it is told with its length")
    tap.ok(usage.ru_maxrss < 64 * 1024, "in less than 64 MiB", usage.ru_maxrss)


def tables(tap):
    head = "barcode;home;title\n"
    items, notes, _ = trial("csv", (head + '1;L;"a;b ""c"""\n2;L;"deux\nlignes"\n3;L;"jamais fermé\n4;L;x\n5;L;un;de trop\n6\n;L;y\n"7";L;z\r\n8;L;"q" r\n9;L;fin').encode())
    tap.equal([(one["barcode"], one.get("title", "")) for one in items], [("1", 'a;b "c"'), ("2", "deux lignes"), ("4", "x"), ("7", "z"), ("9", "fin")],
              "quotes, separators and line ends inside, a last line without end")
    tap.equal([(note["reason"], note["line"]) for note in notes if not note["ok"]],
              [("quote-open", 5), ("too-many-columns", 7), ("no-library", 8), ("no-number", 9), ("quote-open", 11)], "what can't be is told by its line")
    items, notes, _ = trial("csv", b"barcode\thome\ttitle\n1\tL\t\"Le\" chat\n2\tL\t\"Le chat\"\n")
    tap.equal([one["title"] for one in items], ['"Le" chat', "Le chat"], "tabs: a quote is a letter unless it encloses a field")
    tap.equal(trial("csv", "\ufeffCODE BARRES,Bibliothèque,titre\r\n*1*,Île,é\r\n".encode())[0][0]["home"], "ILE", "commas, a mark of UTF-8, names as people write them")
    said = trial("csv", "barcode;home\n1;L\n".encode("utf-16"))[2]
    tap.ok(said["error"] == "import-utf-16" and "UTF-8" in said["next"], "UTF-16 says what to do", said)
    items, notes, _ = trial("csv", b"barcode;home;title\n2,06013E+13;L;a\n" + b"9" * 65 + b";L;b\n" + b"9" * 64 + b";L;c\n1;L;a\n1;L;b\n")
    tap.equal(([len(one["barcode"]) for one in items], [note["reason"] for note in notes]), ([64, 1], ["barcode-rounded", "barcode-too-long", "twice"]),
              "rounded, too long, at the limit, twice")
    items, notes, _ = trial("csv", b"barcode;home;title\n*1*;L;a\n *2* ;L;b\n*3;L;c\n4*;L;d\n")
    tap.equal(([one["barcode"] for one in items], [(note["reason"], note["line"]) for note in notes]), (["1", "2"], [("barcode-cut", 4), ("barcode-cut", 5)]),
              "a star on one side only: the rest of the barcode is missing")
    record = bytearray(marc21(1, "952", [[("a", "LIB"), ("p", "007"), ("o", "R")]], FRENCH))
    record[10:12], record[20:23] = b"27", b"999"
    said = subprocess.run([os.path.join(BIN, "navette"), "import", "--dry-run", "--profile", "koha", "--json", "-"], input=bytes(record), capture_output=True, check=False)
    tap.equal([json.loads(line)["barcode"] for line in said.stdout.decode().splitlines()[:-1]], ["007"], "a leader that tells other lengths than the formats have")
    said = subprocess.run([os.path.join(BIN, "navette"), "import", "--dry-run", "--profile", "koha", "-"], input=marc21(1, "949", [[("i", "007")]], FRENCH), capture_output=True, check=False)
    tap.ok("aucun exemplaire pour le profil koha dans 1 notice ou ligne." in said.stdout.decode(), "nothing in the file for this profile: said", said)
    said = subprocess.run([os.path.join(BIN, "navette"), "import", "--dry-run", "--profile", "csv", "--namespace", "n" * 33, "--json", "-"], input=b"", capture_output=True, check=False)
    tap.ok(said.returncode != 0 and json.loads(said.stdout)["error"] == "import-bad-namespace", "a namespace past its limit is not cut, but refused", said)
    limit = 65536 - len("1;L;")
    items, notes, _ = trial("csv", head.encode() + b"1;L;" + b"x" * limit + b"\n2;L;" + b"x" * (limit + 1) + b"\n3;L;x\n")
    tap.equal(([(one["barcode"], len(one["title"])) for one in items], [note["reason"] for note in notes]),
              ([("1", 1024), ("3", 1)], ["text-cut", "line-too-long"]), "a line at the limit, and one past it")


def limits(tap):
    many = [(code, f"v{i}") for i, code in enumerate("abcdeghijlmnopqstuvwxyz0123456789" * 2)]
    items, notes, _ = trial("995", record([("001", "1"), ("995", [("b", "L"), ("f", "1"), *many])]))
    tap.equal((len(items[0]["extra"]), [note["reason"] for note in notes]), (63, ["extra-dropped"]), "63 subfields besides the named ones, the rest told")
    tap.equal((items[0]["extra"]["a"], items[0]["extra"]["a.2"]), ("v0", "v33"), "one that is repeated gets a number")
    items, notes, _ = trial("995", unimarc(1, [{"b": "L", "f": "1", "u": "é" * 600, "k": "k" * 65}], "é" * 513))
    tap.equal((items[0]["title"], items[0]["extra"]["u"], items[0]["call_number"]), ("é" * 512, "é" * 512, "k" * 64), "long texts are cut at a letter")
    tap.equal(sorted(note["reason"] for note in notes), ["extra-dropped", "text-cut"], "and told")
    items, _, summary = trial("995", unimarc(7, [{"b": "L", "k": "A"}, {"b": "L", "f": "5"}, {"b": "L", "k": "B"}]))
    tap.equal([(one["barcode"], one.get("extra")) for one in items], [("NAV-000000007-1", {"navette-label": "1"}), ("5", None), ("NAV-000000007-3", {"navette-label": "1"})],
              "without barcode: the record's number and the place in it, marked for a label")
    tap.equal(summary["labels_to_print"], 2, "and counted")
    tap.equal(trial("koha", marc21(7, "952", [[("a", "L"), ("9", "4711")]]))[0][0]["barcode"], "NAV-i4711", "the system's own number where there is one")
    tap.equal([note["reason"] for note in trial("995", record([("995", [("b", "L")])]))[1]], ["no-number"], "nothing to make an id from")
    tap.equal([note["reason"] for note in trial("evergreen", marc21(7, "852", [[("b", "L")]]))[1]], ["no-barcode"], "a profile may leave those out")


def catalogue(count, changed=(), without=(), library="BIB-CENTRE"):
    return b"".join(unimarc(n, [{"b": library, "f": f"{n:06}", "k": f"R {n}", "u": "x"}], f"Titre {n}{' bis' if n in changed else ''}")
                    for n in range(count) if n not in without)


def at_node(tap, folder, post):
    path = os.path.join(folder, "catalogue.mrc")

    def run(data, *options, code=0):
        with open(path, "wb") as file:
            file.write(data)
        done = post.type("import", "--profile", "995", "--json", "--quiet", *options, path)
        tap.equal(done.code, code, f"exit code {code}")
        return done.json

    def counts(summary):
        return tuple(summary[key] for key in ("items", "created", "updated", "unchanged", "skipped_count", "gone_count"))

    tap.equal(counts(run(catalogue(1200), "--dry-run")), (1200, 1200, 0, 0, 0, 0), "a trial beside a node compares with it")
    tap.equal(counts(run(catalogue(1200))), (1200, 1200, 0, 0, 0, 0), "created")
    thing = post.find("000007")
    tap.equal((thing["title"], thing["call_number"], thing["home"], thing["author"]), ("Titre 7", "R 7", "BIB-CENTRE", "Dupont, Jean"), "found by its barcode")
    tap.equal(counts(run(catalogue(1200))), (1200, 0, 0, 1200, 0, 0), "the same again changes nothing")
    tap.equal(counts(run(catalogue(1200, changed=range(10, 13)))), (1200, 0, 3, 1197, 0, 0), "what changed is changed")
    tap.equal(counts(run(catalogue(1200, changed=range(10, 13)).replace(b"\x1fux\x1e", b"\x1fuy\x1e", 1))), (1200, 0, 1, 1199, 0, 0), "a subfield without a name counts too")
    post.must_type("item", "change", "000020", "--title", "Autre")
    tap.equal(counts(run(catalogue(1200, changed=range(10, 13)).replace(b"\x1fux\x1e", b"\x1fuy\x1e", 1))), (1200, 0, 1, 1199, 0, 0), "what was changed by hand follows the catalogue")
    summary = run(catalogue(3, changed=range(3), library="BIB-NULLE-PART") + unimarc(9, [{"b": "BIB-CENTRE", "f": "neuf"}]), "--partial")
    tap.equal(counts(summary)[1:], (1, 3, 0, 0, 0), "no place is known here yet: any may be")
    return run, counts


def gone(tap, post, run, counts):
    whole = catalogue(1200)
    run(whole, "--partial")
    run(catalogue(1200, without=(5, 6, 7), library="BIB-AUTRE"), "--partial")
    run(whole, "--partial")
    summary = run(catalogue(1200, without=(5, 6, 7)), "--dry-run")
    tap.equal((summary["gone_count"], post.must_type("item", "proposed", "--json").json["listed"]), (4, 0), "a trial keeps no proposal")
    tap.equal(run(catalogue(1200, without=(5, 6, 7)), "--partial")["gone_count"], 0, "nor does an export that is a part")
    tap.equal(run(catalogue(30, library="BIB-AUTRE"), "--partial", "--namespace", "autre")["gone_count"], 0, "another namespace is another catalogue")
    tap.equal(run(catalogue(20, library="BIB-AUTRE"), "--namespace", "autre")["gone_count"], 10, "and has its own proposals")
    post.must_type("item", "proposed", "--keep", "--all")
    summary = run(catalogue(1200, without=(5, 6, 7)))
    tap.equal(sorted(row["barcode"] for row in summary["gone"]), ["000005", "000006", "000007", "neuf"], "what is gone is listed")
    tap.equal(post.find("000005")["condition"], "normal", "and nothing is withdrawn by itself")
    rows = post.must_type("item", "proposed", "--json").lines
    tap.equal(([row["barcode"] for row in rows[:-1]], rows[0]["title"]), (["000005", "000006", "000007", "neuf"], "Titre 5"), "kept for a person")
    post.must_type("item", "proposed", "--keep", "000006")
    post.must_type("item", "proposed", "--withdraw", "--reason", "worn", "000005")
    done = post.type("item", "proposed", "--withdraw", "000099")
    tap.ok(done.code == 4 and "000099" in done.err, "one that is not proposed is said", done)
    tap.equal(post.find("000005")["condition"], "withdrawn", "a person confirms")
    tap.equal([row["barcode"] for row in run(catalogue(1200, without=(5, 6, 7)))["gone"]], ["000007", "neuf"], "one that stays is proposed no more")
    summary = run(whole, code=4)
    tap.equal((counts(summary)[3:], [(row["reason"], row["barcode"]) for row in summary["skipped"]]), ((1199, 1, 1), [("withdrawn", "000005")]),
              "back in the export: the withdrawn one is told, the others are no longer proposed")
    tap.equal([row["barcode"] for row in post.must_type("item", "proposed", "--json").lines[:-1]], ["neuf"], "so the list says")
    tap.equal([row["barcode"] for row in run(catalogue(1200, without=(5, 6)))["gone"]], ["000006", "neuf"], "kept once, gone again after it was back: proposed again")
    said = post.must_type("item", "proposed", lang="en").out
    tap.ok("proposed : 2\n" in said and not re.search(r" $", said, re.M), "as people read it", said)
    post.must_type("item", "proposed", "--keep", "--all")
    summary = run(catalogue(900, without=(5,)), code=4)
    tap.equal((summary["ok"], summary["error"], summary["gone_count"], summary["gone_withheld"], summary["registered"]), (False, "import-gone-many", 0, 300, 1199),
              "a quarter gone: that is rather a part of the catalogue, and nothing is proposed")
    tap.ok("--partial" in summary["next"] and "--gone-is-gone" in summary["next"], "what to type is said", summary)
    tap.equal(run(catalogue(900, without=(5,)), "--dry-run", code=4)["gone_withheld"], 300, "a trial says so too")
    tap.equal(post.must_type("item", "proposed", "--json").json["listed"], 0, "none is listed")
    tap.equal([run(catalogue(900, without=(5,)), option)["gone_count"] for option in ("--partial", "--gone-is-gone")], [0, 300], "either way, once a person has said which")
    run(catalogue(1200, without=(5,)))
    tap.equal(run(catalogue(1200, without=(5, *range(100, 339))))["gone_count"], 239, "a fifth, no more: proposed")
    run(catalogue(1200, without=(5,)))
    done = post.type("item", "proposed", "--withdraw")
    tap.ok(done.code != 0 and "--all" in done.err, "all has to be said", done)


def interrupted(tap, folder, post, counts):
    """Killed, stopped, without its node: the next run goes on, and nothing is there twice."""
    path = os.path.join(folder, "large.mrc")
    total = 6000
    with open(path, "wb") as file:
        file.write(b"".join(unimarc(n, [{"b": "BIB-CENTRE", "f": f"L{n:06}"}], f"Grand {n}") for n in range(total)))
    command = [os.path.join(BIN, "navette"), "import", "--profile", "995", "--json", "--partial", "--folder", post.folder, path]

    def begun(process):
        """Waits for the first item to be told: something is stored then."""
        line = process.stdout.readline()
        return json.loads(line)["result"]

    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        tap.equal(begun(process), "created", "a run that has begun")
        process.kill()
        process.stdout.read()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        tap.equal(begun(process), "unchanged", "goes on after a kill: what was stored is there")
        process.send_signal(signal.SIGINT)
        said = process.stdout.read().decode().splitlines()
    summary = json.loads(said[-1])
    tap.ok(process.returncode == 1 and summary["interrupted"] and not summary["ok"] or process.returncode == 0 and summary["ok"],
           "Ctrl-C ends with a summary that says so", (process.returncode, summary))
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        tap.equal(begun(process), "unchanged", "again")
        post.kill()
        said = process.stdout.read().decode().splitlines()
        process.wait(DEADLINE_S)
    post.start()
    tap.ok(process.returncode in (0, 3), "without its node it ends", (process.returncode, said[-2:]))
    done = post.must_type("import", "--profile", "995", "--json", "--quiet", "--partial", path)
    tap.equal((done.json["items"], done.json["created"] + done.json["unchanged"], done.json["updated"]), (total, total, 0), "run again: it goes on")
    done = post.must_type("import", "--profile", "995", "--json", "--quiet", "--partial", path)
    tap.equal(counts(done.json), (total, 0, 0, total, 0, 0), "and all is there")
    history = post.must_type("history", "L000000", "--json").json["rows"]
    tap.equal(len(history), 1, "once")
    tap.equal(post.must_type("check", "--json").json["ok"], True, "the log and the state are sound")


def with_hub(tap, folder):
    """The node knows the network's places: what is elsewhere is told."""
    hub = Hub(os.path.join(folder, "hub")).start()
    hub.place("BIB-CENTRE")
    hub.place("BIB-PORT")
    post = Post(os.path.join(folder, "post")).start()
    post.enrol(hub, "BIB-CENTRE")
    until(lambda: post.sync(5).get("ok"), "in step")
    path = os.path.join(folder, "hub.mrc")
    with open(path, "wb") as file:
        file.write(unimarc(1, [{"b": "BIB-PORT", "f": "1"}, {"b": "BIB-LOIN", "f": "2"}, {"b": "BIB-CENTRE", "f": "3", "c": "BIB-LOIN"}]))
    done = post.type("import", "--profile", "koha-unimarc", "--json", "--quiet", path)
    tap.equal((done.code, done.json["created"], [(row["reason"], row["barcode"]) for row in done.json["skipped"]]),
              (4, 1, [("unknown-place", "2"), ("unknown-place", "3")]), "a place that the network does not have")
    tap.ok("navette-hub place add BIB-LOIN" in done.json["skipped"][0]["next"], "and what to do", done.json["skipped"][0])
    tap.equal(done.json["unmapped"], [{"place": "BIB-LOIN", "library": "BIB-LOIN", "items": 2}], "and how many are left out for it")
    with open(path, "ab") as file:
        file.write(unimarc(2, [{"b": "Bib Pord", "f": f"p{n}"} for n in range(5)]))
    done = post.type("import", "--profile", "koha-unimarc", "--dry-run", "--quiet", path, lang="en")
    tap.ok("Bib Pord\": the place BIB-PORD is not known here; items left out: 5" in done.out and done.out.count("BIB-PORD") == 3 and "Bib Pord = PLACE" in done.out,
           "as people read it: a library once, with its number and how to map it", done)
    done = post.type("import", "--profile", "koha-unimarc", "--dry-run", "--json", "--quiet", path, lang="en")
    tap.ok("Perhaps: BIB-PORT. " in done.json["skipped"][-1]["next"], "the nearest place is named", done.json["skipped"][-1])
    tap.equal(post.type("import", "--profile", "koha-unimarc", "--dry-run", "--json", "--quiet", "--anyway", path).json["skipped_count"], 0, "--anyway: any place may be")
    for words in (("item", "add", "Z1", "--home", "BIB-PROT"), ("item", "add", "Z1", "--now-at", "BIB-PROT"), ("bag", "add", "SAC-Z", "--owner", "BIB-PROT"),
                  ("dispatch", "1", "--to", "BIB-PROT"), ("pool", "receive", "jute=1", "--from", "BIB-PROT"), ("phone", "BIB-PROT", "--bags", "1"),
                  ("count-handover", "--party", "giver", "--slip", "1", "--bags", "1", "--peer", "BIB-PROT")):
        done = post.type(*words, "--json", lang="en")
        said = done.lines[0] if done.lines else {}
        tap.ok(said.get("error") == "no-such-place" and "Perhaps: BIB-PORT. " in said["next"] and "--anyway" in said["next"] and done.code != 0,
               f"{' '.join(words)}: refused, with the nearest place and --anyway", done)
    for words in (("explain", "--stock", "--place", "BIB-PROT"), ("explain", "--transit", "--from", "BIB-CENTRE", "--to", "BIB-PROT"), ("stock", "--place", "BIB-PROT")):
        said = post.type(*words, "--json", lang="en").json
        tap.ok(said.get("error") == "no-such-place" and "BIB-PORT" in said["next"] and "--anyway" not in said["next"], f"{' '.join(words)}: a view has no --anyway", said)
    for words in (("item", "add", "Z1", "--home", "BIB-NEUVE"), ("bag", "add", "SAC-Z", "--owner", "BIB-NEUVE"), ("dispatch", "SAC-Z", "--to", "BIB-NEUVE")):
        post.must_type(*words, "--anyway")
    tap.equal(post.find("Z1")["home"], "BIB-NEUVE", "--anyway: recorded, the hub will tell of that place later")
    with open(path, "wb") as file:
        file.write(unimarc(1, [{"b": "BIB-PORT", "f": "1"}, {"b": "BIB-LOIN", "f": "2"}, {"b": "BIB-CENTRE", "f": "3", "c": "BIB-LOIN"}]))
    done = post.type("import", "--profile", "koha-unimarc", "--json", "--quiet", path)
    tap.equal(done.json["namespace"], "bib", "the namespace is the place's first")
    hub.place("BIB-LOIN")
    until(lambda: post.type("import", "--profile", "koha-unimarc", "--json", "--quiet", path).json["skipped_count"] == 0, "once it is there")
    thing = post.find("3")
    tap.equal((thing["home"], thing["place"]), ("BIB-CENTRE", "BIB-LOIN"), "where it is now, when that is not its home")
    until(lambda: post.sync(5).get("ok"), "in step")
    hub.folded()
    tap.equal(hub("find", "1", "--namespace", "bib")["thing"]["title"], "Titre", "and the hub has it")
    done = post.type("import", "--profile", "koha-unimarc", "--namespace", "ailleurs", path, lang="en")
    tap.ok("navette init --place PLACE --namespace ailleurs" in done.out, "a namespace in which nobody looks is said", done)
    post.stop()
    hub.stop()


def words(tap, post, folder):
    path = os.path.join(folder, "words.mrc")
    with open(path, "wb") as file:
        file.write(unimarc(1, [{"b": "BIB-CENTRE", "f": "W1"}, {"b": "BIB-CENTRE", "f": "W1"}, {"b": "BIB-CENTRE"}], "Ã‰té") + b"abc")
    for lang, wanted in (("fr", ("NON  notice 1, octet 0, W1 : le code-barres W1 est déjà venu", "1 document sans code-barres : étiquette à imprimer", "créés : 2 (+)", "     > ")),
                         ("en", ("NO   record 1, byte 0, W1 : the barcode W1 came before", "1 item without barcode: label to print", "unchanged : 2 (=)", "     > "))):
        done = post.type("import", "--profile", "995", "--partial", path, lang=lang)
        tap.ok(done.code == 4 and all(text in done.out for text in wanted), f"the report in {lang}", done)
        tap.ok(not re.search(r" $", done.out, re.M) and done.err == "", "no space at a line's end", done)
    done = post.type("import", path, lang="en")
    tap.ok(done.code == 2 and "--profile NAME" in done.err and "koha-unimarc" in done.err, "no profile: which there are", done)
    done = post.type("import", "--profile", "995", os.path.join(folder, "nothing"), lang="en")
    tap.ok(done.code == 1 and "No such file" in done.err, "no file", done)
    done = post.type("import", "--profile", "995", folder, lang="en")
    tap.ok(done.code == 1 and "directory" in done.err, "a folder", done)


def body(tap, folder):
    print(f"# SEED={SEED}")
    profiles(tap)
    own_profiles(tap, folder)
    encodings(tap)
    broken(tap)
    tables(tap)
    long_line(tap, folder)
    limits(tap)
    post = Post(os.path.join(folder, "alone")).start()
    post.must_type("init", "--place", "BIB-CENTRE", "--namespace", "bib")
    run, counts = at_node(tap, folder, post)
    gone(tap, post, run, counts)
    interrupted(tap, folder, post, counts)
    words(tap, post, folder)
    post.stop()
    with_hub(tap, folder)


bench(body)
