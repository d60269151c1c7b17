import { Card, Field, Form, FormEnd, type FormState, PasswordField } from "../../web/ui/mod.ts";
import { PublicFrame } from "./public_frame.tsx";
import { t } from "./texts.ts";

export function SignInPage({ form, domain }: { form: FormState; domain: string }) {
  return (
    <PublicFrame title={t("sign_in_title")} narrow>
      <Card>
        <Form action="/account/sign-in" state={form}>
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
          <FormEnd label={t("sign_in_do")} icon="user" />
        </Form>
      </Card>
    </PublicFrame>
  );
}
