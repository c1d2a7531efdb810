// The changes of a wall as they happen: one connection, which comes back by itself.

const STREAM = "/api/messages.stream";
// A tab that nobody looks at for so long gives its place to others, and catches up later.
const UNWATCHED = 60_000;
// Where there is no room for a stream, ask as often.
const POLL = 10_000;

export class Stream {
  #after;
  #listeners;
  #say;
  #sleep = 0;
  #source = null;
  #thread;

  // `listeners` are functions of an event's data, by its name; `reset` reads the page anew and
  // gives back the number of the newest change in it. `say` is told whether somebody is there.
  constructor(after, thread, listeners, say) {
    this.#after = after;
    this.#thread = thread;
    this.#listeners = listeners;
    this.#say = say;
    document.addEventListener("visibilitychange", () => this.#watch());
    addEventListener("pagehide", () => this.#close());
    addEventListener("pageshow", (event) => event.persisted && !this.#source && this.#open());
    this.#open();
  }

  // What came by another way need not come by this one too.
  known(number) {
    this.#after = Math.max(this.#after, number);
  }

  #watch() {
    clearTimeout(this.#sleep);
    if (document.hidden) this.#sleep = setTimeout(() => this.#close(), UNWATCHED);
    else if (!this.#source) this.#open();
  }

  #open() {
    const query = new URLSearchParams({ after: this.#after });
    if (this.#listeners.audience) query.set("audience", 1);
    if (this.#thread) query.set("thread", this.#thread);
    const source = new EventSource(`${STREAM}?${query}`);
    this.#source = source;
    source.addEventListener("open", () => this.#say(true));
    for (const [name, listener] of Object.entries(this.#listeners)) {
      if (name !== "reset") source.addEventListener(name, (event) => this.#hear(event, listener));
    }
    source.addEventListener("reset", () => this.#reset());
    source.addEventListener("error", () => {
      this.#say(false);
      // The browser tries again by itself, but not after a refusal such as 503.
      if (source.readyState === EventSource.CLOSED && source === this.#source) {
        this.#source = null;
        setTimeout(() => this.#poll(), POLL * (0.5 + Math.random()));
      }
    });
  }

  #close() {
    this.#source?.close();
    this.#source = null;
  }

  #hear(event, listener) {
    this.#after = Math.max(this.#after, Number(event.lastEventId));
    listener(JSON.parse(event.data));
  }

  async #poll() {
    if (this.#source || document.hidden) return;
    await this.#reset();
    this.#open();
  }

  // Too much was missed, or could not be streamed.
  async #reset() {
    try {
      this.#after = await this.#listeners.reset(this.#after);
    } catch {
      // The next try says so.
    }
  }
}
