#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# The hub alone: first start, places, rules, invitations, bad input, restart, verify and rebuild with and without it.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import BIN, Hub, bench, run  # noqa: E402


def body(tap, folder):
    hub = Hub(folder + "/hub").start()
    status = hub("status")
    tap.equal(status["journal"]["tail"], 0, "a new hub has an empty journal")
    tap.equal(oct(os.stat(hub.folder + "/keys").st_mode & 0o777), "0o600", "its keys are for its own account")
    tap.equal(oct(os.stat(hub.folder + "/control").st_mode & 0o777), "0o600", "and so is its socket")

    hub.place("BIB-CENTRE", "branch", "--namespaces", "bib", "--isil", "FR-751131", "--zones", "RES:staging,ISO:isolation:40")
    hub.place("CCAS-NORD", "relay", "--host", "BIB-CENTRE")
    places = hub("places")["rows"]
    tap.equal([(row["code"], row["kind"]) for row in places], [("BIB-CENTRE", "branch"), ("CCAS-NORD", "relay")], "places are listed at once")
    tap.equal(places[1]["host"], "BIB-CENTRE", "with what was said of them")
    hub.place("CCAS-NORD", "depot")
    tap.equal(hub("places")["rows"][1]["kind"], "depot", "a place declared anew stands as last declared")
    hub.place("CCAS-NORD", "relay", "--host", "BIB-CENTRE")

    for words, error in (
        (["place", "add", "X", "--kind", "palace"], "hub-unknown-kind"),
        (["place", "add", "X", "--kind", "branch", "--tz", "Europe/Paris"], "hub-invalid-tz"),
        (["place", "add", "X" * 33, "--kind", "branch"], "hub-invalid-code"),
        (["place", "add", "a b", "--kind", "branch"], "hub-invalid-code"),
        (["stock", "--place", "NOWHERE"], "hub-unknown-place"),
        (["place", "add", "X", "--kind", "relay", "--host", "NOWHERE"], "hub-unknown-place"),
        (["enrol", "NOWHERE"], "hub-unknown-place"),
        (["enrol", "BIB-CENTRE", "--role", "king"], "hub-unknown-role"),
        (["enrol", "BIB-CENTRE", "--scope", "world"], "hub-unknown-scope"),
        (["revoke", "BIB-CENTRE"], "hub-unknown-node"),
        (["rule", "add", "isolation"], "hub-invalid-rule"),
        (["rule", "add", "isolation", "--days", "3", "--place", "NOWHERE"], "hub-unknown-place"),
        (["transit", "--at", "yesterday"], "hub-bad-time"),
        (["stock", "--known", "yesterday"], "hub-bad-time"),
        (["explain"], "hub-missing"),
        (["stock", "--state", "vanished"], "hub-unknown-state"),
        (["find", "0000"], "hub-nothing-known"),
        (["explain", "0000"], "hub-nothing-known"),
    ):
        done = hub(*words)
        tap.ok(not done["ok"] and done.get("error") == error and done["exit"] == 1 and done["next"], f"{' '.join(words)[:60]}: {error}", done)
    tail = hub("status")["journal"]["tail"]
    tap.equal(tail, 4, "nothing of it was recorded")
    for words in (["places", "extra"], ["nonsense"], ["place", "add"], ["stock", "--name", "x"]):
        tap.equal(hub(*words)["exit"], 2, f"{' '.join(words)}: not understood")
    tap.equal(run("navette-hub", "status", "--nonsense").returncode, 2, "an unknown option: not understood")

    french, english = hub.text("enrol", "NOWHERE"), hub.text("enrol", "NOWHERE", "--lang", "en")
    tap.ok("Lieu inconnu" in french.stderr or "Unknown" in french.stderr and os.environ.get("LANG", "").startswith("en"), "messages are in French", french.stderr)
    tap.ok("Unknown place: NOWHERE" in english.stderr and "place add NOWHERE" in english.stderr, "or in English, and say what to do", english.stderr)

    invitation = hub.text("enrol", "BIB-CENTRE", "--lang", "en")
    tap.ok("navette enrol " in invitation.stdout and hub.enrol_at in invitation.stdout, "an invitation says what to type", invitation.stdout)
    path = folder + "/invitation"
    code = hub("enrol", "CCAS-NORD", "--file", path)
    tap.equal((code["role"], code["scope"]), ("relay", "own"), "a relay's node is invited as a relay, for its own")
    with open(path, encoding="utf-8") as file:
        tap.ok(code["code"] in file.read(), "the invitation's file holds the code")

    rule = hub("rule", "add", "isolation", "--days", "3", "--material", "DVD")
    tap.equal(rule.get("duration_s"), 259200, "a rule is decided")

    second = Hub(hub.folder)
    second.launch()
    tap.equal(second.process.wait(30), 1, "a second hub on the same folder ends")
    tap.ok(hub("status")["ok"], "and the first goes on")

    before = hub.folded()
    verified = hub("verify")
    tap.ok(verified["intact"] and verified["entries"] == before["journal"]["tail"] and verified["exit"] == 0, "verify finds everything in order", verified)
    rebuilt = hub("rebuild")
    tap.ok(rebuilt["ok"] and rebuilt["digest"] == before["state"]["digest"], "a rebuilt state has the same digest", rebuilt)
    tap.equal(hub.stop(), 0, "SIGTERM ends it")
    tap.equal(hub("status")["exit"], 3, "then nobody answers")
    offline = hub("verify")
    tap.ok(offline["intact"] and offline["state"]["digest"] == before["state"]["digest"], "verify works on the folder alone", offline)
    offline = hub("rebuild")
    tap.equal(offline.get("digest"), before["state"]["digest"], "and so does rebuild")
    missing = run("navette-hub", "verify", "--folder", folder + "/nothing", "--json")
    tap.ok(missing.returncode == 3 and not os.path.exists(folder + "/nothing"), "verify makes no hub where there is none", missing.stdout)

    hub.start()
    tap.equal([row["code"] for row in hub("places")["rows"]], ["BIB-CENTRE", "CCAS-NORD"], "a restart remembers its places")
    for _ in range(3):
        hub.kill()
        hub.start()
    after = hub.folded()
    tap.equal(after["state"]["digest"], before["state"]["digest"], "killed three times, the state is the same")
    verified = hub("verify")
    tap.ok(verified["intact"], "and every signature too", verified)

    for damage in ("state/data.mdb gone", "state/data.mdb cut", "state/data.mdb scribbled"):
        hub.stop()
        path = os.path.join(hub.folder, "state", "data.mdb")
        if damage.endswith("gone"):
            os.unlink(path)
        elif damage.endswith("cut"):
            os.truncate(path, 5000)
        else:
            with open(path, "r+b") as file:
                file.write(b"\xa5" * 12000)
        hub.start()
        tap.equal(hub.folded()["state"]["digest"], before["state"]["digest"], f"{damage}: rebuilt, same digest")


if __name__ == "__main__":
    print(f"# {BIN}")
    bench(body)
