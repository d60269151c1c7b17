import type { Timed, Timers } from "../../../../foundation/mod.ts";
import type { RequestUser, UserAgent } from "../../../../transport/sip/mod.ts";
import { advice, type HealthCheck, type Issue, MINUTES } from "../health_check.ts";

const PATIENCE_MS = 8000;
const AT_ONCE = 8;
const MAX_PEERS = 200;
/** In a row: one lost datagram is no outage. */
const FAILURES = 2;

/** Another domain's core, and a question that any answer answers. Null: it answered; else why not. */
export interface PeerFact {
  readonly domain: string;
  ping(): Promise<string | null>;
}

/** Peers that do not answer to OPTIONS, twice in a row. */
export function peersDownCheck(peers: () => readonly PeerFact[]): HealthCheck {
  const failures = new Map<string, number>();
  return {
    code: "peer.down",
    every_ms: 3 * MINUTES,
    behind: ["doors.missing"],
    async run(): Promise<Issue[]> {
      const all = peers().slice(0, MAX_PEERS);
      const known = new Set(all.map(({ domain }) => domain));
      for (const domain of failures.keys()) if (!known.has(domain)) failures.delete(domain);
      const issues: Issue[] = [];
      for (let i = 0; i < all.length; i += AT_ONCE) {
        await Promise.all(
          all.slice(i, i + AT_ONCE).map(async ({ domain, ping }) => {
            const reason = await ping();
            failures.set(domain, reason === null ? 0 : (failures.get(domain) ?? 0) + 1);
            if (reason === null || failures.get(domain)! < FAILURES) return;
            issues.push({
              subject: domain,
              severity: "warning",
              text: `The peer ${domain} does not answer: ${reason}. Messages to it fail.`,
              repair: advice("Is its address right, is it up, does a firewall stand between?", "/admin/network"),
            });
          }),
        );
      }
      return issues.sort((a, b) => a.subject < b.subject ? -1 : 1);
    },
  };
}

/** Asks a server with OPTIONS (RFC 3261 §11); any response says that it is there. */
export function optionsPing(
  { agent, timers, from }: { readonly agent: UserAgent; readonly timers: Timers; readonly from: string },
  uri: string,
): Promise<string | null> {
  return new Promise((resolve) => {
    const patience: Timed = { onTimer: () => resolve(`no answer within ${PATIENCE_MS / 1000} s`) };
    const timer = timers.start(PATIENCE_MS, patience, 0);
    const user: RequestUser = {
      onResponse: (_request, response) => {
        if (response.status < 200) return;
        timer.stop();
        resolve(null);
      },
      onFailure: (_request, failure) => {
        timer.stop();
        resolve(failure === "unroutable" ? "its address cannot be found" : `${failure}`);
      },
    };
    agent.send({ method: "OPTIONS", uri, from: `<sip:${from}>`, to: `<${uri}>` }, user);
  });
}
