"""The models of whisper.cpp that suit a door, as their hub lists them.

Sizes and SHA-256 are those of the hub's large-file pointers, as several public projects that pin them agree; the hub
itself could not be asked when they were written down. A file that differs is refused, so a mistake would be noticed.
"""

from __future__ import annotations

from dataclasses import dataclass

BASE_URL = "https://huggingface.co/ggerganov/whisper.cpp/resolve/main"
"""Where the files are; a mirror has them under the same names."""


@dataclass(frozen=True, slots=True)
class Model:
    """A file to be had."""

    name: str
    """Such as ``base-q5_1``: its size class and how its numbers are rounded. Without the latter it is not rounded."""
    size_bytes: int
    sha256: str
    file: str = ""
    """What its file is called, where that does not follow from its name."""

    @property
    def file_name(self) -> str:
        """Under the base URL, and here."""
        return self.file or f"ggml-{self.name}.bin"


MODELS = {
    model.name: model
    for model in (
        Model("tiny", 77_691_713, "be07e048e1e599ad46341c8d2a135645097a538221678b7acdd1b1919c6e1b21"),
        Model("tiny-q5_1", 32_152_673, "818710568da3ca15689e31a743197b520007872ff9576237bda97bd1b469c3d7"),
        Model("tiny-q8_0", 43_537_433, "c2085835d3f50733e2ff6e4b41ae8a2b8d8110461e18821b09a15c40c42d1cca"),
        Model("base", 147_951_465, "60ed5bc3dd14eea856493d334349b405782ddcaf0028d4b5df4088345fba2efe"),
        Model("base-q5_1", 59_707_625, "422f1ae452ade6f30a004d7e5c6a43195e4433bc370bf23fac9cc591f01a8898"),
        Model("base-q8_0", 81_768_585, "c577b9a86e7e048a0b7eada054f4dd79a56bbfa911fbdacf900ac5b567cbb7d9"),
        Model("small", 487_601_967, "1be3a9b2063867b937e64e2ec7483364a79917e157fa98c5d94b5c1fffea987b"),
        Model("small-q5_1", 190_085_487, "ae85e4a935d7a567bd102fe55afc16bb595bdb618e11b2fc7591bc08120411bb"),
        Model("small-q8_0", 264_464_607, "49c8fb02b65e6049d5fa6c04f81f53b867b5ec9540406812c643f177317f779f"),
    )
}
"""All of them know every language the door speaks."""
