// A button that copies what it names: the address of a link, or the words of anything else.

document.addEventListener("shown", offer);
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copies]");
  if (button) copy(button);
});
offer();

async function copy(button) {
  const original = document.getElementById(button.dataset.copies);
  try {
    await navigator.clipboard.writeText(original.href ?? original.textContent);
    button.textContent = button.dataset.done;
  } catch {
    // What is there can still be copied by hand.
    button.hidden = true;
  }
}

// Browsers let only pages that came encrypted, or from one's own machine, write there.
function offer() {
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll("[data-copies]")) button.hidden = false;
}
