import assert from "node:assert/strict";
import { FakeTime } from "../../../foundation/testing.ts";
import { FakeRecords } from "../../admin/observe/testing/fake_records.ts";
import { type Noted, NoticeBook } from "./notice_book.ts";
import { RegistrationNotices } from "./registration_notices.ts";
import type { SendingSettings } from "./sending_rules.ts";
import { CountingLog, FakeTeller } from "./testing/fake_teller.ts";

const ALICE = "sip:alice@example.test";
const DAY = 86_400_000;
const RULES: SendingSettings = {
  pager: { types: ["*/*"], max_body: 1300, max_body_of: {} },
  session: { types: ["text/plain", "image/*"], max_message: 65_536, max_content: 10_485_760 },
};

class World {
  readonly time = new FakeTime();
  readonly teller = new FakeTeller();
  readonly log = new CountingLog();
  readonly settings = { first_use: true };
  readonly records: FakeRecords<Noted>;
  readonly book: NoticeBook;
  rules = RULES;
  /** Fields that everybody's profile lacks. */
  missing: string[] = [];
  /** What reading profiles rejects with. */
  unreadable: Error | null = null;
  notices: RegistrationNotices;

  constructor(most = 500) {
    this.records = new FakeRecords<Noted>(most);
    this.book = new NoticeBook(this.records, most);
    this.notices = this.start();
  }

  start(): RegistrationNotices {
    return this.notices = new RegistrationNotices({
      settings: this.settings,
      rules: () => this.rules,
      profile: {
        ready: () => this.unreadable === null ? Promise.resolve() : Promise.reject(this.unreadable),
        missing: () => this.missing,
      },
      book: this.book,
      teller: this.teller,
      clock: this.time,
      log: this.log,
    });
  }

  /** What these users hear when devices of theirs register. */
  async came(...users: string[]): Promise<string[]> {
    for (const aor of users) this.notices.came(aor);
    await this.notices.idle();
    return this.teller.heard();
  }
}

Deno.test("who registers for the first time hears of the default profile and of what may be sent, in one message, once", async () => {
  const world = new World();
  const [text, ...more] = await world.came(ALICE, ALICE);
  assert.deepEqual(more, []);
  assert.match(text, /^Welcome\. A default profile has been made for you.*you can change it at any time\.\n/);
  assert.ok(text.includes("Single messages may have up to 1300 octets, of any type."), text);
  assert.ok(text.includes("a text may have up to 65536 octets (66 kB), a picture, sound or file up to 10485760"), text);
  assert.ok(text.endsWith("of text/plain, image/*."), text);
  assert.deepEqual(await world.came(ALICE), []);
  world.start();
  assert.deepEqual(await world.came(ALICE), [], "after a restart");
  await world.book.forget(ALICE);
  assert.equal((await world.came(ALICE)).length, 1, "somebody else of the same name");
});

Deno.test("when types or sizes change, everybody hears the new ones at the next registration, once", async () => {
  const world = new World();
  await world.came(ALICE);
  world.rules = { ...RULES, pager: { ...RULES.pager, max_body: 2000, max_body_of: { "text/html": 800 } } };
  const [text, ...more] = await world.came(ALICE);
  assert.deepEqual(more, []);
  assert.match(
    text,
    /^What may be sent has changed\. Single messages may have up to 2000 octets.*text\/html up to 800 octets/,
  );
  world.rules = { ...world.rules, session: { ...RULES.session } };
  assert.deepEqual(await world.came(ALICE), [], "another object, the same settings");
});

Deno.test("a list of types that nobody could read is cut, and a change in what was cut is a change", async () => {
  const world = new World();
  const types = Array.from({ length: 200 }, (_, i) => `application/vnd.example.type-${i}`);
  world.rules = { ...RULES, pager: { ...RULES.pager, types } };
  const [text] = await world.came(ALICE);
  assert.ok(text.length < 1500 && text.includes("type-19 and 180 more"), text);
  world.rules = { ...RULES, pager: { ...RULES.pager, types: types.with(199, "text/html") } };
  assert.equal((await world.came(ALICE)).length, 1);
});

Deno.test("missing mandatory fields are named at registration, once a week until they are filled in", async () => {
  const world = new World();
  world.missing = ["country", "hobby"];
  const [text] = await world.came(ALICE);
  assert.match(
    text,
    /Your public profile lacks these fields: country, hobby\. .*nobody finds you.*What you fill in is public/,
  );
  world.time.jump(6.9 * DAY);
  assert.deepEqual(await world.came(ALICE), []);
  world.time.jump(0.2 * DAY);
  world.missing = ["hobby"];
  const [again, ...more] = await world.came(ALICE);
  assert.deepEqual(more, []);
  assert.match(again, /^Your public profile lacks this field: hobby\./);
  world.missing = [];
  world.time.jump(8 * DAY);
  const before = world.records.writes;
  assert.deepEqual(await world.came(ALICE), []);
  assert.equal(world.records.writes, before, "whose profile is complete costs no write");
  world.missing = ["gender"];
  assert.equal((await world.came(ALICE)).length, 1, "the operator wants one more");
  world.time.jump(-30 * DAY);
  assert.equal((await world.came(ALICE)).length, 1, "a clock that was set back keeps nobody waiting");
});

Deno.test("what could not be said is said at the next registration", async () => {
  const world = new World();
  world.teller.full = true;
  assert.deepEqual(await world.came(ALICE), []);
  world.teller.full = false;
  world.teller.failure = new Error("the disk is full");
  assert.deepEqual(await world.came(ALICE), []);
  world.teller.failure = null;
  world.unreadable = new Error("a document cannot be read");
  assert.deepEqual(await world.came(ALICE), []);
  assert.equal(world.log.warnings, 2);
  world.unreadable = null;
  // A kill between saying and noting has left a mark.
  world.teller.marks.add(`registration ${ALICE}`);
  assert.equal((await world.came(ALICE)).length, 1);
});

Deno.test("switched off nobody hears anything, and a book that is full makes nobody hear it again and again", async () => {
  const world = new World(1);
  world.settings.first_use = false;
  assert.deepEqual(await world.came(ALICE), []);
  world.settings.first_use = true;
  assert.equal((await world.came(ALICE)).length, 1);
  assert.deepEqual(await world.came("sip:bob@example.test"), []);
});

Deno.test("a thousand who come at once are all told, once each; a stop begins with nobody else", async () => {
  const world = new World(2000);
  const all = Array.from({ length: 1000 }, (_, i) => `sip:u${i}@example.test`);
  const said = await world.came(...all, ...all);
  assert.equal(said.length, 1000);
  const others = Array.from({ length: 100 }, (_, i) => `sip:v${i}@example.test`);
  for (const aor of others) world.notices.came(aor);
  await world.notices.stop();
  assert.ok(world.teller.heard().length < 100);
  world.notices.came(ALICE);
  await world.notices.idle();
  assert.deepEqual(world.teller.heard(), []);
});
