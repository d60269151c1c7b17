import { Events, Metrics, silentLog, utf8 } from "../../../../foundation/mod.ts";
import { MemoryDuplex, MsrpSwitchRoom, Switchboard } from "../../../../transport/msrp/mod.ts";
import { type IncomingMessage, MsrpSession, type SessionUser } from "../../../../transport/msrp/session/mod.ts";
import { tryParseCpim, writeCpim } from "../../../../transport/payload/mod.ts";
import type { RoomMessage, RoomMessages } from "../../../../storage/mod.ts";
import type { Received, Sent } from "../../../sip_core/testing/core_world.ts";
import { adhocTerms } from "../../policy/exports.ts";
import type { Rooms } from "../../rooms/live_room.ts";
import { RoomTable } from "../../rooms/room_table.ts";
import { answer, FocusWorld, mediaOf, offer, take } from "./focus_world.ts";

/** Somebody's MSRP: says, and writes down what comes. */
export class Talker implements SessionUser {
  readonly name: string;
  readonly heard: string[] = [];
  readonly fates: number[] = [];
  readonly session: MsrpSession;
  readonly id: string;
  readonly path: string;
  closed = "";
  #said = 0;
  constructor(world: WholeWorld, name: string, id: string) {
    this.name = name;
    this.id = id;
    this.path = `msrp://203.0.113.1:8888/${id};tcp`;
    const { devices: node, time } = world;
    const own = { node, sessionId: id, uri: this.path, acceptTypes: ["message/cpim"] };
    this.session = new MsrpSession({ ...own, user: this, clock: time, timers: time.timers });
  }
  onMessage(message: IncomingMessage): number {
    const cpim = tryParseCpim(message.body);
    this.heard.push(cpim === null ? "?" : new TextDecoder().decode(cpim.body));
    return 200;
  }
  onClosed(reason: string): void {
    this.closed = reason;
  }
  connect(path: readonly string[]): void {
    this.session.start("active", { path });
  }
  say(text: string, to: string): void {
    const from = { uri: `sip:${this.name}@example.test`, name: "" };
    const head = { from, to: [{ uri: to, name: "" }], contentHeaders: [["Content-Type", "text/plain"]] as const };
    this.session.send({
      messageId: `${this.name}.${++this.#said}`,
      contentType: "message/cpim",
      body: writeCpim(head, utf8(text)),
      user: {
        onSent: () => this.fates.push(200),
        onFailed: (_message, status) => this.fates.push(status),
      },
    });
  }
}

/** What is made when time and wires are there. */
interface Late {
  board: Switchboard | null;
  now: RoomTable | null;
  early: Switchboard["unannounced"];
}

/** The focus with rooms, their switch and MSRP as they are; only the store is a list, and wires are memory. For tests only. */
export class WholeWorld extends FocusWorld {
  readonly board: Switchboard;
  readonly devices: Switchboard;
  /** Breaks all connections between devices and the box. */
  readonly cuts: (() => void)[] = [];
  readonly table: { now: RoomTable };
  readonly #stored = new Map<string, RoomMessage[]>();
  #ids = 0;

  private constructor(
    late: Late,
    options: ConstructorParameters<typeof FocusWorld>[0] = {},
  ) {
    super({
      ...options,
      deps: {
        ...options.deps,
        node: { uriFor: (...asked) => late.board!.uriFor(...asked) },
        early: {
          uriFor: (...asked) => late.board!.uriFor(...asked),
          endOf: (id) => late.board!.endOf(id),
          handOver: (connection, from, to) => late.board!.handOver(connection, from, to),
          get unannounced() {
            return late.early;
          },
          set unannounced(taken) {
            late.early = taken;
          },
        },
        rooms: new Proxy({} as Rooms, {
          get: (_, name) => {
            const value = late.now![name as keyof RoomTable];
            return typeof value === "function" ? value.bind(late.now) : value;
          },
        }),
      },
    });
    this.table = late as { now: RoomTable };
    this.devices = this.#node(() => this.board);
    this.board = late.board = this.#node(() => this.devices);
    this.board.unannounced = late.early;
    this.board.addDoor({ transport: "tcp", advertised: { host: "im.example.test", port: 2855 } });
  }

  static async make(options: ConstructorParameters<typeof FocusWorld>[0] = {}): Promise<WholeWorld> {
    const late: Late = { board: null, now: null, early: null };
    const world = new WholeWorld(late, options);
    const { time } = world;
    const limits = {
      message: world.settings.message_bytes,
      window: 8,
      windowOctets: 1_000_000,
      behind: 100,
      behindOctets: 10_000_000,
      silence_ms: 20_000,
    };
    late.now = await RoomTable.open({
      domain: "example.test",
      clock: time,
      timers: time.timers,
      log: silentLog,
      settings: world.settings,
      policies: { isGroup: () => false, policyOf: (uri) => Promise.resolve(world.groups.get(uri)!) },
      adhocTerms: (subject) => adhocTerms(world.settings, subject),
      makeSwitch: (owner) =>
        new MsrpSwitchRoom({ node: world.board, clock: time, timers: time.timers, log: silentLog, limits, owner }),
      states: { load: () => [], save: (_name, _value, _lazily, done) => queueMicrotask(() => done?.(null)) },
      messages: world.#messages(),
      events: new Events((error) => {
        throw error;
      }),
      blocks: () => false,
    });
    return world;
  }

  /** A device with MSRP. */
  talker(name: string, id = `${name}${++this.#ids}x`): Talker {
    return new Talker(this, name, id);
  }

  /** Somebody dials in, and is connected. */
  async joins(name: string, uri: string, list?: readonly string[]): Promise<{ talker: Talker; invited: Received }> {
    const talker = this.talker(name);
    const invited = this.invite(uri, { from: name, sdp: offer({ path: talker.path }), list });
    if (invited.last.status === 200) {
      this.within(invited, "ACK");
      talker.connect(mediaOf(invited.last).path);
    }
    await this.settled();
    return { talker, invited };
  }

  /** A device takes our invitation, and is connected. */
  async takes(name: string, sent: Sent): Promise<Talker> {
    const talker = this.talker(name);
    take(sent, answer({ path: talker.path }));
    talker.connect(mediaOf(sent.request).path);
    await this.settled();
    return talker;
  }

  async settled(): Promise<void> {
    for (let i = 0; i < 12; i++) await this.quiet();
  }

  #messages(): RoomMessages {
    const stored = this.#stored;
    return {
      append: (room, message, done) => {
        const kept = stored.get(room) ?? [];
        stored.set(room, kept);
        kept.push({ ...message, body: message.body.map((piece) => piece.slice()) });
        queueMicrotask(() => done(null));
      },
      read: (room, after) => Promise.resolve((stored.get(room) ?? []).filter(({ seq }) => seq > after)),
      drop: (room, upTo) => void stored.set(room, (stored.get(room) ?? []).filter(({ seq }) => seq > upTo)),
      rooms: () => stored.keys(),
      get count() {
        return [...stored.values()].reduce((sum, { length }) => sum + length, 0);
      },
      octets: 0,
    };
  }

  #node(other: () => Switchboard): Switchboard {
    return new Switchboard({
      clock: this.time,
      timers: this.time.timers,
      log: silentLog,
      metrics: new Metrics(),
      dialer: {
        dial: (_transport, to) => {
          const [near, far] = MemoryDuplex.pair({ host: "203.0.113.1", port: 40_000 }, to, { transport: "tcp" });
          this.cuts.push(() => near.destroy());
          queueMicrotask(() => other().accept(far));
          return near;
        },
      },
    });
  }
}
