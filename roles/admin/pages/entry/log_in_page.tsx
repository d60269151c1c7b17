import {
  Alert,
  Button,
  Field,
  Form,
  type FormState,
  newForm,
  ownPath,
  Page,
  PasswordField,
  render,
  setFlash,
  useUi,
} from "../../../../web/ui/mod.ts";
import type { Clock } from "../../../../foundation/mod.ts";
import { cameSecurely } from "../../api/caller.ts";
import { clearSessionCookie, setSessionCookie } from "../../api/session_cookie.ts";
import type { SetUpState } from "../../services/mod.ts";
import type { Answer } from "../frame/api_client.ts";
import { type ConsoleApp, type ConsoleContext, sessionToken } from "../frame/console.ts";
import { t } from "../texts/entry.ts";
import { HalfOpenLogIns } from "./half_open.ts";

const PATH = "/admin/log-in";

/** Log-in in one step or two, and log-out. */
export function entryPages(app: ConsoleApp, { clock }: { readonly clock: Clock }): void {
  const halfOpen = new HalfOpenLogIns(clock);

  app.get(PATH, async (c) => await logInPage(c, { to: c.req.query("to"), form: newForm() }));

  app.post(PATH, async (c) => {
    const posted = c.get("posted");
    const to = posted.text("to");
    const ticket = posted.text("ticket");
    if (ticket !== "") return await secondStep(c, halfOpen, ticket, to);
    const name = posted.text("name"), password = posted.raw("password");
    const answer = await logIn(c, name, password, "");
    if (answer.ok) return enter(c, answer.data.token, to);
    if (answer.problem.kind === "totp-required") {
      return await codePage(c, halfOpen.begin(name, password, useUi().csrf), to, newForm());
    }
    const form = { values: { name: posted.text("name") }, errors: {}, alert: refusal(answer) };
    return await logInPage(c, { to, form, status: answer.status === 429 ? 429 : 401, wait: waitOf(answer) });
  });

  app.post("/admin/log-out", async (c) => {
    // Also where the session is over already: what counts is that the cookie goes.
    if (sessionToken(c) !== "") {
      await c.get("api").raw("DELETE", "/sessions/current");
    }
    c.header("set-cookie", clearSessionCookie(cameSecurely(c.req.raw.headers, c.env)), { append: true });
    setFlash(c, "ok", t("out"));
    return c.redirect(PATH, 303);
  });
}

type LoggedIn = Answer<{ token: string }>;

function logIn(c: ConsoleContext, name: string, password: string, code: string): Promise<LoggedIn> {
  return c.get("api").post("/sessions", { name, password, ...(code === "" ? {} : { code }) });
}

async function secondStep(c: ConsoleContext, halfOpen: HalfOpenLogIns, ticket: string, to: string): Promise<Response> {
  const found = halfOpen.take(ticket, useUi().csrf);
  if (found === null) {
    return await logInPage(c, { to, form: { ...newForm(), alert: t("code.late") }, status: 401 });
  }
  const code = c.get("posted").text("code");
  const answer = await logIn(c, found.name, found.password, code.replace(/\s/g, "") || "-");
  if (answer.ok) {
    halfOpen.end(ticket);
    return enter(c, answer.data.token, to);
  }
  if (answer.status === 429) {
    const form = { values: {}, errors: {}, alert: refusal(answer) };
    return await codePage(c, ticket, to, form, 429, waitOf(answer));
  }
  return await codePage(c, ticket, to, { values: {}, errors: { code: t("code.wrong") }, alert: "" }, 401);
}

/** A new session, whatever cookie there was: one that somebody else had set counts for nothing. */
function enter(c: ConsoleContext, token: string, to: string): Response {
  c.header("set-cookie", setSessionCookie(token, cameSecurely(c.req.raw.headers, c.env)), { append: true });
  const target = ownPath(to, "/admin");
  return c.redirect(target.startsWith("/admin") && !target.startsWith(PATH) ? target : "/admin", 303);
}

function refusal(answer: LoggedIn): string {
  const wait = waitOf(answer);
  return wait === 0 ? t("wrong") : t("throttled", { wait: useUi().format.duration(wait * 1000) });
}

/** Seconds. */
function waitOf(answer: LoggedIn): number {
  return answer.status === 429 ? Number(answer.headers.get("retry-after") ?? 60) : 0;
}

async function logInPage(
  c: ConsoleContext,
  { to = "", form, status = 200, wait = 0 }: { to?: string; form: FormState; status?: number; wait?: number },
): Promise<Response> {
  const setUp = await c.get("api").need<SetUpState>("/set-up");
  if (wait > 0) c.header("retry-after", String(wait));
  return await render(
    c,
    <Page title={t("title")} home="/admin" version="">
      {setUp.open ? <Alert tone="info">{t("no-admin")}</Alert> : (
        <section class="card">
          {to !== "" && form.alert === "" && <p class="soft">{t("ended")}</p>}
          <Form action={PATH} state={form} label={t("title")}>
            <input type="hidden" name="to" value={to} />
            <Field
              form={form}
              name="name"
              label={t("name")}
              autocomplete="username"
              required
              maxlength={64}
              mono
              autofocus
            />
            <PasswordField
              form={form}
              name="password"
              label={t("password")}
              autocomplete="current-password"
              required
              maxlength={1024}
            />
            <Button kind="primary" wide>{t("submit")}</Button>
          </Form>
        </section>
      )}
      <p class="soft small">
        {t("users")} <a href="/account">{t("users.link")}</a>
      </p>
    </Page>,
    status,
  );
}

async function codePage(
  c: ConsoleContext,
  ticket: string,
  to: string,
  form: FormState,
  status = 200,
  wait = 0,
): Promise<Response> {
  if (wait > 0) c.header("retry-after", String(wait));
  return await render(
    c,
    <Page title={t("code.title")} lead={t("code.lead")} home="/admin" version="">
      <section class="card">
        <Form action={PATH} state={form} label={t("code.title")}>
          <input type="hidden" name="to" value={to} />
          <input type="hidden" name="ticket" value={ticket} />
          <Field
            form={form}
            name="code"
            label={t("code")}
            autocomplete="one-time-code"
            required
            maxlength={64}
            mono
            autofocus
          />
          <Button kind="primary" wide>{t("code.submit")}</Button>
        </Form>
        <a href={PATH}>{t("again")}</a>
      </section>
    </Page>,
    status,
  );
}
