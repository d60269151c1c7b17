import { Events, Metrics, utf8 } from "../../../../foundation/mod.ts";
import type { Log, LogFields } from "../../../../foundation/mod.ts";
import { FakeTime } from "../../../../foundation/testing.ts";
import type { Subscriber } from "../../../../storage/mod.ts";
import {
  EVERYTHING_PROVIDED,
  parsePresence,
  PresenceRights,
  type PresenceSource,
  type ServiceContent,
} from "../../../../transport/presence/mod.ts";
import type {
  DurableState,
  DurableStates,
  PublicationOrigin,
  PublicationProblem,
  PublicationResult,
  PublicationSuccess,
} from "../../../../transport/sip/mod.ts";
import { parseXml } from "../../../../transport/xml/mod.ts";
import type { Binding, CoreEvents } from "../../../sip_core/mod.ts";
import type { DocumentKey, DocumentVersion, XdmEvents } from "../../../xdm/mod.ts";
import type { PresenceEvents } from "../../presence_events.ts";
import { Presentities } from "../presentities.ts";
import type { PresentitiesLimits } from "../presentities_parts.ts";

export const ALICE = "sip:alice@example.test";
export const BOB = "sip:bob@example.test";
export const ALL = new PresenceRights(EVERYTHING_PROVIDED);
export const FULL = "application/pidf-diff+xml";

export const UDP: PublicationOrigin = { flowId: 7, host: "192.0.2.7", port: 5060, transport: "udp" };
export const TCP: PublicationOrigin = { flowId: 8, host: "192.0.2.8", port: 41_000, transport: "tcp" };

const HEAD = 'xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" ' +
  'xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid"';

/** A presence document. */
export function pidf(content: string, entity = ALICE): string {
  return `<presence ${HEAD} entity="${entity}">${content}</presence>`;
}

export function pidfFull(content: string, version = 1): string {
  return `<p:pidf-full ${HEAD} xmlns:p="urn:ietf:params:xml:ns:pidf-diff" entity="${ALICE}" version="${version}">${content}</p:pidf-full>`;
}

export function pidfDiff(operations: string, version = 2): string {
  return `<p:pidf-diff ${HEAD} xmlns:p="urn:ietf:params:xml:ns:pidf-diff" entity="${ALICE}" version="${version}">${operations}</p:pidf-diff>`;
}

/** A service of a device that says what it is at. */
export function tuple(basic: "open" | "closed", contact = "sip:phone@192.0.2.7", more = ""): string {
  return `<tuple id="t1"><status><basic>${basic}</basic></status><contact>${contact}</contact>${more}</tuple>`;
}

export function note(text: string): string {
  return `<note>${text}</note>`;
}

/** The binding of a device that registered from there. */
export function binding(
  from: PublicationOrigin,
  instance = "<urn:uuid:phone>",
  contact = "sip:phone@192.0.2.7",
): Binding {
  return {
    contact,
    params: "",
    q: 1,
    instance,
    regId: 0,
    path: [],
    callId: "r",
    cseq: 1,
    expiresAt: Infinity,
    registeredAt: 0,
    flowId: from.flowId,
    flowOnly: from.transport === "tcp",
    source: { host: from.host, port: from.port },
    transport: from.transport,
    userAgent: "",
    accessNetwork: "",
  };
}

/** What outlasts the box, in memory. */
export class FakeStates implements DurableStates {
  readonly held = new Map<string, DurableState>();
  load(): Iterable<DurableState> {
    return [...this.held.values()];
  }
  save(
    name: string,
    value: unknown,
    _lazily: boolean,
    done: ((error: Error | null) => void) | null,
    octets?: Uint8Array,
  ): void {
    if (value === null) this.held.delete(name);
    else this.held.set(name, [name, JSON.parse(JSON.stringify(value)), octets?.slice()]);
    if (done !== null) queueMicrotask(() => done(null));
  }
}

interface PublishParts {
  readonly etag?: string;
  readonly expires?: number;
  readonly type?: string;
  readonly origin?: PublicationOrigin;
  readonly by?: string;
  readonly of?: string;
}

/** Presentities with everything around them pretended. For tests only. */
export class PresentityWorld {
  readonly time: FakeTime;
  readonly metrics = new Metrics();
  readonly events: Events<PresenceEvents>;
  readonly coreEvents: Events<CoreEvents>;
  readonly xdmEvents: Events<XdmEvents>;
  readonly bindings = new Map<string, Binding[]>();
  readonly own = new Map<string, PresenceSource[]>();
  readonly invisible = new Set<string>();
  offlineServices: ServiceContent[] = [{ id: "im", serviceId: "org.openmobilealliance:IM-session", basic: "closed" }];
  readonly users = new Map<string, Subscriber>();
  /** Hard state by user. */
  readonly documents = new Map<string, string>();
  /** What `peek` does not know. */
  readonly unread = new Set<string>();
  reads = 0;
  trouble: Error | null = null;
  readonly settings = { max_document: 4096, max_expires: 7200, publish_per_minute: 6000 };
  readonly log: { text: string; fields: LogFields }[] = [];
  /** Whom others were told of. */
  readonly told: string[] = [];
  readonly states: Presentities;
  #etag = 0;

  constructor(
    options: {
      time?: FakeTime;
      durable?: DurableStates;
      limits?: Partial<PresentitiesLimits>;
      before?: PresentityWorld;
    } = {},
  ) {
    this.time = options.time ?? new FakeTime();
    const raise = (error: unknown) => {
      throw error;
    };
    this.events = new Events(raise);
    this.coreEvents = new Events(raise);
    this.xdmEvents = new Events(raise);
    for (const aor of [ALICE, BOB]) {
      const e164 = aor === ALICE ? "+15551234567" : "";
      this.users.set(aor, { aor, e164 } as Subscriber);
    }
    for (const [aor, all] of options.before?.bindings ?? []) {
      // As the location table does: connections ended with the box.
      const left = all.map((one) => ({ ...one, flowId: 0 })).filter(({ flowOnly }) => !flowOnly);
      this.bindings.set(aor, left);
    }
    this.events.on("presenceChanged", ({ presentity }) => this.told.push(presentity));
    const { time, metrics, events, coreEvents, xdmEvents, settings } = this;
    const write = (text: string, fields: LogFields = {}) => void this.log.push({ text, fields });
    const log: Log = { debug: write, info: write, warn: write, error: write, child: () => log };
    this.states = new Presentities({
      clock: time,
      timers: time.timers,
      log,
      metrics,
      events,
      coreEvents,
      xdmEvents,
      settings,
      location: { bindings: (aor) => this.bindings.get(aor) ?? [] },
      own: {
        sources: (aor) => this.own.get(aor) ?? [],
        offlineServices: () => this.offlineServices,
        isInvisible: (aor) => this.invisible.has(aor),
      },
      documents: { peek: (key) => this.#peek(key), read: (key) => this.#read(key) },
      subscribers: {
        get: (aor) => this.users.get(aor),
        byNumber: (number) => [...this.users.values()].find(({ e164 }) => e164 === number),
      },
      domains: new Set(["example.test"]),
      salt: "salt",
      durable: options.durable,
      limits: { memory: 1e7, return_ms: 120_000, slice_ms: 8, ...options.limits },
    });
  }

  /** A PUBLISH, and what became of it. */
  async publish(body: string, parts: PublishParts = {}): Promise<PublicationResult> {
    const { etag = "", expires = 3600, type = "application/pidf+xml", origin = UDP, by = ALICE, of = ALICE } = parts;
    const { publications } = this.states;
    const result = await new Promise<PublicationResult>((resolve) =>
      publications.publish(
        { resource: of, publisher: by, etag, expires, contentType: type, body: utf8(body), origin },
        (result) => {
          if ("effect" in result) {
            if (result.effect === "changed") publications.rules.changed(of);
            else if (result.effect === "refreshed") publications.rules.refreshed!(result.publication!);
          }
          resolve(result);
        },
      )
    );
    await settled();
    return result;
  }

  /** The same where it is to go well: the entity-tag. */
  async published(body: string, parts: PublishParts = {}): Promise<string> {
    const result = await this.publish(body, parts);
    if (result.status !== 200) throw new Error(`${result.status} ${(result as PublicationProblem).reason}`);
    return (result as PublicationSuccess).etag;
  }

  /** The same where it is to be refused: status and reason. */
  async refused(body: string, parts: PublishParts = {}): Promise<string> {
    const { status, reason } = await this.publish(body, parts) as PublicationProblem;
    return `${status} ${reason}`;
  }

  /** What is known of somebody, each part a line, ids left out. */
  seen(aor = ALICE): string[] {
    const { text } = this.states.composition(aor).view(ALL);
    return text.split("\n").slice(2, -2).map((line) => line.replace(/ id="[^"]*"/, ""));
  }

  /** Whom others were told of since the last time. */
  takeTold(): string[] {
    return this.told.splice(0);
  }

  /** The box itself says this of a user from now on. */
  says(content: string, aor = ALICE): void {
    this.own.set(
      aor,
      content === "" ? [] : [{
        key: "box",
        document: parsePresence(pidf(content), "salt"),
        publishedAt: this.time.now(),
      }],
    );
  }

  /** A device registers. */
  registers(one: Binding, aor = ALICE): void {
    const others = (this.bindings.get(aor) ?? []).filter(({ instance }) => instance !== one.instance);
    this.bindings.set(aor, [...others, one]);
    this.coreEvents.emit("registered", { aor, binding: one, first: others.length === 0, at: this.time.now() });
  }

  /** A registration ends. */
  leaves(one: Binding, why: CoreEvents["unregistered"]["why"] = "flow", aor = ALICE): void {
    this.bindings.set(aor, (this.bindings.get(aor) ?? []).filter(({ instance }) => instance !== one.instance));
    this.coreEvents.emit("unregistered", { aor, binding: one, why, at: this.time.now() });
  }

  /** The user writes the document of his hard state, or removes it. */
  sets(text: string | null, aor = ALICE): void {
    const key = { auid: "pidf-manipulation", owner: aor, name: "index" };
    const before = this.#version(aor);
    if (text === null) this.documents.delete(aor);
    else this.documents.set(aor, text);
    const after = this.#version(aor);
    this.xdmEvents.emit("documentChanged", { key, before, after, by: { kind: "user", aor } });
  }

  #version(aor: string): DocumentVersion | null {
    const text = this.documents.get(aor);
    return text === undefined ? null : { etag: `e${++this.#etag}`, document: parseXml(text) };
  }

  #peek({ owner }: DocumentKey): DocumentVersion | null | undefined {
    return this.unread.has(owner) ? undefined : this.#version(owner);
  }

  async #read({ owner }: DocumentKey): Promise<DocumentVersion | null> {
    this.reads++;
    await Promise.resolve();
    if (this.trouble !== null) throw this.trouble;
    return this.#version(owner);
  }
}

/** What happens at the end of a turn has happened. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}
