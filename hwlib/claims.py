"""A claim of the report, and the verdict on it: shown in its chapter, collected in the last one."""

import html
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NamedTuple

from hwlib import checks


class Outcome(NamedTuple):
    """What can come out: its words, its sign, the class of its box, and the rule that decides for it."""

    words: str
    sign: str
    box: str
    rule: str


# The rule is applied from the top down: the first line that fits decides.
OUTCOMES = {
    "untestable": Outcome(
        "not testable", "○", "seealso",
        "It asserts nothing that could have come out otherwise, or the report leaves out what a test would need.",
    ),
    "holds": Outcome(
        "holds", "✓", "tip",
        "Everything testable in it came out as stated: proved for all sizes, or measured with an interval that lies on"
        " the claim's side in every setting that was tried.",
    ),
    "corrected": Outcome(
        "holds with a correction", "±", "note",
        "It is right once one named slip is mended (a square, a sign, a sum, a rounding), and its point stays.",
    ),
    "depends": Outcome(
        "holds in part", "∼", "warning",
        "One half of it holds and another does not, or it holds in some of the settings tried and not in others. The"
        " verdict says which.",
    ),
    "fails": Outcome(
        "does not hold", "✗", "danger",
        "What it asserts was tried in every reading that the report allows, and came out otherwise.",
    ),
}  # fmt: skip
MIME = "application/vnd.hwlib.verdict+json"
CHAPTERS = Path(__file__).resolve().parent.parent / "chapters"


@dataclass(frozen=True)
class Claim:
    """What the report says: a title, its section, the statement in our words, its figure if it has one."""

    title: str
    section: str
    says: str
    figure: str = ""
    letters: str = ""  # where the report's letters are not the book's: the translation
    measured: bool = False  # decided by measurement, so its verdict needs an interval and n


@dataclass(frozen=True)
class Verdict:
    """What came out: an outcome of OUTCOMES, our figure, the reason, the intervals, and the page that shows it."""

    claim: str
    outcome: str
    ours: str
    because: str
    estimates: list = field(default_factory=list)  # of dicts value, low, high, n
    chapter: str = ""


TARGETS = r"The report's $Z$ are our targets $Y$, and its output $y$ is our $a$, one example as a column."
CLAIMS = {
    "C1": Claim(
        "The loss for three one-hot rows",
        "section 1.1a",
        r"With $Z = I_3$ the loss is $-\sum_{ij} Z_{ij} \ln \operatorname{softmax}(y_i)_j"
        r" = -(\ln p_{11} + \ln p_{22} + \ln p_{33})$.",
        letters=r"The report's $Z$ are our targets $Y$, and its $y_i$ are the rows of our pre-activations $Z$.",
    ),
    "C2": Claim(
        "Its value for the printed logits",
        "section 1.1b",
        "The three probabilities of the right classes are 0.42, 0.42 and 0.44, and the loss follows from them.",
        "2.5469",
    ),
    "C3": Claim(
        "A differential is a trace",
        "section 1.2",
        r"Lemma: for a scalar $y = f(X)$, $\mathrm{d}y ="
        r" \operatorname{tr}\bigl((\partial y / \partial X)^\top \mathrm{d}X\bigr)$.",
    ),
    "C4": Claim(
        "The norm and its differential",
        "section 1.2",
        r"$J = \lVert y - Z \rVert$ can be written $(y - Z)^\top (y - Z)$, and"
        r" $\mathrm{d}J = 2 (y - Z)^\top \mathrm{d}y$.",
        letters=TARGETS,
    ),
    "C5": Claim(
        "The differential of a sigmoid layer",
        "section 1.2",
        r"For $y = \sigma(W^\top x + b)$, written with $\sigma(u) = 1 / (1 + e^{u})$:"
        r" $\mathrm{d}y = y \odot (1 - y) (\mathrm{d}W^\top x + \mathrm{d}b)$.",
        letters=TARGETS,
    ),
    "C6": Claim(
        "The differential of the loss",
        "section 1.2",
        r"$\mathrm{d}J = 2 \operatorname{tr}\bigl(((y - Z) \odot y \odot (1 - y))\, x^\top \mathrm{d}W"
        r" + ((y - Z) \odot y \odot (1 - y))^\top \mathrm{d}b\bigr)$.",
        letters=TARGETS,
    ),
    "C7": Claim(
        "The two gradients",
        "section 1.2",
        r"$\partial J / \partial W = 2 x \bigl((y - Z) \odot y \odot (1 - y)\bigr)^\top$ and"
        r" $\partial J / \partial b = 2 (y - Z) \odot y \odot (1 - y)$.",
        letters=TARGETS,
    ),
    "C8": Claim(
        "The iris network",
        "section 2.1",
        r"Iris is learned by a 4–h–3 network: $W_1$ (4, h), $b_1$ (1, h), $W_2$ (h, 3), $b_2$ (1, 3), softmax"
        " and cross-entropy from `tf.losses.softmax_cross_entropy`.",
    ),
    "C9": Claim(
        "Learning curves of three activations",
        "section 2.1, figures 1–3",
        "Accuracy and loss during training, for ReLU, sigmoid and tanh in the hidden layer.",
    ),
    "C10": Claim(
        "Sigmoid is slowest, ReLU beats tanh",
        "section 2.1",
        "The loss falls visibly more slowly with sigmoid, and ReLU is slightly better than tanh.",
        measured=True,
    ),
    "C11": Claim(
        "Time of a training step",
        "section 2.1",
        "A training step takes longest with tanh and least with ReLU, because exp is expensive.",
        "ReLU 1.264 ms, sigmoid 1.424 ms, tanh 1.475 ms",
        measured=True,
    ),
    "C12": Claim("Graphs of the three functions", "section 2.1", "The graphs of the three functions."),
    "C13": Claim(
        "Sigmoid saturates",
        "section 2.1a-1",
        "Sigmoid saturates: its derivative is nearly 0 far from 0, and large initial weights make the gradients"
        " of most units vanish.",
        measured=True,
    ),
    "C14": Claim(
        "Sigmoid zig-zags",
        "section 2.1a-2",
        "Sigmoid is centered on 0.5. So the inputs of the next layer are all positive, its weight gradients"
        " share one sign, and descent zig-zags.",
        measured=True,
    ),
    "C15": Claim("Tanh saturates too", "section 2.1b", "Tanh is centered on 0, but it still saturates.", measured=True),
    "C16": Claim(
        "ReLU units die",
        "section 2.1c",
        "ReLU does not saturate, but one large gradient can kill a unit for good: the learning rate matters.",
        measured=True,
    ),
    "C17": Claim(
        "Shapes of the CNN",
        "section 2.2",
        "A convolutional network for MNIST with outputs (27, 27, 32), (13, 13, 32), (6, 6, 64), (3, 3, 64), 1024"
        " and 10, and “dropout probability 0.6”.",
    ),
    "C18": Claim(
        "Its test accuracy",
        "section 2.2",
        "Adam with learning rate 0.0001, cross-entropy and 12 epochs reach this accuracy on the test set.",
        "about 99.25 %",
        measured=True,
    ),
    "C19": Claim("Its learning curves", "section 2.2, figure 4", "Accuracy and loss during that run."),
    "C20": Claim(
        "Backpropagation in matrices",
        "section 2.3",
        r"$\partial_{Z_2} = A_2 - Y$, $\partial_{W_2} = A_1^\top \partial_{Z_2}$,"
        r" $\partial_{b_2} = \partial_{Z_2}$,"
        r" $\partial_{Z_1} = \partial_{Z_2} W_2^\top \odot A_1 \odot (1 - A_1)$,"
        r" $\partial_{W_1} = X^\top \partial_{Z_1}$, $\partial_{b_1} = \partial_{Z_1}$.",
        letters=r"The report's $A_2$ are our probabilities $P$, its $y'$ our targets $Y$.",
    ),
    "C21": Claim(
        "A network in NumPy",
        "section 2.3",
        "A NumPy network with these formulas learns; its accuracy and loss curves.",
        measured=True,
    ),
    "C22": Claim(
        "Its result against TensorFlow's",
        "section 2.3",
        "Its final result is about TensorFlow's. Only the best learning rate and number of steps differ.",
        measured=True,
    ),
    "C23": Claim(
        "Its speed against TensorFlow's",
        "section 2.3",
        "A NumPy step is 3.4 times faster than a TensorFlow step.",
        "0.42 ms against 1.424 ms",
        measured=True,
    ),
    "C24": Claim(
        "Why it is faster",
        "section 2.3",
        "The reason is that NumPy has fewer dependencies. TensorFlow on so little data is a sledgehammer for a nut.",
        measured=True,
    ),
}


def _display(markdown, record=None):
    from IPython.display import display

    data = {"text/markdown": markdown, "text/plain": markdown}
    if record:
        data[MIME] = record
    display(data, raw=True)


def box(name):
    """Display claim `name` (a key of CLAIMS) as the report makes it, with a place to bet on it.

    Raises ValueError for an unknown name.
    """
    claim = CLAIMS[checks.choice("claim", name, CLAIMS)]
    figure = f" The report's figure: {claim.figure}." if claim.figure else ""
    letters = f" *{claim.letters}*" if claim.letters else ""
    text = f"Report, {claim.section}. {claim.says}{figure}{letters}"
    bet = f'<div class="bet" data-claim="{name}"></div>'
    _display(f":::{{admonition}} {name}: {claim.title}\n:class: claim\n{text}\n\n{bet}\n:::")


def verdict(name, outcome, ours, because, measured=()):
    """Display the verdict on claim `name` and leave a record of it in the notebook.

    Parameters
    ----------
    outcome : key of OUTCOMES
    ours : our figure or result, short, Markdown
    because : one or two sentences, Markdown
    measured : the `hwlib.statistics.Estimate`s that decide, at least one if the claim is decided by measurement

    Raises ValueError for an unknown claim or outcome, an empty text, or a measured claim without an interval.
    """
    claim = CLAIMS[checks.choice("claim", name, CLAIMS)]
    out = OUTCOMES[checks.choice("outcome", outcome, OUTCOMES)]
    if not ours.strip() or not because.strip():
        raise ValueError(f"the verdict on {name} needs `ours` and `because`; one is empty")
    if claim.measured and outcome != "untestable" and not measured:
        raise ValueError(f"{name} is decided by measurement: its verdict needs an estimate with interval and n")
    record = Verdict(name, outcome, ours, because, [asdict(estimate) for estimate in measured])
    _display(
        f":::{{admonition}} {name} {out.words}\n:class: {out.box} verdict\n:name: verdict-{name.lower()}\n"
        f"**{ours}** {because}\n:::",
        asdict(record),
    )


def collect(chapters=CHAPTERS):
    """Return {claim: Verdict} from the executed notebooks in `chapters`, in the claims' own order.

    Raises ValueError if a claim has no verdict or two: the last chapter cannot be written then.
    """
    found = {}
    for path in sorted(Path(chapters).glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            for output in cell.get("outputs", []):
                if record := output.get("data", {}).get(MIME):
                    if record["claim"] in found:
                        raise ValueError(f"{record['claim']} has two verdicts, one in {path.name}")
                    found[record["claim"]] = Verdict(**{**record, "chapter": path.stem})
    if missing := [name for name in CLAIMS if name not in found]:
        raise ValueError(f"no verdict on {', '.join(missing)}: execute the chapters first")
    return {name: found[name] for name in CLAIMS}


def rule():
    """Display the rule by which every verdict is given."""
    rows = [f"{out.sign} **{out.words}**\n: {out.rule}" for out in OUTCOMES.values()]
    _display("\n\n".join(rows))


def table(verdicts):
    """Display the verdicts of `collect` as a table: verdict first, then claim, report's figure, ours, evidence.

    `_static/bets.js` adds a filter and the reader's bets; without it the table is all there.
    """
    rows = ["| verdict | claim | the report's figure | ours | tested in |", "|---|---|---|---|---|"]
    for name, found in verdicts.items():
        claim = CLAIMS[name]
        row = (
            f"{_sign(found)} {{ref}}`{OUTCOMES[found.outcome].words} <verdict-{name.lower()}>`",
            f"**{name}** {claim.title}",
            claim.figure or "–",
            found.ours,
            f"{{doc}}`{found.chapter}`",
        )
        rows.append(f"| {' | '.join(row)} |")
    outcomes = html.escape(json.dumps({name: found.outcome for name, found in verdicts.items()}))
    words = html.escape(json.dumps({name: f"{out.sign} {out.words}" for name, out in OUTCOMES.items()}))
    score = f'<div class="bets-score" data-outcomes="{outcomes}" data-words="{words}"></div>'
    _display("\n".join([score, "", "::::{div} ledger", "", *rows, "", "::::"]))


def overview(verdicts):
    """Display the verdicts of `collect` as a map: sign and title of each claim, which leads to its verdict."""
    items = [
        f"- {_sign(found)} {{ref}}`{name} {CLAIMS[name].title} <verdict-{name.lower()}>`"
        for name, found in verdicts.items()
    ]
    legend = " · ".join(f"[{out.sign}]{{.sign-{name}}} {out.words}" for name, out in OUTCOMES.items())
    _display("\n".join([legend, "", "::::{div} verdict-map", "", *items, "", "::::"]))


def _sign(verdict):
    return f"[{OUTCOMES[verdict.outcome].sign}]{{.sign-{verdict.outcome}}}"
