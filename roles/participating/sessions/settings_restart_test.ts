/** What users publish of themselves holds as long as it was to hold, also over a restart of the box: who hides stays hidden. */
import assert from "node:assert/strict";
import { Metrics } from "../../../foundation/mod.ts";
import { FakeTime } from "../../../foundation/testing.ts";
import { SERVICE_SETTINGS_TYPE, type ServiceSettings, writeServiceSettings } from "../../../transport/payload/mod.ts";
import { MemoryStates } from "../../../transport/sip/testing/memory_states.ts";
import { PublishedSettings } from "./published_settings.ts";

const BOB = "sip:bob@example.test";

function box(time: FakeTime, durable: MemoryStates) {
  const changed: string[] = [];
  const metrics = new Metrics();
  const published = new PublishedSettings({
    clock: time,
    timers: time.timers,
    metrics,
    durable,
    changed: (aor) => void changed.push(aor),
  });
  const publish = (settings: ServiceSettings, expires: number, etag = ""): string => {
    let tag = "";
    const origin = { flowId: 1, host: "192.0.2.1", port: 5060, transport: "udp" } as const;
    const body = writeServiceSettings([settings]);
    const request = { resource: BOB, publisher: BOB, etag, expires, contentType: SERVICE_SETTINGS_TYPE, body, origin };
    published.store.publish(request, (result) => {
      assert.equal(result.status, 200);
      tag = "etag" in result ? result.etag : "";
      published.store.rules.changed(BOB);
    });
    durable.commit();
    return tag;
  };
  return { published, publish, changed };
}

Deno.test("who hides, and whose device bars, does so after a restart until it was to end", () => {
  const time = new FakeTime(), disk = new MemoryStates();
  const before = box(time, disk);
  before.publish({ entity: "urn:uuid:phone", visible: false, barred: true }, 600);
  const { published, publish } = box(time, disk.restarted());
  assert.deepEqual([published.user(BOB).visible, published.barred(BOB, ["urn:uuid:phone"])], [false, true]);
  publish({ entity: "urn:uuid:desk", deferral: "notify" }, 60);
  assert.deepEqual([published.user(BOB).visible, published.user(BOB).deferral], [false, "notify"]);
  time.advance(601_000);
  assert.equal(published.user(BOB).visible, true);
});

Deno.test("a device changes after a restart what it published before", () => {
  const time = new FakeTime(), disk = new MemoryStates();
  const etag = box(time, disk).publish({ entity: BOB, visible: false }, 600);
  const { published, publish, changed } = box(time, disk.restarted());
  publish({ entity: BOB, visible: true }, 600, etag);
  assert.deepEqual([published.user(BOB).visible, changed, published.store.size], [true, [BOB], 1]);
});

Deno.test("of a removed user nothing comes back, and what cannot be read keeps nobody from starting", () => {
  const time = new FakeTime(), disk = new MemoryStates();
  const { published, publish } = box(time, disk);
  publish({ entity: BOB, visible: false }, 600);
  const broken = disk.restarted();
  published.forget(BOB);
  disk.commit();
  assert.equal(box(time, disk.restarted()).published.user(BOB).visible, true);
  const [[name, octets]] = broken.octets;
  const text = new TextDecoder().decode(octets);
  assert.ok(text.includes("</entity>"), text);
  broken.octets.set(name, new TextEncoder().encode(text.replace("</entity>", "")));
  const after = box(time, broken);
  assert.deepEqual([after.published.user(BOB).visible, after.published.store.size], [true, 0]);
});
