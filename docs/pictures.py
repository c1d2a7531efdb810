"""`make pictures` draws the icons of the wall, and the picture of a link to it."""  # noqa: INP001 -- a script

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser import chromium

STATIC = Path(__file__).parent.parent / "stena/web/static"
# The colours of the page, in light.
COLOURS = STATIC.joinpath("wall.css").read_text().partition("}")[0] + "}"
ICON = STATIC.joinpath("icon.svg").read_text()
# As a preview is shown. It has no words, so it is the same in each language.
SHARE = (1200, 630)
SCENE = """
<style>
  COLOURS
  body { margin: 0; width: 1200px; height: 630px; overflow: hidden; position: relative; background:
    linear-gradient(to bottom, transparent 58%, var(--plaster) 96%),
    linear-gradient(155deg, var(--sun), var(--apricot) 48%, var(--coral)); }
  .sheet { position: absolute; box-sizing: border-box; padding: 44px 48px; border-radius: 28px;
    background: var(--plaster); box-shadow: 0 18px 44px rgb(88 32 12 / 20%); }
  .sheet i { display: block; height: 16px; margin-bottom: 22px; border-radius: 8px;
    background: var(--line); }
  .by { display: flex; align-items: center; gap: 16px; margin-bottom: 30px; }
  .by b { width: 26px; height: 26px; border-radius: 50%; }
  .by i { width: 130px; height: 14px; margin: 0; background: var(--ink-soft); opacity: 0.55; }
  .front { background: var(--paper); }
  .front i { background: var(--ink); opacity: 0.82; }
  .front .by i { background: var(--ink-soft); opacity: 0.7; }
  .press { position: absolute; right: 44px; bottom: 40px; width: 168px; height: 56px;
    border-radius: 16px; background: var(--ember); }
</style>
<div class="sheet" style="left: 96px; top: 176px; width: 400px; height: 300px; rotate: -5deg">
  <div class="by"><b style="background: #4aa3a1"></b><i></i></div>
  <i style="width: 92%"></i><i style="width: 70%"></i><i style="width: 84%"></i>
</div>
<div class="sheet" style="left: 716px; top: 132px; width: 390px; height: 290px; rotate: 5deg">
  <div class="by"><b style="background: #7d6bd6"></b><i></i></div>
  <i style="width: 88%"></i><i style="width: 94%"></i><i style="width: 52%"></i>
</div>
<div class="sheet front"
     style="left: 318px; top: 138px; width: 560px; height: 382px; rotate: -1deg">
  <div class="by"><b style="background: var(--coral)"></b><i></i></div>
  <i style="width: 96%"></i><i style="width: 88%"></i><i style="width: 61%"></i>
  <div class="press"></div>
</div>
"""


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.executable(), args=chromium.OPTIONS
        )
        page = browser.new_page(viewport={"width": SHARE[0], "height": SHARE[1]})
        page.set_content(SCENE.replace("COLOURS", COLOURS))
        page.screenshot(path=STATIC / "share.jpg", type="jpeg", quality=82)
        # Where it is put on a phone's screen, the phone rounds the corners.
        square = re.sub(r' rx="\d+"', "", ICON)
        for name, size, icon in (("icon-32.png", 32, ICON), ("icon-180.png", 180, square)):
            page.set_viewport_size({"width": size, "height": size})
            page.set_content(f"<style>body {{ margin: 0 }} svg {{ display: block }}</style>{icon}")
            page.screenshot(path=STATIC / name, omit_background=True)
        browser.close()


if __name__ == "__main__":
    main()
