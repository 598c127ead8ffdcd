"""A thought and the answer after it, told apart as they are written."""

from __future__ import annotations

import pytest

from nowprint.engine.thinking import (
    ANSWER_TAGS,
    FORMS,
    Form,
    Piece,
    ThoughtSplitter,
    form_opened_by,
)

ANSWER = "Paris. It lies on the Seine."
THOUGHT = "The user asks for a capital. 2 < 3, so <b> is no mark."


def written(text: str, cut: int, opened: Form | None = None) -> tuple[str, str]:
    """Thought and answer of a text that comes in pieces of ``cut`` characters."""
    splitter = ThoughtSplitter(opened)
    pieces: list[Piece] = []
    for at in range(0, len(text), cut):
        pieces += splitter.feed(text[at : at + cut])
    pieces += splitter.finish()
    return (
        "".join(piece.text for piece in pieces if piece.is_thought),
        "".join(piece.text for piece in pieces if not piece.is_thought),
    )


@pytest.mark.parametrize("cut", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.opens.strip())
def test_each_form_however_it_is_cut(form: Form, cut: int) -> None:
    told = f"{form.opens}{THOUGHT}{form.closes}"
    head = "".join(form.heads)
    assert written(f"{told}\n\n{head}{ANSWER}{''.join(form.ends)}", cut) == (THOUGHT, ANSWER)
    assert written(f"\n{told}{head}{ANSWER}", cut) == (THOUGHT, ANSWER)


@pytest.mark.parametrize("cut", [1, 4, 1000])
@pytest.mark.parametrize(
    "answer",
    [
        "Hello.", "  indented", "<b>bold</b>", "Here is my recipe: eggs.", "[THIN ice]", "<", "<thin",
        "A thought begins with <think> and ends with </think>.", "Use `<think>`.\n<think>like this</think>",
        "◁", "<|chan", "Hereafter", "",
    ],
)  # fmt: skip
def test_an_answer_without_a_thought_stays_as_it_is(answer: str, cut: int) -> None:
    assert written(answer, cut) == ("", answer)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.opens.strip())
def test_the_template_may_have_opened_the_thought(form: Form) -> None:
    assert form_opened_by(f"<|assistant|>{form.opens}\n") is not None
    text = f"{THOUGHT}{form.closes}{''.join(form.heads)}{ANSWER}"
    for cut in (1, 5, 1000):
        assert written(text, cut, form) == (THOUGHT, ANSWER)


def test_a_template_that_opened_none() -> None:
    assert form_opened_by("<|im_start|>assistant\n") is None
    assert form_opened_by("<|im_start|>assistant\n<think>\n\n</think>\n\n") is None


def test_channels_alternate() -> None:
    text = (
        "<|channel|>analysis<|message|>One.<|end|><|start|>assistant<|channel|>commentary<|message|>Two."
        "<|end|><|start|>assistant<|channel|>analysis<|message|>Three.<|end|>"
        "<|start|>assistant<|channel|>final<|message|>Done.<|return|>"
    )
    for cut in (1, 3, 1000):
        assert written(text, cut) == ("One.Two.Three.", "Done.")
    assert written("<|channel|>final<|message|>At once.", 2) == ("", "At once.")


@pytest.mark.parametrize(("begin", "end"), ANSWER_TAGS.items())
def test_tags_around_an_answer_after_a_thought(begin: str, end: str) -> None:
    for cut in (1, 4, 1000):
        thought, answer = written(f"<think>Hm.</think>\n{begin}\n{ANSWER}{end}\n", cut)
        assert (thought, answer.strip()) == ("Hm.", ANSWER)
        assert written(f"<think>Hm.</think>{ANSWER}{end}", cut) == ("Hm.", ANSWER + end)
        assert written(f"{begin}{ANSWER}{end}", cut) == ("", f"{begin}{ANSWER}{end}")


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.opens.strip())
def test_a_thought_that_never_ends(form: Form) -> None:
    splitter = ThoughtSplitter()
    pieces = splitter.feed(f"{form.opens}{THOUGHT}")
    assert splitter.is_thinking
    closing = splitter.close()
    assert closing.startswith(form.closes)
    assert not splitter.is_thinking
    pieces += [*splitter.feed(ANSWER), *splitter.finish()]
    assert "".join(piece.text for piece in pieces if not piece.is_thought) == ANSWER
    assert splitter.close() == ""


def test_a_thought_may_be_cut_off() -> None:
    assert written("<think>So far", 1) == ("So far", "")
    assert written("<think>So far</thi", 1) == ("So far</thi", "")
    assert written("<think></think>", 1) == ("", "")
