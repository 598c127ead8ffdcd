from __future__ import annotations

import pytest

from nowprint.gui.chat.reading.markdown import LONGEST_PROSE, segments
from nowprint.markdown.reader import code_spans, prose_html


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


def _drawn(latex: str, written: str, large: bool) -> str:
    return f"[{latex}|{large}]"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("costs $5 and $7", "costs $5 and $7"),
        ("$x$ and $5", "[x|False] and $5"),
        ("from $20,000 to $30,000", "from $20,000 to $30,000"),
        ("$7, and `$x$`", "$7, and <code>$x$</code>"),
        (r"\$x$", "$x$"),
        ("$ x $", "$ x $"),
        ("$x", "$x"),
        (r"a \(x^2\) b", "a [x^2|False] b"),
        (r"so \[y\] is", "so [y|True] is"),
        ("so $$y$$ is", "so [y|True] is"),
        ("$a_b$ c_d $e_f$", "[a_b|False] c_d [e_f|False]"),
        (r"$\text{\$5}$", r"[\text{\$5}|False]"),
    ],
)
def test_formulas_within_text(text: str, shown: str) -> None:
    assert prose_html(text, _drawn) == f"<p>{shown}</p>"


@pytest.mark.parametrize("text", ["$$\na\n\nb\n$$\nend", "\\[\na\n\nb\n\\]\nend"])
def test_formulas_by_themselves(text: str) -> None:
    html = prose_html(text, _drawn)
    assert html == '<p align="center">[a\n\nb|True]</p><p>end</p>'


def test_a_formula_that_cant_be_drawn_stays_as_it_was_written() -> None:
    assert prose_html("a $x<y$ b", lambda *_: "") == "<p>a $x&lt;y$ b</p>"


@pytest.mark.parametrize("cut", range(1, 1500, 97))
def test_reading_on_within_a_table_gives_the_same(cut: int) -> None:
    text = "| a | b |\n|---|---|\n" + "".join(f"| {n} | word |\n" for n in range(90)) + "\nend"
    early = segments(text[: 40 + cut])
    last = early[-1]
    rest = segments(text[last.start :], last.head)
    assert [s.source for s in early[:-1] + rest] == [s.source for s in segments(text)]


def test_a_long_list_and_a_long_paragraph_are_cut() -> None:
    items = "".join(f"{n}. an item of some words\n" for n in range(1, 500))
    found = segments(items + "\n" + "One sentence. " * 2000)
    assert all(len(one.source) <= 2 * LONGEST_PROSE for one in found)
    assert "".join(one.source for one in found).count("item") == 499
    assert found[1].source.lstrip()[0].isdigit()
