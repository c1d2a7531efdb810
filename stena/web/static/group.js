// The visible tabs and frames of this browser that show the same wall. One of them leads and tells
// the others what it hears. In the page of another site the frames are a group of their own, since
// browsers keep locks, channels and connections apart by the site at the top.

// Over HTTP/1.1 a browser opens six connections to a host, and a stream occupies one of them. So
// many are streams at most, of whichever walls; the rest is for pages and posts.
const STREAMS = ["stream 1", "stream 2"];

export class Group {
  #channel = null;
  #hear;
  #left = null;
  #name;

  // `hear` is called with each message of the others.
  constructor(name, hear) {
    this.#name = name;
    this.#hear = hear;
  }

  // Calls `lead` when this tab is to lead, which it does until it leaves.
  async join(lead) {
    this.#left = new AbortController();
    const { signal } = this.#left;
    try {
      this.#channel = new BroadcastChannel(this.#name);
      this.#channel.addEventListener("message", ({ data }) => this.#hear(data));
      await navigator.locks.request(this.#name, { signal }, () => {
        lead();
        return new Promise((resolve) => signal.addEventListener("abort", resolve));
      });
    } catch {
      if (signal.aborted) return;
      // An old browser, or a wall over plain HTTP, which has no locks: each tab is on its own.
      this.#disconnect();
      lead();
    }
  }

  leave() {
    this.#left?.abort();
    this.#disconnect();
  }

  tell(message) {
    this.#channel?.postMessage(message);
  }

  // Whether there was room for a stream; `use` returns a promise for as long as it is open.
  async stream(use) {
    if (!this.#channel) return use();
    const { signal } = this.#left;
    for (const name of STREAMS) {
      const open = async (lock) => lock !== null && !signal.aborted && use();
      if (await navigator.locks.request(name, { ifAvailable: true }, open)) return true;
    }
    return signal.aborted;
  }

  #disconnect() {
    this.#channel?.close();
    this.#channel = null;
  }
}
