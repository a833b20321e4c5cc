"""What can go wrong, as one small tree. Every message says what happened, with which value, and what to do next."""

from __future__ import annotations


class TrackerError(Exception):
    """Base of every error that tracker raises on purpose."""


class PublicError(TrackerError):
    """An error whose text may be shown to anyone who can see a page: no path, SQL, host or password in it."""


class NotFound(PublicError):
    """A project, run or view that the store does not hold."""


class BadInput(PublicError, ValueError):
    """The caller's own mistake in a value: a URL, a setting, a file's content."""


class StoreError(TrackerError):
    """Something about the store; never the caller's metric values."""


class StoreUnavailable(StoreError):
    """The store does not answer or does not take writes now. Trying again later may succeed."""


class SchemaMismatch(StoreError):
    """The store's schema is not the one this version works with; the message names the command that mends it."""


class SchemaTooOld(SchemaMismatch):
    """The store was made by an older version and has to be upgraded first."""


class SchemaTooNew(SchemaMismatch):
    """The store was made by a newer version; this installation has to be upgraded."""


class Refused(StoreError):
    """The store refused these rows for what they are (sqlstate 21, 22, 23): sending them again cannot help."""


class RunClash(StoreError):
    """A run with this id exists already and the session said `resume="never"`."""


class RunPurged(RunClash):
    """A run with this id was deleted for good, and its id is not used again."""


class RunMissing(StoreError):
    """A session said `resume="must"` and the store holds no run with this id."""


class JournalError(TrackerError):
    """A journal that cannot be written or read."""


class TrackerWarning(UserWarning):
    """Something that does not stop a training run, said once."""
