import assert from "node:assert/strict";
import { LOCALES } from "../../../../web/ui/mod.ts";
import type { Ladder, LadderStep } from "../../services/mod.ts";
import { withEverybody } from "../../testing/fake_services.ts";
import { PageReader } from "../../testing/page_reader.ts";
import { kindOf, shortened, shownSteps, startLine } from "./ladder_steps.ts";

const HERE = "/admin/flow";
const BOB = "sip:bob@example.test (192.0.2.21:5061)";

function step(more: Partial<LadderStep>): LadderStep {
  return {
    at: 1_767_225_600_000,
    seq: 1,
    direction: "in",
    transport: "tls",
    local: "Parley",
    remote: "192.0.2.7:40000",
    door: "192.0.2.1:5061",
    start_line: "MESSAGE sip:bob@example.test",
    cseq: "1 MESSAGE",
    from: "sip:alice@example.test",
    to: "sip:bob@example.test",
    body_octets: 5,
    content_type: "text/plain",
    headers: [["Via", "SIP/2.0/TLS 192.0.2.7:40000;branch=z9hG4bK1"]],
    ...more,
  };
}

const LADDER: Ladder = {
  call_id: "call/2 <b>@example.test",
  participants: ["192.0.2.7:40000", "Parley", BOB],
  steps: [
    step({}),
    step({ direction: "out", remote: BOB, at: 1_767_225_600_004 }),
    step({ direction: "out", remote: BOB, at: 1_767_225_600_504 }),
    step({ remote: BOB, start_line: "200 OK", at: 1_767_225_600_700 }),
    step({ direction: "out", start_line: "200 OK", at: 1_767_225_600_701, body_octets: 0 }),
  ],
};

Deno.test("steps know their columns, their offsets, and what was sent again", () => {
  const shown = shownSteps(LADDER).map(({ number, from, to, offset, again, kind }) => [
    number,
    from,
    to,
    offset,
    again,
    kind,
  ]);
  assert.deepEqual(shown, [
    [1, 0, 1, 0, false, "request"],
    [2, 1, 2, 4, false, "request"],
    [3, 1, 2, 504, true, "request"],
    [4, 2, 1, 700, false, "success"],
    [5, 1, 0, 701, false, "success"],
  ]);
  // Another branch is another transaction, not a retransmission.
  const other = step({ headers: [["Via", "SIP/2.0/TLS 192.0.2.7:40000;branch=z9hG4bK2"]] });
  assert.deepEqual(shownSteps({ ...LADDER, steps: [step({}), other] }).map(({ again }) => again), [false, false]);
});

Deno.test("start lines tell what kind they are, with and without their version", () => {
  const lines = ["INVITE sip:a@b SIP/2.0", "SIP/2.0 180 Ringing", "200 OK", "302 Moved", "SIP/2.0 486 Busy", "603 No"];
  assert.deepEqual(lines.map(kindOf), ["request", "provisional", "success", "redirect", "failure", "failure"]);
  assert.equal(startLine("SIP/2.0 200 OK"), "200 OK");
  assert.equal(startLine("INVITE sip:a@b SIP/2.0"), "INVITE sip:a@b");
  assert.equal([...shortened("sip:👋".repeat(20), 21)].length, 21);
  assert.equal(shortened("short", 21), "short");
});

Deno.test("a call is a picture and the same as a table, each step with its headers, and all of it is text", async () => {
  const world = await withEverybody();
  world.trace.ladders.set(LADDER.call_id, LADDER);
  for (const locale of LOCALES) {
    const visitor = await PageReader.of(world, "operator", locale);
    const list = await visitor.get(`${HERE}?search=call/2`);
    const path = `${HERE}/${encodeURIComponent(LADDER.call_id)}`;
    assert.ok(list.html.includes(`href="${path}"`));
    const page = await visitor.get(path);
    assert.equal(page.status, 200);
    assert.ok(!page.html.includes("<b>@"));
    assert.equal(page.html.match(/class="arrow"/g)?.length, 5);
    assert.equal(page.html.match(/<tr role="row">/g)?.length, 6);
    assert.match(page.text, /branch=z9hG4bK1/);
  }
  const page = await (await PageReader.of(world, "operator")).get(`${HERE}/${encodeURIComponent(LADDER.call_id)}`);
  assert.equal(page.text.match(/sent again/g)?.length, 1);
});

Deno.test("an unknown call is a page that says so, tracing off too, and a help-desk sees none of it", async () => {
  const world = await withEverybody();
  const visitor = await PageReader.of(world, "auditor");
  const gone = await visitor.get(`${HERE}/nobody@example.test`);
  assert.equal(gone.status, 404);
  assert.match((await visitor.get(`${HERE}?search=zzz`)).text, /Nothing found/);
  Object.defineProperty(world.trace, "capacity", { value: 0 });
  assert.match((await visitor.get(HERE)).text, /Tracing is off/);
  assert.equal((await (await PageReader.of(world, "help-desk")).get(HERE)).status, 403);
});
