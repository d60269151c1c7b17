import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import {
  ButtonLink,
  Card,
  failedForm,
  Field,
  FileField,
  Form,
  FormEnd,
  type FormState,
  LOCALE_NAMES,
  LOCALES,
  newForm,
  PasswordField,
  useUi,
} from "../../../../web/ui/mod.ts";
import { cameSecurely } from "../../api/caller.ts";
import { setSessionCookie } from "../../api/session_cookie.ts";
import { KeyField, refusedUpload, RestoredWords } from "../backups/restore_page.tsx";
import { keyHeader, restoreUpload, uploadForm } from "../backups/restore_upload.ts";
import { t as b } from "../backups/texts.ts";
import type { ConsoleContext } from "../frame/console.ts";
import { openPage } from "./set_up_page.tsx";
import { SET_UP, stepPath } from "./steps.tsx";
import { t } from "./texts.ts";

const RESTORE = `${SET_UP}/restore`;
const CODE_COOKIE = "parley_set_up";
/** Seconds in which the first owner has to be made. */
const CODE_LIFE_S = 1800;
const RESTART_S = 8;

/** The code of the link that was opened; "" for none. */
export function codeOf(c: ConsoleContext): string {
  return getCookie(c, CODE_COOKIE) ?? "";
}

/** Takes the code out of the address, where it would be seen and remembered. */
export function keepCode(c: ConsoleContext, code: string): Response {
  setCookie(c, CODE_COOKIE, code.slice(0, 200), {
    path: SET_UP,
    httpOnly: true,
    sameSite: "Lax",
    secure: c.env.secure,
    maxAge: CODE_LIFE_S,
  });
  return c.redirect(SET_UP, 303);
}

export async function noCodePage(c: ConsoleContext): Promise<Response> {
  return await openPage(c, { step: "start", title: t("no-code"), lead: t("no-code.text"), status: 403 }, null);
}

export async function startPage(c: ConsoleContext): Promise<Response> {
  return await openPage(
    c,
    { step: "start", title: t("start"), lead: t("start.lead") },
    <>
      <Languages />
      <div class="options">
        <Card title={t("start.new")} id="new">
          <p>{t("start.new.text")}</p>
          <p>
            <ButtonLink href={stepPath("owner")} kind="primary" icon="next">{t("start.new.do")}</ButtonLink>
          </p>
        </Card>
        <Card title={t("start.restore")} id="restore">
          <p>{t("start.restore.text")}</p>
          <p>
            <ButtonLink href={RESTORE} icon="upload">{t("start.restore.do")}</ButtonLink>
          </p>
        </Card>
      </div>
    </>,
  );
}

function Languages() {
  const ui = useUi();
  return (
    <Form action={ui.preferences} class="actions" label={t("start.language")}>
      <input type="hidden" name="back" value={ui.path} />
      <span class="soft">{t("start.language")}</span>
      {LOCALES.filter((locale) => locale !== "qps-rtl").map((locale) => (
        <button
          type="submit"
          class="choice"
          name="locale"
          value={locale}
          lang={locale}
          aria-pressed={String(locale === ui.locale)}
        >
          {LOCALE_NAMES[locale]}
        </button>
      ))}
    </Form>
  );
}

export async function ownerStep(c: ConsoleContext, form: FormState, status = 200): Promise<Response> {
  return await openPage(
    c,
    { step: "owner", title: t("owner"), lead: t("owner.lead"), status },
    <Card>
      <Form action={SET_UP} state={form} label={t("owner")}>
        <Field
          form={form}
          name="name"
          label={t("owner.name")}
          hint={t("owner.name.hint")}
          autocomplete="username"
          maxlength={32}
          mono
          required
        />
        <Field form={form} name="display_name" label={t("owner.display")} autocomplete="name" maxlength={128} />
        <PasswordField
          form={form}
          name="password"
          label={t("owner.password")}
          hint={t("owner.password.hint")}
          autocomplete="new-password"
          maxlength={1024}
          required
        />
        <PasswordField
          form={form}
          name="again"
          label={t("owner.again")}
          autocomplete="new-password"
          maxlength={1024}
          required
        />
        <FormEnd label={t("owner.do")} icon="next" cancel={SET_UP} />
      </Form>
    </Card>,
  );
}

/** Makes the owner and logs them in. */
export async function makeOwner(c: ConsoleContext): Promise<Response> {
  const posted = c.get("posted");
  const { password: _password, again: _again, ...values } = posted.values();
  const password = posted.raw("password");
  if (password !== posted.raw("again")) {
    return await ownerStep(c, { values, errors: { again: t("owner.differs") }, alert: "" }, 422);
  }
  const answer = await c.get("api").post<{ token: string }>("/set-up/owner", {
    code: codeOf(c),
    name: posted.text("name"),
    display_name: posted.text("display_name"),
    password,
  });
  if (!answer.ok) {
    const form = answer.problem.kind === "forbidden"
      ? { ...newForm(values), alert: t("owner.refused") }
      : { ...failedForm(posted, answer.problem), values };
    return await ownerStep(c, form, answer.status);
  }
  deleteCookie(c, CODE_COOKIE, { path: SET_UP });
  c.header("set-cookie", setSessionCookie(answer.data.token, cameSecurely(c.req.raw.headers, c.env)), { append: true });
  return c.redirect(stepPath("network"), 303);
}

export async function restoreStep(c: ConsoleContext, form: FormState, status = 200): Promise<Response> {
  const again = form.alert !== "" || Object.keys(form.errors).length > 0;
  return await openPage(
    c,
    { step: "start", title: t("restore"), lead: t("restore.lead"), status },
    <Card>
      <Form action={RESTORE} state={form} streamed label={t("restore")}>
        <KeyField form={form} />
        <FileField
          form={form}
          name="file"
          label={b("upload.file")}
          hint={again ? b("upload.again") : undefined}
          accept=".parley"
          required
        />
        <FormEnd label={t("restore.do")} icon="upload" cancel={SET_UP} />
      </Form>
    </Card>,
  );
}

/** Begins with a backup. Its form is read as it comes. */
export async function restoreFirst(c: ConsoleContext): Promise<Response> {
  const upload = await uploadForm(c.req.raw);
  const values = { recovery_key: upload.posted.text("recovery_key") };
  if (upload.file === null) {
    return await restoreStep(c, { values, errors: { file: b("upload.missing") }, alert: "" }, 422);
  }
  const answer = await restoreUpload(c.get("api"), "/set-up/restore", upload, {
    "set-up-code": keyHeader(codeOf(c)),
    "recovery-key": keyHeader(values.recovery_key),
  });
  if (!answer.ok) {
    const form = answer.problem.kind === "forbidden"
      ? { values, errors: {}, alert: t("owner.refused") }
      : refusedUpload(values, answer);
    return await restoreStep(c, form, answer.status);
  }
  c.header("refresh", `${RESTART_S}; url=/admin/log-in`);
  return await openPage(
    c,
    { step: "start", title: b("restoring"), lead: b("restoring.lead") },
    <Card>
      <RestoredWords restored={answer.data} />
      <p>
        <ButtonLink href="/admin/log-in" kind="primary" icon="next">{b("restoring.log-in")}</ButtonLink>
      </p>
    </Card>,
  );
}
