import assert from "node:assert/strict";
import { settle } from "../../deferred/list/testing/list_world.ts";
import { settled } from "../../../storage/testing_history.ts";
import type { Received } from "../../sip_core/testing/core_world.ts";
import { HistoryWorld } from "./testing/history_world.ts";
import { ALICE, BOB } from "./testing/said.ts";

const TYPE = "Content-Type: application/vnd.oma.im.history-list+xml\r\n";

async function remove(world: HistoryWorld, references: readonly string[], from?: string): Promise<Received> {
  const all = references.map((one) => `<history history-reference="${one}"/>`).join("");
  const body = `<history-list xmlns="urn:oma:xml:im:history-list">${all}</history-list>`;
  const asked = world.ask("MESSAGE", "sip:delete@example.test", { headers: TYPE, body, from });
  for (let i = 0; i < 50 && !asked.answered; i++) {
    await settle();
    await settled(world.kept);
  }
  return asked;
}

async function waiting(world: HistoryWorld): Promise<string> {
  world.arrive("waits");
  world.subscribe("sip-profile");
  await settle();
  const list = new TextDecoder().decode(world.sentOf("NOTIFY").at(-1)!.request.body);
  return /history-reference="([^"]*)"/.exec(list)![1];
}

Deno.test("recordings and messages that wait are deleted together, and what others recorded stays", async () => {
  await using world = await HistoryWorld.open();
  const [one, two] = [await world.talk(["one"]), await world.talk(["two"])];
  const hers = await world.talk(["hers"], { more: { owner: ALICE, with: BOB } });
  const waits = await waiting(world);
  world.remade.length = 0;
  assert.equal((await remove(world, [one, waits])).answer.status, 200);
  assert.deepEqual(world.history.list(BOB).map(({ reference }) => reference), [two]);
  assert.equal(world.store.messages.size, 0);
  assert.ok(world.history.find(ALICE, hers));
  world.time.advance(500);
  assert.ok(world.remade.includes(`org.openmobilealliance.conv-history ${BOB} conv-history`));
});

Deno.test("all or none over both kinds; unknown and another's are the same 404", async () => {
  await using world = await HistoryWorld.open();
  const own = await world.talk(["mine"]);
  const hers = await world.talk(["hers"], { more: { owner: ALICE, with: BOB } });
  const waits = await waiting(world);
  for (
    const references of [[hers], ["h-0000"], [own, hers], ["h-0000", own, waits], [own, "d-0000"], [waits, hers]]
  ) {
    const { answer } = await remove(world, references);
    assert.deepEqual([answer.status, answer.reason], [404, "No Such Message Waits For You"]);
  }
  assert.ok(world.history.find(BOB, own) && world.history.find(ALICE, hers));
  assert.equal(world.store.messages.size, 1);
});

Deno.test("one that is still recorded is recorded no longer", async () => {
  await using world = await HistoryWorld.open();
  const open = await world.talk(["one"], { open: true });
  assert.equal(world.history.find(BOB, open)!.open, true);
  assert.equal((await remove(world, [open])).answer.status, 200);
  assert.equal(world.history.list(BOB).length, 0);
});
