// A key of this browser's own, so that a message sent and never answered is still its author's.

const YEAR = 365 * 24 * 60 * 60;

export function chance(bytes) {
  const numbers = crypto.getRandomValues(new Uint8Array(bytes));
  return [...numbers].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// One that the wall has set already is out of a script's reach, and stays.
export function haveKey() {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `key=${chance(18)}; Max-Age=${YEAR}; Path=/; SameSite=Lax${secure}`;
}
