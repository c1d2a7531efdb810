// A key of this browser's own, so that a message sent and never answered is still its author's.

const YEAR = 365 * 24 * 60 * 60;
// On another site's page the browser keeps cookies apart for that site, and only over https.
const framed = document.body.classList.contains("framed");

export function chance(bytes) {
  const numbers = crypto.getRandomValues(new Uint8Array(bytes));
  return [...numbers].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// One that the wall has set already is out of a script's reach, and stays; one that a script has
// set was sent, perhaps, with something whose answer was lost.
export function haveKey() {
  if (new RegExp(`(?:^|; )${named("key")}=`).test(document.cookie)) return;
  const place = framed ? "/embed" : "/";
  const secure = location.protocol === "https:" ? "; Secure" : "";
  const site = framed && secure ? "SameSite=None; Partitioned" : "SameSite=Lax";
  document.cookie = `${named("key")}=${chance(18)}; Max-Age=${YEAR}; Path=${place}; ${site}${secure}`;
}

export function named(cookie) {
  return framed ? `frame-${cookie}` : cookie;
}
