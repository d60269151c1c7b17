/** The load of `room_bench.ts`: rooms full of devices, at the box or at its floor; what is said in them, and whether all of it comes. */
import { GROUPS, groupText } from "../support/group_documents.ts";
import type { CallSide } from "../support/msrp_callers.ts";
import { MsrpCallers, msrpSdp } from "../support/msrp_callers.ts";
import { XcapClient } from "../support/xcap_client.ts";
import { randomToken } from "../../foundation/mod.ts";
import { type DeviceUser, RoomDevice } from "./room_device.ts";
import { type Kept, padded } from "./room_frames.ts";
import { rest } from "./presence_servers.ts";

const DOMAIN = "example.test";
const PATIENCE_MS = 120_000;
/** INVITEs under way at once. */
const BESIDE = 20;
/** Of the box, as of the floor. */
const ID = 24;

export const memberName = (number: number): string => `m${padded(number, 4)}`;

/** The rooms that are in one place. */
export interface RoomPlace {
  /** A device of that user, in that room. */
  enter(user: string, room: string, load: DeviceUser): Promise<RoomDevice>;
}

/** Doors of a box. */
export interface Doors {
  readonly domain: string;
  readonly port: number;
  readonly webPort: number;
}

/** At a box that trusts this machine. Members come in by INVITE. */
export class BoxPlace implements RoomPlace {
  readonly #box: Doors;
  readonly #callers: MsrpCallers;
  readonly #calls: CallSide[] = [];

  private constructor(box: Doors, callers: MsrpCallers) {
    this.#box = box;
    this.#callers = callers;
  }

  static async open(box: Doors): Promise<BoxPlace> {
    return new BoxPlace(box, await MsrpCallers.open(box, []));
  }

  /** A group, whose owner is its first member. */
  async make(room: string, members: readonly string[]): Promise<void> {
    const client = new XcapClient({ user: members[0], domain: DOMAIN, port: this.#box.webPort });
    const text = groupText(`sip:${room}@${DOMAIN}`, {
      members,
      membersMay: ["join-handling", "allow-conference-state"],
    });
    const { status, body } = await client.put(client.own(GROUPS, room), text);
    client.close();
    if (status !== 201 && status !== 200) throw new Error(`the group ${room}: ${status} ${body}`);
  }

  async enter(user: string, room: string, load: DeviceUser): Promise<RoomDevice> {
    const fromPath = `msrp://127.0.0.1:9/${randomToken(15)};tcp`;
    const call = await this.#callers.invite(user, room, msrpSdp({ path: fromPath }));
    this.#calls.push(call);
    const at = { address: `sip:${user}@${DOMAIN}`, room: `sip:${room}@${DOMAIN}`, toPath: call.path, fromPath };
    return await RoomDevice.open(at, load);
  }

  /** Everybody hangs up. */
  async leave(): Promise<void> {
    for (const call of this.#calls) call.hangUp();
    await Promise.all(this.#calls.splice(0).map(({ ended }) => ended));
  }

  async close(): Promise<void> {
    await this.#callers.close();
  }
}

/** At the bare server. */
export class FloorPlace implements RoomPlace {
  readonly #port: number;
  constructor(port: number) {
    this.#port = port;
  }

  enter(user: string, room: string, load: DeviceUser): Promise<RoomDevice> {
    const toPath = `msrp://127.0.0.1:${this.#port}/${room.padEnd(ID, "x")};tcp`;
    const fromPath = `msrp://127.0.0.1:9/${randomToken(15)};tcp`;
    return RoomDevice.open({ address: `sip:${user}@${DOMAIN}`, room: `sip:${room}@${DOMAIN}`, toPath, fromPath }, load);
  }
}

/** What is said in a round. */
export interface Saying {
  /** In each room, who each send so many. The first member never does. */
  readonly senders: number;
  readonly each: number;
  /** Between two messages of one sender, ms; 0: the next one goes when the one before is answered. */
  readonly every_ms: number;
  readonly kept: Kept;
}

export interface Heard {
  readonly messages: number;
  readonly deliveries: number;
  readonly seconds: number;
  /** From SEND to arrival, ms, sorted. */
  readonly latencies: Float32Array;
}

/** Rooms of one size, all members there. */
export class RoomLoad implements DeviceUser {
  readonly members: number;
  readonly #rooms: RoomDevice[][] = [];
  readonly wrongs: string[] = [];
  #numbers = 0;
  /** Of this round. */
  #first = 0;
  #sentAt = new Float64Array(0);
  /** By number: who said it. */
  #senders: RoomDevice[] = [];
  #latencies = new Float32Array(0);
  #came = 0;
  #answers = 0;
  #wanted = { deliveries: 0, answers: 0 };
  #left = new Map<RoomDevice, number>();
  #saying: Saying | null = null;
  #done: () => void = () => {};

  private constructor(members: number) {
    this.members = members;
  }

  /** Fills rooms with these names. */
  static async open(place: RoomPlace, names: readonly string[], members: number): Promise<RoomLoad> {
    const load = new RoomLoad(members);
    for (const room of names) {
      const devices: RoomDevice[] = [];
      for (let at = 0; at < members; at += BESIDE) {
        const some = Array.from({ length: Math.min(BESIDE, members - at) }, (_, i) => memberName(at + i));
        devices.push(...await Promise.all(some.map((user) => place.enter(user, room, load))));
      }
      load.#rooms.push(devices);
    }
    return load;
  }

  get size(): number {
    return this.#rooms.length * this.members;
  }

  /** How long its senders have to rest before it, ms. */
  mustRest({ senders, each }: Saying): number {
    return Math.max(...this.#sendersOf(senders).map((device) => device.mustRest(each)));
  }

  /** Says all of it, and waits until everybody has everything. */
  async say(saying: Saying): Promise<Heard> {
    const { senders, each, every_ms } = saying;
    const all = this.#sendersOf(senders);
    const messages = all.length * each, deliveries = messages * (this.members - 1);
    this.#first = this.#numbers;
    this.#saying = saying;
    this.#senders = [];
    this.#sentAt = new Float64Array(messages);
    this.#latencies = new Float32Array(deliveries);
    this.#came = this.#answers = 0;
    this.#wanted = { deliveries, answers: messages };
    for (const device of this.#rooms.flat()) device.came = [];
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#done = resolve;
    const late = setTimeout(() => reject(new Error("late")), PATIENCE_MS);
    const began = performance.now();
    this.#left = new Map(all.map((device) => [device, each]));
    for (const [i, device] of all.entries()) {
      if (every_ms === 0) this.#next(device);
      else void this.#pace(device, every_ms, began + every_ms * i / all.length);
    }
    await promise.catch(() => {
      this.onWrong(`${this.#came} of ${deliveries} deliveries came, ${this.#answers} of ${messages} answers`);
    });
    clearTimeout(late);
    const seconds = (performance.now() - began) / 1000;
    this.#check();
    return { messages, deliveries, seconds, latencies: this.#latencies.slice(0, this.#came).sort() };
  }

  close(): void {
    for (const device of this.#rooms.flat()) device.close();
  }

  onDelivery(_device: RoomDevice, number: number, now: number): void {
    // One of before, or one too many: the check of the round tells.
    if (this.#came < this.#latencies.length) this.#latencies[this.#came] = now - this.#sentAt[number - this.#first];
    this.#came++;
    this.#proceed();
  }

  onAnswer(device: RoomDevice, status: number): void {
    if (status !== 200) this.onWrong(`${device.address} is answered ${status}`);
    this.#answers++;
    if (this.#saying?.every_ms === 0) this.#next(device);
    this.#proceed();
  }

  onWrong(what: string): void {
    if (this.wrongs.length < 10) this.wrongs.push(what);
  }

  #sendersOf(senders: number): RoomDevice[] {
    return this.#rooms.flatMap((devices) => devices.slice(1, 1 + senders));
  }

  #proceed(): void {
    if (this.#came >= this.#wanted.deliveries && this.#answers >= this.#wanted.answers) this.#done();
  }

  #next(device: RoomDevice): void {
    const left = this.#left.get(device)!;
    if (left === 0) return;
    this.#left.set(device, left - 1);
    const number = this.#numbers++;
    this.#senders.push(device);
    this.#sentAt[number - this.#first] = performance.now();
    device.send(number, this.#saying!.kept);
  }

  async #pace(device: RoomDevice, every_ms: number, from: number): Promise<void> {
    for (let i = 0; this.#left.get(device)! > 0; i++) {
      const wait = from + i * every_ms - performance.now();
      if (wait > 0) await rest(wait);
      this.#next(device);
    }
  }

  /** Everybody has every message of the others once, and all have them in one order. */
  #check(): void {
    for (const [room, devices] of this.#rooms.entries()) {
      const [order] = devices.map(({ came }) => came);
      const inside = new Set(devices);
      const said = this.#senders.filter((device) => inside.has(device)).length;
      if (order.length !== said || new Set(order).size !== said) {
        this.onWrong(`room ${room}: ${new Set(order).size} of ${said} messages came, ${order.length} times`);
      }
      for (const device of devices) {
        const due = order.filter((number) => this.#senders[number - this.#first] !== device);
        if (due.join() !== device.came.join()) {
          this.onWrong(`${device.address} in room ${room}: not all of ${due.length}, or in another order`);
        }
      }
    }
  }
}
