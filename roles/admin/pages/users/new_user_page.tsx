import {
  ActionForm,
  Button,
  ButtonLink,
  Card,
  Copyable,
  Facts,
  failedForm,
  Field,
  Form,
  FormEnd,
  type FormState,
  newForm,
  PasswordField,
  Select,
  setFlash,
} from "../../../../web/ui/mod.ts";
import type { BoxStatus, UserDetail } from "../../services/mod.ts";
import { type ConsoleApp, type ConsoleContext, needs } from "../frame/console.ts";
import { consolePage } from "../frame/page_frame.tsx";
import { t } from "../texts/users.ts";
import { userPath } from "./user_state.tsx";

const CRUMB = () => ({ href: "/admin/users", label: t("title") });

/** Adding one user. What is left empty is generated; a generated password is shown once (SEC-3). */
export function newUserPages(app: ConsoleApp): void {
  app.get("/admin/users/new", needs("users.write"), (c) => newUserPage(c, newForm(), 200));

  app.post("/admin/users/new", needs("users.write"), async (c) => {
    const posted = c.get("posted");
    const { api } = c.get("console");
    const domain = posted.text("domain");
    const answer = await api.post<{ user: UserDetail; password: string; warnings: string[] }>("/users", {
      uri: posted.text("uri"),
      display_name: posted.text("display_name"),
      e164: posted.text("e164"),
      password: posted.raw("password"),
      ...(domain === "" ? {} : { domain }),
    });
    if (!answer.ok) return await newUserPage(c, failedForm(posted, answer.problem), answer.status);
    const { user, password, warnings } = answer.data;
    const done = [t("new.done", { uri: user.uri }), ...warnings].join(" ");
    if (password === "") {
      setFlash(c, "ok", done);
      return c.redirect(userPath(user.uri), 303);
    }
    return await madePage(c, user, password);
  });
}

async function newUserPage(c: ConsoleContext, form: FormState, status: number): Promise<Response> {
  const { domains } = await c.get("console").api.need<BoxStatus>("/status");
  return await consolePage(
    c,
    { title: t("new.title"), lead: t("new.lead"), here: "/admin/users", crumb: CRUMB(), status },
    <Card>
      <Form action="/admin/users/new" state={form}>
        <Field
          form={form}
          name="display_name"
          label={t("field.display_name")}
          hint={t("field.display_name.hint")}
          autocomplete="off"
          maxlength={128}
        />
        <Field
          form={form}
          name="uri"
          label={t("field.uri")}
          hint={t("field.uri.hint")}
          autocomplete="off"
          maxlength={255}
          mono
        />
        {domains.length > 1 && (
          <Select
            form={form}
            name="domain"
            label={t("field.domain")}
            options={domains.map((value) => ({ value, label: value }))}
          />
        )}
        <Field
          form={form}
          name="e164"
          label={t("field.e164")}
          hint={t("field.e164.hint")}
          type="tel"
          autocomplete="off"
          maxlength={40}
        />
        <PasswordField
          form={form}
          name="password"
          label={t("field.password")}
          hint={t("field.password.hint")}
          autocomplete="new-password"
          maxlength={256}
        />
        <FormEnd label={t("new.submit")} icon="plus" cancel="/admin/users" />
      </Form>
    </Card>,
  );
}

async function madePage(c: ConsoleContext, user: UserDetail, password: string): Promise<Response> {
  const path = userPath(user.uri);
  return await consolePage(
    c,
    { title: t("made.title"), lead: t("made.lead"), here: "/admin/users", crumb: CRUMB() },
    <Card>
      <Facts
        long
        of={[
          [t("made.address"), <Copyable id="made-address" text={user.uri} what={t("made.address")} />],
          [t("made.password"), <Copyable id="made-password" text={password} what={t("made.password")} />],
        ]}
      />
      <div class="actions">
        <ActionForm action={path} fields={{ do: "invite", days: "7", max_uses: "5" }}>
          <Button kind="primary" icon="link">{t("made.invite")}</Button>
        </ActionForm>
        <ButtonLink href={path}>{t("made.open")}</ButtonLink>
        <ButtonLink href="/admin/users/new" kind="quiet" icon="plus">{t("made.another")}</ButtonLink>
      </div>
    </Card>,
  );
}
