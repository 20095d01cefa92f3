"""The page as a browser reads it: every number has its figure, and nothing that a model said acts."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

from edgetui.cli import main
from edgetui.report.markup import VOID

QUIET = ("style", "title")


class Seen(HTMLParser):
    """What stands where."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.stray: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.cells: list[tuple[str, bool]] = []
        self.words = ""
        self._open: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        assert not self._open, "every element is closed"

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append((tag, dict(attrs)))
        if tag == "td":
            self.cells.append(("", False))

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self._open.pop()[0] == tag, tag

    def handle_data(self, data):
        if any(tag in QUIET for tag, _ in self._open):
            return
        self.words += data
        if any(tag == "td" for tag, _ in self._open):
            words, simulated = self.cells[-1]
            marked = simulated or any(a.get("class") == "sim" for _, a in self._open)
            self.cells[-1] = (words + data, marked)
        spoken_for = any(
            "data-figure" in a or "data-quote" in a or a.get("class") == "scale" for _, a in self._open
        )
        if re.search(r"\d", data) and not spoken_for:
            self.stray.append(data)


def test_every_number_that_is_shown_is_a_figure_or_somebodys_word(folder: Path):
    html = (folder / "report.html").read_text()
    seen = Seen(html)
    assert seen.stray == []
    named = {a["data-figure"] for _, a in seen.tags if "data-figure" in a}
    figures = json.loads((folder / "figures.json").read_text())
    assert named <= set(figures)
    assert figures["burst/count/qwen2.5vl:3b/pi5/e2e_s"] == {
        "shown": "123 [122–124] s",
        "definition": "median [smallest–largest] of: the timed request from send to done, without load",
        "inputs": [4, 5, 6],
    }
    assert figures["burst/find/qwen2.5vl:3b/pi5/e2e_s"]["shown"] == "> 600 s"
    assert figures["burst/count/qwen2.5vl:3b/rtx3060/cold"]["shown"] == "9.5 s = 7.0 load + 2.4"
    assert figures["reply/6/score"]["shown"] == "✗"
    assert "median_ms 89.25 · p99_ms n/a (too few ?)" in seen.words, "half a character is none"


def test_nothing_that_a_model_or_a_board_said_acts(folder: Path):
    html = (folder / "report.html").read_text()
    seen = Seen(html)
    assert {tag for tag, _ in seen.tags} & {"script", "iframe", "object", "link", "base", "form", "a"} == set()
    assert not [name for _, attrs in seen.tags for name in attrs if name.startswith("on")]
    assert "<script>alert(1)</script>" in seen.words
    assert "\x1b" not in html
    assert "\u202e" not in html
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in [
        a.get("content") for _, a in seen.tags
    ]
    sources = [a.get("src") or a.get("href") for _, a in seen.tags if "src" in a or "href" in a]
    assert sources
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    plain = (folder / "report.md").read_text()
    assert "<script>" not in plain.replace("\\<script\\>", "")


def test_the_verdict_says_who_fell_out_and_why(folder: Path):
    words = " ".join(Seen((folder / "report.html").read_text()).words.split())
    assert "nano-2g ran out of memory with qwen2.5vl:3b." in words
    assert "Throttled: pi5 (1 answer, up to 72 °C)." in words
    assert "No end within the time limit in find with qwen2.5vl:3b: pi5 (1 of 1)." in words
    assert "1 of 12 replies stay out of the figures" in words
    assert "Cells of fewer than 5 answers are indicative only." in words


def test_simulated_rows_say_so_in_every_cell(folder: Path):
    seen = Seen((folder / "report.html").read_text())
    told = [(words, simulated) for words, simulated in seen.cells if words.strip() not in ("", "no reply")]
    bare = [words for words, simulated in told if not simulated]
    evidence = bare.index("0.1.0") if "0.1.0" in bare else len(bare)
    table_of_protocol = [words for words in bare[:evidence] if "simulated" not in words]
    method = (folder / "raw" / "protocol.md").read_text().replace("`", "").replace("*", "")
    assert all(words in method for words in table_of_protocol), table_of_protocol
    rows = [line for line in (folder / "report.md").read_text().splitlines() if line.startswith(("| pi5", "| rtx"))]
    for row in rows:
        cells = row.strip("| ").split(" | ")[1:]
        figures = cells if len(cells) < 5 else cells[3:]
        assert all(c.endswith("(simulated)") for c in figures), row


def test_boxes_are_drawn_on_the_picture_and_the_span_is_marked(folder: Path):
    html = (folder / "report.html").read_text()
    seen = Seen(html)
    rects = [a for tag, a in seen.tags if tag == "rect" and a.get("class") in ("true", "said")]
    assert [(a["class"], a["x"], a["width"]) for a in rects] == [("true", "10", "20"), ("said", "11", "20")]
    assert "<mark>5</mark>" in html


def test_the_evidence_holds_no_road_to_a_board(folder: Path):
    out = folder.parent / "shared"
    assert main(["--config", str(folder.parent / "config.toml"), "report", "last", "-o", str(out)]) == 0
    for file in out.rglob("*"):
        if file.is_file():
            assert b"secret" not in file.read_bytes(), file


def test_the_order_is_of_the_tasks_that_all_have_finished(folder: Path):
    words = " ".join(Seen((folder / "report.html").read_text()).words.split())
    order = "Order with qwen2.5vl:3b (burst, median ratio over the one task that all of them finished): "
    assert f"{order}rtx3060 1.00×, pi5 50.4×." in words
