/** Users of the portal without a browser: the very modules of the page, over real sockets, against a real box. For tests and benches. */
import { type Clock, type Log, silentLog, systemClock, TimerQueues } from "../../foundation/mod.ts";
import type { Link, LocalStore, Rest, SessionAnswer, Tabs } from "../engine/doors.ts";
import type { MakeSocket } from "../engine/link/im_stack.ts";
import { PortalLink } from "../engine/link/portal_link.ts";
import { ALWAYS_ON, type Surroundings } from "../engine/link/surroundings.ts";
import { MemoryStore, NoTabs } from "../engine/memory_store.ts";
import { HttpRest } from "../engine/rest.ts";
import { newInstance } from "../browser/tab_instance.ts";
import type { PortalModel } from "../model/mod.ts";
import type { ReadonlySignal } from "@preact/signals-core";
import { type Ask, digestFetch } from "./digest_fetch.ts";

/** Who signs in, and what their page is like. */
export interface PortalUserOptions {
  /** `http://127.0.0.1:8080` */
  readonly origin: string;
  /** `sip:alice@example.test` */
  readonly uri: string;
  readonly password: string;
  readonly displayName?: string;
  /** The same store for two pages of one user in one browser, or for a page that is loaded again. Default: a new one. */
  readonly store?: LocalStore;
  readonly tabs?: Tabs;
  /** Of the tab; the same for a page that is loaded again. Default: a new one. */
  readonly instance?: string;
  readonly surroundings?: Surroundings;
  readonly makeSocket?: MakeSocket;
  /** For boxes whose certificate this process does not know. Default: the process's own. */
  readonly http?: Deno.HttpClient;
  readonly limits?: SessionAnswer["limits"];
  readonly log?: Log;
}

/** What engine parts stand on, of one signed-in user. */
export interface PortalParts {
  readonly link: Link & Pick<PortalLink, "start" | "close" | "signedOut">;
  readonly rest: Rest;
  readonly store: LocalStore;
  readonly tabs: Tabs;
  readonly clock: Clock;
  readonly timers: TimerQueues;
}

/** One sweep for all users of the process; it runs while there are some. */
let shared: { readonly timers: TimerQueues; users: number } | null = null;

/** Signs in and puts the parts together; the link is not started. `close` when it is over. */
export async function openPortalParts(
  options: PortalUserOptions,
): Promise<PortalParts & { close(): Promise<void> }> {
  const { origin, uri, password, http, log = silentLog } = options;
  const ask = (request: Request) => fetch(request, http === undefined ? {} : { client: http } as RequestInit);
  const token = await logIn(ask, origin, uri, password);
  shared ??= { timers: new TimerQueues(systemClock, fail), users: 0 };
  const mine = shared;
  if (mine.users++ === 0) mine.timers.run(50);
  const at = uri.lastIndexOf("@");
  const username = uri.slice(uri.indexOf(":") + 1, at);
  const session = (): SessionAnswer => ({
    aor: uri,
    display_name: options.displayName ?? "",
    domain: uri.slice(at + 1),
    username,
    password,
    expires_at: systemClock.now() + 86_400_000,
    websocket: "/ws",
    limits: options.limits ?? { message: 1_048_576, file: 104_857_600, file_types: [] },
  });
  const link = new PortalLink({
    session: session(),
    openSession: () => Promise.resolve(session()),
    closeSession: () => Promise.resolve(),
    instance: options.instance ?? newInstance(),
    baseUrl: origin,
    makeSocket: options.makeSocket ?? ((url, protocol) => new WebSocket(url, protocol)),
    surroundings: options.surroundings ?? ALWAYS_ON,
    clock: systemClock,
    timers: mine.timers,
    log,
  });
  const documents = digestFetch(username, password, ask);
  const rest = new HttpRest({
    origin,
    api: "/api/v1",
    xcap: "/xcap",
    headers: { authorization: `Bearer ${token}` },
    fetch: (request) => {
      if (!new URL(request.url).pathname.startsWith("/xcap")) return ask(request);
      request.headers.delete("authorization");
      return documents(request);
    },
    onSignedOut: () => link.signedOut(),
  });
  let open = true;
  return {
    link,
    rest,
    store: options.store ?? new MemoryStore(),
    tabs: options.tabs ?? new NoTabs(),
    clock: systemClock,
    timers: mine.timers,
    async close() {
      if (!open) return;
      open = false;
      await link.close();
      if (--mine.users > 0) return;
      mine.timers.stop();
      if (shared === mine) shared = null;
    },
  };
}

/** Signs in with the whole engine; resolves when it is online. */
export async function openPortalUser(options: PortalUserOptions): Promise<PortalModel & { close(): Promise<void> }> {
  // Only here: parts can be tested where the whole does not stand yet.
  const { createEngine } = await import("../engine/portal_engine.ts");
  const parts = await openPortalParts(options);
  const model = createEngine(parts);
  parts.link.start();
  await stateOf(parts.link, "online");
  return { ...model, close: () => parts.close() };
}

/** Resolves when the link is in that state; rejects after so many ms. */
export function stateOf(link: Pick<Link, "state">, wanted: string, within_ms = 30_000): Promise<void> {
  return seen(() => link.state.value === wanted, link.state, `the link is "${wanted}"`, within_ms);
}

/** Resolves as soon as `holds`, which is looked at on each change of the signal. */
export function seen(
  holds: () => boolean,
  of: Pick<ReadonlySignal<unknown>, "subscribe">,
  what: string,
  within_ms = 30_000,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let end: (() => void) | null = null;
    let over = false;
    const finish = () => {
      over = true;
      clearTimeout(late);
      end?.();
    };
    const late = setTimeout(() => {
      finish();
      reject(new Error(`within ${within_ms} ms it did not happen that ${what}`));
    }, within_ms);
    const look = () => {
      if (over || !holds()) return;
      finish();
      resolve();
    };
    end = of.subscribe(look);
    if (over) end();
  });
}

async function logIn(ask: Ask, origin: string, uri: string, password: string): Promise<string> {
  const answer = await ask(
    new Request(`${origin}/api/v1/sessions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ uri, password }),
    }),
  );
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${uri} cannot sign in: ${answer.status} ${text}`);
  return JSON.parse(text).token;
}

function fail(error: unknown): void {
  throw error;
}
