// Keeps the screen on, where the browser lets a page do so.

document.addEventListener("visibilitychange", stay);
stay();

async function stay() {
  if (document.hidden) return;
  try {
    await navigator.wakeLock?.request("screen");
  } catch {
    // The machine saves its battery; its own settings decide then.
  }
}
