import type { AccessRules, Communication } from "../access.ts";
import { recipientOf } from "../access_element.ts";
import type { AnchoredSession } from "./anchored_session.ts";
import type { Sessions } from "./sessions.ts";

/** Rules that change each time they have been read are asked so often. */
const ATTEMPTS = 4;

/**
 * A user's rules are others now: sessions that they let no longer begin end (PRI-8, PRI-9), as if the other party had hung up.
 * Where the user was invited it is asked who may invite; where the user invites, whom the user may. Rejects where the rules cannot
 * be read; then those sessions go on.
 */
export async function reviewSessions(sessions: Sessions, access: AccessRules, aor: string): Promise<void> {
  let failure: unknown = null;
  for (const session of sessions.allOf(aor)) {
    try {
      if (!await mayStand(session, access, aor)) session.end("access rules");
    } catch (error) {
      // The other party's rules, maybe: the next session has another one.
      failure ??= error;
    }
  }
  if (failure !== null) throw failure;
}

async function mayStand({ plan }: AnchoredSession, access: AccessRules, aor: string): Promise<boolean> {
  const { from, number, kind, anonymous, recipient, to: target } = plan;
  const to = recipientOf({ recipient, target });
  const communication: Communication = { from, to, number, kind, anonymous };
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const decision = aor === to ? access.incoming(communication) : access.outgoing(communication);
    if (decision !== undefined) return decision.verdict === "allow";
    await access.prepare(communication);
  }
  throw new Error("access rules change too fast to be read");
}
