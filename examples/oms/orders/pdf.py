"""As much of PDF as an invoice needs: pages of text in two weights, and lines."""

from tempfile import TemporaryFile
from typing import BinaryIO

A4 = "[0 0 595 842]"
FONTS = ("Helvetica", "Helvetica-Bold")


class Pdf:
    def __init__(self, title: str):
        self.title = title
        self.pages: list[list[bytes]] = []
        self.add_page()

    def add_page(self) -> None:
        self.pages.append([])

    def text(self, x: float, y: float, text: str, size: float = 10, bold: bool = False) -> None:
        """Text from (x, y), counted in points from the lower left corner."""
        font = b"F2" if bold else b"F1"
        self.pages[-1].append(b"BT /%s %.1f Tf %.1f %.1f Td (%s) Tj ET" % (font, size, x, y, _escaped(text)))

    def text_right(self, x: float, y: float, text: str, size: float = 10, bold: bool = False) -> None:
        """Text that ends at x. Exact for what one aligns: every digit of Helvetica is 0.556 wide."""
        narrow = sum(text.count(character) for character in ",. -")
        self.text(x - (0.556 * (len(text) - narrow) + 0.278 * narrow) * size, y, text, size, bold)

    def line(self, x1: float, y1: float, x2: float, y2: float) -> None:
        self.pages[-1].append(b"0.5 w %.1f %.1f m %.1f %.1f l S" % (x1, y1, x2, y2))

    def file(self) -> BinaryIO:
        """The document, as a real file without a name: a server can send one without reading it."""
        kids = " ".join(f"{2 * index + 6} 0 R" for index in range(len(self.pages)))
        objects = [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            f"<< /Type /Pages /Kids [{kids}] /Count {len(self.pages)} /MediaBox {A4} >>".encode(),
            *(
                f"<< /Type /Font /Subtype /Type1 /BaseFont /{font} /Encoding /WinAnsiEncoding >>".encode()
                for font in FONTS
            ),
            b"<< /Title (%s) >>" % _escaped(self.title),
        ]
        for index, page in enumerate(self.pages):
            content = b"\n".join(page)
            resources = b"<< /Font << /F1 3 0 R /F2 4 0 R >> >>"
            objects.append(
                b"<< /Type /Page /Parent 2 0 R /Resources %s /Contents %d 0 R >>" % (resources, 2 * index + 7)
            )
            objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))

        file = TemporaryFile()
        file.write(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
        offsets = []
        for number, body in enumerate(objects, start=1):
            offsets.append(file.tell())
            file.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
        start = file.tell()
        file.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
        file.writelines(b"%010d 00000 n \n" % offset for offset in offsets)
        file.write(b"trailer\n<< /Size %d /Root 1 0 R /Info 5 0 R >>\n" % (len(objects) + 1))
        file.write(b"startxref\n%d\n%%%%EOF\n" % start)
        file.seek(0)
        return file


def _escaped(text: str) -> bytes:
    """For a PDF string in the fonts' encoding, which has no more than Western European letters."""
    raw = text.encode("cp1252", "replace")
    return raw.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)").replace(b"\n", b" ")
