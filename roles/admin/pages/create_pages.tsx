import { Hono } from "hono";
import type { Clock, Log } from "../../../foundation/mod.ts";
import { isLoopback } from "../../../transport/net/mod.ts";
import type { Connection } from "../../../web/mod.ts";
import {
  Alert,
  assetRoutes,
  ButtonLink,
  ErrorBody,
  errorTitle,
  Page,
  type PageContext,
  PageError,
  pageSecurity,
  render,
  useUi,
} from "../../../web/ui/mod.ts";
import { cameSecurely } from "../api/caller.ts";
import { FORM_LIMITS, PAGES } from "./all_pages.ts";
import { type ApiFetch, SessionEnded } from "./frame/api_client.ts";
import { type ConsoleApp, type ConsoleEnv, sessionToken, withApi } from "./frame/console.ts";
import { t } from "./texts/frame.ts";

export interface PagesOptions {
  /** REST: what `createApi` made. */
  readonly api: ApiFetch;
  readonly clock: Clock;
  readonly log: Log;
  /** Where the console is to be had over https, for who came by plain http: `https://im.example.test:8443`; null: nowhere. */
  readonly secureUrl: () => string | null;
}

/** The console's pages under /admin, and the files they need under /assets. Mount it with `web.route("/", pages)`. */
export function createPages({ api, clock, log, secureUrl }: PagesOptions): ConsoleApp {
  const app: ConsoleApp = new Hono<ConsoleEnv>();
  const errorPage = (c: PageContext, error: PageError) =>
    render(
      c,
      <Page title={errorTitle(error)} home="/admin" version="">
        <ErrorBody error={error} back="/admin" />
      </Page>,
      error.status,
    );

  app.route("/", assetRoutes());
  const secured = pageSecurity({
    clock,
    session: sessionToken,
    preferences: "/admin/preferences",
    limits: FORM_LIMITS,
    errorPage,
  });
  app.use("/admin/*", secured);
  app.use("/admin/*", async (c, next) => {
    if (mayCome(c.req.raw, c.env)) return await next();
    const url = secureUrl();
    return render(
      c,
      <Page title={t("plain.title")} home="/admin" version="">
        <Alert tone="warning">{t("plain.text")}</Alert>
        {url === null ? <p>{t("plain.no-door")}</p> : (
          <p>
            <ButtonLink kind="primary" icon="lock" href={`${url}/admin`}>{t("plain.link")}</ButtonLink>
          </p>
        )}
      </Page>,
      403,
    );
  });
  app.use("/admin/*", withApi(api));
  for (const add of PAGES) add(app, { clock });
  app.all("/admin/*", () => {
    throw new PageError(404, "");
  });
  app.onError((error, c) => {
    if (error instanceof SessionEnded) {
      // Along a link from another site the browser kept the session's cookie back (SameSite=Strict): from a page of ours it
      // sends it, if there is one.
      if (c.req.method === "GET" && c.req.header("sec-fetch-site") === "cross-site") {
        const { path } = useUi();
        c.header("refresh", `0; url=${path}`);
        return render(
          c,
          <Page title={t("arrive")} home="/admin" version="">
            <p>
              <ButtonLink kind="primary" href={path}>{t("arrive.go")}</ButtonLink>
            </p>
          </Page>,
        );
      }
      const to = c.req.method === "GET" ? useUi().path : "/admin";
      return c.redirect(to === "/admin" ? "/admin/log-in" : `/admin/log-in?to=${encodeURIComponent(to)}`, 303);
    }
    if (error instanceof PageError) return errorPage(c, error);
    log.error("a page failed", { path: c.req.path, error: error.message });
    return errorPage(c, new PageError(500, ""));
  });
  return app;
}

/** Over plain http only from this machine itself: what a proxy here forwards came from elsewhere. */
function mayCome(request: Request, connection: Connection): boolean {
  const { headers } = request;
  return cameSecurely(headers, connection) ||
    (isLoopback(connection.remote.host) && !headers.has("forwarded") && !headers.has("x-forwarded-for"));
}
