"""What the chat room holds of a loaded model: count, build a prompt, read it, write an answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event

from nowprint.engine.adjust import Adjust
from nowprint.engine.backends import Device
from nowprint.engine.context import Context, Contrast, Generation, Prefilled, Prompt, message_places
from nowprint.engine.likelihood import Likelihood
from nowprint.engine.model import Model
from nowprint.engine.offload import layers_that_fit
from nowprint.engine.sampler import Sampling
from nowprint.engine.template import ChatTemplate, PromptMessage
from nowprint.engine.threads import Threads
from nowprint.errors import ModelFileError
from nowprint.records import ModelInfo

JUDGING = 2048
"""Cells of what judges texts: the frames and a span fit into them. No more, however large the
conversation's context is: they come on top of its own."""
JUDGING_TRIES = 2
"""How often there may be no room for them; the conversation needs the memory that each try takes."""


class Engine:
    """A model and its context. Used by one thread at a time."""

    def __init__(
        self,
        path: Path,
        *,
        context: int,
        threads: int = 0,
        on_progress: Callable[[float], None] | None = None,
        device: Device | None = None,
    ) -> None:
        """Load the model; ModelFileError says what is wrong with the file or this machine. As many of its
        layers as fit go to the graphics ``device``."""
        layers, there = layers_that_fit(path, device, context + JUDGING) if device else (0, 0)
        self._device = "CPU"
        if device and layers:
            part = "" if layers == there else f", {layers} of {there} layers"
            self._device = f"{device.description}{part}"
        self.model = Model(path, on_progress, device=device, layers=layers)
        self.threads = threads
        self._threads = Threads(threads)
        try:
            self.context = Context(self.model, size=context, threads=self._threads)
        except BaseException:
            self.model.close()
            raise
        self._likelihood: Likelihood | None = None
        self._without_room: list[str] = []
        vocabulary = self.model
        bos, eos = _marker(vocabulary, "bos"), _marker(vocabulary, "eos")
        chatml = len(vocabulary.tokenize_template("<|im_start|>")) == 1
        self._template = ChatTemplate(vocabulary.chat_template(), chatml=chatml, bos=bos, eos=eos)
        self._counts: dict[tuple[str, bool], int] = {}

    @property
    def info(self) -> ModelInfo:
        return replace(self.model.info(self.context.size), device=self._device)

    @property
    def likelihood(self) -> Likelihood:
        """What judges texts without touching the conversation's cache; made when first asked for.

        ModelFileError when there is not enough memory for it; not tried more than twice.
        """
        if self._likelihood is None:
            if len(self._without_room) == JUDGING_TRIES:
                raise ModelFileError(self._without_room[0])
            try:
                self._likelihood = Likelihood(self.model, threads=self._threads, cells=JUDGING)
            except ModelFileError as fault:
                self._without_room.append(str(fault))
                raise
        return self._likelihood

    def count(self, messages: Sequence[PromptMessage]) -> int:
        """How many tokens a prompt of these messages has."""
        return sum(
            self._count(part.text, part.origin == "template")
            for part in self._template.render(messages)
        ) + (self.model.bos is not None)

    def build(self, messages: Sequence[PromptMessage]) -> Prompt:
        """The prompt's tokens; the part of origin ``message`` is what prefill will score."""
        bos = self.model.bos
        tokens: list[int] = []
        first = last = 0
        places: tuple[tuple[int, int], ...] = ()
        for part in self._template.render(messages):
            if part.origin == "template":
                tokens += self.model.tokenize_template(part.text)
                continue
            mine = self.model.tokenize_text(part.text)
            if part.origin == "message":
                first, last = len(tokens), len(tokens) + len(mine)
                places = message_places(self.model, part.text, mine)
            tokens += mine
        if bos is not None and tokens[:1] != [bos]:
            tokens.insert(0, bos)
            first, last = first + 1, last + 1
        return Prompt(tuple(tokens), first, last, places, self._template.stop)

    def prefill(
        self,
        prompt: Prompt,
        stop: Event,
        *,
        score: bool,
        on_progress: Callable[[int, int], None] | None = None,
        heed: float | None = None,
    ) -> Prefilled:
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
    ) -> Generation:
        """The answer to the prompt that was read; see adjust.py for what may change it."""
        return self.context.generate(
            sampling, limit, stop, prompt.stop, contrast=contrast, adjust=adjust
        )

    def first_tokens(self, texts: Iterable[str]) -> tuple[int, ...]:
        """The different tokens that these texts begin with, except blanks."""
        found = {tokens[0] for text in texts if (tokens := self.model.tokenize_text(text))}
        return tuple(sorted(token for token in found if self.model.text(token).strip()))

    def _count(self, text: str, template: bool) -> int:
        known = self._counts.get((text, template))  # the same text may be the user's
        if known is None:
            tokenize = self.model.tokenize_template if template else self.model.tokenize_text
            if len(self._counts) > 4096:
                self._counts.clear()
            known = self._counts[text, template] = len(tokenize(text))
        return known

    def close(self) -> None:
        if self._likelihood:
            self._likelihood.close()
        self.context.close()
        self.model.close()


def _marker(model: Model, key: str) -> str:
    """The text of the file's begin or end token, as its template expects to write it."""
    number = model.metadata(f"tokenizer.ggml.{key}_token_id")
    return model.token_text(int(number)) if number and number.isdigit() else ""
