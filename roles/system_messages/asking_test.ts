import assert from "node:assert/strict";
import { StorageError } from "../../storage/mod.ts";
import { findSystemMessage, SYSTEM_MESSAGE_TYPE, writeSystemAnswer } from "../../transport/payload/mod.ts";
import { type Job, plainJob } from "./job.ts";
import { MAX_JOBS } from "./jobs.ts";
import { subscriber } from "../sip_core/testing/fake_storage.ts";
import { aorOf, MessagesWorld } from "./testing/messages_world.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const SYSTEM = "sip:system@example.test";
const LEVELS = {
  text: "Do you agree?",
  options: [
    { id: "yes", label: "I agree" },
    { id: "later", label: "Later", grants: "receive" },
    { id: "no", label: "No", grants: "none" },
  ],
  blocking: true,
} as const;
const ALICE = aorOf("alice");

Deno.test(
  "a message with options is readable text with numbers, and XML for clients that show choices",
  options,
  () =>
    MessagesWorld.with(["alice"], async (world) => {
      const expires_at = world.time.now() + 3_600_000;
      const { id } = await world.send({ to: ALICE, ...LEVELS, expires_at });
      const [{ headers, body }] = world.posted;
      const contentType = /Content-Type: (.*)\r\n/.exec(headers)![1];
      assert.match(contentType, /^multipart\/alternative;boundary=[\w-]+$/);
      const text = new TextDecoder().decode(body);
      assert.match(
        text,
        /Do you agree\?\n\n1\. I agree\n2\. Later\n3\. No\n\nTo answer, reply with the number until .* UTC/,
      );
      assert.deepEqual(findSystemMessage(contentType, body), {
        id,
        text: "Do you agree?",
        expires: expires_at,
        blocking: true,
        answer: "many",
        options: [{ id: "yes", label: "I agree" }, { id: "later", label: "Later" }, { id: "no", label: "No" }],
      });
      const { recipients } = { recipients: world.messages.recipients(id, "", 10) };
      assert.deepEqual(recipients, [{
        uri: ALICE,
        state: "waiting",
        delivered_at: null,
        read_at: null,
        answered_at: null,
        option: null,
      }]);
    }),
);

Deno.test(
  "until it is answered everything but REGISTER, the answer, ACK, BYE and CANCEL is refused",
  options,
  () =>
    MessagesWorld.with(["alice", "bob"], async (world) => {
      assert.equal((await world.ask("alice", "MESSAGE")).status, 0);
      await world.send({ to: ALICE, ...LEVELS });
      for (const method of ["REGISTER", "ACK", "BYE", "CANCEL"]) {
        assert.equal((await world.ask("alice", method, { inDialog: method !== "REGISTER" })).status, 0, method);
      }
      const all = [
        "MESSAGE",
        "INVITE",
        "REFER",
        "SUBSCRIBE",
        "PUBLISH",
        "OPTIONS",
        "INFO",
        "NOTIFY",
        "UPDATE",
        "PRACK",
        "X",
      ];
      for (const method of all) {
        for (const inDialog of [false, true]) {
          const { status, answer } = await world.ask("alice", method, { inDialog });
          assert.equal(status, 403, method);
          assert.equal(answer.reason, "A system message waits for your answer");
          assert.equal(
            answer.get("Warning"),
            '399 example.test "127 Service not authorised: a system message waits for your answer"',
          );
        }
      }
      assert.equal((await world.ask("bob", "MESSAGE")).status, 0, "nobody else is concerned");
      assert.equal(world.gate.mayReceive(ALICE), false);
      assert.equal(world.gate.mayReceive(aorOf("bob")), true);
      assert.equal((await world.reply("alice", "1")).status, 200);
      assert.equal((await world.ask("alice", "MESSAGE")).status, 0);
      assert.ok(world.gate.idle);
      assert.deepEqual(world.told, [`${ALICE} true full`, `${ALICE} false full`]);
    }),
);

Deno.test(
  "each answer grants its level, and what it does not grant is refused with the reason",
  options,
  async (t) => {
    const cases = [
      ["yes", { MESSAGE: 0, INVITE: 0, REFER: 0, SUBSCRIBE: 0, PUBLISH: 0 }, true],
      ["later", { MESSAGE: 403, INVITE: 403, REFER: 403, SUBSCRIBE: 0, PUBLISH: 0 }, true],
      ["no", { MESSAGE: 403, INVITE: 403, REFER: 403, SUBSCRIBE: 403, PUBLISH: 403, REGISTER: 0 }, false],
    ] as const;
    for (const [option, statuses, receives] of cases) {
      await t.step(option, () =>
        MessagesWorld.with(["alice"], async (world) => {
          const { id } = await world.send({ to: ALICE, ...LEVELS });
          await world.take("alice");
          const answer = { to: SYSTEM, headers: `Content-Type: ${SYSTEM_MESSAGE_TYPE}\r\n` };
          const body = writeSystemAnswer({ ref: id, option });
          assert.equal((await world.ask("alice", "MESSAGE", { ...answer, body })).status, 200);
          assert.equal(world.waiting.size, 0, "a client that shows choices shows the answer, too");
          for (let round = 0; round < 2; round++) {
            for (const [method, status] of Object.entries(statuses)) {
              assert.equal((await world.ask("alice", method)).status, status, `${option} ${method}`);
            }
            assert.equal(world.gate.mayReceive(ALICE), receives);
            await world.restart();
          }
          const [recipient] = world.messages.recipients(id, "", 10);
          assert.deepEqual([recipient.state, recipient.option], ["answered", option]);
          const view = world.messages.get(id)!;
          assert.deepEqual(
            view.options.map(({ answered }) => answered),
            LEVELS.options.map((one) => one.id === option ? 1 : 0),
          );
          assert.deepEqual([view.answered, view.open, view.delivered], [1, 0, 1]);
        }));
    }
  },
);

Deno.test(
  "who may only receive watches, and reports what was received; nothing else says anything to anybody",
  options,
  () =>
    MessagesWorld.with(["alice"], async (world) => {
      await world.send({ to: ALICE, ...LEVELS });
      await world.reply("alice", "later");
      const imdn = `<imdn xmlns="urn:ietf:params:xml:ns:imdn"/>`;
      const report = { headers: "Content-Type: message/imdn+xml\r\n", body: imdn };
      assert.equal((await world.ask("alice", "MESSAGE", report)).status, 0);
      const wrapped = `From: <${ALICE}>\r\n\r\nContent-Type: message/imdn+xml\r\n\r\n${imdn}`;
      const cpim = { headers: "Content-Type: message/cpim\r\n", body: wrapped };
      assert.equal((await world.ask("alice", "MESSAGE", cpim)).status, 0);
      const disguised = { headers: "Content-Type: text/plain\r\nContent-Disposition: notification\r\n", body: "hello" };
      assert.equal((await world.ask("alice", "MESSAGE", disguised)).status, 403);
      for (const method of ["SUBSCRIBE", "PUBLISH", "OPTIONS", "BYE"]) {
        assert.equal((await world.ask("alice", method, { inDialog: method === "BYE" })).status, 0, method);
      }
      for (const method of ["MESSAGE", "INVITE", "REFER", "INFO", "NOTIFY", "UPDATE", "X"]) {
        for (const inDialog of [false, true]) {
          assert.equal((await world.ask("alice", method, { inDialog })).status, 403, method);
        }
      }
    }),
);

Deno.test("a plain client answers by number, id or label, and is told what holds then", options, async (t) => {
  const cases = [
    ["1", /noted: I agree\. The service is open to you/],
    [" 2. \r\n", /noted: Later\. You can receive messages now, and send none/],
    ["3)", /noted: No\. The service is closed to you/],
    ["YES", /I agree/],
    ["i AGREE", /I agree/],
  ] as const;
  for (const [words, told] of cases) {
    await t.step(words, () =>
      MessagesWorld.with(["alice"], async (world) => {
        await world.send({ to: ALICE, ...LEVELS });
        await world.take("alice");
        assert.equal((await world.reply("alice", words)).status, 200);
        const [confirmed] = await world.take("alice");
        assert.match(confirmed, told);
        assert.equal((await world.reply("alice", words)).status, 200, "the same again");
        assert.deepEqual(await world.take("alice"), [], "and it is confirmed once");
      }));
  }
});

Deno.test(
  "words are about the message they reply to, else about the newest that is open",
  options,
  () =>
    MessagesWorld.with(["alice"], async (world) => {
      const ask = async (text: string) => (await world.send({ to: ALICE, ...LEVELS, text })).id;
      const first = await ask("First?");
      await world.take("alice", "call-first");
      world.time.advance(1000);
      const second = await ask("Second?");
      await world.take("alice", "call-second");
      world.time.advance(1000);
      const third = await ask("Third?");
      await world.take("alice", "call-third");
      const optionOf = (id: string) => world.messages.recipients(id, "", 1)[0].option;
      await world.reply("alice", "2", "In-Reply-To: call-first\r\n");
      assert.deepEqual([first, second, third].map(optionOf), ["later", null, null]);
      assert.match((await world.take("alice"))[0], /Another message waits for your answer/);
      await world.reply("alice", "1", "In-Reply-To: call-unknown\r\n");
      assert.deepEqual([first, second, third].map(optionOf), ["later", null, "yes"]);
      assert.equal((await world.ask("alice", "OPTIONS")).status, 403);
      await world.reply("alice", "3");
      assert.deepEqual([first, second, third].map(optionOf), ["later", "no", "yes"]);
      assert.equal(world.gate.level(ALICE), "none", "the least of all");
    }),
);

Deno.test(
  "an answer that is forged, late, unknown, another one or no option is refused with a reason",
  options,
  () =>
    MessagesWorld.with(["alice", "bob"], async (world) => {
      const { id } = await world.send({ to: ALICE, ...LEVELS });
      const named = (user: string, ref: string, option: string) =>
        world.ask(user, "MESSAGE", {
          to: SYSTEM,
          headers: `Content-Type: ${SYSTEM_MESSAGE_TYPE}\r\n`,
          body: writeSystemAnswer({ ref, option }),
        });
      const refused = async (
        asking: Promise<{ status: number; answer: { reason: string } }>,
        status: number,
        why: RegExp,
      ) => {
        const { status: given, answer } = await asking;
        assert.equal(given, status);
        assert.match(answer.reason, why);
      };
      const nobody = /No such system message waits for your answer/;
      await refused(named("bob", id, "yes"), 404, nobody);
      await refused(named("alice", "no-such", "yes"), 404, nobody);
      await refused(world.reply("bob", "1"), 404, nobody);
      await refused(named("alice", id, "maybe"), 400, /no such option; allowed: 1 \(yes\), 2 \(later\), 3 \(no\)/);
      await refused(world.reply("alice", "4"), 400, /allowed: 1 \(yes\)/);
      await refused(world.reply("alice", "what?"), 400, /allowed: 1 \(yes\)/);
      assert.equal(world.gate.isOpen(ALICE), true, "nothing of it was an answer");
      assert.equal((await named("alice", id, "no")).status, 200);
      assert.equal((await named("alice", id, "no")).status, 200);
      await refused(named("alice", id, "yes"), 403, /has been answered otherwise/);
      assert.equal(world.gate.level(ALICE), "none");
      await world.messages.withdraw(id, "admin:owner");
      await refused(named("alice", id, "yes"), 403, /answered otherwise/);
      const ended = await world.send({ to: ALICE, ...LEVELS, expires_at: world.time.now() + 5000 });
      world.time.advance(7000);
      await refused(named("alice", ended.id, "yes"), 403, /This system message is over/);
    }),
);

Deno.test(
  "what is no answer is refused, each with its reason; what clients say by themselves is not",
  options,
  () =>
    MessagesWorld.with(["alice", subscriber(aorOf("barred"), "x", { state: "barred" })], async (world) => {
      await world.send({ to: ALICE, ...LEVELS });
      const cases: readonly (readonly [string, string | Uint8Array, number])[] = [
        ["Content-Type: image/png\r\n", "x", 415],
        ["Content-Type: text/plain\r\nContent-Encoding: gzip\r\n", "1", 415],
        ["Content-Type: text/plain\r\nRequire: x\r\n", "1", 420],
        ["Content-Type: text/plain\r\n", new Uint8Array([0xff]), 400],
        ["Content-Type: text/plain\r\n", "1".repeat(5000), 400],
        [`Content-Type: ${SYSTEM_MESSAGE_TYPE}\r\n`, "<system-answer", 400],
        ["Content-Type: message/cpim\r\n", "x", 400],
        ["Content-Type: application/im-iscomposing+xml\r\n", "<x/>", 200],
        ["Content-Type: message/imdn+xml\r\n", "<x/>", 200],
      ];
      for (const [headers, body, status] of cases) {
        const { status: given, answer } = await world.ask("alice", "MESSAGE", { to: SYSTEM, headers, body });
        assert.equal(given, status, `${headers} ${answer.reason}`);
        if (status === 415) assert.ok(answer.get("Accept") ?? answer.get("Accept-Encoding"));
      }
      assert.equal(world.gate.isOpen(ALICE), true);
      for (const [user, method, status] of [["nobody", "MESSAGE", 403], ["barred", "MESSAGE", 403]] as const) {
        assert.equal((await world.ask(user, method, { to: SYSTEM })).status, status);
      }
      assert.equal((await world.ask("nobody", "INVITE", { to: SYSTEM })).status, 405);
      assert.equal((await world.ask("nobody", "OPTIONS", { to: SYSTEM })).status, 200);
      const cpim = `From: <${ALICE}>\r\n\r\nContent-Type: text/plain\r\n\r\n1`;
      const wrapped = { to: "sip:%73ystem@example.test", headers: "Content-Type: message/cpim\r\n", body: cpim };
      assert.equal((await world.ask("alice", "MESSAGE", wrapped)).status, 200);
      assert.ok(world.gate.idle);
    }),
);

Deno.test(
  "whoever does not answer in time is denied; the time begins with the delivery, and outlives a restart",
  options,
  () =>
    MessagesWorld.with(["alice"], async (world) => {
      const { id } = await world.send({ to: ALICE, ...LEVELS, answer_within: 60 });
      world.time.advance(600_000);
      assert.equal(world.gate.isOpen(ALICE), true, "nobody is late who has not got it");
      await world.take("alice");
      world.time.advance(30_000);
      await world.restart();
      world.messages.start();
      world.time.advance(29_000);
      assert.equal(world.gate.isOpen(ALICE), true);
      world.time.advance(2_000);
      assert.deepEqual(world.gate.standing(ALICE), { open: false, level: "none" });
      const { status, answer } = await world.reply("alice", "1");
      assert.equal(status, 403);
      assert.match(answer.reason, /time to answer this system message is over/);
      assert.equal((await world.ask("alice", "MESSAGE")).status, 403);
      assert.equal(world.messages.get(id)!.timed_out, 1);
      await world.restart();
      assert.equal(world.gate.level(ALICE), "none");
      // Whoever comes anew is asked anew.
      await world.register("alice");
      assert.deepEqual(world.gate.standing(ALICE), { open: true, level: "full" });
      assert.match((await world.take("alice")).join(), /Do you agree/);
      assert.equal((await world.reply("alice", "1")).status, 200);
      assert.ok(world.gate.idle);
    }),
);

Deno.test(
  "a timeout grants what the operator says; what blocks nobody can deny, too",
  options,
  () =>
    MessagesWorld.with(["alice"], async (world) => {
      await world.send({ to: ALICE, ...LEVELS, blocking: false, answer_within: 10, on_timeout: "receive" });
      assert.ok(world.gate.idle);
      await world.take("alice");
      world.time.advance(11_000);
      assert.equal(world.gate.level(ALICE), "receive");
    }),
);

Deno.test(
  "what is withdrawn opens what it kept closed, and its messages go; its end opens what is unanswered",
  options,
  () =>
    MessagesWorld.with(["alice", "bob"], async (world) => {
      const group = aorOf("team");
      world.groups.set(group, [ALICE, aorOf("bob"), "sip:somebody@elsewhere.test"]);
      const first = await world.send({ to: group, ...LEVELS });
      assert.equal(first.recipients, 2);
      assert.equal(world.waiting.size, 2);
      await world.take("bob");
      await world.reply("bob", "3");
      await world.take("bob");
      assert.deepEqual([world.gate.isOpen(ALICE), world.gate.level(aorOf("bob"))], [true, "none"]);
      const withdrawn = await world.messages.withdraw(first.id, "admin:owner");
      assert.deepEqual([withdrawn.state, withdrawn.open], ["withdrawn", 0]);
      assert.ok(world.gate.idle);
      assert.equal(world.waiting.size, 0);
      const second = await world.send({ to: group, ...LEVELS, expires_at: world.time.now() + 60_000 });
      await world.reply("bob", "no");
      world.time.advance(62_000);
      assert.equal(world.messages.get(second.id)!.state, "over");
      assert.deepEqual([world.gate.isOpen(ALICE), world.gate.level(aorOf("bob"))], [false, "none"]);
      await world.restart();
      assert.deepEqual([world.gate.isOpen(ALICE), world.gate.level(aorOf("bob"))], [false, "none"]);
      const [entry] = await world.storage.auditLog.list({ limit: 10, event: "message.answer" });
      assert.deepEqual([entry.actor, entry.facts.option], ["user:sip:bob@example.test", "no"]);
    }),
);

Deno.test(
  "a store that fails: the answer is 503 and nothing has changed; nobody is kept out by what they cannot read",
  options,
  () =>
    MessagesWorld.with(["alice"], async (world) => {
      world.refusal = { kind: "quota", limit: "count", allowed: 1 };
      const { id } = await world.send({ to: ALICE, ...LEVELS });
      assert.ok(world.gate.idle);
      assert.equal(world.messages.get(id)!.failed, 1);
      world.refusal = null;
      await world.register("alice");
      assert.equal(world.gate.isOpen(ALICE), true);
      await world.take("alice");
      const { records } = world.storage;
      const tracks = await records.call(world.storage, "system_message_tracks", 200_000);
      const putAll = tracks.putAll;
      tracks.putAll = () => Promise.reject(new StorageError("full", "the disk is full"));
      assert.equal((await world.reply("alice", "1")).status, 503);
      assert.equal(world.gate.isOpen(ALICE), true);
      tracks.putAll = putAll;
      assert.equal((await world.reply("alice", "2")).status, 200);
      assert.equal(world.gate.level(ALICE), "receive");
    }),
);

Deno.test(
  "two devices that answer at once: the first counts, the other learns so",
  options,
  () =>
    MessagesWorld.with(["alice"], async (world) => {
      const { id } = await world.send({ to: ALICE, ...LEVELS });
      const given = (option: string) => world.messages.answer(ALICE, { kind: "named", ref: id, option });
      const outcomes = await Promise.all([given("no"), given("yes"), given("no")]);
      assert.deepEqual(outcomes, [
        { kind: "taken", again: false },
        { kind: "over", why: "answered" },
        { kind: "taken", again: true },
      ]);
      assert.equal(world.gate.level(ALICE), "none");
      await world.messages.forgetUser(ALICE);
      assert.ok(world.gate.idle);
      assert.deepEqual(world.messages.recipients(id, "", 10), []);
    }),
);

Deno.test(
  "a message that was lost between its track and its store is said after a restart",
  options,
  () =>
    MessagesWorld.with(["alice"], async (world) => {
      const { id } = await world.send({ to: ALICE, ...LEVELS });
      const lost = world.waiting.keys().next().value!;
      world.waiting.delete(lost);
      world.forgetTransactions();
      await world.restart();
      assert.equal(world.gate.isOpen(ALICE), true, "closed before the doors open");
      world.messages.start();
      await world.settle();
      assert.equal(world.waiting.size, 1);
      assert.match((await world.take("alice")).join(), /Do you agree/);
      assert.equal(world.messages.get(id)!.delivered, 1);
    }),
);

Deno.test(
  "words sent twice are no answer to a question that nobody has had yet; nor is a request sent once more after a kill",
  options,
  () =>
    MessagesWorld.with(["alice"], async (world) => {
      const { id: first } = await world.send({ to: ALICE, ...LEVELS, text: "First?" });
      await world.take("alice", "call-first");
      world.time.advance(1000);
      const { id: second } = await world.send({ to: ALICE, ...LEVELS, text: "Second?" });
      const optionOf = (id: string) => world.messages.recipients(id, "", 1)[0].option;
      const given = (request: string, ...replyTo: string[]) =>
        world.messages.answer(ALICE, { kind: "words", text: "3", replyTo, request });
      assert.deepEqual(await given("c1 1"), { kind: "taken", again: false });
      assert.deepEqual(await given("c2 1"), { kind: "taken", again: true });
      assert.deepEqual([first, second].map(optionOf), ["no", null]);
      await world.take("alice", "call-second");
      await world.restart();
      assert.deepEqual(await given("c1 1"), { kind: "taken", again: true });
      assert.deepEqual(
        await given("c3 1", "call-first"),
        { kind: "taken", again: true },
        "what it replies to is known",
      );
      assert.deepEqual([first, second].map(optionOf), ["no", null]);
      assert.deepEqual(await given("c4 1"), { kind: "taken", again: false });
      assert.deepEqual([first, second].map(optionOf), ["no", "no"]);
    }),
);

Deno.test(
  "late is late by a moment, too, and behind a time in which the box was down",
  options,
  () =>
    MessagesWorld.with(["alice"], async (world) => {
      await world.send({ to: ALICE, ...LEVELS, answer_within: 60 });
      world.time.advance(500);
      await world.take("alice");
      world.time.advance(59_900);
      await world.restart();
      world.time.advance(200);
      assert.equal((await world.reply("alice", "1")).status, 403);
      assert.deepEqual(world.gate.standing(ALICE), { open: false, level: "none" });
      await world.send({ to: ALICE, ...LEVELS, text: "Again?", expires_at: world.time.now() + 300 });
      await world.take("alice");
      world.time.advance(400);
      assert.match((await world.reply("alice", "1")).answer.reason, /is over/);
    }),
);

Deno.test(
  "a clock that is set makes nobody late, and gives nobody longer than the whole time",
  options,
  () =>
    MessagesWorld.with(["alice"], async (world) => {
      await world.send({ to: ALICE, ...LEVELS, answer_within: 60 });
      await world.take("alice");
      world.messages.start();
      world.time.jump(3_600_000);
      world.time.advance(58_000);
      assert.equal(world.gate.isOpen(ALICE), true);
      world.time.jump(-86_400_000);
      await world.restart();
      world.messages.start();
      world.time.advance(58_000);
      assert.equal(world.gate.isOpen(ALICE), true);
      world.time.advance(4_000);
      assert.equal(world.gate.level(ALICE), "none");
    }),
);

Deno.test(
  "who has let the time pass stays denied where the question cannot be stored again",
  options,
  () =>
    MessagesWorld.with(["alice"], async (world) => {
      await world.send({ to: ALICE, ...LEVELS, answer_within: 1 });
      await world.take("alice");
      world.time.advance(3000);
      assert.equal(world.gate.level(ALICE), "none");
      world.refusal = { kind: "failed", error: new StorageError("full", "the disk is full") };
      await world.register("alice");
      assert.deepEqual(world.gate.standing(ALICE), { open: false, level: "none" });
      await world.restart();
      assert.deepEqual(world.gate.standing(ALICE), { open: false, level: "none" });
      world.refusal = null;
      await world.register("alice");
      assert.equal(world.gate.isOpen(ALICE), true);
    }),
);

Deno.test(
  "what is withdrawn while it is being stored is not left in the store",
  options,
  () =>
    MessagesWorld.with(["alice"], async (world) => {
      const { id } = await world.send({ condition: { client: "Phone/*" }, ...LEVELS });
      world.messages.registered(ALICE, { userAgent: "Phone/1.0" }, true);
      assert.equal(world.gate.isOpen(ALICE), true);
      await world.messages.withdraw(id, "admin:owner");
      await world.settle();
      assert.deepEqual([world.waiting.size, world.gate.idle], [0, true]);
    }),
);

Deno.test(
  "what is over and keeps nothing from anybody makes room for others",
  options,
  () =>
    MessagesWorld.with(["alice"], async (world) => {
      const two = [{ label: "Tea" }, { label: "Coffee" }];
      const poll = { to: ALICE, text: "Tea or coffee?", options: two, expires_at: world.time.now() + 1000 };
      const { id } = await world.send(poll);
      world.time.advance(2500);
      const records = await world.storage.records<Job>("system_messages", MAX_JOBS);
      const kept = { at: world.time.now(), by: "", cause: "", to: ALICE, text: "Hello.", recipients: 1 };
      const others = Array.from({ length: MAX_JOBS - 1 }, (_, i) => {
        const later = `z${i}`;
        return [later, { ...plainJob({ ...kept, id: later }), cursor: null }] as const;
      });
      while (others.length > 0) await records.putAll(others.splice(0, 300));
      await world.restart();
      await world.messages.send({ to: ALICE, text: "Hello." }, "admin:owner");
      assert.deepEqual([world.messages.get(id), world.messages.get("z0")?.text], [undefined, "Hello."]);
    }),
);
