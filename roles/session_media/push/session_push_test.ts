import assert from "node:assert/strict";
import { EMPTY, utf8 } from "../../../foundation/mod.ts";
import type { MsrpSession, OutgoingMessage, OutgoingParts } from "../../../transport/msrp/session/mod.ts";
import type { MsrpMedia } from "../../../transport/payload/mod.ts";
import { CoreWorld } from "../../sip_core/testing/core_world.ts";
import { uriTarget } from "../../sip_core/mod.ts";
import type { PushCallUser, PushDeps } from "./push_call.ts";
import { identOf, type PushEntry, type PushFormat, type PushMessage } from "./push_format.ts";
import { PushLoad } from "./push_load.ts";
import { SessionPush } from "./session_push.ts";
import type { SessionPushUser } from "./session_push_user.ts";

interface Entry extends PushEntry {
  readonly text: string;
}

const FORMAT: PushFormat<Entry, PushMessage> = {
  sessionMost: Infinity,
  reports: false,
  prepared: (message) => message,
  idOf: () => "",
  otherId: ({ text }) => `id-${text}`,
  envelopeOf: () => ({ head: EMPTY, skip: 0, inner: "text/plain", notifies: false }),
  logged: () => ({}),
};

/** A session that stands, and what goes into it. */
class Bench {
  readonly world = new CoreWorld();
  readonly sent: OutgoingParts[] = [];
  readonly told: string[] = [];
  readonly push: SessionPush<Entry, PushMessage>;
  /** What `next` gives, one after the other; then null. */
  gives: (string | "later")[] = [];

  constructor({ direct = true, reports = false } = {}) {
    const { services } = this.world;
    const user: SessionPushUser<Entry, PushMessage> = {
      next: () => {
        const text = this.gives.shift();
        return text === undefined ? null : text === "later" ? text : { text, size: text.length };
      },
      read: ({ text }) => Promise.resolve({ body: utf8(text) }),
      admits: () => true,
      onGone: () => {},
      onTaken: ({ text }) => void this.told.push(`taken ${text}`),
      onRefused: () => {},
      onNotification: () => {},
      onEnded: ({ kind }) => void this.told.push(kind),
    };
    const session = { send: (parts: OutgoingParts) => (this.sent.push(parts), {}) } as unknown as MsrpSession;
    const carrier = (call: PushCallUser) => ({
      start: () => call.onUp({ target: uriTarget("sip:b@x.test"), session, media: MEDIA, direct, callId: "c" }),
      end: (reason: string) => void this.told.push(reason),
    });
    const deps = { services, load: new PushLoad(() => {}) } as unknown as PushDeps;
    this.push = new SessionPush(deps, { ...FORMAT, reports }, carrier, user);
  }

  async start(...texts: string[]): Promise<void> {
    this.gives = texts;
    this.push.start([]);
    await this.quiet();
  }
  async quiet(): Promise<void> {
    for (let i = 0; i < 20; i++) await Promise.resolve();
  }
  confirm(n: number): void {
    this.sent[n].user!.onSent!({} as OutgoingMessage);
  }
}

const MEDIA = { acceptTypes: ["*"], acceptWrappedTypes: ["*"] } as unknown as MsrpMedia;
const BYE = 'SIP;cause=200;text="all delivered"';

Deno.test("no Message-ID comes twice in a session, however many there are and whatever senders guess", () => {
  const { push } = new Bench();
  assert.equal(push.idFor("same", "other"), "same");
  assert.equal(push.idFor("same", "other"), "other");
  assert.equal(push.idFor("same", "other"), "other.1");
  const ids = new Set(["same", "other", "other.1"]);
  // More than are remembered: half of them say the same as others.
  for (let i = 0; i < 30_000; i++) {
    const id = push.idFor(`mid-${i % 15_000}`, `own${i}`);
    assert.equal(identOf(id), id);
    ids.add(id);
  }
  assert.equal(ids.size, 30_003);
});

Deno.test("where the next is still being fetched the session stays, and goes on when it is there", async () => {
  const bench = new Bench();
  await bench.start("one", "later");
  bench.confirm(0);
  await bench.quiet();
  assert.deepEqual(bench.told, ["taken one"]);
  bench.gives = ["two"];
  bench.push.more();
  await bench.quiet();
  bench.confirm(1);
  assert.deepEqual(bench.told, ["taken one", "taken two", BYE, "done"]);
});

Deno.test("leaving while something is being fetched ends with what was sent", async () => {
  const bench = new Bench();
  await bench.start("one", "later");
  bench.push.leave("SIP;cause=503", 5000);
  assert.deepEqual(bench.told, []);
  bench.confirm(0);
  assert.deepEqual(bench.told, ["taken one", "SIP;cause=503", "done"]);
});

Deno.test("without reports the first relay's answer counts, and BYE leaves it the time to pass on what it took", async () => {
  const bench = new Bench({ direct: false });
  await bench.start("one");
  assert.equal(bench.sent[0].successReport, false);
  bench.confirm(0);
  assert.deepEqual(bench.told, ["taken one", "done"]);
  bench.world.time.advance(1_100);
  assert.deepEqual(bench.told, ["taken one", "done", BYE]);
});

Deno.test("with them the report counts behind relays", async () => {
  const bench = new Bench({ direct: false, reports: true });
  await bench.start("one");
  assert.equal(bench.sent[0].successReport, true);
  bench.confirm(0);
  assert.deepEqual(bench.told, []);
  bench.sent[0].user!.onDelivered!({} as OutgoingMessage);
  assert.deepEqual(bench.told, ["taken one", BYE, "done"]);
});
