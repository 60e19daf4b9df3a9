"""Text is found without regard to case and accents."""

import pytest

from clipflow.core.searching import pattern_within, searchable


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("Café", "cafe"), ("STRASSE straße", "strasse strasse"), ("ﬁlm", "film"), ("  two\n blanks ", "two blanks"),
        ("İstanbul", "istanbul"), ("日本 語", "日本 語"), ("Ελλάδα", "ελλαδα"), ("", ""),
    ],
)  # fmt: skip
def test_case_accents_and_forms_make_no_difference(written: str, found: str) -> None:
    assert searchable(written) == found
    assert searchable(searchable(written)) == found


def test_signs_of_a_pattern_stand_for_themselves() -> None:
    assert pattern_within("50%_a\\b") == "%50\\%\\_a\\\\b%"
