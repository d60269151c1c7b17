import assert from "node:assert/strict";
import { EMPTY, Events, Metrics, silentLog, toLatin1 } from "../../../foundation/mod.ts";
import { FakeTime } from "../../../foundation/testing.ts";
import { type DeferredMessage, StorageError, type StoredContent } from "../../../storage/mod.ts";
import {
  cpimFrom,
  cpimTo,
  type DispositionRequest,
  type Imdn,
  imdnHeaders,
  imdnNamespace,
  imdnRequest,
  imdnsOf,
  isImdn,
  parseCpim,
  writeCpim,
} from "../../../transport/payload/mod.ts";
import type { Exchange } from "../../sip_core/mod.ts";
import { subscriber } from "../../sip_core/testing/fake_storage.ts";
import type { DeferredEvents } from "../deferred_events.ts";
import { isNotification, isNotificationBody } from "./is_notification.ts";
import { StoredNotices } from "./stored_notices.ts";

const ALICE = "sip:alice@example.test";
const BOB = "sip:bob@example.test";
const ALL: readonly DispositionRequest[] = ["positive-delivery", "negative-delivery", "processing", "display"];

interface Wish {
  readonly requests?: readonly DispositionRequest[];
  readonly from?: string;
  readonly id?: string;
  readonly route?: readonly string[];
  readonly content?: string;
  readonly text?: Uint8Array;
}

/** A message in CPIM. */
function cpim({ requests = ALL, from = ALICE, id = "m1", route = [], content = "text/plain", text }: Wish = {}) {
  const recorded = route.map((uri) => ({ prefix: "imdn", name: "IMDN-Record-Route", value: `<${uri}>` }));
  return writeCpim({
    from: { name: "", uri: from },
    to: [{ name: "", uri: BOB }],
    dateTime: "2026-01-01T10:00:00Z",
    subjects: [{ text: "greetings" }],
    namespaces: [imdnNamespace],
    extensions: [...imdnRequest(id, requests), ...recorded],
    contentHeaders: [["Content-Type", content]],
  }, text ?? new TextEncoder().encode("hello"));
}

function stored(body: Uint8Array, facts: Partial<DeferredMessage> = {}, lines = ""): DeferredMessage {
  return {
    recipient: BOB,
    device: "",
    sender: ALICE,
    arrivedAt: 0,
    expiresAt: 1,
    transaction: "t",
    headers: `From: "Alice" <${ALICE}>\r\nTo: <${BOB}>\r\n${lines}Content-Type: message/cpim\r\n`,
    body,
    ...facts,
  };
}

class World {
  readonly sent: Exchange[] = [];
  status = 200;
  readonly metrics = new Metrics();
  readonly claimed: string[] = [];
  content: Uint8Array | null = null;
  readonly notices: StoredNotices;

  constructor() {
    this.notices = new StoredNotices({
      contents: {
        claim: ({ id }: StoredContent) => {
          if (this.content === null) throw new StorageError("failed", "gone");
          this.claimed.push(`+${id}`);
        },
        release: ({ id }: StoredContent) => void this.claimed.push(`-${id}`),
        read: (_content, offset, most) => Promise.resolve(this.content!.subarray(offset, offset + most)),
      },
      subscribers: { get: (aor) => aor === BOB ? { ...subscriber(BOB, "x"), displayName: "Bob" } : undefined },
      deliver: (exchange) => {
        this.sent.push(exchange);
        exchange.reply(this.status);
      },
      domains: new Set(["example.test"]),
      clock: new FakeTime(),
      log: silentLog,
      metrics: this.metrics,
    });
  }

  /** Kinds and statuses of what was sent, with whom it is for. */
  get told(): string[] {
    return this.sent.map((exchange) => {
      const { kind, status } = imdnOf(exchange).disposition;
      return `${kind} ${status} ${exchange.request.uri}`;
    });
  }
}

function imdnOf(exchange: Exchange): Imdn {
  return imdnsOf(parseCpim(exchange.request.body))[0];
}

Deno.test("a stored message whose sender asked is followed by one `stored`, as a MESSAGE in the recipient's name", () => {
  const world = new World();
  world.notices.stored(stored(cpim()));
  world.notices.stored(stored(cpim(), { device: "<urn:uuid:phone>" }));
  assert.deepEqual(world.told, [`processing stored ${ALICE}`]);
  const [{ request, identity }] = world.sent;
  assert.equal(request.method, "MESSAGE");
  assert.equal(request.from.uriText, BOB);
  assert.equal(request.from.displayName, "Bob");
  assert.equal(identity?.aor, BOB);
  assert.equal(request.to.uriText, ALICE);
  assert.equal(request.get("Content-Type"), "message/cpim");
  assert.match(request.head, /\r\nAuto-Submitted: auto-replied\r\n/);
  const body = parseCpim(request.body);
  assert.equal(cpimFrom(body)?.uri, BOB);
  assert.equal(cpimTo(body)[0].uri, ALICE);
  assert.ok(isImdn(body));
  assert.deepEqual(imdnHeaders(body).requests, [], "a notification asks for none");
  const imdn = imdnOf(world.sent[0]);
  assert.deepEqual([imdn.messageId, imdn.recipientUri, imdn.dateTime], ["m1", BOB, "2026-01-01T10:00:00Z"]);
});

Deno.test("each is told what it asked for and nothing else; a message that asks nothing, or is no CPIM, is followed by nothing", () => {
  const world = new World();
  const about = (id: string, ...requests: DispositionRequest[]) => {
    const message = stored(cpim({ id, requests }));
    world.notices.stored(message);
    world.notices.failed(message);
  };
  about("none");
  about("display", "display", "positive-delivery");
  about("processing", "processing");
  about("negative", "negative-delivery");
  const plain = stored(new TextEncoder().encode("hello"));
  world.notices.stored({ ...plain, headers: plain.headers.replace("message/cpim", "text/plain") });
  world.notices.failed(plain);
  const delivered = stored(cpim({ id: "unwrapped", requests: ["positive-delivery"] }));
  world.notices.delivered(delivered);
  assert.deepEqual(
    world.sent.map((exchange) => `${imdnOf(exchange).messageId} ${imdnOf(exchange).disposition.status}`),
    ["processing stored", "negative failed", "unwrapped delivered"],
  );
});

Deno.test("after `delivered` nothing has failed; a copy for one device has not failed, for another may have the message", () => {
  const world = new World();
  world.notices.delivered(stored(cpim()));
  world.notices.failed(stored(cpim()));
  world.notices.failed(stored(cpim({ id: "copy" }), { device: "<urn:uuid:phone>" }));
  assert.deepEqual(world.told, [`delivery delivered ${ALICE}`]);
});

Deno.test("no notification follows a notification, a program's message, one of the service itself, or one of somebody hidden", () => {
  const world = new World();
  const tell = (message: DeferredMessage) => {
    world.notices.stored(message);
    world.notices.failed(message);
  };
  tell(stored(cpim({ id: "1", content: "message/imdn+xml" })));
  tell(stored(cpim({ id: "2" }), {}, "Auto-Submitted: auto-generated\r\n"));
  tell(stored(cpim({ id: "3" }), { sender: "sip:system@example.test" }));
  tell(stored(cpim({ id: "4" }), { sender: "sip:deferred@example.test" }));
  const hidden = "From: <sip:anonymous@anonymous.invalid>\r\nContent-Type: message/cpim\r\n";
  tell(stored(cpim({ id: "5" }), { headers: hidden }));
  tell(stored(cpim({ id: "6" }), { sender: "tel:+15550100" }));
  assert.deepEqual(world.told, []);
  tell(stored(cpim({ id: "7" }), {}, "Auto-Submitted: no\r\n"));
  assert.equal(world.told.length, 2);
});

Deno.test("it goes to whom the service knows as the sender, whoever the wrapper names", () => {
  const world = new World();
  world.notices.stored(stored(cpim({ from: "sip:victim@elsewhere.test" })));
  assert.deepEqual(world.told, [`processing stored ${ALICE}`]);
});

Deno.test("a recorded route is kept to in order where it leads to the sender's domain or ours, else passed over", () => {
  const world = new World();
  const sender = "sip:alice@other.test";
  const ways = { id: "near", from: sender, route: ["sip:list@other.test", "sip:second@other.test"] };
  world.notices.stored(stored(cpim(ways), { sender }));
  world.notices.stored(stored(cpim({ id: "far", from: sender, route: ["sip:victim@third.test"] }), { sender }));
  assert.deepEqual(world.told, ["processing stored sip:list@other.test", `processing stored ${sender}`]);
  const [first] = world.sent.map(({ request }) => imdnHeaders(parseCpim(request.body)));
  assert.deepEqual(first.route.map(({ uri }) => uri), ways.route);
  assert.deepEqual(first.recordRoute, []);
});

Deno.test("made again, after a restart, it is the same request with the same Message-ID, which a store knows", () => {
  const [before, after] = [new World(), new World()];
  for (const world of [before, after]) world.notices.failed(stored(cpim()));
  const facts = ({ request }: Exchange) => [
    request.callId,
    request.from.tag,
    request.cseq.number,
    imdnHeaders(parseCpim(request.body)).messageId,
  ];
  assert.deepEqual(facts(before.sent[0]), facts(after.sent[0]));
  after.notices.failed(stored(cpim({ id: "m2" })));
  assert.notDeepEqual(facts(after.sent[0]), facts(after.sent[1]));
});

Deno.test("of a large message only the heads are read, and it is held until they are", async () => {
  const world = new World();
  world.content = cpim({ text: new Uint8Array(200_000) });
  const content = { id: "c", octets: world.content.length, sha256: "" };
  world.notices.failed(stored(EMPTY, { content, mode: "large" }));
  assert.deepEqual(world.claimed, ["+c"]);
  for (let i = 0; i < 8; i++) await Promise.resolve();
  assert.deepEqual(world.told, [`delivery failed ${ALICE}`]);
  assert.deepEqual(world.claimed, ["+c", "-c"]);
  world.content = null;
  world.notices.failed(stored(EMPTY, { content, mode: "large" }));
  assert.match(world.metrics.render(), /parley_deferred_notices_lost_total 1/);
});

Deno.test("the events of the store are what it tells of; what was delivered meanwhile is not told as stored", async () => {
  const world = new World();
  const events = new Events<DeferredEvents>((error) => {
    throw error;
  });
  const kept = new Map([[1, stored(cpim({ id: "1" }))]]);
  world.notices.watch(events, (id) => Promise.resolve(kept.get(id) ?? null));
  const facts = { sender: ALICE, recipient: BOB, device: "", size: 1, at: 0 };
  for (const id of [1, 2]) {
    events.emit("deferredStored", { id, sender: ALICE, recipient: BOB, contentType: "message/cpim" });
  }
  await Promise.resolve();
  await Promise.resolve();
  const more = { contentType: "", arrivedAt: 0, transaction: "", device: "" };
  events.emit("deferredUnwrapped", { ...facts, ...more, id: 3, message: stored(cpim({ id: "3" })) });
  assert.deepEqual(
    world.sent.map((exchange) => `${imdnOf(exchange).messageId} ${imdnOf(exchange).disposition.status}`),
    ["1 stored", "3 delivered"],
  );
});

Deno.test("one that is refused is counted; bad wrappers are passed over", () => {
  const world = new World();
  world.status = 480;
  world.notices.stored(stored(cpim()));
  world.notices.stored(stored(new TextEncoder().encode("no headers at all")));
  const broken = toLatin1(cpim({ id: "odd" })).replace("From: <", "From: nobody <<");
  world.notices.stored(stored(new TextEncoder().encode(broken)));
  assert.equal(world.sent.length, 1);
  assert.match(world.metrics.render(), /parley_deferred_notices_total 1\n[^]*parley_deferred_notices_lost_total 1/);
});

Deno.test("what is a notification, and what is not", () => {
  const octets = (text: string) => new TextEncoder().encode(text);
  assert.ok(isNotificationBody("message/imdn+xml;charset=utf-8", "", EMPTY));
  assert.ok(isNotificationBody("multipart/mixed;boundary=x", "notification", EMPTY));
  assert.ok(isNotificationBody("Message/CPIM", "", cpim({ content: "message/imdn+xml" })));
  assert.ok(!isNotificationBody("message/cpim", "", cpim()));
  assert.ok(!isNotificationBody("message/cpim", "", octets("From: x")));
  assert.ok(!isNotificationBody("text/plain", "", cpim({ content: "message/imdn+xml" })));
  assert.ok(isNotification(stored(cpim({ content: "message/imdn+xml" }))));
  assert.ok(isNotification(stored(EMPTY, {}, "Content-Disposition: notification;handling=optional\r\n")));
  assert.ok(!isNotification(stored(cpim())));
});
