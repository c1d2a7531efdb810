// Long texts, of which a card shows the first lines. They open and close without this script.

document.addEventListener("toggle", bringBack, true);
document.addEventListener("keydown", close);
// A search in the page, or a selection, has scrolled inside a text that is cut: shows it whole.
document.addEventListener("scroll", ({ target }) => target.scrollTop > 0 && open(target), true);

// The text that was read may have been long, and its card is far above now.
function bringBack({ target }) {
  if (target.matches(".all:not([open])") && target.contains(document.activeElement)) {
    target.scrollIntoView({ block: "nearest" });
  }
}

function close({ key, target }) {
  const all = key === "Escape" && target.closest(".all");
  if (all) all.open = false;
}

function open(words) {
  if (!words.matches?.(".long > .words")) return;
  words.parentElement.querySelector(":scope > .all").open = true;
  words.scrollTop = 0;
}
