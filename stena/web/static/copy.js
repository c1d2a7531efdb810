// Copies the private link.

document.addEventListener("shown", offer);
document.addEventListener("click", async (event) => {
  const button = event.target.closest("#kept button");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(document.querySelector("#kept a").href);
    button.textContent = button.dataset.done;
  } catch {
    // The link itself can still be copied by hand.
    button.hidden = true;
  }
});
offer();

function offer() {
  const button = document.querySelector("#kept button");
  if (button && navigator.clipboard) button.hidden = false;
}
