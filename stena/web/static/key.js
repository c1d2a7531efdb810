// This browser's key. It identifies the author even if the answer to the post is lost.

const YEAR = 365 * 24 * 60 * 60;
// The path of the wall, / for a whole site: this file is in a folder right below it.
export const base = new URL("..", import.meta.url).pathname;
// In a frame on another site, cookies are partitioned by that site, and work only over https.
const framed = document.body.classList.contains("framed");
// Only where no cookie is kept.
let own = "";

export function randomHex(bytes) {
  const numbers = crypto.getRandomValues(new Uint8Array(bytes));
  return [...numbers].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// A key that the server has set is HttpOnly, so this cannot overwrite it. A key that a script has
// set stays, since it may have been sent with a post whose answer was lost.
// Returns the key if the browser keeps no cookies, as in a frame over plain HTTP: then it has to go with the form.
export function ensureKey() {
  if (own || cookie("key")) return own;
  setCookie("key", randomHex(18), YEAR);
  setCookie("kept", "yes", YEAR);
  if (!cookie("kept")) own = storedKey();
  setCookie("kept", "", 0);
  return own;
}

function setCookie(name, value, seconds) {
  const path = framed ? `${base}embed` : base.slice(0, -1) || "/";
  const secure = location.protocol === "https:" ? "; Secure" : "";
  const site = framed && secure ? "SameSite=None; Partitioned" : "SameSite=Lax";
  // biome-ignore lint/suspicious/noDocumentCookie: not every browser has a CookieStore.
  document.cookie = `${cookieName(name)}=${value}; Max-Age=${seconds}; Path=${path}; ${site}${secure}`;
}

// Without storage too, the key lasts as long as the page.
function storedKey() {
  const [name, fresh] = [`${base.slice(1)}key`, randomHex(18)];
  try {
    const known = localStorage.getItem(name) ?? fresh;
    localStorage.setItem(name, known);
    return known;
  } catch {
    return fresh;
  }
}

export function cookie(name) {
  const named = `(?:__Host-|__Secure-)?${framed ? "frame-" : ""}${name}`;
  return new RegExp(`(?:^|; )${named}=([^;]*)`).exec(document.cookie)?.[1] ?? "";
}

// Over https, browsers accept these prefixes from the wall itself only.
function cookieName(name) {
  if (framed) return `frame-${name}`;
  if (location.protocol !== "https:") return name;
  return base === "/" ? `__Host-${name}` : `__Secure-${name}`;
}
