import {
  ActionForm,
  Badge,
  Button,
  Card,
  type Column,
  Confirm,
  EmptyState,
  Table,
  Time,
  useUi,
} from "../../../../web/ui/mod.ts";
import type { ChatSessionView } from "../../services/mod.ts";
import { userPath } from "../users/user_state.tsx";
import { t } from "./texts.ts";

/** Sessions that go on, each to be ended by a form that posts to `action`. */
export function ChatSessionTable({ sessions, domains, action, mayEnd }: {
  sessions: readonly ChatSessionView[];
  /** Those of this box: their users have a page. */
  domains: readonly string[];
  action: string;
  mayEnd: boolean;
}) {
  const { format } = useUi();
  const columns: Column<ChatSessionView>[] = [
    {
      label: t("who"),
      head: true,
      cell: ({ from, to }) => (
        <>
          <Party uri={from} domains={domains} />
          <span class="sub">
            <Party uri={to} domains={domains} />
          </span>
        </>
      ),
    },
    { label: t("mode"), cell: ({ mode }) => <Badge tone="plain">{t(`mode.${mode}`)}</Badge> },
    { label: t("since"), cell: ({ since }) => <Time at={since} /> },
    { label: t("messages"), number: true, cell: ({ messages }) => format.number(messages) },
    { label: t("octets"), number: true, cell: ({ octets }) => format.octets(octets) },
  ];
  if (mayEnd) {
    columns.push({ label: t("end"), bare: true, cell: (session) => <End session={session} action={action} /> });
  }
  return <Table caption={t("list")} quiet columns={columns} rows={sessions} />;
}

function Party({ uri, domains }: { uri: string; domains: readonly string[] }) {
  const own = domains.includes(uri.slice(uri.lastIndexOf("@") + 1).toLowerCase());
  return own
    ? (
      <a href={userPath(uri)}>
        <bdi dir="ltr">{uri}</bdi>
      </a>
    )
    : <bdi dir="ltr">{uri}</bdi>;
}

function End({ session: { id, from, to }, action }: { session: ChatSessionView; action: string }) {
  return (
    <Confirm label={t("end")} look={{ kind: "quiet-danger", small: true }}>
      <p>{t("end.text")}</p>
      <ActionForm action={action} fields={{ do: "end-session", id }}>
        <Button kind="danger-primary" small>{t("end.what", { from, to })}</Button>
      </ActionForm>
    </Confirm>
  );
}

/** The same on a user's page. */
export function UserChatSessions({ path, sessions, domains, helps }: {
  path: string;
  sessions: readonly ChatSessionView[];
  domains: readonly string[];
  helps: boolean;
}) {
  return (
    <Card title={t("title")} id="chat-sessions">
      {sessions.length === 0
        ? <EmptyState icon="link" title={t("none.user")} />
        : <ChatSessionTable sessions={sessions} domains={domains} action={path} mayEnd={helps} />}
    </Card>
  );
}
