import { ActionForm, Badge, Button, type Column, Table, Time } from "../../../../web/ui/mod.ts";
import type { SessionView } from "../../services/mod.ts";
import { browserOf } from "./browser_name.ts";
import { t } from "./texts.ts";

/** Sessions, each with a button that posts `do=session` and its `id`, where that is allowed. */
export function SessionTable({ caption, sessions, mayEnd }: {
  caption: string;
  sessions: readonly SessionView[];
  mayEnd: boolean;
}) {
  const columns: Column<SessionView>[] = [
    {
      label: t("session.source"),
      head: true,
      cell: ({ source, current }) => (
        <>
          <span dir="ltr">{source}</span> {current && <Badge tone="ok">{t("session.this")}</Badge>}
        </>
      ),
    },
    {
      label: t("session.browser"),
      cell: ({ user_agent }) => <span title={user_agent} dir="auto">{browserOf(user_agent)}</span>,
    },
    { label: t("session.seen"), cell: ({ seen_at }) => <Time at={seen_at} /> },
    { label: t("session.since"), cell: ({ created_at }) => <Time at={created_at} exact /> },
  ];
  if (mayEnd) {
    columns.push({
      label: t("sessions.end"),
      bare: true,
      cell: ({ id, source }) => (
        <ActionForm fields={{ do: "session", id }}>
          <Button kind="quiet-danger" small label={t("sessions.end.what", { source })}>{t("sessions.end")}</Button>
        </ActionForm>
      ),
    });
  }
  return <Table caption={caption} quiet columns={columns} rows={sessions} />;
}
