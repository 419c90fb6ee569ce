"""What a submission changes, as text for a person."""

from __future__ import annotations

from gastown_tui.core.errors import NotFound
from gastown_tui.infra.git import Git
from gastown_tui.ledger import merges, rigs
from gastown_tui.services.context import TownContext

LIMIT = 400_000
"""Characters; a larger diff is cut."""


def of_merge(ctx: TownContext, merge_id: int) -> str:
    """The patch of a merge against the target that it was rebased onto, or against where its branch left it.

    Raises:
        NotFound: no such merge, or its commits are not there any more.
    """
    merge = merges.get(ctx.ledger, merge_id)
    rig = rigs.get(ctx.ledger, merge.rig)
    git = Git(ctx.layout.rig(rig.name).repository)
    head = merge.rebased_head or merge.submitted_head
    base = merge.target_before if merge.rebased_head else git.merge_base(f"refs/heads/{rig.target}", head)
    if not base or git.rev_parse(head) is None:
        raise NotFound(f"the commits of merge {merge_id} are not in {rig.name}'s repository")
    return git.diff(base, head, limit=LIMIT)
