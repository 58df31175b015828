#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Operators by badge, with PIN or passphrase where a place wants one, on real processes: who may add whom, the wrong one counted and slowed across kill -9, taken back at the hub, sessions that end for being idle and not
# for a clock that jumps, two desks of one node, two machines of one place, what the hub makes of an operator who had left. No file of any of them holds a PIN.
import glob
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, Node, bench, holds, in_step, run, until  # noqa: E402

PIN, OTHER, LEAD, PHRASE = "73915046", "60417385", "9052718", "quatre loutres bleues au bord du canal"


def jumping_clock(folder):
    """The environment of a process whose wall clock follows a file, and whose other clocks are the machine's."""
    library = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")[0]
    with open(folder + "/clock", "w", encoding="ascii") as file:
        file.write("+0\n")
    return dict(os.environ, LD_PRELOAD=library, FAKETIME_TIMESTAMP_FILE=folder + "/clock", FAKETIME_NO_CACHE="1", FAKETIME_DONT_FAKE_MONOTONIC="1")


def typed(node, *words, lines=()):
    return run("navette", *words, "--folder", node.folder, "--lang", "en", stdin="".join(line + "\n" for line in lines))


def opens(node, code, secret=None, **fields):
    return node.ask("operator-open", code=code, **({"secret": secret} if secret else {}), **fields)


def operators_of(node, code):
    return [row.get("operator") for row in node.must("history", barcode=code)["rows"]]


def without_a_rule(tap, a):
    a.register(["30001", "30002", "30003", "30004", "30005", "30006"])
    tap.equal(a.scan("seen", ["30001"]), 1, "a place without a rule asks nobody")
    typed(a, "seen", "30002", "--operator", "MARIE")
    tap.equal(operators_of(a, "30002")[-1], "MARIE", "and takes the code that is typed, as ever")


def rules(tap, hub, a):
    tap.equal(hub("operators", "rule", "BIB-A", "--need", "badge")["error"], "hub-operator-need", "an unknown need is refused")
    tap.equal(hub("operators", "rule", "BIB-A", "--idle", "1441")["error"], "hub-operator-idle", "so is more than a day")
    tap.ok(hub("operators", "rule", "BIB-A", "--idle", "1440")["ok"], "a day is not")
    tap.equal(hub("operators", "rule", "NOWHERE", "--need", "pin")["error"], "hub-unknown-place", "and a place that nobody declared is")
    done = hub("operators", "rule", "BIB-A", "--need", "pin", "--idle", "15", "--unknown", "refuse")
    tap.equal(done["rules"], [{"place": "BIB-A", "need": "pin", "refuse_unknown": True, "idle_s": 900}], "a coordinator decides what the place asks")
    a.sync()
    until(lambda: a.must("operator")["need"] == "pin", "the node does not hear of it")
    refused = typed(a, "seen", "30003")
    tap.ok(refused.returncode == 1 and "asks who is working" in refused.stderr, "now it is asked who works", refused)
    tap.equal(a.ask("begin", verb="seen", options={}, operator="MARIE").get("error"), "operator-unknown", "a code that nobody declared will not do")


def added(tap, a):
    done = typed(a, "operator", "add", "CHEF", "--lead", "--name", "Anne", lines=[LEAD])
    tap.ok(done.returncode == 0 and "has a new PIN" in done.stdout, "where nobody leads yet, whoever is there begins: a first one who leads", done)
    tap.equal(a.ask("operator-add", name="Paul").get("error"), "operator-not-lead", "from then on only who leads adds others")
    tap.equal(a.ask("operator-pin", code="CHEF", secret="1234").get("error"), "operator-pin-whose", "or changes a PIN that is there")
    tap.equal(typed(a, "operator", "open", "CHEF", lines=["0000"]).returncode, 1, "the wrong PIN opens nothing")
    tap.equal(typed(a, "operator", "open", "CHEF", lines=[LEAD]).returncode, 0, "the right one does")
    tap.equal([a.ask("operator-add", code=code).get("error") for code in ("M", "M" * 17, "marie", "CHEF")],
              ["operator-bad-code"] * 3 + ["operator-exists"], "codes out of form, or taken, are refused")
    tap.ok(a.ask("operator-add", code="M" * 16).get("ok"), "sixteen characters are not too many")
    tap.equal(a.ask("operator-add", code="NOM", name="é" * 25).get("error"), "operator-bad-name", "a name of more than 48 bytes is")
    given = a.must("operator-add", name="Paul")
    tap.ok(given["operator"].startswith("AG-") and given["needs"] == "pin" and "Paul" not in given["operator"], "without a code one is given that says nothing", given)
    a.must("operator-add", code="MC", name="Marie C.")
    tap.equal([a.ask("operator-pin", code="MC", secret=pin).get("error") for pin in ("123", "123456789", "12a4", "")], ["operator-bad-pin"] * 4, "4 to 8 digits make a PIN")
    a.must("operator-pin", code="MC", secret=PIN)
    a.must("operator-close")
    rows = {row["operator"]: row for row in a.must("operator-list")["rows"]}
    tap.equal((rows["MC"]["shown"], rows["MC"]["pin"], rows["MC"]["lead"], rows["CHEF"]["lead"]), ("Marie C.", True, False, True), "all of them are listed")
    tap.ok(run("navette", "labels", "MC", "--sheet", "3x8", "--out", a.folder + "/badge.pdf", "--folder", a.folder).returncode == 0, "a badge is printed as any label")


def scanned(tap, a):
    done = typed(a, "seen", lines=["MC", PIN, "30003", "CHEF", LEAD, "30004", "MC", "1111", "30005"])
    tap.ok(done.returncode == 4 and done.stdout.count("OK ") == 4 and "asks who is working" in done.stdout, "badge, PIN, scans; another badge in between; a wrong PIN", done)
    tap.equal([operators_of(a, code)[-1] for code in ("30003", "30004")], ["MC", "CHEF"], "each event names who did it")
    tap.equal(operators_of(a, "30005")[-1], None, "and with the wrong PIN nothing was recorded in anybody's name")
    shown = run("navette", "explain", "30003", "--folder", a.folder, "--lang", "en").stdout
    tap.ok("MC" in shown and "Marie" not in shown, "explain shows the code, not the name", shown)


def two_desks(tap, a):
    opens(a, "MC", PIN, desk="1")
    tap.equal(a.ask("begin", verb="seen", options={}, desk="2").get("error"), "operator-needed", "another desk of the same node is not concerned")
    opens(a, "CHEF", LEAD, desk="2")
    for desk, code in (("1", "30001"), ("2", "30002")):
        begun = a.must("begin", verb="seen", options={}, desk=desk)["operation"]
        a.must("scan", operation=begun, barcode=code, desk=desk)
        a.must("close", operation=begun, desk=desk)
    tap.equal([operators_of(a, code)[-1] for code in ("30001", "30002")], ["MC", "CHEF"], "each desk has its own session")
    told = opens(a, "CHEF", desk="1")
    tap.ok(told.get("needs") == "pin" and not a.must("operator", desk="1")["open"], "another badge at a desk ends the session before its PIN is typed", told)


def slowed(tap, a):
    opens(a, "MC", PIN)
    wrong = [opens(a, "MC", "1111") for _ in range(5)]
    tap.equal([answer["error"] for answer in wrong], ["operator-wrong"] * 4 + ["operator-wrong-wait"], "five wrong ones, and it waits")
    waits = opens(a, "MC", PIN)
    tap.ok(waits["error"] == "operator-waits" and 0 < waits["wait_s"] <= 30 and "Other badges" in waits["next"], "even the right one is not looked at", waits)
    tap.ok(opens(a, "CHEF", LEAD).get("open"), "while others of the same desk go on")
    a.kill()
    a.start()
    again = opens(a, "MC", PIN)
    tap.ok(again["error"] == "operator-waits" and again["wait_s"] > 0, "kill -9 does not shorten it", again)
    tap.equal(a.ask("begin", verb="seen", options={}).get("error"), "operator-needed", "and nobody is at a desk of a node that was started again")
    opens(a, "CHEF", LEAD)
    a.must("operator-pin", code="MC", secret=OTHER)
    a.must("operator-close")
    tap.ok(opens(a, "MC", OTHER).get("open"), "who leads gives another PIN, and the wait is over")
    tap.equal(opens(a, "MC", PIN)["error"], "operator-wrong", "the one before is wrong now")
    tap.ok(opens(a, "MC", OTHER).get("open"), "one wrong one does not make it wait")
    tap.ok(a.ask("operator-pin", code="MC", secret=PIN, current="0000").get("error") == "operator-wrong" and a.ask("operator-pin", code="MC", secret=PIN, current=OTHER).get("ok"),
           "with the one before, everybody changes their own")


def reset(tap, hub, a):
    tap.equal(hub("operators", "reset", "BIB-A", "NOBODY")["error"], "hub-operator-none", "nobody of that code")
    done = hub("operators", "reset", "BIB-A", "MC", "--lang", "en")
    tap.ok(done["ok"] and "void" in done["text"], "forgotten: a coordinator takes the PIN back at the hub", done)
    until(lambda: opens(a, "MC", PIN).get("error") == "operator-pin-reset", "the node does not hear of it")
    tap.ok(a.ask("operator-pin", code="MC", secret=PIN).get("ok") and opens(a, "MC", PIN).get("open"), "a new one is typed at the node, and opens")
    a.must("operator-close")
    tap.equal(a.ask("operator-pin", code="MC", secret=OTHER).get("error"), "operator-pin-whose", "once")


def idle(tap, hub, a, folder):
    opens(a, "MC", PIN)
    with open(folder + "/clock", "w", encoding="ascii") as file:
        file.write("+3650d\n")
    told = a.must("operator")
    tap.ok(told["open"] and told["left_s"] > 800, "a clock that jumps ten years ahead ends no session", told)
    with open(folder + "/clock", "w", encoding="ascii") as file:
        file.write("-1d\n")
    tap.ok(a.must("operator")["open"], "nor one that goes back")
    with open(folder + "/clock", "w", encoding="ascii") as file:
        file.write("+0\n")
    begun = a.must("begin", verb="seen", options={})["operation"]
    hub("operators", "rule", "BIB-A", "--idle", "1s")
    until(lambda: a.must("operator")["idle_s"] == 1 and not a.must("operator")["open"], "the session does not end")
    tap.ok(True, "without a scan for the place's time it ends")
    ended = a.ask("scan", operation=begun, barcode="30006")
    tap.ok(ended.get("error") in ("operator-idle", "operator-needed") and "badge" in ended["next"], "the next scan is refused, and says why", ended)
    hub("operators", "rule", "BIB-A", "--idle", "15")
    until(lambda: a.must("operator")["idle_s"] == 900, "the rule does not change")
    tap.equal(a.ask("scan", operation=begun, barcode="MC").get("needs"), "pin", "the badge again, in the same operation")
    opens(a, "MC", PIN)
    a.must("scan", operation=begun, barcode="30006")
    a.must("close", operation=begun)
    tap.equal(operators_of(a, "30006")[-1], "MC", "and the work goes on")


def two_machines(tap, hub, a, twin):
    """The other machine of the same place: badges are known there, PINs are set there; who left is refused there, and at the hub when it could not know."""
    in_step(a, twin)
    tap.equal(opens(twin, "MC").get("error"), "operator-pin-none", "a PIN is known on the machine where it was set only")
    tap.ok(twin.ask("operator-pin", code="CHEF", secret=LEAD).get("ok") and opens(twin, "CHEF", LEAD).get("open"), "who leads begins on another machine")
    tap.ok(twin.ask("operator-pin", code="MC", secret=PIN).get("ok") and opens(twin, "MC", PIN).get("open"), "and lets others type theirs")
    twin.scan("seen", ["30002"])
    in_step(twin)
    twin.stop()
    twin.options = ["--offline"]
    twin.start()
    opens(a, "CHEF", LEAD)
    a.must("operator-end", code="MC")
    tap.equal(opens(a, "MC", PIN).get("error"), "operator-ended", "who has left opens nothing")
    tap.ok(not holds(a.folder, b"Marie C."), "the name is gone from the machine")
    in_step(a)
    hub.folded()
    opens(twin, "MC", PIN)
    twin.scan("seen", ["30001"])
    twin.stop()
    twin.options = []
    twin.start()
    in_step(twin)
    hub.folded()
    rows = hub("refused")["rows"]
    tap.ok([(row["cause"], row["operator"], row["event"]) for row in rows] == [("operator-ended", "MC", "seen-at")], "the hub keeps it, refused with its reason", rows)
    tap.equal(hub("retry", rows[0]["ref"]).get("error"), "hub-still-refused", "tried again it still is")
    hub("operators", "add", "BIB-A", "MC")
    tap.equal(hub("retry", rows[0]["ref"])["admitted"], 1, "put back, it counts")
    until(lambda: opens(twin, "MC", PIN).get("error") == "operator-pin-reset", "the PIN of before is void")
    tap.ok(True, "a PIN of before does not come back with its owner")


def recorded_all_the_same(tap, hub, b):
    hub("operators", "rule", "BIB-B", "--need", "code", "--unknown", "record")
    until(lambda: b.must("operator")["need"] == "code", "the rule does not come")
    tap.equal(b.ask("item-add", items=[{"barcode": "40001", "title": "T"}]).get("error"), "operator-needed", "a place that asks for a badge asks for it everywhere")
    b.must("item-add", items=[{"barcode": "40001", "title": "T"}], operator="X1")
    begun = b.must("begin", verb="seen", options={}, operator="X1")["operation"]
    done = b.must("scan", operation=begun, barcode="40001", operator="X1")
    tap.ok(done["result"] == "recorded" and any(note["code"] == "operator-unknown-recorded" for note in done["notes"]), "an unknown code is recorded where the rule says so, and told", done)
    b.must("close", operation=begun)
    tap.equal(b.must("operator-add", code="X1", lead=True).get("needs"), None, "no PIN is wanted where none is asked")
    begun = b.must("begin", verb="count", options={}, operator="X1")["operation"]
    tap.equal(b.must("scan", operation=begun, barcode="X1")["result"], "operator", "the badge alone begins a session")
    b.must("close", operation=begun)
    hub("operators", "rule", "BIB-B", "--need", "passphrase")
    until(lambda: b.must("operator")["need"] == "passphrase", "the rule does not come")
    tap.equal(b.ask("begin", verb="seen", options={}).get("error"), "operator-unproven", "a session of a badge is not enough for a passphrase")
    tap.equal([b.ask("operator-pin", code="X1", secret=words).get("error") for words in ("x" * 11, "x" * 129)], ["operator-bad-phrase"] * 2, "12 to 128 bytes make one")
    b.must("operator-pin", code="X1", secret=PHRASE)
    done = typed(b, "seen", lines=["X1", PHRASE, "40001"])
    tap.ok(done.returncode == 0, "a passphrase is typed as a PIN is", done)


def memory_of(process):
    """All that a process holds in memory, where who runs this may look."""
    held = []
    with open(f"/proc/{process.pid}/maps", encoding="ascii", errors="replace") as maps, open(f"/proc/{process.pid}/mem", "rb", 0) as memory:
        for line in maps:
            first, last = (int(number, 16) for number in line.split()[0].split("-"))
            if line.split()[1].startswith("rw") and last - first < 1 << 28:
                memory.seek(first)
                held.append(memory.read(last - first))
    return b"".join(held)


def wiped(tap, node):
    opens(node, "X1", PHRASE)
    opens(node, "X1", PHRASE + " faux")
    try:
        held = memory_of(node.process)
    except OSError:
        tap.ok(True, "a passphrase stays in no memory # SKIP only root may look")
        return
    tap.ok(b"X1" in held and PHRASE.encode()[-18:] not in held, "once it was looked at, a passphrase is in the node's memory no more")


def unreadable(tap, node):
    """A damaged file is told, not taken for an empty one."""
    node.stop()
    path = node.folder + "/operators"
    with open(path, "rb") as file:
        good = file.read()
    tap.equal(oct(os.stat(path).st_mode & 0o777), "0o600", "what PINs are checked with is readable by its owner only")
    with open(path, "wb") as file:
        file.write(good[:len(good) // 2])
    node.launch()
    tap.ok(node.process.wait(60) != 0 and "operators is damaged" in node.logged(), "a damaged file stops the node, which says so")
    with open(path, "wb") as file:
        file.write(good)
    node.start()


def main(tap, folder):
    hub = Hub(folder + "/hub").start()
    for code in ("BIB-A", "BIB-B"):
        hub.place(code, "branch")
    a, twin, b = (Node(f"{folder}/{name}") for name in ("a", "twin", "b"))
    a.environment = jumping_clock(folder)
    for node, place in ((a, "BIB-A"), (twin, "BIB-A"), (b, "BIB-B")):
        node.start().enrol(hub, place)
    without_a_rule(tap, a)
    rules(tap, hub, a)
    added(tap, a)
    scanned(tap, a)
    two_desks(tap, a)
    slowed(tap, a)
    reset(tap, hub, a)
    idle(tap, hub, a, folder)
    two_machines(tap, hub, a, twin)
    recorded_all_the_same(tap, hub, b)
    in_step(a, twin, b)
    hub.folded()
    tap.equal({node.digest() for node in (a, twin, b)}, {hub("status")["state"]["digest"]}, "all hold the same")
    tap.equal(hub("rebuild")["digest"], a.digest(), "and so does a state made anew")
    tap.ok(hub("verify")["intact"], "all verifies")
    secrets = [secret.encode() for secret in (PIN, OTHER, LEAD, PHRASE)]
    tap.equal([secret for secret in secrets if holds(folder, secret)], [], "no file of hub, nodes or logs holds a PIN or a passphrase")
    tap.equal([name for name in ("Anne", "Marie C.") if holds(hub.folder, name.encode()) or holds(b.folder, name.encode())], [], "nor a name, on any other machine")
    wiped(tap, b)
    unreadable(tap, a)
    for node in (a, twin, b):
        node.stop()
    hub.stop()


if __name__ == "__main__":
    bench(main)
