import assert from "node:assert/strict";
import type { HistoryMessage, RecordingFacts, TalkKind } from "../../../storage/mod.ts";
import { append, openTestHistory, settled, type TestHistory } from "../../../storage/testing_history.ts";
import { parseXml } from "../../../transport/xml/mod.ts";
import { UNCONDITIONAL } from "../../xdm/conditions.ts";
import { inShort, WatchWorld } from "../../xdm/events/testing/watch_world.ts";
import type { ServedDocuments } from "../../xdm/served_documents.ts";
import { refusal } from "../../xdm/testing/xdm_world.ts";
import type { Principal } from "../../xdm/usage.ts";
import { COUNTS } from "../../xdm/usages/identifiers.ts";
import { DEFAULT_HISTORY, type HistorySettings } from "../history_settings.ts";
import { ALICE, BEGIN, BOB, recordingOf, saying } from "../retrieval/testing/said.ts";
import { historyDocument, MOST_LISTED, MOST_OCTETS } from "./history_document.ts";
import { HistoryDocuments } from "./history_documents.ts";

const OWNER: Principal = { kind: "user", aor: BOB };
const OTHER: Principal = { kind: "user", aor: ALICE };
const AUID = "org.openmobilealliance.conv-history";
const PATH = `${AUID}/users/${BOB}/conv-history`;
const KEY = { auid: AUID, owner: BOB, name: "conv-history" };

/** XDM over what bob has recorded. */
class HistoryXdm implements AsyncDisposable {
  readonly kept: TestHistory;
  readonly world: WatchWorld;
  readonly settings: HistorySettings;

  private constructor(kept: TestHistory, world: WatchWorld, settings: HistorySettings) {
    this.kept = kept;
    this.world = world;
    this.settings = settings;
  }

  static async open(): Promise<HistoryXdm> {
    const kept = await openTestHistory();
    const settings = { ...DEFAULT_HISTORY };
    const documents: ServedDocuments = new HistoryDocuments({ history: kept.history, settings, clock: kept.time });
    const world = await WatchWorld.open({ served: new Map([[AUID, documents]]) });
    kept.history.onChanged = (owner) => world.xdmEvents.emit("documentRemade", { key: { ...KEY, owner } });
    return new HistoryXdm(kept, world, settings);
  }

  async talk(
    text = "hello",
    { kind = "session", more = {}, message = {}, open = false }: {
      kind?: TalkKind;
      more?: Partial<RecordingFacts>;
      message?: Partial<HistoryMessage>;
      open?: boolean;
    } = {},
  ): Promise<string> {
    const talk = this.kept.history.begin(kind);
    const parties = [{ uri: BOB, name: "Bob" }, { uri: ALICE, name: "Alice <3" }];
    talk.join({ owner: BOB, with: ALICE, parties, group: NOBODY, subject: "", expiresAt: Infinity, ...more });
    const { error } = await append(talk, saying(text, { at: this.kept.time.now(), ...message }), BOB);
    assert.equal(error, null);
    const reference = talk.referenceOf(BOB)!;
    if (!open) talk.close();
    await settled(this.kept);
    return reference;
  }

  async get(path = PATH, by = OWNER): Promise<string> {
    const { key, selector } = this.world.target(path);
    const found = await this.world.server.get(by, key, selector, UNCONDITIONAL);
    return "notModified" in found ? "" : found.body;
  }

  async etag(): Promise<string> {
    return (await this.world.server.get(OWNER, KEY, null, UNCONDITIONAL)).etag;
  }

  put(path: string, body: string, mediaType = "application/xcap-el+xml") {
    const { key, selector } = this.world.target(path);
    const content = { mediaType, octets: new TextEncoder().encode(body) };
    return this.world.server.put(OWNER, key, selector, content, UNCONDITIONAL);
  }

  putWhole(text: string) {
    return this.put(PATH, text, "application/vnd.oma.im.history-list+xml");
  }

  /** DELETE: the store answers when its keys are renewed, which takes its time. */
  async remove(path: string, by = OWNER) {
    const { key, selector } = this.world.target(path);
    let over = false;
    const work = this.world.server.remove(by, key, selector, UNCONDITIONAL).finally(() => over = true);
    work.catch(() => {});
    for (let i = 0; i < 50 && !over; i++) await settled(this.kept);
    return await work;
  }

  find(reference: string) {
    return this.kept.history.find(BOB, reference);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kept.close();
  }
}

const NOBODY = { uri: "", name: "" };
const P = "?xmlns(p=urn:parley:xml:history)";
const at = (reference: string, rest = "") =>
  `${PATH}/~~/history-list/history%5b@history-reference=%22${reference}%22%5d${rest}`;

Deno.test("the owner reads what was recorded, whole and by selector; nobody else does", async () => {
  await using xdm = await HistoryXdm.open();
  assert.equal(await refusal(xdm.get()), "404", "where nothing is recorded there is no document");
  const parties = [{ uri: BOB, name: "Bob" }, { uri: ALICE, name: "" }, { uri: "sip:c@x.test", name: "C & D" }];
  const room = await xdm.talk("hello", {
    kind: "room",
    more: { with: "sip:room@x.test", group: { uri: "sip:room@x.test", name: "Room" }, parties, subject: "Tea" },
  });
  const began = new Date(xdm.find(room)!.startedAt).toISOString();
  assert.equal(
    await xdm.get(at(room)),
    `<history history-reference="${room}"><size>5</size><subject>Tea</subject><date>${began.slice(0, 10)}</date>` +
      `<conference><time-start>${began}</time-start><time-end>${began}</time-end><recording-name></recording-name>` +
      `<conf-list group-uri="sip:room@x.test" group-display-name="Room"><entry uri="${BOB}"><display-name>Bob</display-name></entry>` +
      `<entry uri="${ALICE}"></entry><entry uri="sip:c@x.test"><display-name>C &#38; D</display-name></entry></conf-list></conference>` +
      `<p:kind>room</p:kind><p:messages>1</p:messages></history>`,
  );
  const pager = await xdm.talk("hello", { kind: "pager", more: { expiresAt: Date.UTC(2030, 0, 1) }, open: true });
  assert.match(
    await xdm.get(at(pager)),
    new RegExp(
      `<expiry>2030-01-01T00:00:00.000Z</expiry><subject></subject><date>.*</date><pager><time-stamp>.*</time-stamp><from>${BOB}</from>` +
        `<to>${ALICE}</to><auth-id>${BOB}</auth-id><recipient-list><entry uri="${ALICE}"><display-name>Alice &#60;3</display-name></entry>` +
        `</recipient-list><p:recording-name></p:recording-name><p:time-end>.*</p:time-end></pager><p:kind>pager</p:kind>` +
        `<p:messages>1</p:messages><p:open/></history>`,
    ),
  );
  assert.equal(await refusal(xdm.get(PATH, OTHER)), "403");
  assert.equal(await refusal(xdm.get(at("h-unknown"))), "404");
});

Deno.test("renamed, moved into a folder, and named by nothing again: sessions and conversations by MESSAGE alike", async () => {
  await using xdm = await HistoryXdm.open();
  const session = await xdm.talk(),
    pager = await xdm.talk("x", { kind: "pager" }),
    large = await xdm.talk("y", { kind: "large" });
  await xdm.put(at(session, "/conference/recording-name"), "<recording-name>Tea</recording-name>");
  assert.equal(xdm.find(session)!.name, "Tea");
  await xdm.put(at(session, "/conference/recording-name"), "<recording-name> Work /Tea\n time</recording-name>");
  assert.equal(xdm.find(session)!.name, "Work/Tea time");
  for (const reference of [pager, large]) {
    const body = `<p:recording-name xmlns:p="urn:parley:xml:history">Work/Notes</p:recording-name>`;
    await xdm.put(at(reference, `/pager/p:recording-name${P}`), body);
    assert.equal(xdm.find(reference)!.name, "Work/Notes");
    assert.equal(
      await xdm.get(at(reference, `/pager/p:recording-name${P}`)),
      "<p:recording-name>Work/Notes</p:recording-name>",
    );
    await xdm.remove(at(reference, `/pager/p:recording-name${P}`));
    assert.equal(xdm.find(reference)!.name, "");
  }
  await xdm.put(at(session, "/subject"), "<subject>Biscuits</subject>");
  assert.equal(xdm.find(session)!.subject, "Biscuits");
  await xdm.remove(at(session, "/subject"));
  assert.equal(xdm.find(session)!.subject, "");
  assert.equal(xdm.find(session)!.name, "Work/Tea time");
});

Deno.test("an expiry is put within the operator's span, and refused with the span outside of it", async () => {
  await using xdm = await HistoryXdm.open();
  const reference = await xdm.talk("x", { more: { expiresAt: Date.UTC(2030, 0, 1) } });
  const expiry = (text: string) => xdm.put(at(reference, "/expiry"), `<expiry>${text}</expiry>`);
  await expiry("2031-02-03T04:05:06+01:00");
  assert.equal(xdm.find(reference)!.expiresAt, Date.UTC(2031, 1, 3, 3, 5, 6));
  await expiry("2031-02-03T04:05:06");
  assert.equal(xdm.find(reference)!.expiresAt, Date.UTC(2031, 1, 3, 4, 5, 6), "without a zone it is UTC");
  await xdm.remove(at(reference, "/expiry"));
  assert.equal(xdm.find(reference)!.expiresAt, Infinity);
  xdm.settings.max_days = 30;
  const { endedAt } = xdm.find(reference)!;
  const last = new Date(endedAt + 30 * 86_400_000).toISOString();
  const whole = await xdm.get();
  const put = (text: string) => xdm.putWhole(whole.replace("<subject>", `<expiry>${text}</expiry><subject>`));
  for (const bad of [new Date(endedAt - 1).toISOString(), new Date(endedAt + 30 * 86_400_000 + 1).toISOString()]) {
    await assert.rejects(put(bad), (error: Error) => {
      assert.match(error.message, /the expiry must be after .* and not after /);
      assert.ok(error.message.includes(last) && !error.message.includes("or none"));
      return true;
    });
  }
  assert.equal(xdm.find(reference)!.expiresAt, Infinity);
  await put(last);
  assert.equal(xdm.find(reference)!.expiresAt, endedAt + 30 * 86_400_000);
  assert.match(await refusal(xdm.remove(at(reference, "/expiry"))), /^409 constraint-failure/);
});

Deno.test("DELETE of a history deletes what was said; of the document, all that is over and was listed", async () => {
  await using xdm = await HistoryXdm.open();
  const [one, two, open] = [await xdm.talk("1"), await xdm.talk("2"), await xdm.talk("3", { open: true })];
  const tag = await xdm.etag();
  const { etag } = await xdm.remove(at(one));
  assert.equal(xdm.find(one), undefined);
  assert.deepEqual(await xdm.kept.history.read(BOB, one, 0, 10), []);
  assert.notEqual(etag, tag);
  assert.equal(etag, await xdm.etag());
  assert.equal(await refusal(xdm.remove(PATH, OTHER)), "403");
  await xdm.remove(PATH);
  assert.deepEqual(xdm.kept.history.list(BOB).map(({ reference }) => reference), [open], `without ${two}`);
  await xdm.remove(at(open));
  assert.equal(await refusal(xdm.get()), "404");
});

Deno.test("what the owner may not change is 409, and nothing of it is done, whatever else was right", async () => {
  await using xdm = await HistoryXdm.open();
  const [one, two] = [await xdm.talk("1"), await xdm.talk("2")];
  const whole = await xdm.get();
  const renamed = whole.replaceAll("<recording-name></recording-name>", "<recording-name>New</recording-name>");
  const cases: readonly string[] = [
    // An entry less.
    renamed.replace(/ {2}<history history-reference="[^"]*">.*<\/history>\n/, ""),
    // Another reference, size, end; one more; a name that is too long.
    renamed.replace(one, "h-other"),
    renamed.replace("<size>1</size>", "<size>0</size>"),
    renamed.replace("<p:messages>1<", "<p:messages>2<"),
    renamed.replace("<p:kind>session</p:kind>", "<p:kind>room</p:kind>"),
    renamed.replace("</history-list>", `<history history-reference="h-new"><conference/></history></history-list>`),
    renamed.replace("New", "x".repeat(257)),
    renamed.replace("<subject></subject>", `<expiry>2001-01-01T00:00:00Z</expiry><subject></subject>`),
  ];
  for (const text of cases) assert.match(await refusal(xdm.putWhole(text)), /^409 constraint-failure/, text);
  for (const reference of [one, two]) assert.equal(xdm.find(reference)!.name, "");
  await xdm.putWhole(renamed);
  for (const reference of [one, two]) assert.equal(xdm.find(reference)!.name, "New");
});

Deno.test("a store that fails in the middle of several changes leaves none of them", async () => {
  await using xdm = await HistoryXdm.open();
  const [one, two] = [await xdm.talk("1"), await xdm.talk("2")];
  const { history, time } = xdm.kept;
  let changes = 0;
  const documents = new HistoryDocuments({
    history: {
      list: (owner) => history.list(owner),
      find: (owner, reference) => history.find(owner, reference),
      remove: (owner, references) => history.remove(owner, references),
      change: (owner, reference, change) =>
        ++changes === 2 ? Promise.reject(new Error("no disk")) : history.change(owner, reference, change),
    },
    settings: xdm.settings,
    clock: time,
  });
  const before = await xdm.world.server.read(KEY);
  const text = before!.document.text.replaceAll("<recording-name></", "<recording-name>New</");
  const after = parseXml(text, { characters: 100_000, depth: 16, elements: 1000, attributes: 16 });
  await assert.rejects(documents.change(BOB, "put", before!.document, after), /no disk/);
  assert.equal(changes, 3, "one done, one failed, one put back");
  assert.deepEqual([xdm.find(one)!.name, xdm.find(two)!.name], ["", ""]);
});

Deno.test("the tag is another with each change, and the same without; who watches the document is told", async () => {
  await using xdm = await HistoryXdm.open();
  const tags = new Set<string>();
  const next = async () => {
    const tag = await xdm.etag();
    assert.equal(await xdm.etag(), tag);
    assert.ok(!tags.has(tag));
    tags.add(tag);
  };
  const one = await xdm.talk("1");
  await next();
  assert.equal(xdm.world.subscribe([PATH], { user: "bob" }).status, 200);
  const [first] = await xdm.world.after();
  const two = await xdm.talk("2");
  await next();
  const [second] = await xdm.world.after(6000);
  assert.equal(
    inShort(second.changes)[0],
    `${inShort(first.changes)[0].split(" ")[0]} ${[...tags].join(" ")}`,
    "from the tag that was told to the one of now",
  );
  await xdm.put(at(one, "/subject"), "<subject>a</subject>");
  await next();
  await xdm.remove(at(two));
  await next();
  await xdm.talk("3");
  await next();
});

Deno.test("the latest are listed where there is no room for all, and the root says how many there are", () => {
  assert.equal(MOST_LISTED, COUNTS.histories);
  const many = Array.from(
    { length: 2100 },
    (_, i) => recordingOf(`h-${i}`, { startedAt: BEGIN, octets: 10, parties: [] }),
  );
  const { text } = historyDocument(many);
  assert.equal([...text.matchAll(/<history /g)].length, 2000);
  assert.match(text, /p:conversations="2100" p:octets="21000">\n {2}<history history-reference="h-0">/);
  assert.doesNotMatch(historyDocument(many.slice(0, 2000)).text, /p:conversations/);
  const parties = Array.from({ length: 1000 }, (_, i) => ({ uri: `sip:p${i}@x.test`, name: "ü".repeat(50) }));
  const wide = historyDocument(Array.from({ length: 500 }, (_, i) => recordingOf(`h-${i}`, { parties })));
  assert.equal(wide.size, new TextEncoder().encode(wide.text).length);
  assert.ok(wide.size <= MOST_OCTETS + 1000 && wide.text.includes('p:conversations="500"'));
});
