import { type ReadonlySignal, signal } from "@preact/signals-core";
import type { Timed, Timer } from "../../../foundation/mod.ts";
import type { Account, ImClient, ImUser } from "../../../client/mod.ts";
import type { LinkState, Me, PortalLimits } from "../../model/mod.ts";
import type { Link, SessionAnswer } from "../doors.ts";
import { BackOff } from "./back_off.ts";
import type { ImStack } from "./im_stack.ts";
import { LateClient } from "./late_client.ts";
import { askedSession, type PortalLinkParts, problemOf, shownName } from "./portal_link_parts.ts";
import { SessionKeeper } from "./session_keeper.ts";
import { SignsOfLife } from "./signs_of_life.ts";
import { UserFan } from "./user_fan.ts";

/** Until a WebSocket is open, and until it is registered: a network that loses everything says nothing. */
const DIAL_MS = 10_000, REGISTER_MS = 15_000;
/** A dial that old when the page is looked at again is begun anew. */
const OLD_DIAL_MS = 3_000;
/** What was online for so long has been well: the next tries begin fast again. */
const STABLE_MS = 30_000;
/** Tries where the machine says it has no network (it may be wrong), and where the service has refused us. */
const OFFLINE_MS = 60_000, REFUSED_MS = 300_000;
const SESSION_AGAIN_MS = 30_000;
const GOODBYE_MS = 3_000;

/** `loading`: fetches the script of the client; `session`: asks for credentials; `over`: signed out. */
type Phase =
  | "new"
  | "loading"
  | "session"
  | "dialling"
  | "registering"
  | "online"
  | "waiting"
  | "offline"
  | "refused"
  | "over";
const SHOWN: Readonly<Record<Phase, LinkState>> = {
  new: "connecting",
  loading: "connecting",
  session: "connecting",
  dialling: "connecting",
  registering: "connecting",
  online: "online",
  waiting: "waiting",
  offline: "offline",
  refused: "refused",
  over: "signed-out",
};

const STEP = 0, SESSION = 1;

/** The way to the service: one WebSocket at a time, registered, made again whenever it is lost (RFC 5626 §4.5, RFC 7118). */
export class PortalLink implements Link, Timed {
  readonly me: Me;
  readonly #state = signal<LinkState>("connecting");
  readonly #retryAt = signal(0);
  readonly #reason = signal("");
  readonly #wakings = signal(0);
  readonly #limits = signal<PortalLimits>({ message: 0, file: 0, fileTypes: [] });
  readonly #parts: PortalLinkParts;
  readonly #fan: UserFan;
  readonly #account: Account;
  readonly #late: LateClient;
  readonly #keeper: SessionKeeper;
  readonly #backOff: BackOff;
  readonly #life: SignsOfLife;
  readonly #url: string;
  /** Null until its script is there. */
  #stack: ImStack | null = null;
  #phase: Phase = "new";
  #phaseAt = 0;
  /** Of the step under way: what was begun before the last change is of no interest. */
  #turn = 0;
  #step: Timer | null = null;
  #renewal: Timer | null = null;
  /** The socket that is being made. */
  #dialled: WebSocket | null = null;
  /** The credentials were asked for after the last refusal. */
  #fresh = false;

  constructor(parts: PortalLinkParts) {
    this.#parts = parts;
    const { session, baseUrl, clock, timers, log, surroundings, instance } = parts;
    const { aor, display_name: displayName } = session;
    this.#account = { aor, displayName, username: "", password: "", instance };
    this.#late = new LateClient(this.#account);
    this.me = { uri: session.aor, name: shownName(session), domain: session.domain };
    this.#url = baseUrl.replace(/^http/, "ws") + session.websocket;
    this.#fan = new UserFan(log);
    // Before all others: they find the state that belongs to what they hear.
    this.#fan.listen({
      onRegistered: () => this.#registered(),
      onUnregistered: (status, why) => this.#unregistered(status, why),
    });
    this.#keeper = new SessionKeeper(clock, session);
    this.#backOff = new BackOff(parts.random ?? Math.random);
    this.#life = new SignsOfLife(timers, {
      ping: () => this.#stack?.ping(),
      dead: () => this.#stack?.drop("no sign of life"),
    });
    this.#took(session);
    surroundings.listen((change) => change === "woken" ? this.#woken() : this.#cut());
  }

  get instance(): string {
    return this.#parts.instance;
  }
  get client(): ImClient {
    return this.#stack?.client ?? this.#late.client;
  }
  get state(): ReadonlySignal<LinkState> {
    return this.#state;
  }
  get retryAt(): ReadonlySignal<number> {
    return this.#retryAt;
  }
  get reason(): ReadonlySignal<string> {
    return this.#reason;
  }
  get woken(): ReadonlySignal<number> {
    return this.#wakings;
  }
  get limits(): ReadonlySignal<PortalLimits> {
    return this.#limits;
  }

  /** Begins; to be called once everybody listens. */
  start(): void {
    if (this.#phase === "new") this.#connect();
  }

  retry(): void {
    if (["waiting", "offline", "refused"].includes(this.#phase)) this.#connect(true);
  }

  listen(user: ImUser): () => void {
    return this.#fan.listen(user);
  }

  async signOut(): Promise<void> {
    if (this.#phase === "over") return;
    await this.#leave();
    await this.#parts.closeSession().catch((error) => {
      this.#parts.log.warn("the session could not be ended", { error: String(error) });
    });
  }

  /** Leaves the service; the session stays. */
  async close(): Promise<void> {
    if (this.#phase !== "over") await this.#leave();
  }

  /** The service says that the session is over. */
  signedOut(): void {
    if (this.#phase === "over") return;
    this.#enter("over");
    this.#renewal?.stop();
    this.#dialled?.close();
    this.#dialled = null;
    this.#stack?.close("signed out");
  }

  onTimer(kind: number): void {
    if (kind === SESSION) return this.#renewSession();
    switch (this.#phase) {
      case "dialling":
        return this.#failed();
      case "registering":
        // Its end is told, and counts as a failure.
        return this.#stack?.drop("no answer in time");
      default:
        return this.#connect(true);
    }
  }

  /** `anyway`: also where the machine says that it has no network. */
  #connect(anyway = false): void {
    if (!anyway && !this.#parts.surroundings.online) return this.#failed();
    if (this.#stack === null) return this.#load();
    if (this.#fresh || this.#keeper.dueIn > 0) return this.#dial();
    this.#askSession();
  }

  #load(): void {
    this.#enter("loading");
    const turn = this.#turn;
    (this.#parts.loadStack ?? loadStack)().then((Stack) => {
      if (this.#phase === "over" || this.#stack !== null) return;
      const { makeSocket, clock, timers, log } = this.#parts;
      const { session } = this.#keeper;
      const { user } = this.#fan;
      const account = this.#account;
      this.#stack = new Stack({ session, account, url: this.#url, makeSocket, clock, timers, log, user });
      this.#late.arrive(this.#stack.client);
      if (turn === this.#turn) this.#connect(true);
    }, (error) => {
      this.#parts.log.warn("the client could not be loaded", { error: String(error) });
      if (turn === this.#turn) this.#failed();
    });
  }

  #dial(): void {
    if (this.#stack?.flow != null) return this.#register();
    this.#enter("dialling", DIAL_MS);
    let socket: WebSocket;
    try {
      socket = this.#parts.makeSocket(this.#url, "sip");
    } catch (error) {
      this.#parts.log.warn("no WebSocket can be made", { error: String(error) });
      return this.#failed();
    }
    this.#dialled = socket;
    const turn = this.#turn;
    const gone = () => {
      if (turn === this.#turn && this.#phase === "dialling") this.#failed();
    };
    socket.addEventListener("close", gone);
    socket.addEventListener("error", gone);
    socket.addEventListener("open", () => {
      if (turn !== this.#turn) return;
      this.#dialled = null;
      this.#opened(socket);
    });
  }

  #opened(socket: WebSocket): void {
    socket.addEventListener("message", () => this.#life.heard());
    const flow = this.#stack?.use(socket);
    this.#register();
    flow?.watch({ onFlowClosed: () => this.#lost() });
  }

  #register(): void {
    this.#enter("registering", REGISTER_MS);
    this.client.renew();
  }

  #registered(): void {
    if (this.#phase === "over") return;
    this.#fresh = false;
    this.#enter("online");
    this.#life.begin();
  }

  #unregistered(status: number, why: string): void {
    if (this.#phase !== "registering" && this.#phase !== "online") return;
    if (status === 0) {
      // Where the connection is gone its end is told by itself.
      if (this.#stack?.flow != null) this.#stack.drop("no answer");
      return;
    }
    if (status !== 401 && status !== 403 && status !== 407) return this.#failed(why);
    if (this.#fresh) return this.#refused(why);
    this.#askSession();
  }

  /** The connection has ended, whoever ended it. */
  #lost(): void {
    if (this.#phase !== "registering" && this.#phase !== "online") return;
    const { clock } = this.#parts;
    const wasWell = this.#phase === "online" && clock.monotonic() - this.#phaseAt >= STABLE_MS;
    if (wasWell) this.#backOff.reset();
    // It was found dead when somebody came back to the page: they need not wait.
    if (wasWell && this.#life.asked) return this.#connect();
    this.#failed();
  }

  /** `why`: in words of the service. `least`: ms to wait at least. */
  #failed(why = "", least = 0): void {
    const { surroundings, clock } = this.#parts;
    if (!surroundings.online) return this.#enter("offline", OFFLINE_MS);
    const delay = Math.max(this.#backOff.next(), least);
    this.#enter("waiting", delay, why);
    this.#retryAt.value = clock.now() + delay;
  }

  #refused(why: string): void {
    this.#fresh = false;
    this.#enter("refused", REFUSED_MS, why);
  }

  /** Asks for new credentials, then goes on. */
  #askSession(): void {
    this.#enter("session");
    const turn = this.#turn;
    askedSession(() => this.#parts.openSession()).then((session) => {
      this.#took(session);
      if (turn !== this.#turn) return;
      this.#fresh = true;
      this.#dial();
    }, (error) => {
      if (turn !== this.#turn) return;
      const { status, text, retryAfter } = problemOf(error);
      if (status === 401) this.signedOut();
      else if (status === 403) this.#refused(text);
      else this.#failed(text, retryAfter * 1000);
    });
  }

  /** In time, while all goes on. */
  #renewSession(): void {
    if (this.#phase === "over" || this.#phase === "session") return;
    askedSession(() => this.#parts.openSession()).then((session) => this.#took(session), (error) => {
      if (problemOf(error).status === 401) return this.signedOut();
      this.#renewal?.stop();
      this.#renewal = this.#parts.timers.start(SESSION_AGAIN_MS, this, SESSION);
    });
  }

  #took(session: SessionAnswer): void {
    if (this.#phase === "over") return;
    this.#keeper.take(session);
    this.#stack?.renewCredentials(session);
    const { message, file, file_types } = session.limits;
    // The service's word for any type; the page's is that nothing is said of types.
    this.#limits.value = { message, file, fileTypes: file_types.includes("*/*") ? [] : file_types };
    this.#renewal?.stop();
    // Without credentials they are asked for before anything else.
    if (this.#keeper.dueIn > 0) this.#renewal = this.#parts.timers.start(this.#keeper.dueIn, this, SESSION);
  }

  #woken(): void {
    this.#wakings.value++;
    const age = this.#parts.clock.monotonic() - this.#phaseAt;
    if (this.#phase === "online") {
      if (this.#keeper.dueIn === 0) this.#renewSession();
      this.#life.askNow();
    } else if (this.#phase === "waiting" || this.#phase === "offline") this.#connect();
    else if (this.#phase === "dialling" && age > OLD_DIAL_MS) this.#connect();
  }

  #cut(): void {
    // A service on this very machine is there all the same.
    if (this.#phase === "online") this.#life.askNow();
    else if (this.#phase === "waiting") this.#failed();
  }

  /** Every change of the phase. `after`: ms until the step timer; 0: none. */
  #enter(phase: Phase, after = 0, reason = ""): void {
    const { clock, timers } = this.#parts;
    this.#turn++;
    this.#step?.stop();
    this.#life.end();
    if (this.#dialled !== null) {
      // Never two: one that is still being made is not waited for.
      this.#dialled.close();
      this.#dialled = null;
    }
    this.#phase = phase;
    this.#phaseAt = clock.monotonic();
    this.#step = after > 0 ? timers.start(after, this, STEP) : null;
    this.#retryAt.value = 0;
    this.#reason.value = reason;
    this.#state.value = SHOWN[phase];
  }

  async #leave(): Promise<void> {
    const client = this.#stack?.client;
    if (client !== undefined) await new Promise<void>((resolve) => client.stop(GOODBYE_MS, resolve));
    this.signedOut();
  }
}

async function loadStack(): Promise<typeof ImStack> {
  return (await import("./im_stack.ts")).ImStack;
}
