#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Draws build/bench.json: the floor and the hub in a burst, and what is sustained, in events a second. plot.py RESULTS.json OUT.svg"""
import json
import os
import sys

WIDTH, HEIGHT, LEFT, TOP, PLOT = 900, 420, 70, 60, 280
FLOOR, HUB, TEXT = "#9aa5b1", "#1b6ca8", "#222"


def bars(results):
    """(label, floor, hub) of each group of two bars."""
    for row in results["burst"]:
        yield f"{row['nodes']}×{row['batch']}", row["floor_events_s"], row["hub_events_s"]
    for key, label in (("sustained_uniform", "uniform"), ("sustained_odd", "odd"), ("sustained_replay", "replay")):
        if key in results:
            yield label, results[key]["floor_events_s"], results[key]["hub_events_s"]


def text(x, y, content, size=12, anchor="middle", extra=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{TEXT}" {extra}>{content}</text>'


def draw(results):
    groups = list(bars(results))
    top = max(max(floor, hub) for _, floor, hub in groups)
    step = 250_000
    top = -(-top // step) * step
    slot = (WIDTH - LEFT - 20) / len(groups)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
           text(LEFT, 24, "Durable events a second: the floor (ZeroMQ, protobuf-c, LMDB alone) and the hub with everything on; at the right, sustained", 14, "start"),
           f'<rect x="{LEFT}" y="34" width="12" height="12" fill="{FLOOR}"/>' + text(LEFT + 18, 45, "floor", 12, "start"),
           f'<rect x="{LEFT + 70}" y="34" width="12" height="12" fill="{HUB}"/>' + text(LEFT + 88, 45, "hub (percent of the floor)", 12, "start")]
    for value in range(0, int(top) + 1, step):
        y = TOP + PLOT - PLOT * value / top
        out.append(f'<line x1="{LEFT}" x2="{WIDTH - 20}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        out.append(text(LEFT - 8, y + 4, f"{value / 1e6:.2f} M", 11, "end"))
    for number, (label, floor, hub) in enumerate(groups):
        x = LEFT + slot * number
        for offset, value, colour in ((0.12, floor, FLOOR), (0.5, hub, HUB)):
            height = PLOT * value / top
            out.append(f'<rect x="{x + slot * offset:.1f}" y="{TOP + PLOT - height:.1f}" width="{slot * 0.36:.1f}" height="{height:.1f}" '
                       f'fill="{colour}"/>')
        out.append(text(x + slot * 0.68, TOP + PLOT - PLOT * hub / top - 4, f"{100 * hub / floor:.0f} %", 11))
        for line, word in enumerate(label.split(", ")):
            out.append(text(x + slot / 2, TOP + PLOT + 18 + 14 * line, word, 12))
    out.append(text(LEFT, HEIGHT - 12, "nodes × events a batch; values depend on the machine, ratios within one run are what counts", 11, "start"))
    out.append("</svg>")
    return "\n".join(out) + "\n"


def main():
    with open(sys.argv[1], encoding="utf-8") as stream:
        results = json.load(stream)
    os.makedirs(os.path.dirname(sys.argv[2]) or ".", exist_ok=True)
    with open(sys.argv[2], "w", encoding="utf-8") as stream:
        stream.write(draw(results))
    print(sys.argv[2])


main()
