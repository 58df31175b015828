#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Secrets of a network at work (orders sealed, keys changed, a node replaced) stand in their own files and nowhere else: not in a store, a log, an answer, a command line, an environment, in any of the
# forms in which keys are written; files that others could read, and folders that others could change, are refused with what to type.
import base64
import ctypes
import hashlib
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, Node, bench, run, until  # noqa: E402

Z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
OWN = ("keys", "keys.next", "keys.before", "keyring")


def z85(data):
    out = ""
    for i in range(0, len(data), 4):
        value = int.from_bytes(data[i:i + 4], "big")
        out += "".join(Z85[value // 85 ** p % 85] for p in (4, 3, 2, 1, 0))
    return out.encode()


def forms(secret):
    """Raw, hex both ways, z85, and the middle of base64, which is the same whatever stands before."""
    whole = [base64.b64encode(b"\0" * pad + secret)[8:40] for pad in range(3)]
    return [secret, secret.hex().encode(), secret.hex().upper().encode(), z85(secret), *whole]


def keyring_keys(path, node):
    """The keys of the keyring's file (include/navette/keyring.h), opened with the node's own."""
    if not os.path.exists(path):
        return []
    with open(path, "rb") as file:
        sealed = file.read()
    both = bytes.fromhex(node["curve"][1]) + bytes.fromhex(node["sign"][1])[:32]
    secret = hashlib.blake2b(b"navette keyring", key=both, digest_size=32).digest()
    box, data = sealed[28 + 24:], ctypes.create_string_buffer(len(sealed))
    if ctypes.CDLL("libsodium.so.23").crypto_secretbox_open_easy(data, box, ctypes.c_ulonglong(len(box)), sealed[28:52], secret) != 0:
        return []
    data = data.raw[:len(box) - 16]
    keys, at = [], 0
    while at < len(data):
        kind, size = data[at], int.from_bytes(data[at + 1:at + 5], "big")
        if kind == 1:
            keys.append(data[at + 21:at + 53])
        at += 5 + size
    return keys


def secrets_of(*daemons):
    found = {}
    for one in daemons:
        keys = one.keys()
        found[one.folder + " curve"] = bytes.fromhex(keys["curve"][1])
        found[one.folder + " sign"] = bytes.fromhex(keys["sign"][1])[:32]
        for number, key in enumerate(keyring_keys(one.folder + "/keyring", keys)):
            found[f"{one.folder} keyring {number}"] = key
    return found


def places(folder, daemons):
    """Everything that could hold one: (name, bytes)."""
    for top, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(top, name)
            if os.path.isfile(path) and name not in OWN:
                with open(path, "rb") as file:
                    yield path, file.read()
    for one in daemons:
        for what in ("cmdline", "environ"):
            with open(f"/proc/{one.process.pid}/{what}", "rb") as file:
                yield f"{one.folder} {what}", file.read()


def leaks(secrets, looked):
    return [f"{name} in {where}" for where, data in looked for name, secret in secrets.items() if any(form in data for form in forms(secret))]


def answers(hub, nodes):
    for words in (("status",), ("nodes",), ("rights",), ("verify",), ("aside",)):
        yield " ".join(words), json.dumps(hub(*words)).encode()
        yield " ".join(words) + " as text", (lambda done: (done.stdout + done.stderr).encode())(hub.text(*words))
    for node in nodes:
        for command in ("status", "check", "rekey", "orders"):
            yield command, json.dumps(node.ask(command)).encode()


def refused(tap, daemon, path, mode, typed):
    kept = os.stat(path).st_mode & 0o777
    daemon.stop()
    os.chmod(path, mode)
    daemon.launch()
    tap.ok(daemon.process.wait(30) != 0, f"{os.path.basename(path)} with mode {mode:o} is refused at the start")
    tap.ok(f"Type: chmod {typed} {path}" in daemon.logged(), "... with what to type", daemon.logged()[-400:])
    tap.ok(not any(form in daemon.logged().encode() for secret in secrets_of(daemon).values() for form in forms(secret)), "... and nothing of it in the log")
    os.chmod(path, kept)
    daemon.start()


def main(tap, folder):
    os.umask(0)
    hub = Hub(folder + "/hub").start()
    hub.place("BIB-A")
    hub.place("BIB-B")
    node, other = Node(folder + "/a").start(), Node(folder + "/b").start()
    node.enrol(hub, "BIB-A")
    other.enrol(hub, "BIB-B")
    secrets = secrets_of(hub, node, other)
    node.register([f"10{n:02}" for n in range(8)])
    done = node.must("orders-add", orders=[{"id": "C-1", "items": ["1001"], "channel": "phone", "card": "20099887766554", "name": "Dupont"}])
    tap.ok(done["placed"] == 1 and node.sync().get("ok"), "work is done, an order is sealed", done)
    secrets.update(secrets_of(node))
    tap.ok(any("keyring" in name for name in secrets), "the keyring holds its key")
    until(lambda: node.ask("rekey").get("ok"), "no new keys")
    until(lambda: not node.must("status")["keys"]["changing"], "the keys do not change over")
    code = hub("replace", "BIB-B")
    other.must("enrol", code=code["code"], hub=code["enrol"], again=True)
    until(lambda: other.link()["link"] == "streaming", "the replaced node does not stream")
    secrets.update({name + " now": secret for name, secret in secrets_of(hub, node, other).items()})
    tap.ok(len(secrets) >= 10, f"{len(secrets)} secrets are looked for, those of before too")
    tap.ok(all(any(form in open(one.folder + "/keys", "rb").read() for form in forms(bytes.fromhex(one.keys()["curve"][1]))) for one in (hub, node)),
           "the search finds one where it is")
    tap.equal(leaks(secrets, places(folder, (hub, node, other))), [], "none stands in a file, log, command line or environment")
    tap.equal(leaks(secrets, answers(hub, (node, other))), [], "nor in an answer")
    open_files = [os.path.join(top, name) for one in (hub, node, other) for top, _, names in os.walk(one.folder) for name in names
                  if os.lstat(os.path.join(top, name)).st_mode & 0o077]
    tap.equal(open_files, [], "with no umask at all every file is its owner's")
    tap.equal([one.folder for one in (hub, node, other) if os.stat(one.folder).st_mode & 0o077], [], "and every folder")
    for one in (hub, node):
        with open(f"/proc/{one.process.pid}/limits", encoding="ascii") as file:
            limits = [line.split() for line in file if line.startswith("Max core file size")][0]
        tap.equal(limits[4:6], ["0", "0"], f"{one.program} leaves no core file")
    for one in (node, hub):
        refused(tap, one, one.folder + "/keys", 0o640, "600")
        refused(tap, one, one.folder, 0o755, "700")
        refused(tap, one, one.folder, 0o770, "700")
    tap.ok(node.sync().get("ok"), "put right, they go on")
    done = run("navette-hub", "serve", "--folder", folder + "/none/hub")
    tap.ok(done.returncode != 0, "a folder that can't be made is told", done.stderr)
    for one in (node, other, hub):
        one.stop()


bench(main)
