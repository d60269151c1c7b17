import { Metrics, silentLog } from "../../../../foundation/mod.ts";
import { MemoryDuplex, Switchboard } from "../../../../transport/msrp/mod.ts";
import { type IncomingMessage, MsrpSession, type SessionUser } from "../../../../transport/msrp/session/mod.ts";
import { utf8 } from "../../../../foundation/mod.ts";
import type { AccessRules } from "../../access.ts";
import type { MediaPlane } from "../media_plane.ts";
import type { SessionRecorder } from "../session_recorder.ts";
import type { SessionSettings } from "../session_settings.ts";
import type { Undelivered } from "../undelivered.ts";
import { SessionWorld } from "./session_world.ts";

/** A client that writes down what comes. */
export class Client implements SessionUser {
  readonly texts: string[] = [];
  readonly types: string[] = [];
  readonly delivered: string[] = [];
  readonly failed: number[] = [];
  closed = "";
  session!: MsrpSession;

  onMessage(message: IncomingMessage): number {
    this.texts.push(new TextDecoder().decode(message.body));
    this.types.push(message.contentType);
    return 200;
  }
  onClosed(reason: string): void {
    this.closed = reason;
  }
  say(text: string, contentType = "text/plain"): void {
    this.session.send({
      contentType,
      body: utf8(text),
      successReport: true,
      user: {
        onDelivered: () => this.delivered.push(text),
        onFailed: (_message, status) => this.failed.push(status),
      },
    });
  }
}

/** A box whose messages really pass, and clients with MSRP stacks of their own; octets go through memory. */
export class MsrpWire {
  readonly world: SessionWorld;
  readonly box: Switchboard;
  /** alice's, bob's, anybody's. */
  readonly nodes: readonly Switchboard[];
  readonly alice = new Client();
  readonly bob = new Client();
  /** Each cuts one connection, in the order in which they were made. */
  readonly cuts: (() => void)[] = [];

  /** `media`: in place of bridges of the box itself. `undelivered`: what stores messages; absent: nothing does. */
  constructor(
    settings: Partial<SessionSettings> = {},
    access?: AccessRules,
    media?: (world: SessionWorld, box: Switchboard) => MediaPlane,
    undelivered?: (world: SessionWorld) => Undelivered,
    recorder?: SessionRecorder,
  ) {
    let box: Switchboard | null = null;
    this.world = new SessionWorld({
      settings,
      access,
      undelivered,
      recorder,
      node: (world) => box = this.#node(world, true),
      media: media === undefined ? undefined : (world) => media(world, box!),
    });
    this.box = box!;
    this.nodes = [1, 2, 3].map(() => this.#node(this.world, false));
  }

  /** A client's end of a session. */
  end(user: Client, node: number, uri: string): MsrpSession {
    const { time } = this.world;
    return user.session = new MsrpSession({
      node: this.nodes[node],
      sessionId: /\/([^;]*);/.exec(uri.slice(8))![1],
      uri,
      acceptTypes: ["*"],
      user,
      clock: time,
      timers: time.timers,
    });
  }

  /** Lets everything that is on its way arrive. */
  async settle(): Promise<void> {
    for (let i = 0; i < 60; i++) await new Promise((resolve) => queueMicrotask(() => resolve(null)));
  }

  #node(world: SessionWorld, isBox: boolean): Switchboard {
    return new Switchboard({
      clock: world.time,
      timers: world.time.timers,
      log: silentLog,
      metrics: new Metrics(),
      dialer: {
        dial: (_transport, to) => {
          const [near, far] = MemoryDuplex.pair({ host: "198.51.100.9", port: 40_000 }, to, {
            transport: "tcp",
            hasFingerprint: () => false,
          });
          (isBox ? this.nodes[1] : this.box).accept(far);
          this.cuts.push(() => near.destroy());
          return near;
        },
      },
      doors: isBox ? [{ transport: "tcp", advertised: { host: "im.example.test", port: 2855 } }] : [],
    });
  }
}
