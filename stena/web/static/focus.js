// Keeps the focus when what has it is drawn anew or taken away: else the keyboard begins at the top of the page again.

// What has the focus, its card, and how to find it in another drawing of the card.
let held = null;

document.addEventListener("focusin", ({ target }) => {
  held = { target, id: target.closest("article")?.id, control: control(target) };
});
document.addEventListener("focusout", ({ target }) => {
  // Not if it leaves the page, which browsers do after this event: then it is to be found again.
  queueMicrotask(() => {
    if (held?.target === target && target.isConnected) held = null;
  });
});
new MutationObserver(restore).observe(document.body, { childList: true, subtree: true });

function restore(records) {
  if (!held || document.activeElement !== document.body) return;
  const { id, target } = held;
  if (target.isConnected) {
    // It was moved with its card.
    target.focus({ preventScroll: true });
    return;
  }
  const article = id && document.getElementById(id);
  const place = article ? within(article) : nextTo(records.reverse().find((one) => holds(one, target)));
  place?.focus({ preventScroll: true });
}

function within(article) {
  const found = held.control && article.querySelector(`:scope > ${held.control}`);
  return found?.offsetWidth ? found : article.querySelector("header a");
}

// The card after the one that is gone, else the one before, else the list.
function nextTo(record) {
  if (!record) return null;
  const { nextSibling, previousSibling, target } = record;
  for (let one = nextSibling; one; one = one.nextSibling) if (one.matches?.("article")) return one.querySelector("header a");
  for (let one = previousSibling; one; one = one.previousSibling) {
    if (one.matches?.("article")) return one.querySelector("header a");
  }
  return target.closest("article")?.querySelector("header a") ?? document.getElementById("messages");
}

function holds({ removedNodes }, target) {
  return [...removedNodes].some((one) => one.contains(target));
}

function control(element) {
  const part = element.closest("article > :is(header, footer, .all)");
  if (!part) return "";
  const place = part.matches(".all") ? ".all" : part.localName;
  if (element.matches("button[value]")) return `${place} [value="${element.value}"]`;
  return `${place} ${element.classList.length ? `.${element.classList[0]}` : element.localName}`;
}
