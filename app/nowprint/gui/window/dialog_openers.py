"""Opens the dialogs about memories, and does in the window what follows from them."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt

from nowprint.gui.widgets.notices import told
from nowprint.gui.widgets.time_words import count, listing
from nowprint.gui.window.openers.backup_openers import BackupOpeners
from nowprint.gui.window.openers.chat_file_openers import ChatFileOpeners
from nowprint.gui.window.openers.context_opener import ContextOpener
from nowprint.gui.window.openers.encryption_opener import EncryptionOpener
from nowprint.gui.window.openers.nights_opener import NightsOpener
from nowprint.gui.window.openers.people_opener import PeopleOpener

if TYPE_CHECKING:
    from PySide6.QtWidgets import QFileDialog

    from nowprint.gui.dialogs.export_dialog import ExportDialog
    from nowprint.gui.dialogs.forgetting.forget_dialog import ForgetDialog
    from nowprint.gui.dialogs.import_dialog import ImportDialog
    from nowprint.gui.dialogs.past_imports_dialog import PastImportsDialog
    from nowprint.gui.dialogs.report_dialog import ReportDialog
    from nowprint.gui.models.models_dialog import ModelsDialog
    from nowprint.gui.window.parts import Parts
    from nowprint.inspection import EpisodeFilter, Forgetting, Forgotten, Import
    from nowprint.records import Message, Recollection

IMPORTABLE = "Importable files (*.nowprint *.json *.jsonl *.gz *.zip *.html *.png *.txt *.md *.csv)"


class DialogOpeners(QObject):
    def __init__(self, parts: Parts) -> None:
        super().__init__(parts.window)
        self._window = parts.window
        self._theme, self._profile, self._notice = parts.theme, parts.profile, parts.notice
        self._session, self._bridge = parts.session, parts.session.bridge
        self._chat, self._import_progress = parts.chat, parts.import_progress
        self._panels, self._conversations = parts.panels, parts.panels.conversations
        self._personas, self._projects = parts.personas, parts.projects
        self._inspector = parts.panels.inspector
        self._imports: PastImportsDialog | None = None
        self.chat_files = ChatFileOpeners(parts)
        self.encryption = EncryptionOpener(parts)
        self.backups = BackupOpeners(parts)
        self.context = ContextOpener(parts)
        self.people = PeopleOpener(parts, self.forget)
        self.nights = NightsOpener(parts, self.memory_settings)
        inspector, chat, readings = self._inspector, self._chat, self._import_progress
        inspector.forget_wanted.connect(self.forget)
        inspector.export_wanted.connect(self.export)
        inspector.requests.forgotten.connect(lambda what, _: self._messages_changed(what))
        inspector.requests.returned.connect(self._on_returned)
        inspector.undo.offered.connect(self._offer_undo)
        chat.requests.hidden.connect(inspector.undo.offer)
        parts.projects.hidden.connect(inspector.undo.offer)
        inspector.requests.returned.connect(lambda _: parts.projects.refresh())
        chat.forget_asked.connect(self.forget_matches)
        inspector.import_wanted.connect(self.import_file)
        inspector.settings.connect(self.memory_settings)
        self._conversations.forget_wanted.connect(self.forget_conversation)
        self._session.reading.connect(readings.show_reading)
        self._session.forgotten_by_rule.connect(self._on_forgotten_by_rule)
        readings.changed.connect(inspector.refresh)

    # --- forgetting ------------------------------------------------------------------------

    def forget(self, what: Forgetting, title: str = "") -> ForgetDialog:
        """Show what would be forgotten; ``title`` says how it was chosen."""
        from nowprint.gui.dialogs.forgetting.forget_dialog import ForgetDialog

        if not title:
            one = len(what.ids) == 1 and what.filter is None
            title = "Forget this memory" if one else "Forget these memories"
        dialog = ForgetDialog(
            self._theme, self._bridge, self._inspector.requests, what, title, self._window
        )
        dialog.open()
        return dialog

    def forget_period(self) -> None:
        from nowprint.gui.dialogs.forgetting.forget_period_dialog import ForgetPeriodDialog

        dialog = ForgetPeriodDialog(self._theme, self._window)
        dialog.chosen.connect(self.forget)
        dialog.open()

    def retention(self) -> None:
        from nowprint.gui.dialogs.forgetting.retention_dialog import RetentionDialog

        RetentionDialog(
            self._theme, self._bridge, self._inspector.requests, self._projects.all, self._window
        ).open()

    def _on_forgotten_by_rule(self, what: Forgotten) -> None:
        self._inspector.requests.tell_forgotten(what)
        said = f"Forgotten by your rule: {told(what)}. You can undo this for one minute."
        self._notice.say(said, "Undo", self._inspector.undo.undo)

    def forget_selected(self) -> None:
        """Forget what is selected in the inspector, as the Delete key does there."""
        if ids := self._inspector.selected_ids():
            self._inspector.requests.forget(ids)
        else:
            self._notice.say("First select the memories to forget in the memory list.")

    def forget_conversation(self, conversation_id: int) -> None:
        from nowprint.inspection import Forgetting

        conversation = self._conversations.model.conversation(conversation_id)
        name = f"“{conversation.title}”" if conversation and conversation.title else "This chat"
        self.forget(
            Forgetting(conversation=conversation_id),
            f"Delete {name} and forget what was learned from it",
        )

    def forget_this_conversation(self) -> None:
        chat = self._chat
        if chat.conversation_id is None or chat.temporary:
            self._notice.say("Nothing was learned from this chat.")
        else:
            self.forget_conversation(chat.conversation_id)

    def forget_matches(self, matches: tuple[Recollection, ...]) -> None:
        """The user wrote "forget that" in the chat: show what matches, for the user to decide and not the
        model. If nothing matches, the answer in the chat says so."""
        from nowprint.inspection import Forgetting

        if matches:
            ids = tuple(match.episode.id for match in matches)
            self.forget(Forgetting(ids), "Memories that match what you want to forget")

    def _messages_changed(self, what: Forgotten) -> None:
        self._chat.look_again |= bool(what.messages or what.answers)
        self._session.refresh_conversations()

    def _offer_undo(self, sentence: str) -> None:
        """While the inspector is hidden, let the notice bar offer what its undo bar would."""
        if self._inspector.isHidden():
            self._notice.say(sentence, "Undo", self._inspector.undo.undo)

    def _on_returned(self, what: Forgotten) -> None:
        self._messages_changed(what)
        self._notice.say(f"Brought back: {told(what)}.")

    def receipts(self) -> None:
        from nowprint.gui.dialogs.forgetting.receipts_dialog import ReceiptsDialog

        dialog = ReceiptsDialog(self._theme, self._bridge, self._window)
        dialog.message_wanted.connect(self._show_message)
        dialog.forget_wanted.connect(self._forget_messages)
        dialog.open()

    def _show_message(self, message: Message) -> None:
        self._panels.leave_full_width()
        self._chat.go_to(message.conversation_id, message.id, 0, len(message.text))

    def _forget_messages(self, ids: tuple[int, ...]) -> None:
        from nowprint.inspection import Forgetting

        self.forget(Forgetting(messages=ids), "Forget what you kept of it")

    def report(self, happened: str = "") -> ReportDialog:
        """Show a report that the user can save. If something ``happened``, it opens by itself, and leaves
        the keyboard's focus where it is: the user may be writing a message."""
        from nowprint.gui.dialogs.report_dialog import ReportDialog

        dialog = ReportDialog(self._theme, self._bridge, self._profile, happened, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating, bool(happened))
        dialog.show()
        return dialog

    def models(self) -> ModelsDialog:
        from nowprint.gui.models.models_dialog import ModelsDialog

        dialog = ModelsDialog(self._theme, self._session, self._window)
        dialog.open()
        return dialog

    def model_settings(self) -> None:
        """Open the settings of the model that is loaded."""
        from nowprint.gui.models.model_settings import ModelSettingsDialog

        if self._session.model is None:
            self._notice.say("First load a model: its settings are the model's own.")
        else:
            path = self._session.model.path
            ModelSettingsDialog(self._theme, self._session, path, self._window).open()

    def personas(self) -> None:
        from nowprint.gui.personas.personas_dialog import PersonasDialog

        PersonasDialog(
            self._theme, self._session, self._personas, self._projects, self._window
        ).open()

    def instruct_project(self, project_id: int | None = None) -> None:
        """Open what holds in a project's chats; without an id, in the project of the chat on the screen."""
        from nowprint.gui.personas.project_dialog import ProjectDialog

        project = self._projects.get(self._chat.project if project_id is None else project_id)
        if project is None:
            self._notice.say("This chat belongs to no project: first move it to one.")
            return
        ProjectDialog(
            self._theme, self._bridge, self._personas, self._projects, project, self._window
        ).open()

    def branches(self) -> None:
        """Show the tree of the chat on the screen."""
        from nowprint.gui.dialogs.branches_dialog import BranchesDialog

        chat = self._chat
        if chat.conversation_id is None:
            self._notice.say("This chat has no message yet.")
            return
        shown = {view.message.id for view in chat.transcript.views}
        dialog = BranchesDialog(
            self._theme, self._bridge, chat.conversation_id, shown, self._window
        )
        dialog.chosen.connect(chat.branches.show_branch)
        dialog.open()

    def memory_settings(self) -> None:
        from nowprint.gui.dialogs.memory_settings import MemorySettingsDialog

        MemorySettingsDialog(self._theme, self._session, self._window).open()

    # --- memory files ----------------------------------------------------------------------

    def export(self, chosen: EpisodeFilter | None = None) -> ExportDialog:
        from nowprint.gui.dialogs.export_dialog import ExportDialog

        dialog = ExportDialog(self._theme, self._bridge, chosen, self._window)
        dialog.open()
        return dialog

    def export_project(self, project_id: int) -> None:
        from nowprint.inspection import EpisodeFilter

        self.export(EpisodeFilter(project=project_id))

    def import_file(self, path: str = "") -> None:
        """Review a file; without a path, ask the user which."""
        if path:
            self._import().review_file(path)
            return
        from PySide6.QtWidgets import QFileDialog

        chooser = QFileDialog(self._window, "Import")
        chooser.setFileMode(QFileDialog.FileMode.ExistingFile)
        chooser.setNameFilters([IMPORTABLE, "All files (*)"])
        self._choose(chooser)

    def import_folder(self) -> None:
        """Ask for a folder of chats: LM Studio and Jan keep theirs in one, others unpack into one."""
        from PySide6.QtWidgets import QFileDialog

        chooser = QFileDialog(self._window, "Import a folder of chats")
        chooser.setFileMode(QFileDialog.FileMode.Directory)
        chooser.setOption(QFileDialog.Option.ShowDirsOnly)
        self._choose(chooser)

    def _choose(self, chooser: QFileDialog) -> None:
        chooser.setObjectName("import.chooser")
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.fileSelected.connect(self.import_file)
        chooser.open()

    def import_text(self) -> None:
        self._import().paste()

    def _import(self) -> ImportDialog:
        from nowprint.gui.dialogs.import_dialog import ImportDialog

        dialog = ImportDialog(
            self._theme, self._bridge, self._on_imported, self._edit_persona, self._window
        )
        dialog.open()
        return dialog

    def _edit_persona(self, name: str, system: str) -> None:
        """Open a new persona with this name and system text."""
        from nowprint.gui.personas.persona_editor import PersonaEditor
        from nowprint.persona_records import Persona

        persona = Persona(name=name, system=system)
        PersonaEditor(
            self._theme, self._session, self._personas, self._projects.all, persona, self._window
        ).open()

    def _on_imported(self, made: Import, read: bool) -> None:
        self._inspector.refresh()
        if read:
            self._import_progress.refresh()
        brought = [count(made.episodes, "memory", "memories")] if made.episodes else []
        if made.chats:
            brought.append(count(made.chats, "chat"))
            self._session.refresh_conversations()
            self._projects.refresh()
        if brought or not read:
            what = listing(brought) or "0 memories"
            said = f"Imported: {what}."
            if made.held_back:
                are, them = ("is", "it") if made.held_back == 1 else ("are", "them")
                said += f" {made.held_back:,} of them {are} held back until you confirm {them}."
            show = "Show those held back" if made.held_back else ""
            undo = functools.partial(self.undo_import, made.id)
            self._notice.say(said, "Undo", undo, show, self._show_held_back)

    def _show_held_back(self) -> None:
        from nowprint.gui.inspector.views import LIST

        self._inspector.choose_view(LIST)
        self._inspector.query.only(held_back=True)

    def undo_import(self, import_id: int) -> None:
        from nowprint.service.requests.memory import UndoImport

        def undone(episodes: int) -> None:
            self._inspector.refresh()
            self._import_progress.refresh()
            self._session.refresh_conversations()
            what = count(episodes, "memory was", "memories were")
            removed = f": {what} removed" if episodes else ""
            self._notice.say(f"The import was undone{removed}.")
            if self._imports is not None:
                self._imports.refresh()

        self._bridge.call(UndoImport(import_id), undone)

    def imports(self) -> None:
        from nowprint.gui.dialogs.past_imports_dialog import PastImportsDialog

        def closed() -> None:
            self._imports = None

        dialog = self._imports = PastImportsDialog(
            self._theme, self._bridge, self.undo_import, self._window
        )
        dialog.finished.connect(closed)
        dialog.open()
