"""Everybody is ticked once a second, a crowd at a time, whatever the loop is held up by."""

from __future__ import annotations

import asyncio
import time

from edgetui.cluster.ticker import CROWD, Ticker


class Member:
    def __init__(self) -> None:
        self.ticks: list[float] = []
        self.twice = asyncio.Event()

    def tick(self, now: float) -> None:
        self.ticks.append(now)
        if len(self.ticks) == 2:
            self.twice.set()


async def test_a_fleet_is_ticked_in_crowds_and_a_short_hold_up_costs_nobody_a_tick() -> None:
    ticker, members = Ticker(), [Member() for _ in range(2 * CROWD + 10)]
    for member in members:
        ticker.join(member)
    ticker.leave(gone := members.pop())
    running = asyncio.create_task(ticker.run())
    async with asyncio.timeout(10):
        await members[0].twice.wait()
        time.sleep(0.4)  # noqa: ASYNC251 - the loop is held up
        for member in members:
            await member.twice.wait()
    running.cancel()
    assert gone.ticks == []
    assert len({member.ticks[0] for member in members}) == 3
    assert all(0.9 < member.ticks[1] - member.ticks[0] < 1.9 for member in members)
