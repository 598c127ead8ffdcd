"""Errors for the user: each is one sentence that says what to do. Every other exception is a bug."""


class UserError(Exception):
    """Something outside of the program is wrong. The message is one sentence, with what the user can do."""


class ModelFileError(UserError):
    """A model file can't be used: missing, not a GGUF, damaged, or too large for this machine."""


class ProfileError(UserError):
    """The profile folder or its database can't be used as it is."""


class ProfileLocked(ProfileError):
    """The profile is encrypted, and its passphrase is missing or wrong."""


class ProfileInUse(ProfileError):
    """Another Nowprint has this profile open: a profile has one writer."""


class MessageTooLong(UserError):
    """The newest message doesn't fit into the model's context; the core never cuts it silently."""


class MemoryFileError(UserError):
    """A memory file, or an export of another program, can't be used; nothing was changed."""


class PassphraseNeeded(MemoryFileError):
    """The memory file is locked, and the passphrase is missing or wrong."""


class Interrupted(UserError):
    """The user, or the core that is closing, stopped a task before its end; nothing was changed."""


class NotFound(UserError):
    """No conversation, message or episode has that id."""


class InternalError(UserError):
    """A bug of Nowprint, reported to a user who would otherwise wait in vain; the log has the details."""


class CoreDied(UserError):
    """The core process ended by itself; what it had acknowledged is in the database."""

    how = "without a word"
    """How it ended: ``SIGSEGV``, ``exit code 1`` or the like, where that is known."""
    for_good = False
    """Whether a new core would end in the same way."""
