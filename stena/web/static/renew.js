// Loads the page anew once a night and after an update, so that a screen may stay on for months.

// By the screen's own clock.
const NIGHT = 4;
// Nobody is looking at a sheet that has just come; but a busy wall is never quiet.
const QUIET = 60_000;
const PATIENCE = 15 * 60_000;

const begun = Date.now();
const files = made(document);
let busy = begun;
let due = 0;

document.addEventListener("arrived", () => (busy = Date.now()));
// The wall has just answered, so it will answer again: no screen is left with a browser's error.
document.addEventListener("looked", ({ detail: page }) => {
  const now = Date.now();
  due = made(page) !== files || nightSince(begun) ? due || now : 0;
  if (due && (now - busy > QUIET || now - due > PATIENCE)) location.reload();
});

// The addresses of its files have digests in them: another program has others.
function made(page) {
  return [...page.querySelectorAll("link[href], script[src]")]
    .map((one) => one.getAttribute("href") ?? one.getAttribute("src"))
    .join();
}

function nightSince(moment) {
  const night = new Date();
  night.setHours(NIGHT, 0, 0, 0);
  return moment < night && night <= Date.now();
}
