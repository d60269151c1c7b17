/**
 * Documents: the XDM servers, the Aggregation Proxy before them, and who learns of changes. Part of the composition root, beside
 * `appliance.ts`.
 */
import { type Clock, Events, type Log, type LogWriter, type Metrics, type Timers } from "./foundation/mod.ts";
import type { Config } from "./config.ts";
import type { LiveSettings } from "./live_settings.ts";
import { isReservedUser, type UserChange } from "./operations/stored/mod.ts";
import type { ParleyStorage } from "./storage/mod.ts";
import { isWildcard } from "./transport/net/mod.ts";
import type { EventServer } from "./transport/sip/mod.ts";
import {
  AggregationProxy,
  DocumentEvents,
  DocumentRules,
  DocumentServer,
  fieldNames,
  HttpDigest,
  IndexedSearch,
  mandatoryBits,
  type OpenGroup,
  type OrderedTable,
  type SaidWords,
  Searches,
  SearchIndex,
  type ServedDocuments,
  USAGES,
  withConsent,
  withContactRules,
  withServed,
  type XdmEvents,
  XQuerySearchProxy,
} from "./roles/xdm/mod.ts";
import type { SessionKeys } from "./roles/sip_core/mod.ts";
import { factoryUri } from "./roles/controlling/mod.ts";
import { systemAddress } from "./roles/system_messages/mod.ts";
import type { AccessRules } from "./roles/participating/mod.ts";
import type { Connection, Web } from "./web/mod.ts";

/** Path of the XCAP root on every web door. */
const PATH = "/xcap";

/** Why subscriptions of a user to documents end: with a new password whoever had the old one may not see more, too. */
const ENDS_SUBSCRIPTIONS: { readonly [change in UserChange]?: "noresource" | "rejected" | "deactivated" } = {
  removed: "noresource",
  suspended: "rejected",
  unsubscribed: "rejected",
  barred: "rejected",
  password: "deactivated",
};

/** What documents stand on. */
export interface XdmParts {
  readonly config: Config;
  readonly live: LiveSettings;
  readonly storage: ParleyStorage;
  /** Of users' browser sessions. */
  readonly sessionKeys: SessionKeys;
  /** Answers SUBSCRIBE. */
  readonly eventServer: EventServer;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly metrics: Metrics;
  readonly log: LogWriter;
  /** Web doors that are open, as in the ready line. */
  readonly webDoors: () => readonly string[];
  /** What this user's documents say of who may reach them may be something else from now on. */
  readonly rulesChanged: (aor: string) => void;
  /** Whether people may sign up by themselves at present. */
  readonly signUpOpen: () => boolean;
  /** What a listener threw. */
  readonly failed: (error: unknown) => void;
}

/** Everything of documents that is one for the whole box. */
export class Xdm {
  readonly events: Events<XdmEvents>;
  readonly documents: DocumentServer;
  /** Who may reach whom. */
  readonly rules: DocumentRules;
  /** The same, and nobody whose request to be a contact waits for an answer (GM-5). */
  readonly access: AccessRules;
  /** Base of XCAP URIs, without a slash at the end. */
  readonly root: () => string;
  /** Where people sign up; "" where they cannot. */
  readonly signUpLink: () => string;
  /** Every birth date (`YYYY-MM-DD`) that is known of a user, once `ready` has resolved. */
  readonly birthDates: { ready(): Promise<void>; of(aor: string): readonly string[] };
  /** Mandatory fields that a user's public profile lacks (UPROF-8), by name, once `ready` has resolved. None where nobody searches. */
  readonly mandatory: { ready(): Promise<void>; missing(aor: string): readonly string[] };
  /** Searches of users for people, rooms and their own conversations. */
  readonly searches: Searches;
  /**
   * Groups that everybody may join: all of them, which rejects with SearchRefusal where their documents cannot be read; one by its folded
   * address, as far as they have been read.
   */
  readonly openGroups: {
    all(): Promise<OrderedTable<OpenGroup>>;
    find(uri: string): OpenGroup | undefined;
  };
  /** Where it is known what was said in conversations; whoever keeps them sets it. */
  said: SaidWords | null = null;
  readonly #index: SearchIndex;
  readonly #notifications: DocumentEvents;
  readonly #proxy: AggregationProxy;
  readonly #served: Map<string, ServedDocuments>;
  readonly #log: Log;

  private constructor(
    parts: XdmParts,
    events: Events<XdmEvents>,
    documents: DocumentServer,
    served: Map<string, ServedDocuments>,
  ) {
    const { config, live, storage, clock, metrics, log } = parts;
    this.events = events;
    this.documents = documents;
    this.#served = served;
    this.#log = log.child("xdm");
    this.root = () => `${webBase(config, parts.webDoors())}${PATH}`;
    this.signUpLink = () => signUpLink(parts);
    // What the box says, and what its rooms pass on: whom one hears in a room, its filters say.
    const services: ReadonlySet<string> = new Set([
      ...config.domains.map(systemAddress),
      factoryUri(config.domains[0]),
    ]);
    this.rules = new DocumentRules({
      service: documents,
      documents: storage.documents,
      usages: USAGES,
      subscribers: storage.subscribers,
      domains: new Set(config.domains),
      root: () => `${webBase(config, parts.webDoors())}${PATH}`,
      settings: live.contacts,
      events,
      isService: (aor) => services.has(aor),
      clock,
      metrics,
      log: this.#log,
      changed: parts.rulesChanged,
    });
    this.access = withConsent(this.rules, documents);
    this.#notifications = new DocumentEvents({
      documents,
      store: withServed(storage.documents, served),
      usages: USAGES,
      subscribers: storage.subscribers,
      domains: new Set(config.domains),
      root: this.root,
      events,
      clock,
      timers: parts.timers,
      metrics,
    });
    this.#notifications.join(parts.eventServer);
    const searching = { service: documents, settings: live.search, clock, metrics, log: this.#log };
    this.#index = new SearchIndex({ ...searching, documents: storage.documents, events });
    this.birthDates = { ready: () => this.#index.whole(), of: (aor) => this.#index.birthDatesOfUser(aor) };
    this.mandatory = {
      ready: () => this.#index.whole(),
      missing: (aor) => {
        const needed = live.search.enabled ? mandatoryBits(live.search) : 0;
        return needed === 0 ? [] : fieldNames(needed & ~(this.#index.person(aor)?.filled ?? 0));
      },
    };
    const search = new IndexedSearch({
      ...searching,
      index: this.#index,
      privacy: live.privacy,
      subscribers: storage.subscribers,
      blocks: (owner, person) => this.rules.blocks(owner, person),
    });
    const { open } = this.#index.groups;
    this.openGroups = { all: () => search.openGroups(), find: (uri) => open.table.get(uri) };
    this.searches = new Searches({ ...searching, search, said: () => this.said });
    this.#proxy = new AggregationProxy({
      documents,
      search: new XQuerySearchProxy(this.searches),
      digest: new HttpDigest(storage.subscribers, clock, live.lockOut, parts.sessionKeys),
      subscribers: storage.subscribers,
      domains: new Set(config.domains),
      path: PATH,
      settings: live.xdm,
      clock,
      metrics,
      log: this.#log,
    });
  }

  /** A usage's documents are made and changed by another role from now on. Before the doors open. */
  serve(documents: ServedDocuments): void {
    this.#served.set(documents.auid, documents);
  }

  /** Rejects with StorageError where the documents cannot be read. */
  static async open(parts: XdmParts): Promise<Xdm> {
    const { config, live, storage, clock, metrics, log } = parts;
    const events = new Events<XdmEvents>(parts.failed);
    const served = new Map<string, ServedDocuments>();
    const documents = await DocumentServer.open({
      documents: withServed(storage.documents, served),
      served,
      usages: withContactRules(USAGES, {
        subscribers: storage.subscribers,
        domains: new Set(config.domains),
        settings: live.contacts,
        signUpLink: () => signUpLink(parts),
      }),
      domains: new Set(config.domains),
      isAddress: (uri) =>
        storage.subscribers.get(uri) !== undefined || isReservedUser(/^sips?:([^@]*)@/i.exec(uri)?.[1] ?? "") ||
        (uri.startsWith("tel:") && storage.subscribers.byNumber(uri.slice(4)) !== undefined),
      root: () => `${webBase(config, parts.webDoors())}${PATH}`,
      settings: live.xdm,
      events,
      clock,
      metrics,
      log: log.child("xdm"),
    });
    const xdm = new Xdm(parts, events, documents, served);
    xdm.#index.start();
    return xdm;
  }

  /** Everything of a user who is gone. Rejects with StorageError. */
  async forget(aor: string): Promise<void> {
    await this.documents.forget(aor);
    this.rules.forget(aor);
    this.#index.forget(aor);
    this.#notifications.treeRemoved(aor);
  }

  /** After a change of a user has been committed. */
  userChanged(aor: string, change: UserChange): void {
    const reason = ENDS_SUBSCRIPTIONS[change];
    if (reason !== undefined) this.#notifications.end(aor, reason);
  }

  /** Ends what goes on by itself. */
  close(): void {
    this.#index.close();
  }

  /** A request in the name of a user who is signed in otherwise; `path` stands before its target instead of the root's. */
  answerFor(aor: string, path: string, request: Request, connection: Connection): Promise<Response> {
    return this.#proxy.handle(request, connection, { aor, path });
  }

  /** Adds the XCAP root to the web application. */
  mount(web: Web): void {
    web.all(`${PATH}/*`, (c) => this.#proxy.handle(c.req.raw, c.env));
  }
}

/** The page on which people sign up (GM-12); "" where the operator has not opened it. */
function signUpLink({ config, webDoors, signUpOpen }: XdmParts): string {
  return signUpOpen() ? `${webBase(config, webDoors())}/join` : "";
}

/** How clients reach the web doors: https before http, by the advertised host where there is one. */
function webBase({ advertise, domains }: Config, doors: readonly string[]): string {
  const door = doors.find((one) => one.startsWith("https:")) ?? doors[0];
  const url = URL.parse(door ?? "");
  if (url === null) return `https://${domains[0]}`;
  if (advertise.host !== "") url.hostname = advertise.host.includes(":") ? `[${advertise.host}]` : advertise.host;
  else if (isWildcard(url.hostname.replace(/^\[(.*)\]$/, "$1"))) url.hostname = domains[0];
  return url.origin;
}
