#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Labels: every sheet and kind of code rendered and read back by another program; what does not fit; series; documents that wait for a label."""
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import bench  # noqa: E402
from node_bench import Post  # noqa: E402

TITLE = "L'œuvre au noir, suivi de Mémoires d'Hadrien « édition intégrale » – Ÿ, ŷ, ß"


def crop(page, box):
    """A part of a grey picture, white all around, as the bytes of another one."""
    width, height, pixels = page
    left, top, right, bottom = (max(0, box[0]), max(0, box[1]), min(width, box[2]), min(height, box[3]))
    edge = 30
    wide = right - left + 2 * edge
    rows = [b"\xff" * edge + pixels[y * width + left:y * width + right] + b"\xff" * edge for y in range(top, bottom)]
    rows = [b"\xff" * wide] * edge + rows + [b"\xff" * wide] * edge
    return b"P5 %d %d 255\n" % (wide, len(rows)) + b"".join(rows)


def grid(sheet, dpi):
    """Pixels of each label, a little inside its edges: what it holds must be whole there."""
    for row in range(sheet["rows"]):
        for column in range(sheet["columns"]):
            left, top = sheet["left"] + column * sheet["step_x"], sheet["top"] + row * sheet["step_y"]
            yield [round(mm / 25.4 * dpi) for mm in (left + 0.5, top + 0.5, left + sheet["width"] - 0.5, top + sheet["height"] - 0.5)]


def read_back(pdf, kind, sheet, dpi=300):
    """What zbar reads on each label of all pages, in their order; it loses count of many QRs in one picture."""
    base = pdf[:-4]
    folder = os.path.dirname(pdf)
    subprocess.run(["pdftoppm", "-r", str(dpi), "-gray", pdf, base], check=True, stderr=subprocess.DEVNULL)
    paths = []
    for name in sorted(name for name in os.listdir(folder) if name.startswith(os.path.basename(base) + "-")):
        with open(os.path.join(folder, name), "rb") as file:
            _, size, _, pixels = file.read().split(b"\n", 3)
        os.remove(os.path.join(folder, name))
        width, height = map(int, size.split())
        for box in grid(sheet, dpi):
            paths.append(os.path.join(folder, f"label-{len(paths):05d}.pgm"))
            with open(paths[-1], "wb") as file:
                file.write(crop((width, height, pixels), box))
    done = subprocess.run(["zbarimg", "-q", "--raw", "-Sdisable", f"-S{kind}.enable", *paths], capture_output=True, text=True, check=False)
    for path in paths:
        os.remove(path)
    return done.stdout.splitlines()


def page_size(pdf):
    done = subprocess.run(["pdfinfo", pdf], capture_output=True, text=True, check=True)
    width, height = re.search(r"Page size:\s+([\d.]+) x ([\d.]+)", done.stdout).groups()
    return round(float(width) / 72 * 25.4, 1), round(float(height) / 72 * 25.4, 1), int(re.search(r"Pages:\s+(\d+)", done.stdout).group(1))


def every_sheet(tap, post, folder):
    sheets = post.must_type("labels", "--sheets", "--json").json["rows"]
    tap.ok(len(sheets) >= 12 and {"3x8", "3x7", "4x10", "5x13", "2x7", "roll-57x32"} <= {row["sheet"] for row in sheets}, "the sheets are listed")
    pdf = os.path.join(folder, "sheet.pdf")
    for sheet in sheets:
        for kind, name in (("128", "code128"), ("qr", "qrcode")):
            whole = sheet["columns"] * sheet["rows"]
            codes = [f"{20601000000 + 7919 * i:014d}" for i in range(whole)]
            done = post.type("labels", "--sheet", sheet["sheet"], "--code", kind, "--out", pdf, "--name", "Médiathèque", "--json", *codes)
            width, height, pages = page_size(pdf)
            roll = whole == 1
            tap.ok(done.code == 0 and done.json["labels"] == whole and pages == 1
                   and (width, height) == ((sheet["width"], sheet["height"]) if roll else (210.0, 297.0)), f"{sheet['sheet']} {kind}: one page", (done, width, height))
            tap.equal(read_back(pdf, name, sheet), codes, f"{sheet['sheet']} {kind}: {whole} codes, each read on its own label")


def what_is_asked(tap, post, folder):
    pdf = os.path.join(folder, "asked.pdf")
    sheets = {row["sheet"]: row for row in post.must_type("labels", "--sheets", "--json").json["rows"]}
    post.must_type("labels", "--sheet", "3x8", "--bags", "SAC-", "008-030", "--start", "5", "--copies", "2", "--out", pdf)
    tap.equal(read_back(pdf, "code128", sheets["3x8"]), [f"SAC-{i:03d}" for i in range(8, 31) for _ in range(2)], "a series of bags, two of each, on a begun sheet")
    tap.equal(page_size(pdf)[2], 3, "46 labels after 4 used ones: 3 sheets of 24")
    done = post.must_type("labels", "--sheet", "57x32", "--out", pdf, scans=["*00020601000001*", "NEW-1"])
    tap.ok("1" in done.out.splitlines()[-1], "an unknown code is told", done)
    tap.equal((read_back(pdf, "code128", sheets["roll-57x32"]), page_size(pdf)), (["00020601000001", "NEW-1"], (57.0, 32.0, 2)), "from a scanner, on a roll of own measures")
    post.must_type("labels", "--sheet", "60x30+3x9+10,12+2,1@210x297", "--code", "qr", "--start", "27", "--out", pdf, "é-1")
    own = {"left": 10, "top": 12, "step_x": 62, "step_y": 31, "width": 60, "height": 30, "columns": 3, "rows": 9}
    tap.equal(read_back(pdf, "qrcode", own), ["é-1"], "a sheet of own measures; a QR says what Code 128 can't")
    for name in ("L7160", "l7651"):
        tap.equal(post.type("labels", "--sheet", name, "--out", pdf, "A-1").code, 0, f"{name}: sheets by their makers' number")


def what_is_refused(tap, post, folder):
    pdf = os.path.join(folder, "refused.pdf")
    long = "ABCDEFGHIJKLMNOPQRSTUVWXYZ-ABCDEFGHIJ"
    for words, error in ((("--sheet", "5x13", long), "label-too-small"), (("--sheet", "9x9", "A"), "no-such-sheet"),
                         (("--sheet", "300x40+3x8", "A"), "bad-sheet"), (("--sheet", "70x37+3x9", "A"), "bad-sheet"),
                         (("--sheet", "70x37+3x8+", "A"), "bad-sheet"), (("--sheet", "3x8", "é"), "no-symbol"),
                         (("--sheet", "3x8", "x" * 50), "no-label-so-wide"), (("--sheet", "3x8", "x" * 65), "malformed-line"),
                         (("--sheet", "3x8", "--start", "25", "A"), "bad-option"), (("--sheet", "3x8", "--start", "0", "A"), "bad-option"),
                         (("--sheet", "3x8", "--copies", "101", "A"), "bad-option"), (("--sheet", "3x8", "--code", "ean", "A"), "bad-option"),
                         (("--sheet", "3x8", "--bags", "SAC-", "9-1"), "bad-series"), (("--sheet", "3x8", "--bags", "SAC-"), "bad-series"),
                         (("--sheet", "3x8", "--bags", "SAC-", "1-20001"), "too-many-labels"), (("A",), "missing-option"),
                         (("--sheet", "3x8"), "nothing-to-label"), (("--sheet", "3x8", "--without-barcode", "A"), "surplus")):
        done = post.type("labels", *words, "--out", pdf, "--json")
        tap.ok(done.code != 0 and done.json["error"] == error and done.json["next"] and not os.path.exists(pdf), f"{error}: {' '.join(words)[:60]}", done)
    fits = re.search(r"--sheet (\S+)", post.type("labels", "--sheet", "5x13", long, "--out", pdf, lang="en").err).group(1)
    post.must_type("labels", "--sheet", fits, long, "--out", pdf)
    sheets = {row["sheet"]: row for row in post.must_type("labels", "--sheets", "--json").json["rows"]}
    tap.equal(read_back(pdf, "code128", sheets[fits]), [long], "the sheet that is proposed holds the code")
    done = post.type("labels", "--sheet", "3x8", "A", "--out", os.path.join(folder, "no", "such.pdf"), "--json")
    tap.ok(done.code == 1 and done.json["error"] == "cannot-write", "a file that can't be written", done)
    tap.equal([name for name in os.listdir(folder) if ".pdf." in name], [], "nothing is left beside")


def waiting(tap, post, folder):
    pdf = os.path.join(folder, "waiting.pdf")
    done = post.type("labels", "--sheet", "3x8", "--without-barcode", "--out", pdf, "--json")
    tap.ok(done.code == 1 and done.json["error"] == "nothing-to-label", "no document waits for a label", done)
    path = os.path.join(folder, "without.csv")
    with open(path, "w", encoding="utf-8") as file:
        file.write("barcode;title;call number;item number\n" + "".join(f";{TITLE} {i};R {i};{i}\n" for i in range(300)) + "B-1;avec;;\n")
    post.must_type("import", "--profile", "csv", "--home", "BIB-CENTRE", path)
    made = post.must_type("labels", "--sheet", "4x10", "--code", "qr", "--without-barcode", "--out", pdf, "--json").json
    sheets = {row["sheet"]: row for row in post.must_type("labels", "--sheets", "--json").json["rows"]}
    read = read_back(pdf, "qrcode", sheets["4x10"])
    tap.equal((made["labels"], len(set(read)), len(read)), (300, 300, 300), "300 documents without a barcode: as many labels, each read once")
    tap.equal(post.find(read[0])["title"][:len(TITLE)], TITLE, "a code that was read is the document's")


def body(tap, folder):
    for program in ("pdftoppm", "zbarimg"):
        if shutil.which(program) is None:
            raise RuntimeError(f"{program} is not here: deploy/packages test")
    post = Post(os.path.join(folder, "post")).start()
    post.must_type("init", "--place", "BIB-CENTRE")
    post.must_type("item", "add", "00020601000001", "--title", TITLE)
    waiting(tap, post, folder)
    every_sheet(tap, post, folder)
    what_is_asked(tap, post, folder)
    what_is_refused(tap, post, folder)
    post.stop()


if __name__ == "__main__":
    bench(body)
