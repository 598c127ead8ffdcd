"""The world's faults, told in one sentence that says what to do; every other exception is a bug."""


class UserError(Exception):
    """Something outside the program is wrong: one sentence, with what the user can do about it."""


class ModelFileError(UserError):
    """A model file can't be used: missing, not a GGUF, damaged, or too large for this machine."""


class ProfileError(UserError):
    """The profile folder or its database can't be used as it is."""


class ProfileInUse(ProfileError):
    """Another Nowprint has this profile open: a profile has one writer."""


class MessageTooLong(UserError):
    """The newest message doesn't fit into the model's context; it is never cut silently."""


class MemoryFileError(UserError):
    """A memory file, or an export from elsewhere, can't be used; nothing was changed."""


class PassphraseNeeded(MemoryFileError):
    """The memory file is locked: no passphrase was given, or a wrong one."""


class Interrupted(UserError):
    """Somebody broke it off before it was done; nothing was changed."""


class NotFound(UserError):
    """No conversation, message or episode has that id."""


class InternalError(UserError):
    """A bug of ours, told where it would otherwise leave the user waiting; the log has the details."""


class CoreDied(UserError):
    """The core process ended by itself; what was acknowledged is in the store."""

    how = "without a word"
    """``SIGSEGV`` or ``exit code 1``, if it was there at all."""
    for_good = False
    """The next one would end in the same way."""
