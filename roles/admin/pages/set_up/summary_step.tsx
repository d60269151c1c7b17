import { Alert, Badge, ButtonLink, Card, Copyable, Facts, useUi } from "../../../../web/ui/mod.ts";
import type { BackupSchedule, BoxStatus, RecoveryView } from "../../services/mod.ts";
import { certificateName, Expiry } from "../certificates/certificate_view.tsx";
import { readCertificates } from "../certificates/certificates_page.tsx";
import { t as k } from "../certificates/texts.ts";
import type { ConsoleContext } from "../frame/console.ts";
import { entriesOf, SessionsStayHere } from "../network/doors_field.tsx";
import { isLocal } from "../network/doors.ts";
import { readSettings } from "../settings/settings_form.ts";
import { srvRecords } from "./dns_records.ts";
import { ownerPage, StepFoot } from "./set_up_page.tsx";
import { stepPath } from "./steps.tsx";
import { t } from "./texts.ts";

/** What the box is now, and what comes next. */
export async function summaryStep(c: ConsoleContext): Promise<Response> {
  const { api } = c.get("console");
  const [status, settings, { certificates }, recovery, schedule] = await Promise.all([
    api.need<BoxStatus>("/status"),
    readSettings(api),
    readCertificates(api),
    api.need<RecoveryView>("/recovery"),
    api.need<BackupSchedule>("/backups/schedule"),
  ]);
  const valueOf = (key: string) => settings.settings.find((row) => row.key === key)?.value;
  const domain = String(valueOf("domain") ?? status.domains[0] ?? "");
  const host = String(valueOf("advertise.host") ?? "") || domain;
  const sip = entriesOf(valueOf("listen.sip"));
  const inUse = certificates.find(({ in_use }) => in_use);
  const confirmed = recovery.confirmed_at > 0;
  const { format } = useUi();
  return await ownerPage(
    c,
    { step: "summary", title: t("summary"), lead: t("summary.lead") },
    <>
      {sip.every(isLocal) && (
        <Alert tone="warning" title={t("summary.local")}>
          <p>{t("summary.local.text")}</p>
          <p>
            <a href={stepPath("network")}>{t("summary.local.do")}</a>
          </p>
        </Alert>
      )}
      <SessionsStayHere rows={settings.settings} />
      <Card title={t("summary.is")} id="is">
        <Facts
          of={[
            [t("summary.domain"), <bdi dir="ltr" class="strong">{domain}</bdi>],
            [t("summary.host"), <bdi dir="ltr">{host}</bdi>],
            [t("summary.users"), format.number(status.users)],
            [
              t("summary.signup"),
              t(valueOf("signup.open") === true ? "summary.signup.open" : "summary.signup.closed"),
            ],
            [
              t("summary.recovery"),
              confirmed
                ? <Badge tone="ok" icon="check">{t("summary.recovery.ok")}</Badge>
                : <a href={stepPath("recovery")}>{t("summary.recovery.missing")}</a>,
            ],
            [
              t("summary.backup"),
              schedule.enabled ? t(`summary.backup.${schedule.every}`, { at: schedule.at }) : t("summary.backup.off"),
            ],
          ]}
        />
        <Facts
          long
          of={[
            inUse === undefined ? null : [
              t("summary.certificate"),
              <>
                <bdi dir="ltr">{certificateName(inUse)}</bdi> ({k(`source.${inUse.source}`)}){" "}
                <Expiry certificate={inUse} />
              </>,
            ],
            [
              t("summary.doors"),
              <ul class="stack tight">
                {status.doors.map((door) => (
                  <li>
                    <code dir="ltr">{door}</code>
                  </li>
                ))}
              </ul>,
            ],
          ]}
        />
      </Card>
      <Next records={srvRecords(sip, domain, host)} host={host} />
      <StepFoot
        step="summary"
        next={<ButtonLink href="/admin" kind="primary" icon="home">{t("summary.to-console")}</ButtonLink>}
      />
    </>,
  );
}

function Next({ records, host }: { records: readonly string[]; host: string }) {
  return (
    <Card title={t("summary.next")} id="next">
      {records.length > 0 && (
        <div class="stack tight">
          <h3>{t("summary.dns")}</h3>
          <p>{t("summary.dns.text", { host })}</p>
          {records.map((record, at) => <Copyable id={`record-${at}`} text={record} what={t("summary.dns")} />)}
        </div>
      )}
      <div class="stack tight">
        <h3>{t("summary.invite")}</h3>
        <p>{t("summary.invite.text")}</p>
        <p>
          <ButtonLink href="/admin/users" icon="users">{t("summary.to-users")}</ButtonLink>
        </p>
      </div>
      <div class="stack tight">
        <h3>{t("summary.admins")}</h3>
        <p>{t("summary.admins.text")}</p>
        <p>
          <ButtonLink href="/admin/admins" icon="admins">{t("summary.to-admins")}</ButtonLink>
        </p>
      </div>
    </Card>
  );
}
