"""The icons that a phone or a desktop wants as PNG, drawn from static/icon.svg by Chromium.

.venv/bin/python tools/icons.py
"""

import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

STATIC = Path(__file__).parents[1] / "static"
# A platform may cut a maskable icon down to a circle of 80 % of its width (W3C, Web App Manifest).
SAFE = 0.8
ICONS = (("icon-192.png", 192, False), ("icon-512.png", 512, False))
MASKABLE = (("icon-maskable-512.png", 512, True),)


def drawn(svg: str, size: int, maskable: bool) -> str:
    """A page with nothing but the icon; a maskable one fills the square with its own ground."""
    ground = "#14202e" if maskable else "transparent"
    width = size * SAFE if maskable else size
    return (
        f"<body style='margin:0;display:grid;place-items:center;height:{size}px;"
        f"background:{ground}'><div style='width:{width}px;height:{width}px'>{svg}</div>"
    )


def main() -> None:
    """Write them anew."""
    svg = (STATIC / "icon.svg").read_text(encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--headless", "--no-sandbox"]
        )
        for name, size, maskable in (*ICONS, *MASKABLE):
            page = browser.new_page(viewport={"width": size, "height": size})
            page.set_content(drawn(svg, size, maskable))
            page.screenshot(path=STATIC / name, omit_background=True)
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
