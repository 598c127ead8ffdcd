"""Makes the rows that an import writes, packed as the database stores them.

A message that the profile has already (with the same conversation, time, role and text) is not stored twice:
the imported episodes get the profile's message as their source.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from nowprint.language.sentences import first_sentence
from nowprint.memory.files.file_format import FileConversation, FileEpisode, FileMessage
from nowprint.memory.files.history import harmless
from nowprint.memory.files.reviewing import Review
from nowprint.memory.files.staging import Bytes, Staged
from nowprint.memory.formats.task import Work
from nowprint.memory.formats.validation import fault
from nowprint.memory.storage import traces
from nowprint.memory.storage.database import Database
from nowprint.memory.storage.episode_codec import encode_moments, encode_reasons, place_of
from nowprint.records import Moment

MOST_NAMES = 200
"""The most new feature names in the explained scores of a file, and the most projects."""
_FEATURE = re.compile(r"[a-z][\w ,.()'/+-]{0,59}", re.IGNORECASE)
_EVERY = 100
_LAST = -1
"""As a parent: the last message of the branch that is shown."""

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Next:
    """The next id of each table, and the numbers of the names in the table ``name``."""

    episode: int
    message: int
    conversation: int
    names: dict[str, int]


@dataclass(slots=True)
class Rows:
    """Rows by table, in the order in which they are written. ``codes``, shape (episodes, dimension), int8,
    has a vector per row of ``episodes``; ``last`` has the last id that a table used."""

    names: list[Row] = field(default_factory=list)
    projects: list[Row] = field(default_factory=list)
    conversations: list[Row] = field(default_factory=list)
    messages: list[Row] = field(default_factory=list)
    traces: list[Row] = field(default_factory=list)
    episodes: list[tuple[int, *tuple[object, ...]]] = field(default_factory=list)
    moments: list[Row] = field(default_factory=list)
    old_texts: list[Row] = field(default_factory=list)
    sources: list[Row] = field(default_factory=list)
    replaces: list[Row] = field(default_factory=list)
    made_from: list[Row] = field(default_factory=list)
    audit: list[Row] = field(default_factory=list)
    codes: Bytes | None = None
    last: dict[str, int] = field(default_factory=dict)


def made_rows(
    database: Database,
    review: Review,
    staged: Sequence[Staged],
    held_back: Mapping[int, str],
    foreseen: Next,
    work: Work,
) -> Rows:
    """The rows of these episodes and of what belongs to them. ``held_back`` has the reasons, by id in the
    file; ``foreseen`` has the ids that the rows get. It writes nothing."""
    maker = _Maker(database, foreseen)
    maker.tell(review, staged, work)
    for one in work.over(staged, len(staged), every=_EVERY):
        maker.episode(one.episode(), held_back[one.id])
    maker.link(review, work)
    if review.codes is not None:
        place = {one.id: row for row, one in enumerate(review.contents.episodes)}
        picked = np.array([place[one.id] for one in staged], np.int64)
        everything = len(picked) == len(review.codes)
        maker.rows.codes = review.codes if everything else review.codes[picked]
    return maker.rows


class _Maker:
    """Makes rows, and translates the file's ids into ids of the profile."""

    def __init__(self, database: Database, foreseen: Next) -> None:
        self._database = database
        self._foreseen = foreseen
        self._names = dict(foreseen.names)
        self._fresh_names = 0
        self._next_conversation = foreseen.conversation
        self._conversation: dict[int, int] = {}
        self._message: dict[int, int] = {}
        self._before: dict[int, int] = {}
        """The message of the file that each one follows."""
        self._episode: dict[int, int] = {}
        self._there: dict[float, int] | None = None
        self._projects: set[str] = set()
        self.rows = Rows()

    # --- conversations and messages --------------------------------------------------------

    def tell(self, review: Review, staged: Sequence[Staged], work: Work) -> None:
        """Make rows for the source messages of the episodes, and for their conversations."""
        wanted = {message for one in staged for message in one.messages}
        conversations: dict[int, FileConversation] = {}
        last: dict[int, int] = {}
        next_message = self._foreseen.message
        for told in work.over(review.contents.told(), 0, every=_EVERY) if wanted else ():
            if isinstance(told, FileConversation):
                conversations[told.id] = told
                continue
            self._before[told.id] = (
                last.get(told.conversation, 0) if told.parent is None else told.parent
            )
            last[told.conversation] = told.id
            if told.id in wanted:
                talk = self._talk(conversations[told.conversation])
                there = self._stored(talk, told)
                if there is None:
                    there, next_message = next_message, next_message + 1
                    self._add_message(there, talk, told)
                self._message[told.id] = there
        for one in staged:
            if one.conversation is not None and one.conversation not in self._conversation:
                self._conversation[one.conversation] = self._new_conversation()
        self.rows.last["conversation"] = self._next_conversation - 1

    def _talk(self, told: FileConversation) -> int:
        """The profile's id of a conversation of the file. Makes a row unless the profile has it already."""
        if told.id in self._conversation:
            return self._conversation[told.id]
        found = self._begun().get(told.created)
        if found is None:
            id = self._new_conversation()
            self.rows.conversations.append(
                (
                    id, told.title, told.created, told.updated, told.recalls, told.captures,
                    self._project(told.project),
                )
            )  # fmt: skip
        else:
            id = found
        self._conversation[told.id] = id
        return id

    def _begun(self) -> dict[float, int]:
        """The ids of the profile's conversations by the time at which they began."""
        if self._there is None:
            with self._database.reading() as connection:
                rows = connection.execute(
                    "SELECT created, id FROM conversation WHERE forgetting IS NULL"
                )
                self._there = {row[0]: row[1] for row in rows}
        return self._there

    def _new_conversation(self) -> int:
        self._next_conversation += 1
        return self._next_conversation - 1

    def _stored(self, talk: int, told: FileMessage) -> int | None:
        if talk >= self._foreseen.conversation:
            return None
        found = self._database.value(
            """SELECT id FROM message WHERE conversation_id = ? AND created = ? AND role = ?
            AND text = ? AND forgetting IS NULL""",
            [talk, told.created, told.role, told.text],
        )
        return None if found is None else int(found)

    def _add_message(self, id: int, talk: int, told: FileMessage) -> None:
        parent = _LAST
        if told.parent is not None or talk >= self._foreseen.conversation:
            before = self._before[told.id]
            while before and before not in self._message:
                before = self._before[before]
            parent = self._message[before] if before else 0
        self.rows.messages.append(
            (id, talk, told.role, told.text, told.created, told.state, told.model, parent)
        )
        if told.trace is not None:
            self.rows.traces.append((id, len(told.trace), traces.encode(told.trace)))

    def _project(self, name: str | None) -> str | None:
        """A project's name as the profile stores it. Makes a row: the import creates the project if the
        profile has none of that name."""
        name = " ".join((name or "").split())
        if not name:
            return None
        if name not in self._projects:
            if len(self._projects) == MOST_NAMES:
                raise fault(f"its memories belong to more than {MOST_NAMES} projects")
            self._projects.add(name)
            self.rows.projects.append((name,))
        return name

    # --- episodes --------------------------------------------------------------------------

    def episode(self, one: FileEpisode, held_back: str) -> None:
        id = self._episode[one.id] = self._foreseen.episode + len(self._episode)
        gist = one.gist or first_sentence(one.text)
        place = place_of(gist, one.text)
        why = one.why
        rows = self.rows
        rows.episodes.append(
            (
                id, one.text, gist if place is None else "", *(place or (None, None)), one.kind,
                one.salience, one.created, one.updated, one.pinned, one.edited, one.recalled,
                one.last_recalled, one.reinforced, one.measured, one.influential, one.influence,
                self._conversation.get(one.conversation or 0), why.salience, why.threshold, why.bias,
                encode_reasons(why.contributions, self._name), held_back, one.merged,
                one.archived if one.pinned is None else None, self._project(one.project),
            )
        )  # fmt: skip
        if why.moments:
            rows.moments.append((id, encode_moments([self._told(m) for m in why.moments])))
        rows.old_texts += [(id, at, text) for at, text in one.old_texts]
        rows.sources += [
            (id, position, self._message[place.message], place.start, place.end)
            for position, place in enumerate(one.sources)
        ]

    def _told(self, moment: Moment) -> Moment:
        message = self._message.get(moment.message_id, 0)
        return Moment(message, moment.index, moment.text, moment.triggers, moment.signature)

    def _name(self, text: str) -> int:
        """The number of a feature's name. Makes a row for a new one; an import may bring ``MOST_NAMES``."""
        if text not in self._names:
            self._fresh_names += 1
            if not _FEATURE.fullmatch(text) or self._fresh_names > MOST_NAMES:
                raise fault("its explained scores name things that are no features")
            id = self._names[text] = max(self._names.values(), default=0) + 1
            self.rows.names.append((id, text))
        return self._names[text]

    # --- links and history -----------------------------------------------------------------

    def link(self, review: Review, work: Work) -> None:
        ids = self._episode
        for link in review.contents.links:
            if link.newer in ids and link.older in ids:
                pair = (ids[link.newer], ids[link.older])
                if link.type == "replaces":
                    self.rows.replaces.append(pair[::-1])
                else:
                    self.rows.made_from.append(pair)
        self.rows.audit = [
            (told.at, told.action, ids[told.episode], told.detail)
            for told in work.over(review.contents.history(), 0, every=_EVERY)
            if told.episode in ids and harmless(told.action, told.detail)
        ]
