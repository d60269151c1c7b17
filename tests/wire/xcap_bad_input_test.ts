/** What is wrong gets a precise answer; what is hostile is refused in bounded time and memory. */
import { equal, match, ok } from "node:assert/strict";
import { ParleyProcess, users } from "../support/parley.ts";
import { type XcapAnswer, XcapClient } from "../support/xcap_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const MB = 1024 * 1024;
const NS = "urn:ietf:params:xml:ns:resource-lists";
const LISTS = `<?xml version="1.0" encoding="UTF-8"?>
<resource-lists xmlns="${NS}">
  <list name="friends">
    <entry uri="sip:bob@example.test"/>
  </list>
</resource-lists>
`;
let parley: ParleyProcess;
Deno.test.beforeAll(async () => {
  parley = await ParleyProcess.start({ users: users("alice", "bob", "carol", "dave") });
});
Deno.test.afterAll(async () => {
  await parley[Symbol.asyncDispose]();
});

const open = (user: string, password?: string) =>
  new XcapClient({ user, domain: parley.domain, port: parley.webPort, password });
/** The error element of a 409, and its phrase. */
function errorOf({ status, headers, body }: XcapAnswer): [element: string, phrase: string] {
  equal(status, 409, body);
  match(headers.get("content-type")!, /^application\/xcap-error\+xml/);
  const found = /<xcap-error [^>]*><([a-z0-9-]+)(?: phrase="([^"]*)")?/.exec(body);
  ok(found !== null, body);
  return [found[1], found[2] ?? ""];
}

Deno.test("each XCAP error has its element and a phrase that says what and where [rp:XDM-3]", options, async (t) => {
  const alice = open("alice");
  const index = alice.own("resource-lists", "index");
  const inside = (selector: string, query = "") => alice.own("resource-lists", "index", selector, query);
  equal((await alice.put(index, LISTS)).status, 201);
  const friends = "resource-lists/list%5b@name=%22friends%22%5d";
  const refused: [name: string, request: () => Promise<XcapAnswer>, element: string, phrase: RegExp][] = [
    [
      "a document that is not closed",
      () => alice.put(index, LISTS.slice(0, -20)),
      "not-well-formed",
      /line 5, column 9/,
    ],
    ["octets that are no UTF-8", () => alice.put(index, new Uint8Array([0x3c, 0xff, 0xfe])), "not-utf-8", /./],
    ["another encoding", () => alice.put(index, LISTS.replace("UTF-8", "ISO-8859-1")), "not-utf-8", /ISO-8859-1/],
    [
      "an element the schema does not know",
      () => alice.put(index, LISTS.replaceAll("list name", "lost name").replace("</list>", "</lost>")),
      "schema-validation-error",
      /lost/,
    ],
    [
      "an attribute that is missing",
      () => alice.put(index, LISTS.replace(' uri="sip:bob@example.test"', "")),
      "schema-validation-error",
      /uri/,
    ],
    [
      "two entries of one URI",
      () => alice.put(`${inside(`${friends}/entry%5b2%5d`)}`, '<entry uri="sip:bob@example.test"/>'),
      "uniqueness-failure",
      /./,
    ],
    [
      "two elements where one belongs",
      () =>
        alice.put(inside(`${friends}/entry%5b@uri=%22sip:a@b%22%5d`), '<entry uri="sip:a@b"/><entry uri="sip:c@d"/>'),
      "not-xml-frag",
      /./,
    ],
    [
      "an element that is not the one named",
      () => alice.put(inside(`${friends}/entry%5b@uri=%22sip:a@b%22%5d`), '<entry uri="sip:c@d"/>'),
      "cannot-insert",
      /./,
    ],
    [
      "a place without its parent",
      () => alice.put(inside("resource-lists/list%5b@name=%22none%22%5d/entry"), '<entry uri="sip:a@b"/>'),
      "no-parent",
      /./,
    ],
    [
      "an attribute's value without quotes",
      () => alice.put(inside(`${friends}/@name`), "a<b"),
      "not-xml-att-value",
      /./,
    ],
    [
      "the first of two that are alike",
      async () => {
        await alice.put(
          inside(`${friends}/entry%5b@uri=%22sip:carol@example.test%22%5d`),
          '<entry uri="sip:carol@example.test"/>',
        );
        return alice.delete(inside(`${friends}/entry%5b1%5d`));
      },
      "cannot-delete",
      /./,
    ],
    [
      "a profile that is somebody else's",
      () =>
        alice.put(
          alice.own("org.openmobilealliance.user-profile", "user-profile"),
          '<user-profiles xmlns="urn:oma:xml:xdm:user-profile"><user-profile uri="sip:bob@example.test"/></user-profiles>',
        ),
      "constraint-failure",
      /Wrong User Profile URI/,
    ],
  ];
  for (const [name, request, element, phrase] of refused) {
    await t.step(`${name}: ${element}`, async () => {
      const [found, said] = errorOf(await request());
      equal(found, element);
      if (element !== "no-parent") match(said, phrase);
    });
  }
  await t.step("nothing of that has changed the document but what was put in", async () => {
    equal(
      (await alice.get(index)).body.replaceAll(/\s|<entry uri="sip:carol@example.test"\/>/g, ""),
      LISTS.replaceAll(/\s/g, ""),
    );
  });
  alice.close();
});

Deno.test("other statuses: 400, 401, 403, 404, 405, 412, 413, 415, 304, each where it belongs", options, async (t) => {
  const alice = open("alice"), bob = open("bob");
  const index = alice.own("resource-lists", "index");
  const { etag } = await alice.put(index, LISTS);
  const lists = "application/resource-lists+xml";
  const statuses: [name: string, request: () => Promise<XcapAnswer>, status: number][] = [
    ["a selector that cannot be read", () => alice.get(`${index}/~~/resource-lists/list%5b`), 400],
    ["a prefix without its namespace", () => alice.get(`${index}/~~/q:resource-lists`), 400],
    ["an escape that is none", () => alice.get(`${index}/~~/resource-lists/%zz`), 400],
    ["a wrong media type", () => alice.request("PUT", index, { "content-type": "text/xml" }, LISTS), 415],
    ["no media type", () => alice.request("PUT", index, {}, LISTS), 415],
    [
      "an element as a document",
      () => alice.request("PUT", `${index}/~~/resource-lists`, { "content-type": lists }, LISTS),
      415,
    ],
    ["a document that is too large", () => alice.put(index, LISTS.replace("friends", "x".repeat(600_000))), 413],
    ["POST", () => alice.request("POST", index, { "content-type": lists }, LISTS), 405],
    ["a PUT of namespaces", () => alice.put(`${index}/~~/resource-lists/namespace::*`, "<a/>"), 405],
    ["a usage that is not there", () => alice.get("/xcap/no-such-usage/users/sip:alice@example.test/index"), 404],
    ["a node that is not there", () => alice.get(`${index}/~~/resource-lists/list%5b9%5d`), 404],
    ["a tree that has no name", () => alice.get("/xcap/resource-lists/users/"), 404],
    ["somebody else's document", () => bob.get(index), 403],
    ["somebody else's document that is not there", () => bob.get(index.replace("index", "none")), 403],
    ["the tree of nobody", () => bob.get(index.replace("alice", "nobody")), 403],
    ["somebody else's document, written", () => bob.put(index, LISTS), 403],
    [
      "another identity in a header",
      () => bob.request("GET", bob.own("resource-lists", "index"), { "x-xcap-preferred-identity": `"${alice.aor}"` }),
      403,
    ],
    ["an old tag", () => alice.put(index, LISTS, { "if-match": '"old"' }), 412],
    ["a weak tag where a strong one is wanted", () => alice.put(index, LISTS, { "if-match": `W/"${etag}"` }), 412],
    ["one that is there already", () => alice.put(index, LISTS, { "if-none-match": "*" }), 412],
    ["one that has not changed", () => alice.get(index, { "if-none-match": `"x", "${etag}"` }), 304],
    ["a tag that is no tag", () => alice.get(index, { "if-none-match": "nothing" }), 400],
    ["a part by Content-Range", () => alice.put(index, LISTS, { "content-range": "bytes 0-4/10" }), 400],
  ];
  for (const [name, request, status] of statuses) {
    await t.step(`${name}: ${status}`, async () => {
      const answer = await request();
      equal(answer.status, status, answer.body);
      if (status === 405) match(answer.headers.get("allow") ?? "", /^GET, HEAD/);
      if (status !== 304) match(answer.body, /\w/, "an answer without a word");
    });
  }
  await t.step("an asserted identity that a client brings along is not believed", async () => {
    equal((await bob.request("GET", index, { "x-xcap-asserted-identity": `"${alice.aor}"` })).status, 403);
  });
  alice.close();
  bob.close();
});

Deno.test(
  "XUIs: with scheme or without, escaped or not, by number; the realm is the domain of the tree",
  options,
  async () => {
    const alice = open("alice");
    const index = alice.own("resource-lists", "index");
    await alice.put(index, LISTS);
    for (
      const xui of [
        "alice@example.test",
        "sip%3Aalice%40example.test",
        "sip:alice@EXAMPLE.test",
        "sips:alice@example.test",
      ]
    ) {
      const answer = await alice.get(`/xcap/resource-lists/users/${xui}/index`);
      equal(answer.body, LISTS, xui);
    }
    alice.forget();
    const challenge = await alice.exchange("GET", "/xcap/xcap-caps/global/index");
    equal(challenge.status, 401);
    const offers = challenge.headers.get("www-authenticate")!.split(/, (?=Digest )|\n/);
    equal(offers.length, 2);
    for (const [n, algorithm] of ["SHA-256", "MD5"].entries()) {
      match(
        offers[n],
        new RegExp(
          `^Digest realm="example\\.test", nonce="[0-9a-f]+", qop="auth", algorithm=${algorithm}$|^Digest realm="example\\.test", nonce="[0-9a-f]+", algorithm=${algorithm}, qop="auth"$`,
        ),
      );
    }
    alice.close();
  },
);

Deno.test(
  "wrong passwords: 401, then locked out for a while; the right one is locked out too, other users are not",
  options,
  async () => {
    const thief = open("dave", "wrong password");
    const target = thief.own("resource-lists", "index");
    let wrong = 0;
    for (;; wrong++) {
      thief.forget();
      const { status } = await thief.get(target);
      if (status === 403) break;
      equal(status, 401);
      ok(wrong < 20, "nobody is locked out");
    }
    ok(wrong >= 3, `locked out after ${wrong} wrong passwords`);
    const dave = open("dave"), carol = open("carol");
    const locked = await dave.get(target);
    equal(locked.status, 403);
    ok(Number(locked.headers.get("retry-after")) > 0);
    equal((await carol.get(carol.own("resource-lists", "index"))).status, 404);
    for (const client of [thief, dave, carol]) client.close();
  },
);

Deno.test(
  "hostile XML, selectors and queries: refused in bounded time and memory, and others are served meanwhile",
  options,
  async () => {
    const alice = open("alice"), bob = open("bob");
    const index = alice.own("resource-lists", "index");
    await alice.put(index, LISTS);
    const lists = (inside: string) => `<resource-lists xmlns="${NS}">${inside}</resource-lists>`;
    const entities = `<!DOCTYPE a [<!ENTITY b "${"c".repeat(1000)}"><!ENTITY d "${"&b;".repeat(1000)}">]>`;
    const attacks: [name: string, request: () => Promise<XcapAnswer>, statuses: number[]][] = [
      ["an entity bomb", () => alice.put(index, `${entities}<a>&d;</a>`), [409]],
      ["an external entity", () => alice.put(index, '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'), [409]],
      ["10,000 levels", () => alice.put(index, lists("<list>".repeat(10_000) + "</list>".repeat(10_000))), [409, 413]],
      [
        "50,000 attributes",
        () => alice.put(index, lists(`<list ${Array.from({ length: 30_000 }, (_, n) => `a${n}="1"`).join(" ")}/>`)),
        [409, 413],
      ],
      ["100,000 elements", () => alice.put(index, lists("<a/>".repeat(100_000))), [409, 413]],
      ["a million octets of <", () => alice.put(index, "<".repeat(500_000)), [409]],
      ["UTF-16", () => alice.put(index, new Uint8Array([0xff, 0xfe, 0x3c, 0x00])), [409]],
      ["prefixes that hide names", () => alice.put(index, `<x:resource-lists xmlns:x="urn:other" xmlns="${NS}"/>`), [
        409,
      ]],
      ["a reserved prefix bound anew", () => alice.put(index, `<resource-lists xmlns="${NS}" xmlns:xml="urn:x"/>`), [
        409,
      ]],
      ["a selector of 5,000 steps", () => alice.get(`${index}/~~/resource-lists${"/*".repeat(5_000)}`), [
        400,
        404,
        414,
        431,
      ]],
      [
        "a predicate of 8,000 characters",
        () => alice.get(`${index}/~~/resource-lists/list%5b@name=%22${"a".repeat(8_000)}%22%5d`),
        [400, 404, 414, 431],
      ],
      ["positions beyond all", () => alice.get(`${index}/~~/resource-lists/list%5b${"9".repeat(400)}%5d`), [400, 404]],
      [
        "200 namespaces in the query",
        () =>
          alice.get(
            `${index}/~~/resource-lists?${Array.from({ length: 200 }, (_, n) => `xmlns(a${n}=urn:x)`).join("")}`,
          ),
        [200, 400],
      ],
      [
        "1,000 tags",
        () => alice.get(index, { "if-none-match": Array.from({ length: 1_000 }, (_, n) => `"${n}"`).join(",") }),
        [400, 431],
      ],
    ];
    const before = parley.rss();
    const figures: string[] = [];
    let slowest = 0;
    for (const [name, request, statuses] of attacks) {
      const start = performance.now();
      // Somebody else asks while the attack is worked on.
      const [answer, other] = await Promise.all([request(), bob.get(bob.own("resource-lists", "index"))]);
      const took = performance.now() - start;
      slowest = Math.max(slowest, took);
      figures.push(`${name} ${answer.status} ${took.toFixed(0)} ms`);
      ok(statuses.includes(answer.status), `${name}: ${answer.status} ${answer.body.slice(0, 200)}`);
      equal(other.status, 404);
      if (answer.headers.get("connection") === "close") alice.close();
    }
    console.log(`${figures.join("; ")}; memory +${((parley.rss() - before) / MB).toFixed(0)} MB`);
    ok(slowest < 5_000, `${slowest} ms`);
    ok(parley.rss() - before < 150 * MB);
    equal((await alice.get(index)).body, LISTS);
    alice.close();
    bob.close();
  },
);

Deno.test(
  "a body in chunks is taken; one that says it is too large is refused before it is sent",
  options,
  async () => {
    const alice = open("alice");
    const index = alice.own("resource-lists", "index");
    await alice.get(index);
    const answer = await alice.request("PUT", index, {
      "content-type": "application/resource-lists+xml",
      "content-length": "9000000",
    });
    equal(answer.status, 413);
    alice.close();
  },
);
