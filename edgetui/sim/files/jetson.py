"""NVIDIA Jetson: T210 as JetPack 4 shows it, T234 as JetPack 6 does."""

from __future__ import annotations

from edgetui.sim.board import Board
from edgetui.sim.files.shapes import Content, Tree, cooler, die, hwmon, milli, policy, requested_hz, zone
from edgetui.sim.kinds import kinds

INPUT_V = 5.0
OC1_PER_S = 3
"""Under-voltage events that a T234 counts in a second of under-voltage."""


def _fan(board: Board) -> float:
    """0-1: on at 50 °C, full at 80 °C."""
    return min(1.0, max(0.0, (board.body.celsius - 45) / 35))


def _limited(board: Board) -> str:
    return f"{board.body.step}\n"


def _alert(board: Board) -> str:
    return f"{int(board.body.step > 0)}\n"


def _gpu_load(board: Board) -> str:
    return f"{board.body.activity.gpu * 1000:.0f}\n"


def gpu_hz(board: Board) -> int:
    """Clock of a GPU that Ollama uses; the lowest at rest."""
    clocks = board.kind.clocks_hz
    return int(clocks[0] * board.body.clock) if board.body.activity.gpu else clocks[-1]


def _share(part: float) -> Content:
    """A rail's share of the input power, in thousandths."""
    return milli(lambda board: board.body.power_w * part)


def _common(kind_name: str) -> Tree:
    kind = kinds()[kind_name]
    modes = "".join(f"< POWER_MODEL ID={number} NAME={name} >\n" for name, number, _ in kind.power_modes)
    return {"/etc/nv_tegra_release": f"{kind.release}\n", "/etc/nvpmodel.conf": modes}


def t210(kind_name: str) -> Tree:
    """Jetson Nano, kernel 4.9. Ollama has no CUDA for it: the processor works, the GPU rests."""
    kind = kinds()[kind_name]
    out = _common(kind_name)
    out["/var/lib/nvpmodel/status"] = lambda board: f"pmode:{board.mode:04d} fmode:quiet\n"
    trips = [("passive", kind.soft_c), ("critical", kind.critical_c)]
    for index, (name, offset) in enumerate(
        [("AO-therm", 5.0), ("CPU-therm", 0.0), ("GPU-therm", -1.5), ("PLL-therm", -1.0)]
    ):
        out |= zone(index, name, die(offset), trips if name == "CPU-therm" else ())
    out |= zone(4, "PMIC-Die", "100000\n", [("active", 120)])
    out |= zone(5, "thermal-fan-est", die(-0.5))
    out |= cooler(0, "pwm-fan", 10, "0\n")
    out |= cooler(1, "cpu-balanced", 12, _limited)
    out |= cooler(2, "gpu-balanced", 12, _limited)
    out |= policy(0, range(kind.cores), *kind.cpu_hz, _cpu_hz_seen)
    out |= {
        "/sys/devices/gpu.0/load": "0\n",
        "/sys/class/devfreq/57000000.gpu/cur_freq": "76800000\n",
        "/sys/class/devfreq/57000000.gpu/min_freq": "76800000\n",
        "/sys/class/devfreq/57000000.gpu/max_freq": "921600000\n",
        "/sys/devices/pwm-fan/target_pwm": "0\n",
        "/sys/devices/pwm-fan/cur_pwm": "0\n",
        "/sys/devices/pwm-fan/rpm_measured": "0\n",
        "/sys/devices/pwm-fan/temp_control": "1\n",
    }
    return out | _rails_t210()


def _cpu_hz_seen(board: Board) -> float:
    """Here the kernel itself limits, so the asked clock is the limited one."""
    return requested_hz(board) * (board.body.clock if board.body.activity.cpu > 0.1 else 1.0)


def _rails_t210() -> Tree:
    base = "/sys/bus/i2c/devices/6-0040/iio:device0"
    share = {"POM_5V_IN": 1.0, "POM_5V_GPU": 0.02, "POM_5V_CPU": 0.45}
    out: Tree = {}
    for index, (name, part) in enumerate(share.items()):
        out[f"{base}/rail_name_{index}"] = f"{name}\n"
        out[f"{base}/in_power{index}_input"] = _share(part)
        out[f"{base}/in_voltage{index}_input"] = f"{INPUT_V * 1000:.0f}\n"
        out[f"{base}/in_current{index}_input"] = _share(part / INPUT_V)
    return out


def t234(kind_name: str) -> Tree:
    """Orin Nano, kernel 5.15."""
    kind = kinds()[kind_name]
    out = _common(kind_name)
    out["/var/lib/nvpmodel/status"] = lambda board: f"pmode:{board.mode:04d}\n"
    trips = [("passive", kind.soft_c), ("hot", kind.hard_c), ("critical", kind.critical_c)]
    zones: list[tuple[str, Content]] = [
        ("cpu-thermal", die(-0.9)),
        ("gpu-thermal", die(-0.2)),
        ("cv0-thermal", ""),  # powered down: reading it fails for ever
        ("cv1-thermal", ""),
        ("cv2-thermal", ""),
        ("soc0-thermal", die(-1.1)),
        ("soc1-thermal", die(-0.4)),
        ("soc2-thermal", die(-1.6)),
        ("tj-thermal", die()),
    ]
    for index, (name, temp) in enumerate(zones):
        out |= zone(index, name, temp, trips)
    out |= _coolers_t234()
    out |= policy(0, range(4), *kind.cpu_hz, requested_hz) | policy(4, [4, 5], *kind.cpu_hz, requested_hz)
    gpu = "/sys/class/devfreq/17000000.gpu"
    out |= {
        f"{gpu}/device/load": _gpu_load,
        f"{gpu}/cur_freq": lambda board: f"{gpu_hz(board)}\n",
        f"{gpu}/min_freq": f"{kind.clocks_hz[-1]}\n",
        f"{gpu}/max_freq": f"{kind.clocks_hz[0]}\n",
    }
    return out | _chips_t234()


def _coolers_t234() -> Tree:
    names = ["cpu", "gpu", "cv0", "cv1", "cv2", "soc0", "soc1", "soc2"]
    out: Tree = {}
    for index, name in enumerate(names):
        out |= cooler(index, f"{name}-throttle-alert", 1, _alert if name == "gpu" else "0\n")
    out |= cooler(8, "hot-surface-alert", 1, "0\n")
    out |= cooler(9, "devfreq-17000000.gpu", 3, _limited)
    out |= cooler(10, "cpufreq-cpu0", 20, "0\n") | cooler(11, "cpufreq-cpu4", 20, "0\n")
    return out | cooler(12, "pwm-fan", 3, lambda board: f"{round(_fan(board) * 3)}\n")


def _chips_t234() -> Tree:
    share = {"VDD_IN": 1.0, "VDD_CPU_GPU_CV": 0.45, "VDD_SOC": 0.25}
    rails: Tree = {"in7_label": "sum of shunt voltages\n"}
    for number, (name, part) in enumerate(share.items(), 1):
        rails[f"in{number}_label"] = f"{name}\n"
        rails[f"in{number}_input"] = f"{INPUT_V * 1000:.0f}\n"
        rails[f"curr{number}_input"] = _share(part / INPUT_V)
    events: Tree = {
        "oc1_event_cnt": lambda board: f"{board.body.undervolt_s * OC1_PER_S:.0f}\n",
        "oc2_event_cnt": "0\n",
        "oc3_event_cnt": lambda board: f"{board.body.gpu_s / 60:.0f}\n",
    }
    events |= {f"oc{n}_throt_en": "1\n" for n in (1, 2, 3)}
    return (
        hwmon(0, "tmp451", {"temp1_input": die(-3.0)})
        | hwmon(1, "ina3221", rails)
        | hwmon(2, "soctherm_oc", events)
        | hwmon(3, "pwmfan", {"pwm1": lambda board: f"{_fan(board) * 255:.0f}\n"})
        | hwmon(4, "pwm_tach", {"rpm": lambda board: f"{_fan(board) * 5200:.0f}\n"})
    )
