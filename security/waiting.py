"""What a refusal leaves waiting for a proof: only what its person can give, and release by it.

Nobody has to be able to prove it where they ask: from a text, and from a frame inside another
site, a link leads to the page (`security.onward`). So what counts is what can be proved there.
"""

from __future__ import annotations

from security.checks import Denial, Question, approving_methods, proving_methods
from security.embedding import FULL_PAGE
from security.ports import GuardStore

PAGE = "web"
_SIGN_IN = "authentication_required"
_PROVE = "step_up_required"
_CONFIRM = "confirmation_required"
NEEDS_PROOF = (_PROVE, _CONFIRM, "step_up_impossible")


def answerable(store: GuardStore, asked: Question, denial: Denial) -> Denial:
    """Ask nobody for a proof that they cannot give, nor to approve what may be done already."""
    if denial.code == _PROVE:
        methods = proving_methods(asked, PAGE)
    elif denial.code == _CONFIRM:
        if store.is_in_doubt(asked.case, asked.digest):
            return Denial("in_doubt", "in_doubt")
        methods = approving_methods(asked, PAGE)
    else:
        return denial
    if store.can_prove(asked.case, methods):
        return denial
    return Denial("step_up_impossible", "no_method")


def is_kept(store: GuardStore, asked: Question, denial: Denial) -> bool:
    """Tell whether a proof can release what was refused.

    Signing in never approves a write: it is asked for again by the person who signed in. In a
    frame it is kept for the person that the site has vouched for, and for no stranger.
    """
    if denial.code == FULL_PAGE:
        confirms = asked.operation.confirmation is not None
        methods = approving_methods(asked, PAGE) if confirms else proving_methods(asked, PAGE)
        return store.can_prove(asked.case, methods)
    if denial.code == _SIGN_IN:
        return not asked.operation.is_write
    return denial.code in (_PROVE, _CONFIRM)
