import assert from "node:assert/strict";
import { toLatin1 } from "../../../foundation/mod.ts";
import { SERVICE_SETTINGS_TYPE, type ServiceSettings, writeServiceSettings } from "../../../transport/payload/mod.ts";
import type { Received } from "../../sip_core/testing/core_world.ts";
import { SessionWorld } from "./testing/session_world.ts";

const PHONE = "<urn:uuid:phone>";
const DESK = "<urn:uuid:desk>";
const BOB = "sip:bob@example.test";

Deno.test("a device that bars is not asked; a user all of whose devices bar gets nothing", () => {
  const world = new SessionWorld();
  world.device("bob", "sip:bob@203.0.113.1", { instance: PHONE });
  world.device("bob", "sip:bob@203.0.113.2", { instance: DESK });
  publish(world, { entity: PHONE, barred: true });
  world.invite();
  assert.deepEqual(world.requests("INVITE").map((sent) => sent.request.uri), ["sip:bob@203.0.113.2"]);
  const desk = publish(world, { entity: "urn:uuid:desk", active: false });
  const refused = world.invite();
  assert.equal(refused.last.status, 480);
  assert.match(refused.last.reason, /takes no sessions/);
  assert.equal(world.requests("INVITE").length, 1);
  assert.equal(publish(world, null, `SIP-If-Match: ${desk.last.get("SIP-ETag")}\r\nExpires: 0\r\n`).last.status, 200);
  world.invite();
  assert.equal(world.requests("INVITE").length, 2);
});

Deno.test("settings end with their publication", () => {
  const world = new SessionWorld();
  world.device("bob", "sip:bob@203.0.113.1", { instance: PHONE });
  publish(world, { entity: PHONE, barred: true }, "Expires: 60\r\n");
  assert.equal(world.invite().last.status, 480);
  world.time.advance(61_000);
  world.invite();
  assert.equal(world.requests("INVITE").length, 1);
});

Deno.test("answer mode: what the device published; what the inviter wishes where it published nothing", async (t) => {
  const cases: [string, ServiceSettings | null, string, string | undefined, string | undefined][] = [
    ["automatic", { entity: PHONE, answerMode: "automatic" }, "", "Auto", undefined],
    ["manual", { entity: PHONE, answerMode: "manual" }, "Answer-Mode: Auto\r\n", "Manual", undefined],
    ["for the user as a whole", { entity: BOB, answerMode: "automatic" }, "", "Auto", undefined],
    ["nothing published", null, "Answer-Mode: Manual\r\n", "Manual", undefined],
    ["nothing at all", null, "", undefined, undefined],
    [
      "override not permitted",
      { entity: PHONE, answerMode: "manual" },
      "Priv-Answer-Mode: Auto\r\n",
      "Manual",
      undefined,
    ],
    [
      "override permitted",
      { entity: PHONE, answerMode: "manual", manualOverride: true },
      "Priv-Answer-Mode: Auto\r\n",
      undefined,
      "Auto",
    ],
  ];
  for (const [name, settings, headers, mode, forced] of cases) {
    await t.step(name, () => {
      const world = new SessionWorld();
      world.device("bob", "sip:bob@203.0.113.1", { instance: PHONE });
      if (settings !== null) publish(world, settings);
      world.invite(undefined, { headers });
      const [{ request }] = world.requests("INVITE");
      assert.equal(request.get("Answer-Mode"), mode);
      assert.equal(request.get("Priv-Answer-Mode"), forced);
    });
  }
  await t.step("an override that is required and not permitted", () => {
    const world = new SessionWorld();
    world.device("bob", "sip:bob@203.0.113.1", { instance: PHONE });
    const { last } = world.invite(undefined, { headers: "Priv-Answer-Mode: Auto;require\r\n" });
    assert.equal(last.status, 403);
    assert.match(last.get("Warning")!, /100 Function not allowed due to answer mode/);
  });
});

Deno.test("what holds for the user: of equal settings the newest", () => {
  const world = new SessionWorld();
  assert.deepEqual(world.published.user(BOB), {
    deferral: null,
    visible: true,
    recording: { session: false, pagerAndLarge: false },
  });
  publish(world, { entity: PHONE, deferral: "reject", visible: false });
  // Nothing said is not the same as switched off.
  assert.equal(world.published.recordingOf(BOB), null);
  publish(world, { entity: DESK, deferral: "push", recording: { session: true, pagerAndLarge: false } });
  assert.deepEqual(world.published.user(BOB), {
    deferral: "push",
    visible: false,
    recording: { session: true, pagerAndLarge: false },
  });
  assert.deepEqual(world.published.recordingOf(BOB), { session: true, pagerAndLarge: false });
  assert.deepEqual([...world.published.publishers()], [BOB]);
  world.published.forget(BOB);
  assert.equal(world.published.recordingOf(BOB), null);
  assert.equal(world.published.device(BOB, PHONE), null);
});

Deno.test("bad publications are told what is wrong (RFC 3903 §6)", async (t) => {
  const world = new SessionWorld();
  const cases: [string, Partial<Parameters<SessionWorld["receive"]>[0]>, number][] = [
    ["somebody else's", { from: "sip:alice@example.test" }, 403],
    ["another type", { headers: "Event: poc-settings\r\nContent-Type: text/plain\r\n" }, 415],
    ["not XML", { body: "<poc" }, 400],
    ["too short", { headers: `Event: poc-settings\r\nExpires: 1\r\nContent-Type: ${SERVICE_SETTINGS_TYPE}\r\n` }, 423],
    ["unknown tag", { headers: "Event: poc-settings\r\nSIP-If-Match: x\r\n", body: "" }, 412],
    ["another event", { headers: `Event: presence\r\nContent-Type: ${SERVICE_SETTINGS_TYPE}\r\n` }, 489],
  ];
  for (const [name, facts, status] of cases) {
    await t.step(name, () => assert.equal(send(world, facts).last.status, status));
  }
});

function publish(world: SessionWorld, settings: ServiceSettings | null, headers = ""): Received {
  const body = settings === null ? "" : toLatin1(writeServiceSettings([settings]));
  const type = settings === null ? "" : `Content-Type: ${SERVICE_SETTINGS_TYPE}\r\n`;
  const received = send(world, { headers: `Event: poc-settings\r\n${type}${headers}`, body });
  assert.equal(received.last.status, 200);
  return received;
}

function send(world: SessionWorld, facts: Partial<Parameters<SessionWorld["receive"]>[0]>): Received {
  const received = world.receive({
    method: "PUBLISH",
    uri: BOB,
    from: BOB,
    headers: `Event: poc-settings\r\nContent-Type: ${SERVICE_SETTINGS_TYPE}\r\n`,
    body: toLatin1(writeServiceSettings([{ entity: PHONE }])),
    ...facts,
  });
  world.core.onRequest(received);
  return received;
}
