import { RestProblem, type SessionAnswer } from "../engine/doors.ts";
import { problemOf } from "../engine/problem_of.ts";

const PATH = "/portal/session";
const PATIENCE_MS = 15_000;
const KEY = "parley:last";
/** Whose session is to be ended: it stands there until the service has been told. */
export const SIGNED_OUT = "parley:signed-out";

type Fetch = (path: string, init: RequestInit) => Promise<Response>;

/**
 * Asks who is signed in, with credentials for this page. Rejects with RestProblem: 401 where nobody is, 0 without an answer. Whoever
 * signed out while the service was not there is signed out now: the next at this browser is not to be let in with that session.
 */
export async function openSession(storage: Storage | null, fetchIt: Fetch = fetch): Promise<SessionAnswer> {
  const answer = await ask("POST", fetchIt).catch((error) => {
    // There is no session that could be ended.
    if (error instanceof RestProblem && error.status === 401) storage?.removeItem(SIGNED_OUT);
    throw error;
  });
  const session = JSON.parse(await answer.text()) as SessionAnswer;
  if (whoSignedOut(storage) === session.aor) {
    await closeSession(storage, fetchIt);
    throw new RestProblem({ status: 401, text: "", retryAfter: 0, fields: {} });
  }
  // Somebody else has signed in since.
  storage?.removeItem(SIGNED_OUT);
  return session;
}

/** Ends the session at the service. Rejects with RestProblem. */
export async function closeSession(storage: Storage | null, fetchIt: Fetch = fetch): Promise<void> {
  await (await ask("DELETE", fetchIt)).body?.cancel();
  storage?.removeItem(SIGNED_OUT);
}

/** The user wants to be signed out. It holds until the service knows; other tabs hear of it by the event `storage`. */
export function noteSignedOut(storage: Storage | null, aor: string): void {
  keepSession(storage, null);
  keep(storage, SIGNED_OUT, aor);
}

/** Who signed out here and may not be so at the service yet; null: nobody. */
export function whoSignedOut(storage: Storage | null): string | null {
  return storage?.getItem(SIGNED_OUT) ?? null;
}

/** Who was signed in here last: the page opens with that, without credentials, while the service cannot be asked. Null for nobody. */
export function lastSession(storage: Storage | null): SessionAnswer | null {
  const text = storage?.getItem(KEY) ?? null;
  if (text === null) return null;
  try {
    const found = JSON.parse(text) as SessionAnswer;
    return typeof found.aor === "string" && typeof found.limits === "object" ? found : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Keeps who it is, and nothing that opens anything; null: nobody any more. */
export function keepSession(storage: Storage | null, session: SessionAnswer | null): void {
  if (session === null) return storage?.removeItem(KEY);
  const known: SessionAnswer = { ...session, username: "", password: "", expires_at: 0 };
  // Where there is no room the page needs the service to open.
  keep(storage, KEY, JSON.stringify(known));
}

function keep(storage: Storage | null, key: string, value: string): void {
  try {
    storage?.setItem(key, value);
  } catch (error) {
    if (!(error instanceof DOMException && error.name === "QuotaExceededError")) throw error;
  }
}

async function ask(method: "POST" | "DELETE", fetchIt: Fetch): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetchIt(PATH, { method, cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch (cause) {
    const problem = new RestProblem({ status: 0, text: "", retryAfter: 0, fields: {} });
    problem.cause = cause;
    throw problem;
  }
  if (!answer.ok) throw await problemOf(answer);
  return answer;
}
