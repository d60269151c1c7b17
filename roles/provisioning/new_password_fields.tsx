import { type FormState, PasswordField } from "../../web/ui/mod.ts";
import { MIN_PASSWORD } from "./join_requests.ts";
import { t } from "./texts.ts";

/** A new password, and the same again. */
export function NewPasswordFields({ form, label, hint }: { form: FormState; label: string; hint?: string }) {
  return (
    <>
      <PasswordField
        form={form}
        name="password"
        label={label}
        {...(hint === undefined ? {} : { hint })}
        autocomplete="new-password"
        minlength={MIN_PASSWORD}
        maxlength={256}
        required
      />
      <PasswordField
        form={form}
        name="again"
        label={t("password_again")}
        autocomplete="new-password"
        maxlength={256}
        required
      />
    </>
  );
}
