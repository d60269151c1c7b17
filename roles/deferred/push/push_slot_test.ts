import assert from "node:assert/strict";
import { utf8 } from "../../../foundation/mod.ts";
import { LOST } from "../../../transport/msrp/mod.ts";
import type { MsrpSession, OutgoingMessage, OutgoingParts, OutgoingUser } from "../../../transport/msrp/session/mod.ts";
import type { DeferredEntry, DeferredMessage } from "../../../storage/mod.ts";
import { CoreWorld } from "../../sip_core/testing/core_world.ts";
import { MemoryContents } from "../testing/memory_contents.ts";
import { PushSlot, type SlotOwner } from "../../session_media/push/push_slot.ts";
import { DEFERRED_FORMAT } from "./deferred_push.ts";

const MESSAGE: DeferredMessage = {
  recipient: "sip:bob@example.test",
  device: "",
  sender: "sip:alice@example.test",
  arrivedAt: 1_700_000_000_000,
  expiresAt: 1_800_000_000_000,
  transaction: "t",
  headers: "From: <sip:alice@example.test>\r\nTo: <sip:bob@example.test>\r\nContent-Type: text/plain\r\n",
  body: utf8("hello"),
  mode: "session",
  messageId: "mid-1234",
};
const ENTRY: DeferredEntry = {
  id: 71,
  recipient: MESSAGE.recipient,
  device: "",
  arrivedAt: MESSAGE.arrivedAt,
  expiresAt: MESSAGE.expiresAt,
  mode: "session",
  size: 5,
};

/** A slot with an owner that writes down what it is told. */
class Bench {
  readonly told: string[] = [];
  readonly sent: OutgoingParts[] = [];
  readonly slot: PushSlot<DeferredEntry, DeferredMessage>;
  /** Ids that others of the session have. */
  readonly ids = new Set<string>();
  full = false;

  constructor(direct: boolean, message: DeferredMessage | null | Error = MESSAGE, admitted = true) {
    const world = new CoreWorld();
    const tell = (text: string) => void this.told.push(text);
    const owner = {
      deps: { services: world.services, contents: new MemoryContents() },
      user: {
        read: () => message instanceof Error ? Promise.reject(message) : Promise.resolve(message),
        admits: () => Promise.resolve(admitted),
      },
      format: DEFERRED_FORMAT,
      up: { direct },
      refusalOf: () => 0,
      idFor: (wanted: string, otherwise: string) => wanted === "" || this.ids.has(wanted) ? otherwise : wanted,
      wantsNotifications: () => tell("notifies"),
      moved: () => tell("moved"),
      ready: () => tell("ready"),
      taken: () => tell("taken"),
      refused: (_slot: unknown, _message: DeferredMessage, status: number) => tell(`refused ${status}`),
      passed: (_slot: unknown, gone: boolean) => tell(gone ? "gone" : "not admitted"),
      failed: (_slot: unknown, status: number, why: string) => tell(`failed ${status} ${why}`),
    } as unknown as SlotOwner<DeferredEntry, DeferredMessage>;
    this.slot = new PushSlot(owner, ENTRY, 5);
  }

  async ready(): Promise<void> {
    this.slot.read();
    for (let i = 0; i < 8; i++) await Promise.resolve();
  }
  send(): boolean {
    const session = { send: (parts: OutgoingParts) => this.full ? null : (this.sent.push(parts), {}) };
    return this.slot.send(session as unknown as MsrpSession);
  }
  get user(): OutgoingUser {
    return this.sent[0].user!;
  }
}
const OUT = {} as OutgoingMessage;

Deno.test("the answer of the next hop counts where that is the device, else the report does", async () => {
  const near = new Bench(true);
  await near.ready();
  assert.equal(near.send(), true);
  assert.equal(near.sent[0].successReport, false);
  near.user.onSent!(OUT);
  assert.deepEqual(near.told, ["ready", "taken"]);

  const far = new Bench(false);
  await far.ready();
  far.send();
  assert.equal(far.sent[0].successReport, true);
  far.user.onSent!(OUT);
  assert.deepEqual(far.told, ["ready", "moved"]);
  far.user.onDelivered!(OUT);
  far.user.onFailed!(OUT, 400, "too late");
  assert.deepEqual(far.told, ["ready", "moved", "taken"]);
});

Deno.test("a fault, a lost session and a refusal are three things", async () => {
  const outcomes = async (status: number, comment = "") => {
    const bench = new Bench(true);
    await bench.ready();
    bench.send();
    bench.user.onFailed!(OUT, status, comment);
    return bench.told[1];
  };
  assert.equal(await outcomes(LOST, "cut"), "failed 0 cut");
  assert.equal(await outcomes(481), "failed 0 MSRP 481");
  assert.equal(await outcomes(408), "failed 0 MSRP 408");
  assert.equal(await outcomes(500, "oops"), "failed 500 oops");
  assert.equal(await outcomes(415), "refused 415");
});

Deno.test("the Message-ID is its own, or one that is the same for every try", async () => {
  const first = new Bench(true);
  await first.ready();
  first.send();
  assert.equal(first.sent[0].messageId, "mid-1234");
  const ids: string[] = [];
  for (const message of [MESSAGE, MESSAGE, { ...MESSAGE, messageId: "no id" }]) {
    const bench = new Bench(true, message);
    bench.ids.add("mid-1234");
    await bench.ready();
    bench.send();
    ids.push(bench.sent[0].messageId!);
  }
  assert.match(ids[0], /^[A-Za-z0-9][A-Za-z0-9.]{3,31}$/);
  assert.deepEqual(new Set(ids).size, 1);
});

Deno.test("a session that takes nothing more is asked again, with the same id", async () => {
  const bench = new Bench(true);
  await bench.ready();
  bench.full = true;
  assert.equal(bench.send(), false);
  assert.equal(bench.slot.state, "ready");
  bench.full = false;
  assert.equal(bench.send(), true);
  assert.equal(bench.sent[0].messageId, "mid-1234");
});

Deno.test("what is gone, damaged, not admitted, or cannot be read now", async () => {
  const told = async (message: DeferredMessage | null | Error, admitted = true) => {
    const bench = new Bench(true, message, admitted);
    await bench.ready();
    return bench.told;
  };
  assert.deepEqual(await told(null), ["gone"]);
  assert.deepEqual(await told(Object.assign(new Error("bits"), { name: "DamageError" })), ["gone"]);
  assert.deepEqual(await told(MESSAGE, false), ["not admitted"]);
  assert.deepEqual(await told(new Error("no answer")), ["failed 0 the store cannot be read"]);
});

Deno.test("what says that it is wrapped and is not is refused", async () => {
  const bench = new Bench(true, { ...MESSAGE, headers: MESSAGE.headers.replace("text/plain", "message/cpim") });
  await bench.ready();
  assert.equal(bench.send(), true);
  assert.deepEqual(bench.told, ["ready", "refused 400"]);
});
