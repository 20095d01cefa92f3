"""Made-up boards: what each shows under /proc and /sys."""

from __future__ import annotations

from tests.probes.files import TOOL, Tree, chip, cooling, policy, pressure, proc, zone, zram


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
        "/usr/bin/vcgencmd": TOOL,
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
        "/usr/bin/tegrastats": TOOL,
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
    tree |= pressure("64.95", "1.50") | zram(0, 120_000_000) | zram(1, 80_000_000)
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
        "/usr/bin/nvidia-smi": TOOL,
    }


def thor() -> Tree:
    """AGX Thor, JetPack 7: its own power chip, the GPU's load behind NVML only."""
    return {
        **proc(14, 128_000_000),
        "/proc/device-tree/model": "NVIDIA Jetson AGX Thor Developer Kit\0",
        "/proc/device-tree/compatible": "nvidia,p4071-0000+p3834-0008\0nvidia,tegra264\0",
        "/etc/nv_tegra_release": "# R38 (release), REVISION: 2.0, GCID: 41844464, BOARD: generic, EABI: aarch64\n",
        **policy(0, "0", 972000, 2601000, 2601000),
        **zone(0, "cpu-thermal", 41000, (("passive", 99000),)),
        **zone(1, "tj-thermal", 42500, (("passive", 99000),)),
        **cooling(0, "soc012-throttle-alert"),
        **chip(0, "ina238", in0_input=5, in1_input=20000, curr1_input=1300, power1_input=26_000_000),
        **chip(1, "ina3221", in1_label="VDD_GPU", in1_input=20000, curr1_input=100),
        "/sys/class/devfreq/gpu-gpc-0/cur_freq": "1000000000\n",
        "/sys/class/devfreq/gpu-nvd-0/cur_freq": "999000000\n",
        "/usr/bin/tegrastats": TOOL,
        "/usr/bin/nvidia-smi": TOOL,
    }


def aipro() -> Tree:
    """OrangePi AIpro, Ascend 310B4: no thermal zone, an NPU that a tool speaks for."""
    return {
        **proc(4, 15_984_640),
        "/proc/device-tree/model": "Orange Pi AI Pro\0",
        "/proc/device-tree/compatible": "hisilicon,ascend310b\0",
        **policy(0, "0 1 2 3", 1600000, 1600000, 1600000, governor="performance"),
        "/dev/davinci_manager": "",
        "/usr/local/bin/npu-smi": TOOL,
    }


def rk3588() -> Tree:
    """Orange Pi 5 Plus, the vendor's kernel, its NPU's load in debugfs as root sees it."""
    names = ("soc", "bigcore0", "bigcore1", "littlecore", "center", "gpu", "npu")
    tree = {
        **proc(8, 16_000_000),
        "/proc/device-tree/model": "RK3588 OPi 5 Plus\0",
        "/proc/device-tree/compatible": "xunlong,orangepi-5-plus\0rockchip,rk3588\0",
        **policy(0, "0 1 2 3", 1200000, 1800000, 1800000),
        **policy(4, "4 5", 1608000, 2352000, 2352000),
        **policy(6, "6 7", 408000, 2352000, 2352000),
        **cooling(0, "thermal-cpufreq-0"),
        **cooling(1, "thermal-devfreq-0"),
        **chip(0, "pwmfan", pwm1=128),
        "/sys/kernel/debug/rknpu/load": "NPU load:  Core0: 45%, Core1: 32%, Core2:  1%,\n",
        "/sys/class/devfreq/fdab0000.npu/cur_freq": "1000000000\n",
        "/sys/class/devfreq/fdab0000.npu/load": "5@1000000000Hz\n",
        "/sys/class/devfreq/fb000000.gpu/cur_freq": "300000000\n",
        "/sys/class/devfreq/fb000000.gpu/load": "7@300000000Hz\n",
    }
    for n, name in enumerate(names):
        trips = (("passive", 75000), ("passive", 85000), ("critical", 115000)) if name == "soc" else ()
        tree |= zone(n, f"{name}-thermal", 43000 + 100 * n, trips)
    return tree


def rk3566() -> Tree:
    """A small one, as a plain user sees it: debugfs is closed, one NPU core."""
    return {
        **proc(4, 4_000_000),
        "/proc/device-tree/model": "Radxa ROCK 3C\0",
        "/proc/device-tree/compatible": "radxa,rock3c\0rockchip,rk3566\0",
        **policy(0, "0 1 2 3", 1104000, 1104000, 1608000, governor="userspace"),
        **zone(0, "soc-thermal", 51111, (("passive", 70000),)),
        **zone(1, "gpu-thermal", 50000),
        "/sys/class/devfreq/fde40000.npu/cur_freq": "600000000\n",
        "/sys/class/devfreq/fde60000.gpu/load": "100@800000000Hz\n",
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
    "thor": thor,
    "aipro": aipro,
    "rk3588": rk3588,
    "rk3566": rk3566,
}
