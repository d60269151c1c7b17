import assert from "node:assert/strict";
import { FakeRecords } from "../../admin/observe/testing/fake_records.ts";
import { exchangeOf } from "../../sip_core/testing/fake_exchange.ts";
import { subscriber } from "../../sip_core/testing/fake_storage.ts";
import { clientMatches } from "../audience.ts";
import { ClientReleases, type UnsupportedRelease } from "./client_releases.ts";
import { type Noted, NoticeBook } from "./notice_book.ts";
import { CountingLog, FakeTeller, settled } from "./testing/fake_teller.ts";

const ALICE = "sip:alice@example.test";
const OLD: UnsupportedRelease = { release: "Phone/1.*", then: "refuse", text: 'Get "2.0" – now' };

function world(...unsupported: UnsupportedRelease[]) {
  const settings: { unsupported: readonly UnsupportedRelease[] } = { unsupported };
  const teller = new FakeTeller();
  const records = new FakeRecords<Noted>();
  const log = new CountingLog();
  const { element } = new ClientReleases({
    settings,
    teller,
    log,
    host: "example.test",
    book: new NoticeBook(records),
  });
  /** The answer to a REGISTER of alice; null where it goes on to the registrar. */
  const register = async (agent: string, lines = "Contact: <sip:alice@192.0.2.10>\nExpires: 600", known = true) => {
    const exchange = exchangeOf(`REGISTER sip:example.test SIP/2.0
      From: <${ALICE}>;tag=a
      To: <${ALICE}>
      Call-ID: c1
      CSeq: 1 REGISTER
      ${agent === "" ? "Max-Forwards: 70" : `User-Agent: ${agent}`}
      ${lines}`);
    if (known) exchange.subscriber = subscriber(ALICE, "x");
    let went = false;
    element(() => went = true)(exchange);
    await settled();
    const [answer] = exchange.transaction.responses;
    assert.equal(went, answer === undefined);
    return answer ?? null;
  };
  return { settings, teller, records, log, register };
}

Deno.test("a registration of a refused release gets 403 with the reason; its user is told, once for each release", async () => {
  const { register, teller } = world(OLD);
  const answer = await register("Phone/1.0");
  assert.equal(answer?.status, 403);
  assert.equal(answer.reason, "Client release not supported");
  const text = new TextDecoder().decode(Uint8Array.from(answer.get("Warning")!, (c) => c.charCodeAt(0)));
  assert.equal(text, `399 example.test "132 Version not supported: Get '2.0' – now"`);
  assert.equal((await register("Phone/1.0"))?.status, 403);
  assert.deepEqual(teller.heard(), [
    'A client of yours is of a release that this service does not support (Phone/1.*), so it cannot sign in. Get "2.0" – now',
  ]);
  assert.equal((await register("phone/1.1 (Alice's own)"))?.status, 403);
  const [other, ...more] = teller.heard();
  assert.deepEqual(more, []);
  assert.ok(!other.includes("Alice"), "what a client says of itself names people");
  assert.equal(await register("Phone/2.0"), null);
  assert.deepEqual(teller.heard(), []);
});

Deno.test("a refused release may leave and ask; whoever is not known as a user is nobody's client", async () => {
  const { register, teller } = world(OLD);
  assert.equal(await register("Phone/1.0", "Contact: *\nExpires: 0"), null);
  assert.equal(await register("Phone/1.0", "Contact: <sip:alice@192.0.2.10>\nExpires: 0"), null);
  assert.equal(await register("Phone/1.0", "Contact: <sip:alice@192.0.2.10>;expires=0\nExpires: 600"), null);
  assert.equal(await register("Phone/1.0", "Max-Breadth: 60"), null);
  assert.equal(await register("Phone/1.0", undefined, false), null);
  assert.deepEqual(teller.heard(), []);
  const mixed = "Contact: <sip:alice@192.0.2.10>;expires=0, <sip:alice@192.0.2.11>\nExpires: 0";
  assert.equal(await register("Phone/1.0", mixed), null);
  assert.equal((await register("Phone/1.0", mixed.replace("Expires: 0", "Expires: 60")))?.status, 403);
  assert.equal((await register("Phone/1.0", "Contact: <sip:alice@192.0.2.10>"))?.status, 403, "an hour by default");
});

Deno.test("one that is only told goes on; the first pattern that fits holds, as it stands now", async () => {
  const { register, teller, settings } = world({ release: "Phone/1.5*", then: "tell", text: "" }, OLD);
  assert.equal(await register("Phone/1.5.2"), null);
  assert.deepEqual(teller.heard(), [
    "A client of yours is of a release that this service does not support (Phone/1.5*).",
  ]);
  assert.equal((await register("Phone/1.4"))?.status, 403);
  assert.equal(await register(""), null);
  settings.unsupported = [{ release: "*", then: "refuse", text: "" }];
  assert.equal((await register(""))?.status, 403, "who does not say is of no supported release either");
  assert.equal((await register("Phone/1.5.2"))?.get("Warning"), '399 example.test "132 Version not supported"');
  settings.unsupported = [];
  assert.equal(await register("Phone/1.5.2"), null);
});

Deno.test("whoever cannot be told is refused nonetheless, and told the next time", async () => {
  const { register, teller, log, records } = world(OLD);
  teller.failure = new Error("the disk is full");
  assert.equal((await register("Phone/1.0"))?.status, 403);
  assert.equal(log.warnings, 1);
  teller.failure = null;
  assert.equal((await register("Phone/1.0"))?.status, 403);
  assert.equal(teller.heard().length, 1);
  for (let i = 0; i < 40; i++) await register(`Phone/1.${i}`);
  assert.equal(records.get(ALICE)!.releases.length, 16, "bounded");
});

Deno.test("patterns fit whole releases, whatever the case, in time that is no weapon", () => {
  const rows: [pattern: string, release: string, fits: boolean][] = [
    ["Phone/1.*", "phone/1.0", true],
    ["Phone/1.*", "Phone/1.", true],
    ["Phone/1.*", "Phone/10", false],
    ["Phone/1.*", "My Phone/1.0", false],
    ["*Phone/1.?", "My Phone/1.?", true],
    ["a*b*c", "axbxbxc", true],
    ["a*b*c", "axbxbx", false],
    ["*", "", true],
    ["**", "x", true],
    ["", "", true],
    ["", "x", false],
  ];
  for (const [pattern, release, fits] of rows) {
    assert.equal(clientMatches(pattern, release), fits, `${pattern} ${release}`);
  }
  const begun = performance.now();
  assert.equal(clientMatches("*a".repeat(64), `${"a".repeat(127)}b`), false);
  assert.ok(performance.now() - begun < 100);
});
