import assert from "node:assert/strict";
import { silentLog } from "../../foundation/mod.ts";
import { ListDocuments } from "../deferred/list/list_documents.ts";
import { Mailboxes } from "../deferred/list/mailboxes.ts";
import { Removals } from "../deferred/list/removals.ts";
import { MailStore } from "../deferred/list/testing/mail_store.ts";
import { inShort, WatchWorld } from "./events/testing/watch_world.ts";
import type { ServedDocuments } from "./served_documents.ts";
import { UNCONDITIONAL } from "./conditions.ts";
import { refusal } from "./testing/xdm_world.ts";
import type { Principal } from "./usage.ts";

const OWNER = "sip:bob@example.test";
const BOB: Principal = { kind: "user", aor: OWNER };
const ALICE: Principal = { kind: "user", aor: "sip:alice@example.test" };
const AUID = "org.openmobilealliance.deferred-list";
const PATH = `${AUID}/users/${OWNER}/deferred-list`;
const KEY = { auid: AUID, owner: OWNER, name: "deferred-list" };

/** XDM over what waits for bob. */
class ListXdm {
  readonly store: MailStore;
  readonly world: WatchWorld;

  private constructor(store: MailStore, world: WatchWorld) {
    this.store = store;
    this.world = world;
  }

  static async open(...texts: string[]): Promise<ListXdm> {
    let now = () => Date.UTC(2026, 0, 1);
    let remade = () => {};
    const store = new MailStore(() => now());
    const clock = { now: () => now(), monotonic: () => 0 };
    const mailboxes = new Mailboxes({
      store,
      marks: { get: () => ({ upTo: 0, remindedOn: 0 }) },
      reminder_ms: () => 0,
      clock,
      log: silentLog,
    });
    const removals = new Removals(store, { forget: () => {} }, () => remade());
    const documents: ServedDocuments = new ListDocuments({ mailboxes, removals, clock });
    const world = await WatchWorld.open({ served: new Map([[AUID, documents]]) });
    now = () => world.time.now();
    remade = () => world.xdmEvents.emit("documentRemade", { key: KEY });
    for (const text of texts) store.put(text);
    return new ListXdm(store, world);
  }

  async get(by = BOB, path = PATH): Promise<string> {
    const { key, selector } = this.target(path);
    const found = await this.world.server.get(by, key, selector, UNCONDITIONAL);
    return "notModified" in found ? "" : found.body;
  }

  async etag(): Promise<string> {
    return (await this.world.server.get(BOB, KEY, null, UNCONDITIONAL)).etag;
  }

  async references(): Promise<string[]> {
    return [...(await this.get()).matchAll(/history-reference="([^"]*)"/g)].map(([, reference]) => reference);
  }

  put(path: string, body: string, mediaType = "application/xcap-el+xml") {
    const { key, selector } = this.target(path);
    return this.world.server.put(
      BOB,
      key,
      selector,
      { mediaType, octets: new TextEncoder().encode(body) },
      UNCONDITIONAL,
    );
  }

  remove(path: string, by = BOB) {
    const { key, selector } = this.target(path);
    return this.world.server.remove(by, key, selector, UNCONDITIONAL);
  }

  target(path: string) {
    return this.world.target(path);
  }
}

const at = (reference: string, rest = "") =>
  `${PATH}/~~/deferred-list/history%5b@history-reference=%22${reference}%22%5d${rest}`;

Deno.test("the owner reads the list, whole and by selector; nobody else does", async () => {
  const xdm = await ListXdm.open("one", "two");
  const whole = await xdm.get();
  assert.match(whole, /^<\?xml.*\n<deferred-list xmlns="urn:oma:xml:im:history-list"/);
  const [first] = await xdm.references();
  assert.match(await xdm.get(BOB, at(first)), /^<history .*<\/history>$/);
  assert.equal(await xdm.get(BOB, at(first, "/size")), "<size>3</size>");
  assert.equal(await refusal(xdm.get(ALICE)), "403");
  assert.equal(await refusal(xdm.get(BOB, at("d-0"))), "404");
});

Deno.test("where nothing waits there is no document; another one has another tag, the same the same", async () => {
  const xdm = await ListXdm.open();
  assert.equal(await refusal(xdm.get()), "404");
  xdm.store.put("one");
  const one = await xdm.etag();
  assert.equal(await xdm.etag(), one);
  const two = xdm.store.put("two");
  assert.notEqual(await xdm.etag(), one);
  xdm.store.messages.delete(two);
  assert.equal(await xdm.etag(), one);
});

Deno.test("DELETE of a history deletes the message and all its copies, and answers after the commit", async () => {
  const xdm = await ListXdm.open("one", "two");
  const { transaction } = xdm.store.messages.get(1)!;
  xdm.store.put("one", { transaction, device: "<urn:uuid:desk>" });
  const [first, second] = await xdm.references();
  const { etag } = await xdm.remove(at(first));
  assert.deepEqual([...xdm.store.messages.keys()], [2]);
  assert.equal(etag, await xdm.etag());
  assert.deepEqual(await xdm.references(), [second]);
  assert.equal(await refusal(xdm.remove(at(first))), "404");
  assert.equal(await refusal(xdm.remove(at(second), ALICE)), "403");
});

Deno.test("DELETE of the document removes all that waits", async () => {
  const xdm = await ListXdm.open("one", "two");
  await xdm.get();
  assert.equal((await xdm.remove(PATH)).etag, null);
  assert.equal(xdm.store.messages.size, 0);
  assert.equal(await refusal(xdm.remove(PATH)), "404");
});

Deno.test("everything else is refused with its reason, and changes nothing", async () => {
  const xdm = await ListXdm.open("one", "two");
  const [first] = await xdm.references();
  const before = await xdm.get();
  const media = "application/vnd.oma.im.deferred-list+xml";
  const reasons: string[] = [];
  const refused = async (work: Promise<unknown>) => {
    const outcome = await work.then(() => "done", (error: Error) => error.message);
    reasons.push(outcome);
    assert.match(outcome, /allowed: /);
  };
  await refused(xdm.put(at(first, "/expiry"), "<expiry>2026-01-02T00:00:00Z</expiry>"));
  await refused(xdm.put(at(first, "/subject"), "<subject>Mine</subject>"));
  await refused(xdm.remove(at(first, "/expiry")));
  await refused(xdm.put(at(first, "/size"), "<size>1</size>"));
  await refused(xdm.put(PATH, before.replace(/ {2}<history[^\n]*\n/, ""), media));
  await refused(xdm.put(at("d-9"), `<history history-reference="d-9"><pager/></history>`));
  assert.match(reasons[0], /the expiry of d-\w+ cannot be changed: the time .* is settled when it is stored/);
  assert.match(reasons[4], /a PUT removes no message/);
  assert.equal(await xdm.get(), before);
  const service = { kind: "service", name: "test" } as const;
  const more = before.replace(
    "</deferred-list>",
    `<history history-reference="d-9"><pager/></history></deferred-list>`,
  );
  await refused(xdm.world.server.put(
    service,
    KEY,
    null,
    { mediaType: media, octets: new TextEncoder().encode(more) },
    UNCONDITIONAL,
  ));
  await xdm.put(PATH, before, media);
  assert.equal(await xdm.get(), before, "the same again is no change");
  const empty = await ListXdm.open();
  const list = `<deferred-list xmlns="urn:oma:xml:im:history-list"/>`;
  assert.equal(await refusal(empty.put(PATH, list, media)), "409 constraint-failure");
});

Deno.test("a store that fails: 503, and the document says what is still there", async () => {
  const xdm = await ListXdm.open("one", "two");
  const [first] = await xdm.references();
  xdm.store.trouble = true;
  assert.equal(await refusal(xdm.remove(at(first))), "503");
  assert.equal((await xdm.references()).length, 2);
});

Deno.test("who watches the document, or the whole of the usage, is told of what nobody wrote", async () => {
  for (const uri of [PATH, `${AUID}/users/${OWNER}/`]) {
    const { store, world } = await ListXdm.open("one");
    assert.equal(world.subscribe([uri], { user: "bob" }).status, 200);
    const [first] = await world.after();
    const [said] = inShort(first.changes);
    const id = store.put("two");
    world.xdmEvents.emit("documentRemade", { key: KEY });
    const [second] = await world.after(6000);
    const [change] = inShort(second.changes);
    assert.equal(change.split(" ")[1], said.split(" ")[2], "from the tag that was told");
    store.messages.delete(id);
    store.messages.clear();
    world.xdmEvents.emit("documentRemade", { key: KEY });
    const [third] = await world.after(6000);
    assert.match(inShort(third.changes)[0], / -$/, "gone");
  }
});

Deno.test("the directory names the list, and it takes none of the owner's room", async () => {
  const xdm = await ListXdm.open("one");
  const key = { auid: "org.openmobilealliance.xcap-directory", owner: OWNER, name: "directory.xml" };
  const found = await xdm.world.server.get(BOB, key, null, UNCONDITIONAL);
  assert.ok(!("notModified" in found) && found.body.includes(`/${AUID}/users/`));
  assert.deepEqual(xdm.world.documents.totals(OWNER), { count: 0, octets: 0 });
});
