import json

import numpy as np
import pytest

from glassnet.doctor.findings import Finding, Findings

NOTE = Finding("constant-columns", "note", "column 3", {"columns": 1}, "is the same.", "It never changes.", "Drop it.")
SEVERE = Finding("leak", "severe", "column <b>", {"R2": np.float64(0.99912), "few": [1.0, 2]}, "knows.", "So.", "Ask.")
BOTH = Findings((NOTE, SEVERE), checked=("leak", "constant-columns"), left_out=("members-disagree",))


def test_the_most_severe_comes_first():
    assert BOTH.ids == ("leak", "constant-columns")
    assert BOTH[0] is SEVERE
    assert BOTH[1:] == (NOTE,)
    assert list(BOTH) == [SEVERE, NOTE]
    assert len(BOTH) == 2


def test_they_print_as_text_with_numbers_cause_and_remedy():
    assert str(BOTH) == repr(BOTH) == (
        "severe   leak, column <b>: knows.\n"
        "         numbers  R2 0.9991, few 1 2\n"
        "         cause    So.\n"
        "         try      Ask.\n"
        "\n"
        "note     constant-columns, column 3: is the same.\n"
        "         numbers  columns 1\n"
        "         cause    It never changes.\n"
        "         try      Drop it.\n"
        "\n"
        "2 checks done, 1 not possible here: members-disagree."
    )  # fmt: skip


def test_no_line_is_longer_than_a_terminal():
    long = Finding("leak", "severe", "x", {"a": 1.0}, "word " * 100, "word " * 100, "word " * 100)
    assert max(map(len, str(Findings((long,))).splitlines())) <= 100


def test_nothing_found_says_how_much_was_looked_at():
    assert str(Findings((), checked=("a", "b"))) == "Nothing found.\n2 checks done."


def test_json_holds_all_of_it_and_no_nan():
    odd = Finding("loss-jumps", "warning", "training", {"factor": np.inf, "epochs": np.arange(2)}, "", "", "")
    facts = json.loads(Findings((odd, SEVERE), checked=("leak",)).to_json(), parse_constant=pytest.fail)
    assert [finding["id"] for finding in facts["findings"]] == ["leak", "loss-jumps"]
    assert facts["findings"][0]["evidence"] == {"R2": 0.99912, "few": [1.0, 2]}
    assert facts["findings"][1]["evidence"] == {"factor": None, "epochs": [0, 1]}
    assert set(facts["findings"][0]) == {"id", "severity", "where", "evidence", "says", "cause", "remedy"}
    assert facts["checked"] == ["leak"]


def test_html_shows_names_of_columns_as_text():
    page = BOTH._repr_html_()
    assert "column &lt;b&gt;" in page
    assert page.count("<tr>") == 3
    assert Findings(())._repr_html_() == "<p>Nothing found.\n0 checks done.</p>"
