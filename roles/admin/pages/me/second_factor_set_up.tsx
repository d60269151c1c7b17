import { Card, Copyable, Field, Form, FormEnd, type FormState, Qr } from "../../../../web/ui/mod.ts";
import { t } from "./texts.ts";

/** A secret for an authenticator, as a picture and as text, and the code that proves that it arrived. */
export function SecondFactorSetUp({ form }: { form: FormState }) {
  const { secret = "", uri = "" } = form.values;
  return (
    <Card title={t("totp.scan")} id="totp">
      <p>{t("totp.scan.words")}</p>
      <Qr text={uri} label={t("totp.scan")} />
      <p class="strong">{t("totp.secret")}</p>
      <Copyable id="totp-secret" text={secret.replace(/(.{4})(?=.)/g, "$1 ")} what={t("totp.secret")} />
      <Form state={form}>
        <input type="hidden" name="do" value="totp-confirm" />
        <input type="hidden" name="secret" value={secret} />
        <input type="hidden" name="uri" value={uri} />
        <Field
          form={{ ...form, values: {} }}
          name="code"
          label={t("totp.code")}
          autocomplete="one-time-code"
          inputmode="numeric"
          maxlength={8}
          mono
          autofocus
          required
        />
        <FormEnd label={t("totp.confirm")} icon="check" cancel="/admin/me" />
      </Form>
    </Card>
  );
}
