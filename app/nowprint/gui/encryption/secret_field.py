"""A field for a passphrase, which is hidden unless the user wants to see it."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit


def secret_field(name: str, label: str) -> QLineEdit:
    made = QLineEdit()
    made.setObjectName(name)
    made.setEchoMode(QLineEdit.EchoMode.Password)
    made.setPlaceholderText(label)
    made.setAccessibleName(label)
    return made


def show_secrets(shown: bool, *fields: QLineEdit) -> None:
    for field in fields:
        field.setEchoMode(QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password)
