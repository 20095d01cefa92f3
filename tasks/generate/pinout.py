"""The pinout of a microcontroller board that does not exist, in the manner of a maker's data sheet."""

from __future__ import annotations

from PIL import Image, ImageDraw

from tasks.generate.canvas import Colour, font, solid

SIZE = (2000, 1100)
POWER, GROUND, GPIO, ANALOG, I2C, SPI, UART, CONTROL = (
    (206, 52, 46),
    (52, 54, 58),
    (58, 132, 72),
    (196, 138, 24),
    (44, 108, 190),
    (150, 76, 168),
    (22, 146, 152),
    (128, 120, 112),
)
Pin = tuple[str, tuple[str, ...]]
LEFT: tuple[Pin, ...] = (
    ("3V3", ("3.3 V out",)),
    ("RST", ("reset",)),
    ("P0", ("ADC0",)),
    ("P1", ("ADC1",)),
    ("P2", ("ADC2",)),
    ("P3", ("ADC3",)),
    ("P4", ("SDA", "I2C")),
    ("P5", ("SCL", "I2C")),
    ("P6", ()),
    ("P7", ()),
    ("P8", ()),
    ("GND", ("ground",)),
)
RIGHT: tuple[Pin, ...] = (
    ("5V", ("5 V in",)),
    ("GND", ("ground",)),
    ("P20", ("TX", "UART")),
    ("P19", ("RX", "UART")),
    ("P18", ("MISO", "SPI")),
    ("P17", ("MOSI", "SPI")),
    ("P16", ("SCK", "SPI")),
    ("P15", ("CS", "SPI")),
    ("P14", ("PWM",)),
    ("P13", ("PWM",)),
    ("P12", ("LED",)),
    ("GND", ("ground",)),
)
OTHERS: dict[str, tuple[tuple[Pin, ...], tuple[Pin, ...]]] = {
    "heron": (
        (LEFT[0], LEFT[1], LEFT[2], LEFT[3], LEFT[6], LEFT[7], LEFT[11]),
        (RIGHT[0], RIGHT[1], RIGHT[2], RIGHT[3], RIGHT[8], RIGHT[9], RIGHT[11]),
    ),
    "osprey": (
        (LEFT[0], LEFT[1], LEFT[8], LEFT[9], LEFT[10], LEFT[11]),
        (RIGHT[0], *RIGHT[4:8], RIGHT[11]),
    ),
    "wren": ((LEFT[0], LEFT[2], LEFT[11]), (RIGHT[0], RIGHT[2], RIGHT[11])),
}
"""Boards with fewer pins, left and right; drawn at half the size."""
BOARD = (760, 150, 1240, 1040)
FIRST_PIN, PITCH = 232, 66
LEGEND = (
    ("power", POWER),
    ("ground", GROUND),
    ("GPIO", GPIO),
    ("analog", ANALOG),
    ("I2C", I2C),
    ("SPI", SPI),
    ("UART", UART),
    ("control", CONTROL),
)


def draw(name: str = "kestrel") -> Image.Image:
    """The picture of the board of this name."""
    left, right = OTHERS.get(name, (LEFT, RIGHT))
    sheet = Image.new("RGB", SIZE, (250, 250, 248))
    pen = ImageDraw.Draw(sheet)
    title = f"{name.title()} M1 microcontroller board: pinout"
    pen.text((SIZE[0] / 2, 62), title, font=font(52), fill=(30, 32, 36), anchor="mm")
    _board(sheet, name)
    for side, pins in ((-1, left), (1, right)):
        for row, (label, roles) in enumerate(pins):
            _pin(pen, side, FIRST_PIN + row * PITCH, label, roles)
    for row, (what, colour) in enumerate(LEGEND):
        y = 560 + row * 62
        pen.rounded_rectangle((60, y, 104, y + 34), 8, fill=colour)
        pen.text((122, y + 17), what, font=font(30), fill=(40, 42, 46), anchor="lm")
    return sheet if name not in OTHERS else sheet.resize((SIZE[0] // 2, SIZE[1] // 2), Image.Resampling.LANCZOS)


def _board(sheet: Image.Image, name: str) -> None:
    left, top, right, bottom = BOARD
    middle = (left + right) // 2
    _block(sheet, (left, top, right, bottom), 26, (24, 78, 92), 10)
    _block(sheet, (middle - 74, top - 34, middle + 74, top + 78), 12, (176, 180, 186), 8)
    pen = ImageDraw.Draw(sheet)
    pen.text((middle, top + 100), "USB-C", font=font(26), fill=(226, 236, 238), anchor="mm")
    _block(sheet, (middle - 108, 478, middle + 108, 694), 10, (36, 38, 42), 8)
    pen.ellipse((middle - 90, 496, middle - 70, 516), fill=(96, 98, 104))
    pen.text((middle, 566), name.upper(), font=font(36), fill=(208, 210, 214), anchor="mm")
    pen.text((middle, 614), "M1-48", font=font(32), fill=(208, 210, 214), anchor="mm")
    for x, what in ((middle - 78, "BOOT"), (middle + 78, "RESET")):
        _block(sheet, (x - 34, 822, x + 34, 890), 8, (190, 192, 196), 6)
        pen.ellipse((x - 18, 838, x + 18, 874), fill=(44, 46, 50))
        pen.text((x, 916), what, font=font(24), fill=(226, 236, 238), anchor="mm")
    _block(sheet, (middle - 70, 330, middle - 20, 372), 4, (206, 206, 208), 4)
    pen.text((middle + 26, 351), "16 MHz", font=font(24), fill=(226, 236, 238), anchor="lm")
    pen.ellipse((middle - 12, 756, middle + 12, 780), fill=(88, 226, 110))
    pen.text((middle + 24, 768), "LED", font=font(24), fill=(226, 236, 238), anchor="lm")


def _block(sheet: Image.Image, box: tuple[int, int, int, int], corner: int, colour: Colour, depth: float) -> None:
    mask = Image.new("L", sheet.size)
    ImageDraw.Draw(mask).rounded_rectangle(box, corner, fill=255)
    solid(sheet, mask, colour, depth)


def _pin(pen: ImageDraw.ImageDraw, side: int, y: int, name: str, roles: tuple[str, ...]) -> None:
    """A gilded hole at the board's edge, a line, and the labels outwards."""
    edge = BOARD[0] if side < 0 else BOARD[2]
    hole = edge - side * 30
    pen.ellipse((hole - 19, y - 19, hole + 19, y + 19), fill=(214, 176, 72))
    pen.ellipse((hole - 9, y - 9, hole + 9, y + 9), fill=(40, 42, 44))
    pen.text((hole - side * 30, y), name, font=font(24), fill=(226, 236, 238), anchor="lm" if side < 0 else "rm")
    pen.line((hole + side * 20, y, edge + side * 60, y), fill=(90, 92, 96), width=4)
    near = edge + side * 60
    for text in (name, *roles):
        width = 150 if text != name else 110
        far = near + side * width
        pen.rounded_rectangle((min(near, far), y - 24, max(near, far), y + 24), 10, fill=_colour(text, name))
        pen.text(((near + far) / 2, y), text, font=font(30), fill=(255, 255, 255), anchor="mm")
        near = far + side * 14


def _colour(text: str, name: str) -> Colour:
    if name in ("3V3", "5V"):
        return POWER
    if name == "GND":
        return GROUND
    if text == name:
        return CONTROL if name == "RST" else GPIO
    buses = {"ADC": ANALOG, "SDA": I2C, "SCL": I2C, "I2C": I2C, "TX": UART, "RX": UART, "UART": UART}
    buses |= {"MISO": SPI, "MOSI": SPI, "SCK": SPI, "CS": SPI, "SPI": SPI}
    return buses.get(text.rstrip("0123"), CONTROL) if text != "I2C" else I2C
