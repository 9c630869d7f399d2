"""Images are known by their headers, which are read strictly and never for long."""

import struct

import pytest

from spatial_agent.errors import KernelError
from spatial_agent.kernel.images import media_type
from tests.kernel.made_images import frame_header, header, jpeg, picture, png


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (picture(), "image/png"),
        (picture("JPEG"), "image/jpeg"),
        (picture("JPEG", progressive=True), "image/jpeg"),
        (jpeg((0xE0, bytes(20)), frame_header(8, 6), fill=b"\xff\xff"), "image/jpeg"),
        (png(1, 1, 16, 6), "image/png"),
    ],
)
def test_images_are_known_by_their_headers(data: bytes, kind: str) -> None:
    assert media_type(data) == kind


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not an image",
        png(0, 5),
        png(5, 0),
        png(2**31, 1),
        png(5, 5, depth=3),
        png(5, 5, depth=16, colour=3),
        png(5, 5)[:32] + b"\x00" + png(5, 5)[33:],
        png(5, 5)[:20],
        png(5, 5)[:33],
        png(5, 5)[:33] + header(12_000, 12_000) + b"\0\0\0\0IDAT",
        jpeg(frame_header(8, 6), frame_header(12_000, 12_000)),
        jpeg(frame_header(8, 6), (0xDC, b"\xff\xff")),
        picture()[:8] + b"\x00\x00\x00\x0dIDAT" + picture()[16:],
        jpeg(frame_header(0, 6)),
        jpeg(frame_header(6, 0)),
        jpeg(frame_header(6, 6, parts=0)),
        jpeg((0xC0, struct.pack(">BHHB", 8, 6, 6, 3) + bytes(3))),
        jpeg((0xE0, b""), (0xDA, bytes(10)), frame_header(8, 6)),
        jpeg(*[(0xE1, b"")] * 5000, frame_header(8, 6)),
        b"\xff\xd8" + b"\xff" * 1000,
        b"\xff\xd8\xff\xe0\x00\x00" + bytes(100),
        b"\xff\xd8\xff\xe0\xff\xff" + bytes(100),
        b"\xff\xd8\xff\xd8\xff\xd8" + bytes(100),
    ],
)
def test_what_has_no_lawful_header_is_no_image(data: bytes) -> None:
    with pytest.raises(KernelError, match="neither PNG nor JPEG"):
        media_type(data)
