/** What the parts of the engine stand on. None of it touches a page: tests bring their own. */
import type { ReadonlySignal } from "@preact/signals-core";
import type { Clock, Timers } from "../../foundation/mod.ts";
import type { ImClient, ImUser } from "../../client/mod.ts";
import type { Alert, LinkModel, Me, PortalLimits, Problem } from "../model/mod.ts";

/** The answer to `POST /portal/session`: who is signed in, and what this page may reach the service with. */
export interface SessionAnswer {
  /** `sip:alice@example.test`. */
  readonly aor: string;
  readonly display_name: string;
  readonly domain: string;
  /** Credentials of SIP digest for this page alone, good until `expires_at`; ask again before. */
  readonly username: string;
  readonly password: string;
  readonly expires_at: number;
  /** Path of SIP and MSRP over WebSocket on this host: `/ws`. */
  readonly websocket: string;
  readonly limits: { readonly message: number; readonly file: number; readonly file_types: readonly string[] };
}

/** A refusal of the service, as REST says it (RFC 9457). */
export class RestProblem extends Error implements Problem {
  readonly status: number;
  readonly text: string;
  readonly retryAfter: number;
  readonly fields: Readonly<Record<string, string>>;

  constructor(problem: Problem) {
    super(`${problem.status}: ${problem.text}`);
    this.status = problem.status;
    this.text = problem.text;
    this.retryAfter = problem.retryAfter;
    this.fields = problem.fields;
  }
}

/** What XCAP answered with 2xx. */
export interface XcapAnswer {
  readonly status: number;
  readonly body: string;
  readonly type: string;
  readonly etag: string;
}

/**
 * REST and XCAP of this host, in the name of who is signed in. All reject with RestProblem; its status is 0 where there was no answer. A 401
 * ends the session of the page (`LinkState` "signed-out").
 */
export interface Rest {
  /** `path`: below `/api/v1`, such as `/me/history`; names in it are to be encoded. Values of undefined are left out. */
  get<T>(path: string, query?: Readonly<Record<string, string | number | undefined>>): Promise<T>;
  send<T>(method: "POST" | "PUT" | "PATCH" | "DELETE", path: string, body?: unknown): Promise<T>;
  /** The octets at a path of REST. */
  blob(path: string): Promise<Blob>;
  /** A link of this host to a path of REST. */
  href(path: string): string;
  /** `path`: below the XCAP root, such as `/resource-lists/users/sip:alice@…/index`. */
  xcap(
    method: "GET" | "PUT" | "DELETE",
    path: string,
    more?: { readonly body?: string; readonly type?: string; readonly ifMatch?: string; readonly ifNoneMatch?: string },
  ): Promise<XcapAnswer>;
}

/** The way to the service with the client on it. The client is one for the life of the page; its state outlasts connections. */
export interface Link extends LinkModel {
  readonly me: Me;
  /** Of this tab, and the same when it is loaded again; absent where nobody keeps it. */
  readonly instance?: string;
  readonly client: ImClient;
  readonly limits: ReadonlySignal<PortalLimits>;
  /** Grows when the page is looked at again, or the network is back; absent where nobody says so. */
  readonly woken?: ReadonlySignal<number>;
  /** Hears what the client tells, beside all others who do; gives what ends it. `onSystemMessage` and others are there whoever listens. */
  listen(user: ImUser): () => void;
  /** Leaves: calls end, the registration is taken back, the session is over. */
  signOut(): Promise<void>;
}

/** Small texts that outlive a reload, of this user in this browser. Bounded: `set` is false where there is no room. */
export interface LocalStore {
  get(key: string): string | null;
  set(key: string, value: string): boolean;
  remove(key: string): void;
  keys(): readonly string[];
  /** Everything of this user goes. */
  clear(): void;
}

/** Other tabs of this browser that the same user is signed in at. Values are plain data. */
export interface Tabs {
  post(value: unknown): void;
  /** One listener. */
  onValue: (value: unknown) => void;
  /** Soon, and in no other tab at the same time, hidden or not; absent where the browser has nothing for it. */
  readonly inTurn?: (act: () => void) => void;
}

/** What all parts of the engine get. */
export interface EngineParts {
  readonly link: Link;
  readonly rest: Rest;
  readonly store: LocalStore;
  readonly tabs: Tabs;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly alert: (alert: Alert) => void;
}
