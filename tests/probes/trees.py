"""Made-up /proc and /sys of boards, written from the formats that their kernels document."""

from __future__ import annotations

from pathlib import Path

Tree = dict[str, str]
"""Path to content, byte for byte: a trailing newline is part of it."""

VCGENCMD = "#!/bin/sh\n"


def write(tree: Tree, root: Path) -> Path:
    """Put the files of a tree under ``root``; those in a bin folder become executable."""
    for name, content in tree.items():
        path = root / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("utf-8", "surrogateescape"))
        if "/bin/" in name:
            path.chmod(0o755)
    return root


def proc(cores: int, total_kb: int, *, uptime: str = "5400.25", online: tuple[int, ...] | None = None) -> Tree:
    """What every Linux has. ``online``: cores that have a line in /proc/stat; all where None."""
    rows = [f"cpu{n} {1000 + n} 0 500 90000 100 0 10 0 0 0" for n in online or range(cores)]
    return {
        "/proc/uptime": f"{uptime} 9000.00\n",
        "/proc/loadavg": "0.52 0.58 0.59 1/389 2321\n",
        "/proc/stat": "\n".join(["cpu  4000 0 2000 360000 400 0 40 0 0 0", *rows, "intr 99 1 2 3", "ctxt 1\n"]),
        "/proc/meminfo": (
            f"MemTotal:       {total_kb} kB\nMemFree:          313692 kB\nMemAvailable:     {total_kb // 2} kB\n"
            "Buffers:           57932 kB\nCached:           362944 kB\nSwapCached:         6036 kB\n"
            "SwapTotal:       2029616 kB\nSwapFree:        1848840 kB\nDirty:               112 kB\n"
            "Shmem:             39544 kB\nSReclaimable:      87524 kB\n"
        ),
        "/proc/vmstat": "nr_free_pages 1164452\npswpin 5\npswpout 6\noom_kill 2\noom_killed 9\n",
        "/proc/sys/kernel/osrelease": "6.6.51+rpt-rpi-v8\n",
        "/proc/sys/kernel/random/boot_id": "6f1c4c0e-1b3a-4a55-9b1c-0d9a1f4f6f11\n",
        "/proc/sys/kernel/arch": "aarch64\n",
        "/etc/os-release": 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian"\n',
        "/sys/devices/system/cpu/present": f"0-{cores - 1}\n",
    }


def zone(n: int, kind: str, millis: int | str, trips: tuple[tuple[str, int], ...] = ()) -> Tree:
    """One thermal zone; an empty ``millis`` stands for a read that fails."""
    folder = f"/sys/class/thermal/thermal_zone{n}"
    files = {f"{folder}/type": f"{kind}\n", f"{folder}/temp": f"{millis}\n" if millis != "" else ""}
    for i, (what, at) in enumerate(trips):
        files[f"{folder}/trip_point_{i}_type"] = f"{what}\n"
        files[f"{folder}/trip_point_{i}_temp"] = f"{at}\n"
    return files


def cooling(n: int, kind: str, state: int = 0) -> Tree:
    """One cooling device."""
    folder = f"/sys/class/thermal/cooling_device{n}"
    return {f"{folder}/type": f"{kind}\n", f"{folder}/cur_state": f"{state}\n", f"{folder}/max_state": "3\n"}


def policy(n: int, cores: str, current: int, cap: int, top: int) -> Tree:
    """One cpufreq policy, kHz."""
    folder = f"/sys/devices/system/cpu/cpufreq/policy{n}"
    return {
        f"{folder}/related_cpus": f"{cores}\n",
        f"{folder}/cpuinfo_max_freq": f"{top}\n",
        f"{folder}/scaling_cur_freq": f"{current}\n",
        f"{folder}/scaling_max_freq": f"{cap}\n",
    }


def chip(n: int, name: str, **files: object) -> Tree:
    """One hwmon chip."""
    folder = f"/sys/class/hwmon/hwmon{n}"
    return {f"{folder}/name": f"{name}\n"} | {f"{folder}/{file}": f"{value}\n" for file, value in files.items()}


def _pi(model: str, soc: str, cores: int, total_kb: int, top: int) -> Tree:
    return {
        **proc(cores, total_kb),
        "/proc/device-tree/model": f"Raspberry Pi {model}\0",
        "/proc/device-tree/compatible": f"raspberrypi,{model[0]}-model-b\0brcm,{soc}\0",
        **zone(0, "cpu-thermal", 47236, (("critical", 110000),)),
        **cooling(0, "cpufreq-cpu0"),
        **policy(0, " ".join(map(str, range(cores))), top, top, top),
        **chip(0, "cpu_thermal", temp1_input=47236),
        **chip(1, "rpi_volt", in0_lcrit_alarm=0),
        "/usr/bin/vcgencmd": VCGENCMD,
        "/dev/vcio": "",
    }


def pi2() -> Tree:
    """32-bit, an older kernel without /proc/sys/kernel/arch."""
    tree = _pi("2 Model B Rev 1.1", "bcm2836", 4, 948_000, 900_000)
    del tree["/proc/sys/kernel/arch"]
    return tree


def pi4() -> Tree:
    """With the GPU's statistics of newer kernels."""
    stats = "queue\ttimestamp\tjobs\truntime\nbin\t1000000000\t10\t5000000\nrender\t1000000000\t10\t90000000\n"
    return {
        **_pi("4 Model B Rev 1.4", "bcm2711", 4, 3_845_824, 1_800_000),
        "/sys/devices/platform/v3dbus/fec00000.v3d/gpu_stats": stats,
    }


def pi5() -> Tree:
    """With the Active Cooler; more than ten zones and chips, so that the order of globs matters."""
    return {
        **_pi("5 Model B Rev 1.0", "bcm2712", 4, 8_256_000, 2_400_000),
        **zone(0, "cpu-thermal", 51900, (("critical", 110000), ("active", 50000), ("active", 60000))),
        **cooling(1, "pwm-fan", 2),
        **chip(2, "pwmfan", fan1_input=3122, pwm1=125),
        **chip(3, "rp1_adc", temp1_input=50100),
        **chip(10, "nvme", temp1_input=41850),
    }


def nano() -> Tree:
    """JetPack 4, 5 W mode: two cores unplugged; a Wi-Fi card brings a zone."""
    rails = "/sys/bus/i2c/devices/6-0040/iio:device0"
    gpu = "/sys/class/devfreq/57000000.gpu"
    tree = {
        **proc(4, 4_059_240, online=(0, 1)),
        "/proc/device-tree/model": "NVIDIA Jetson Nano Developer Kit\0",
        "/proc/device-tree/compatible": "nvidia,p3449-0000+p3448-0000\0nvidia,jetson-nano\0nvidia,tegra210\0",
        "/etc/nv_tegra_release": "# R32 (release), REVISION: 5.1, GCID: 26202423, BOARD: t210ref, EABI: aarch64\n",
        "/var/lib/nvpmodel/status": "pmode:0001 fmode:quiet",
        "/etc/nvpmodel.conf": (
            "# header\n< POWER_MODEL ID=0 NAME=MAXN >\nCPU_ONLINE CORE_0 1\n< POWER_MODEL ID=1 NAME=5W >\n"
        ),
        **zone(0, "AO-therm", 41500),
        **zone(1, "CPU-therm", 34000, (("passive", 97000), ("critical", 102500))),
        **zone(2, "GPU-therm", 31000, (("passive", 97500), ("critical", 103000))),
        **zone(3, "PLL-therm", 31500),
        **zone(4, "PMIC-Die", 100000, (("active", 120000),)),
        **zone(5, "thermal-fan-est", 33000, (("active", 51000),)),
        **zone(6, "iwlwifi", 39000, (("passive", -274000),)),
        **cooling(0, "pwm-fan", 1),
        **cooling(1, "gpu-balanced"),
        **cooling(2, "cpu-balanced"),
        **cooling(10, "emergency-balanced"),
        **policy(0, "0 1 2 3", 102000, 918000, 1479000),
        f"{gpu}/device/load": "286\n",
        f"{gpu}/cur_freq": "76800000\n",
        f"{gpu}/max_freq": "640000000\n",
        "/sys/devices/gpu.0/load": "286\n",
        "/sys/devices/pwm-fan/cur_pwm": "80\n",
        "/usr/bin/tegrastats": VCGENCMD,
    }
    for n, (name, milliwatts) in enumerate((("POM_5V_IN", 1750), ("POM_5V_GPU", 0), ("POM_5V_CPU", 366))):
        tree[f"{rails}/rail_name_{n}"] = f"{name}\n"
        tree[f"{rails}/in_power{n}_input"] = f"{milliwatts}\n"
    del tree["/proc/sys/kernel/arch"]
    return tree


def nano_2g() -> Tree:
    """No fan, no GPU file, no rails: tegrastats must say."""
    tree = {k: v for k, v in nano().items() if "pwm-fan" not in k and "iio:" not in k and "gpu" not in k}
    tree |= proc(4, 2_027_000)
    tree["/proc/device-tree/model"] = "NVIDIA Jetson Nano 2GB Developer Kit\0"
    tree["/var/lib/nvpmodel/status"] = "pmode:0000 fmode:quiet"
    return tree


def orin() -> Tree:
    """Orin Nano 8 GB, JetPack 6, 15 W: about 40 files a tick, cv zones powered down."""
    zones = ("cpu", "gpu", "cv0", "cv1", "cv2", "soc0", "soc1", "soc2", "tj")
    trips = (("passive", 95000), ("hot", 99000), ("critical", 104500), ("active", 50000))
    gpu = "/sys/class/devfreq/17000000.gpu"
    tree = {
        **proc(6, 7_802_880),
        "/proc/device-tree/model": "NVIDIA Jetson Orin Nano Engineering Reference Developer Kit Super\0",
        "/proc/device-tree/compatible": "nvidia,p3768-0000+p3767-0005-super\0nvidia,p3767-0005\0nvidia,tegra234\0",
        "/etc/nv_tegra_release": "# R36 (release), REVISION: 4.7, GCID: 42132812, BOARD: generic, EABI: aarch64\n",
        "/var/lib/nvpmodel/status": "pmode:0000",
        "/etc/nvpmodel.conf": "< POWER_MODEL ID=0 NAME=15W >\n< POWER_MODEL ID=2 NAME=MAXN_SUPER >\n",
        **policy(0, "0 1 2 3", 729600, 1510400, 1728000),
        **policy(4, "4 5", 883200, 1510400, 1728000),
        **chip(0, "tmp451", temp1_input=40000),
        **chip(1, "ina3221", in1_label="VDD_IN", in1_input=5096, curr1_input=934),
        **chip(2, "soctherm_oc", oc1_event_cnt=0, oc2_event_cnt=15, oc3_event_cnt=37, oc1_throt_en=1),
        **chip(3, "pwmfan", pwm1=66),
        **chip(4, "pwm_tach", rpm=2140),
        f"{gpu}/device/load": "0\n",
        f"{gpu}/cur_freq": "306000000\n",
    }
    tree["/proc/meminfo"] += "NvMapMemUsed:     244748 kB\n"
    for n, name in enumerate(zones):
        millis: int | str = "" if name.startswith("cv") else 48000 + 100 * n
        tree |= zone(n, f"{name}-thermal", millis, trips)
        tree |= cooling(n, f"{name}-throttle-alert")
    tree |= cooling(9, "pwm-fan", 1) | cooling(10, "hot-surface-alert") | cooling(11, "devfreq-17000000.gpu")
    ina = "/sys/class/hwmon/hwmon1"
    for n, (name, milliamperes) in enumerate((("VDD_CPU_GPU_CV", 101), ("VDD_SOC", 281)), start=2):
        tree |= {f"{ina}/in{n}_label": f"{name}\n", f"{ina}/in{n}_input": "5090\n"}
        tree[f"{ina}/curr{n}_input"] = f"{milliamperes}\n"
    return tree | {f"{ina}/in7_label": "sum of shunt voltages\n", f"{ina}/in7_input": "100\n"}


def vm() -> Tree:
    """No thermal, hwmon or cpufreq."""
    tree = proc(2, 24_684_092)
    tree["/proc/sys/kernel/arch"] = "x86_64\n"
    tree["/sys/class/thermal/.keep"] = ""
    return tree


def pc() -> Tree:
    """An Intel PC with an NVIDIA card."""
    return {
        **proc(8, 32_000_000),
        "/proc/sys/kernel/arch": "x86_64\n",
        "/sys/class/dmi/id/sys_vendor": "ASUS\n",
        "/sys/class/dmi/id/product_name": "PRIME Z690\n",
        **zone(0, "acpitz", 27800),
        **policy(0, "0", 3600000, 4700000, 4700000),
        **chip(0, "coretemp", temp1_input=52000, temp1_label="Package id 0", temp1_crit=100000),
        **chip(1, "nct6798", fan1_input=0, fan2_input=915),
        "/sys/devices/system/cpu/cpu0/thermal_throttle/package_throttle_count": "0\n",
        "/proc/driver/nvidia/version": "NVRM version: NVIDIA UNIX x86_64 Kernel Module  570.158.01\n",
        "/usr/bin/nvidia-smi": VCGENCMD,
    }


TREES = {
    "nano": nano,
    "nano-2g": nano_2g,
    "orin": orin,
    "pi2": pi2,
    "pi4": pi4,
    "pi5": pi5,
    "vm": vm,
    "pc": pc,
}
