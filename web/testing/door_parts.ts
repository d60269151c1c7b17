import { Metrics, silentLog } from "../../foundation/mod.ts";
import { FakeTime } from "../../foundation/testing.ts";
import { Admission } from "../../transport/net/mod.ts";
import { createWeb, Health, type WebDoorParts, type WebParts } from "../mod.ts";
import { CERTIFICATE_A } from "./certificates.ts";

/** What a door in a test is opened with: time that stands still, figures of its own, the usual application. */
export function doorParts(
  parts: Partial<WebDoorParts> = {},
  application: Partial<WebParts> = {},
): WebDoorParts & { readonly time: FakeTime } {
  const time = new FakeTime();
  const metrics = new Metrics();
  const web = createWeb({
    metrics,
    health: new Health(),
    mayReadMetrics: () => false,
    acceptWebSocket: null,
    log: silentLog,
    ...application,
  });
  return {
    web,
    material: CERTIFICATE_A,
    admission: new Admission(time),
    timers: time.timers,
    metrics,
    log: silentLog,
    ...parts,
    time,
  };
}
