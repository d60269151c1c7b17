import { Hono } from "hono";
import type { Clock, Log } from "../../foundation/mod.ts";
import type { Subscribers } from "../../storage/mod.ts";
import { type Connection, problem } from "../../web/mod.ts";
import {
  newForm,
  type PageContext,
  type PageEnv,
  PageError,
  pageSecurity,
  render,
  sameOrigin,
  useUi,
} from "../../web/ui/mod.ts";
import type { RestFetch } from "../provisioning/mod.ts";
import {
  pageErrorOf,
  PublicErrorPage,
  PublicThrottle,
  refused,
  RestClient,
  SignInPage,
  takeForm,
  UserSessions,
  userToken,
} from "../provisioning/shared_pages/mod.ts";
import type { IssuedKey, SessionKeys } from "../sip_core/mod.ts";
import { passToRest } from "./passage.ts";
import { PORTAL_BUILD, type PortalBuild, PortalFiles } from "./portal_files.ts";
import { AgainPage, ShellPage } from "./shell_page.tsx";
import { shellHeaders } from "./shell_policy.ts";
import { webManifest } from "./web_manifest.ts";

/** What the portal stands on. */
export interface PortalParts {
  /** REST in this process. */
  readonly api: RestFetch;
  /** Documents in the name of a user; `path` stands before the target of the request. */
  readonly xcap: (aor: string, path: string, request: Request, connection: Connection) => Promise<Response>;
  /** Whose session a token is; null: nobody's (any more), or no user's. Counts as a sign of life. */
  readonly userOf: (token: string) => string | null;
  readonly keys: Pick<SessionKeys, "issue">;
  readonly subscribers: Pick<Subscribers, "get">;
  /** Domains served here; the first one is offered. */
  readonly domains: readonly string[];
  readonly stayDays: () => number;
  readonly keyLife_ms: () => number;
  /** What users may send, in octets; `file_types`: media types or ranges. */
  readonly limits: () => { readonly message: number; readonly file: number; readonly file_types: readonly string[] };
  readonly clock: Clock;
  readonly log: Log;
  /** Tests take a page of their own. */
  readonly build?: PortalBuild;
}

/** The answer to `POST /portal/session`: who is signed in, and what the page reaches the service with. */
export interface PortalSession extends IssuedKey {
  readonly aor: string;
  readonly display_name: string;
  readonly domain: string;
  readonly websocket: string;
  readonly limits: { readonly message: number; readonly file: number; readonly file_types: readonly string[] };
}

/** Octets; the largest form is a sign-in. */
const MAX_FORM = 16_384;
/** Before REST's and the documents' own paths. */
const API = "/portal/api", XCAP = "/portal/xcap";

/** `/portal` and all below. */
export function createPortal(parts: PortalParts): Hono<PageEnv> {
  const { clock, log, build = PORTAL_BUILD } = parts;
  const [domain] = parts.domains;
  const sessions = new UserSessions(new RestClient(parts.api), domain, parts.stayDays);
  const throttle = new PublicThrottle(clock);
  const app = new Hono<PageEnv>();
  // Scripts fetch these: no page around an error, no language, no form's token.
  const machine = new Hono<PageEnv>();
  fileRoutes(machine, build);
  for (const path of ["/portal/session", `${API}/*`, `${XCAP}/*`]) machine.use(path, ownPagesOnly);
  sessionRoutes(machine, parts, sessions);
  passageRoutes(machine, parts);
  machine.onError((error) => {
    const { status } = pageErrorOf(error, log);
    if (status !== 503) {
      return problem(500, "Internal Server Error", "The box failed at this request; its log says more.");
    }
    return problem(503, "Service Unavailable", "Try again in a minute.", { "retry-after": "60" });
  });
  app.route("/", machine);

  app.use(
    "/portal/*",
    pageSecurity({
      clock,
      session: userToken,
      preferences: "/portal/preferences",
      limits: [{ path: /^/, octets: MAX_FORM }],
      errorPage,
    }),
  );

  const shell = (c: PageContext) => {
    for (const [name, value] of Object.entries(shellHeaders(useUi().nonce, hostOf(c.req.raw)))) c.header(name, value);
    return render(c, <ShellPage build={build} />);
  };

  app.get("/portal", async (c) => {
    if (await sessions.of(c) !== null) return shell(c);
    if (userToken(c) !== "") sessions.forget(c);
    else if (c.req.header("sec-fetch-site") === "cross-site" && !c.req.url.includes("?")) {
      return render(c, <AgainPage url="/portal?again" />);
    }
    return render(c, <SignInPage form={newForm()} domain={domain} at="/portal" />);
  });

  /** The page without anybody, for the service worker to keep: of the version that the worker is of, or not at all. */
  app.get("/portal/shell", (c) => {
    if (c.req.query("v") !== build.version) throw new PageError(404, "");
    return shell(c);
  });

  app.post("/portal/sign-in", async (c) => {
    const posted = takeForm(c, throttle);
    const fault = await sessions.signIn(c, posted);
    if (fault === null) return c.redirect("/portal", 303);
    return render(c, <SignInPage form={refused(posted, fault)} domain={domain} at="/portal" />, fault.status);
  });

  // The address of a form that was refused, loaded anew; and the page's own with a slash.
  app.get("/portal/sign-in", (c) => c.redirect("/portal", 303));
  app.get("/portal/", (c) => c.redirect("/portal", 301));
  app.notFound((c) => errorPage(c, new PageError(404, "")));
  app.onError((error, c) => errorPage(c, pageErrorOf(error, log)));
  return app;
}

/** What is the same for everybody: no session, no language, no page around an error. */
function fileRoutes(app: Hono<PageEnv>, build: PortalBuild): void {
  const files = new PortalFiles(build);
  const manifest = webManifest(build);
  const encodings = (c: PageContext) => c.req.header("accept-encoding") ?? "";
  app.get("/portal/assets/:name", (c) => {
    return files.answer(c.req.path, encodings(c)) ?? problem(404, "Not Found", "There is no such file (any more).");
  });
  app.get("/portal/sw.js", (c) => files.worker(encodings(c)));
  app.get("/portal/manifest.webmanifest", (c) =>
    c.body(manifest, 200, {
      "content-type": "application/manifest+json",
      "cache-control": "no-cache",
      "x-content-type-options": "nosniff",
    }));
}

/** `/portal/session`: who is signed in, with a key for this page; and signing out. */
function sessionRoutes(app: Hono<PageEnv>, parts: PortalParts, sessions: UserSessions): void {
  const { keys, subscribers, limits, keyLife_ms } = parts;

  app.post("/portal/session", async (c) => {
    const who = await sessions.of(c);
    const user = who === null ? undefined : subscribers.get(who.aor);
    if (who === null || user === undefined) {
      if (userToken(c) !== "") sessions.forget(c);
      const gone = over();
      for (const line of c.res.headers.getSetCookie()) gone.headers.append("set-cookie", line);
      return gone;
    }
    const answer: PortalSession = {
      aor: who.aor,
      display_name: user.displayName,
      domain: who.aor.slice(who.aor.lastIndexOf("@") + 1),
      ...keys.issue(who.aor, who.session, keyLife_ms()),
      websocket: "/ws",
      limits: limits(),
    };
    return c.json(answer, 200, { "cache-control": "no-store" });
  });

  app.delete("/portal/session", async (c) => {
    await sessions.signOut(c);
    return c.body(null, 204);
  });

  app.on(
    ["GET", "HEAD", "PUT", "PATCH"],
    "/portal/session",
    () => problem(405, "Method Not Allowed", "Allowed here: POST, DELETE.", { allow: "POST, DELETE" }),
  );
}

/** REST and documents in the name of who is signed in. REST and documents judge themselves what that user may. */
function passageRoutes(app: Hono<PageEnv>, { api, xcap, userOf }: PortalParts): void {
  app.all(`${API}/*`, async (c) => {
    const token = userToken(c);
    if (token === "" || userOf(token) === null) return over();
    const { pathname, search } = new URL(c.req.url);
    // Written with dots or escapes it would be another path there.
    if (!pathname.startsWith(`${API}/`)) return nothingThere();
    return await passToRest(api, c.req.raw, c.env, pathname.slice("/portal".length) + search, token);
  });
  app.all(`${XCAP}/*`, async (c) => {
    const aor = userToken(c) === "" ? null : userOf(userToken(c));
    if (!new URL(c.req.url).pathname.startsWith(`${XCAP}/`)) return nothingThere();
    return aor === null ? over() : await xcap(aor, XCAP, c.req.raw, c.env);
  });
}

/** The cookie comes with whatever page's request: only what a page of this origin asks for is done in its name. */
async function ownPagesOnly(c: PageContext, next: () => Promise<void>): Promise<Response | void> {
  const { method, headers } = c.req.raw;
  // A GET that the user asked for in the address bar tells nothing to others; one without any word of its origin may be anybody's.
  const typed = headers.get("sec-fetch-site") === "none" && method !== "GET" && method !== "HEAD";
  if (!typed && (sameOrigin(c.req.raw, false) || isReadFromOwnPage(c.req.raw))) return await next();
  return problem(403, "Forbidden", "The session counts only in requests of this site's own pages.");
}

/** Without TLS browsers say of a GET no more than the page that it comes from, and that to its own origin alone (web/ui/security). */
function isReadFromOwnPage({ method, headers, url }: Request): boolean {
  if (method !== "GET" && method !== "HEAD") return false;
  if (headers.has("sec-fetch-site") || headers.has("origin")) return false;
  return URL.parse(headers.get("referer") ?? "")?.host === new URL(url).host;
}

function nothingThere(): Response {
  return problem(404, "Not Found", "There is nothing at this address.");
}

function over(): Response {
  return problem(401, "Unauthorized", "The session is over: sign in again.", { "cache-control": "no-store" });
}

function hostOf(request: Request): string {
  return new URL(request.url).host;
}

/** What went wrong, as a page in the frame. */
function errorPage(c: PageContext, error: PageError): Response | Promise<Response> {
  if (error.status === 429) c.header("Retry-After", "60");
  return render(c, <PublicErrorPage error={error} back="/portal" />, error.status);
}
