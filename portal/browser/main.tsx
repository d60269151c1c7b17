/** Where the page begins. Little: who is signed in is asked for while the rest is still being loaded. */
import { RestProblem, type SessionAnswer } from "../engine/doors.ts";
import { keepSession, lastSession, openSession, whoSignedOut } from "./page_session.ts";
import { showProblem } from "./start_problem.ts";
import { storageOf, storeOf } from "./browser_store.ts";
import { browserLanguage } from "./texts.ts";
import { beginLoading } from "../view/languages/load_language.ts";

const LEFT_KEY = "parley:left";
/** A page that was sent to sign in and comes back so soon would be sent to and fro for ever. */
const LEFT_MS = 10_000;

function begin(): void {
  const root = document.getElementById("portal");
  if (root === null) throw new Error('the page has no element "portal"');
  start(root).catch((error) => {
    if (error instanceof RestProblem && error.status === 401 && signIn()) return;
    showProblem(root, error, begin);
  });
}

async function start(root: HTMLElement): Promise<void> {
  const asked = whoIsHere();
  // Told where they are awaited; most read the page in the language of their browser.
  asked.catch(() => {});
  beginLoading(browserLanguage().tag).catch(() => {});
  const { openPage } = await import("./page.tsx");
  await openPage(root, await asked);
}

async function whoIsHere(): Promise<SessionAnswer> {
  const storage = storageOf("localStorage");
  // The page may have been closed before it had done so itself.
  const gone = whoSignedOut(storage);
  if (gone !== null) storeOf(gone).clear();
  try {
    const session = await openSession(storage);
    keepSession(storage, session);
    return session;
  } catch (error) {
    if (!(error instanceof RestProblem)) throw error;
    if (error.status === 401) keepSession(storage, null);
    // Without the service the page shows what it has, and what is written waits.
    const last = error.status === 0 || error.status >= 502 ? lastSession(storage) : null;
    if (last === null) throw error;
    return last;
  }
}

/** The service shows its sign-in there. False where it has just been tried. */
function signIn(): boolean {
  const storage = storageOf("sessionStorage");
  if (Date.now() - Number(storage?.getItem(LEFT_KEY) ?? 0) < LEFT_MS) return false;
  storage?.setItem(LEFT_KEY, String(Date.now()));
  location.replace("/portal");
  return true;
}

begin();
