"""Disks, network, who the board is, how we reach it and what that costs it."""

from __future__ import annotations

from edgetui.cluster.asking import Clock
from edgetui.cluster.visit.visit import Visit
from edgetui.config import Board
from edgetui.model import NA, State, known
from edgetui.ui.drawing import numbers
from edgetui.ui.drawing.bars import FULL
from edgetui.ui.drawing.board.facts import Section, fact, facts, gauge, rate, reading
from edgetui.ui.drawing.ink import Ink, Line

SKEW_S = 2.0
"""From here on the clock is wrong, as the doctor has it."""
NOT_VISITED = "n/a (nobody asked the board then)"


def disk_section(visit: Visit | None, columns: int) -> Section:
    """Room on each real file system, and what it lies on."""
    if visit is None or isinstance(visit.volumes, NA):
        words = NOT_VISITED if visit is None else str(visit.volumes)
        return Section("Disks", facts("", words, columns, "muted"))
    lines: list[Line] = []
    for v in visit.volumes:
        words = f"{v.free_bytes / 1e9:.1f} GB free of {v.total_bytes / 1e9:.0f}"
        lines += gauge(v.mount, v.used_bytes, v.total_bytes, words, columns, warn_from=FULL)
        lines += facts("", f"{v.drive or 'drive unknown'}   {v.device}", columns, "muted")
    return Section("Disks", lines)


def network_section(visit: Visit | None, columns: int) -> Section:
    """Interfaces that are up or were used."""
    if visit is None or isinstance(visit.interfaces, NA):
        words = NOT_VISITED if visit is None else str(visit.interfaces)
        return Section("Network", facts("", words, columns, "muted"))
    lines: list[Line] = []
    for i in visit.interfaces:
        where = str(i.addresses) if isinstance(i.addresses, NA) else ", ".join(i.addresses) or "no address"
        state = f"{i.state}, " if i.state and i.state != "up" else ""
        lines += facts(i.name, f"{state}{where}", columns)
        speed = f"{i.link_bits_s / 1e6:.0f} Mbit/s" if known(i.link_bits_s) else str(i.link_bits_s)
        lines += facts("", f"link {speed}", columns, "text" if known(i.link_bits_s) else "muted")
        words = f"↓ {rate(i.received_bytes_s)}  ↑ {rate(i.sent_bytes_s)}"
        lines += reading("", i.received_bytes_s, words, columns)
    return Section("Network", lines)


def identity_section(board: Board, state: State, columns: int) -> Section:
    """What it is."""
    identity = state.identity
    told = (
        ("address", "this machine" if board.local else board.address),
        ("tags", ", ".join(board.tags)),
        ("cooling", board.cooling),
        ("model", identity.model if identity else ""),
        ("family", identity.family if identity else ""),
        ("release", identity.release if identity else ""),
        ("system", identity.os if identity else ""),
        ("kernel", f"{identity.kernel} {identity.arch}".strip() if identity else ""),
        ("simulated", f"×{identity.sim_speed:g}" if identity and identity.simulated else ""),
    )
    lines = [line for label, value in told if value for line in facts(label, value, columns)]
    if state.sample is not None:
        up = state.sample.uptime_s
        lines += reading("up", up, numbers.ago(up) if known(up) else "", columns)
    return Section("Board", lines)


def link_section(state: State, visit: Visit | None, columns: int) -> Section:
    """Our connection: how long an answer takes, how the clocks differ, what we take of the board's time."""
    lines: list[Line] = []
    if state.rtt_s is not None:
        torn = f", {state.torn_frames} torn frames" if state.torn_frames else ""
        lines.append(fact("round trip", f"{state.rtt_s * 1000:.0f} ms, a frame read in between{torn}"))
    if visit is None:
        return Section("Link", [*lines, *facts("clock, cost", NOT_VISITED, columns, "muted")])
    words, ink = skew(visit.clock)
    lines += facts("clock", words, columns, ink)
    cost = visit.cost
    if isinstance(cost, NA):
        return Section("Link", [*lines, *facts("our cost", str(cost), columns, "muted")])
    measured = f"± {max(1.0, cost.grain_ms):.0f}, {cost.programs} programs, over {numbers.ago(cost.span_s)}"
    lines += facts("our cost", f"{cost.programs_ms:.0f} ms of CPU a minute ({measured})", columns)
    carried = f"{cost.carrier_ms:.0f} ms a minute" if known(cost.carrier_ms) else str(cost.carrier_ms)
    lines += facts("and sshd", carried, columns, "text" if known(cost.carrier_ms) else "muted")
    return Section("Link", lines)


def skew(clock: Clock | NA) -> tuple[str, Ink]:
    """How far the board's clock is off, with half of the round trip as what is not known."""
    if isinstance(clock, NA):
        return str(clock), "muted"
    least, most = clock.ahead_s
    middle, half = (least + most) / 2, (most - least) / 2
    bound = f"± {half * 1000:.0f} ms" if half < 1 else f"± {half:.1f} s"
    if least <= 0 <= most:
        return f"as ours, {bound}", "text"
    off = f"{abs(middle) * 1000:.0f} ms" if abs(middle) < 1 else f"{abs(middle):.1f} s"
    way = "ahead of" if middle > 0 else "behind"
    return f"{off} {way} ours, {bound}", "warn" if least > SKEW_S or most < -SKEW_S else "text"
