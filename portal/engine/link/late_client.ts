import type { Account, ImClient } from "../../../client/mod.ts";

/** What is asked of it once and for all, and is done when it is there. */
const KEPT: ReadonlySet<PropertyKey> = new Set<keyof ImClient>([
  "publish",
  "publishLocation",
  "publishStatus",
  "recallSystemMessage",
  "watchDocuments",
]);
/** Far more than a page asks for in the moment before it is there. */
const MOST_KEPT = 1_000;

/** What is no method; a new one of these does not compile before it is said here how it is while nothing has begun. */
type Values = {
  [K in keyof ImClient as ImClient[K] extends (...given: never[]) => unknown ? never : K]: ImClient[K];
};
type Early = Omit<Values, "account" | "ground" | "line">;

const EARLY: Early = {
  answerMode: "manual",
  roomAnswerMode: "manual",
  registered: false,
  chats: new Set(),
  transfers: new Set(),
  sessions: 0,
  waiting: 0,
  settings: null,
  watched: [],
  systemMessages: [],
};

type Method = (...given: readonly unknown[]) => unknown;

/**
 * A client whose script is still being loaded, so that the page can be shown and used before: settings and what is said once and for all
 * wait for it; whatever begins something gives null, as where there is no room for it. From `arrive` on it is the client.
 */
export class LateClient {
  readonly client: ImClient;
  readonly #values: Early & Pick<ImClient, "account">;
  #real: ImClient | null = null;
  #kept: ((client: ImClient) => void)[] = [];

  constructor(account: Account) {
    this.#values = { ...EARLY, account };
    this.client = new Proxy({} as ImClient, {
      get: (_target, name) => this.#real === null ? this.#early(name) : read(this.#real, name),
      set: (_target, name, value) => {
        if (this.#real !== null) return Reflect.set(this.#real, name, value, this.#real);
        this.#keep((client) => Reflect.set(client, name, value, client));
        return true;
      },
    });
  }

  /** Here it is. */
  arrive(client: ImClient): void {
    this.#real = client;
    const kept = this.#kept;
    this.#kept = [];
    for (const each of kept) each(client);
  }

  #early(name: PropertyKey): unknown {
    if (Object.hasOwn(this.#values, name)) return this.#values[name as keyof Early];
    if (name === "ground" || name === "line") throw new Error(`the client is not there yet, nor is its "${name}"`);
    if (KEPT.has(name)) {
      return (...given: readonly unknown[]) => this.#keep((client) => void (read(client, name) as Method)(...given));
    }
    if (name === "answer") {
      // Known, and not answered: it can be answered later.
      return (_id: string, _option: string, done?: (reason: unknown) => void) => {
        queueMicrotask(() => done?.({ status: 0, text: "", retryAfter: 0 }));
        return true;
      };
    }
    return () => null;
  }

  #keep(what: (client: ImClient) => void): void {
    if (this.#kept.length < MOST_KEPT) this.#kept.push(what);
  }
}

/** Its private parts are its own: methods are called on it, not on who stands for it. */
function read(client: ImClient, name: PropertyKey): unknown {
  const value = Reflect.get(client, name, client);
  return typeof value === "function" ? value.bind(client) : value;
}
