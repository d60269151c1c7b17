import { failedForm, type FormState, newForm, PageError, setFlash, wrongField } from "../../../../web/ui/mod.ts";
import type { AdminView, SessionView } from "../../services/mod.ts";
import { needed, segment } from "../frame/api_client.ts";
import { type ConsoleApp, type ConsoleContext, needs } from "../frame/console.ts";
import { consolePage } from "../frame/page_frame.tsx";
import { Account } from "./account.tsx";
import { RecoveryCodes } from "./recovery_codes.tsx";
import { SecondFactorSetUp } from "./second_factor_set_up.tsx";
import { t } from "./texts.ts";

const HERE = "/admin/me";

/** What every admin has for themselves: password, second factor, sessions, language and look. */
export function mePages(app: ConsoleApp): void {
  app.get(HERE, needs("admin"), (c) => page(c));
  app.post(HERE, needs("admin"), async (c) => {
    switch (c.get("posted").text("do")) {
      case "password":
        return await changePassword(c);
      case "totp-begin":
        return await beginTotp(c);
      case "totp-confirm":
        return await confirmTotp(c);
      case "totp-take":
        return await takeTotp(c);
      case "session":
        return await endSessions(c, ({ id }) => id === c.get("posted").text("id"));
      case "sessions":
        return await endSessions(c, ({ current }) => !current);
      default:
        throw new PageError(400, `"${c.get("posted").text("do").slice(0, 40)}"`);
    }
  });
}

async function page(c: ConsoleContext, password: FormState = newForm(), status = 200): Promise<Response> {
  const { api, viewer } = c.get("console");
  const [me, sessions] = await Promise.all([api.need<AdminView>("/me"), mine(c)]);
  return await consolePage(
    c,
    { title: t("title"), lead: t("lead", { name: viewer.name }), here: HERE, status },
    <Account me={me} sessions={sessions} password={password} />,
  );
}

async function mine(c: ConsoleContext): Promise<SessionView[]> {
  const { api, viewer } = c.get("console");
  const { sessions } = await api.need<{ sessions: SessionView[] }>(`/sessions?who=${segment(viewer.name)}`);
  return sessions.filter(({ kind }) => kind === "admin");
}

async function changePassword(c: ConsoleContext): Promise<Response> {
  const posted = c.get("posted");
  const next = posted.raw("new");
  if (next !== posted.raw("again")) {
    return await page(c, wrongField(posted, "again", t("password.again.wrong")), 422);
  }
  const answer = await c.get("console").api.put("/me/password", { old: posted.raw("old"), new: next });
  if (!answer.ok) return await page(c, failedForm(posted, answer.problem), answer.status);
  setFlash(c, "ok", t("password.done"));
  return c.redirect(HERE, 303);
}

/** The secret is shown on the answer itself and travels back with the code, so that a mistyped code shows it again. */
async function beginTotp(c: ConsoleContext): Promise<Response> {
  const { secret, uri } = needed(await c.get("console").api.post<{ secret: string; uri: string }>("/me/totp"));
  return await setUpPage(c, newForm({ secret, uri }));
}

async function confirmTotp(c: ConsoleContext): Promise<Response> {
  const { api, viewer } = c.get("console");
  const posted = c.get("posted");
  const answer = await api.put<{ recovery_codes: string[] }>("/me/totp", { code: posted.text("code") });
  if (!answer.ok) {
    // Whatever came back as an address is drawn only where it is one of an authenticator.
    const { uri } = posted.values();
    if (answer.problem.kind === "conflict" || !uri?.startsWith("otpauth://totp/")) {
      setFlash(c, "warning", answer.problem.detail);
      return c.redirect(HERE, 303);
    }
    return await setUpPage(c, failedForm(posted, answer.problem), answer.status);
  }
  return await consolePage(
    c,
    { title: t("codes"), here: HERE, crumb: { href: HERE, label: t("title") } },
    <RecoveryCodes name={viewer.name} codes={answer.data.recovery_codes} />,
  );
}

async function takeTotp(c: ConsoleContext): Promise<Response> {
  const answer = await c.get("console").api.delete("/me/totp");
  // It may be a duty to have one.
  if (answer.ok) setFlash(c, "ok", t("totp.taken"));
  else setFlash(c, "warning", answer.problem.detail);
  return c.redirect(HERE, 303);
}

function setUpPage(c: ConsoleContext, form: FormState, status = 200): Promise<Response> {
  return consolePage(
    c,
    { title: t("totp"), here: HERE, crumb: { href: HERE, label: t("title") }, status },
    <SecondFactorSetUp form={form} />,
  );
}

async function endSessions(c: ConsoleContext, which: (session: SessionView) => boolean): Promise<Response> {
  const { api } = c.get("console");
  let ended = 0;
  for (const session of (await mine(c)).filter(which)) {
    if ((await api.delete(`/sessions/${segment(session.id)}`)).ok) ended++;
  }
  setFlash(c, "ok", t("sessions.done", { n: ended }));
  return c.redirect(HERE, 303);
}
