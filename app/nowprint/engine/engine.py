"""A loaded model as the chat package uses it: count tokens, build a prompt, read it, write an answer."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event

from nowprint.engine.backends import Device
from nowprint.engine.context import Context, message_places
from nowprint.engine.context_options import ContextOptions
from nowprint.engine.generation import Contrast, Generation, Prefilled, Prompt, Thinking
from nowprint.engine.likelihood import Likelihood
from nowprint.engine.logit_adjustment import Adjust
from nowprint.engine.model import Model
from nowprint.engine.offload import layers_that_fit
from nowprint.engine.sampler import Sampling
from nowprint.engine.template import ChatTemplate, PromptMessage
from nowprint.engine.thinking import FORMS, Form, form_opened_by
from nowprint.engine.threads import Threads
from nowprint.errors import ModelFileError
from nowprint.records import ModelInfo

JUDGING = 2048
"""Cells of the context that judges texts (``likelihood``); the frames and one span fit into them. It isn't
larger for a larger conversation context, because its memory comes on top of that one's."""
SMALL = 0.5
"""A judging model's file may have at most this share of the chat model's."""
JUDGING_TRIES = 2
"""How often to try to make that context. A try that fails takes memory that the conversation needs."""


class Engine:
    """A model, the conversation's context and the context that judges texts. One thread at a time may use
    it."""

    def __init__(
        self,
        path: Path,
        *,
        context: int,
        threads: int = 0,
        on_progress: Callable[[float], None] | None = None,
        device: Device | None = None,
        judge: Path | None = None,
        options: ContextOptions | None = None,
        layers: int = -1,
    ) -> None:
        """Load the model from ``path``, with a ``context`` of so many tokens.

        As many layers as fit go to the graphics ``device``, but no more than ``layers`` unless that is -1.
        ``threads`` 0 finds the fastest number.
        ``judge`` is the file of a small model for ``judging``.
        ``on_progress`` is called with the fraction loaded, 0..1. ModelFileError says what is wrong with
        the file, or that this machine's memory is too small.
        """
        self._options = options or ContextOptions()
        fitting = there = 0
        if device and layers:
            cells = self._options.cells(context) + JUDGING
            fitting, there = layers_that_fit(path, device, cells)
        layers = fitting if layers < 0 else min(fitting, layers)
        self._device = "CPU"
        if device and layers:
            part = "" if layers == there else f", {layers} of {there} layers"
            self._device = f"{device.description}{part}"
        self.model = Model(path, on_progress, device=device, layers=layers)
        self.threads = threads
        self._threads = Threads(threads)
        try:
            self.context = Context(
                self.model, size=context, threads=self._threads, options=self._options
            )
        except BaseException:
            self.model.close()
            raise
        self._likelihood: Likelihood | None = None
        self._judge_file = judge
        self._judge: tuple[Model, Likelihood] | None = None
        self._without_room: list[str] = []
        vocabulary = self.model
        bos, eos = _marker(vocabulary, "bos"), _marker(vocabulary, "eos")
        chatml = len(vocabulary.tokenize_template("<|im_start|>")) == 1
        self._template = ChatTemplate(vocabulary.chat_template(), chatml=chatml, bos=bos, eos=eos)
        self._counts: dict[tuple[str, bool], int] = {}
        self.thinks = True
        """Whether prompts ask the model to think before it answers, where its template can say that."""

    @property
    def info(self) -> ModelInfo:
        return replace(
            self.model.info(self.context.size),
            device=self._device,
            thinks=self.can_think,
            switches=self.can_think and self.switches_thinking,
        )

    @property
    def likelihood(self) -> Likelihood:
        """Judges texts without touching the conversation's cache; made when it is first used.

        ModelFileError when there is not enough memory for it; after ``JUDGING_TRIES`` failed tries it is
        raised without another try.
        """
        if self._likelihood is None:
            if len(self._without_room) == JUDGING_TRIES:
                raise ModelFileError(self._without_room[0])
            try:
                self._likelihood = Likelihood(
                    self.model, threads=self._threads, cells=JUDGING, options=self._options
                )
            except ModelFileError as fault:
                self._without_room.append(str(fault))
                raise
        return self._likelihood

    @property
    def judging(self) -> Likelihood:
        """What reads the spans of a message in the frames. Of a much smaller model if there is one, so that
        judging costs about the same whatever model answers; else this model's own.

        ModelFileError when there is not enough memory for either.
        """
        if self._judge is None and self._judge_file is not None:
            path, self._judge_file = self._judge_file, None  # it is tried once
            if path.stat().st_size < SMALL * self.model.size:
                with contextlib.suppress(ModelFileError):
                    self._judge = _open_judge(path, self.threads)
        return self._judge[1] if self._judge else self.likelihood

    @property
    def can_think(self) -> bool:
        """Whether the model may think aloud, as far as its template and vocabulary show."""
        source = self.model.chat_template() or ""
        return any(
            form.opens.rstrip() in source  # a line end is written as an escape there
            or len(self.model.tokenize_template(form.opens)) == 1
            for form in FORMS
        )

    @property
    def template_fault(self) -> str:
        """Why the file's chat template is not used; "" if it is, or if the file has none."""
        return self._template.fault

    @property
    def switches_thinking(self) -> bool:
        """Whether ``thinks`` has an effect."""
        return self._template.switches_thinking

    def count(self, messages: Sequence[PromptMessage]) -> int:
        """The number of tokens in a prompt of these messages."""
        return sum(
            self._count(part.text, part.origin == "template")
            for part in self._template.render(messages, thinks=self.thinks)
        ) + (self.model.bos is not None)

    def length(self, text: str) -> int:
        """The number of tokens of a text by itself, outside any template."""
        return self._count(text, False)

    def build(self, messages: Sequence[PromptMessage]) -> Prompt:
        """The prompt for these messages. ``prefill`` scores the tokens of the part of origin ``message``."""
        bos = self.model.bos
        tokens: list[int] = []
        first = last = 0
        settled: int | None = None
        places: tuple[tuple[int, int], ...] = ()
        opened: Form | None = None
        for part in self._template.render(messages, thinks=self.thinks):
            if part.origin == "template":
                tokens += self.model.tokenize_template(part.text)
                opened = form_opened_by(part.text)
                continue
            mine = self.model.tokenize_text(part.text)
            if settled is None and part.origin in ("recalled", "message"):
                settled = len(tokens)
            if part.origin == "message":
                first, last = len(tokens), len(tokens) + len(mine)
                places = message_places(self.model, part.text, mine)
            tokens += mine
        if bos is not None and tokens[:1] != [bos]:
            tokens.insert(0, bos)
            first, last = first + 1, last + 1
        stop = self._template.stop
        return Prompt(tuple(tokens), first, last, places, stop, opened, settled or 0)

    def begun(self, prompt: Prompt, text: str) -> Prompt:
        """The prompt with the beginning of its answer: the model goes on with that, and doesn't think."""
        opened = prompt.opened
        closing = self.model.tokenize_template(opened.closes + opened.answers) if opened else []
        tokens = (*prompt.tokens, *closing, *self.model.tokenize_text(text))
        return replace(prompt, tokens=tokens, opened=None)

    def prefill(
        self,
        prompt: Prompt,
        stop: Event,
        *,
        score: bool,
        on_progress: Callable[[int, int], None] | None = None,
        heed: float | None = None,
    ) -> Prefilled:
        """Read a prompt; see ``Context.prefill``."""
        return self.context.prefill(prompt, stop, score=score, on_progress=on_progress, heed=heed)

    def generate(
        self,
        prompt: Prompt,
        sampling: Sampling,
        limit: int,
        stop: Event,
        *,
        contrast: Contrast | None = None,
        adjust: Adjust | None = None,
        thinking: Thinking | None = None,
    ) -> Generation:
        """The answer to the prompt that ``prefill`` read, as an iterator. ``contrast`` and ``adjust`` change
        the distributions that it is drawn from (logit_adjustment.py)."""
        return self.context.generate(
            sampling,
            limit,
            stop,
            prompt.stop,
            contrast=contrast,
            adjust=adjust,
            thinking=replace(thinking or Thinking(), opened=prompt.opened),
        )

    def first_tokens(self, texts: Iterable[str]) -> tuple[int, ...]:
        """The distinct first tokens of these texts, ascending, without those of white space alone."""
        found = {tokens[0] for text in texts if (tokens := self.model.tokenize_text(text))}
        return tuple(sorted(token for token in found if self.model.text(token).strip()))

    def _count(self, text: str, template: bool) -> int:
        # the same text counts differently as the template's own and as the user's
        known = self._counts.get((text, template))
        if known is None:
            tokenize = self.model.tokenize_template if template else self.model.tokenize_text
            if len(self._counts) > 4096:
                self._counts.clear()
            known = self._counts[text, template] = len(tokenize(text))
        return known

    def close(self) -> None:
        if self._judge:
            small, likelihood = self._judge
            likelihood.close()
            small.close()
        if self._likelihood:
            self._likelihood.close()
        self.context.close()
        self.model.close()


def _open_judge(path: Path, threads: int) -> tuple[Model, Likelihood]:
    model = Model(path)
    try:
        return model, Likelihood(model, threads=Threads(threads), cells=JUDGING)
    except ModelFileError:
        model.close()
        raise


def _marker(model: Model, key: str) -> str:
    """The text of the file's BOS or EOS token, which its chat template inserts; "" for none."""
    number = model.metadata(f"tokenizer.ggml.{key}_token_id")
    return model.token_text(int(number)) if number and number.isdigit() else ""
