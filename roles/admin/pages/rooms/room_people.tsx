import {
  ActionForm,
  Badge,
  Button,
  Card,
  type Column,
  Confirm,
  EmptyState,
  Pager,
  Table,
  Tabs,
  Time,
  useUi,
} from "../../../../web/ui/mod.ts";
import type { RoomPerson } from "../../services/mod.ts";
import { Party, roomPath, StandingBadge } from "./room_words.tsx";
import { t } from "./texts.ts";

/** What the part about people shows. */
export interface PeoplePage {
  readonly people: readonly RoomPerson[];
  readonly total: number;
  /** Those who have left. */
  readonly gone: boolean;
  /** Links; null for none. */
  readonly first: string | null;
  readonly next: string | null;
}

/** Who is in a room, or was: each to be put out by a form that posts to `action`. `domains`: those of this box. */
export function RoomPeople({ id, page, action, hides, domains, helps }: {
  id: string;
  page: PeoplePage;
  action: string;
  hides: boolean;
  domains: readonly string[];
  helps: boolean;
}) {
  const { people, gone } = page;
  return (
    <Card title={t("here.title")} id="people">
      {hides && <p class="hint">{t("here.hidden")}</p>}
      <Tabs
        look="segments"
        label={t("here.views")}
        tabs={[
          { href: roomPath(id), label: t("here.in"), current: !gone },
          { href: `${roomPath(id)}?gone=true`, label: t("here.gone"), current: gone },
        ]}
      />
      {people.length === 0 ? <EmptyState icon="users" title={t(gone ? "here.none.gone" : "here.none")} /> : (
        <>
          <Table
            caption={t("here.list")}
            quiet
            columns={columnsOf(domains, gone, helps && !gone ? action : null)}
            rows={people}
          />
          <Pager total={page.total} first={page.first} next={page.next} />
        </>
      )}
    </Card>
  );
}

/** `action`: where to who is put out is posted; null: nobody is. */
function columnsOf(domains: readonly string[], gone: boolean, action: string | null): Column<RoomPerson>[] {
  const { format } = useUi();
  const columns: Column<RoomPerson>[] = [
    { label: t("person"), head: true, cell: (person) => <Who person={person} domains={domains} /> },
    { label: t("standing"), cell: (person) => <StandingBadge person={person} /> },
    { label: t("since"), cell: ({ since }) => <Time at={since} /> },
  ];
  if (!gone) {
    columns.push(
      { label: t("devices"), number: true, cell: ({ devices }) => format.number(devices) },
      {
        label: t("to-get"),
        number: true,
        cell: ({ waiting }) => waiting === 0 ? "–" : t("kept.messages", { n: waiting }),
      },
    );
  }
  if (action !== null) {
    columns.push({ label: t("expel"), bare: true, cell: (person) => <Expel person={person} action={action} /> });
  }
  return columns;
}

function Who({ person: { name, uri, user, hidden }, domains }: { person: RoomPerson; domains: readonly string[] }) {
  const address = user === "" ? <bdi dir="ltr">{uri}</bdi> : <Party uri={user} domains={domains} />;
  return (
    <>
      {name === "" ? address : <bdi>{name}</bdi>} {hidden && <Badge tone="plain">{t("person.hidden")}</Badge>}
      {name !== "" && <span class="sub">{address}</span>}
    </>
  );
}

function Expel({ person: { id, name, uri }, action }: { person: RoomPerson; action: string }) {
  const who = name || uri;
  return (
    <Confirm label={t("expel")} look={{ kind: "quiet-danger", small: true }}>
      <p>{t("expel.text")}</p>
      <ActionForm action={action} fields={{ do: "expel", person: String(id), name: who }}>
        <Button kind="danger-primary" small>{t("expel.what", { name: who })}</Button>
      </ActionForm>
    </Confirm>
  );
}
