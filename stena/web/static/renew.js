// Reloads the page once a night and after an update, so that a screen may stay on for months.

// In the time zone of the screen.
const NIGHT = 4;
// A reload should not interrupt a sheet that has just arrived; but a busy wall is never quiet.
const QUIET = 60_000;
const LONGEST_DELAY = 15 * 60_000;

const loaded = Date.now();
const files = fileAddresses(document);
let lastArrival = loaded;
let due = 0;

document.addEventListener("arrived", () => {
  lastArrival = Date.now();
});
// The wall has just answered, so a reload will not end on the browser's error page.
document.addEventListener("refreshed", ({ detail: page }) => {
  const now = Date.now();
  due = fileAddresses(page) !== files || nightSince(loaded) ? due || now : 0;
  if (due && (now - lastArrival > QUIET || now - due > LONGEST_DELAY)) location.reload();
});

// The addresses contain digests, so they differ after an update.
function fileAddresses(page) {
  return [...page.querySelectorAll("link[href], script[src]")]
    .map((one) => one.getAttribute("href") ?? one.getAttribute("src"))
    .join();
}

function nightSince(moment) {
  const night = new Date();
  night.setHours(NIGHT, 0, 0, 0);
  return moment < night && night <= Date.now();
}
