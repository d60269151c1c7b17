import { signal } from "@preact/signals-core";
import { randomToken } from "../../../../foundation/mod.ts";
import type { ImClient, ImUser } from "../../../../client/mod.ts";
import type { Alert, ConversationModel, LinkState } from "../../../model/mod.ts";
import type { EngineParts, Link, LocalStore, Rest, Tabs } from "../../doors.ts";
import { RestProblem } from "../../doors.ts";
import { MemoryStore } from "../../memory_store.ts";
import { Conversations } from "../conversations.ts";
import { FakeClient, type FakeService } from "./fake_service.ts";

/** Tabs of one browser: what one says the others hear, later. */
export class FakeBrowser {
  readonly store: LocalStore = new MemoryStore();
  readonly tabs = new Set<Tabs>();

  tab(): Tabs {
    const tab: Tabs = {
      post: (value) => {
        const copy = structuredClone(value);
        for (const other of this.tabs) {
          if (other !== tab) queueMicrotask(() => this.tabs.has(other) && other.onValue(copy));
        }
      },
      onValue: () => {},
    };
    this.tabs.add(tab);
    return tab;
  }
}

/** The portal's page of one user, without a page: conversations over a fake service. */
export class FakePage {
  readonly client: FakeClient;
  readonly conversations: Conversations;
  readonly alerts: Alert[] = [];
  readonly state = signal<LinkState>("connecting");
  readonly woken = signal(0);
  readonly recording = signal<"on" | "off">("on");
  readonly privacy = { tellDisplayed: signal(true), tellWriting: signal(true) };
  readonly contacts = signal<readonly { uri: string }[]>([]);
  /** Whose requests to be a contact wait. */
  asking: readonly string[] = [];
  /** What REST asks fails so. */
  restFails = false;
  asked = 0;
  readonly #browser: FakeBrowser;
  readonly #tabs: Tabs;
  #closed = false;

  constructor(
    service: FakeService,
    uri: string,
    browser = new FakeBrowser(),
    recording: "on" | "off" = "on",
    instance = randomToken(8),
  ) {
    this.#browser = browser;
    this.#tabs = browser.tab();
    this.recording.value = recording;
    const client = this.client = new FakeClient(service, uri);
    const { time } = service;
    const listeners = new Set<ImUser>();
    client.user = new Proxy({}, {
      get: (_, name) => (...told: unknown[]) => {
        for (const each of listeners) {
          (each as Record<string, ((...told: unknown[]) => void) | undefined>)[name as string]?.(...told);
        }
      },
    });
    const limits = signal({ message: 10_000, file: 0, fileTypes: [] });
    const link = {
      me: { uri, name: uri.slice(4, uri.indexOf("@")), domain: uri.slice(uri.indexOf("@") + 1) },
      instance,
      client: client as unknown as ImClient,
      limits,
      state: this.state,
      woken: this.woken,
      retryAt: signal(0),
      reason: signal(""),
      retry() {},
      listen(user: ImUser) {
        listeners.add(user);
        return () => void listeners.delete(user);
      },
      signOut: () => Promise.resolve(),
    } satisfies Link;
    const answer = <T>(make: () => unknown): Promise<T> => {
      this.asked++;
      if (this.restFails || !client.online) {
        return Promise.reject(new RestProblem({ status: 0, text: "", retryAfter: 0, fields: {} }));
      }
      return Promise.resolve().then(() => structuredClone(make()) as T);
    };
    const rest: Rest = {
      get: (path, query = {}) => answer(() => service.get(uri, path, query)),
      send: (_method, _path, body) => answer(() => service.put(uri, body as Parameters<FakeService["put"]>[1])),
      blob: () => answer(() => new Blob([])),
      href: (path) => path,
      xcap: () => Promise.reject(new Error("not asked here")),
    };
    const parts: EngineParts = {
      link,
      rest,
      store: this.#whileOpen(browser.store),
      tabs: this.#whileOpen(this.#tabs),
      clock: time,
      timers: {
        start: (ms, owner, kind) =>
          time.timers.start(ms, { onTimer: (kind) => this.#closed || owner.onTimer(kind) }, kind),
      },
      alert: (alert) => void this.alerts.push(alert),
    };
    this.conversations = new Conversations(parts, {
      people: {
        nameOf: (address, said) => said ?? address.replace(/^sip:/, ""),
        isBlocked: () => false,
        contacts: this.contacts as never,
        asksIn: (text) => Promise.resolve(this.asking.some((uri) => text.includes(uri))),
      },
      settings: { privacy: this.privacy as never, recording: { state: this.recording } as never },
    });
  }

  connect(): void {
    if (this.client.online) return;
    this.client.online = true;
    this.client.service.came(this.client);
    this.state.value = "online";
  }

  cut(): void {
    this.client.online = false;
    this.state.value = "waiting";
  }

  /** The page goes; the browser and what it keeps stay. */
  close(): FakeBrowser {
    this.#closed = true;
    this.client.gone();
    this.state.value = "offline";
    this.#browser.tabs.delete(this.#tabs);
    return this.#browser;
  }

  with(address: string): ConversationModel {
    return this.conversations.open(address)!;
  }

  /** Texts with `>` in front of our own. */
  texts(address: string): string[] {
    return this.with(address).messages.peek().map(({ own, part }) =>
      `${own ? ">" : ""}${part.kind === "text" ? part.text : part.kind === "event" ? `(${part.code})` : part.kind}`
    );
  }

  /** A page that is closed does nothing any more. */
  #whileOpen<T extends LocalStore | Tabs>(real: T): T {
    return new Proxy(real, {
      get: (target, name) => {
        const value = Reflect.get(target, name);
        if (typeof value !== "function") return value;
        return (...told: unknown[]) => this.#closed ? null : value.apply(target, told);
      },
    });
  }
}
