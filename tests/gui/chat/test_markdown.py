from __future__ import annotations

import pytest

from nowprint.gui.chat.markdown import LONGEST_PROSE, code_spans, prose_html, segments


def test_code_stands_by_itself() -> None:
    text = "Before\n\n```python\nprint(1)\n```\n\nAfter *it*.\n"
    found = segments(text)
    assert [(s.code, s.source.strip(), s.language) for s in found] == [
        (False, "Before", ""),
        (True, "print(1)", "python"),
        (False, "After *it*.", ""),
    ]
    assert [text[s.start] for s in found] == ["B", "`", "A"] or text[found[2].start :].lstrip()[
        0
    ] == "A"


def test_a_fence_that_is_being_written_is_code() -> None:
    assert [s.code for s in segments("So:\n\n```py\nx = ")] == [False, True]


@pytest.mark.parametrize("cut", range(1, 60, 3))
def test_reading_on_from_the_last_segment_gives_the_same(cut: int) -> None:
    """What streaming relies on: all but the last segment never change again."""
    text = "One\n\n```js\nlet a = 1;\nlet b;\n```\n\nTwo **bold**\n\n- a\n- b\n"
    early = segments(text[:cut])
    if early:
        rest = segments(text[early[-1].start :])
        whole = segments(text)
        assert [s.source for s in early[:-1]] + [s.source for s in rest] == [
            s.source for s in whole
        ]


@pytest.mark.parametrize("sign", ["\f", "\x85", "\u2028", "\x1c", "\r", "\r\n"])
def test_only_line_breaks_break_lines(sign: str) -> None:
    text = f"One{sign}\ntwo\n\n```js\nlet a;\n```\n\nEnd"
    found = segments(text)
    assert [(s.code, s.source.strip()) for s in found][1:] == [(True, "let a;"), (False, "End")]
    assert "let" not in found[0].source
    assert text[found[1].start :].startswith("```js")


def test_long_prose_is_cut_between_blocks() -> None:
    paragraph = "word " * 120
    found = segments("\n\n".join([paragraph] * 12))
    assert len(found) > 1
    assert all(len(s.source) < LONGEST_PROSE + 2 * len(paragraph) for s in found)
    assert "".join(s.source for s in found).count("word") == 12 * 120


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src='http://example.org/x.png'>",
        "![x](http://example.org/x.png)",
        "![x](file:///etc/passwd)",
    ],
)
def test_nothing_that_loads_gets_through(hostile: str) -> None:
    html = prose_html(hostile)
    assert "<img" not in html
    assert "<script" not in html


def test_a_link_to_a_script_stays_text() -> None:
    assert "href" not in prose_html("[x](javascript:alert(1))")


def test_code_gets_colours() -> None:
    code = "def f():\n    return 'x'  # why\n"
    found = {(code[start:end], kind) for start, end, kind in code_spans(code, "python")}
    assert {("def", "keyword"), ("f", "name"), ("return", "keyword"), ("# why", "comment")} <= found


def test_a_language_nobody_knows_gets_none() -> None:
    assert code_spans("x", "no-such-language") == []
    assert code_spans("x", "") == []
