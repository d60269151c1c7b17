import type {
  IncomingMessage,
  IncomingRequest,
  SessionPeer,
  SwitchedMessage,
  SwitchLeg,
  SwitchLegOptions,
  SwitchOwner,
  SwitchRoom,
} from "../../../../transport/msrp/mod.ts";

/** A leg that has got whatever its room gives it, and answers at once unless it stalls. For tests only, as all of this folder. */
export class FakeLeg implements SwitchLeg {
  readonly options: SwitchLegOptions;
  readonly got: SwitchedMessage[] = [];
  readonly #room: FakeSwitch;
  #queue: SwitchedMessage[];
  passed: number;
  open = false;
  stalled = false;
  closed = false;

  constructor(options: SwitchLegOptions, room: FakeSwitch) {
    this.options = options;
    this.#room = room;
    this.passed = options.after;
    this.#queue = [...options.missed ?? []];
    for (const { seq } of this.#queue) if (seq <= options.after) throw new Error(`${seq} was not missed`);
  }
  get sessionId(): string {
    return this.options.sessionId;
  }
  get uri(): string {
    return this.options.uri;
  }
  get party(): number {
    return this.options.party;
  }
  start(_setup: "active" | "passive", _peer: SessionPeer): void {
    this.open = true;
    this.options.user.onOpen(this);
    this.work();
  }
  add(message: SwitchedMessage): void {
    this.#queue.push(message);
    this.work();
  }
  work(): void {
    const { to, skips, party, user } = { ...this.options, to: null };
    const before = this.passed;
    while (this.open && !this.closed && !this.stalled && this.#queue.length > 0) {
      const message = this.#queue.shift()!;
      if (message.seq <= this.passed) throw new Error(`${message.seq} after ${this.passed}`);
      const isFor = message.to === to || message.to!.includes(party);
      if (isFor && !skips.has(message.from) && message.origin !== this) this.got.push(message);
      this.passed = message.seq;
    }
    if (this.passed > before) queueMicrotask(() => user.onPassed(this, this.passed));
  }
  /** The other end is gone, or the room gives it up. */
  fail(why: "slow" | "lost" | "closed"): void {
    if (this.closed) return;
    this.closed = true;
    this.open = false;
    this.#room.parties.delete(this);
    this.options.user.onClosed(this, why, why);
  }
  close(): void {
    this.fail("closed");
  }
}

/** The switch of one room: it keeps nothing that its legs do not wait for. */
export class FakeSwitch implements SwitchRoom {
  readonly owner: SwitchOwner;
  readonly parties = new Set<FakeLeg>();
  last = 0;
  /** No session more. */
  full = false;

  constructor(owner: SwitchOwner) {
    this.owner = owner;
  }
  get size(): number {
    return this.parties.size;
  }
  get legs(): Iterable<SwitchLeg> {
    return this.parties;
  }
  add(options: SwitchLegOptions): FakeLeg {
    if (this.full) throw new RangeError("no room for a session");
    const leg = new FakeLeg(options, this);
    this.parties.add(leg);
    return leg;
  }
  append(message: SwitchedMessage): void {
    if (message.seq <= this.last) throw new RangeError(`${message.seq} after ${this.last}`);
    this.last = message.seq;
    for (const leg of [...this.parties]) leg.add(message);
  }
  restore(messages: readonly SwitchedMessage[]): void {
    if (this.parties.size > 0) throw new Error("legs are there already");
    for (const { seq } of messages) {
      if (seq <= this.last) throw new RangeError(`${seq} after ${this.last}`);
      this.last = seq;
    }
  }
  kept(): readonly SwitchedMessage[] {
    return [];
  }
  keepLast(): void {}
  close(reason: string): void {
    for (const leg of [...this.parties]) leg.close();
    void reason;
  }
}

/** A message as it comes in; its octets are overwritten when the call is over. */
export function incoming(
  body: Uint8Array,
  contentType: string,
  messageId: string,
  report: (status: number, comment?: string) => void,
): IncomingMessage {
  return {
    messageId,
    contentType,
    successReport: false,
    failureReport: "yes",
    fromPath: "msrp://client.invalid:2855/abc;tcp",
    header: () => undefined,
    report,
    body,
  };
}

/** A NICKNAME request; `quoted` as it stands in Use-Nickname, octets as characters. */
export function nicknameRequest(quoted: string | undefined, method = "NICKNAME"): IncomingRequest {
  return {
    method,
    tid: "t1234567",
    toPath: "",
    fromPath: "",
    messageId: "",
    start: 1,
    end: -1,
    total: -1,
    successReport: false,
    failureReport: "yes",
    status: 0,
    statusText: "",
    contentType: "",
    others: "",
    header: (name) => name === "Use-Nickname" ? quoted : undefined,
  };
}
