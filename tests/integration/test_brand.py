"""The pictures of the brand, as Home Assistant, the Marketplace and the app store want them."""

from pathlib import Path

from PIL import Image
import pytest

from custom_components.voice_processor import const

BRAND = Path(const.__file__).parent / "brand"
APP = Path(const.__file__).parents[2] / "addon"
SIZES = {
    BRAND / f"{prefix}{name}": size
    for prefix in ("", "dark_")
    for name, size in {
        "icon.png": (256, 256),
        "icon@2x.png": (512, 512),
        "logo.png": (320, 128),
        "logo@2x.png": (640, 256),
    }.items()
} | {APP / "icon.png": (128, 128), APP / "logo.png": (250, 100)}


def test_every_picture_is_there() -> None:
    """And no other, which nobody would show."""
    assert {*BRAND.iterdir(), *APP.glob("*.png")} == set(SIZES)


@pytest.mark.parametrize(("path", "size"), SIZES.items(), ids=lambda value: getattr(value, "name", None))
def test_picture(path: Path, size: tuple[int, int]) -> None:
    """A transparent PNG of the right size, with nothing empty around, and light enough to load at once."""
    picture = Image.open(path)
    assert (picture.format, picture.mode, picture.size) == ("PNG", "RGBA", size)
    alpha = picture.getchannel("A")
    assert alpha.getextrema() == (0, 255)
    assert alpha.getbbox() == (0, 0, *size)
    assert path.stat().st_size < 100_000


@pytest.mark.parametrize("name", ["icon", "logo"])
def test_dark_pictures_are_lighter(name: str) -> None:
    """On dark ground nothing disappears."""

    def lightness(prefix: str) -> float:
        picture = Image.open(BRAND / f"{prefix}{name}.png")
        pixels = [sum(colours) for *colours, alpha in picture.get_flattened_data() if alpha == 255]
        return sum(pixels) / len(pixels)

    assert lightness("dark_") > lightness("")
