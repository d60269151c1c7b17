import fc from "fast-check";
import assert from "node:assert/strict";
import { concatBytes, fromLatin1, toLatin1 } from "../../../foundation/mod.ts";
import { bareType } from "./accepted_types.ts";
import type { Route } from "./forwarded.ts";
import { Forwarder } from "./forwarder.ts";
import { NO_RULES } from "./forward_rules.ts";
import { LOOK_LIMIT, type Rewriter, RewrittenMessages } from "./rewriter.ts";
import { FakeConnection, request } from "./testing/fake_connection.ts";

/** `head|body` loses its head and gets `prepend` for it; `bad|` is refused. */
function headless(prepend = ""): Rewriter {
  return {
    wants: (head) => bareType(head.contentType) === "message/cpim",
    look(_head, octets) {
      const text = toLatin1(octets);
      if (text.startsWith("bad|")) return { status: 415, comment: "bad" };
      if (text.startsWith("plain")) return "pass";
      const bar = text.indexOf("|");
      if (bar < 0) return "more";
      return { contentType: "text/html", drop: bar + 1, prepend: fromLatin1(prepend) };
    },
  };
}

function bench(rewriter: Rewriter, maxSize = Infinity) {
  const source = new FakeConnection();
  const destination = new FakeConnection();
  const forwarder = new Forwarder();
  forwarder.rules = { ...NO_RULES, rewriter, maxSize };
  const route: Route = {
    source,
    destination,
    toPath: "msrp://b.test:1/b1;tcp",
    fromPath: "msrp://box.test:2855/s2;tcp",
    reportTo: "msrp://a.test:1/a1;tcp",
    reportFrom: "msrp://box.test:2855/s1;tcp",
  };
  const back = new Forwarder();
  back.opposite = forwarder;
  const backRoute: Route = { ...route, source: destination, destination: source };
  return { source, destination, forwarder, route, back, backRoute };
}

const cpim = { contentType: "message/cpim" };

Deno.test("a whole message loses its wrapping; range, total and type follow", () => {
  const { destination, source, forwarder, route } = bench(headless());
  forwarder.whole(route, request({ ...cpim, end: 12, total: 12 }), fromLatin1("head|content"), "$");
  const [{ head, body }] = destination.sent;
  assert.equal(toLatin1(body), "content");
  assert.deepEqual([head.start, head.end, head.total, head.contentType], [1, 7, 7, "text/html"]);
  assert.equal(source.answers[0].status, 200);
});

Deno.test("other types are not looked at; a look may let pass or refuse", () => {
  const { destination, source, forwarder, route } = bench(headless());
  forwarder.whole(route, request(), fromLatin1("head|content"), "$");
  forwarder.whole(route, request(cpim), fromLatin1("plain|content"), "$");
  forwarder.whole(route, request(cpim), fromLatin1("bad|content"), "$");
  assert.deepEqual(destination.sent.map(({ body }) => toLatin1(body)), ["head|content", "plain|content"]);
  assert.equal(source.answers[2].status, 415);
});

Deno.test("a message that goes on from an earlier session is judged without its beginning, where that can be done", () => {
  const midway: Rewriter = {
    ...headless(),
    midway: ({ total, messageId }) =>
      total > 100
        ? { status: 413, comment: "" }
        : messageId === "grows"
        ? { contentType: "", drop: 0, prepend: new Uint8Array(0), maxSize: 8 }
        : "pass",
  };
  const { destination, source, forwarder, route } = bench(midway);
  const later = { ...cpim, start: 5 };
  forwarder.whole(route, request({ ...later, total: 9 }), fromLatin1("hello"), "+");
  forwarder.begin(route, request({ ...later, start: 10, total: 14 }));
  forwarder.piece(fromLatin1("world"));
  forwarder.finish("$");
  assert.deepEqual(destination.sent.map(({ body }) => toLatin1(body)), ["hello", "world"]);
  forwarder.whole(route, request({ ...later, messageId: "large", total: 200 }), fromLatin1("hello"), "$");
  forwarder.whole(route, request({ ...later, messageId: "grows" }), fromLatin1("four"), "+");
  forwarder.whole(route, request({ ...later, messageId: "grows", start: 9 }), fromLatin1("one"), "$");
  assert.deepEqual(source.answers.map(({ status }) => status), [200, 200, 413, 200, 413]);
});

Deno.test("a head that does not lie in the first chunk is 415, and so are later chunks", () => {
  const { destination, source, forwarder, route } = bench(headless());
  forwarder.whole(route, request(cpim), fromLatin1("hea"), "+");
  forwarder.whole(route, request({ ...cpim, start: 4 }), fromLatin1("d|content"), "$");
  forwarder.begin(route, request(cpim));
  for (let i = 0; i < 3; i++) forwarder.piece(new Uint8Array(LOOK_LIMIT / 2).fill(120));
  forwarder.finish("$");
  assert.deepEqual(source.answers.map(({ status }) => status), [415, 415, 415]);
  assert.equal(destination.sent.length, 0);
});

Deno.test("reports come back in the sender's count", () => {
  const { source, forwarder, route, back, backRoute } = bench(headless("<<"));
  forwarder.whole(
    route,
    request({ ...cpim, messageId: "big1", total: 105 }),
    fromLatin1(`head|${"x".repeat(45)}`),
    "+",
  );
  forwarder.whole(route, request({ ...cpim, messageId: "big1", start: 51, total: 105 }), new Uint8Array(55), "$");
  // The receiver saw 102 octets: 2 in place of 5, and 100.
  const report = (start: number, end: number) =>
    back.other(
      backRoute,
      request({ method: "REPORT", messageId: "big1", start, end, total: 102, status: 200, contentType: "" }),
      new Uint8Array(),
      "$",
    );
  report(1, 102);
  report(1, 47);
  report(48, 102);
  const ranges = source.sent.map(({ head }) => [head.start, head.end, head.total]);
  assert.deepEqual(ranges, [[1, 105, 105], [1, 50, 105], [51, 105, 105]]);
});

Deno.test("reports about messages that were not rewritten pass as they are", () => {
  const { source, forwarder, route, back, backRoute } = bench(headless());
  forwarder.whole(route, request({ ...cpim, messageId: "same1", total: 13 }), fromLatin1("plain|content"), "$");
  const facts = { method: "REPORT", messageId: "same1", start: 1, end: 13, total: 13, status: 200, contentType: "" };
  back.other(backRoute, request({ ...facts, toPath: "msrp://x.test:1/x;tcp" }), new Uint8Array(), "$");
  const [{ head }] = source.sent;
  assert.deepEqual([head.start, head.end, head.total, head.toPath, head.messageId], [1, 13, 13, route.toPath, "same1"]);
});

Deno.test("rules may change while a message is looked at", () => {
  const { destination, forwarder, route } = bench(headless());
  forwarder.begin(route, request(cpim));
  forwarder.piece(fromLatin1("he"));
  forwarder.rules = NO_RULES;
  forwarder.piece(fromLatin1("ad|con"));
  forwarder.piece(fromLatin1("tent"));
  forwarder.finish("$");
  assert.equal(toLatin1(destination.sent[0].body), "content");
});

Deno.test("a failure REPORT of ours counts as the sender does", () => {
  const { source, destination, forwarder, route } = bench(headless());
  forwarder.whole(route, request({ ...cpim, total: 12 }), fromLatin1("head|content"), "$");
  const [{ user, context }] = destination.sent;
  user!.onResponse(403, "no", context, "");
  const { head } = source.sent[0];
  assert.deepEqual([head.start, head.end, head.total, head.status], [1, 12, 12, 403]);
});

Deno.test("the limit counts what goes out", () => {
  const { source, forwarder, route } = bench(headless(), 7);
  forwarder.whole(route, request({ ...cpim, total: 12 }), fromLatin1("head|content"), "$");
  forwarder.whole(route, request({ ...cpim, total: 13 }), fromLatin1("head|content!"), "$");
  forwarder.begin(route, request({ ...cpim, messageId: "m3aa" }));
  forwarder.piece(fromLatin1("head|cont"));
  forwarder.piece(fromLatin1("ent!"));
  forwarder.finish("$");
  assert.deepEqual(source.answers.map(({ status }) => status), [200, 413, 413]);
});

Deno.test("a chunk that repeats dropped octets brings only what is behind them", () => {
  const { destination, forwarder, route } = bench(headless());
  forwarder.whole(route, request({ ...cpim, total: 12 }), fromLatin1("head|con"), "+");
  forwarder.whole(route, request({ ...cpim, start: 3, total: 12 }), fromLatin1("ad|content"), "$");
  const [, { head, body }] = destination.sent;
  assert.equal(toLatin1(body), "content");
  assert.deepEqual([head.start, head.end, head.total], [1, 7, 7]);
});

Deno.test("however it is cut, the receiver gets the rewritten message, and ranges meet", () => {
  const cuts = fc.record({
    head: fc.integer({ min: 0, max: 300 }),
    size: fc.integer({ min: 0, max: 3000 }),
    prepend: fc.integer({ min: 0, max: 50 }),
    first: fc.integer({ min: 301, max: 1000 }),
    others: fc.array(fc.integer({ min: 1, max: 1500 }), { maxLength: 8 }),
    pieces: fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 8 }),
    whole: fc.boolean(),
  });
  fc.assert(
    fc.property(cuts, ({ head, size, prepend, first, others, pieces, whole }) => {
      const content = new Uint8Array(size).map((_, i) => 65 + i % 50);
      const message = concatBytes([fromLatin1(`${"h".repeat(head)}|`), content]);
      const { destination, source, forwarder, route } = bench(headless("<".repeat(prepend)));
      let at = 0;
      for (let turn = 0; at < message.length; turn++) {
        const to = Math.min(message.length, at + (turn === 0 ? first : others[turn - 1] ?? 100_000));
        const asked = request({ ...cpim, start: at + 1, total: message.length, messageId: "cut1" });
        const flag = to === message.length ? "$" : "+";
        if (whole) forwarder.whole(route, asked, message.subarray(at, to), flag);
        else {
          forwarder.begin(route, asked);
          for (let from = at, i = 0; from < to; i++) {
            const until = Math.min(to, from + pieces[i % pieces.length]);
            forwarder.piece(message.subarray(from, until));
            from = until;
          }
          forwarder.finish(flag);
        }
        at = to;
      }
      assert.ok(source.answers.every(({ status }) => status === 200));
      const expected = concatBytes([fromLatin1("<".repeat(prepend)), content]);
      assert.equal(toLatin1(concatBytes(destination.sent.map(({ body }) => body))), toLatin1(expected));
      let next = 1;
      for (const { head, body } of destination.sent) {
        assert.equal(head.start, next);
        assert.equal(head.total, expected.length);
        next += body.length;
      }
    }),
    { numRuns: 150 },
  );
});

Deno.test("rewritings that are remembered are bounded", () => {
  const messages = new RewrittenMessages();
  const rewrite = { contentType: "a/b", drop: 1, prepend: new Uint8Array() };
  for (let i = 0; i < 2000; i++) messages.set(`m${i}`, rewrite);
  assert.equal(messages.get("m0"), undefined);
  assert.equal(messages.get("m1999"), rewrite);
  assert.equal(messages.get(`m${2000 - 256}`), rewrite);
});

Deno.test("a chunk of dropped octets alone has a range without octets, and one that can be", () => {
  const { destination, forwarder, route } = bench(headless());
  forwarder.whole(route, request({ ...cpim, total: 12 }), fromLatin1("head|con"), "+");
  forwarder.whole(route, request({ ...cpim, start: 2, total: 12 }), fromLatin1("ea"), "+");
  const [, { head, body }] = destination.sent;
  assert.equal(body.length, 0);
  assert.deepEqual([head.start, head.end, head.total], [1, 0, 7]);
});

Deno.test("the way on is lost while a message is looked at: one answer, and nothing goes out", () => {
  for (const open of [true, false]) {
    const { destination, source, forwarder, route } = bench(headless());
    forwarder.begin(route, request(cpim));
    forwarder.piece(fromLatin1("he"));
    destination.open = open;
    forwarder.cut(481, "moved");
    forwarder.piece(fromLatin1("ad|content"));
    forwarder.finish("$");
    assert.deepEqual(source.answers.map(({ status }) => status), [481]);
    assert.deepEqual(destination.sent, []);
    const next = bench(headless());
    next.forwarder.begin(next.route, request(cpim));
    next.forwarder.piece(fromLatin1("plain"));
    next.forwarder.cut(481, "moved");
    next.forwarder.finish("$");
    assert.deepEqual(next.destination.sent.map(({ continuation }) => continuation), ["#"]);
  }
});
