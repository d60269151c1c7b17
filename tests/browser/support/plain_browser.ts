/**
 * Chromium as its user has it, by its own protocol: a tab that is not in front is hidden, its timers are slowed down, and it may be frozen. (The
 * debugger of the other tests keeps every page awake.)
 */
import { CHROMIUM } from "../../support/browser.ts";
import { passwordOf } from "../../support/parley.ts";
import { Child } from "../../support/process.ts";
import { eventually } from "../../support/rest.ts";

interface TargetFacts {
  readonly id: string;
  readonly type: string;
  readonly webSocketDebuggerUrl: string;
}

/** Pages that are hidden for so long, in seconds, wake up once a minute: five minutes otherwise, which no test waits for. */
const SLOW_AFTER = "IntensiveWakeUpThrottling:grace_period_seconds/5";
const FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"];
const QUIET = ["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"];

/** One browser with tabs. */
export class PlainBrowser implements AsyncDisposable {
  readonly #child: Child;
  readonly #dir: string;
  readonly #origin: string;
  readonly #tabs: PlainTab[] = [];

  private constructor(child: Child, dir: string, origin: string) {
    [this.#child, this.#dir, this.#origin] = [child, dir, origin];
  }

  static async open(): Promise<PlainBrowser> {
    const dir = await Deno.makeTempDir({ prefix: "parley-chromium-" });
    const own = ["--remote-debugging-port=0", `--user-data-dir=${dir}`, `--enable-features=${SLOW_AFTER}`];
    const child = new Child("chromium", CHROMIUM, { args: [...FLAGS, ...QUIET, ...own, "about:blank"] });
    const [, host] = await child.printed(/DevTools listening on ws:\/\/([^/]+)\//, 30_000);
    return new PlainBrowser(child, dir, `http://${host}`);
  }

  /** A new tab, in front of the others. `script` runs in its pages before their own. */
  async tab(script = ""): Promise<PlainTab> {
    const answer = await fetch(`${this.#origin}/json/new?about:blank`, { method: "PUT" });
    const tab = await PlainTab.at(await answer.json());
    this.#tabs.push(tab);
    if (script !== "") {
      await tab.send("Page.enable");
      await tab.send("Page.addScriptToEvaluateOnNewDocument", { source: script });
    }
    return tab;
  }

  /** Brings it to the front; the one that was there is hidden. */
  async show({ id }: PlainTab): Promise<void> {
    await (await fetch(`${this.#origin}/json/activate/${id}`)).body?.cancel();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const tab of this.#tabs) tab.close();
    await this.#child.stop();
    await Deno.remove(this.#dir, { recursive: true });
  }
}

/** A tab, and its debugger. */
export class PlainTab {
  readonly id: string;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (answer: { result?: unknown; error?: { message: string } }) => void>();
  #last = 0;

  private constructor(id: string, socket: WebSocket) {
    [this.id, this.#socket] = [id, socket];
    socket.onmessage = ({ data }) => {
      const answer = JSON.parse(data);
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    };
  }

  static async at({ id, webSocketDebuggerUrl }: TargetFacts): Promise<PlainTab> {
    const socket = new WebSocket(webSocketDebuggerUrl);
    await new Promise((resolve, reject) => [socket.onopen, socket.onerror] = [resolve, reject]);
    return new PlainTab(id, socket);
  }

  /** Rejects with what the browser says is wrong. */
  async send(method: string, params: Readonly<Record<string, unknown>> = {}): Promise<Record<string, unknown>> {
    const id = ++this.#last;
    this.#socket.send(JSON.stringify({ id, method, params }));
    const answer = await new Promise<{ result?: unknown; error?: { message: string } }>((resolve) =>
      this.#waiting.set(id, resolve)
    );
    if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`);
    return answer.result as Record<string, unknown>;
  }

  /** The value of an expression in the page. */
  async look<T>(expression: string): Promise<T> {
    const answer = await this.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (answer.exceptionDetails !== undefined) throw new Error(JSON.stringify(answer.exceptionDetails));
    return (answer.result as { value: T }).value;
  }

  /** Waits until the expression gives something true, and gives that; fails where a page is on its way from one to the next for too long. */
  until<T>(expression: string, what: string, within_ms = 40_000): Promise<T> {
    return eventually<T>(() => this.look<T>(expression).catch(() => null), what, within_ms);
  }

  close(): void {
    this.#socket.close();
  }
}

/** Whether the page in a tab has a way to the service: an expression. */
export const ONLINE = `document.querySelector(".connection.online") !== null`;

/** Signs somebody in to the portal in a tab, and waits until the page is connected. */
export async function signInAt(tab: PlainTab, origin: string, name: string): Promise<void> {
  await tab.send("Page.navigate", { url: `${origin}/portal` });
  await tab.until(`document.querySelector("[name=password]") !== null`, "the sign-in");
  await tab.look(`(() => {
    const form = document.querySelector("form:has([name=password])");
    form.querySelector("[name=uri]").value = "${name}";
    form.querySelector("[name=password]").value = "${passwordOf(name)}";
    form.querySelector("button[type=submit], button:not([type])").click();
  })()`);
  await tab.until(ONLINE, "the page is online");
}
