import {
  Badge,
  Button,
  ButtonLink,
  type Column,
  EmptyState,
  Field,
  type FormState,
  newForm,
  Pager,
  SearchForm,
  Select,
  Table,
  Time,
} from "../../../../web/ui/mod.ts";
import type { UserPage } from "../../services/mod.ts";
import { type ConsoleApp, needs } from "../frame/console.ts";
import { consolePage } from "../frame/page_frame.tsx";
import { t } from "../texts/users.ts";
import { StateBadge, USER_STATES, userPath } from "./user_state.tsx";

const PER_PAGE = 50;
/** Counted by REST no further than this. */
const COUNTED = 10_000;
const OPTIONAL = ["number", "changed", "created"] as const;
type Row = UserPage["users"][number];

/** The list of users: searched, filtered and paged by REST. */
export function usersPages(app: ConsoleApp): void {
  app.get("/admin/users", needs("users.read"), async (c) => {
    const { api, may } = c.get("console");
    const query = c.req.query();
    const filter = {
      search: (query.search ?? "").slice(0, 200).trim(),
      state: USER_STATES.find((state) => state === query.state) ?? "",
      online: query.online === "true" || query.online === "false" ? query.online : "",
    };
    const asked = c.req.queries("columns");
    const columns = OPTIONAL.filter((name) => asked?.includes(name) ?? name !== "created");
    const parameters = new URLSearchParams({ ...filter, after: query.after ?? "", limit: String(PER_PAGE) });
    if (filter.online === "") parameters.delete("online");
    const page = await api.need<UserPage>(`/users?${parameters}`);
    const link = (after: string) =>
      `/admin/users?${new URLSearchParams([
        ...Object.entries({ ...filter, after }),
        ...columns.map((name) => ["columns", name]),
      ])}`;
    const filtered = filter.search !== "" || filter.state !== "" || filter.online !== "";
    const writes = may("users.write");
    return await consolePage(
      c,
      {
        title: t("title"),
        lead: t("lead"),
        here: "/admin/users",
        actions: (
          <>
            <ButtonLink href="/admin/users/export" icon="download" kind="quiet" download>{t("export")}</ButtonLink>
            {writes && <ButtonLink href="/admin/users/import" icon="upload">{t("import")}</ButtonLink>}
            {writes && <ButtonLink href="/admin/users/new" icon="plus" kind="primary">{t("add")}</ButtonLink>}
          </>
        ),
      },
      <>
        <Filter form={newForm(filter)} columns={columns} />
        {page.users.length === 0 ? <Nobody filtered={filtered} writes={writes} /> : (
          <>
            <Table caption={t("title")} quiet columns={columnsOf(columns)} rows={page.users} />
            <Pager
              total={page.total}
              more={page.total >= COUNTED}
              first={(query.after ?? "") === "" ? null : link("")}
              next={page.next === "" ? null : link(page.next)}
            />
          </>
        )}
      </>,
    );
  });

  app.get("/admin/users/export", needs("users.read"), async (c) => {
    const file = await c.get("console").api.raw("GET", "/users/export");
    return new Response(file.body, { status: file.status, headers: file.headers });
  });
}

function Filter({ form, columns }: { form: FormState; columns: readonly string[] }) {
  const { search, online, state } = form.values;
  return (
    <SearchForm action="/admin/users" label={t("search")}>
      <Field
        form={newForm({ search })}
        name="search"
        label={t("search")}
        type="search"
        placeholder={t("search.hint")}
        autocomplete="off"
        maxlength={200}
        bare
      />
      <Select
        form={newForm({ state })}
        name="state"
        label={t("state")}
        options={[
          { value: "", label: t("state.any") },
          ...USER_STATES.map((value) => ({ value, label: t(`state.${value}`) })),
        ]}
      />
      <Select
        form={newForm({ online })}
        name="online"
        label={t("online")}
        options={[
          { value: "", label: t("online.any") },
          { value: "true", label: t("online.yes") },
          { value: "false", label: t("online.no") },
        ]}
      />
      <details class="more columns">
        <summary>{t("columns")}</summary>
        <div class="choices">
          {OPTIONAL.map((name) => (
            <div class="check">
              <input type="checkbox" id={`c-${name}`} name="columns" value={name} checked={columns.includes(name)} />
              <label for={`c-${name}`}>{t(`column.${name}`)}</label>
            </div>
          ))}
        </div>
      </details>
      <Button icon="search">{t("filter")}</Button>
    </SearchForm>
  );
}

function Nobody({ filtered, writes }: { filtered: boolean; writes: boolean }) {
  return (
    <div class="card">
      {filtered
        ? (
          <EmptyState
            icon="search"
            title={t("none")}
            actions={<ButtonLink href="/admin/users">{t("none.all")}</ButtonLink>}
          >
            {t("none.text")}
          </EmptyState>
        )
        : (
          <EmptyState
            icon="users"
            title={t("empty")}
            actions={writes && (
              <>
                <ButtonLink href="/admin/users/new" icon="plus" kind="primary">{t("add")}</ButtonLink>
                <ButtonLink href="/admin/users/import" icon="upload">{t("import")}</ButtonLink>
              </>
            )}
          >
            {t("empty.text")}
          </EmptyState>
        )}
    </div>
  );
}

function columnsOf(chosen: readonly typeof OPTIONAL[number][]): Column<Row>[] {
  const optional: Record<typeof OPTIONAL[number], Column<Row>> = {
    number: {
      label: t("column.number"),
      cell: ({ e164 }) => e164 === "" ? "–" : <bdi dir="ltr" class="num">{e164}</bdi>,
    },
    changed: { label: t("column.changed"), cell: ({ changed_at }) => <Time at={changed_at} /> },
    created: { label: t("column.created"), cell: ({ created_at }) => <Time at={created_at} /> },
  };
  return [
    {
      label: t("column.user"),
      head: true,
      cell: ({ uri, display_name }) => (
        <>
          <a href={userPath(uri)}>
            <bdi>{display_name === "" ? uri : display_name}</bdi>
          </a>
          {display_name !== "" && <bdi dir="ltr" class="sub">{uri}</bdi>}
        </>
      ),
    },
    { label: t("state"), cell: ({ state }) => <StateBadge state={state} /> },
    {
      label: t("column.devices"),
      cell: ({ devices }) =>
        devices === 0
          ? <span class="soft">{t("devices.none")}</span>
          : <Badge tone="ok" icon="phone">{t("devices.online", { n: devices })}</Badge>,
    },
    ...chosen.map((name) => optional[name]),
  ];
}
