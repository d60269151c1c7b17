import assert from "node:assert/strict";
import fc from "fast-check";
import { utf8 } from "../../foundation/mod.ts";
import { type ListBody, type ReadListBody, readListBody } from "./list_body.ts";
import { ListFeed, type MemberState, type MemberStates } from "./list_feed.ts";
import { ListMembers } from "./list_members.ts";
import { ListTable } from "./list_table.ts";

const LIST = "sip:friends@lists.example.com";

/** What members say: their texts; "" for nothing yet, "pending", "gone". */
class Texts implements MemberStates {
  readonly texts = new Map<string, string>();
  readonly asked: string[] = [];
  readonly said = new Map<string, string>();

  of(uri: string, whole: boolean): readonly MemberState[] | null {
    const text = this.texts.get(uri) ?? "";
    this.asked.push(`${uri} ${whole}`);
    if (!whole && this.said.get(uri) === text) return null;
    if (text === "") return [];
    if (text === "pending") return [{ id: "1", state: "pending" }];
    if (text === "gone") return [{ id: "1", state: "terminated", reason: "noresource" }];
    return [{ id: "1", state: "active", contentType: "text/plain", body: utf8(text) }];
  }
  told(uri: string): void {
    this.said.set(uri, this.texts.get(uri) ?? "");
  }
}

function setUp(uris: readonly string[], octets = 100_000) {
  const states = new Texts();
  const members = new ListMembers(uris.map((uri) => ({ uri, names: [{ text: `<${uri}>`, language: "" }] })));
  const feed = new ListFeed(members, states, {
    uri: LIST,
    names: [{ text: "Friends & co", language: "en" }],
    octets,
    host: "lists.example.com",
  });
  const says = (uri: string, text: string) => {
    states.texts.set(uri, text);
    feed.changed(uri);
  };
  return { states, feed, says };
}

function read({ contentType, body }: ListBody): ReadListBody {
  return readListBody(contentType, body);
}

/** `2 part sip:a@x=open`: version, kind, and each resource with what is said of it. */
function said(listBody: ListBody | null): string {
  if (listBody === null) return "-";
  const { rlmi, parts } = read(listBody);
  const resources = rlmi.resources.map(({ uri, instances }) => {
    const texts = instances.map(({ state, reason, cid }) =>
      state === "active" ? new TextDecoder().decode(parts.get(cid)!.body) : state + reason
    );
    return `${uri}=${texts.join()}`;
  });
  return [rlmi.version, rlmi.fullState ? "full" : "part", ...resources].join(" ");
}

Deno.test("first all, then what changed, in that order; nothing where nothing did", () => {
  const { feed, says, states } = setUp(["sip:a@x", "sip:b@x", "sip:c@x"]);
  states.texts.set("sip:a@x", "open").set("sip:b@x", "pending");
  assert.equal(feed.owes, true);
  assert.equal(said(feed.next()), "0 full sip:a@x=open sip:b@x=pending sip:c@x=");
  assert.equal(feed.owes, false);
  assert.equal(said(feed.next()), "-");
  says("sip:c@x", "gone");
  says("sip:b@x", "closed");
  says("sip:c@x", "open");
  assert.equal(said(feed.next()), "1 part sip:c@x=open sip:b@x=closed");
  says("sip:a@x", "away");
  says("sip:a@x", "open");
  assert.equal(said(feed.next()), "-", "it is as it was told");
  says("sip:b@x", "gone");
  assert.equal(said(feed.next()), "2 part sip:b@x=terminatednoresource");
  assert.equal(said(feed.full()), "3 full sip:a@x=open sip:b@x=terminatednoresource sip:c@x=open");
  assert.equal(feed.changed("sip:d@x"), false);
});

Deno.test("the body is what RFC 4662 §5 and RFC 2387 ask for", () => {
  const { feed, states } = setUp(["sip:a@x"]);
  states.texts.set("sip:a@x", "ö");
  const { contentType, body } = feed.next()!;
  assert.match(
    contentType,
    /^multipart\/related;type="application\/rlmi\+xml";start="<[\w-]{12}@lists\.example\.com>";boundary=[\w-]{24}$/,
  );
  const { rlmi, parts } = readListBody(contentType, body);
  assert.equal(rlmi.uri, LIST);
  assert.deepEqual(rlmi.names, [{ text: "Friends & co", language: "en" }]);
  assert.deepEqual(rlmi.resources[0].names, [{ text: "<sip:a@x>", language: "" }]);
  assert.equal([...parts.keys()].length, 1);
  const text = new TextDecoder().decode(body);
  assert.equal(text.match(/Content-Transfer-Encoding: binary\r\n/g)?.length, 2);
});

Deno.test("a member is named once however often the list has it", () => {
  const { feed, states, says } = setUp(["sip:a@x", "sip:A@x", "sip:a@X"]);
  states.texts.set("sip:a@x", "open");
  assert.equal(said(feed.next()), "0 full sip:a@x=open sip:A@x=");
  states.texts.set("sip:a@x", "closed");
  says("sip:a@X", "");
  assert.equal(said(feed.next()), "1 part sip:a@x=closed");
});

Deno.test("what has no room comes later, the oldest first; what is too large goes alone", () => {
  const uris = ["sip:a@x", "sip:b@x", "sip:c@x", "sip:d@x"];
  const { feed, states, says } = setUp(uris, 2000);
  for (const uri of uris) states.texts.set(uri, uri.repeat(80));
  const first = feed.next()!;
  assert.ok(first.body.length <= 2000);
  assert.deepEqual(read(first).rlmi.resources.map(({ instances }) => instances.length), [1, 0, 0, 0]);
  says("sip:a@x", "a");
  const sizes: number[] = [];
  const told: string[] = [];
  for (let body = feed.next(); body !== null; body = feed.next()) {
    sizes.push(body.body.length);
    told.push(read(body).rlmi.resources.map(({ uri }) => uri).join());
  }
  assert.deepEqual(told, ["sip:b@x", "sip:c@x", "sip:d@x,sip:a@x"]);
  assert.ok(sizes.every((size) => size <= 2000), `${sizes}`);
  says("sip:b@x", "b");
  says("sip:c@x", "c".repeat(5000));
  says("sip:d@x", "d");
  assert.equal(said(feed.next()), "4 part sip:b@x=b");
  assert.ok(feed.next()!.body.length > 5000);
  assert.equal(said(feed.next()), "6 part sip:d@x=d");
});

Deno.test("a limit is kept to the octet, and used", () => {
  const uris = ["sip:a@x", "sip:ä@x", "sip:c@x"];
  const whole = (octets: number) => {
    const { feed, states } = setUp(uris, octets);
    for (const uri of uris) states.texts.set(uri, `is ${uri}`);
    return feed.next()!;
  };
  const { body } = whole(100_000);
  assert.equal(whole(body.length).body.length, body.length);
  const less = whole(body.length - 1);
  assert.deepEqual(read(less).rlmi.resources.map(({ instances }) => instances.length), [1, 1, 0]);
});

Deno.test("an edited list: who is new is named, who left leaves with full state", () => {
  const { feed, states, says } = setUp(["sip:a@x", "sip:b@x"]);
  states.texts.set("sip:a@x", "open").set("sip:c@x", "here");
  feed.next();
  const members = (...uris: string[]) => new ListMembers(uris.map((uri) => ({ uri })));
  feed.edited(members("sip:a@x", "sip:b@x"));
  assert.equal(said(feed.next()), "1 part sip:a@x=open sip:b@x=", "they have other names");
  says("sip:a@x", "away");
  feed.edited(members("sip:a@x", "sip:b@x", "sip:c@x"));
  assert.equal(said(feed.next()), "2 part sip:a@x=away sip:c@x=here");
  says("sip:b@x", "late");
  feed.edited(members("sip:a@x", "sip:c@x"));
  assert.equal(said(feed.next()), "3 full sip:a@x=away sip:c@x=here");
  assert.equal(feed.owes, false);
});

Deno.test("whatever changes when, the subscriber ends with the last state of all, and no body is too large", () => {
  const uris = Array.from({ length: 6 }, (_, i) => `sip:${i}@x`);
  const step = fc.record({ uri: fc.constantFrom(...uris), text: fc.string({ maxLength: 300 }), what: fc.nat(5) });
  fc.assert(fc.property(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1500, max: 4000 }), (steps, octets) => {
    const { feed, states, says } = setUp(uris, octets);
    const table = new ListTable();
    const seen = new Map<string, string>();
    const take = (body: ListBody | null) => {
      if (body === null) return;
      assert.ok(body.body.length <= octets, `${body.body.length} of ${octets}`);
      const { rlmi, parts } = read(body);
      assert.equal(new Set(rlmi.resources.map(({ uri }) => uri)).size, rlmi.resources.length);
      if (rlmi.fullState) assert.equal(rlmi.resources.length, uris.length);
      assert.notEqual(table.receive({ rlmi, parts }), "missed");
      for (const { uri, instances } of rlmi.resources) {
        for (const { cid } of instances) seen.set(uri, new TextDecoder().decode(parts.get(cid)!.body));
      }
    };
    take(feed.next());
    for (const { uri, text, what } of steps) {
      says(uri, `x${text.toWellFormed()}`);
      if (what === 0) take(feed.full());
      else if (what < 3) take(feed.next());
    }
    for (let i = 0; feed.owes; i++) {
      assert.ok(i < 20, "it comes to an end");
      take(feed.next());
    }
    for (const uri of uris) assert.equal(seen.get(uri), states.texts.get(uri));
  }));
});

Deno.test("a feed that goes on after a restart: with the version after, whole only where that is owed", () => {
  const goesOn = (owesFull: boolean) => {
    const { states } = setUp([]);
    const members = new ListMembers([{ uri: "sip:a@x" }, { uri: "sip:b@x" }]);
    const feed = new ListFeed(members, states, { uri: LIST, octets: 9999, host: "x", told: { version: 41, owesFull } });
    return { feed, states };
  };
  const { feed, states } = goesOn(false);
  assert.deepEqual([feed.version, feed.owes, feed.next()], [41, false, null]);
  states.texts.set("sip:b@x", "open");
  feed.changed("sip:b@x");
  assert.equal(said(feed.next()), "42 part sip:b@x=open");
  assert.equal(feed.version, 42);
  const whole = goesOn(true).feed;
  assert.equal(whole.owes, true);
  assert.equal(said(whole.next()), "42 full sip:a@x= sip:b@x=");
});

Deno.test("an edited list's own name is told with what is told next", () => {
  const { feed } = setUp(["sip:a@x"]);
  assert.deepEqual(read(feed.next()!).rlmi.names, [{ text: "Friends & co", language: "en" }]);
  feed.edited(new ListMembers([{ uri: "sip:a@x" }, { uri: "sip:b@x" }]), [{ text: "Others", language: "" }]);
  assert.deepEqual(read(feed.next()!).rlmi.names, [{ text: "Others", language: "" }]);
});
