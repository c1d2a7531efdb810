// Parses HTML that the wall itself has sent. No other script may (trusted types): no text that a
// visitor typed becomes markup by a mistake elsewhere.

const policy = globalThis.trustedTypes?.createPolicy("stena", { createHTML: (html) => html });

export function parse(html) {
  return new DOMParser().parseFromString(policy?.createHTML(html) ?? html, "text/html");
}
