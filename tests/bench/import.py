#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How long and in how much memory a catalogue is imported, beside yaz-marcdump reading the same file in the same run.

usage: import.py [--items N] [--out FILE]

Makes a UNIMARC file of N items (four a record, accents, long titles; the same bytes for the same N), then measures, each as a process of its own:
yaz-marcdump; navette import --dry-run without a node; navette import into a fresh node; the same again, which changes nothing. JSON to --out and stdout.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

BIN = os.environ.get("NAVETTE_BIN", "build/release/bin")
WORDS = ("Histoire générale de la navigation à voile", "L'été des hirondelles", "Grand œuvre", "Le château d'Ève", "Mémoires d'un facteur",
         "Atlas des forêts d'Île-de-France", "Cuisine sans gluten", "La rivière à l'envers", "Nos années sauvages", "Le bûcher des vanités")
NAMES = ("Lefèvre", "Müller", "Garçon", "Noël", "Dupont", "Le Goff", "Béranger", "Óscar", "Sánchez", "Hénault")


def field(tag, text):
    return tag, (text + "\x1e").encode()


def record(number, first, count):
    """One record of `count` items whose barcodes run from `first`."""
    fields = [field("001", "%09d" % number),
              field("100", "  \x1fa20200101d2019    m  y0frey50      ba"),
              field("101", "0 \x1fafre"),
              field("200", "1 \x1fa%s\x1fe%s, tome %d\x1ff%s" % (WORDS[number % 10], WORDS[number // 10 % 10], number, NAMES[number % 10])),
              field("210", "  \x1faParis\x1fcÉditions du Canal\x1fd%d" % (1950 + number % 70)),
              field("215", "  \x1fa1 vol. (%d p.)\x1fd22 cm" % (100 + number % 400)),
              field("330", "  \x1fa" + "; ".join(WORDS[(number + i) % 10] for i in range(4))),
              field("606", "  \x1faLittérature\x1fxHistoire et critique"),
              field("700", " 1\x1fa%s\x1fb%s" % (NAMES[number // 10 % 10], NAMES[number // 100 % 10]))]
    for i in range(count):
        fields.append(field("995", "  \x1fbBIB-%02d\x1ff%014d\x1fkR %s %d\x1fraa\x1fqa\x1fuDon %d" % (
            (first + i) % 20, first + i, NAMES[number % 10][:3].upper(), number, number % 12)))
    directory, data = b"", b""
    for tag, content in fields:
        directory += b"%s%04d%05d" % (tag.encode(), len(content), len(data))
        data += content
    base = 24 + len(directory) + 1
    return b"%05dcam0 22%05d   450 " % (base + len(data) + 1, base) + directory + b"\x1e" + data + b"\x1d"


def make(path, items):
    with open(path, "wb", buffering=1 << 20) as out:
        for number in range(0, items, 4):
            out.write(record(number // 4 + 1, number + 1, min(4, items - number)))


def measure(command, stdout=subprocess.DEVNULL):
    """Seconds, peak memory and what it printed last."""
    with tempfile.TemporaryFile() as said:
        began = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said if stdout is None else stdout)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        lines = said.read().decode().splitlines()
    if process.returncode != 0:
        sys.exit("%s: %d" % (command, process.returncode))
    return {"seconds": round(seconds, 2), "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 2),
            "peak_mib": round(usage.ru_maxrss / 1024, 1)}, json.loads(lines[-1]) if lines else None


def peak_of(pid):
    """All of it, and without the pages of its store, which the system takes back when it needs room."""
    with open("/proc/%d/status" % pid, encoding="ascii") as status:
        fields = dict(line.split(":", 1) for line in status)
    return [round(int(fields[name].split()[0]) / 1024, 1) for name in ("VmHWM", "RssAnon")]


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--items", type=int, default=1000000)
    options.add_argument("--out")
    options = options.parse_args()
    navette, result = os.path.join(BIN, "navette"), {"items": options.items}
    with tempfile.TemporaryDirectory(prefix="navette-import-") as folder:
        path, home = os.path.join(folder, "catalogue.mrc"), os.path.join(folder, "node")
        make(path, options.items)
        result["file_mib"] = round(os.path.getsize(path) / 1048576, 1)
        command = [navette, "import", "--profile", "recommandation-995", "--quiet", "--json", "--folder", home]
        result["yaz_marcdump"], _ = measure(["yaz-marcdump", path])
        result["dry_run"], told = measure(command + ["--dry-run", path], None)
        assert told["items"] == told["created"] == options.items, told
        node = subprocess.Popen([os.path.join(BIN, "navette-node"), "--folder", home, "--offline"], stderr=subprocess.DEVNULL)
        try:
            until = time.monotonic() + 20
            while subprocess.call([navette, "init", "--place", "BIB-00", "--folder", home], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL) != 0 and time.monotonic() < until:
                pass
            result["import"], told = measure(command + [path], None)
            assert told["created"] == options.items, told
            result["again"], told = measure(command + [path], None)
            assert told["unchanged"] == options.items, told
            result["node_peak_mib"], result["node_own_mib"] = peak_of(node.pid)
        finally:
            node.terminate()
            node.wait()
    text = json.dumps(result, indent=1)
    print(text)
    if options.out:
        with open(options.out, "w", encoding="ascii") as out:
            out.write(text + "\n")


if __name__ == "__main__":
    main()
