// Puts the wall where this script stands: <script src="https://wall.example/embed.js" async></script>
(() => {
  const FIRST_HEIGHT = 400;
  // Far beyond any wall; a number that is none would have no end.
  const MOST_HEIGHT = 100_000;

  const script = document.currentScript;
  if (!script) return;
  const { origin, host } = new URL(script.src);
  const query = new URLSearchParams();
  for (const name of ["thread", "theme", "lang"]) {
    if (script.dataset[name]) query.set(name, script.dataset[name]);
  }
  const address = `${origin}/embed${String(query) && `?${query}`}`;
  // The same wall once, also where a page includes the line twice.
  if ([...document.querySelectorAll("iframe")].some((other) => other.src === address)) return;

  const frame = document.createElement("iframe");
  frame.src = address;
  frame.title = host;
  frame.loading = "lazy";
  // Which page of this site somebody reads is not the wall's business.
  frame.referrerPolicy = "no-referrer";
  // By properties and not by an attribute, which this site's policy may forbid.
  Object.assign(frame.style, {
    display: "block",
    width: "100%",
    height: `${FIRST_HEIGHT}px`,
    border: "0",
    // Of another scheme than the frame's own, browsers would put a ground behind it.
    colorScheme: ["light", "dark"].includes(script.dataset.theme) ? script.dataset.theme : "light dark",
  });
  addEventListener("message", ({ source, origin: from, data }) => {
    if (source !== frame.contentWindow || from !== origin) return;
    const { height, title } = data?.stena ?? {};
    if (height > 0 && height <= MOST_HEIGHT) frame.style.height = `${height}px`;
    if (typeof title === "string") frame.title = title;
  });
  script.after(frame);
})();
