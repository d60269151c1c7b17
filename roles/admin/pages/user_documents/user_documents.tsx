import {
  ActionForm,
  Badge,
  Button,
  Card,
  type Column,
  Confirm,
  Copyable,
  EmptyState,
  Facts,
  setFlash,
  Table,
  Time,
  useUi,
} from "../../../../web/ui/mod.ts";
import type { ContactBook, ContactRequestView, ContactView, DocumentView } from "../../../xdm/mod.ts";
import { type ApiClient, pageErrorOf, segment } from "../frame/api_client.ts";
import type { ConsoleContext } from "../frame/console.ts";
import { en } from "./texts.en.ts";
import { t } from "./texts.ts";

/** Contacts that the page shows. */
const SHOWN = 50;

/** What the console shows of a user's documents. */
export interface UserDocumentsModel {
  readonly contacts: readonly ContactView[];
  readonly total: number;
  readonly blocked: ContactBook["blocked"];
  /** Requests of others that wait for this user. */
  readonly waiting: number;
  readonly documents: readonly DocumentView[];
  readonly root: string;
}

const restPath = (uri: string) => `/users/${segment(uri)}`;

export async function readUserDocuments(api: ApiClient, uri: string): Promise<UserDocumentsModel> {
  const path = restPath(uri);
  const [{ contacts, total, blocked }, { requests }, { documents, root }] = await Promise.all([
    api.need<{ contacts: ContactView[]; total: number; blocked: ContactBook["blocked"] }>(
      `${path}/contacts?limit=${SHOWN}`,
    ),
    api.need<{ requests: ContactRequestView[] }>(`${path}/contact-requests`),
    api.need<{ documents: DocumentView[]; root: string }>(`${path}/documents`),
  ]);
  const waiting = requests.filter(({ direction }) => direction === "incoming").length;
  return { contacts, total, blocked, waiting, documents, root };
}

/** Unblocks somebody for the user. */
export async function unblock(c: ConsoleContext, uri: string, back: string): Promise<Response> {
  const who = c.get("posted").text("contact");
  const answer = await c.get("console").api.delete(`${restPath(uri)}/blocked/${segment(who)}`);
  if (!answer.ok && answer.status >= 500) throw pageErrorOf(answer.status, answer.problem);
  setFlash(c, answer.ok ? "ok" : "warning", answer.ok ? t("unblocked", { who }) : answer.problem.detail);
  return c.redirect(`${back}#documents`, 303);
}

/** Removes a document, as it was seen. */
export async function removeDocument(c: ConsoleContext, uri: string, back: string): Promise<Response> {
  const posted = c.get("posted");
  const id = posted.text("id");
  const { api } = c.get("console");
  const answer = await api.delete(`${restPath(uri)}/documents/${segment(id)}`, `"${posted.text("etag")}"`);
  if (!answer.ok && answer.status >= 500) throw pageErrorOf(answer.status, answer.problem);
  setFlash(c, answer.ok ? "ok" : "warning", answer.ok ? t("removed", { what: id }) : answer.problem.detail);
  return c.redirect(`${back}#documents`, 303);
}

/** The section of a user's page. */
export function UserDocuments({ path, model, helps, writes }: {
  path: string;
  model: UserDocumentsModel;
  helps: boolean;
  writes: boolean;
}) {
  const { contacts, total, blocked, waiting, documents, root } = model;
  return (
    <Card title={t("title")} id="documents">
      <Facts long of={[[t("root"), <Copyable id="xcap-root" text={root} what={t("root")} />]]} />
      <p class="hint">{t("root.hint")}</p>
      {waiting > 0 && <p>{t("waiting", { n: waiting })}</p>}
      <h3>{t("contacts")}</h3>
      {contacts.length === 0
        ? <p class="soft">{t("contacts.none")}</p>
        : <Contacts contacts={contacts} total={total} />}
      <h3>{t("blocked")}</h3>
      {blocked.length === 0
        ? <p class="soft">{t("blocked.none")}</p>
        : <Blocked path={path} blocked={blocked} helps={helps} />}
      <h3>{t("documents")}</h3>
      {documents.length === 0
        ? <EmptyState icon="inbox" title={t("documents.none")}>{t("documents.none.text")}</EmptyState>
        : <Documents path={path} documents={documents} writes={writes} />}
    </Card>
  );
}

function Contacts({ contacts, total }: { contacts: readonly ContactView[]; total: number }) {
  const caption = contacts.length < total
    ? t("contacts.first", { shown: contacts.length, total })
    : t("contacts.some", { n: total });
  return (
    <Table
      caption={caption}
      rows={contacts}
      columns={[
        {
          label: t("contact"),
          head: true,
          cell: ({ uri, name, blocked }) => (
            <>
              <bdi>{name === "" ? uri : name}</bdi> {blocked && <Badge tone="warning">{t("blocked")}</Badge>}
              {name !== "" && <bdi dir="ltr" class="sub">{uri}</bdi>}
            </>
          ),
        },
        { label: t("lists"), cell: ({ lists }) => <bdi>{lists.filter((list) => list !== "").join(", ")}</bdi> },
      ]}
    />
  );
}

function Blocked({ path, blocked, helps }: { path: string; blocked: ContactBook["blocked"]; helps: boolean }) {
  const columns: Column<ContactBook["blocked"][number]>[] = [{
    label: t("contact"),
    head: true,
    cell: ({ uri, name }) => (
      <>
        <bdi>{name === "" ? uri : name}</bdi>
        {name !== "" && <bdi dir="ltr" class="sub">{uri}</bdi>}
      </>
    ),
  }];
  if (helps) {
    columns.push({
      label: t("unblock"),
      bare: true,
      cell: ({ uri }) => (
        <ActionForm action={path} fields={{ do: "unblock", contact: uri }}>
          <Button small label={t("unblock.what", { who: uri })}>{t("unblock")}</Button>
        </ActionForm>
      ),
    });
  }
  return <Table caption={t("blocked.caption")} quiet rows={blocked} columns={columns} />;
}

function Documents({ path, documents, writes }: {
  path: string;
  documents: readonly DocumentView[];
  writes: boolean;
}) {
  const { format } = useUi();
  const columns: Column<DocumentView>[] = [
    {
      label: t("document"),
      head: true,
      cell: ({ auid, id }) => (
        <>
          {kindOf(auid)}
          <bdi dir="ltr" class="sub">{id}</bdi>
        </>
      ),
    },
    { label: t("size"), number: true, cell: ({ size }) => format.octets(size) },
    { label: t("changed"), cell: ({ modified_at }) => <Time at={modified_at} /> },
  ];
  if (writes) {
    columns.push({
      label: t("remove"),
      bare: true,
      cell: ({ id, etag }) => (
        <Confirm label={t("remove")} look={{ kind: "quiet-danger", small: true }}>
          <p>{t("remove.text")}</p>
          <ActionForm action={path} fields={{ do: "remove-document", id, etag }}>
            <Button kind="danger-primary" small>{t("remove.what", { what: id })}</Button>
          </ActionForm>
        </Confirm>
      ),
    });
  }
  return <Table caption={t("documents.caption")} quiet rows={documents} columns={columns} />;
}

type KindKey = Extract<keyof typeof en, `kind.${string}`>;

/** A usage in words; its identifier where nobody gave it any. */
function kindOf(auid: string): string {
  const key = `kind.${auid}`;
  return Object.hasOwn(en, key) ? t(key as KindKey) : auid;
}
