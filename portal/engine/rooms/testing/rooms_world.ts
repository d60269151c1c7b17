import { signal } from "@preact/signals-core";
import { MemoryNetwork } from "../../../../client/testing/memory_network.ts";
import { silentLog } from "../../../../foundation/mod.ts";
import type { Alert, ConversationModel, LinkState, Outcome, PortalLimits, RoomModel } from "../../../model/mod.ts";
import { type EngineParts, type Rest, RestProblem, type Tabs, type XcapAnswer } from "../../doors.ts";
import { MemoryStore } from "../../memory_store.ts";
import { UserFan } from "../../link/user_fan.ts";
import type { RoomConversations, RoomFacts } from "../room_conversations.ts";

export const ALICE = "sip:alice@home.test";

/** A Rest that answers what it is told to, and notes what was asked. For tests only. */
export class FakeRest implements Rest {
  /** `GET /me/history {"limit":100}`, in order. */
  readonly asked: string[] = [];
  /** By `METHOD path`: an answer, or what makes one. */
  readonly answers = new Map<string, unknown>();

  get<T>(path: string, query: Readonly<Record<string, string | number | undefined>> = {}): Promise<T> {
    return this.#answer("GET", path, JSON.parse(JSON.stringify(query)));
  }
  send<T>(method: "POST" | "PUT" | "PATCH" | "DELETE", path: string, body?: unknown): Promise<T> {
    return this.#answer(method, path, body);
  }
  blob(path: string): Promise<Blob> {
    return this.#answer("GET", path);
  }
  href(path: string): string {
    return `/portal/api/v1${path}`;
  }
  xcap(
    method: "GET" | "PUT" | "DELETE",
    path: string,
    more: { readonly body?: string; readonly type?: string; readonly ifNoneMatch?: string } = {},
  ): Promise<XcapAnswer> {
    return this.#answer(method, path, more);
  }

  /** Asked so far with that beginning. */
  of(start: string): string[] {
    return this.asked.filter((one) => one.startsWith(start));
  }

  refuses(what: string, status: number, text = "no"): void {
    this.answers.set(what, refusal(status, text));
  }

  #answer<T>(method: string, path: string, body?: unknown): Promise<T> {
    const [plain] = path.split("?");
    this.asked.push(`${method} ${path}${body === undefined || keyless(body) ? "" : ` ${JSON.stringify(body)}`}`);
    const found = [`${method} ${path}`, `${method} ${plain}`, method].map((key) => this.answers.get(key))
      .find((one) => one !== undefined);
    const answer = typeof found === "function" ? found(path, body) : found ?? refusal(404, "nothing");
    return answer instanceof RestProblem ? Promise.reject(answer) : Promise.resolve(answer as T);
  }
}

export function refusal(status: number, text = "no"): RestProblem {
  return new RestProblem({ status, text, retryAfter: 0, fields: {} });
}

function keyless(body: unknown): boolean {
  return typeof body === "object" && body !== null && Object.keys(body).length === 0;
}

/** Two tabs hear each other. */
export class FakeTabs implements Tabs {
  readonly others: FakeTabs[] = [];
  readonly posted: unknown[] = [];
  onValue: (value: unknown) => void = () => {};

  post(value: unknown): void {
    this.posted.push(value);
    for (const other of this.others) other.onValue(value);
  }
}

/** A room that is in it as soon as it is told so. */
export class FakeRoom implements RoomModel {
  readonly state = signal<"joining" | "in" | "lost" | "out">("joining");
  readonly reason = signal("");
  readonly subject = signal("");
  readonly members = signal([]);
  readonly alias = signal("");
  readonly isPublic: boolean;
  readonly added: string[] = [];
  /** What `add` gives. */
  outcome: Awaited<Outcome> = null;

  constructor(isPublic: boolean) {
    this.isPublic = isPublic;
  }
  join(): Outcome {
    return Promise.resolve(null);
  }
  leave(): void {
    this.state.value = "out";
  }
  setAlias(): Outcome {
    return Promise.resolve(null);
  }
  add(address: string): Outcome {
    this.added.push(address);
    return Promise.resolve(this.outcome);
  }
  expel(): Outcome {
    return Promise.resolve(null);
  }
}

/** Conversations of which only rooms are there. */
export class FakeConversations implements RoomConversations {
  readonly list = signal<readonly ConversationModel[]>([]);
  readonly calls: string[] = [];

  find(key: string): ConversationModel | null {
    return this.list.value.find((one) => one.key === key) ?? null;
  }
  openRoom(people: readonly string[], subject: string): ConversationModel | null {
    this.calls.push(`open ${people.join()} ${subject}`);
    return this.#made("sip:conf-1@home.test", { name: "", subject, isPublic: false });
  }
  joinRoom(uri: string, facts: RoomFacts): ConversationModel | null {
    this.calls.push(`join ${uri} ${facts.name}/${facts.subject}/${facts.isPublic}`);
    return this.#made(uri, facts);
  }

  room(key: string): FakeRoom {
    return this.find(key)!.room as FakeRoom;
  }

  #made(key: string, { name, isPublic }: RoomFacts): ConversationModel {
    const made = { key, kind: "room", title: signal(name), room: new FakeRoom(isPublic) };
    const conversation = made as unknown as ConversationModel;
    this.list.value = [...this.list.value, conversation];
    return conversation;
  }
}

/** Alice's engine parts, with a client in a network of memory. */
export class RoomsWorld {
  readonly network: MemoryNetwork;
  readonly rest = new FakeRest();
  readonly store: MemoryStore;
  readonly tabs = new FakeTabs();
  readonly alerts: Alert[] = [];
  readonly state = signal<LinkState>("online");
  readonly conversations = new FakeConversations();
  readonly device;
  readonly parts: EngineParts;
  /** Friendly names are upper case. */
  readonly people = {
    nameOf: (uri: string, said?: string) => said ?? uri.replace(/^sip:/, "").split("@")[0].toUpperCase(),
  };

  constructor(network = new MemoryNetwork(), store = new MemoryStore(), host = "phone.test") {
    this.network = network;
    this.store = store;
    const fan = new UserFan(silentLog);
    this.device = network.device(host, { aor: ALICE, door: true, parts: { user: fan.user } });
    const nothing = signal(0), reason = signal("");
    this.parts = {
      rest: this.rest,
      store,
      tabs: this.tabs,
      clock: network.time,
      timers: network.time.timers,
      alert: (alert) => void this.alerts.push(alert),
      link: {
        state: this.state,
        retryAt: nothing,
        reason,
        retry: () => {},
        me: { uri: ALICE, name: "Alice", domain: "home.test" },
        client: this.device.client,
        limits: signal<PortalLimits>({ message: 0, file: 0, fileTypes: [] }),
        listen: (user) => fan.listen(user),
        signOut: () => Promise.resolve(),
      },
    };
  }
}
