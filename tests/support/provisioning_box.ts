/**
 * A box in this process with the provisioning role in it: real sockets, a real store in a temporary folder, the SIP/IP Core
 * and pager mode, and a web door. What the appliance adds around it (console, doors of all kinds) is not here.
 */
import { Events, Metrics, silentLog, systemClock, TimerQueues } from "../../foundation/mod.ts";
import {
  PROFILE_DEFAULTS,
  type ProfileDefaults,
  StoredOperations,
  type StoredOperationsOptions,
} from "../../operations/stored/mod.ts";
import { DeferredDelivery, type DeferredEvents } from "../../roles/deferred/mod.ts";
import {
  contentRules,
  DEFAULT_PAGER,
  originating,
  type PagerEvents,
  terminating,
} from "../../roles/participating/mod.ts";
import {
  clientDoors,
  createProvisioning,
  type Provisioning,
  type SignUpSettings,
} from "../../roles/provisioning/mod.ts";
import {
  Core,
  type CoreEvents,
  type CoreServices,
  createAuthenticator,
  createRegistrar,
  type Element,
  FlowTokens,
  type Registrar,
  routingTable,
  serviceState,
  TrustedHops,
  TrustEgress,
} from "../../roles/sip_core/mod.ts";
import { openStorage, type ParleyStorage } from "../../storage/mod.ts";
import { Admission, DnsResolver } from "../../transport/net/mod.ts";
import { DenoDnsWire } from "../../transport/net/machine/mod.ts";
import { DnsLocator, Receiver, TransactionLayer } from "../../transport/sip/mod.ts";
import { nodeHash } from "../../transport/sip/digest/node_hash.ts";
import { SipWires } from "../../transport/sip/flows/mod.ts";
import { createWeb, Health, openWebDoor } from "../../web/mod.ts";
import { assetRoutes } from "../../web/ui/mod.ts";
import { passwordOf } from "./parley.ts";

const DOMAIN = "example.test";
/** The element of SUBSCRIBE and PUBLISH: nothing of it is needed here. */
const PASS: Element = (next) => next;

export class ProvisioningBox {
  readonly domain = DOMAIN;
  readonly port: number;
  readonly url: string;
  readonly storage: ParleyStorage;
  readonly operations: StoredOperations;
  readonly provisioning: Provisioning;
  readonly registrar: Registrar;
  readonly #close: () => Promise<void>;

  private constructor(parts: {
    port: number;
    url: string;
    storage: ParleyStorage;
    operations: StoredOperations;
    provisioning: Provisioning;
    registrar: Registrar;
    close: () => Promise<void>;
  }) {
    this.port = parts.port;
    this.url = parts.url;
    this.storage = parts.storage;
    this.operations = parts.operations;
    this.provisioning = parts.provisioning;
    this.registrar = parts.registrar;
    this.#close = parts.close;
  }

  static async open(settings: SignUpSettings, defaults = PROFILE_DEFAULTS): Promise<ProvisioningBox> {
    const dir = await Deno.makeTempDir({ prefix: "parley-provisioning-" });
    const closing: (() => Promise<unknown> | void)[] = [() => Deno.remove(dir, { recursive: true })];
    const close = async () => {
      for (const one of closing.splice(0).reverse()) await one();
    };
    try {
      return await ProvisioningBox.#build(settings, defaults, dir, closing, close);
    } catch (error) {
      await close();
      throw error;
    }
  }

  static async #build(
    settings: SignUpSettings,
    defaults: ProfileDefaults,
    dir: string,
    closing: (() => Promise<unknown> | void)[],
    close: () => Promise<void>,
  ): Promise<ProvisioningBox> {
    const clock = systemClock;
    const log = silentLog;
    const metrics = new Metrics();
    const failed = (error: unknown) => console.error(error);
    const timers = new TimerQueues(clock, failed);
    timers.run();
    closing.push(() => timers.stop());
    const storage = await openStorage({ kv: `${dir}/parley.kv`, keyFile: `${dir}/parley.key`, clock, timers, log });
    closing.push(() => storage.close());
    const { subscribers } = storage;
    const domains: ReadonlySet<string> = new Set([DOMAIN]);

    const wires = new SipWires({ log, metrics, clock, timers });
    closing.push(() => wires.close());
    const transactions = new TransactionLayer({ wires, clock, timers, log, metrics });
    wires.handler = new Receiver({ transactions, wires, clock, log, metrics });
    const resolver = new DnsResolver({
      wire: new DenoDnsWire(),
      servers: [],
      hosts: new Map(),
      clock,
      timers,
      log,
      metrics,
    });
    const locator = new DnsLocator({
      resolver,
      clock,
      metrics,
      peers: new Map(),
      transports: new Set(["udp", "tcp"]),
      random: Math.random,
    });

    // What the registrar asks is made after it: it needs the operations, and they end registrations.
    let provisioning: Provisioning | null = null;
    const events = new Events<CoreEvents>(failed);
    const registrar = createRegistrar({
      subscribers,
      registrations: storage.registrations,
      domains,
      wires,
      events,
      clock,
      timers,
      log,
      metrics,
      gruuKey: storage.secret("temporary gruu"),
      newcomers: {
        confirmAt: (user) => provisioning!.newcomers.confirmAt(user),
        admit: (aor, done) => provisioning!.newcomers.admit(aor, done),
      },
    });
    closing.push(() => registrar.close());
    const ends = new Set(["removed", "suspended", "unsubscribed", "password"]);
    const changed: StoredOperationsOptions["changed"] = (aor, change) => {
      if (ends.has(change)) registrar.reject(aor);
      provisioning?.userChanged(aor, change);
    };
    const operations = new StoredOperations({
      storage,
      clock,
      data: dir,
      domains: [DOMAIN],
      version: "test",
      actor: "test",
      changed,
      defaults: () => defaults,
    });
    const services: CoreServices = {
      transactions,
      wires,
      locator,
      location: registrar.location,
      timers,
      clock,
      log,
      egress: new TrustEgress(new TrustedHops([])),
      tokens: new FlowTokens(wires),
      domains,
      salt: 1,
    };
    const directory = { subscribers, gruus: registrar.location };
    const pagerEvents = new Events<PagerEvents>(failed);
    const deferred = new DeferredDelivery({
      services,
      store: storage.deferredMessages,
      settings: { default_s: 86_400, max_s: 86_400 },
      coreEvents: events,
      events: new Events<DeferredEvents>(failed),
      metrics,
      mayReceive: (aor) => {
        const user = subscribers.get(aor);
        return user !== undefined && serviceState(user, clock) === "active";
      },
    });
    closing.push(() => deferred.stop());
    const table = routingTable(services, {
      directory,
      authenticate: createAuthenticator({
        subscribers,
        domains,
        hops: new TrustedHops([]),
        hash: nodeHash,
        clock,
        events,
        metrics,
        admitForeign: () => false,
        isRefresh: (request, aor) => registrar.isRefresh(request, aor),
        registeredOver: (aor, flowId) => registrar.registeredOver(aor, flowId),
        isOwn: (host, port) => wires.isOwn(host, port, null),
      }),
      registrar: registrar.element((exchange) => exchange.reply(404)),
      subscribe: PASS,
      publish: PASS,
      contentRules: contentRules(DEFAULT_PAGER, DOMAIN),
      originating: originating({
        settings: DEFAULT_PAGER,
        location: registrar.location,
        domains,
        clock,
        events: pagerEvents,
        host: DOMAIN,
      }),
      terminating: terminating({ services, deferred, settings: DEFAULT_PAGER, events: pagerEvents }),
    });
    transactions.user = new Core(services, table, directory, metrics);
    // TCP first: a port that is free for it is nearly always free for UDP, but connections of others use up the reverse.
    const { local: { port } } = await wires.listen("tcp://127.0.0.1:0");
    await wires.listen(`udp://127.0.0.1:${port}`);

    const web = createWeb({
      metrics,
      health: new Health(),
      mayReadMetrics: () => false,
      acceptWebSocket: null,
      log,
    });
    let url = "";
    provisioning = await createProvisioning({
      records: (name, max) => storage.records(name, max),
      subscribers,
      operations,
      users: {
        suggestUri: (name, domain) => `sip:${name.toLowerCase() || "user"}@${domain}`,
        // Of what it may change, the pages change the password alone, and look at nothing that comes back.
        change: async (uri, { password = "" }) => {
          await operations.setPassword({ uri, password });
          return null as never;
        },
        revokeDevices: (uri) => Promise.resolve(registrar.reject(uri)),
      },
      endSessions: () => Promise.resolve(),
      stayDays: () => 30,
      domains: [DOMAIN],
      settings: () => settings,
      base: () => url,
      doors: () => clientDoors([`udp://127.0.0.1:${port}`, `tcp://127.0.0.1:${port}`], "", "127.0.0.1"),
      certificateTrusted: () => false,
      xcapRoot: () => "https://im.example.test/xcap",
      api: () => Promise.resolve(new Response(null, { status: 404 })),
      clock,
      timers,
      log,
      audit: (event, actor, facts) => storage.auditLog.append({ at: clock.now(), event, actor, facts }),
    });
    closing.push(() => provisioning?.close());
    web.route("/", assetRoutes());
    const pages = provisioning.app;
    web.all("*", (c) => pages.fetch(c.req.raw, c.env));
    const door = await openWebDoor({ transport: "http", host: "127.0.0.1", port: 0 }, {
      web,
      material: null,
      admission: new Admission(clock),
      timers,
      metrics,
      log,
    });
    closing.push(() => door.close());
    url = door.url;
    return new ProvisioningBox({ port, url, storage, operations, provisioning, registrar, close });
  }

  /** Adds users with the passwords that all test users have. */
  async addUsers(state: "active" | "unsubscribed", ...names: string[]): Promise<void> {
    const users = names.map((name) => ({
      uri: `sip:${name}@${DOMAIN}`,
      password: passwordOf(name),
      display_name: "",
      e164: "",
    }));
    const { errors } = await this.operations.addUsers({ users, replace: false, dry_run: false, state });
    if (errors.length > 0) throw new Error(errors[0].message);
  }

  /** Opens a page and sends its form, as a browser would; redirects are not followed. */
  async send(page: string, action: string, fields: Record<string, string> = {}): Promise<Response> {
    const opened = await fetch(page);
    const token = /name="_csrf" value="([^"]+)"/.exec(await opened.text())![1];
    return await fetch(action, {
      method: "POST",
      headers: { "sec-fetch-site": "same-origin", cookie: opened.headers.getSetCookie()[0].split(";")[0] },
      body: new URLSearchParams({ _csrf: token, ...fields }),
      redirect: "manual",
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}
