import assert from "node:assert/strict";
import type { DeferredEntry } from "../../storage/mod.ts";
import { CoreWorld } from "../sip_core/testing/core_world.ts";
import { forDevice, type PlanFacts, planPush } from "./push_plan.ts";

const world = new CoreWorld();
const phone = world.device("bob", "sip:bob@203.0.113.1", { instance: "phone" });
const desk = world.device("bob", "sip:bob@203.0.113.2", { instance: "desk" });

function entry(id: number, device = "", arrivedAt = id, mode: DeferredEntry["mode"] = "pager"): DeferredEntry {
  return { id, recipient: "sip:bob@example.test", device, arrivedAt, expiresAt: Infinity, mode, size: 10 };
}

function plan(entries: DeferredEntry[], facts: Partial<PlanFacts> = {}): unknown {
  const planned = planPush({
    bindings: [phone, desk],
    down: new Set(),
    entries,
    held: () => false,
    refused: null,
    waits: () => false,
    ...facts,
  });
  if ("silent" in planned) return planned;
  const { entry, devices, leftOut, following } = planned;
  return [entry.id, devices.map(({ instance }) => instance), leftOut, following?.id ?? 0];
}

Deno.test("the oldest first, to all devices that are there", () => {
  assert.deepEqual(plan([entry(1), entry(2)]), [1, ["phone", "desk"], [], 2]);
  assert.deepEqual(plan([]), { silent: false });
  assert.deepEqual(plan([entry(1)], { down: new Set([desk.contact]) }), [1, ["phone"], ["desk"], 0]);
  assert.deepEqual(plan([entry(1)], { down: new Set([desk.contact, phone.contact]) }), { silent: true });
});

Deno.test("a device takes its own copies first where they are older; what is for all is copied for it", () => {
  assert.deepEqual(plan([entry(5), entry(7, "desk", 3)]), [5, ["phone"], ["desk"], 7]);
  assert.deepEqual(plan([entry(5), entry(7, "desk", 9)]), [5, ["phone", "desk"], [], 7]);
  assert.deepEqual(plan([entry(5), entry(7, "desk", 3)], { bindings: [desk] }), [7, ["desk"], [], 0]);
});

Deno.test("of its own a device gets the older first, whichever was stored first; the order of others is as it was", () => {
  assert.deepEqual(plan([entry(2, "desk", 20), entry(3, "phone", 30), entry(4, "desk", 10)]), [4, ["desk"], [], 3]);
  assert.deepEqual(plan([entry(2, "desk", 20), entry(3, "desk", 20)]), [2, ["desk"], [], 3]);
});

Deno.test("copies for a device that is not there are in nobody's way; for a silent one they are for later", () => {
  assert.deepEqual(plan([entry(1, "tablet"), entry(2)]), [2, ["phone", "desk"], [], 0]);
  assert.deepEqual(plan([entry(1, "desk")], { down: new Set([desk.contact]) }), { silent: true });
  assert.deepEqual(plan([entry(1, "tablet")]), { silent: false });
});

Deno.test("what is on its first way stops what is behind it, for the devices it is for", () => {
  const held = (id: number) => id === 1;
  assert.deepEqual(plan([entry(1), entry(2)], { held }), { silent: false });
  assert.deepEqual(plan([entry(1, "desk"), entry(2, "desk"), entry(3, "phone")], { held }), [3, ["phone"], [], 0]);
});

Deno.test("files that may not begin hold up nobody", () => {
  const waits = ({ mode }: DeferredEntry) => mode === "file";
  assert.deepEqual(plan([entry(1, "", 1, "file"), entry(2)], { waits }), [2, ["phone", "desk"], [], 0]);
});

Deno.test("a device in a session gets what is for all and for it, by age, each once", () => {
  const entries = [entry(1), entry(2, "desk"), entry(3, "phone", 0), entry(4), entry(5, "", 4)];
  assert.deepEqual(forDevice(entries, "phone", (id) => id === 4).map(({ id }) => id), [3, 1, 5]);
  assert.deepEqual(forDevice(entries, "", () => false).map(({ id }) => id), [1, 4, 5]);
});

Deno.test("a clock that was set back changes no order where there are no copies of older ones", () => {
  const entries = [entry(1, "", 5_000), entry(2, "", 100), entry(3, "", 200)];
  assert.deepEqual(forDevice(entries, "phone", () => false).map(({ id }) => id), [1, 2, 3]);
});

Deno.test("what a device has refused goes to the others, now or when they answer again, and is no copy for it", () => {
  const refused = (id: number, { instance }: { instance: string }) => id === 1 && instance === "phone";
  assert.deepEqual(plan([entry(1), entry(2)], { refused }), [1, ["desk"], [], 2]);
  const deskDown = new Set([desk.contact]);
  assert.deepEqual(plan([entry(1)], { refused, down: deskDown }), { silent: true });
  assert.deepEqual(plan([entry(1), entry(2)], { refused, down: deskDown }), [2, ["phone"], ["desk"], 0]);
  assert.deepEqual(plan([entry(1, "phone")], { refused }), { silent: false });
});
