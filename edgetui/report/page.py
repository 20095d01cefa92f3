"""The page: one HTML file without scripts and without anything from elsewhere."""

from __future__ import annotations

from importlib import resources

from markdown_it import MarkdownIt

from edgetui.model import WORDS
from edgetui.model.hostile import clean, one_line
from edgetui.report import charts, tables
from edgetui.report.answers import answers
from edgetui.report.evidence import RAW
from edgetui.report.figures import Figures
from edgetui.report.markup import Markup, joined, quote, tag
from edgetui.report.shown import figure, simulated
from edgetui.summary import QUANTITIES

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""Whatever slips through, the browser fetches nothing and runs nothing."""
_PLACES = (
    ("choice", "Which board for what", tables.choice),
    ("times", "Times", tables.times),
    ("charts", "Times, drawn", charts.bars),
    ("heat", "Heat and throttles", charts.heat),
    ("speed", "Speed over heat", charts.speed),
    ("boards", "Boards", tables.boards),
    ("setups", "What the boards were like", tables.setups),
    ("models", "Models against each other", tables.models),
    ("answers", "Every answer", answers),
    ("excluded", "What stays out of the figures", tables.excluded),
    ("cells", "Every figure", tables.everything),
)
_NOTES = {
    "choice": "The fastest board of those with most items right, in burst where it was measured; another board than"
    " the reference where there is one. What heat costs there is told where the same cell was"
    " measured in burst and in sustained.",
    "setups": "As each board told when the run began there; cooling and ambient as configured. Where runs differ,"
    " both stand there.",
    "models": "Items that one model alone had right decide, by McNemar’s exact test, each row by itself; boards are"
    " not pooled, for at temperature zero they repeat each other’s answers.",
    "times": "Median and [smallest–largest] of end to end, the load left out; below it the ratio to the reference"
    " board with the interval of its corners, how many items were right, and marks. What the share of right items"
    " is worth stands under “Every figure”.",
    "heat": "Each board on its own clock, while it answered. The dashed line is where it begins to slow down; the"
    f" lanes show which limits were in force: {', '.join(f'{kind} {words}' for kind, words in WORDS.items())}.",
    "speed": "Each answer’s tok/s as a part of its board’s best, over the hottest reading while it was written.",
    "answers": "Marked are the characters that the rule used. The same words with the same verdict share a row.",
}


def page(found: Figures) -> str:
    """``report.html``."""
    style = resources.files(__package__).joinpath("style.css").read_text(encoding="utf-8")
    first = found.evidence.runs[0]
    title = f"edgetui {first['id']}"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", one_line(title)),
        tag("style", Markup(style)),
    )
    parts = [tag("section", tag("h2", heading), *_note(key), make(found), id=key) for key, heading, make in _PLACES]
    body = tag("body", _header(found), *parts, _method(found), _evidence(found))
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


def _note(key: str) -> list[Markup]:
    return [tag("p", quote(_NOTES[key]), class_="note")] if key in _NOTES else []


def _header(found: Figures) -> Markup:
    runs = found.evidence.runs
    models = ", ".join(one_line(model, 80) for model in found.comparison.models)
    speed = max(cell.sim_speed for cell in found.comparison.cells)
    lead = "; ".join(f"run {r['id']}, fired {r['fired_at']}, protocol {r['protocol']}" for r in runs)
    verdict = [joined(figure(found, name), " ") for name in found.named if name.startswith("verdict/")]
    return tag(
        "header",
        tag("h1", quote(models), " on ", quote(f"{len(found.comparison.boards)} boards"), " ", simulated(speed)),
        tag("p", quote(one_line(lead, 600)), class_="lead"),
        tag("p", *verdict, class_="verdict"),
    )


def _method(found: Figures) -> Markup:
    told = [f"{q.label}: {q.definition}." for q in QUANTITIES.values()]
    plan = [
        f"{one_line(order['task'], 80)}: “{one_line(order['prompt'], 400)}”, num_ctx {order['options']['num_ctx']},"
        f" num_predict {order['options']['num_predict']}, seed {order['options']['seed']},"
        f" temperature {order['options']['temperature']}, time limit {order['timeout_s']:g} host s,"
        f" scored by {one_line(order['metric'], 80) or 'nobody'}"
        for run in found.evidence.runs
        for order in (run["plan"] or {}).get("orders", ())
    ]
    protocol = MarkdownIt("commonmark", {"html": False}).enable("table").render(clean(found.evidence.protocol))
    asked = [tag("h3", "What was asked"), tag("ul", *(tag("li", words) for words in plan))] if plan else []
    return tag(
        "section",
        tag("h2", "Method"),
        tag(
            "div", *asked, tag("h3", "Figures"), tag("ul", *(tag("li", words) for words in told)), Markup(protocol)
        ),
        id="method",
        class_="method",
        data_quote="",
    )


def _evidence(found: Figures) -> Markup:
    settings = found.evidence.settings
    rows = [
        ("edgetui", settings["edgetui_version"]),
        ("made", settings["made_at"]),
        ("reference board", settings["reference"]),
        ("marked but counted", ", ".join(settings["spared"]) or "none"),
        ("raw files", f"{RAW}/replies.jsonl, samples.jsonl, runs.json, boards.json, digests.json, tasks, pictures"),
        ("to check", "edgetui report --verify DIR works out every figure again from them"),
    ]
    cells = [tag("tr", tag("th", name, scope="row"), tag("td", one_line(str(value), 300))) for name, value in rows]
    section = [tag("h2", "Evidence"), tag("table", tag("tbody", *cells))]
    return tag("section", *section, id="evidence", data_quote="")
