// Inserts the wall after this script element: <script src="https://wall.example/embed.js" async></script>
(() => {
  const FIRST_HEIGHT = 400;
  // Higher than any wall; a limit, because the number comes from another page.
  const MOST_HEIGHT = 100_000;

  const script = document.currentScript;
  if (!script) return;
  const { href, origin, host } = new URL("embed", script.src);
  const query = new URLSearchParams();
  for (const name of ["thread", "theme", "lang"]) {
    if (script.dataset[name]) query.set(name, script.dataset[name]);
  }
  const address = `${href}${String(query) && `?${query}`}`;
  // A page that includes the script twice shows the wall once.
  if ([...document.querySelectorAll("iframe")].some((other) => other.src === address)) return;

  const frame = document.createElement("iframe");
  frame.src = address;
  frame.title = host;
  frame.loading = "lazy";
  // The wall does not learn which page of this site the visitor reads.
  frame.referrerPolicy = "no-referrer";
  // As properties, since this site's policy may forbid a style attribute.
  Object.assign(frame.style, {
    display: "block",
    width: "100%",
    height: `${FIRST_HEIGHT}px`,
    border: "0",
    // If the scheme differs from the frame's own, browsers paint a background behind the frame.
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
