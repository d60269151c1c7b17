import {
  ActionForm,
  Badge,
  Button,
  ButtonLink,
  Card,
  Confirm,
  EmptyState,
  Said,
  Table,
  Time,
  useUi,
} from "../../../../web/ui/mod.ts";
import type { BackupView, RecoveryView } from "../../services/mod.ts";
import { t } from "./texts.ts";

/** What the viewer may do with backups. */
export interface BackupRights {
  /** Make, test, remove. */
  readonly write: boolean;
  /** Download, restore. */
  readonly carry: boolean;
}

/** The backups on the box, newest first. `path`: of the page. */
export function BackupList({ backups, recovery, rights, path }: {
  backups: readonly BackupView[];
  recovery: RecoveryView;
  rights: BackupRights;
  path: string;
}) {
  const { format } = useUi();
  if (backups.length === 0) {
    return (
      <Card>
        <EmptyState icon="backup" title={t("none")}>{t("none.text")}</EmptyState>
      </Card>
    );
  }
  return (
    <div class="backup-table">
      <Table
        caption={t("list")}
        rows={backups}
        columns={[
          {
            label: t("name"),
            head: true,
            cell: ({ name, created_at, made_by }) => (
              <>
                <Time at={created_at} />
                <code class="sub" dir="ltr">{name}</code>
                {made_by !== "" && (
                  <span class="sub">
                    <bdi>{t("by", { by: made_by })}</bdi>
                  </span>
                )}
              </>
            ),
          },
          {
            label: t("inside"),
            cell: ({ octets, contents: { users, registrations, deferred_messages } }) => (
              <>
                {`${format.octets(octets)}: ${t("inside.users", { n: users })}`}
                <span class="sub">
                  {t("inside.registrations", { n: registrations })}, {t("inside.messages", { n: deferred_messages })}
                </span>
              </>
            ),
          },
          { label: t("key"), cell: ({ recovery_key }) => <KeyOf id={recovery_key} own={recovery.id} /> },
          { label: t("tested"), cell: (backup) => <Tested backup={backup} /> },
          {
            label: t("restore"),
            bare: true,
            cell: ({ name }) => <Actions name={name} rights={rights} path={path} />,
          },
        ]}
      />
    </div>
  );
}

function KeyOf({ id, own }: { id: string; own: string }) {
  if (id === "") return <Badge tone="warning" icon="warning">{t("key.none")}</Badge>;
  return (
    <>
      {t(id === own ? "key.this" : "key.other")}
      <code class="sub" dir="ltr">{id}</code>
    </>
  );
}

function Tested({ backup: { tested } }: { backup: BackupView }) {
  const { format } = useUi();
  if (tested === null) return <span class="soft">{t("tested.never")}</span>;
  const { ok, reason, at, users, deferred_messages, ms } = tested;
  return (
    <>
      <Badge tone={ok ? "ok" : "critical"} icon={ok ? "check" : "critical"}>
        {t(ok ? "tested.ok" : "tested.failed")}
      </Badge>
      <span class="sub">
        <Time at={at} />
        {!ok && (
          <>
            : <Said text={reason} />
          </>
        )}
        {ok && (
          <>
            . {t("tested.numbers", {
              users: t("inside.users", { n: users }),
              messages: t("inside.messages", { n: deferred_messages }),
              time: ms < 1000 ? `${format.number(Math.round(ms))} ms` : format.duration(ms),
            })}
          </>
        )}
      </span>
    </>
  );
}

function Actions({ name, rights, path }: { name: string; rights: BackupRights; path: string }) {
  const file = encodeURIComponent(name);
  return (
    <div class="actions">
      {rights.write && (
        <ActionForm fields={{ name }}>
          <Button small name="do" value="test" icon="bolt">
            {t("test")}
            <span class="unseen">{`: ${name}`}</span>
          </Button>
        </ActionForm>
      )}
      {rights.carry && (
        <>
          <ButtonLink small icon="download" href={`${path}/files/${file}`} download>
            {t("download")}
            <span class="unseen">{`: ${name}`}</span>
          </ButtonLink>
          <ButtonLink small kind="quiet" href={`${path}/restore/${file}`}>
            {t("restore")}
            <span class="unseen">{`: ${name}`}</span>
          </ButtonLink>
        </>
      )}
      {rights.write && (
        <Confirm label={t("remove")} look={{ kind: "quiet-danger", small: true }}>
          <p>{t("remove.text")}</p>
          <ActionForm fields={{ name }}>
            <Button kind="danger-primary" small name="do" value="remove">
              {t("remove.what", { name })}
            </Button>
          </ActionForm>
        </Confirm>
      )}
    </div>
  );
}
