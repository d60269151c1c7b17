import { signal } from "@preact/signals-core";
import { FakeTime } from "../../../../foundation/testing.ts";
import type { ImClient, ImUser, WatchedUser } from "../../../../client/mod.ts";
import type { PresenceLocation } from "../../../../transport/presence/mod.ts";
import type { Alert, LinkState } from "../../../model/mod.ts";
import { type EngineParts, type LocalStore, type Rest, RestProblem, type Tabs, type XcapAnswer } from "../../doors.ts";
import { MemoryStore } from "../../memory_store.ts";

type Answer = (body: unknown, path: string) => unknown;

/** A service whose answers a test writes down: by method and the beginning of the path, the last that fits. For tests only. */
export class FakeRest implements Rest {
  /** `GET /users/…` of all requests, in their order. */
  readonly asked: string[] = [];
  readonly bodies: unknown[] = [];
  readonly #answers: [start: string, answer: Answer][] = [];
  /** Every request is refused with this status; 0: none is. */
  down = -1;

  on(start: string, answer: Answer): this {
    this.#answers.push([start, answer]);
    return this;
  }

  get<T>(path: string): Promise<T> {
    return this.#answer(`GET ${path}`, undefined);
  }
  send<T>(method: string, path: string, body?: unknown): Promise<T> {
    return this.#answer(`${method} ${path}`, body);
  }
  xcap(method: string, path: string, more: { readonly body?: string } = {}): Promise<XcapAnswer> {
    return this.#answer(`XCAP ${method} ${path}`, more);
  }
  blob(): Promise<Blob> {
    return Promise.reject(refusal(404));
  }
  href(path: string): string {
    return path;
  }

  async #answer<T>(what: string, body: unknown): Promise<T> {
    const asked = decodeURIComponent(what);
    this.asked.push(asked);
    this.bodies.push(body);
    await Promise.resolve();
    if (this.down >= 0) throw refusal(this.down);
    const answer = this.#answers.findLast(([start]) => asked.startsWith(start))?.[1];
    if (answer === undefined) throw refusal(404, `nobody answers ${asked}`);
    return answer(body, asked) as T;
  }
}

/** A refusal of the service. */
export function refusal(status: number, text = "", fields: Readonly<Record<string, string>> = {}): RestProblem {
  return new RestProblem({ status, text, retryAfter: 0, fields });
}

/** What the client is told to do, and what it tells. */
export class FakeClient {
  readonly documents: string[] = [];
  readonly watched = new Map<string, WatchedUser>();
  readonly published: string[] = [];
  readonly places: (PresenceLocation | null)[] = [];
  /** As many as may be watched. */
  most = 500;

  watchDocuments(paths: readonly string[]): void {
    this.documents.push(...paths);
  }
  watch(uri: string): WatchedUser | null {
    if (this.watched.size >= this.most) return null;
    const watched: WatchedUser = { uri, state: "asked", status: null, document: null, reason: "" };
    this.watched.set(uri, watched);
    return watched;
  }
  unwatch(uri: string): boolean {
    return this.watched.delete(uri);
  }
  publishStatus(status: string, { note = "", until = null }: { note?: string; until?: number | null }): void {
    this.published.push(`${status} ${note} ${until ?? ""}`.trim());
  }
  publishLocation(location: PresenceLocation | null): void {
    this.places.push(location);
  }
}

/** What engine parts stand on, all of it in memory and in fake time. For tests only. */
export class EngineWorld {
  readonly time = new FakeTime();
  readonly rest: FakeRest;
  readonly client = new FakeClient();
  readonly state = signal<LinkState>("connecting");
  readonly alerts: Alert[] = [];
  readonly parts: EngineParts;
  readonly #users = new Set<ImUser>();

  constructor({ store = new MemoryStore(), rest = new FakeRest(), tabs = noTabs() }: {
    store?: LocalStore;
    rest?: FakeRest;
    tabs?: Tabs;
  } = {}) {
    this.rest = rest;
    const { time, state } = this;
    this.parts = {
      link: {
        me: { uri: "sip:alice@home.test", name: "Alice", domain: "home.test" },
        client: this.client as unknown as ImClient,
        limits: signal({ message: 0, file: 0, fileTypes: [] }),
        state,
        retryAt: signal(0),
        reason: signal(""),
        retry() {},
        signOut: () => Promise.resolve(),
        listen: (user) => {
          this.#users.add(user);
          return () => void this.#users.delete(user);
        },
      },
      rest,
      store,
      tabs,
      clock: time,
      timers: time.timers,
      alert: (alert) => void this.alerts.push(alert),
    };
  }

  /** The client tells. */
  tell<K extends keyof ImUser>(what: K, ...told: Parameters<NonNullable<ImUser[K]>>): void {
    for (const user of this.#users) (user[what] as ((...told: unknown[]) => void) | undefined)?.apply(user, told);
  }

  /** Somebody who is watched is told of. */
  shows(uri: string, told: Partial<WatchedUser>): void {
    const watched = Object.assign(this.client.watched.get(uri)!, told);
    this.tell("onPresence", watched);
  }

  /** Everything that is ready to happen happens. */
  async settled(): Promise<void> {
    for (let i = 0; i < 60; i++) await Promise.resolve();
  }

  /** So much time passes, and what becomes of it. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 1000) {
      this.time.advance(Math.min(1000, left));
      await this.settled();
    }
  }
}

function noTabs(): Tabs {
  return { onValue: () => {}, post() {} };
}

/** Two tabs that hear each other. */
export function twoTabs(): [Tabs, Tabs] {
  const left: Tabs = { onValue: () => {}, post: (value) => right.onValue(structuredClone(value)) };
  const right: Tabs = { onValue: () => {}, post: (value) => left.onValue(structuredClone(value)) };
  return [left, right];
}
