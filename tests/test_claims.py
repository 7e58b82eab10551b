import json

import pytest

from hwlib import claims
from hwlib.statistics import Estimate


@pytest.fixture
def displayed(monkeypatch):
    """The MIME bundles that a cell would show."""
    bundles = []
    monkeypatch.setattr("IPython.display.display", lambda bundle, raw: bundles.append(bundle))
    return bundles


def notebook(folder, name, *records):
    outputs = [{"output_type": "display_data", "data": {claims.MIME: record}} for record in records]
    (folder / f"{name}.ipynb").write_text(json.dumps({"cells": [{"outputs": outputs}, {"source": ""}]}))


def record(claim):
    return {"claim": claim, "outcome": "holds", "ours": "1", "because": "so", "estimates": [], "chapter": ""}


def test_the_claims_are_numbered_in_order():
    assert list(claims.CLAIMS) == [f"C{n}" for n in range(1, len(claims.CLAIMS) + 1)]


def test_a_box_says_the_claim_its_section_and_the_report_s_figure(displayed):
    claims.box("C2")
    text = displayed[0]["text/markdown"]
    assert "C2: Its value" in text and "section 1.1b" in text and "2.5469" in text and ":class: claim" in text


def test_a_box_translates_the_report_s_letters_on_the_spot(displayed):
    claims.box("C1")
    assert "are our targets $Y$" in displayed[0]["text/markdown"]


@pytest.mark.parametrize("outcome", claims.OUTCOMES)
def test_a_verdict_shows_its_words_and_leaves_its_record(displayed, outcome):
    claims.verdict("C7", outcome, ours="proved", because="For all sizes.")
    text = displayed[0]["text/markdown"]
    assert f"C7 {claims.OUTCOMES[outcome].words}" in text and "proved" in text
    assert displayed[0][claims.MIME]["outcome"] == outcome


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("C0", "holds", "x", "y"), "claim is 'C0'; known are 'C1'"),
        (("C1", "true", "x", "y"), "outcome is 'true'; known are 'untestable'"),
        (("C1", "holds", " ", "y"), "needs `ours` and `because`"),
    ],
)
def test_a_verdict_that_says_nothing_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        claims.verdict(*arguments)


def test_a_measured_verdict_carries_its_interval_and_n(displayed):
    claims.verdict("C18", "fails", "98.4 %", "So.", [Estimate(98.4, 98.3, 98.5, 5)])
    assert displayed[0][claims.MIME]["estimates"] == [{"value": 98.4, "low": 98.3, "high": 98.5, "n": 5}]


def test_a_measured_verdict_without_an_interval_is_refused():
    with pytest.raises(ValueError, match="C18 is decided by measurement"):
        claims.verdict("C18", "fails", "98.4 %", "So.")


def test_every_measured_verdict_of_the_book_has_an_interval_and_n():
    for name, verdict in claims.collect().items():
        if claims.CLAIMS[name].measured and verdict.outcome != "untestable":
            assert verdict.estimates, name
        for estimate in verdict.estimates:
            assert estimate["low"] <= estimate["value"] <= estimate["high"] and estimate["n"] >= 2, name


def test_the_rule_has_a_line_for_every_outcome(displayed):
    claims.rule()
    assert all(out.rule in displayed[0]["text/markdown"] for out in claims.OUTCOMES.values())


def test_collect_gathers_every_verdict_with_its_chapter_in_the_claims_order(tmp_path):
    names = list(claims.CLAIMS)
    notebook(tmp_path, "02-second", *map(record, names[:10]))
    notebook(tmp_path, "01-first", *map(record, names[10:]))
    verdicts = claims.collect(tmp_path)
    assert list(verdicts) == names
    assert verdicts[names[0]].chapter == "02-second" and verdicts[names[-1]].chapter == "01-first"


def test_collect_names_the_claims_without_a_verdict(tmp_path):
    *others, one, two = claims.CLAIMS
    notebook(tmp_path, "01-first", *map(record, others))
    with pytest.raises(ValueError, match=f"no verdict on {one}, {two}"):
        claims.collect(tmp_path)


def test_collect_refuses_two_verdicts_on_one_claim(tmp_path):
    notebook(tmp_path, "01-first", record("C1"), record("C1"))
    with pytest.raises(ValueError, match="C1 has two verdicts, one in 01-first.ipynb"):
        claims.collect(tmp_path)


def test_the_table_has_a_row_a_claim_with_both_figures_the_verdict_and_its_chapter(displayed):
    claims.table({"C2": claims.Verdict("C2", "corrected", "2.55", "Because.", [], "01-one-hot")})
    header, _, row = [line for line in displayed[0]["text/markdown"].split("\n") if line.startswith("|")]
    assert header.count("|") == row.count("|") == 6
    for part in ("C2", "2.5469", "2.55", "holds with a correction <verdict-c2>", "{doc}`01-one-hot`"):
        assert part in row


def test_the_overview_leads_to_every_verdict(displayed):
    claims.overview(claims.collect())
    text = displayed[0]["text/markdown"]
    assert all(f"<verdict-{name.lower()}>" in text and claim.title in text for name, claim in claims.CLAIMS.items())
