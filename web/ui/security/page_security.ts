import type { Context, MiddlewareHandler } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { type Clock, randomToken } from "../../../foundation/mod.ts";
import type { Connection } from "../../websocket.ts";
import { Format, zoneOf } from "../format.ts";
import { FormError, Posted, readForm } from "../forms/posted.ts";
import { DENSITIES, type Density, type Flash, type Theme, THEMES, type Ui, withUi } from "../request_ui.ts";
import { directionOf, isLocale, languageOf } from "../texts/locale.ts";
import { CSRF_FIELD, csrfMatches, csrfToken, sameOrigin } from "./csrf.ts";
import { newNonce, secureHeaders } from "./headers.ts";

/** Environment of all pages. */
export interface PageEnv {
  Bindings: Connection;
  Variables: {
    /** The form of an unsafe request: read, and its token checked. Empty where the route takes a stream. */
    posted: Posted;
  };
}
/** Of any page, whatever more its room keeps in the context. */
// deno-lint-ignore no-explicit-any
export type PageContext = Context<{ Bindings: Connection; Variables: any }>;

/** What a page cannot do; answered by a page in the frame. `detail` is for people. */
export class PageError extends Error {
  readonly status: 400 | 403 | 404 | 409 | 411 | 413 | 415 | 429 | 500 | 503;
  constructor(status: PageError["status"], detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.name = "PageError";
    this.status = status;
  }
}

/** Which forms may be larger than others. */
export interface FormLimit {
  /** Of the whole path. */
  readonly path: RegExp;
  readonly octets: number;
  /** The handler reads the body itself (see forms/multipart_stream.ts); the form's token is in the query: `<Form streamed>`. */
  readonly streamed?: true;
}

export interface PageSecurityOptions {
  readonly clock: Clock;
  /** Value of the session's cookie; "" before log-in. */
  readonly session: (c: PageContext) => string;
  /** `/admin/preferences`: answered here. */
  readonly preferences: string;
  readonly limits?: readonly FormLimit[];
  /** The page for a request that is refused here. The application's `onError` should make the same of what its pages throw. */
  readonly errorPage: (c: PageContext, error: PageError) => Response | Promise<Response>;
}

export const USUAL_FORM_OCTETS = 256 * 1024;
const YEAR_S = 31_536_000;
/** Where a page has its own word. */
const OWN_WORD: ReadonlySet<string> = new Set(["cache-control", "content-security-policy", "permissions-policy"]);
const UNSAFE = new Set(["POST", "PUT", "PATCH", "DELETE"]);
const THEME_COOKIE = "parley_theme", LOCALE_COOKIE = "parley_locale", FLASH_COOKIE = "parley_flash";
const DENSITY_COOKIE = "parley_density";

/**
 * What holds for every page, so that no page can forget it: headers and a fresh nonce, language and theme, and for each unsafe
 * request that it comes from a page of ours with this session's token, its body read within its limit.
 */
// deno-lint-ignore no-explicit-any
export function pageSecurity(options: PageSecurityOptions): MiddlewareHandler<any> {
  return async (c, next) => {
    const nonce = newNonce();
    const session = options.session(c);
    const binding = session === "" ? formCookie(c) ?? freshFormCookie(c) : session;
    const ui = uiOf(c, options, nonce, csrfToken(binding));
    await withUi(ui, async () => {
      if (!UNSAFE.has(c.req.method)) return await next();
      try {
        // A page that was reached from another site was made without the session's cookie (SameSite=Strict), and its form comes
        // with it: then the token of the form cookie holds.
        const bindings = [binding, formCookie(c) ?? ""];
        c.set("posted", await admitted(c, bindings, options.limits ?? []));
      } catch (error) {
        if (!(error instanceof PageError)) throw error;
        c.res = await options.errorPage(c, error);
        return;
      }
      if (c.req.path === options.preferences) c.res = keepPreferences(c, c.get("posted"));
      else await next();
    });
    for (const [name, value] of Object.entries(secureHeaders(nonce))) {
      if (!OWN_WORD.has(name) || !c.res.headers.has(name)) c.header(name, value);
    }
    if (ui.flash !== null && c.res.status === 200) deleteCookie(c, FLASH_COOKIE, { path: "/" });
  };
}

/** What the next page says, once. */
export function setFlash(c: PageContext, tone: Flash["tone"], text: string): void {
  const value = btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify([tone, text.slice(0, 500)]))));
  setCookie(c, FLASH_COOKIE, value, { path: "/", httpOnly: true, sameSite: "Lax", maxAge: 60, secure: c.env.secure });
}

/** A path of this origin, else `fallback`: never a way to another host. */
export function ownPath(text: string | undefined, fallback: string): string {
  return text !== undefined && text.length <= 1000 && /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(text) ? text : fallback;
}

/** With the prefix no other host of the domain can have set it (RFC 6265bis §4.1.3). */
function formCookieName(secure: boolean): string {
  return secure ? "__Host-parley_form" : "parley_form";
}

/** Before log-in, forms hang on a cookie that only they have. */
function formCookie(c: PageContext): string | null {
  const known = getCookie(c, formCookieName(c.env.secure));
  return known !== undefined && /^[\w-]{32}$/.test(known) ? known : null;
}

function freshFormCookie(c: PageContext): string {
  const { secure } = c.env;
  const fresh = randomToken(32);
  setCookie(c, formCookieName(secure), fresh, { path: "/", httpOnly: true, sameSite: "Lax", secure });
  return fresh;
}

function uiOf(c: PageContext, { clock, preferences }: PageSecurityOptions, nonce: string, csrf: string): Ui {
  const { locale, intl } = languageOf(getCookie(c, LOCALE_COOKIE), c.req.header("accept-language"));
  const theme = getCookie(c, THEME_COOKIE) as Theme;
  const { pathname, search } = new URL(c.req.url);
  return {
    locale,
    dir: directionOf(locale),
    theme: THEMES.includes(theme) ? theme : "auto",
    density: getCookie(c, DENSITY_COOKIE) === "compact" ? "compact" : "roomy",
    format: Format.of(intl, zoneOf(getCookie(c, "parley_zone"))),
    nonce,
    csrf,
    path: pathname + search,
    answersForm: UNSAFE.has(c.req.method),
    preferences,
    flash: flashOf(getCookie(c, FLASH_COOKIE)),
    now: clock.now(),
  };
}

function flashOf(cookie: string | undefined): Flash | null {
  if (cookie === undefined) return null;
  try {
    const [tone, text] = JSON.parse(
      new TextDecoder().decode(Uint8Array.from(atob(cookie), (one) => one.charCodeAt(0))),
    );
    const known = ["ok", "info", "warning", "critical"].includes(tone) && typeof text === "string";
    return known ? { tone, text: text.slice(0, 500) } : null;
  } catch {
    // A cookie that is not ours says nothing.
    return null;
  }
}

/** The form of an unsafe request. Throws PageError where it is refused. */
async function admitted(c: PageContext, bindings: readonly string[], limits: readonly FormLimit[]): Promise<Posted> {
  const matches = (token: string) => bindings.some((binding) => csrfMatches(token, binding));
  if (!sameOrigin(c.req.raw, c.env.secure)) throw new PageError(403, "cross-site");
  const limit = limits.find(({ path }) => path.test(c.req.path));
  if (limit?.streamed) {
    if (!matches(c.req.query(CSRF_FIELD) ?? "")) throw new PageError(403, "form-expired");
    return Posted.empty;
  }
  let posted: Posted;
  try {
    posted = await readForm(c.req.raw, limit?.octets ?? USUAL_FORM_OCTETS);
  } catch (error) {
    if (error instanceof FormError) throw new PageError(error.status, error.message, { cause: error });
    throw error;
  }
  if (!matches(posted.raw(CSRF_FIELD))) throw new PageError(403, "form-expired");
  return posted;
}

function keepPreferences(c: PageContext, posted: Posted): Response {
  const lasting = { path: "/", sameSite: "Lax", maxAge: YEAR_S, secure: c.env.secure, httpOnly: true } as const;
  const theme = posted.text("theme"), locale = posted.text("locale"), density = posted.text("density");
  if (THEMES.includes(theme as Theme)) setCookie(c, THEME_COOKIE, theme, lasting);
  if (DENSITIES.includes(density as Density)) setCookie(c, DENSITY_COOKIE, density, lasting);
  if (isLocale(locale)) setCookie(c, LOCALE_COOKIE, locale, lasting);
  return c.redirect(ownPath(posted.text("back"), "/"), 303);
}
