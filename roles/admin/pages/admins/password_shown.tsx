import { Alert, ButtonLink, Card, Copyable, PrintButton } from "../../../../web/ui/mod.ts";
import { t } from "./texts.ts";

/** A password that was made for an admin: this page is the only place where it ever stands. */
export function PasswordShown({ name, password, on, back }: {
  name: string;
  password: string;
  on: string;
  back: { href: string; label: string };
}) {
  return (
    <Card title={t("password.shown", { name })}>
      <Alert tone="ok">{on}</Alert>
      <Copyable id="first-password" text={password} what={t("password")} />
      <p>{t("password.shown.words")}</p>
      <div class="actions">
        <ButtonLink kind="primary" href={back.href}>{back.label}</ButtonLink>
        <PrintButton>{t("password")}</PrintButton>
      </div>
    </Card>
  );
}
