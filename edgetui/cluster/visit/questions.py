"""What a board is asked while somebody looks at it: quick questions at every round, dear ones less often."""

from __future__ import annotations

from collections.abc import Mapping

from edgetui.cluster.asking import LISTENERS

QUICK: Mapping[str, str] = {
    "now": ("cat /proc/uptime /proc/meminfo /proc/net/dev; grep -s -e '^pswpin ' -e '^pswpout ' /proc/vmstat")
}
"""Four files at once: each question costs a board four forks."""
DEAR: Mapping[str, str] = {
    "page": "getconf PAGESIZE",
    "df": "df -Pk / $MOUNTS",
    "mounts": "cat /proc/self/mountinfo",
    "drives": "grep -Hs . /sys/block/*/device/type /sys/block/*/device/model",
    "links": "grep -Hs . /sys/class/net/*/speed /sys/class/net/*/operstate",
    "wireless": "cat /proc/net/wireless",
    "addresses": "ip -o addr show",
    "listeners": LISTENERS,
    "ours": 'grep -hs -e "^$SESSION " -e ") [A-Z] $SESSION " /proc/[0-9]*/stat',
    "governors": (
        "grep -Hs . /sys/devices/system/cpu/cpufreq/policy*/scaling_governor"
        " /sys/devices/system/cpu/cpufreq/policy*/scaling_available_governors"
    ),
    "modes": "grep -s '^< *POWER_MODEL' /etc/nvpmodel.conf",
    "mode": "cat /var/lib/nvpmodel/status",
    "kills": "journalctl -k --no-pager -o short-iso -n 6 -g 'out of memory|oom-kill|killed process'",
    "dmesg": "dmesg | grep -i -e 'out of memory' -e 'oom-kill' -e 'killed process' | tail -n 6",
    "log": "journalctl -u ollama --no-pager -o short-iso -n 12",
}
"""Forks and logs: tens of ms of a board's CPU."""

PRELUDE = (
    # real devices only: df waits for ever on a network file system that is gone
    'MOUNTS=; while read -r d m o; do case $d$m in /dev/loop*|*\\\\*) ;; /dev/*) MOUNTS="$MOUNTS $m"; esac;'
    " done </proc/mounts; export MOUNTS"
    # the process that all our programs on this connection are children of: up from here, past shells
    '; SESSION=$PPID; while read -r a b c p o <"/proc/$SESSION/stat" && case $b in'
    ' "(sh)"|"(dash)"|"(ash)"|"(bash)"|"(busybox)"|"(setsid)") ;; *) false; esac; do SESSION=$p; done'
    "; export SESSION"
)
CLOCK = "date +%s.%N"
"""Asked alone, so that little lies between question and answer; busybox knows no ``%N``."""
