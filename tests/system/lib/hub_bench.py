# SPDX-License-Identifier: Apache-2.0
"""What the hub's system tests share: TAP lines, a hub and nodes as real processes, conditions with a deadline, a probe on libzmq."""
import ctypes
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback

BIN = os.path.abspath(os.environ.get("NAVETTE_BIN", "build/release/bin"))
DEADLINE_S = float(os.environ.get("NAVETTE_DEADLINE", "120"))


class Tap:
    """Prints TAP; the process's exit code says whether all was well."""

    def __init__(self):
        self.count = 0
        self.failed = 0

    def ok(self, condition, name, detail=""):
        self.count += 1
        if not condition:
            self.failed += 1
        print(f"{'ok' if condition else 'not ok'} {self.count} - {name}", flush=True)
        if not condition and detail != "":
            for line in str(detail).splitlines():
                print(f"# {line}", flush=True)
        return bool(condition)

    def equal(self, got, wanted, name):
        return self.ok(got == wanted, name, f"got    {got!r}\nwanted {wanted!r}")

    def done(self):
        print(f"1..{self.count}")
        sys.exit(1 if self.failed else 0)


def until(condition, what, deadline_s=DEADLINE_S):
    """Asks again until it holds; the deadline only bounds a failure."""
    end = time.monotonic() + deadline_s
    gate = threading.Event()
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise TimeoutError(what)
        gate.wait(0.02)


def run(program, *arguments, stdin=None, timeout=DEADLINE_S):
    return subprocess.run([os.path.join(BIN, program), *map(str, arguments)], input=stdin, capture_output=True, text=True, timeout=timeout)


def answer(done):
    """The last JSON object on standard output, with the exit code as "exit"."""
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    value = json.loads(lines[-1]) if lines else {"ok": False, "text": done.stderr or done.stdout}
    value["exit"] = done.returncode
    return value


class Daemon:
    """A process with a folder and a control socket inside it."""

    program = None

    def __init__(self, folder, *options, environment=None):
        self.folder = folder
        self.options = list(options)
        self.process = None
        self.log = folder + ".log"
        self.environment = environment

    def command_line(self):
        raise NotImplementedError

    def launch(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command_line(), stdout=log, stderr=log, env=self.environment)

    def start(self):
        self.launch()
        until(lambda: self.answers() or self.process.poll() is not None, f"{self.folder} does not answer")
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.program} ended: {self.logged()[-2000:]}")
        return self

    def answers(self):
        raise NotImplementedError

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def end(self, with_signal):
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(with_signal)
        code = self.process.wait(DEADLINE_S)
        self.process = None
        return code

    def stop(self):
        return self.end(signal.SIGTERM)

    def kill(self):
        return self.end(signal.SIGKILL)

    def logged(self):
        try:
            with open(self.log, encoding="utf-8", errors="replace") as log:
                return log.read()
        except FileNotFoundError:
            return ""


class Hub(Daemon):
    program = "navette-hub"
    listen = "tcp://127.0.0.1:0"
    enrol_at = "tcp://127.0.0.1:0"

    def command_line(self):
        return [os.path.join(BIN, self.program), "serve", "--folder", self.folder, "--listen", self.listen, "--enrol", self.enrol_at, *self.options]

    def answers(self):
        return self("status").get("ok")

    def start(self):
        super().start()
        # the next start takes the same ports: the nodes know them
        status = self("status")
        self.listen, self.enrol_at = status["endpoint"], status["enrol"]
        return self

    def __call__(self, *words, timeout=DEADLINE_S):
        return answer(run(self.program, *words, "--json", "--folder", self.folder, timeout=timeout))

    def text(self, *words):
        return run(self.program, *words, "--folder", self.folder)

    def place(self, code, kind="branch", *options):
        done = self("place", "add", code, "--kind", kind, "--name", code.title(), "--namespaces", "bib", *options)
        if not done["ok"]:
            raise RuntimeError(done)

    def stick_in(self, path, *options):
        """What it says of a stick, or of the first one of a folder."""
        done = run(self.program, "stick", "in", path, "--json", *options, "--folder", self.folder)
        return json.loads(done.stdout.splitlines()[0])

    def restored(self, backup, folder):
        """Ends; answers the same hub, from its backup, in another folder and on the same ports: not started yet."""
        self.stop()
        done = run(self.program, "restore", backup, "--folder", folder)
        if done.returncode != 0:
            raise RuntimeError(done.stdout + done.stderr)
        again = Hub(folder)
        again.listen, again.enrol_at = self.listen, self.enrol_at
        return again

    def folded(self):
        """Waits until the state has all the journal; returns the status."""
        def at_rest():
            status = self("status")
            return status if status.get("ok") and status["state"]["lag"] == 0 and not status["state"]["rebuilding"] else None
        return until(at_rest, "the fold did not catch up")

    def keys(self):
        with open(os.path.join(self.folder, "keys"), encoding="ascii") as file:
            return dict((line.split()[0], line.split()[1:]) for line in file if " " in line)


def in_step(*posts):
    """Each has sent and taken all there is."""
    for post in posts:
        done = post.sync()
        if not done.get("ok"):
            raise RuntimeError(done)


class Node(Daemon):
    program = "navette-node"

    def command_line(self):
        return [os.path.join(BIN, self.program), "--foreground", "--folder", self.folder, *self.options]

    def answers(self):
        return self.ask("status").get("ok")

    def ask(self, command, **fields):
        """One request on the node's own socket, as `navette` sends it; {"ok": False} when nobody answers."""
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(DEADLINE_S + 30)
                line.connect(os.path.join(self.folder, "control"))
                line.sendall(json.dumps({"command": command, "lang": "en", "pid": os.getpid(), **fields}).encode() + b"\n")
                data = b""
                while not data.endswith(b"\n"):
                    part = line.recv(1 << 16)
                    if not part:
                        return {"ok": False, "error": "gone"}
                    data += part
                return json.loads(data)
        except (FileNotFoundError, ConnectionError) as error:
            return {"ok": False, "error": str(error)}

    def must(self, command, **fields):
        done = self.ask(command, **fields)
        if not done.get("ok"):
            raise RuntimeError(f"{command} {fields}: {done}")
        return done

    def enrol(self, hub, places, *options, **fields):
        invitation = hub("enrol", places, *options)
        if not invitation.get("ok"):
            raise RuntimeError(invitation)
        self.must("enrol", code=invitation["code"], hub=invitation["enrol"], **fields)
        return invitation

    def register(self, barcodes, material="Livre", **fields):
        rows = [{"barcode": code, "title": f"Titre secret {code}", "material": material, **fields} for code in barcodes]
        done = self.must("item-add", items=rows)
        if done["recorded"] != len(rows):
            raise RuntimeError(done)

    def scan(self, verb, barcodes, container=None, **options):
        """One operation; returns how many scans were recorded."""
        named = {"container": container} if container else {}
        operation = self.must("begin", verb=verb, options=options, **named)["operation"]
        recorded = 0
        for code in barcodes:
            done = self.ask("scan", operation=operation, barcode=code)
            if not done.get("ok"):
                raise RuntimeError(f"{verb} {code}: {done}")
            recorded += done.get("result") == "recorded"
        self.must("close", operation=operation)
        return recorded

    def link(self):
        return self.must("status")["link"]

    def digest(self):
        return self.must("status")["store"]["digest"]

    def sync(self, seconds=60):
        return self.ask("sync", wait=seconds)

    def keys(self):
        with open(os.path.join(self.folder, "keys"), encoding="ascii") as file:
            return dict((line.split()[0], line.split()[1:]) for line in file if " " in line)


class Probe:
    """A DEALER on libzmq itself, with any keys: what a stranger can do."""

    DEALER, LINGER, RCVTIMEO, CURVE_PUBLICKEY, CURVE_SECRETKEY, CURVE_SERVERKEY = 5, 17, 27, 48, 49, 50

    def __init__(self, endpoint, server_key_hex, pair=None):
        self.zmq = ctypes.CDLL("libzmq.so.5")
        for name in ("zmq_ctx_new", "zmq_socket"):
            getattr(self.zmq, name).restype = ctypes.c_void_p
        self.context = ctypes.c_void_p(self.zmq.zmq_ctx_new())
        self.socket = ctypes.c_void_p(self.zmq.zmq_socket(self.context, self.DEALER))
        public, secret = pair if pair else self.make_pair()
        self.option(self.CURVE_SERVERKEY, bytes.fromhex(server_key_hex))
        self.option(self.CURVE_PUBLICKEY, public)
        self.option(self.CURVE_SECRETKEY, secret)
        self.option(self.LINGER, (0).to_bytes(4, sys.byteorder))
        if self.zmq.zmq_connect(self.socket, endpoint.encode()) != 0:
            raise OSError("connect")

    def option(self, name, value):
        if self.zmq.zmq_setsockopt(self.socket, name, value, len(value)) != 0:
            raise OSError(f"option {name}")

    def make_pair(self):
        public, secret, raw = ctypes.create_string_buffer(41), ctypes.create_string_buffer(41), ctypes.create_string_buffer(32)
        self.zmq.zmq_curve_keypair(public, secret)
        pair = []
        for text in (public, secret):
            self.zmq.zmq_z85_decode(raw, text)
            pair.append(raw.raw)
        return pair

    def send(self, data):
        return self.zmq.zmq_send(self.socket, data, len(data), 1)

    def receive(self, wait_ms):
        """The next frame, or None after wait_ms."""
        self.option(self.RCVTIMEO, wait_ms.to_bytes(4, sys.byteorder))
        data = ctypes.create_string_buffer(1 << 19)
        count = self.zmq.zmq_recv(self.socket, data, len(data), 0)
        return data.raw[:count] if count >= 0 else None

    def close(self):
        self.zmq.zmq_close(self.socket)
        self.zmq.zmq_ctx_term(self.context)


def bench(body):
    """Runs body(tap, folder) in a folder of its own; ends what it left running."""
    tap = Tap()
    folder = tempfile.mkdtemp(prefix="navette-hub-")
    started = []
    launch = Daemon.launch

    def remembered(daemon):
        launch(daemon)
        if daemon not in started:
            started.append(daemon)

    Daemon.launch = remembered
    try:
        body(tap, folder)
    except Exception as error:  # a test that could not go on has failed
        tap.ok(False, f"{body.__module__}: {type(error).__name__}: {error}", traceback.format_exc())
        for daemon in started:
            print(f"# -- {os.path.basename(daemon.log)}")
            for line in daemon.logged().splitlines()[-15:]:
                print(f"# {line}")
    finally:
        for daemon in started:
            daemon.kill()
        shutil.rmtree(folder, ignore_errors=True)
    tap.done()


def holds(folder, needle):
    """1 when the raw bytes are anywhere in the files of this folder."""
    pattern = re.compile(re.escape(needle))
    for root, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(root, name)
            if not os.path.isfile(path):
                continue
            with open(path, "rb") as file:
                if pattern.search(file.read()):
                    return True
    return False
