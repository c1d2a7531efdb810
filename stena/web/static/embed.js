// Inserts the wall after this script element: <script src="https://wall.example/embed.js" async></script>
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: it gives the page no names.
(() => {
  const FIRST_HEIGHT = 400;
  // Higher than any wall; a limit, because the number comes from another page.
  const MOST_HEIGHT = 100_000;
  const SETTINGS = ["thread", "theme", "lang"];
  // As the wall itself reads a name (thread.py).
  const PATH = /^[\p{L}\p{M}\p{N}._~/-]{0,100}$/u;
  // The wall counts so many pages at once, and no further than to so many messages.
  const [PAGES, MESSAGES] = [30, 1000];

  const own = document.currentScript;
  const address = (own?.src || addressOfModule())?.split(/[?#]/)[0];
  if (!address) {
    warn("embed.js does not know its own address, so it shows nothing. Load it as <script src=…>, not from another script.");
    return;
  }
  const { href, origin, host } = new URL("embed", address);
  // What all scripts of the page share: by the script the frame that it has made, if any, and by the place of a number the
  // name that was asked for.
  const once = Symbol.for(`stena ${address}`);
  const isFirst = !window[once];
  if (isFirst) window[once] = { frames: new WeakMap(), asked: new WeakMap() };
  const { frames, asked } = window[once];
  for (const script of own ? [own] : modules()) show(script);
  if (isFirst) {
    listen();
    ready(watch);
  }

  // A module has no currentScript. Its address is in the stack of an error.
  function addressOfModule() {
    return /https?:[^\s()@]+?\/embed\.js/.exec(new Error("where").stack)?.[0];
  }

  function ours() {
    return [...document.querySelectorAll("script[src]")].filter(({ src }) => src.split(/[?#]/)[0] === address);
  }

  // A module runs once for all of its elements.
  function modules() {
    return ours().filter(({ type }) => type === "module");
  }

  function show(script) {
    if ("countsOnly" in script.dataset || frameOf(script)) return;
    frames.set(script, null);
    const frame = document.createElement("iframe");
    if (!point(frame, script)) return;
    // A page that includes the script twice shows the wall once.
    if ([...document.querySelectorAll("iframe")].some((other) => other.src === frame.src)) return;
    frame.dataset.stena = "";
    frame.title = host;
    frame.loading = "lazy";
    // The wall does not learn which page of this site the visitor reads.
    frame.referrerPolicy = "no-referrer";
    // As properties, since this site's policy may forbid a style attribute.
    Object.assign(frame.style, { display: "block", width: "100%", height: `${FIRST_HEIGHT}px`, border: "0" });
    frames.set(script, frame);
    insert(frame, script);
  }

  // A page that is restored has copies, side by side.
  function frameOf(script) {
    const next = script.nextElementSibling;
    return frames.get(script) ?? (next?.matches("iframe[data-stena]") ? next : null);
  }

  // Whether there is a wall for this page.
  function point(frame, { dataset }) {
    const thread = pathOf(dataset.thread ?? "");
    if (thread === null) return false;
    const query = new URLSearchParams();
    for (const name of SETTINGS) {
      const value = name === "thread" ? thread : dataset[name];
      if (value) query.set(name, value);
    }
    const wall = `${href}${String(query) && `?${query}`}`;
    direct(frame, wall);
    // If the scheme differs from the frame's own, browsers paint a background behind the frame.
    frame.style.colorScheme = ["light", "dark"].includes(dataset.theme) ? dataset.theme : "light dark";
    return true;
  }

  function direct(frame, wall) {
    if (frame.src === wall) return;
    // Chromium would otherwise load the first address, and not this one, when the frame comes into view.
    if (frame.src) frame.loading = "eager";
    frame.src = wall;
  }

  // One name for a page, however its address is written; null if it is no name.
  function pathOf(given) {
    const [, site = "", path] = /^(?:https?:\/\/([^/?#:]+)(?::\d+)?(?=[/?#]|$))?([^#]*)/i.exec(given.trim());
    const name = (site.toLowerCase() + decoded(path)).normalize("NFC").replace(/\/+/g, "/");
    const thread = name.length > 1 ? name.replace(/^\/|\/$/g, "") : name;
    if (PATH.test(thread)) return thread;
    warn(`“${given}” is no name of a page. Use its path, such as location.pathname: up to 100 letters, digits and . _ ~ / -, without a query.`);
    return null;
  }

  function decoded(path) {
    try {
      return decodeURIComponent(path);
    } catch {
      return path;
    }
  }

  // Fills <span data-stena-count="blog/first"></span>.
  async function count() {
    const places = [...document.querySelectorAll("[data-stena-count]")];
    const fresh = places.filter((place) => asked.get(place) !== place.dataset.stenaCount);
    for (const place of fresh) asked.set(place, place.dataset.stenaCount);
    const names = new Map(fresh.map((place) => [place, pathOf(place.dataset.stenaCount)]));
    const threads = [...new Set(names.values())].filter((thread) => thread !== null);
    let counts = new Map();
    for (let first = 0; counts && first < threads.length; first += PAGES) {
      counts = await countsOf(threads.slice(first, first + PAGES));
      fill(names, counts);
    }
  }

  function fill(names, counts) {
    for (const [place, thread] of names) {
      const number = counts?.get(thread);
      if (number !== undefined) place.textContent = number < MESSAGES ? number : `${MESSAGES}+`;
    }
  }

  async function countsOf(threads) {
    try {
      const query = new URLSearchParams({ threads });
      const answer = await fetch(`${new URL("api/messages.count", href)}?${query}`, { credentials: "omit" });
      return new Map(Object.entries((await answer.json()).counts));
    } catch {
      warn("the messages could not be counted. If this site has a Content-Security-Policy, add the wall to connect-src.");
      return null;
    }
  }

  function insert(frame, script) {
    if (!script.closest("head")) {
      script.after(frame);
      return;
    }
    warn("the script is in <head>, so the wall is at the end of the page. Put it where the wall should appear.");
    ready(() => document.body.append(frame));
  }

  function ready(act) {
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", act);
    else act();
  }

  // A page that is restored, as by Turbo, has other frames than the script has made. So one listener serves all frames
  // that there are.
  function listen() {
    addEventListener("message", ({ source, origin: from, data }) => {
      if (from !== origin) return;
      const made = [...document.querySelectorAll("iframe[data-stena]")];
      const frame = made.find((one) => one.contentWindow === source);
      const { height, title } = data?.stena ?? {};
      if (!frame) return;
      if (height > 0 && height <= MOST_HEIGHT) frame.style.height = `${height}px`;
      if (typeof title === "string") frame.title = title;
    });
  }

  // A site may change without being loaded, and let its visitors choose the theme.
  function watch() {
    let { body } = document;
    const change = (records) => {
      if (!document.body || !records.some(isMore)) return;
      follow(new Set(records.filter(({ type }) => type === "attributes").map(({ target }) => target)));
      for (const script of modules()) if (!frames.has(script)) show(script);
      if (body !== document.body) moveToEnd();
      ({ body } = document);
      count();
    };
    new MutationObserver(change).observe(document, {
      childList: true,
      subtree: true,
      attributeFilter: [...SETTINGS, "stena-count"].map((name) => `data-${name}`),
    });
    count();
  }

  // Whether there is an element more, or a setting has changed.
  function isMore({ type, addedNodes }) {
    return type === "attributes" || [...addedNodes].some(({ nodeType }) => nodeType === Node.ELEMENT_NODE);
  }

  function follow(changed) {
    for (const script of ours()) {
      const frame = frameOf(script);
      if (frame && changed.has(script)) point(frame, script);
    }
  }

  // The frames of the scripts in <head>, which are not run again when the page gets another body.
  function moveToEnd() {
    const inHead = ours().filter((script) => script.closest("head"));
    document.body.append(...inHead.map((script) => frames.get(script)).filter(Boolean));
  }

  function warn(sentence) {
    // biome-ignore lint/suspicious/noConsole: for the owner of the site, who sees nothing else.
    console.warn(`Stena: ${sentence}`);
  }
})();
