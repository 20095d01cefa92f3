"""Reads that fail in the kernel: the value is missing, nothing else is."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from edgetui.model import NA
from edgetui.probes import greet
from tests.probes.boards import NOW
from tests.probes.files import write
from tests.probes.shells import SHELLS, frames, run
from tests.probes.test_shells import OWN
from tests.probes.trees import orin

SHIM = r"""
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
/* read() fails with E of "PART=E PART=E ..." where PART stands in the file's path; the file FAULTS has that now */
ssize_t read(int fd, void *to, size_t n) {
  char link[64], path[512], all[1024], *word;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t got = syscall(SYS_readlink, link, path, sizeof path - 1), size = 0;
  int faults = open(getenv("FAULTS"), O_RDONLY);
  if (faults >= 0 && got > 0) {
    path[got] = 0;
    size = syscall(SYS_read, faults, all, sizeof all - 1);
    close(faults);
    all[size > 0 ? size : 0] = 0;
    for (word = strtok(all, " "); word; word = strtok(0, " ")) {
      char *is = strchr(word, '=');
      *is = 0;
      if (strstr(path, word)) { errno = atoi(is + 1); return -1; }
    }
  }
  return syscall(SYS_read, fd, to, n);
}
"""
EAGAIN, EIO, EINVAL, ENODATA = 11, 5, 22, 61


@pytest.fixture(scope="module")
def shim(tmp_path_factory):
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed (Debian package gcc)")
    folder = tmp_path_factory.mktemp("shim")
    (folder / "shim.c").write_text(SHIM)
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", "shim.so", "shim.c"], cwd=folder, check=True)
    return str(folder / "shim.so")


def test_failing_reads_are_missing_values_in_every_shell(shim, tmp_path):
    faults = {
        "thermal_zone0/temp": EAGAIN,  # dropped by the scan
        "17000000.gpu/device/load": EIO,
        "oc2_event_cnt": EINVAL,
        "in1_input": ENODATA,
        "proc/loadavg": EIO,
        "cooling_device1/cur_state": EAGAIN,
    }
    (tmp_path / "faults").write_text(" ".join(f"{part}={error}" for part, error in faults.items()))
    env = {"LD_PRELOAD": shim, "FAULTS": str(tmp_path / "faults")}
    root = write(orin(), tmp_path / "board")
    printed = {shell: run(shell, root, b"\n\n", env) for shell in SHELLS}
    assert len({OWN.sub(b"", output) for output in printed.values()}) == 1
    hello, frame, _ = frames(printed["bash"])
    sample = greet(hello).decode(frame, None, {}, NOW).sample
    assert dict(sample.zones)["cpu-thermal"] == NA("could not be read when the probe started")
    assert sample.temperature_c == 48.8
    assert sample.gpu_percent == NA("cannot be read now")
    assert sample.power_w == NA("cannot be read now")
    assert dict(sample.rails)["VDD_SOC"] == 1.43
    assert sample.throttle == NA("cannot be read now")  # one source is silent, none says yes
    assert sample.load_1 == NA("cannot be read now")
