import assert from "node:assert/strict";
import { fromLatin1, toLatin1, utf8 } from "../../../../foundation/mod.ts";
import type { RoomRefusal } from "../../policy/terms.ts";
import type { Attendance, Entrant, LiveRoom, Seat } from "../live_room.ts";
import { type FakeLeg, incoming, nicknameRequest } from "./fake_switch.ts";
import { aor, DOMAIN, type RoomsWorld } from "./rooms_world.ts";

/** How somebody comes. */
export type How = Partial<Entrant> & { readonly privateMessages?: boolean };

/** A device of somebody in a room. */
export class Device implements Attendance {
  readonly world: RoomsWorld;
  readonly room: LiveRoom;
  readonly aor: string;
  seat!: Seat;
  leg!: FakeLeg;
  /** Everything it ever got, over all its legs. */
  readonly media: string[] = [];
  readonly dismissed: string[] = [];
  readonly #before: FakeLeg[] = [];
  static #sessions = 0;

  constructor(world: RoomsWorld, room: LiveRoom, name: string) {
    this.world = world;
    this.room = room;
    this.aor = aor(name);
  }

  /** Joined, and ready. */
  static join(world: RoomsWorld, room: LiveRoom, name: string, how: How = {}): Device {
    const device = Device.invite(world, room, name, { how: "dialed-in", ...how });
    device.connect(how.privateMessages);
    return device;
  }
  /** Joined, and it is stored that it has: what it missed goes out to it. */
  static async joined(world: RoomsWorld, room: LiveRoom, name: string, how: How = {}): Promise<Device> {
    const device = Device.join(world, room, name, how);
    await world.settled();
    return device;
  }
  static invite(world: RoomsWorld, room: LiveRoom, name: string, how: How = {}): Device {
    const device = new Device(world, room, name);
    const seat = device.ask(name, how);
    assert.ok("leave" in seat, JSON.stringify(seat));
    device.seat = seat;
    return device;
  }
  ask(name: string, how: How = {}): Seat | RoomRefusal {
    const whole: Entrant = {
      aor: this.aor,
      number: "",
      anonymous: false,
      name: name[0].toUpperCase() + name.slice(1),
      how: "dialed-out",
      hidden: false,
      ...how,
    };
    return this.room.seat(whole, this);
  }
  connect(privateMessages?: boolean): void {
    const n = ++Device.#sessions;
    const facts = {
      sessionId: `session${n}`,
      uri: `msrp://${DOMAIN}:2855/session${n};tcp`,
      acceptTypes: ["message/cpim"],
      peerTypes: ["message/cpim"],
      peerMaxSize: 0,
      ...(privateMessages !== undefined && { privateMessages }),
    };
    const leg = this.seat.join(facts);
    if (this.leg !== undefined) this.#before.push(this.leg);
    const { inner = leg } = leg as unknown as { inner?: FakeLeg };
    this.leg = inner as FakeLeg;
    leg.start("passive", { path: ["msrp://client.invalid:2855/x;tcp"] });
  }
  /** The connection is lost, and does not come back soon. */
  cut(): void {
    this.leg.fail("lost");
    this.seat.leave("absent");
  }

  onMediaClosed(why: string): void {
    this.media.push(why);
  }
  onDismissed(reason: string): void {
    this.dismissed.push(reason);
  }

  /** What it got: bodies of what is in CPIM. */
  get got(): string[] {
    return this.gotWhole.map((text) => text.slice(text.indexOf("\r\n\r\n", text.indexOf("\r\n\r\n") + 4) + 4));
  }
  get gotWhole(): string[] {
    return [...this.#before, this.leg].flatMap(({ got }) => got).map(({ body }) =>
      body.map((piece) => toLatin1(piece)).join("")
    );
  }

  /** The answer to a message of these octets. */
  send(octets: Uint8Array, contentType = "message/cpim", messageId = `m${++Device.#sessions}`): Promise<number> {
    const { owner } = this.world.switchOf(this.leg) ?? { owner: null };
    if (owner === null) return Promise.resolve(481);
    const body = octets.slice();
    const answer = new Promise<number>((resolve) =>
      owner.onMessage(this.leg, incoming(body, contentType, messageId, resolve))
    );
    // Valid during the call only.
    body.fill(63);
    return answer;
  }
  /** Says something; `to`: the room unless named. */
  say(text: string, { to = this.room.uri, from = this.aor, headers = "", content = "Content-Type: text/plain" } = {}) {
    const lines = `From: <${from}>\r\nTo: <${to}>\r\n${headers}\r\n${content}\r\n\r\n${text}`;
    return this.send(utf8(lines));
  }
  nickname(quoted: string | undefined, method?: string): number {
    const value = quoted === undefined ? undefined : toLatin1(utf8(quoted));
    return this.world.switchOf(this.leg).owner.onRequest(this.leg, nicknameRequest(value, method), fromLatin1(""));
  }
}
