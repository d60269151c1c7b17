/** MSRP that is wrong, foreign, too much or too slow, at the doors of a box as it is shipped: a precise answer, and a count. */
import { equal, match, ok, rejects } from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { systemClock } from "../../foundation/mod.ts";
import { makeCertificate } from "../../transport/net/machine/mod.ts";
import { DEFAULT_WIRE_LIMITS } from "../../transport/msrp/flows/mod.ts";
import { ParleyProcess, passwordOf, users } from "../support/parley.ts";
import { attribute, MsrpCallers, msrpSdp, Refused, TRUSTING } from "../support/msrp_callers.ts";
import { type MsrpPair, openPair, type PairSide } from "../support/msrp_pair.ts";
import { authAt } from "../support/msrp_auth.ts";
import { freshId, type MsrpFrame, MsrpPeer, msrpRequest } from "../support/msrp_peer.ts";
import { Rest } from "../support/rest.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const NAMES = ["alice", "bob", "carol", "dave", "erin", "frank"];
/** RFC 4975 §7.1.1, and what a head and a connection without a session get (transport/msrp/connection_limits.ts). */
const PATIENCE_MS = 30_000;
/** The box looks at its deadlines once a second. */
const LATE_MS = 5_000;

let parley: ParleyProcess;
let callers: MsrpCallers;
let ada: Rest;
/** What takes its 30 s, beside all the others. */
let silence: Promise<Silence>;

Deno.test.beforeAll(async () => {
  parley = await ParleyProcess.start({
    users: users(...NAMES),
    config:
      `${TRUSTING}[admission]\nexempt = ["127.0.0.1/32"]\n[auth]\nlockout_attempts = 3\n[deferred]\nenabled = false\n`,
  });
  callers = await MsrpCallers.open(parley, NAMES);
  ada = await Rest.setUp(parley);
  silence = beSilent();
  // Whoever looks at it later sees it fail; until then nobody does.
  silence.catch(() => {});
});
Deno.test.afterAll(async () => {
  const text = await parley.metrics();
  await callers.close();
  await parley[Symbol.asyncDispose]();
  equal(/^msrp_garbage_total\{why="fault"\} (\d+)/m.exec(text)?.[1], "0");
  equal(/^\S+ error .*$/m.exec(parley.output)?.[0], undefined);
});

/** The value of a metric; 0 where nothing was counted yet. */
async function metric(name: string): Promise<number> {
  const line = (await parley.metrics()).split("\n").find((line) => line.startsWith(`${name} `));
  return line === undefined ? 0 : Number(line.slice(name.length + 1));
}

/** Does it, and asserts that the metric counted it. */
async function counted<T>(name: string, act: () => Promise<T>, least = 1): Promise<T> {
  const before = await metric(name);
  const result = await act();
  const now = await metric(name);
  ok(now >= before + least, `${name}: ${before} before, ${now} after`);
  return result;
}

async function withPair(
  act: (pair: MsrpPair) => Promise<void>,
  sides: { a?: PairSide; b?: PairSide } = {},
): Promise<void> {
  const pair = await openPair(callers, { tcp: parley.msrpPort, tls: parley.msrpsPort }, ["alice", "bob"], sides);
  try {
    await act(pair);
  } finally {
    pair.close();
  }
}

function stranger(localAddress?: string): Promise<MsrpPeer> {
  return MsrpPeer.open({ port: parley.msrpPort, localAddress });
}

const NOBODY = () => `msrp://127.0.0.1:${parley.msrpPort}/nobody00000000000000000;tcp`;

Deno.test("framing errors: 400 with what is wrong where somebody can be told, then the end", options, async (t) => {
  const head = (peer: MsrpPeer, to: string) => `MSRP a1b2c3d4 SEND\r\nTo-Path: ${to}\r\nFrom-Path: ${peer.uri}\r\n`;
  const broken: readonly (readonly [string, (head: string) => string, RegExp])[] = [
    ["a line that ends without CR", (head) => `${head}Message-ID: 1\nX: 2\r\n`, /without CR/],
    ["the end-line of another request", (head) => `${head}Message-ID: 1234\r\n-------zzzz9999$\r\n`, /end-line/],
    ["a head of 20 KB", (head) => `${head}X: ${"y".repeat(20_000)}`, /16384 octets/],
    ["a hundred lines", (head) => `${head}${"X: y\r\n".repeat(100)}-------a1b2c3d4$\r\n`, /64 header lines/],
  ];
  for (const [name, text, reason] of broken) {
    await t.step(name, async () => {
      const peer = await stranger();
      await counted('msrp_garbage_total{why="framing"}', async () => {
        peer.raw(text(head(peer, NOBODY())));
        equal(await peer.over(), null);
      });
      const answer = peer.frames.find(({ status }) => status === 400);
      match(answer?.comment ?? "no 400", reason);
      equal(answer?.tid, "a1b2c3d4");
    });
  }
  await t.step(
    "in a session: 400 and the end; the other side stays, and has what came before",
    async () => {
      await withPair(async ({ a, b, toB }) => {
        equal((await a.ask({ to: toB, body: "before" })).status, 200);
        await b.arrived(({ method }) => method === "SEND");
        a.raw(
          `MSRP a1b2c3d4 SEND\r\nTo-Path: ${toB}\r\nFrom-Path: ${a.uri}\r\nno header\rat all\r\n-------a1b2c3d4$\r\n`,
        );
        equal(await a.over(), null);
        equal(a.frames.at(-1)?.status, 400);
        equal(b.frames.filter(({ method }) => method === "SEND").length, 1);
        ok(!b.ended);
      });
    },
  );
  await t.step("in a session: a request that is no SEND with a body of 20 KB", async () => {
    await withPair(async ({ a, toB }) => {
      await counted('msrp_garbage_total{why="framing"}', async () => {
        const { status, comment } = await a.ask({ to: toB, method: "NICKNAME", body: "z".repeat(20_000) });
        equal(status, 400);
        match(comment, /10240 octets/);
        equal(await a.over(), null);
      });
    });
  });
  await t.step("what is no MSRP gets no answer and the end", async () => {
    const peer = await stranger();
    peer.raw("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n");
    equal(await peer.over(), null);
    equal(peer.frames.length, 0);
  });
  await t.step("a header that is wrong is 400, and the next frame is read", async () => {
    await withPair(async ({ a, toB }) => {
      await counted('msrp_garbage_total{why="header"}', async () => {
        const { status, comment } = await a.ask({ to: toB, range: "7-3/2", body: "x" });
        equal(status, 400);
        match(comment, /Byte-Range/);
      });
      equal((await a.ask({ to: toB, body: "x" })).status, 200);
    });
  });
  await t.step("more octets than Byte-Range says there are: 400, and nothing of the rest goes on", async () => {
    await withPair(async ({ a, b, toB }) => {
      const { status, comment } = await a.ask({ to: toB, range: "1-4/4", body: "four and more" });
      equal(status, 400);
      match(comment, /Byte-Range/);
      equal((await a.ask({ to: toB, body: "good" })).status, 200);
      equal(new TextDecoder().decode((await b.arrived(({ method }) => method === "SEND")).body), "good");
    });
  });
});

Deno.test("an unknown session is 481, also at the relay's own URI; who goes on asking is let go", options, async () => {
  const peer = await stranger();
  await counted('msrp_refused_total{status="481"}', async () => {
    for (let i = 0; i < 5; i++) equal((await peer.ask({ to: NOBODY(), body: "?" })).status, 481);
    equal(await peer.over(), null);
  }, 5);
  const other = await stranger();
  equal((await other.ask({ to: `msrp://127.0.0.1:${parley.msrpPort};tcp`, body: "?" })).status, 481);
  other.close();
  const unreadable = await stranger();
  equal((await unreadable.ask({ to: "sip:bob@example.test", body: "?" })).status, 400);
  equal((await unreadable.ask({ to: NOBODY(), method: "STEAL" })).status, 501);
  unreadable.close();
});

Deno.test(
  "a session that stands is its owner's alone: 506 for a second connection, 403 for another name",
  options,
  async () => {
    await withPair(async ({ a, b, toB }) => {
      // Somebody who has read everything on the wire: the path of the box, and that of the owner.
      const thief = await stranger();
      await counted('msrp_refused_total{status="506"}', async () => {
        equal((await thief.ask({ to: toB, from: a.uri, body: "I am Alice" })).status, 506);
      });
      equal((await thief.ask({ to: toB, body: "I am nobody" })).status, 506);
      thief.close();
      // Another session's user, and the owner under another name.
      equal((await a.ask({ to: toB, from: b.uri, body: "I am Bob" })).status, 403);
      equal((await a.ask({ to: `${toB} ${b.uri}`, body: "go on to him" })).status, 481);
      equal((await a.ask({ to: toB, body: "it is me" })).status, 200);
      await b.arrived(({ method }) => method === "SEND");
      const seen = b.frames.filter(({ method }) => method === "SEND").map(({ body }) => new TextDecoder().decode(body));
      equal(seen.join("|"), "it is me");
    });
  },
);

Deno.test("before its owner is there, a session takes nobody else: 403", options, async (t) => {
  const [own, other] = [
    await makeCertificate(["own.test"], systemClock),
    await makeCertificate(["other.test"], systemClock),
  ];
  const shown = (pair: { certificate: string; key: string }) => ({ cert: pair.certificate, key: pair.key });
  const fingerprint = `sha-256 ${new X509Certificate(own.certificate).fingerprint256}`;
  const b = await MsrpPeer.open({ port: parley.msrpPort });
  const owner = await MsrpPeer.open({ transport: "tls", port: parley.msrpsPort, certificate: shown(own) });
  const call = await callers.call(
    "alice",
    "bob",
    msrpSdp({ path: owner.uri, fingerprint }),
    () => msrpSdp({ path: b.uri }),
  );
  const { path, sdp } = call.inviter;
  equal((await b.bind(call.invitee.path)).status, 200);
  await t.step("who asks for TLS is answered TLS, with the fingerprint of the door", () => {
    match(sdp, /^m=message \d+ TCP\/TLS\/MSRP /m);
    match(path, /^msrps:/);
    match(attribute(sdp, "fingerprint"), /^sha-256 (?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/i);
  });
  const refused = async (peer: MsrpPeer, from: string) => {
    await counted('msrp_refused_total{status="403"}', async () => {
      equal((await peer.ask({ to: path, from, body: "let me in" })).status, 403);
    });
    peer.close();
  };
  await t.step("the right name without TLS", async () => await refused(await stranger(), owner.uri));
  await t.step("the right name over TLS without a certificate", async () => {
    await refused(await MsrpPeer.open({ transport: "tls", port: parley.msrpsPort }), owner.uri);
  });
  await t.step("the right name with another certificate than that of the fingerprint", async () => {
    const peer = await MsrpPeer.open({ transport: "tls", port: parley.msrpsPort, certificate: shown(other) });
    await refused(peer, owner.uri);
  });
  await t.step("the right certificate under another name", async () => {
    const peer = await MsrpPeer.open({ transport: "tls", port: parley.msrpsPort, certificate: shown(own) });
    await refused(peer, peer.uri);
  });
  await t.step("the owner", async () => {
    equal((await owner.bind(path)).status, 200);
    equal((await owner.ask({ to: path, body: "sealed" })).status, 200);
    equal(new TextDecoder().decode((await b.arrived(({ method }) => method === "SEND")).body), "sealed");
    equal(b.frames.filter(({ method }) => method === "SEND").length, 1);
  });
  call.inviter.hangUp();
  for (const peer of [owner, b]) peer.close();
});

const auth = (peer: MsrpPeer, user: string, password: string) => authAt(parley.msrpsPort, peer, user, password);

Deno.test("wrong AUTH is 401 again and again, and locks out; the words for both are the same", options, async () => {
  const open = () => MsrpPeer.open({ transport: "tls", port: parley.msrpsPort });
  const peer = await open();
  const granted = await auth(peer, "erin", passwordOf("erin"));
  equal(granted.status, 200, granted.comment);
  match(granted.headers.get("use-path") ?? "", /^msrps:/);
  const guesser = await open();
  await counted('msrp_relay_auth_total{outcome="wrong"}', async () => {
    for (let i = 0; i < 3; i++) equal((await auth(guesser, "erin", `guess ${i}`)).status, 401);
  }, 3);
  guesser.close();
  const again = await open();
  const locked = await auth(again, "erin", passwordOf("erin"));
  equal(locked.status, 401, "the right password is looked at although the user is locked out");
  // Nobody else is.
  equal((await auth(again, "frank", passwordOf("frank"))).status, 200);
  again.close();
  // Eight failures in a row end a connection, locked out or not: four wrong passwords, each behind its challenge.
  const stubborn = await open();
  for (let i = 0; i < 4; i++) {
    ok(!stubborn.ended, `after ${i} wrong passwords`);
    equal((await auth(stubborn, "nobody", "guess")).status, 401);
  }
  equal(await stubborn.over(), null);
  // Without TLS a password is not even asked for.
  const plain = await stranger();
  const answer = await plain.ask({ method: "AUTH", to: `msrp://127.0.0.1:${parley.msrpPort};tcp` });
  equal(answer.status, 403);
  match(answer.comment, /TLS/);
  for (const one of [peer, plain]) one.close();
});

/**
 * Sends and gives the answer of the box. What is taken comes to `b`; what is refused does not: a message behind it, which comes
 * in its place, says so.
 */
async function statusOf(pair: MsrpPair, type: string, body: string, range?: string): Promise<number> {
  const { a, b, toB } = pair;
  const messageId = freshId();
  const came = (id: string) =>
    b.arrived(({ method, headers }) => method === "SEND" && headers.get("message-id") === id);
  const { status } = await a.ask({ to: toB, type, body, range, messageId });
  if (status === 200) await came(messageId);
  else {
    const behind = freshId();
    equal((await a.ask({ to: toB, body: "behind it", messageId: behind })).status, 200);
    await came(behind);
    const passed = b.frames.some(({ headers }) => headers.get("message-id") === messageId);
    ok(!passed, `refused with ${status}, and passed on`);
  }
  return status;
}

Deno.test(
  "what the other side does not take is refused by the box: 415 for a type, 413 for a size",
  options,
  async () => {
    const sides = { b: { types: "text/plain message/cpim", maxSize: 1000 } };
    await withPair(async (pair) => {
      const types = attribute(pair.call.inviter.sdp, "accept-types").split(" ");
      ok(types.includes("text/plain") && !types.includes("*"), types.join());
      equal(attribute(pair.call.inviter.sdp, "max-size"), "1000");
      equal(await statusOf(pair, "text/plain", "x".repeat(1000)), 200);
      await counted('msrp_refused_total{status="413"}', async () => {
        equal(await statusOf(pair, "text/plain", "x".repeat(1001)), 413);
        equal(await statusOf(pair, "text/plain", "x".repeat(10), "1-10/5000"), 413);
      }, 2);
      await counted('msrp_refused_total{status="415"}', async () => {
        equal(await statusOf(pair, "image/png", "png"), 415);
      });
      equal(await statusOf(pair, "text/plain", "after all"), 200);
    }, sides);
  },
);

Deno.test("a message without a total that grows too large is cut: 413, and the receiver is told", options, async () => {
  await withPair(async ({ a, b, toB }) => {
    const tid = a.send({ to: toB, messageId: "grows1", range: "1-*/*", body: "x".repeat(800), flag: "+" });
    equal((await a.arrived((frame) => frame.tid === tid)).status, 200);
    const second = await a.ask({ to: toB, messageId: "grows1", range: "801-*/*", body: "x".repeat(800) });
    equal(second.status, 413);
    const cut = await b.arrived(({ headers, flag }) => headers.get("message-id") === "grows1" && flag === "#");
    equal(cut.body.length, 0);
  }, { b: { maxSize: 1000 } });
});

/** Changes the policy; it holds at once. */
async function policy(values: Readonly<Record<string, unknown>>): Promise<void> {
  const changes = Object.entries(values).map(([key, value]) => ({ key, value }));
  equal((await ada.patch<{ next: string }>("/policy", { changes })).next, "nothing");
}

Deno.test(
  "the operator sets the longest message of a session over REST: 413 above it, and no more [ADM-4]",
  options,
  async () => {
    await withPair(async (standing) => {
      equal(await statusOf(standing, "text/plain", "x".repeat(30_000)), 200);
      await policy({ "session.max_message": 20_000 });
      try {
        // In sessions that stand as well as in new ones.
        equal(await statusOf(standing, "text/plain", "x".repeat(20_001)), 413);
        equal(await statusOf(standing, "text/plain", "x".repeat(20_000)), 200);
        await withPair(async (pair) => {
          equal(attribute(pair.call.inviter.sdp, "max-size"), "20000");
          equal(await statusOf(pair, "text/plain", "x".repeat(20_001)), 413);
          equal(await statusOf(pair, "text/plain", "x".repeat(20_000)), 200);
        }, { a: { types: "text/plain" }, b: { types: "text/plain" } });
      } finally {
        await policy({ "session.max_message": null });
      }
      equal(await statusOf(standing, "text/plain", "x".repeat(30_000)), 200);
    });
  },
);

Deno.test(
  "the operator sets the largest picture or file over REST: 413 above it, and no more [ADM-6]",
  options,
  async () => {
    await policy({ "session.max_content": 40_000 });
    try {
      await withPair(async (pair) => {
        equal(await statusOf(pair, "image/png", "x".repeat(40_000)), 200);
        equal(await statusOf(pair, "image/png", "x".repeat(40_001)), 413);
        // Refused by its first chunk, before the rest moves.
        equal(await statusOf(pair, "video/mp4", "x".repeat(100), "1-100/90000000"), 413);
        equal(await statusOf(pair, "text/plain", "small"), 200);
      });
      const file = 'a=file-selector:name:"film.mp4" type:video/mp4 size:90000000';
      const peer = await stranger();
      const offer = msrpSdp({ path: peer.uri, lines: [file, "a=file-transfer-id:f1", "a=sendonly"] });
      await rejects(
        callers.call("alice", "bob", offer, () => 603),
        (error) => {
          ok(error instanceof Refused);
          equal(error.status, 403);
          match(error.response?.get("Warning") ?? "", /90000000 bytes announced, 40000 allowed/);
          return true;
        },
      );
      peer.close();
      await policy({ "session.types": ["text/*"] });
      await withPair(async (pair) => {
        equal(await statusOf(pair, "image/png", "x"), 415);
        equal(await statusOf(pair, "text/html", "x"), 200);
      });
    } finally {
      await policy({ "session.max_content": null, "session.types": null });
    }
  },
);

Deno.test("who reconnects in a loop is slowed, and nobody else waits", options, async () => {
  const { burst, rate } = DEFAULT_WIRE_LIMITS.connects;
  const ask = async (from: string): Promise<number> => {
    const peer = await stranger(from);
    const started = performance.now();
    equal((await peer.ask({ to: NOBODY(), range: "1-0/0" }, 30_000)).status, 481);
    peer.close();
    return performance.now() - started;
  };
  const many = burst + 3 * rate;
  let left = many;
  const loop = async (): Promise<void> => {
    while (left-- > 0) await ask("127.0.0.78");
  };
  // Others, each a source of its own that is limited as well, and far from its limit.
  let others = 0;
  const other = () => `127.0.${1 + Math.floor(others / 250) % 250}.${1 + others++ % 250}`;
  const started = performance.now();
  await counted('parley_msrp_wire_events_total{transport="tcp",event="slowed"}', async () => {
    let over = false;
    const loops = Promise.all(Array.from({ length: 20 }, loop)).finally(() => over = true);
    // Whoever waits for it below sees it fail.
    loops.catch(() => {});
    let most = 0;
    while (!over) most = Math.max(most, await ask(other()));
    await loops;
    ok(others >= 20, `${others} others`);
    ok(most < 1_000, `somebody else waited ${most.toFixed(0)} ms`);
  });
  const seconds = (performance.now() - started) / 1000;
  // Each of those beyond the burst waited for its turn.
  const least = (many - burst) / rate - 1;
  ok(seconds >= least, `${many} connections of one source in ${seconds.toFixed(1)} s`);
});

/** What came of those who keep still. */
interface Silence {
  readonly report: MsrpFrame;
  readonly answer: MsrpFrame;
  readonly report_ms: number;
  readonly head_ms: number;
  readonly unclaimed_ms: number;
  readonly counts: Readonly<Record<string, number>>;
}

/**
 * One does not answer, one sends its head an octet at a time, one connects and says nothing: each for as long as the box has
 * patience.
 */
async function beSilent(): Promise<Silence> {
  const names = ["response", "head", "unclaimed"].map((what) => `msrp_timeouts_total{what="${what}"}`);
  const before = await Promise.all(names.map(metric));
  const pair = await openPair(callers, { tcp: parley.msrpPort }, ["carol", "dave"]);
  const slow = await openPair(callers, { tcp: parley.msrpPort }, ["erin", "frank"]);
  const started = performance.now();
  const since = () => performance.now() - started;
  const patience = PATIENCE_MS + LATE_MS;

  pair.b.answer = () => null;
  const unanswered = (async () => {
    const answer = await pair.a.ask({ to: pair.toB, messageId: "unheard1", body: "are you there?" });
    const report = await pair.a.arrived(({ method }) => method === "REPORT", patience);
    return { answer, report, report_ms: since() };
  })();
  const trickling = (async () => {
    const { a, toB } = slow;
    const octets = msrpRequest({ to: toB, from: a.uri, body: "never comes" });
    let at = 0;
    const trickle = setInterval(() => a.raw(octets.subarray(at, ++at)), 500);
    await a.over(patience).finally(() => clearInterval(trickle));
    ok(at < octets.length, "all of it was read");
    return since();
  })();
  const idle = (async () => {
    const peer = await stranger();
    await peer.over(patience);
    return since();
  })();
  const [{ answer, report, report_ms }, head_ms, unclaimed_ms] = await Promise.all([unanswered, trickling, idle]);
  const counts = await Promise.all(names.map(metric));
  pair.close();
  slow.close();
  return {
    answer,
    report,
    report_ms,
    head_ms,
    unclaimed_ms,
    counts: Object.fromEntries(["response", "head", "unclaimed"].map((what, i) => [what, counts[i] - before[i]])),
  };
}

Deno.test(
  "who never answers, who trickles, who says nothing: each has 30 s, and shows in the metrics",
  options,
  async () => {
    const { answer, report, report_ms, head_ms, unclaimed_ms, counts } = await silence;
    // The box has taken the message; that it came to nothing is told later.
    equal(answer.status, 200);
    match(report.headers.get("status") ?? "", /^000 408/);
    equal(report.headers.get("message-id"), "unheard1");
    for (const ms of [report_ms, head_ms, unclaimed_ms]) {
      ok(ms >= PATIENCE_MS - 1_000 && ms <= PATIENCE_MS + LATE_MS, `after ${ms.toFixed(0)} ms`);
    }
    for (const [what, count] of Object.entries(counts)) ok(count >= 1, `${what}: ${count}`);
  },
);
