import { Alert, ButtonLink, Card, Field, Form, FormEnd, type FormState, Select } from "../../web/ui/mod.ts";
import { NewPasswordFields } from "./new_password_fields.tsx";
import { MIN_PASSWORD } from "./join_requests.ts";
import { PublicFrame } from "./public_frame.tsx";
import { t } from "./texts.ts";

export interface SignUpModel {
  readonly domains: readonly string[];
  /** An operator looks first; only then a number can be had. */
  readonly approval: boolean;
  readonly form: FormState;
}

export function SignUpPage({ domains, approval, form }: SignUpModel) {
  return (
    <PublicFrame title={t("sign_up_title")} lead={`${t("sign_up_lead")}${approval ? ` ${t("sign_up_approval")}` : ""}`}>
      <Card>
        <Form action="/join" state={form}>
          <Field
            form={form}
            name="display_name"
            label={t("sign_up_display_name")}
            hint={t("sign_up_display_name_help")}
            autocomplete="name"
            maxlength={128}
          />
          <Field
            form={form}
            name="name"
            label={t("sign_up_name")}
            hint={t("sign_up_name_help")}
            autocomplete="username"
            maxlength={40}
            mono
          />
          {domains.length > 1 && (
            <Select
              form={form}
              name="domain"
              label={t("sign_up_domain")}
              options={domains.map((domain) => ({ value: domain, label: domain }))}
              required
            />
          )}
          {approval && (
            <Field
              form={form}
              name="e164"
              type="tel"
              label={t("sign_up_number")}
              hint={t("sign_up_number_help")}
              autocomplete="tel"
              maxlength={40}
            />
          )}
          <NewPasswordFields
            form={form}
            label={t("row_password")}
            hint={t("password_short", { count: MIN_PASSWORD })}
          />
          {/* For programs that fill in whatever there is; people and screen readers do not meet it. */}
          <div class="hidden" aria-hidden="true">
            <label for="website">{t("sign_up_trap")}</label>
            <input id="website" name="website" type="text" tabindex={-1} autocomplete="off" />
          </div>
          <FormEnd label={approval ? t("sign_up_request") : t("sign_up_do")} icon="user-plus" />
        </Form>
      </Card>
      <p>
        {`${t("have_account")} `}
        <a href="/portal">{t("sign_in_portal")}</a>
      </p>
    </PublicFrame>
  );
}

export function SignUpWaitsPage({ uri }: { uri: string }) {
  return (
    <PublicFrame title={t("sign_up_waits_title")}>
      <Alert tone="ok">{t("sign_up_waits_lead", { uri })}</Alert>
    </PublicFrame>
  );
}

export function SignUpClosedPage() {
  return (
    <PublicFrame title={t("sign_up_closed_title")}>
      <Alert tone="info">{t("sign_up_closed_lead")}</Alert>
      <div class="actions">
        <ButtonLink href="/portal" icon="message">{t("portal_open")}</ButtonLink>
        <ButtonLink href="/account" icon="user">{t("browser_open")}</ButtonLink>
      </div>
    </PublicFrame>
  );
}
