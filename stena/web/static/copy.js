// Buttons that copy: the address of a link, or the text of any other element.

document.addEventListener("shown", showButtons);
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copies]");
  if (button) copy(button);
});
showButtons();

async function copy(button) {
  const original = document.getElementById(button.dataset.copies);
  try {
    await navigator.clipboard.writeText(original.href ?? original.textContent);
    button.textContent = button.dataset.done;
  } catch {
    // The text can still be selected and copied. A button that is hidden loses the focus.
    if (!original.href) original.tabIndex = -1;
    original.focus();
    button.hidden = true;
  }
}

// Browsers give only secure pages (https or localhost) a clipboard.
function showButtons() {
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll("[data-copies]")) button.hidden = false;
}
