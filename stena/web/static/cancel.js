// The button that closes what was opened in a card.

export function cancelButton(close) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet";
  button.textContent = document.getElementById("messages").dataset.cancel;
  button.addEventListener("click", close);
  return button;
}
