from __future__ import annotations

import pytest

from nowprint.gui.widgets.invisible_characters import show_invisible


@pytest.mark.parametrize(
    "text",
    ["", "My cat.", "two\nlines\tand a tab", "سلام", "naïve – “quoted”", "👩‍💻 at work", "🏳️‍🌈"],
)
def test_what_can_be_seen_stays(text: str) -> None:
    assert show_invisible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u202eb", "a⟨right-to-left override⟩b"),
        ("\ufeffa", "⟨zero width no-break space⟩a"),
        ("a\x07", "a⟨u+0007⟩"),
        ("a\u200b\u200c\u200bb", "a⟨3 invisible characters⟩b"),
        ("hi" + "".join(chr(0xE0000 + ord(c)) for c in "obey"), "hi⟨4 invisible characters⟩"),
        ("a\u200db", "a⟨zero width joiner⟩b"),
        ("\ud800", "⟨u+d800⟩"),
    ],
)
def test_what_is_hidden_is_named(text: str, shown: str) -> None:
    assert show_invisible(text) == shown
