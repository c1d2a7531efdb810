// The changes of a wall as server-sent events, over one connection for all tabs of a browser.

import { learn, now } from "./clock.js";
import { Group } from "./group.js";
import { base, randomHex } from "./key.js";

const STREAM = new URL("../api/messages.stream", import.meta.url);
const EVENTS = ["message", "edited", "reacted", "deleted", "removed", "notice", "audience", "time", "reset"];
// The server sends the audience every 15 s. After a longer silence something on the way, such as a
// proxy or a virus scanner, holds the stream back, and the page polls.
const MUTE = 20_000;
// The interval of polling while there is no room for a stream.
const POLL = 10_000;

export class Stream {
  #after;
  #asked = null;
  #audience = null;
  #end = null;
  #group;
  #leads = false;
  #listeners;
  // What is above the form, as the server said last; it has no number.
  #notice = null;
  // Everything up to this number was passed on to the group; only the tab that leads has it.
  #position = 0;
  #reader = readerName();
  #report;
  #source = null;
  #state = "";
  #thread;
  #timer = 0;
  #turn = Promise.resolve();
  #watches = false;

  // `listeners` maps names of events to functions of their data. `reset` fetches the page again,
  // unless the signal aborts that, and returns the number of the newest change in it, or null if it
  // failed. `report` is called with "live", "delayed" (it polls) or "lost".
  constructor(after, thread, listeners, report) {
    this.#after = after;
    this.#thread = thread;
    this.#listeners = listeners;
    this.#report = report;
    this.#group = new Group(`${STREAM.pathname} ${thread}`, (message) => this.#hear(message));
    document.addEventListener("visibilitychange", () => this.#watch());
    addEventListener("pagehide", () => this.#leave());
    addEventListener("pageshow", (event) => event.persisted && this.#watch());
    document.addEventListener("unreachable", () => this.#doubt());
    this.#watch();
  }

  // Goes on after `number`: the page was replaced with one that has the changes up to it. Others may
  // have come meanwhile, and are asked for again.
  resume(number) {
    const behind = number < this.#after;
    this.#after = number;
    if (!behind) return;
    if (this.#leads) this.#answer(number);
    else this.#group.tell({ ask: number });
  }

  // A tab that nobody sees holds no connection, also one that was opened in the background. It
  // catches up when it is shown.
  #watch() {
    if (document.hidden) this.#leave();
    else if (!this.#watches) this.#join();
  }

  #join() {
    this.#watches = true;
    this.#wait(MUTE);
    this.#group.join(() => {
      this.#leads = true;
      this.#open();
    });
    this.#group.tell({ ask: this.#after });
  }

  #leave() {
    this.#watches = false;
    this.#leads = false;
    clearTimeout(this.#timer);
    this.#close();
    this.#group.leave();
  }

  async #open() {
    this.#wait(MUTE);
    const found = await this.#group.stream(() => {
      this.#close();
      this.#connect(this.#after);
      return new Promise((resolve) => {
        this.#end = () => resolve(true);
      });
    });
    if (!found) this.#postpone("delayed");
  }

  #close() {
    this.#source?.close();
    this.#source = null;
    this.#end?.();
  }

  #connect(after) {
    this.#source?.close();
    this.#position = after;
    const query = new URLSearchParams({ after, audience: 1, time: 1, reader: this.#reader, thread: this.#thread });
    const source = new EventSource(`${STREAM}?${query}`);
    this.#source = source;
    for (const name of EVENTS) source.addEventListener(name, (event) => this.#pass(name, event));
    source.addEventListener("error", () => {
      // The browser reconnects by itself, but not after a refusal such as 503.
      if (source.readyState === EventSource.CLOSED && source === this.#source) {
        this.#close();
        this.#postpone("lost");
      } else this.#tell("lost");
    });
  }

  #pass(name, { data, lastEventId }) {
    const since = this.#position;
    this.#position = Number(lastEventId) || since;
    if (name === "audience") this.#audience = data;
    if (name === "notice") this.#notice = data;
    const message = { name, data, since, id: this.#position };
    this.#group.tell(message);
    this.#hear(message);
  }

  // One at a time: while the page is fetched again, events wait.
  #hear(message) {
    if ("ask" in message) {
      this.#answer(message.ask);
      return;
    }
    this.#wait(MUTE);
    const take = () => this.#take(message);
    this.#turn = this.#turn.then(take, take);
  }

  async #take({ name, data, since, id, state }) {
    if (state) this.#show(state);
    else if (since > this.#after && !this.#leads) {
      // Something was missed. The tab that leads asks the server for it again.
      this.#ask(name);
    } else {
      this.#show("live");
      if (name !== "reset") this.#apply(name, JSON.parse(data), id);
      else if (!(await this.#reset()) && this.#leads) {
        // The server says it once more when the stream is opened anew.
        this.#close();
        this.#postpone("lost");
      }
    }
  }

  // Once, and again with each heartbeat.
  #ask(name) {
    if (this.#asked === this.#after && name !== "audience") return;
    this.#asked = this.#after;
    this.#group.tell({ ask: this.#after });
  }

  // An event may repeat what this tab knows, if it was sent for another one that knew less.
  #apply(name, data, id) {
    const known = name === "message" && id <= this.#after;
    this.#after = Math.max(this.#after, id);
    if (name === "time") learn(data);
    else if (!known) this.#listeners[name]?.(data);
    else if (data.edited || Object.keys(data.reactions).length > 0) this.#listeners.edited(data);
  }

  // A tab has come, or has missed something: it knows the changes up to `after`.
  #answer(after) {
    if (!this.#leads) return;
    if (this.#source && after < this.#position) this.#connect(after);
    else if (this.#state === "live") {
      const id = this.#position;
      this.#group.tell({ name: "time", data: now(), since: id, id });
      this.#group.tell({ name: "audience", data: this.#audience, since: id, id });
      if (this.#notice) this.#group.tell({ name: "notice", data: this.#notice, since: id, id });
    } else if (this.#state) this.#tell(this.#state);
  }

  #wait(pause) {
    clearTimeout(this.#timer);
    if (this.#watches) this.#timer = setTimeout(() => this.#poll(), pause);
  }

  #postpone(state) {
    this.#tell(state);
    this.#wait(POLL * (0.5 + Math.random()));
  }

  // A request has failed, so the stream may be dead as well.
  #doubt() {
    this.#show("lost");
    this.#wait(0);
  }

  async #poll() {
    this.#close();
    const reset = () => this.#reset();
    this.#turn = this.#turn.then(reset, reset);
    this.#show((await this.#turn) ? "delayed" : "lost");
    if (this.#leads) this.#open();
    else this.#wait(MUTE);
  }

  // Whether the page was fetched.
  async #reset() {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), MUTE);
    try {
      const number = await this.#listeners.reset(this.#after, late.signal);
      if (number === null) return false;
      this.#after = number;
      this.#position = Math.max(this.#position, number);
      return true;
    } catch {
      return false;
    } finally {
      clearTimeout(timer);
    }
  }

  #tell(state) {
    // Polling has shown it to be merely delayed.
    if (this.#state === "delayed" && state === "lost") return;
    this.#show(state);
    this.#group.tell({ state });
  }

  #show(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.#report(state);
    if (state !== "lost") document.dispatchEvent(new Event("reachable"));
  }
}

// By which several streams of this browser count as one reader. It is random, and another one each day.
function readerName() {
  const name = `${base.slice(1)}reader`;
  const today = new Date().toISOString().slice(0, 10);
  const fresh = `${today}-${randomHex(8)}`;
  try {
    const known = localStorage.getItem(name);
    if (known?.startsWith(today)) return known;
    localStorage.setItem(name, fresh);
  } catch {
    // Storage is forbidden: then each stream counts.
  }
  return fresh;
}
