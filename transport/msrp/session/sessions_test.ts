import assert from "node:assert/strict";
import fc from "fast-check";
import { EMPTY } from "../../../foundation/mod.ts";
import type { BodySource } from "./body_source.ts";
import type { OutgoingMessage, OutgoingUser } from "./outgoing_message.ts";
import type { MsrpSession } from "./msrp_session.ts";
import type { IncomingMessage, IncomingStream, SessionUser, StreamSink } from "./session_user.ts";
import { incoming, octets } from "./testing/fake_connection.ts";
import { joined } from "./testing/nodes.ts";
import { opened } from "./testing/pair.ts";

const MIB = 1_048_576;
const text = (octets: Uint8Array) => new TextDecoder().decode(octets);

/** A user that keeps texts and lets a test wait for the n-th. */
class Texts implements SessionUser {
  readonly texts: string[] = [];
  closed = "";
  #wanted = 0;
  #done: () => void = () => {};
  onMessage(message: IncomingMessage): number {
    this.texts.push(text(message.body));
    if (this.texts.length === this.#wanted) this.#done();
    return 200;
  }
  onClosed(reason: string): void {
    this.closed = reason;
    this.#done();
  }
  until(count: number): Promise<void> {
    this.#wanted = count;
    return new Promise((resolve) => {
      this.#done = resolve;
      if (this.texts.length >= count) resolve();
    });
  }
}

/** Octets that are what their place says, without memory. */
function patternOf(size: number, from = 0): BodySource & { at: number } {
  return {
    size,
    at: from,
    pull(most) {
      const length = Math.min(most, size - this.at);
      if (length === 0) return null;
      const octets = new Uint8Array(length);
      for (let i = 0; i < length; i++) octets[i] = patternAt(this.at + i);
      this.at += length;
      return octets;
    },
  };
}

function patternAt(offset: number): number {
  return (offset * 2_654_435_761 >>> 13) & 255;
}

Deno.test("any chunking, order, interleaving and duplication of the chunks of some messages arrives as those messages", () => {
  const message = fc.record({ size: fc.nat(300), cuts: fc.array(fc.nat(300), { maxLength: 8 }), pieces: fc.boolean() });
  fc.assert(
    fc.property(
      fc.array(message, { minLength: 1, maxLength: 6 }),
      fc.infiniteStream(fc.nat()),
      fc.boolean(),
      (messages, random, streams) => {
        const bench = opened(streams ? { whole: 0 } : {});
        const got = new Map<string, string>();
        bench.notes.onStream = (stream) => {
          const body: string[] = [];
          return {
            write: (octets, offset) => void text(octets).split("").forEach((letter, i) => body[offset + i] = letter),
            end: () => {
              assert.ok(!got.has(stream.messageId));
              got.set(stream.messageId, body.join(""));
              return 200;
            },
            abort: (reason) => assert.fail(reason),
          };
        };
        bench.notes.onMessage = (message) => {
          assert.ok(!got.has(message.messageId));
          got.set(message.messageId, text(message.body));
          return 200;
        };
        const chunks: { id: string; from: number; body: string; end: "$" | "+"; total: number; pieces: boolean }[] = [];
        const sent = new Map<string, string>();
        messages.forEach(({ size, cuts, pieces }, i) => {
          const id = `message${i}`;
          const body = Array.from({ length: size }, (_, at) => String.fromCharCode(97 + (at * 7 + i) % 26)).join("");
          sent.set(id, body);
          const bounds = [...new Set([0, ...cuts.filter((cut) => cut < size)])].sort((a, b) => a - b);
          bounds.forEach((from, k) => {
            const to = bounds[k + 1] ?? size;
            chunks.push({
              id,
              from,
              body: body.slice(from, to),
              end: to === size ? "$" : "+",
              total: size % 2 ? size : -1,
              pieces,
            });
          });
        });
        // Some come twice; all in any order.
        const order = chunks.flatMap((chunk) => random.next().value % 4 === 0 ? [chunk, chunk] : [chunk])
          .map((chunk) => ({ chunk, rank: random.next().value })).sort((a, b) => a.rank - b.rank);
        for (const { chunk: { id, from, body, end, total, pieces } } of order) {
          const request = incoming({ messageId: id, start: from + 1, total, successReport: true });
          if (pieces) {
            bench.session.onBegin(bench.connection, request);
            for (let at = 0; at < body.length; at += 50) {
              bench.session.onPiece(bench.connection, request, octets(body.slice(at, at + 50)));
            }
            bench.session.onFinish(bench.connection, request, end);
          } else bench.session.onWhole(bench.connection, request, octets(body), end);
          assert.equal(bench.connection.statusOf(request.tid), 200);
        }
        assert.deepEqual(new Map([...got].sort()), sent);
        assert.equal(bench.session.underWay, 0);
        // Each message is reported as a whole, once; what came twice after that, by its range.
        for (const [id, body] of sent) {
          const whole = bench.connection.frames.filter(({ head }) =>
            head.messageId === id && head.start === 1 && head.end === body.length && head.total === body.length
          );
          assert.ok(whole.length >= 1);
        }
      },
    ),
    { numRuns: 200 },
  );
});

Deno.test("two ends chat: a thousand messages each way, in order, each reported once", async () => {
  const [aliceUser, bobUser] = [new Texts(), new Texts()];
  const { alice, bob } = joined(aliceUser, bobUser);
  const told = { sent: 0, delivered: 0, failed: 0 };
  const user: OutgoingUser = {
    onSent: () => void told.sent++,
    onDelivered: () => void told.delivered++,
    onFailed: () => void told.failed++,
  };
  const texts = (who: string) => Array.from({ length: 1000 }, (_, i) => `${who} ${i} ${"x".repeat(i * 7 % 3000)}`);
  const both = Promise.all([aliceUser.until(1000), bobUser.until(1000)]);
  const [fromAlice, fromBob] = [texts("alice"), texts("bob")];
  for (let i = 0; i < 1000; i++) {
    assert.ok(alice.send({ contentType: "text/plain", body: octets(fromAlice[i]), successReport: true, user }));
    assert.ok(bob.send({ contentType: "text/plain", body: octets(fromBob[i]), successReport: true, user }));
  }
  await both;
  assert.deepEqual(bobUser.texts, fromAlice);
  assert.deepEqual(aliceUser.texts, fromBob);
  const over = Promise.all([aliceUser.until(-1), bobUser.until(-1)]);
  alice.drain(10_000);
  bob.drain(10_000);
  await over;
  assert.deepEqual([told.delivered, told.failed, aliceUser.closed, bobUser.closed], [2000, 0, "done", "done"]);
});

/** Takes one stream, checks its octets, counts them. */
class Checker implements SessionUser {
  received = 0;
  wrong = 0;
  ended = -1;
  aborted = "";
  stream: IncomingStream | null = null;
  have: StreamSink["have"];
  readonly texts: string[] = [];
  onText: () => void = () => {};
  onWrite: (at: number) => void = () => {};
  readonly done: Promise<void>;
  #over: () => void = () => {};
  constructor() {
    this.done = new Promise((resolve) => this.#over = resolve);
  }
  onMessage(message: IncomingMessage): number {
    this.texts.push(text(message.body));
    this.onText();
    return 200;
  }
  onStream(stream: IncomingStream): StreamSink {
    this.stream = stream;
    return {
      have: this.have,
      write: (octets, offset) => {
        this.received += octets.length;
        // One octet of each piece and its ends are enough to see a wrong place.
        for (const i of [0, octets.length >> 1, octets.length - 1]) {
          if (octets[i] !== patternAt(offset + i)) this.wrong++;
        }
        this.onWrite(offset + octets.length);
      },
      end: (size) => {
        this.ended = size;
        this.#over();
        return 200;
      },
      abort: (reason) => {
        this.aborted = reason;
        this.#over();
      },
    };
  }
  onClosed(): void {
    this.#over();
  }
}

Deno.test("100 MB stream through in bounded memory while lines overtake it", async () => {
  const size = 100 * MIB;
  const [aliceUser, bobUser] = [new Texts(), new Checker()];
  const { alice, bob } = joined(aliceUser, bobUser);
  const body = patternOf(size);
  let ahead = 0;
  let lead = 0;
  let linesSent = 0;
  bobUser.onWrite = (at) => {
    lead = Math.max(lead, body.at - at);
    // A line each 10 MiB: how many octets of the file arrive before it does?
    if (at >= (linesSent + 1) * 10 * MIB && linesSent < 9) {
      linesSent++;
      alice.send({ contentType: "text/plain", body: octets(`${at}`) });
    }
  };
  bobUser.onText = () => ahead = Math.max(ahead, bobUser.received - Number(bobUser.texts.at(-1)));
  let delivered = false;
  const reported = new Promise<void>((resolve) => {
    alice.send({
      contentType: "application/octet-stream",
      body,
      successReport: true,
      user: {
        onDelivered: () => {
          delivered = true;
          resolve();
        },
        onFailed: () => resolve(),
      },
    });
  });
  await bobUser.done;
  await reported;
  assert.deepEqual([bobUser.received, bobUser.wrong, bobUser.ended, delivered], [size, 0, size, true]);
  assert.equal(bobUser.texts.length, 9);
  assert.ok(ahead <= 192 * 1024, `${ahead} octets of the file overtook a line`);
  assert.ok(lead <= 300 * 1024, `${lead} octets between source and sink`);
  alice.close("done");
  bob.close("done");
});

Deno.test("a sink that pauses stops the source, and goes on", async () => {
  const [aliceUser, bobUser] = [new Texts(), new Checker()];
  const { alice, bob } = joined(aliceUser, bobUser);
  const body = patternOf(4 * MIB);
  let paused = false;
  let resume: () => void = () => {};
  const stopped = new Promise<void>((resolve) => resume = resolve);
  bobUser.onWrite = (at) => {
    if (at < MIB || paused) return;
    paused = true;
    bobUser.stream!.pause();
    setTimeout(resume, 0);
  };
  alice.send({ contentType: "application/octet-stream", body });
  await stopped;
  const [at, received] = [body.at, bobUser.received];
  assert.ok(at < 2 * MIB);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.deepEqual([body.at, bobUser.received], [at, received]);
  bobUser.stream!.resume();
  await bobUser.done;
  assert.deepEqual([bobUser.received, bobUser.wrong], [4 * MIB, 0]);
  alice.close("done");
  bob.close("done");
});

Deno.test("over any split of the octets, and where each frame is a message of its own (WebSocket)", async () => {
  for (const duplex of [{ piece: 1 }, { piece: 7 }, { piece: 1000 }, { transport: "ws" }] as const) {
    const [aliceUser, bobUser] = [new Texts(), new Checker()];
    const { alice, bob } = joined(aliceUser, bobUser, { whole: 4096 }, duplex);
    const size = 150_000;
    const texts = Array.from({ length: 30 }, (_, i) => `${i} ${"-".repeat(i * 100)}`);
    const delivered = texts.slice(0, 15).concat("file", texts.slice(15)).map((text) =>
      new Promise<void>((resolve, reject) => {
        const body = text === "file" ? patternOf(size) : octets(text);
        alice.send({
          contentType: "text/plain",
          body,
          successReport: true,
          user: {
            onDelivered: () => resolve(),
            onFailed: (_m, status, comment) => reject(new Error(`${status} ${comment}`)),
          },
        });
      })
    );
    await Promise.all(delivered);
    assert.deepEqual(bobUser.texts, texts);
    assert.deepEqual([bobUser.received, bobUser.wrong, bobUser.ended], [size, 0, size]);
    alice.close("done");
    bob.close("done");
  }
});

/** Sends a file from `from` on; what became of it. */
function sendFile(session: MsrpSession, size: number, from = 0): Promise<{ message: OutgoingMessage; failed: string }> {
  return new Promise((resolve) => {
    const user: OutgoingUser = {
      onDelivered: (message) => resolve({ message, failed: "" }),
      onFailed: (message, status, comment) => resolve({ message, failed: `${status} ${comment}` }),
    };
    session.send({
      contentType: "x/y",
      body: patternOf(size, from),
      messageId: "file",
      from,
      successReport: true,
      user,
    });
  });
}

Deno.test("cut at any octet: the sender knows, the sink knows, and the file goes on in a new session", async () => {
  const size = MIB;
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: size }), async (cutAt) => {
      const first = new Checker();
      const one = joined(new Texts(), first, { whole: 4096 });
      first.onWrite = (at) => {
        if (at >= cutAt) one.cut();
      };
      const { message, failed } = await sendFile(one.alice, size);
      await first.done;
      const from = first.received;
      assert.equal(message.state, "failed");
      assert.match(failed, /^0 ./);
      assert.ok(message.delivered <= from && from >= cutAt);
      if (from < size) assert.notEqual(first.aborted, "");
      const second = new Checker();
      second.have = [{ from: 0, to: from }];
      const two = joined(new Texts(), second, { whole: 4096 });
      const again = await sendFile(two.alice, size, from);
      assert.equal(again.failed, "");
      assert.deepEqual([from + second.received, second.wrong, second.ended], [size, 0, size]);
      two.alice.close("done");
      two.bob.close("done");
    }),
    { numRuns: 40, examples: [[1], [size]] },
  );
});

Deno.test("cut while chatting: every message is delivered or told as failed; sent again, none comes twice", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 200 }), fc.nat(40_000), async (cutAfter, piece) => {
      const texts = Array.from({ length: 200 }, (_, i) => `${i} ${"x".repeat(i * 31 % 500)}`);
      const bobUser = new Texts();
      const send = (session: MsrpSession, ids: readonly number[]): Promise<number[]> =>
        new Promise((resolve) => {
          const failed: number[] = [];
          let open = ids.length;
          for (const id of ids) {
            const over = (bad: boolean) => {
              if (bad) failed.push(id);
              if (--open === 0) resolve(failed);
            };
            const user: OutgoingUser = { onDelivered: () => over(false), onFailed: () => over(true) };
            const body = octets(texts[id]);
            session.send({ contentType: "text/plain", body, messageId: `text${id}`, successReport: true, user });
          }
        });
      const one = joined(new Texts(), bobUser, {}, { piece: piece + 100 });
      void bobUser.until(cutAfter).then(() => one.cut());
      const failed = await send(one.alice, texts.map((_, i) => i));
      if (failed.length > 0) {
        const two = joined(new Texts(), bobUser, {}, {}, one.bob.tracker);
        assert.deepEqual(await send(two.alice, failed), []);
        two.alice.close("done");
        two.bob.close("done");
      }
      assert.deepEqual([...bobUser.texts].sort(), [...texts].sort());
    }),
    { numRuns: 40 },
  );
});

Deno.test("an aborted message ends at its sink, at whatever octet, and the session goes on", async () => {
  const aliceUser = new Texts();
  const bobUser = new Checker();
  const aborted: string[] = [];
  let over: () => void = () => {};
  const taken: SessionUser = {
    onMessage: (message) => bobUser.onMessage(message),
    onStream: (stream) => {
      const sink = bobUser.onStream(stream);
      return {
        ...sink,
        end: () => 200,
        abort: (reason) => {
          aborted.push(reason);
          over();
        },
      };
    },
    onClosed: () => {},
  };
  const { alice, bob } = joined(aliceUser, taken, { whole: 4096 });
  for (let round = 0; round < 50; round++) {
    const at = bobUser.received + 1 + round * 10_007;
    const ended = new Promise<void>((resolve) => over = resolve);
    const message = alice.send({ contentType: "x/y", body: patternOf(MIB) })!;
    bobUser.onWrite = () => {
      if (bobUser.received >= at) message.abort();
    };
    await ended;
    assert.equal(message.state, "aborted");
  }
  assert.deepEqual(aborted, new Array(50).fill("the sender gave up"));
  const told = new Promise<void>((resolve) => bobUser.onText = resolve);
  alice.send({ contentType: "text/plain", body: octets("still here") });
  await told;
  assert.deepEqual(bobUser.texts, ["still here"]);
  assert.equal(bob.underWay, 0);
  alice.close("done");
  bob.close("done");
});

Deno.test("a receiver that refuses on the way stops the sender soon", async () => {
  const aliceUser = new Texts();
  const bobUser = new Checker();
  const { alice, bob } = joined(aliceUser, bobUser);
  bobUser.onWrite = (at) => {
    if (at >= MIB) bobUser.stream!.refuse(413, "disk full");
  };
  const body = patternOf(100 * MIB);
  const status = await new Promise<number>((resolve) => {
    alice.send({ contentType: "x/y", body, user: { onFailed: (_message, status) => resolve(status) } });
  });
  assert.equal(status, 413);
  assert.ok(body.at < 2 * MIB, `${body.at}`);
  assert.equal(alice.unfinished + bob.underWay, 0);
  assert.equal(bob.send({ contentType: "text/plain", body: EMPTY })!.state === "failed", false);
  alice.close("done");
  bob.close("done");
});
