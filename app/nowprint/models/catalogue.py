"""The chat models that Nowprint offers to download, read from ``resources/catalogue.toml``.

That file says what each entry means. Every value is checked here when it is read, with its type and
range, and so is whether the values agree with one another: a wrong entry fails the tests, so it never
reaches a user.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypeVar, get_args

from nowprint.settings import resources

Licence = Literal["Apache-2.0", "MIT", "Gemma", "Llama"]
"""Of the weights. Gemma's and Llama's are their makers' own terms, the others are SPDX identifiers."""
Thinks = Literal["never", "on request", "by default", "always"]
"""Whether a model thinks aloud before it answers; "by default": it can be told not to."""
Thoughts = Literal["none", "tags", "channels"]
"""How a model marks its thoughts: ``<think>`` … ``</think>``, or a channel of their own."""
Choice = TypeVar("Choice", bound=str)

BLOCK = 32
"""Values that a quantised KV cache packs together; a token's keys and values must be a multiple."""
_KEY = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")
_FILE = re.compile(r"[\w-][\w.-]*\.gguf")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_LANGUAGE = re.compile(r"[a-z]{2}")
_SENTENCE = re.compile(r"[A-Z][^.!?]{10,118}\.")
_ANY = re.compile(r".+")


@dataclass(frozen=True, slots=True)
class Layers:
    """Attention layers of one kind, and what each of them keeps in the KV cache."""

    number: int
    kv_heads: int
    key_length: int
    """Values of one head's key."""
    value_length: int
    window: int = 0
    """Tokens that they attend to; 0 for the whole context."""


@dataclass(frozen=True, slots=True)
class SamplingAdvice:
    """How its maker says to sample from a model; None where the maker says nothing."""

    temperature: float
    top_p: float | None
    top_k: int | None
    min_p: float | None


@dataclass(frozen=True, slots=True)
class CatalogueModel:
    key: str
    """Stays the same when the name or the file changes."""
    name: str
    repository: str
    """On the Hugging Face Hub, as owner/name."""
    file: str
    revision: str
    """The commit's hash."""
    size: int
    """Bytes."""
    sha256: str
    licence: Licence
    parameters: int
    active: int
    """Parameters that are read for one token; all of them unless the model is sparse."""
    thinks: Thinks
    thoughts: Thoughts
    languages: tuple[str, ...]
    """ISO 639-1."""
    languages_in_all: int
    """By the maker's count."""
    good_at: str
    """One sentence."""
    layers: tuple[Layers, ...]
    context: int
    """Tokens that it was trained on."""
    sampling: SamplingAdvice

    @property
    def bytes_per_token(self) -> int:
        """Bytes of weights that are read for one token, about."""
        return self.size * self.active // self.parameters


@cache
def catalogue() -> tuple[CatalogueModel, ...]:
    """All models, the simplest first and the ablest last."""
    return parse((resources() / "catalogue.toml").read_text(encoding="utf-8"))


def parse(text: str) -> tuple[CatalogueModel, ...]:
    """The models that a text in TOML lists; ValueError names the entry and the value that is wrong."""
    try:
        file = _Table("the catalogue", tomllib.loads(text))
    except tomllib.TOMLDecodeError as fault:
        raise ValueError(f"The catalogue is no TOML: {fault}") from fault
    models = tuple(map(_model, file.tables("model")))
    file.end()
    keys = [model.key for model in models]
    if twice := {key for key in keys if keys.count(key) > 1}:
        raise ValueError(f"The catalogue has two models with the key {min(twice)}")
    return models


def _model(table: _Table) -> CatalogueModel:
    table.place = f"model {table.values.get('key', '?')}"
    parameters = table.whole("parameters", 10**8, 10**12)
    languages = table.texts("languages", _LANGUAGE)
    model = CatalogueModel(
        key=table.text("key", _KEY),
        name=table.text("name", _ANY),
        repository=table.text("repository", _REPOSITORY),
        file=table.text("file", _FILE),
        revision=table.text("revision", _COMMIT),
        size=table.whole("size", 10**8, 10**12),
        sha256=table.text("sha256", _SHA256),
        licence=table.choice("licence", get_args(Licence)),
        parameters=parameters,
        active=table.whole("active", 10**8, parameters, parameters),
        thinks=table.choice("thinks", get_args(Thinks)),
        thoughts=table.choice("thoughts", get_args(Thoughts), "none"),
        languages=languages,
        languages_in_all=table.whole("languages_in_all", len(languages), 10**4, len(languages)),
        good_at=table.text("good_at", _SENTENCE),
        layers=tuple(map(_layers, table.tables("layers"))),
        context=table.whole("context", 2048, 10**8),
        sampling=_sampling(table.table("sampling")),
    )
    table.end()
    bits = 8 * model.size / model.parameters
    table.check(2 < bits < 17, "size", f"{bits:.1f} bits a parameter")
    table.check((model.thinks == "never") == (model.thoughts == "none"), "thoughts", model.thoughts)
    table.check(len(set(languages)) == len(languages), "languages", "one is there twice")
    return model


def _layers(table: _Table) -> Layers:
    layers = Layers(
        number=table.whole("number", 1, 1000),
        kv_heads=table.whole("kv_heads", 1, 1000),
        key_length=table.whole("key_length", 1, 10_000),
        value_length=table.whole("value_length", 1, 10_000),
        window=table.whole("window", 1, 10**8, 0),
    )
    table.end()
    for name, length in (("key_length", layers.key_length), ("value_length", layers.value_length)):
        table.check(layers.kv_heads * length % BLOCK == 0, name, length)
    return layers


def _sampling(table: _Table) -> SamplingAdvice:
    advice = SamplingAdvice(
        temperature=table.number("temperature", 0, 2),
        top_p=table.number("top_p", 0, 1) if "top_p" in table.values else None,
        top_k=table.whole("top_k", 0, 1000) if "top_k" in table.values else None,
        min_p=table.number("min_p", 0, 1) if "min_p" in table.values else None,
    )
    table.end()
    return advice


class _Table:
    """A table of the file. Each of its values is taken out once; none may be left at the end."""

    def __init__(self, place: str, values: dict[str, Any]) -> None:
        self.place = place
        self.values = values
        self._left = set(values)

    def text(self, name: str, form: re.Pattern[str]) -> str:
        value = self._take(name)
        self.check(isinstance(value, str) and form.fullmatch(value), name, value)
        return str(value)

    def texts(self, name: str, form: re.Pattern[str]) -> tuple[str, ...]:
        """At least one."""
        values = self._take(name)
        self.check(isinstance(values, list) and values, name, values)
        for value in values:
            self.check(isinstance(value, str) and form.fullmatch(value), name, value)
        return tuple(values)

    def choice(
        self, name: str, among: tuple[Choice, ...], otherwise: Choice | None = None
    ) -> Choice:
        value = self._take(name, otherwise)
        self.check(value in among, name, value)
        return next(one for one in among if one == value)

    def whole(self, name: str, least: int, most: int, otherwise: int | None = None) -> int:
        """``otherwise`` is taken as it is where the table has no such value."""
        if otherwise is not None and name not in self.values:
            return otherwise
        value = self._take(name)
        self.check(type(value) is int and least <= value <= most, name, value)
        return int(value)

    def number(self, name: str, least: float, most: float) -> float:
        value = self._take(name)
        self.check(type(value) in (int, float) and least <= value <= most, name, value)
        return float(value)

    def table(self, name: str) -> _Table:
        value = self._take(name)
        self.check(isinstance(value, dict), name, value)
        return _Table(f"{name} of {self.place}", value)

    def tables(self, name: str) -> list[_Table]:
        """At least one."""
        values = self._take(name)
        self.check(isinstance(values, list) and values, name, values)
        for value in values:
            self.check(isinstance(value, dict), name, value)
        return [_Table(f"{name} of {self.place}", value) for value in values]

    def end(self) -> None:
        if self._left:
            raise ValueError(f"In {self.place}: {min(self._left)} is no value that it may have")

    def check(self, holds: object, name: str, value: object) -> None:
        if not holds:
            raise ValueError(f"In {self.place}: {name} can't be {value!r}")

    def _take(self, name: str, otherwise: object = None) -> Any:
        if name not in self.values and otherwise is None:
            raise ValueError(f"In {self.place}: {name} is missing")
        self._left.discard(name)
        return self.values.get(name, otherwise)
