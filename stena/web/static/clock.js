// The time of the wall, whose messages have it. The clock of the device may be wrong by minutes or by a day.

const KEY = "clock";
let isKnown = false;
let ahead = stored();

export function now() {
  return Date.now() + ahead;
}

// Once a page: what comes later may have been on its way for longer.
export function learn(time) {
  if (isKnown) return;
  isKnown = true;
  ahead = time - Date.now();
  try {
    sessionStorage.setItem(KEY, ahead);
  } catch {
    // Storage is forbidden; then a page without a stream shows what the device says.
  }
  document.dispatchEvent(new Event("clock"));
}

function stored() {
  try {
    return Number(sessionStorage.getItem(KEY));
  } catch {
    return 0;
  }
}
