import assert from "node:assert/strict";
import { Events, silentLog } from "../../foundation/mod.ts";
import { FakeTime } from "../../foundation/testing.ts";
import { OperationError } from "../../operations/mod.ts";
import type { DeferredMessage, ParleyStorage, StoreOutcome } from "../../storage/mod.ts";
import { storageIn, TemporaryFolder } from "../../storage/testing.ts";
import type { DeferredEvents } from "../deferred/mod.ts";
import { subscriber } from "../sip_core/testing/fake_storage.ts";
import { ServiceGate, SystemMessages, watchQuota } from "./mod.ts";

const options = { sanitizeOps: false, sanitizeResources: false };

interface World {
  readonly time: FakeTime;
  readonly storage: ParleyStorage;
  readonly events: Events<DeferredEvents>;
  readonly posted: DeferredMessage[];
  open(answer?: (message: DeferredMessage) => StoreOutcome): Promise<SystemMessages>;
}

async function withWorld(users: number, work: (world: World) => Promise<void>): Promise<void> {
  using folder = new TemporaryFolder();
  const time = new FakeTime();
  const storage = await storageIn(folder, time);
  const events = new Events<DeferredEvents>((error) => {
    throw error;
  });
  const posted: DeferredMessage[] = [];
  const open: World["open"] = (answer = () => ({ kind: "stored", id: posted.length })) =>
    SystemMessages.open({
      storage,
      deferred: {
        post: (message, done) => {
          posted.push(message);
          queueMicrotask(() => done(answer(message)));
        },
        remove: () => {},
      },
      events,
      gate: new ServiceGate((error) => {
        throw error;
      }),
      facts: {
        bindings: () => [],
        members: () => Promise.resolve(null),
        isProfileIncomplete: () => Promise.resolve(false),
        isNew: () => false,
      },
      timers: time.timers,
      clock: time,
      log: silentLog,
      domain: "example.test",
      name: "Müller’s service",
      keep_ms: 86_400_000,
    });
  try {
    const all = Array.from(
      { length: users },
      (_, i) => subscriber(`sip:u${String(i).padStart(4, "0")}@example.test`, "x"),
    );
    await storage.subscribers.put(all);
    await work({ time, storage, events, posted, open });
  } finally {
    await storage.close();
  }
}

Deno.test(
  "a system message is plain text from the service's own asserted identity",
  options,
  () =>
    withWorld(1, async ({ open, posted, storage }) => {
      const messages = await open();
      const text = "Ä".repeat(512);
      const sent = await messages.send({ to: "sip:u0000@example.test", text: ` ${text}\r\n` }, "admin:owner");
      await messages.stop();
      const [message] = posted;
      assert.equal(message.sender, "sip:system@example.test");
      assert.equal(new TextDecoder().decode(message.body), text);
      const name = String.fromCharCode(...new TextEncoder().encode("Müller’s service"));
      assert.ok(
        message.headers.startsWith(`From: "${name}" <sip:system@example.test>\r\nTo: <sip:u0000@example.test>\r\n`),
      );
      assert.ok(message.headers.includes(`\r\nP-Asserted-Identity: "${name}" <sip:system@example.test>\r\n`));
      assert.match(message.headers, /\r\nContent-Type: text\/plain;charset=UTF-8\r\n$/);
      const [view] = messages.list(10);
      assert.deepEqual({ id: view.id, deferred: view.deferred, failed: view.failed }, {
        id: sent.id,
        deferred: 1,
        failed: 0,
      });
      const [entry] = await storage.auditLog.list({ limit: 1 });
      assert.equal(entry.event, "message.send");
      assert.equal(entry.actor, "admin:owner");
      assert.ok(!JSON.stringify(entry).includes("Ä"), "no message text in the audit log");
    }),
);

Deno.test(
  "a message to everybody reaches each user once, also over a restart in the middle; suspended ones are left out",
  options,
  () =>
    withWorld(450, async ({ open, posted, storage, events }) => {
      await storage.subscribers.put([{ ...storage.subscribers.get("sip:u0007@example.test")!, state: "suspended" }]);
      const first = await open();
      await first.send({ to: "everybody", text: "The service restarts at noon." }, "admin:owner");
      // The first of three parts is under way.
      while (posted.length === 0) await Promise.resolve();
      await first.stop();
      const before = posted.length;
      assert.ok(before >= 199 && before < 449, `${before}`);
      const second = await open();
      second.start();
      await second.idle;
      const reached = posted.map(({ recipient }) => recipient);
      assert.equal(new Set(reached).size, 449);
      assert.ok(!reached.includes("sip:u0007@example.test"));
      const transactions = new Map(posted.map(({ recipient, transaction }) => [recipient, transaction]));
      for (const { recipient, transaction } of posted) assert.equal(transaction, transactions.get(recipient));
      assert.equal(second.list(1)[0].deferred, 449);
      const { transaction } = posted[0];
      const facts = { id: 1, sender: "", recipient: "", size: 0, contentType: "", arrivedAt: 0, transaction };
      // Two devices of one recipient.
      for (const device of ["one", "two"]) {
        events.emit("deferredDelivered", { ...facts, device, accessNetwork: "", deliveredAt: 0, callId: "" });
      }
      const { to, cause, recipients, delivered, deferred, failed, state } = second.list(1)[0];
      assert.deepEqual({ to, cause, recipients, delivered, deferred, failed, state }, {
        to: "everybody",
        cause: "",
        recipients: 450,
        delivered: 1,
        deferred: 448,
        failed: 0,
        state: "sent",
      });
    }),
);

Deno.test(
  "what cannot be said is refused: no text, too much of it, nobody there",
  options,
  () =>
    withWorld(1, async ({ open }) => {
      const messages = await open();
      const send = (to: string, text: string) => messages.send({ to, text }, "admin:owner");
      await assert.rejects(send("everybody", " \n "), /the text has 0 characters; allowed: 1 to 2000/);
      await assert.rejects(send("everybody", "x".repeat(2001)), /2001 characters/);
      await assert.rejects(send("sip:nobody@example.test", "x"), (error: OperationError) => error.kind === "not-found");
      await assert.rejects(send("not an address", "x"), (error: OperationError) => error.kind === "invalid");
      assert.deepEqual(messages.list(10), []);
    }),
);

Deno.test(
  "a cause is told once, until it is over; what could not be stored is told again",
  options,
  () =>
    withWorld(1, async ({ open, posted }) => {
      let full = true;
      const messages = await open(() =>
        full ? { kind: "quota", limit: "count", allowed: 1 } : { kind: "stored", id: 1 }
      );
      const tell = () => messages.tell("sip:u0000@example.test", "quota.near", "Nearly full.");
      assert.equal(await tell(), false);
      full = false;
      assert.equal(await tell(), true);
      assert.equal(await tell(), false);
      assert.equal(posted.length, 2);
      await messages.forget("sip:u0000@example.test", "quota.near");
      assert.equal(await tell(), true);
      assert.equal(await messages.tell("sip:nobody@example.test", "x", "x"), false);
    }),
);

Deno.test(
  "a store that fills up is told at 80 % and when it is full, once each, and again after it has emptied",
  options,
  () =>
    withWorld(1, async ({ open, posted, events }) => {
      const messages = await open();
      const aor = "sip:u0000@example.test";
      let waiting = 7;
      const taken = () => ({ count: waiting, octets: waiting });
      watchQuota(events, { taken }, () => ({ messages: 10, octets: 1000 }), messages, silentLog);
      const stored = (sender = "sip:bob@example.test") =>
        events.emit("deferredStored", { id: 1, recipient: aor, sender, contentType: "text/plain" });
      const quota = () =>
        events.emit("deferredQuota", { recipient: aor, sender: "sip:bob@example.test", limit: "count" });
      const facts = { id: 1, sender: "", size: 0, contentType: "", arrivedAt: 0, transaction: "" };
      const delivered = () =>
        events.emit("deferredDelivered", {
          ...facts,
          recipient: aor,
          device: "",
          accessNetwork: "",
          deliveredAt: 0,
          callId: "",
        });
      const told = async () => {
        // Marks are written to the store.
        for (let i = 0; i < 50; i++) await new Promise((resolve) => setTimeout(resolve, 0));
        return posted.splice(0).map(({ body, reserve }) => `${reserve} ${new TextDecoder().decode(body).slice(0, 21)}`);
      };
      stored();
      assert.deepEqual(await told(), []);
      waiting = 8;
      stored("sip:system@example.test");
      assert.deepEqual(await told(), []);
      stored();
      stored();
      assert.deepEqual(await told(), ["true 8 of 10 messages wait"]);
      quota();
      quota();
      assert.deepEqual(await told(), ["true Your store for waitin"]);
      waiting = 4;
      delivered();
      await told();
      waiting = 9;
      stored();
      assert.deepEqual(await told(), ["true 9 of 10 messages wait"]);
      // The user deletes them, which no event tells; then it fills up again.
      waiting = 1;
      stored();
      await told();
      waiting = 8;
      stored();
      assert.deepEqual(await told(), ["true 8 of 10 messages wait"]);
    }),
);

Deno.test(
  "what was told before a restart is over when the store has emptied after it; a removed user leaves nothing",
  options,
  () =>
    withWorld(1, async ({ open, posted, events }) => {
      const aor = "sip:u0000@example.test";
      const first = await open();
      assert.equal(await first.tell(aor, "quota.near", "Nearly full.", true), true);
      posted.length = 0;
      const second = await open();
      assert.deepEqual([...second.toldOf("quota.near")], [aor]);
      let waiting = 1;
      const taken = () => ({ count: waiting, octets: waiting });
      watchQuota(events, { taken }, () => ({ messages: 10, octets: 1000 }), second, silentLog);
      const facts = { id: 1, sender: "", size: 0, contentType: "", arrivedAt: 0, transaction: "", recipient: aor };
      events.emit("deferredDelivered", { ...facts, device: "", accessNetwork: "", deliveredAt: 0, callId: "" });
      while ([...second.toldOf("quota.near")].length > 0) await new Promise((resolve) => setTimeout(resolve, 0));
      waiting = 8;
      events.emit("deferredStored", {
        id: 2,
        recipient: aor,
        sender: "sip:bob@example.test",
        contentType: "text/plain",
      });
      while (posted.length === 0) await new Promise((resolve) => setTimeout(resolve, 0));
      while ([...second.toldOf("quota.near")].length === 0) await new Promise((resolve) => setTimeout(resolve, 0));
      await second.forgetUser(aor);
      assert.deepEqual([...second.toldOf("quota.near")], []);
    }),
);

Deno.test(
  "a store that fills up by size is told at 80 % and at 100 %, in sizes; what expires empties it",
  options,
  () =>
    withWorld(1, async ({ open, posted, events }) => {
      const messages = await open();
      const aor = "sip:u0000@example.test";
      let octets = 700_000;
      const taken = () => ({ count: 1, octets });
      watchQuota(events, { taken }, () => ({ messages: 10, octets: 1_000_000 }), messages, silentLog);
      const stored = () =>
        events.emit("deferredStored", {
          id: 1,
          recipient: aor,
          sender: "sip:bob@example.test",
          contentType: "text/plain",
        });
      const told = async () => {
        for (let i = 0; i < 50; i++) await new Promise((resolve) => setTimeout(resolve, 0));
        return posted.splice(0).map(({ body }) => new TextDecoder().decode(body).split(" that ")[0].slice(0, 50));
      };
      stored();
      assert.deepEqual(await told(), []);
      octets = 812_000;
      stored();
      stored();
      assert.deepEqual(await told(), ["812 kB of 1.0 MB are taken by messages"]);
      octets = 1_000_000;
      stored();
      stored();
      events.emit("deferredQuota", { recipient: aor, sender: "sip:bob@example.test", limit: "bytes" });
      assert.deepEqual(await told(), ["Your store for waiting messages is full (1.0 MB): "]);
      octets = 400_000;
      events.emit("deferredExpired", {
        id: 2,
        sender: "",
        recipient: aor,
        device: "",
        size: 600_000,
        at: 0,
        message: null,
      });
      await told();
      octets = 2_000_000;
      events.emit("deferredQuota", { recipient: aor, sender: "sip:bob@example.test", limit: "bytes" });
      assert.deepEqual(await told(), ["Your store for waiting messages was full (1.0 MB):"]);
    }),
);
