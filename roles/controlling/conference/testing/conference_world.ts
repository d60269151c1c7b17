import { type ConferenceInfo, ConferenceRoster, readConferenceInfo } from "../../../../transport/payload/mod.ts";
import { parseMessage, type SipRequest, type SipResponse } from "../../../../transport/sip/mod.ts";
import type { FakeFlow } from "../../../../transport/sip/testing/fake_wires.ts";
import { EventWorld, type SipAnswer } from "../../../../transport/sip/testing/event_world.ts";
import type { MemoryStates } from "../../../../transport/sip/testing/memory_states.ts";
import { responseTo } from "../../../../transport/sip/testing/transaction_world.ts";
import { ConferencePackage } from "../conference_package.ts";
import { FakeRooms } from "./fake_rooms.ts";

export const user = (name: string) => `sip:${name}@example.test`;

/** One NOTIFY as it came. */
export class Told {
  readonly state: string;
  readonly bytes: Uint8Array;
  constructor(state: string, bytes: Uint8Array) {
    this.state = state;
    this.bytes = bytes;
  }

  get octets(): number {
    return this.bytes.length;
  }
  get text(): string {
    return new TextDecoder().decode(this.bytes);
  }
  /** Null where it had no body. */
  get info(): ConferenceInfo | null {
    if (this.bytes.length === 0) return null;
    // Many are told the very same octets.
    let info = read.get(this.bytes);
    if (info === undefined) read.set(this.bytes, info = readConferenceInfo(this.bytes));
    return info;
  }
}

const read = new WeakMap<Uint8Array, ConferenceInfo>();

/** Somebody who watches, with a connection and a roster. For tests only. */
export class Watcher {
  readonly aor: string;
  readonly roster = new ConferenceRoster();
  readonly told: Told[] = [];
  readonly answer: SipAnswer;
  readonly #world: ConferenceWorld;
  readonly #flow: FakeFlow;
  readonly #resource: string;
  readonly #callId: string;
  #taken = 0;
  #cseq = 1;
  /** Keeps a roster. */
  reads = true;
  /** Answers what it is sent, at once; else by `release`. */
  answers = true;
  readonly #unanswered: (SipRequest | SipResponse)[] = [];

  constructor(world: ConferenceWorld, aor: string, resource: string, number: number, expires: number, body: string) {
    this.aor = aor;
    this.#world = world;
    this.#resource = resource;
    this.#callId = `w${number}`;
    this.#flow = world.sip.inbound("tcp", "192.0.2.9", 30_000 + number);
    this.answer = this.#send(expires, "", body);
  }

  refresh(expires = 600): SipAnswer {
    return this.#send(expires, this.answer.toTag);
  }

  #send(expires: number, toTag: string, body = ""): SipAnswer {
    const { sip } = this.#world;
    sip.identity = { aor: this.aor };
    sip.resource = this.#resource;
    const more = body === "" ? "" : "Content-Type: text/plain\r\n";
    const facts = { event: "conference", expires, callId: this.#callId, toTag, cseq: this.#cseq++, more, body };
    const answer = sip.arrives("SUBSCRIBE", facts, this.#flow);
    this.#world.states?.commit();
    return answer()!;
  }

  /** Takes and answers what has come; gives it. */
  take(): Told[] {
    const before = this.told.length;
    for (; this.#taken < this.#flow.sent.length; this.#taken++) {
      const head = this.#flow.sent[this.#taken];
      if (!head.startsWith("NOTIFY")) continue;
      const bytes = this.#flow.bodies[this.#taken];
      const told = new Told(/^Subscription-State: (.*)\r$/m.exec(head)![1], bytes);
      this.told.push(told);
      if (this.reads && told.info !== null) this.roster.receive(told.info);
      this.#unanswered.push(parseMessage(head, bytes));
      if (this.answers) this.#reply();
    }
    return this.told.slice(before);
  }

  /** Answers what it left without an answer, and whatever comes. */
  release(): void {
    this.answers = true;
    this.#reply();
    this.#world.settle();
  }

  #reply(): void {
    for (const request of this.#unanswered.splice(0)) {
      this.#world.sip.wires.receive(this.#flow, responseTo(request, 200, "peer"));
    }
  }

  /** Who it sees, as `name status`. */
  get sees(): string[] {
    return this.roster.users.map(({ entity, endpoints }) =>
      `${entity.slice(4, entity.indexOf("@"))} ${endpoints.map(({ status }) => status).join()}`
    );
  }
}

/** The conference package over fake rooms, an event server and fake connections. For tests only. */
export class ConferenceWorld {
  readonly rooms: FakeRooms;
  readonly sip: EventWorld;
  readonly states?: MemoryStates;
  readonly settings = { speech_uri: "" };
  readonly conference: ConferencePackage;
  /** Work of further turns of the event loop. */
  readonly #later: (() => void)[] = [];
  #watchers: Watcher[] = [];

  constructor(
    { rooms = new FakeRooms(), states, time, octets }: {
      rooms?: FakeRooms;
      octets?: number;
      states?: MemoryStates;
      time?: EventWorld["time"];
    } = {},
  ) {
    this.rooms = rooms;
    this.states = states;
    this.sip = new EventWorld({ states, ...(time && { time }) });
    const clock = this.sip.time;
    this.conference = new ConferencePackage({
      rooms,
      events: rooms.events,
      settings: this.settings,
      clock,
      timers: clock.timers,
      nextTurn: (work) => this.#later.push(work),
      host: "example.test",
      octets,
    });
    this.sip.server.register(this.conference);
  }

  watch(name: string, { resource = "sip:conf-1@example.test", expires = 600, body = "", reads = true } = {}): Watcher {
    const aor = name.includes(":") ? name : user(name);
    const watcher = new Watcher(this, aor, resource, this.#watchers.length + 1, expires, body);
    watcher.reads = reads;
    this.#watchers.push(watcher);
    this.settle();
    return watcher;
  }

  /** What is under way is carried out and answered, until nothing more comes. */
  settle(): void {
    for (let again = true; again;) {
      again = false;
      for (let work = this.#later.shift(); work !== undefined; work = this.#later.shift()) work();
      for (const watcher of this.#watchers) if (watcher.take().length > 0) again = true;
      if (this.#later.length > 0) again = true;
    }
  }

  after(ms: number): void {
    for (let left = ms; left > 0; left -= 100) {
      this.sip.time.advance(Math.min(100, left));
      this.settle();
    }
  }
}
