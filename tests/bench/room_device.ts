/** A device in a room: one socket, and as little work a frame as can be, so that hundreds go into one process. */
import { Buffer } from "node:buffer";
import { answerText, bindFrame, bodyOf, DIGITS, type Kept, sendFrame, SIZE } from "./room_frames.ts";

const BUFFER = 65_536;
/** A participant may send so many at once, and so many in a second (roles/controlling/rooms). */
const BURST = 40;
const RATE = 20;
const END = Buffer.from("\r\n\r\nFrom: <");

export interface DeviceUser {
  /** A message has come. */
  onDelivery(device: RoomDevice, number: number, now: number): void;
  /** What this one has sent is answered. */
  onAnswer(device: RoomDevice, status: number): void;
  onWrong(what: string): void;
}

export class RoomDevice {
  readonly address: string;
  readonly #room: string;
  readonly #toPath: string;
  readonly #fromPath: string;
  readonly #connection: Deno.TcpConn;
  readonly #user: DeviceUser;
  readonly #bodies = new Map<Kept, string>();
  #out: Uint8Array[] = [];
  #writing = false;
  #bound: (() => void) | null = null;
  #closed = false;
  /** Numbers of the messages that came, in that order. */
  came: number[] = [];
  #tokens = BURST;
  #countedAt = performance.now();

  private constructor(
    connection: Deno.TcpConn,
    at: { address: string; room: string; toPath: string; fromPath: string },
    user: DeviceUser,
  ) {
    this.#connection = connection;
    this.address = at.address;
    this.#room = at.room;
    this.#toPath = at.toPath;
    this.#fromPath = at.fromPath;
    this.#user = user;
  }

  /** Connects to where that path points, and binds. */
  static async open(
    at: { address: string; room: string; toPath: string; fromPath: string },
    user: DeviceUser,
  ): Promise<RoomDevice> {
    const port = Number(/:(\d+)\//.exec(at.toPath)![1]);
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    connection.setNoDelay(true);
    const device = new RoomDevice(connection, at, user);
    const { promise, resolve } = Promise.withResolvers<void>();
    device.#bound = resolve;
    device.#read();
    device.#write(bindFrame(at.toPath, at.fromPath));
    await promise;
    return device;
  }

  /** How long it has to wait before it may send so many, ms. */
  mustRest(messages: number): number {
    const now = performance.now();
    this.#tokens = Math.min(BURST, this.#tokens + (now - this.#countedAt) * RATE / 1000);
    this.#countedAt = now;
    return Math.max(0, (messages - this.#tokens) * 1000 / RATE);
  }

  send(number: number, kept: Kept): void {
    this.#tokens--;
    let body = this.#bodies.get(kept);
    if (body === undefined) this.#bodies.set(kept, body = bodyOf(this.address, this.#room, kept));
    this.#write(sendFrame(this.#toPath, this.#fromPath, body, number));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#connection.close();
  }

  #write(octets: Uint8Array): void {
    this.#out.push(octets);
    if (!this.#writing) void this.#drain();
  }

  async #drain(): Promise<void> {
    this.#writing = true;
    for (;;) {
      const octets = this.#out.shift();
      if (octets === undefined) break;
      for (let at = 0; at < octets.length && !this.#closed;) at += await this.#connection.write(octets.subarray(at));
    }
    this.#writing = false;
  }

  async #read(): Promise<void> {
    const buffer = Buffer.alloc(BUFFER);
    let filled = 0;
    for (;;) {
      const n = await this.#connection.read(buffer.subarray(filled)).catch(() => null);
      if (n === null) {
        if (!this.#closed) this.#user.onWrong(`${this.address}: its connection is closed`);
        return this.close();
      }
      filled += n;
      const done = this.#frames(buffer.subarray(0, filled));
      if (done > 0) buffer.copyWithin(0, done, filled);
      filled -= done;
    }
  }

  /** Takes the whole frames; up to where they went. */
  #frames(octets: Buffer): number {
    const now = performance.now();
    let answers = "";
    let at = 0;
    for (;;) {
      const blank = octets.indexOf(" ", at + 5);
      if (blank < 0) break;
      const tid = octets.toString("latin1", at + 5, blank);
      const mark = octets.indexOf(`-------${tid}`, blank);
      const end = mark + 7 + tid.length + 3;
      if (mark < 0 || end > octets.length) break;
      if (octets[blank + 1] <= 0x39) this.#answered(Number(octets.toString("latin1", blank + 1, blank + 4)));
      else {
        const body = mark - 2 - SIZE;
        if (octets[end - 3] !== 0x24 || octets.compare(END, 0, END.length, body - 4, body - 4 + END.length) !== 0) {
          this.#user.onWrong(`${this.address} got ${octets.toString("latin1", at, Math.min(end, at + 300))}`);
        }
        const number = Number(octets.toString("latin1", mark - 2 - DIGITS, mark - 2));
        this.came.push(number);
        this.#user.onDelivery(this, number, now);
        answers += answerText(tid, this.#toPath, this.#fromPath);
      }
      at = end;
    }
    if (answers !== "") this.#write(Buffer.from(answers, "latin1"));
    return at;
  }

  #answered(status: number): void {
    if (this.#bound === null) return this.#user.onAnswer(this, status);
    if (status !== 200) this.#user.onWrong(`${this.address}: its session is answered ${status}`);
    this.#bound();
    this.#bound = null;
  }
}
