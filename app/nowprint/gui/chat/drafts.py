"""What the user has written in each chat and not sent: it is there again after a restart.

Drafts, and the messages that wait in queues, are one small file of the profile, written on a thread. A
temporary chat's is never written, a deleted chat's goes with it. Forgetting takes all of them off the disk,
since one may say what is forgotten; in the window they stay until it closes, and what is written after that
is kept again.
"""

from __future__ import annotations

import contextlib
import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from nowprint.errors import UserError
from nowprint.saving import read_file, write_file

if TYPE_CHECKING:
    from nowprint.gui.chat.chat import Chat
    from nowprint.settings import Profile

NEW = "new"
"""The chat that has no message yet."""
QUEUE = " queue"
"""Ends the keys of queues in the file."""
PAUSE = 500
"""ms without a key after which the drafts are written."""


class Drafts(QObject):
    def __init__(self, profile: Profile, chat: Chat) -> None:
        super().__init__(chat)
        self._profile = profile
        self._chat = chat
        self._field = chat.composer.input
        self._kept, self.queues = _read(profile)
        self._unwritten: set[str] = set()
        """The keys of queues from before something was forgotten."""
        self._passing: dict[str, str] = {}
        """Drafts that aren't written: of temporary chats, and those from before something was forgotten."""
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="drafts")
        self._timer = QTimer(self, singleShot=True, interval=PAUSE)
        self._timer.timeout.connect(self._write)
        self._key = self.key
        self._field.setPlainText(self._kept.get(self._key, ""))
        self._field.textChanged.connect(self._on_text)
        chat.opened.connect(self._on_opened)
        chat.requests.deleted.connect(self._on_deleted)

    @property
    def key(self) -> str:
        """Of the chat on the screen."""
        return key_of(self._chat.conversation_id, self._chat.temporary)

    def put_queue(self, key: str, texts: list[str]) -> None:
        """Keep the messages that wait in a chat."""
        self.queues.pop(key, None)
        self._unwritten.discard(key)
        if texts:
            self.queues[key] = texts
        self._timer.start()

    def _on_text(self) -> None:
        text = self._field.toPlainText()
        temporary = self._key.startswith("temporary")
        self._passing.pop(self._key, None)
        self._kept.pop(self._key, None)
        if text.strip():
            (self._passing if temporary else self._kept)[self._key] = text
        if not temporary:
            self._timer.start()

    def _on_opened(self) -> None:
        before, self._key = self._key, self.key
        if before == self._key:
            return
        turn, new = self._chat.turn, before in (NEW, "temporary ")
        if new and turn and turn.shown and turn.conversation_id == self._chat.conversation_id:
            self._passing.pop(before, None)
            self._kept.pop(before, None)  # the same chat, which has an id now
            self._on_text()
        else:
            self._field.setPlainText(self._draft())

    def _draft(self) -> str:
        return self._passing.get(self._key) or self._kept.get(self._key, "")

    def _on_deleted(self, ids: tuple[int, ...]) -> None:
        for key in map(str, ids):
            self._passing.pop(key, None)
            self._kept.pop(key, None)
            self.queues.pop(key, None)
        self._write()

    def leave_disk(self) -> None:
        """Something was forgotten."""
        self._passing.update(self._kept)
        self._kept.clear()
        self._unwritten.update(self.queues)
        self._write()

    def _write(self) -> None:
        self._timer.stop()
        lasting = {
            key + QUEUE: texts
            for key, texts in self.queues.items()
            if not key.startswith("temporary") and key not in self._unwritten
        }
        self._writer.submit(_save, self._profile, self._kept | lasting)

    def close(self) -> None:
        if self._timer.isActive():
            self._write()
        self._writer.shutdown(wait=True)


def key_of(conversation_id: int | None, temporary: bool) -> str:
    if temporary:
        return f"temporary {conversation_id or ''}"
    return NEW if conversation_id is None else str(conversation_id)


def _read(profile: Profile) -> tuple[dict[str, str], dict[str, list[str]]]:
    """The drafts and the queues, by the chats' keys."""
    try:
        stored = json.loads(read_file(profile.drafts, profile.cipher))
    except (OSError, ValueError):
        return {}, {}
    if not isinstance(stored, dict):
        return {}, {}
    queues = {
        key.removesuffix(QUEUE): [text for text in texts if isinstance(text, str)]
        for key, texts in stored.items()
        if isinstance(texts, list) and key.endswith(QUEUE)
    }
    return {key: text for key, text in stored.items() if isinstance(text, str)}, queues


def _save(profile: Profile, drafts: dict[str, str | list[str]]) -> None:
    """Where the disk refuses, the drafts live as long as the window."""
    with contextlib.suppress(UserError, OSError):
        if drafts:
            text = json.dumps(drafts, ensure_ascii=False)
            write_file(profile.drafts, text.encode(), profile.cipher)
        else:
            profile.drafts.unlink(missing_ok=True)
