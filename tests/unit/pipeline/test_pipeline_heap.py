"""What a process has loaded is kept from the collector only while a shard runs."""

from __future__ import annotations

import gc

import pytest

from rightful.pipeline.heap import settled_heap


def test_what_was_there_before_is_not_looked_at_inside() -> None:
    before = ["made before"]
    with settled_heap():
        inside = ["made inside"]
        looked_at = {id(one) for one in gc.get_objects()}
        assert id(before) not in looked_at
        assert id(inside) in looked_at
    assert id(before) in {id(one) for one in gc.get_objects()}


def test_an_error_ends_it_too() -> None:
    with pytest.raises(ValueError, match="inside"), settled_heap():
        raise ValueError("inside")
    assert gc.get_freeze_count() == 0


def test_who_froze_before_keeps_it() -> None:
    gc.freeze()
    try:
        with settled_heap():
            pass
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
