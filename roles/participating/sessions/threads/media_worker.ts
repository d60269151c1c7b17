/// <reference lib="webworker" />
/**
 * A media thread: MSRP doors, connections and bridges of its own, with sessions as the main thread says. Knows no SIP.
 */
import { Metrics, MetricsReport, systemClock, TimerQueues } from "../../../../foundation/mod.ts";
import { DnsResolver, endpointText } from "../../../../transport/net/mod.ts";
import {
  type CertificatePair,
  DenoDnsWire,
  systemDnsServers,
  systemHosts,
} from "../../../../transport/net/machine/mod.ts";
import { type MsrpDoor, Switchboard } from "../../../../transport/msrp/mod.ts";
import { MsrpWires } from "../../../../transport/msrp/flows/mod.ts";
import { BridgedMedia } from "../bridged_media.ts";
import { PostedLog } from "./posted_log.ts";
import { ThreadBridges } from "./thread_bridges.ts";
import type { FromThread, ThreadSetup, ToThread } from "./thread_messages.ts";
import { TurnPost } from "./turn_post.ts";

declare const self: DedicatedWorkerGlobalScope;

/** Null before the doors are open. */
let hear: ((message: ToThread) => void) | null = null;

const posts = new TurnPost<FromThread>((messages) => self.postMessage(messages));
const post = (message: FromThread): void => posts.say(message);

/** Opens everything. Rejects, with the address in the message, where a door cannot be had. */
async function begin(setup: ThreadSetup): Promise<void> {
  const clock = systemClock;
  const log = PostedLog.to((line) => post({ what: "log", ...line }), clock.monotonic, setup.level);
  const failed = (error: unknown): void => {
    log.error("unexpected failure", { error: error instanceof Error ? error.stack ?? error.message : String(error) });
  };
  const timers = new TimerQueues(clock, failed);
  timers.run();
  const metrics = new Metrics();
  const msrpLog = log.child("msrp");
  const resolver = new DnsResolver({
    wire: new DenoDnsWire(),
    servers: setup.dns === null ? systemDnsServers() : [setup.dns],
    hosts: systemHosts(),
    clock,
    timers,
    log: log.child("dns"),
    metrics,
  });
  const { admission, tls } = setup;
  const wires = new MsrpWires({ log: msrpLog, metrics, clock, timers, resolver, admission, tls });
  const node = new Switchboard({ clock, timers, log: msrpLog, metrics, dialer: wires });
  wires.accept = (duplex) => void node.accept(duplex);
  const settings = { ...setup.settings };
  const media = new BridgedMedia({ node, clock, timers, settings });
  const bridges = new ThreadBridges({ node, media, clock, timers, report: new MetricsReport(metrics), post });
  const doors: MsrpDoor[] = [];
  const urls: string[] = [];
  for (const { url, advertised } of setup.doors) {
    const { transport, local } = await wires.listen(url).catch((error: Error) => {
      throw new Error(`${url}: cannot be opened: ${error.message}`, { cause: error });
    });
    const door: MsrpDoor = { transport, advertised: { host: advertised, port: local.port } };
    node.addDoor(door);
    doors.push(door);
    urls.push(`${transport}://${endpointText(local)}`);
  }
  const end = async (): Promise<void> => {
    node.close("going down");
    await wires.close();
    bridges.pulse();
    timers.stop();
    post({ what: "ended" });
  };
  const setCertificates = (pairs: readonly CertificatePair[]): void => {
    try {
      wires.setCertificates(pairs);
    } catch (error) {
      // Those that it has stay.
      failed(error);
    }
  };
  const hears = (message: ToThread): void => {
    try {
      if (bridges.hear(message)) return;
    } catch (error) {
      // A fault in one session is not one of the others.
      failed(error);
      if ("n" in message) bridges.giveUp(message.n);
      return;
    }
    if (message.what === "settings") {
      Object.assign(settings, message.settings);
      log.level = message.level;
    } else if (message.what === "certificates") setCertificates(message.pairs);
    else if (message.what === "end") void end();
  };
  // In this turn: whatever is said after it is heard.
  hear = hears;
  post({ what: "up", doors, urls });
}

self.onmessage = async ({ data }: MessageEvent<readonly ToThread[]>) => {
  for (const message of data) {
    if (hear !== null) hear(message);
    // Nothing else is said before it is up.
    else if (message.what === "begin") await begun(message.setup);
  }
};

async function begun(setup: ThreadSetup): Promise<void> {
  try {
    await begin(setup);
  } catch (error) {
    post({ what: "cannot", reason: error instanceof Error ? error.message : String(error) });
  }
}
