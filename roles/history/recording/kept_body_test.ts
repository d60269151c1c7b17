import assert from "node:assert/strict";
import { StorageError } from "../../../storage/mod.ts";
import { IN_RECORD, keepBody, type KeptBody, releaseBody } from "./kept_body.ts";
import { RecordingWorld } from "./testing/recording_world.ts";

function kept(world: RecordingWorld, body: Uint8Array): Promise<KeptBody | StorageError> {
  return new Promise((resolve) => keepBody(world.kept.contents, body, resolve));
}

function octets(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 255);
}

Deno.test("a short body stays what it is, told inside the call", async () => {
  await using world = await RecordingWorld.open();
  const body = octets(IN_RECORD);
  let outcome: unknown = null;
  keepBody(world.kept.contents, body, (kept) => outcome = kept);
  assert.deepEqual(outcome, { body, content: null });
});

Deno.test("a long body is a content octet for octet, held for the caller until it is released", async () => {
  await using world = await RecordingWorld.open();
  const { contents } = world.kept;
  const body = octets(5_000_000);
  const outcome = await kept(world, body);
  assert.ok(!(outcome instanceof StorageError) && outcome.content !== null);
  assert.equal(outcome.body.length, 0);
  assert.equal(contents.octets, body.length);
  for (let at = 0; at < body.length;) {
    const part = await contents.read(outcome.content, at, 1_000_000);
    assert.deepEqual(part, body.subarray(at, at + part.length));
    at += part.length;
  }
  releaseBody(contents, outcome);
  assert.equal(contents.octets, 0);
});

Deno.test("a body that cannot be written is told so, and leaves nothing; nor where too many are being written", async () => {
  await using world = await RecordingWorld.open();
  const { contents } = world.kept;
  world.kv.fault = new TypeError("database or disk is full");
  assert.ok(await kept(world, octets(500_000)) instanceof StorageError);
  world.kv.fault = null;
  assert.equal(contents.octets, 0);
  const writers = Array.from({ length: 64 }, () => contents.write());
  const outcome = await kept(world, octets(20_000));
  assert.ok(outcome instanceof StorageError && outcome.kind === "full");
  for (const writer of writers) writer.abandon();
});
