/**
 * Documents: the XDM servers, the Aggregation Proxy before them, and who learns of changes. Part of the composition root, beside
 * `appliance.ts`.
 */
import { type Clock, Events, type Log, type LogWriter, type Metrics } from "./foundation/mod.ts";
import type { Config } from "./config.ts";
import type { LiveSettings } from "./live_settings.ts";
import type { UserChange } from "./operations/stored/mod.ts";
import type { ParleyStorage } from "./storage/mod.ts";
import { isWildcard } from "./transport/net/mod.ts";
import { AggregationProxy, DocumentServer, HttpDigest, USAGES, type XdmEvents } from "./roles/xdm/mod.ts";
import type { Web } from "./web/mod.ts";

/** Path of the XCAP root on every web door. */
const PATH = "/xcap";

/** What documents stand on. */
export interface XdmParts {
  readonly config: Config;
  readonly live: LiveSettings;
  readonly storage: ParleyStorage;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: LogWriter;
  /** Web doors that are open, as in the ready line. */
  readonly webDoors: () => readonly string[];
  /** What a listener threw. */
  readonly failed: (error: unknown) => void;
}

/** Everything of documents that is one for the whole box. */
export class Xdm {
  readonly events: Events<XdmEvents>;
  readonly documents: DocumentServer;
  readonly #proxy: AggregationProxy;
  readonly #log: Log;

  private constructor(parts: XdmParts, events: Events<XdmEvents>, documents: DocumentServer) {
    const { config, live, storage, clock, metrics, log } = parts;
    this.events = events;
    this.documents = documents;
    this.#log = log.child("xdm");
    this.#proxy = new AggregationProxy({
      documents,
      search: null,
      digest: new HttpDigest(storage.subscribers, clock, live.lockOut),
      subscribers: storage.subscribers,
      domains: new Set(config.domains),
      path: PATH,
      settings: live.xdm,
      clock,
      metrics,
      log: this.#log,
    });
  }

  /** Rejects with StorageError where the documents cannot be read. */
  static async open(parts: XdmParts): Promise<Xdm> {
    const { config, live, storage, clock, metrics, log } = parts;
    const events = new Events<XdmEvents>(parts.failed);
    const documents = await DocumentServer.open({
      documents: storage.documents,
      usages: USAGES,
      domains: new Set(config.domains),
      root: () => `${webBase(config, parts.webDoors())}${PATH}`,
      settings: live.xdm,
      events,
      clock,
      metrics,
      log: log.child("xdm"),
    });
    return new Xdm(parts, events, documents);
  }

  /** Adds the XCAP root to the web application. */
  mount(web: Web): void {
    web.all(`${PATH}/*`, (c) => this.#proxy.handle(c.req.raw, c.env));
  }

  /** After a change of a user has been committed. */
  userChanged(aor: string, change: UserChange): void {
    if (change !== "removed") return;
    this.documents.forget(aor).catch((error: Error) =>
      this.#log.error("documents of a removed user stay", { user: aor, error: error.message })
    );
  }
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
