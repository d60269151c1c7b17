import { Alert, ButtonLink, Card, Copyable, PrintButton, useUi } from "../../../../web/ui/mod.ts";
import { t } from "./texts.ts";

/** Ten codes, told once; the page prints as a sheet. */
export function RecoveryCodes({ name, codes }: { name: string; codes: readonly string[] }) {
  const { format, now } = useUi();
  return (
    <>
      <Alert tone="ok">{t("codes.words")}</Alert>
      <Card>
        <p class="only-print">{t("codes.of", { name, date: format.date(now) })}</p>
        <ol class="code-list" dir="ltr">
          {codes.map((code) => (
            <li>
              <code class="sheet-code">{code}</code>
            </li>
          ))}
        </ol>
        <div class="no-print">
          <Copyable id="all-codes" text={codes.join(" ")} what={t("codes.copy")} />
        </div>
        <div class="actions">
          <ButtonLink kind="primary" href="/admin/me">{t("codes.done")}</ButtonLink>
          <PrintButton>{t("codes.print")}</PrintButton>
        </div>
      </Card>
    </>
  );
}
