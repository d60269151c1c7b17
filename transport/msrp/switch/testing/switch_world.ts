import { fromLatin1, type Log, silentLog, toLatin1 } from "../../../../foundation/mod.ts";
import { type Look, WireWorld } from "../../forward/testing/wire_world.ts";
import type { WirePeer } from "../../forward/testing/wire_peer.ts";
import type { IncomingRequest } from "../../frame.ts";
import type { IncomingMessage, OctetBudget } from "../../session/mod.ts";
import type { Switchboard, SwitchboardLimits } from "../../switchboard.ts";
import type { SwitchedMessage } from "../message.ts";
import { MsrpSwitchRoom } from "../switch_room.ts";
import type { SwitchLeg, SwitchLegOptions, SwitchLegUser, SwitchLimits, SwitchOwner } from "../switch_types.ts";

export const CPIM = "message/cpim";

/** A device in the room, with both of its ends: what its user was told, and the raw peer that reads and answers. */
export class TestLeg implements SwitchLegUser {
  readonly peer: WirePeer;
  readonly path: string;
  leg!: SwitchLeg;
  opened = 0;
  /** What `onPassed` said, in order. */
  readonly passed: number[] = [];
  closed: { readonly why: string; readonly reason: string } | null = null;

  constructor(peer: WirePeer, path: string) {
    this.peer = peer;
    this.path = path;
  }
  onOpen(): void {
    this.opened++;
  }
  onPassed(_leg: SwitchLeg, seq: number): void {
    if (this.closed !== null) throw new Error("told after its end");
    this.passed.push(seq);
  }
  onClosed(_leg: SwitchLeg, why: "slow" | "lost" | "closed", reason: string): void {
    if (this.closed !== null) throw new Error("closed twice");
    this.closed = { why, reason };
  }

  /** Why it was closed; null while it is not. */
  get why(): string | null {
    return this.closed?.why ?? null;
  }

  /** Binds: the empty SEND of who connects (RFC 4975 §5.4). */
  bind(): void {
    this.peer.send({ to: this.leg.uri, from: this.path, headers: ["Message-ID: bind", "Byte-Range: 1-0/0"] });
  }
  say(messageId: string, body: string, type = CPIM): string {
    const headers = [`Message-ID: ${messageId}`, `Byte-Range: 1-${body.length}/${body.length}`];
    return this.peer.send({ to: this.leg.uri, from: this.path, headers, body, type });
  }
  /** Bodies of messages that came whole, in order. */
  get got(): string[] {
    return this.peer.seen.map(({ body }) => toLatin1(body));
  }
  /** Answers the SEND with that body, which was left unanswered. */
  answerTo(body: string, status = 200): void {
    const found = this.peer.seen.find((seen) => toLatin1(seen.body) === body);
    if (found === undefined) throw new Error(`"${body}" has not come`);
    this.peer.respond(found.request, status);
  }
}

/** A room on a box whose owner puts what comes into the order at once, and raw peers. Time stands still until told. For tests only. */
export class SwitchWorld implements SwitchOwner {
  readonly wires = new WireWorld();
  readonly box: Switchboard;
  readonly room: MsrpSwitchRoom;
  readonly limits: { -readonly [Key in keyof SwitchLimits]: number } = {
    message: 100_000,
    window: 100,
    windowOctets: 1_000_000,
    behind: 1000,
    behindOctets: 10_000_000,
    silence_ms: 20_000,
  };
  readonly asked: string[] = [];
  requestStatus = 200;
  /** Of what comes: false leaves it unanswered in `messages`. */
  takes = true;
  readonly messages: IncomingMessage[] = [];
  #seq = 0;
  #legs = 0;

  constructor(box: Partial<SwitchboardLimits> = {}, more: { budget?: OctetBudget; log?: Log } = {}) {
    this.box = this.wires.box("us.test", box);
    const { time } = this.wires;
    this.room = new MsrpSwitchRoom({
      node: this.box,
      clock: time,
      timers: time.timers,
      log: more.log ?? silentLog,
      limits: this.limits,
      owner: this,
      budget: more.budget,
    });
  }

  onMessage(leg: SwitchLeg, message: IncomingMessage): void {
    this.messages.push(message);
    if (!this.takes) return;
    const { messageId, contentType, body } = message;
    this.append({ messageId, contentType, body: [body.slice()], from: leg.party, origin: leg });
    message.report(200);
  }

  onRequest(_leg: SwitchLeg, request: IncomingRequest, body: Uint8Array): number {
    this.asked.push(`${request.method} ${request.header("Use-Nickname") ?? ""}${toLatin1(body)}`);
    return this.requestStatus;
  }

  append(parts: Partial<SwitchedMessage>): SwitchedMessage {
    const message = this.message(parts);
    this.room.append(message);
    return message;
  }

  message(parts: Partial<SwitchedMessage>): SwitchedMessage {
    const body = parts.body ?? [fromLatin1("x")];
    const seq = parts.seq ?? ++this.#seq;
    this.#seq = Math.max(this.#seq, seq);
    return {
      messageId: `m${seq}m${seq}`,
      contentType: CPIM,
      from: 0,
      to: null,
      origin: null,
      ...parts,
      seq,
      body,
      size: body.reduce((sum, { length }) => sum + length, 0),
    };
  }

  /** Something that the room itself says. */
  say(text: string, parts: Partial<SwitchedMessage> = {}): SwitchedMessage {
    return this.append({ body: [fromLatin1(text)], ...parts });
  }

  /** A leg whose SIP is done, of a device that has connected but not bound. */
  prepare(party: number, options: Partial<SwitchLegOptions> = {}, peer?: WirePeer, look?: Look): TestLeg {
    const id = `leg${++this.#legs}`;
    const path = `msrp://dev${this.#legs}.test:7000/${id};tcp`;
    const test = new TestLeg(peer ?? this.wires.connect(this.box, look), path);
    test.leg = this.room.add({
      sessionId: id,
      uri: `msrp://us.test:2855/${id};tcp`,
      acceptTypes: [CPIM],
      party,
      after: this.room.last,
      peerTypes: [CPIM],
      peerMaxSize: 0,
      skips: new Set(),
      user: test,
      ...options,
    });
    return test;
  }

  /** A leg that is open. */
  async join(party: number, options?: Partial<SwitchLegOptions>, peer?: WirePeer, look?: Look): Promise<TestLeg> {
    const test = this.prepare(party, options, peer, look);
    test.leg.start("passive", { path: [test.path] });
    test.bind();
    await this.settle();
    return test;
  }

  settle(): Promise<void> {
    return this.wires.settle();
  }
  pass(ms: number): Promise<void> {
    return this.wires.pass(ms);
  }
}
