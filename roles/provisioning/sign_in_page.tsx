import {
  ButtonLink,
  Card,
  Checkbox,
  Field,
  Form,
  FormEnd,
  type FormState,
  PasswordField,
  type Posted,
} from "../../web/ui/mod.ts";
import { PublicFrame } from "./public_frame.tsx";
import { t } from "./texts.ts";
import type { SignInFault } from "./user_sessions.ts";

/** Where users sign in. `at`: the page that is behind it; its form goes to `…/sign-in`. */
export function SignInPage({ form, domain, at }: { form: FormState; domain: string; at: "/account" | "/portal" }) {
  const other = at === "/account" ? "/portal" : "/account";
  return (
    <PublicFrame title={at === "/account" ? t("sign_in_title") : t("sign_in_portal")} home={at} narrow>
      <Card>
        <Form action={`${at}/sign-in`} state={form}>
          <Field
            form={form}
            name="uri"
            label={t("sign_in_uri")}
            hint={t("sign_in_uri_help", { domain })}
            autocomplete="username"
            maxlength={255}
            required
            mono
          />
          <PasswordField
            form={form}
            name="password"
            label={t("sign_in_password")}
            autocomplete="current-password"
            maxlength={256}
            required
          />
          <Checkbox form={form} name="stay" label={t("sign_in_stay")} hint={t("sign_in_stay_help")} />
          <FormEnd label={t("sign_in_do")} icon="user" />
        </Form>
      </Card>
      <p>
        <ButtonLink href={other} icon={other === "/portal" ? "message" : "user"}>
          {other === "/portal" ? t("portal_open") : t("browser_open")}
        </ButtonLink>
      </p>
    </PublicFrame>
  );
}

/** The form again; the password is not written into a page. */
export function refused(posted: Posted, { text }: SignInFault): FormState {
  return { values: { uri: posted.text("uri"), stay: posted.text("stay") }, errors: {}, alert: text };
}
