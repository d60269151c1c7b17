import { RestProblem, type SessionAnswer } from "../engine/doors.ts";
import { problemOf } from "../engine/problem_of.ts";

const PATH = "/portal/session";
const PATIENCE_MS = 15_000;
const KEY = "parley:last";

/** Asks who is signed in, with credentials for this page. Rejects with RestProblem: 401 where nobody is, 0 without an answer. */
export async function openSession(): Promise<SessionAnswer> {
  const answer = await ask("POST");
  const text = await answer.text();
  return JSON.parse(text) as SessionAnswer;
}

/** Ends the session at the service. */
export async function closeSession(): Promise<void> {
  await (await ask("DELETE")).body?.cancel();
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
  try {
    storage?.setItem(KEY, JSON.stringify(known));
  } catch (error) {
    // No room: the page needs the service to open then.
    if (!(error instanceof DOMException && error.name === "QuotaExceededError")) throw error;
  }
}

async function ask(method: "POST" | "DELETE"): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(PATH, { method, cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch (cause) {
    const problem = new RestProblem({ status: 0, text: "", retryAfter: 0, fields: {} });
    problem.cause = cause;
    throw problem;
  }
  if (!answer.ok) throw await problemOf(answer);
  return answer;
}
