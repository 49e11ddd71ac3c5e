"""How much of all published text a model wrote, and whether the policy lets more of it in."""

from __future__ import annotations

from rightful.catalogue.models import Source
from rightful.errors import AuditError
from rightful.licensing.policy import load_policy
from rightful.model import Slice
from rightful.settings import Settings
from rightful.store.ledger import Ledgers

REMEDY = (
    "acquire more of what people wrote first, lower `fetch.seeds.most`, or raise `synthetic.max_share` in the policy"
)


def is_synthetic(source: Source) -> bool:
    """Whether a model wrote what a source brings, here or elsewhere."""
    return source.kind == "synthetic" or source.record_kind == "synthetic"


def check_share(source: Source, slice: Slice, adds: int, settings: Settings, ledgers: Ledgers) -> None:
    """See that with ``adds`` tokens of ``source`` in ``slice`` the policy's share of synthetic text is not exceeded.

    Counted are the tokens of all sources' published slices; what this slice held before is replaced, and does not
    count. A slice that adds nothing may always be published.

    Raises:
        AuditError: When it is; with the figures.
    """
    if not is_synthetic(source) or adds <= 0:
        return
    cap = load_policy(settings.policy_file, settings.jurisdiction).synthetic.max_share
    synthetic, everything = ledgers.synthetic_tokens(but=(source.id, slice))
    synthetic, everything = synthetic + adds, everything + adds
    if synthetic > cap * everything:
        raise AuditError(
            f"with these {adds:,} tokens {synthetic / everything:.1%} of all text would be synthetic "
            f"({synthetic:,} of {everything:,} tokens); the policy allows {cap:.1%}",
            source=source.id,
            slice=slice,
            remedy=REMEDY,
        )


def check_room(source: Source, slice: Slice, settings: Settings, ledgers: Ledgers) -> None:
    """Before anything is asked for, and paid: see that there is room for any synthetic text at all."""
    check_share(source, slice, 1, settings, ledgers)


__all__ = ["check_room", "check_share", "is_synthetic"]
