// Loads the scripts that only a press needs, so that the first visit is light: when somebody begins to use the page, or at
// the latest with the press. Also those for what few pages have.

import { cookie } from "./key.js";

const NEEDED = [
  ["#messages :is(.answer, .folded a)", () => import("./unfold.js")],
  [".earlier a", () => import("./earlier.js")],
  ["a.mine", () => import("./edit.js")],
];
// When the page has something that needs them.
const FOUND = [
  [() => document.querySelector("[data-copies]"), () => import("./copy.js")],
  [() => document.querySelector(".long"), () => import("./long.js")],
  [() => document.getElementById("messages") && cookie("mine"), () => import("./mine.js")],
];
const FIRST = ["pointerdown", "keydown", "scroll"];

document.addEventListener("click", press);
for (const kind of ["shown", "more"]) document.addEventListener(kind, loadFound);
for (const kind of FIRST) document.addEventListener(kind, loadAll, { passive: true });
loadFound();

function press(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  for (const [selector, load] of NEEDED) {
    const link = event.target.closest(selector);
    if (!link) continue;
    event.preventDefault();
    if (link.getAttribute("aria-busy") === "true") return;
    // The link's own page does the same without scripts.
    link.setAttribute("aria-busy", "true");
    load()
      .finally(() => link.removeAttribute("aria-busy"))
      .then(
        ({ open }) => open(link, event.detail > 1),
        // Not to the browser's own page with an error.
        () => (navigator.onLine ? location.assign(link.href) : document.dispatchEvent(new Event("unreachable"))),
      );
  }
}

function loadAll() {
  for (const kind of FIRST) document.removeEventListener(kind, loadAll);
  for (const [, load] of NEEDED) load().catch(leave);
}

function loadFound() {
  for (const [find, load] of FOUND) if (find()) load().catch(leave);
}

function leave() {
  // There is no connection. What was to be pressed tries again.
}
