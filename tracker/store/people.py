"""What people do to runs beside the training processes that write them, and what every store promises of that.

People change runs while training processes write them, and both are kept apart by one rule each:

- *Name, notes, group: the later word stands.* `edit` notes when it happened, and what a process said before that
  (`Batch.said_ms`; for what a session begins with, its start) changes nothing any more, however late it arrives. What
  the process says afterwards arrives. The times are those of the two machines' clocks.
- *Tags: what people add stays, what they take off stays off*, until a person says otherwise. All other tags are those
  that the process said last.
- *Archived* runs are read as all others, and say so. Writing to one goes on.
- *Deleted* runs are left out of `runs`, `versions`, `projects` and `find_run` by name. Their processes go on writing
  and lose nothing; `restore` brings everything back, what arrived in between too.
- *Purged* runs are gone, and their ids are never used again: a session that still writes one gets `RunPurged` and goes
  on as a run of its own with all that its journal still holds, which its process tells its user. A run whose process
  still lives is not purged before that has ended. Purging takes short transactions, so that writers hardly wait.

Each such change raises the run's `version`, so that live pages see it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from tracker.model import RunRecord, SavedView


class Edits(NamedTuple):
    """What people said of a run: texts by "name", "notes" and "group" with the time they were said, and tags.

    `tags` holds True for one that was put on, False for one that was taken off.
    """

    texts: Mapping[str, tuple[str, int]]
    tags: Mapping[str, bool]
    archived_ms: int | None


class People(Protocol):
    """The part of `Store` that people use; see the module's text, and `base.py` for what holds for all calls."""

    # -------------------------------------------------------------------------------------------------------- editing

    def edit(
        self,
        run_ids: Iterable[int],
        *,
        name: str | None = None,
        notes: str | None = None,
        group: str | None = None,
        add_tags: Sequence[str] = (),
        drop_tags: Sequence[str] = (),
    ) -> int:
        """Change what people say of runs, as in **Editing**; None leaves as it is, an empty `group` takes it off.

        Returns:
            How many runs were there to change; unknown and deleted ones are left out.

        Raises:
            BadInput: the name is empty.
            Refused: a text can never be stored; nothing was changed.
        """

    def edits(self, run_id: int) -> Edits:
        """Return what people said of a run.

        Raises:
            NotFound: there is no such run.
        """

    def adopt(self, run_id: int, edits: Edits) -> None:
        """Take over what people said of the same run in another store; what was said here later stays.

        What was said here of a tag stays as well.

        Raises:
            NotFound: there is no such run, or it was deleted.
        """

    def archive(self, run_ids: Iterable[int], on: bool = True) -> int:
        """Put runs out of the way, or (`on` False) back; return how many changed."""

    def delete(self, run_ids: Iterable[int]) -> int:
        """Delete runs so that `restore` can bring them back; return how many were there to delete."""

    def restore(self, run_ids: Iterable[int]) -> int:
        """Bring deleted runs back; return how many came back."""

    def deleted(self, project: str | None = None, run_ids: Iterable[int] | None = None) -> list[RunRecord]:
        """Return runs that can be restored, the last deleted first, as `runs` does those that are there."""

    def deleted_views(self, before_ms: int) -> int:
        """Return how many saved views were deleted before `before_ms` and are not purged yet."""

    def purge(self, before_ms: int) -> int:
        """Remove for good what was deleted before `before_ms` (wall clock): runs that have ended, and saved views.

        What an earlier call did not finish is finished. Returns how many runs went.
        """

    # ---------------------------------------------------------------------------------------------------- saved views

    def save_view(self, view: SavedView) -> SavedView:
        """Keep a view, or change the one with its id, and return it as kept.

        Its times and `frozen` are the store's; the query of a frozen view never changes. One that was deleted comes back.

        Raises:
            BadInput: the title is empty, or it, the author or the description is too long.
            Refused: a text can never be stored.
        """

    def adopt_view(self, view: SavedView, frozen: bytes | None) -> int:
        """Keep a view of another store with its id and times, and what was frozen of it; return 1.

        One that is here already, or was deleted, stays as it is: then return 0.
        """

    def views(self, project: str) -> list[SavedView]:
        """Return a project's saved views, the newest first."""

    def view(self, view_id: str) -> SavedView:
        """Return one saved view.

        Raises:
            NotFound: there is none with that id, or it was deleted.
        """

    def delete_view(self, view_id: str) -> int:
        """Delete a saved view, so that `restore_view` can bring it back; return how many there were, 1 or 0."""

    def restore_view(self, view_id: str) -> int:
        """Bring a deleted saved view back; return how many came back, 1 or 0."""

    def freeze(self, view_id: str, body: bytes) -> None:
        """Keep with a view what it shows now. What was frozen once stays as it was: a second call changes nothing.

        Raises:
            NotFound: there is no such view.
        """

    def frozen(self, view_id: str) -> bytes:
        """Return what `freeze` kept.

        Raises:
            NotFound: there is no such view, or it is not frozen.
        """
