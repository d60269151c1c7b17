/** One behaviour suite for every transport. For tests only. */
import assert from "node:assert/strict";
import { EMPTY } from "../../../foundation/mod.ts";
import type { Flow } from "../flow.ts";
import { message, pattern, Recorder, type TestWires, until } from "./testing.ts";

/** Two ends of one transport. */
export interface Rig {
  readonly server: TestWires;
  readonly client: TestWires;
  /** A flow of the client to the server: another one for each call where that can be. */
  connect(): Flow;
  close(): Promise<void>;
}

export interface SuiteOptions {
  readonly name: string;
  /** A reason to leave the transport out; "" runs it. */
  readonly skip: string;
  readonly datagrams?: boolean;
  readonly secure?: boolean;
  /** Longest body that fits. */
  readonly longest: number;
  open(): Promise<Rig>;
}

/** Registers the suite. */
export function flowSuite({ name, skip, datagrams = false, secure = false, longest, open }: SuiteOptions): void {
  if (skip !== "") {
    console.log(`not tested: flows over ${name}: ${skip}`);
    return;
  }
  const test = (what: string, run: (rig: Rig) => Promise<void>) =>
    Deno.test(`${name}: ${what}`, async () => {
      const rig = await open();
      try {
        await run(rig);
      } finally {
        await rig.close();
      }
    });

  test("messages go both ways as they are, tiny and big, any octets", async ({ server, client, connect }) => {
    server.recorder.onEach = (flow, head, body) => assert.equal(flow.send(head, body), true);
    const flow = connect();
    for (const size of [0, 1, 300, 1300, 9_000, longest]) {
      const body = pattern(size);
      const head = message(size, body, "Subject: \xc3\xa9\xff\r\n");
      assert.equal(flow.send(head, body), true);
      const back = await client.recorder.next();
      assert.equal(back.what, "message", back.text);
      assert.equal(back.text, head);
      assert.deepEqual(back.body, body);
      assert.equal(back.flow, flow);
    }
  });

  test("both ends know what they are", async ({ server, client, connect }) => {
    const flow = connect();
    flow.send(message(1, EMPTY), EMPTY);
    const { flow: other } = await server.recorder.next();
    assert.equal(other.inbound, true);
    assert.equal(flow.reliable, !datagrams);
    assert.equal(flow.secure, secure);
    assert.equal(other.transport, flow.transport);
    // A browser is not told from which port it speaks.
    if (other.transport !== "ws") assert.deepEqual(other.remote, flow.local);
    assert.deepEqual(other.local, flow.remote);
    assert.notEqual(other.remote.port, 0);
    assert.equal(server.wires.flow(other.id), other);
    assert.equal(client.wires.flow(flow.id), flow);
  });

  test("thousands of messages in one turn arrive whole, over a stream in order", async ({ server, connect }) => {
    const flow = connect();
    const count = datagrams ? 200 : 5_000;
    const body = pattern(40);
    for (let n = 0; n < count;) {
      if (flow.send(message(n, body), body)) n++;
      else await until(() => flow.send(message(n, body), body) && ++n > 0, "room in the queue");
      if (datagrams) await server.recorder.next();
    }
    await until(() => server.recorder.heard.length >= count, "all messages");
    const order = server.recorder.heard.map(({ text }) => Number(/Call-ID: (\d+)/.exec(text)![1]));
    assert.deepEqual(order, Array.from({ length: count }, (_, n) => n));
    for (const heard of server.recorder.heard) assert.deepEqual(heard.body, body);
  });

  test("the death of a flow is told once to each watcher, and at once to a late one", async ({ server, connect }) => {
    const flow = connect();
    const early = new Recorder();
    const gone = new Recorder();
    flow.send(message(1, EMPTY), EMPTY);
    const { flow: other } = await server.recorder.next();
    flow.watch(early);
    flow.watch(early);
    flow.watch(gone);
    flow.unwatch(gone);
    const far = new Recorder();
    other.watch(far);
    flow.close("test");
    flow.close("again");
    assert.deepEqual(early.heard.map(({ what, text }) => `${what} ${text}`), ["closed test"]);
    assert.equal(gone.heard.length, 0);
    assert.equal(flow.open, false);
    assert.equal(flow.send(message(2, EMPTY), EMPTY), false);
    const late = new Recorder();
    flow.watch(late);
    assert.equal(late.heard.length, 1);
    if (!datagrams) {
      assert.equal((await far.next()).what, "closed");
      assert.equal(other.open, false);
      assert.equal(server.wires.flow(other.id), null);
    }
    assert.equal(early.heard.length, 1);
  });

  test("what was queued before a close still arrives", async ({ server, connect }) => {
    const flow = connect();
    flow.send(message(0, EMPTY), EMPTY);
    await server.recorder.next();
    for (let n = 1; n <= 20; n++) flow.send(message(n, pattern(500)), pattern(500));
    flow.close("done");
    const heard = await server.recorder.take(20);
    assert.equal(heard.filter(({ what }) => what === "message").length, 20);
  });

  test("a handler that throws ends neither its flow nor the door", async ({ server, connect }) => {
    server.recorder.onEach = (_flow, head) => {
      if (head.includes("Call-ID: 1\r\n")) throw new Error("a defect on purpose");
    };
    const flow = connect();
    for (const n of [0, 1, 2]) {
      flow.send(message(n, EMPTY), EMPTY);
      if (n !== 1) assert.match((await server.recorder.next()).text, new RegExp(`Call-ID: ${n}\r\n`));
    }
    assert.match(server.metrics.render(), /event="defect"\} 1\n/);
  });
}
