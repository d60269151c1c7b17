import { Metrics, silentLog, systemClock, TimerQueues } from "../../../../foundation/mod.ts";
import type { Dialer } from "../../duplex.ts";
import { MemoryDuplex, type MemoryDuplexOptions } from "../../memory_duplex.ts";
import { Switchboard } from "../../switchboard.ts";
import type { MessageTracker } from "../message_tracker.ts";
import { MsrpSession } from "../msrp_session.ts";
import type { SessionLimits, SessionUser } from "../session_user.ts";

/** Two processes with MSRP each, joined by memory, and a session between them. */
export interface Joined {
  readonly alice: MsrpSession;
  readonly bob: MsrpSession;
  /** The connection is gone, with what was on its way. */
  cut(): void;
}

let sessions = 0;

/** A session between two fresh nodes. `tracker`: what Bob's end knows of an earlier one. */
export function joined(
  aliceUser: SessionUser,
  bobUser: SessionUser,
  limits: Partial<SessionLimits> = {},
  duplex: MemoryDuplexOptions = {},
  tracker?: MessageTracker,
): Joined {
  const timers = new TimerQueues(systemClock, (error) => {
    throw error;
  });
  const cuts: (() => void)[] = [];
  const shared = { clock: systemClock, timers, log: silentLog };
  const there = new Switchboard({ ...shared, metrics: new Metrics(), dialer: null });
  const dialer: Dialer = {
    dial(_transport, to) {
      const [near, far] = MemoryDuplex.pair({ host: "here.test", port: 1 }, to, { transport: "tcp", ...duplex });
      there.accept(far);
      cuts.push(() => near.destroy());
      return near;
    },
  };
  const here = new Switchboard({ ...shared, metrics: new Metrics(), dialer });
  const id = `s${++sessions}`;
  const paths = { alice: `msrp://here.test:1/a${id};tcp`, bob: `msrp://there.test:2/b${id};tcp` };
  const common = { clock: systemClock, timers, acceptTypes: ["*"], limits };
  const alice = new MsrpSession({ ...common, node: here, sessionId: `a${id}`, uri: paths.alice, user: aliceUser });
  const bob = new MsrpSession({ ...common, node: there, sessionId: `b${id}`, uri: paths.bob, user: bobUser, tracker });
  bob.start("passive", { path: [paths.alice] });
  alice.start("active", { path: [paths.bob] });
  return { alice, bob, cut: () => cuts.forEach((cut) => cut()) };
}
