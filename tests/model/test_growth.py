"""When a runner that grows is unloaded, and what is left alone."""

from __future__ import annotations

import pytest

from edgetui.model import Reading, na
from edgetui.model.growth import Footprint, Growth, first_seen

GB = 1e9
PICTURE = 0.15 * GB


def look(
    taken: Reading, available: float, *, pids: tuple[int, ...] = (7,), file: float = 0.0, total: float = 4.0
) -> Footprint:
    return Footprint(
        pids=pids,
        rss_bytes=taken,
        file_bytes=file,
        taken_bytes=taken,
        available_bytes=available * GB,
        total_bytes=total * GB,
    )


def pictures(count: int, *, total: float) -> tuple[Growth, Footprint]:
    """So many answers of a runner that took 1.5 GB as it was loaded."""
    now = look(1.5 * GB, total - 2.0, total=total)
    growth = first_seen(now, na("not asked"))
    assert growth is not None
    for n in range(1, count + 1):
        now = look(1.5 * GB + n * PICTURE, total - 2.0 - 0.15 * n, total=total)
        growth = growth.seen(now)
    return growth, now


@pytest.mark.parametrize(("total", "last"), [(4.0, 8), (8.0, 32)])
def test_it_goes_before_the_next_two_pictures_would_leave_less_than_a_tenth(total: float, last: int) -> None:
    fits, now = pictures(last, total=total)
    assert not fits.is_in_the_way(now)
    full, now = pictures(last + 1, total=total)
    assert full.is_in_the_way(now)
    assert now.available_bytes - 2 * PICTURE < 0.1 * total * GB
    assert now.available_bytes - PICTURE > 0


def test_what_has_not_grown_is_left_alone_however_little_is_free() -> None:
    growth, now = pictures(0, total=2.2)
    assert not growth.is_in_the_way(now)
    flat = growth.seen(now).seen(now)
    assert not flat.is_in_the_way(now)


def test_what_moves_by_megabytes_on_a_tight_board_is_left_alone() -> None:
    growth, now = pictures(0, total=2.2)
    for n in range(1, 30):
        now = look(1.5 * GB + n * 3e6, 0.2 - n * 0.003, total=2.2)
        growth = growth.seen(now)
        assert not growth.is_in_the_way(now)


def test_a_runner_that_was_full_before_we_came_shows_by_what_ollama_counts() -> None:
    now = look(3.4 * GB, 0.3)
    assert (found := first_seen(now, 1.5 * GB)) is not None
    assert found.is_in_the_way(now)
    assert (unknown := first_seen(now, na("not asked"))) is not None
    assert not unknown.is_in_the_way(now)


def test_another_process_begins_anew_with_the_step_that_is_known() -> None:
    growth, _ = pictures(8, total=4.0)
    again = growth.seen(look(1.5 * GB, 2.0, pids=(8,)))
    assert (again.grown_bytes, again.step_bytes) == (0, pytest.approx(PICTURE))


def test_weights_that_are_mapped_are_no_room() -> None:
    growth, now = pictures(4, total=4.0)
    assert not growth.is_in_the_way(now)
    assert growth.is_in_the_way(look(now.taken_bytes, 1.4, file=1.0 * GB))


def test_nothing_is_claimed_where_nothing_is_read() -> None:
    blind = look(na("hidden"), 0.1)
    assert first_seen(blind, 1.5 * GB) is None
    growth, now = pictures(9, total=4.0)
    assert growth.seen(blind) == growth
    unread = na("no frame")
    gone = Footprint(
        pids=(7,),
        rss_bytes=9e9,
        file_bytes=0.0,
        taken_bytes=9e9,
        available_bytes=unread,
        total_bytes=unread,
    )
    assert growth.is_in_the_way(now)
    assert not growth.is_in_the_way(gone)
    assert not growth.is_marked(unread)


def test_grown_markedly_is_a_tenth_of_the_boards_memory() -> None:
    assert not pictures(2, total=4.0)[0].is_marked(4 * GB)
    assert pictures(3, total=4.0)[0].is_marked(4 * GB)
    assert not pictures(5, total=8.0)[0].is_marked(8 * GB)


def test_it_says_what_it_was_like() -> None:
    assert str(look(3.14 * GB, 0.4)) == "runner 3.1 GB, MemAvailable 0.4 GB"
    assert str(look(na("hidden"), 0.4)) == "runner n/a (hidden), MemAvailable 0.4 GB"
