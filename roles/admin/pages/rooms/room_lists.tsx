import {
  Badge,
  Button,
  ButtonLink,
  type Column,
  EmptyState,
  Field,
  newForm,
  Pager,
  SearchForm,
  Table,
  Tabs,
  Time,
  useUi,
} from "../../../../web/ui/mod.ts";
import type { PublicGroupView, RoomView } from "../../services/mod.ts";
import { HERE, KindBadge, Party, PUBLIC, roomName, roomPath } from "./room_words.tsx";
import { t } from "./texts.ts";

/** A page of a list. */
export interface ListPage {
  readonly search: string;
  readonly total: number;
  /** Links; null for none. */
  readonly first: string | null;
  readonly next: string | null;
}

/** The two lists that there are. */
export function RoomViews({ of }: { of: "now" | "public" }) {
  return (
    <Tabs
      look="segments"
      label={t("views")}
      tabs={[
        { href: HERE, label: t("view.now"), current: of === "now" },
        { href: PUBLIC, label: t("view.public"), current: of === "public" },
      ]}
    />
  );
}

/** Rooms that stand. */
export function LiveRoomList({ rooms, page }: { rooms: readonly RoomView[]; page: ListPage }) {
  const { search } = page;
  return (
    <>
      <Search action={HERE} search={search} label={t("search")} hint={t("search.hint")} />
      {rooms.length === 0 ? <NoRoom search={search} /> : (
        <>
          <Table caption={t("list")} quiet columns={liveColumns()} rows={rooms} />
          <Pager total={page.total} first={page.first} next={page.next} />
        </>
      )}
    </>
  );
}

function liveColumns(): Column<RoomView>[] {
  const { format } = useUi();
  return [
    {
      label: t("room"),
      head: true,
      cell: (room) => (
        <>
          <a href={roomPath(room.id)}>
            <bdi>{roomName(room)}</bdi>
          </a>
          {room.name !== "" && room.group !== "" && <bdi dir="ltr" class="sub">{room.group}</bdi>}
        </>
      ),
    },
    { label: t("kind"), cell: (room) => <KindBadge room={room} /> },
    { label: t("people"), cell: (room) => <PeopleCount room={room} /> },
    {
      label: t("kept"),
      number: true,
      cell: ({ messages, octets }) => (
        <>
          {t("kept.messages", { n: messages })}
          {messages > 0 && <span class="sub">{format.octets(octets)}</span>}
        </>
      ),
    },
    { label: t("since"), cell: ({ since }) => <Time at={since} /> },
    { label: t("said"), cell: ({ said_at }) => <LastSaid at={said_at} /> },
  ];
}

function PeopleCount({ room }: { room: RoomView }) {
  const [here, ...others] = peopleCounts(room);
  return (
    <>
      {here}
      {others.length > 0 && <span class="sub">{useUi().format.list(others)}</span>}
    </>
  );
}

/** How many are there, then how many are not at the moment. */
export function peopleCounts({ here, away, coming }: RoomView): string[] {
  return [
    t("people.here", { n: here }),
    ...(away > 0 ? [t("people.away", { n: away })] : []),
    ...(coming > 0 ? [t("people.coming", { n: coming })] : []),
  ];
}

export function LastSaid({ at }: { at: number }) {
  return at === 0 ? <span class="soft">{t("said.never")}</span> : <Time at={at} />;
}

function NoRoom({ search }: { search: string }) {
  return (
    <div class="card">
      {search === "" ? <EmptyState icon="rooms" title={t("none")}>{t("none.text")}</EmptyState> : (
        <EmptyState
          icon="search"
          title={t("none.found")}
          actions={<ButtonLink href={HERE}>{t("none.all")}</ButtonLink>}
        >
          {t("none.found.text", { search })}
        </EmptyState>
      )}
    </div>
  );
}

/** Public rooms by their documents. `domains`: those of this box. */
export function PublicRoomList({ groups, page, domains }: {
  groups: readonly PublicGroupView[];
  page: ListPage;
  domains: readonly string[];
}) {
  const { search } = page;
  return (
    <>
      <p class="soft">{t("public.lead")}</p>
      <Search action={PUBLIC} search={search} label={t("search.public")} hint={t("search.public.hint")} />
      {groups.length === 0 ? <NoGroup search={search} /> : (
        <>
          <Table caption={t("public.list")} quiet columns={publicColumns(domains)} rows={groups} />
          <Pager total={page.total} first={page.first} next={page.next} />
        </>
      )}
    </>
  );
}

function publicColumns(domains: readonly string[]): Column<PublicGroupView>[] {
  const { format } = useUi();
  return [
    {
      label: t("room"),
      head: true,
      cell: ({ name, uri, subject }) => (
        <>
          <bdi>{name || uri}</bdi>
          {name !== "" && <bdi dir="ltr" class="sub">{uri}</bdi>}
          {subject !== "" && <bdi class="sub">{subject}</bdi>}
        </>
      ),
    },
    {
      label: t("owner"),
      cell: ({ owner }) => owner === "" ? t("owner.operator") : <Party uri={owner} domains={domains} />,
    },
    {
      label: t("age"),
      number: true,
      cell: ({ minimum_age }) => minimum_age === 0 ? t("age.any") : format.number(minimum_age),
    },
    {
      label: t("most"),
      number: true,
      cell: ({ max_participants: most }) => most === 0 ? t("most.settings") : format.number(most),
    },
    { label: t("searchable"), cell: ({ searchable }) => <Badge tone="plain">{searchable ? t("yes") : t("no")}</Badge> },
    {
      label: t("now"),
      cell: ({ room, name, uri }) =>
        room === ""
          ? <span class="soft">{t("now.none")}</span>
          : (
            <ButtonLink href={roomPath(room)} small label={t("now.open.what", { name: name || uri })}>
              {t("now.open")}
            </ButtonLink>
          ),
    },
  ];
}

function NoGroup({ search }: { search: string }) {
  return (
    <div class="card">
      {search === ""
        ? <EmptyState icon="rooms" title={t("public.none")}>{t("public.none.text")}</EmptyState>
        : (
          <EmptyState
            icon="search"
            title={t("none.found")}
            actions={<ButtonLink href={PUBLIC}>{t("none.all")}</ButtonLink>}
          >
            {t("public.none.found.text", { search })}
          </EmptyState>
        )}
    </div>
  );
}

function Search({ action, search, label, hint }: { action: string; search: string; label: string; hint: string }) {
  return (
    <SearchForm action={action} label={label}>
      <Field
        form={newForm({ search })}
        name="search"
        label={label}
        type="search"
        placeholder={hint}
        autocomplete="off"
        maxlength={200}
        bare
      />
      <Button icon="search">{t("search.do")}</Button>
    </SearchForm>
  );
}
