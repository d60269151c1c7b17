import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { type PageContext, PageError, type Posted } from "../../web/ui/mod.ts";
import type { RestAsker, RestClient } from "./rest_client.ts";
import { t } from "./texts.ts";

const DAY_S = 86_400;

/** Who is signed in: the session's token and id, and whose it is. */
export interface SignedIn {
  readonly token: string;
  readonly session: string;
  readonly aor: string;
}

/** Why a sign-in came to nothing, for people. */
export interface SignInFault {
  readonly text: string;
  readonly status: 401 | 429 | 503;
}

/**
 * The session cookie of users. With the prefix no other host of the domain can set it (RFC 6265bis §4.1.3); another name than
 * the console's, so that one browser can be both.
 */
export function userCookie(secure: boolean): string {
  return secure ? "__Host-parley-user" : "parley-user";
}

/** What the session's cookie says; "" where there is none that could be a token. */
export function userToken(c: PageContext): string {
  const token = getCookie(c, userCookie(c.env.secure)) ?? "";
  return /^[\w-]{1,200}$/.test(token) ? token : "";
}

/** Users' sessions in this browser, the same for all pages of users: who signs in at one is signed in at the others. */
export class UserSessions {
  readonly #rest: RestClient;
  readonly #domain: string;
  readonly #stayDays: () => number;

  /** `domain`: of addresses that are typed without one. `stayDays`: how long who wants to stay signed in does, at most. */
  constructor(rest: RestClient, domain: string, stayDays: () => number) {
    this.#rest = rest;
    this.#domain = domain;
    this.#stayDays = stayDays;
  }

  /** For whom REST is asked. */
  asker(c: PageContext, token: string): RestAsker {
    return { raw: c.req.raw, connection: c.env, token };
  }

  /** Who is signed in; a sign of life. Throws PageError where that cannot be told. */
  async of(c: PageContext): Promise<SignedIn | null> {
    const token = userToken(c);
    if (token === "") return null;
    const answer = await this.#rest.call<{ principal: { kind: string; aor?: string; session?: string } }>(
      this.asker(c, token),
      "GET",
      "/sessions/current",
    );
    if (!answer.ok) return over(answer);
    const { kind, aor, session } = answer.body.principal;
    return kind === "user" ? { token, session: session!, aor: aor! } : null;
  }

  /** Signs in with the form's `uri`, `password` and `stay`; null where that went well. */
  async signIn(c: PageContext, posted: Posted): Promise<SignInFault | null> {
    const credentials = { uri: addressOf(posted.text("uri"), this.#domain), password: posted.raw("password") };
    const stay = posted.text("stay") !== "";
    const wrong: SignInFault = { text: t("sign_in_wrong"), status: 401 };
    if (posted.text("uri") === "" || credentials.password === "") return wrong;
    const answer = await this.#rest.call<{ token: string }>(this.asker(c, ""), "POST", "/sessions", {
      ...credentials,
      ...(stay ? { stay } : {}),
    });
    if (!answer.ok) {
      if (answer.status === 401 || answer.status === 422) return wrong;
      if (answer.status !== 429) return { text: answer.problem.detail ?? t("sign_in_failed"), status: 503 };
      c.header("Retry-After", String(answer.retryAfter_s));
      return { text: t("sign_in_throttled", { n: Math.max(1, answer.retryAfter_s) }), status: 429 };
    }
    // A session that somebody planted in this browser before ends here; the new one has a token nobody knows.
    await this.#end(c);
    const { secure } = c.env;
    setCookie(c, userCookie(secure), answer.body.token, {
      path: "/",
      httpOnly: true,
      sameSite: "Strict",
      secure,
      ...(stay ? { maxAge: this.#stayDays() * DAY_S } : {}),
    });
    return null;
  }

  /** Ends the session, and all that hangs on it. */
  async signOut(c: PageContext): Promise<void> {
    await this.#end(c);
    this.forget(c);
  }

  /** Takes the cookie away. */
  forget(c: PageContext): void {
    deleteCookie(c, userCookie(c.env.secure), { path: "/", secure: c.env.secure });
  }

  async #end(c: PageContext): Promise<void> {
    const token = userToken(c);
    if (token !== "") await this.#rest.call(this.asker(c, token), "DELETE", "/sessions/current");
  }
}

/** Null where REST says that the session, or the user, is gone. Throws PageError where it cannot tell. */
export function over({ status }: { readonly status: number }): null {
  if (status === 401 || status === 403 || status === 404) return null;
  throw new PageError(503, t("sign_in_failed"));
}

/** An address as people type it: `alice`, `alice@example.test`, `sip:alice@example.test`. */
function addressOf(typed: string, domain: string): string {
  const address = typed.includes("@") ? typed : `${typed.replace(/^sips?:/i, "")}@${domain}`;
  return /^sips?:/i.test(address) ? address : `sip:${address}`;
}
