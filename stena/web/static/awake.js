// Keeps the screen on, if the browser permits it.

document.addEventListener("visibilitychange", keepOn);
keepOn();

async function keepOn() {
  if (document.hidden) return;
  try {
    await navigator.wakeLock?.request("screen");
  } catch {
    // The device saves its battery; its own settings decide then.
  }
}
