"""The grammar of frames: whatever the bytes and however they are split."""

from __future__ import annotations

import random
import time

import pytest

from edgetui.probes import Frame, FrameReader

ONE = b"@tok 1 12.50 s\ncpu  1 2 3\nk0=47000\n.tok 1 2\n"
TWO = b"@tok 2 13.50 \nk0=48000\n.tok 2 1\n"
FRAMES = [Frame(1, "12.50", "s", ("cpu  1 2 3", "k0=47000")), Frame(2, "13.50", "", ("k0=48000",))]


def read(*chunks: bytes) -> tuple[list[Frame], FrameReader]:
    reader = FrameReader("tok")
    return [frame for chunk in chunks for frame in reader.feed(chunk)], reader


def test_any_split_gives_the_same_frames():
    data = b"Welcome!\n" + ONE + TWO
    for cut in range(len(data) + 1):
        assert read(data[:cut], data[cut:])[0] == FRAMES
    assert read(*(bytes([b]) for b in data))[0] == FRAMES


@pytest.mark.parametrize(
    "torn",
    [
        b"@tok 1 12.50 \nk0=1\n.tok 1 2\n",  # a line is missing
        b"@tok 1 12.50 \nk0=1\nk1=2\n.tok 1 1\n",  # a line too many
        b"@tok 1 12.50 \nk0=1\n.tok 2 1\n",  # ends as another
        b"@tok 1 12.50 \nk0=1\n",  # never ends
        b"@tok 1 12.50 \nk0=1\n.tok 1 1 2\n",
        b"@tok 1 12.50 \nk0=" + b"1" * 5000 + b"\n.tok 1 1\n",  # a line of more than 4 kB
        b"@tok 1 12.50 \n" + b"k0=1234567\n" * 7000 + b".tok 1 7000\n",  # more than 64 kB
        b"@tok 1 12.50 \n" + b"\x00\xff" * 500_000 + b"\n.tok 1 1\n",
    ],
)
def test_torn_frame_is_counted_and_the_next_one_read(torn):
    for chunks in ([torn + TWO], [torn[i : i + 1000] for i in range(0, len(torn), 1000)] + [TWO]):
        frames, reader = read(*chunks)
        assert frames == FRAMES[1:]
        assert reader.torn == 1


def test_cut_anywhere_the_frame_is_gone_and_the_next_one_whole():
    for cut in range(len(ONE)):
        frames, _ = read(ONE[:cut], TWO)
        assert frames == FRAMES[1:]
        frames, _ = read(ONE[cut:], TWO)
        assert frames in (FRAMES[1:], FRAMES)  # whole only where nothing was cut off
        assert (frames == FRAMES) == (cut == 0)


def test_frame_of_another_token_is_noise():
    frames, reader = read(ONE.replace(b"tok", b"kot"), TWO)
    assert frames == FRAMES[1:]
    assert reader.torn == 0
    assert reader.noise == ("@kot 1 12.50 s", "cpu 1 2 3", "k0=47000", ".kot 1 2")


def test_noise_without_a_line_end_before_our_begin():
    frames, reader = read(b"Last login: today " + ONE)
    assert frames == FRAMES[:1]
    assert reader.noise == ("Last login: today",)
    frames, _ = read(b"x" * 10_000, ONE)
    assert frames == FRAMES[:1]


def test_noise_is_the_last_twenty_lines_made_harmless():
    _, reader = read(*(b"\x1b[31mline %d\x07\r\n" % n for n in range(100)))
    assert reader.noise[0] == "[31mline 80"
    assert len(reader.noise) == 20


def test_a_megabyte_of_garbage_costs_linear_time():
    garbage = random.Random(7).randbytes(1 << 20)
    reader = FrameReader("tok")
    start = time.process_time()
    for i in range(0, len(garbage), 7):
        reader.feed(garbage[i : i + 7])
    assert reader.feed(b"\n" + ONE) == FRAMES[:1]
    assert time.process_time() - start < 5  # 0.1 s; quadratic work would take minutes


def test_broken_utf8_is_replaced_not_raised():
    frames, _ = read(b"@tok 1 1.0 \nk0=\xff\xc3\n.tok 1 1\n")
    assert frames == [Frame(1, "1.0", "", ("k0=\ufffd\ufffd",))]
