import {
  ActionForm,
  Alert,
  Badge,
  Button,
  ButtonLink,
  Card,
  Confirm,
  EmptyState,
  Facts,
  Field,
  Form,
  FormEnd,
  newForm,
  Radios,
  SearchForm,
  Table,
  Time,
  useUi,
} from "../../web/ui/mod.ts";
import type { ConversationHit, ConversationHits, ConversationView, RecordingView } from "../admin/services/mod.ts";
import { t } from "./account_history_texts.ts";

/** What the user's own page shows of recorded conversations. */
export interface HistoryModel {
  readonly settings: RecordingView;
  /** The latest ones. */
  readonly conversations: readonly ConversationView[];
  readonly total: number;
  /** What was looked for, and found; null: nothing was asked. */
  readonly search: { readonly words: string; readonly with: string; readonly found: ConversationHits } | null;
}

export function HistoryCard({ model }: { model: HistoryModel }) {
  const { settings, conversations, total, search } = model;
  const { format } = useUi();
  const { taken, quota, keep_days } = settings;
  return (
    <Card title={t("title")} id="history">
      <p>{t("lead")}</p>
      {!settings.allowed && <Alert tone="info">{t("off")}</Alert>}
      {settings.allowed && <WishForm settings={settings} />}
      <Facts
        of={[
          [
            t("used"),
            t("used_of", {
              octets: format.octets(taken.octets),
              most: format.octets(quota.octets),
              conversations: t("conversations", { n: taken.conversations }),
            }),
          ],
          [t("kept"), keep_days === 0 ? t("kept_ever") : t("kept_days", { n: keep_days })],
        ]}
      />
      {total === 0 ? <EmptyState icon="message" title={t("none")} /> : (
        <>
          <SearchBox search={search} />
          {search === null ? <Latest conversations={conversations} total={total} /> : <Found {...search.found} />}
        </>
      )}
    </Card>
  );
}

function WishForm({ settings }: { settings: RecordingView }) {
  const form = { ...newForm(), values: { record: settings.record } };
  const byDefault = settings.default === "everything" ? t("default_everything") : t("default_nothing");
  return (
    <Form action="/account/history/record" label={t("record")}>
      {settings.by_devices && <Alert tone="info">{t("by_devices", { what: t(settings.in_force) })}</Alert>}
      <Radios
        form={form}
        name="record"
        id="f-history-record"
        label={t("record")}
        options={[
          { value: "default", label: byDefault },
          { value: "nothing", label: t("nothing"), hint: t("nothing_hint") },
          { value: "pager", label: t("pager"), hint: t("pager_hint") },
          { value: "session", label: t("session") },
          { value: "everything", label: t("everything") },
        ]}
      />
      <FormEnd label={t("save")} icon="check" />
    </Form>
  );
}

function SearchBox({ search }: { search: HistoryModel["search"] }) {
  const values: Record<string, string> = search === null ? {} : { words: search.words, with: search.with };
  const form = { ...newForm(), values };
  return (
    <>
      <SearchForm action="/account#history" label={t("search")}>
        <Field form={form} name="words" type="search" label={t("words")} autocomplete="off" bare />
        <Field form={form} name="with" label={t("with")} autocomplete="off" bare />
        <Button icon="search">{t("search_do")}</Button>
      </SearchForm>
      <p class="hint">{t("words_hint")}</p>
    </>
  );
}

function Latest({ conversations, total }: { conversations: readonly ConversationView[]; total: number }) {
  const { format } = useUi();
  const { length } = conversations;
  return (
    <Table
      caption={length < total ? t("list_of", { n: length, total }) : t("list")}
      columns={[
        { label: t("column_who"), head: true, cell: (one: ConversationView) => <Who conversation={one} /> },
        { label: t("column_when"), cell: ({ ended_at }: ConversationView) => <Time at={ended_at} /> },
        {
          label: t("column_messages"),
          number: true,
          cell: ({ messages }: ConversationView) => format.number(messages),
        },
        { label: t("column_size"), number: true, cell: ({ octets }: ConversationView) => format.octets(octets) },
        { label: t("column_do"), bare: true, cell: (one: ConversationView) => <Actions conversation={one} /> },
      ]}
      rows={conversations}
    />
  );
}

function Found({ hits, more, bounded }: ConversationHits) {
  const told = more ? t("found_more", { n: hits.length }) : t("found", { n: hits.length });
  return (
    <>
      {bounded && <Alert tone="warning">{t("bounded")}</Alert>}
      {hits.length === 0 ? <EmptyState icon="search" title={t("found_none")} /> : (
        <Table
          caption={told}
          columns={[
            {
              label: t("column_who"),
              head: true,
              cell: ({ conversation }: ConversationHit) => <Who conversation={conversation} />,
            },
            {
              label: t("column_found"),
              cell: ({ message, snippet }: ConversationHit) => (
                <>
                  <bdi>{snippet === "" ? message.file || message.content_type : snippet}</bdi>
                  <span class="sub">
                    <bdi>{message.from.name || plain(message.from.uri)}</bdi> · <Time at={message.at} />
                  </span>
                </>
              ),
            },
            {
              label: t("column_do"),
              bare: true,
              cell: ({ conversation }: ConversationHit) => <Actions conversation={conversation} />,
            },
          ]}
          rows={hits}
        />
      )}
      <p>
        <a href="/account#history">{t("search_over")}</a>
      </p>
    </>
  );
}

function Who({ conversation }: { conversation: ConversationView }) {
  const { kind, open, subject } = conversation;
  const name = nameOf(conversation);
  const known = [plain(conversation.with), subject, t(`kind_${kind}`)].filter((text) => text !== "" && text !== name);
  return (
    <>
      <bdi>{name}</bdi> {open && <Badge tone="info">{t("open")}</Badge>}
      <span class="sub">
        {known.map((text, i) => (
          <>
            {i > 0 && " · "}
            <bdi>{text}</bdi>
          </>
        ))}
      </span>
    </>
  );
}

function Actions({ conversation }: { conversation: ConversationView }) {
  const { reference } = conversation;
  const name = nameOf(conversation);
  const file = (format: string) =>
    `/account/history/export?reference=${encodeURIComponent(reference)}&format=${format}`;
  return (
    <div class="actions">
      <ButtonLink small download href={file("html")} label={t("read_long", { name })}>{t("read")}</ButtonLink>
      <ButtonLink small download href={file("json")} label={t("json_long", { name })}>{t("json")}</ButtonLink>
      <Confirm label={t("remove")} look={{ small: true }}>
        <p>{t("remove_lead")}</p>
        <ActionForm action="/account/history/delete" fields={{ reference }}>
          <Button small kind="danger-primary" label={t("remove_long", { name })}>{t("remove_sure")}</Button>
        </ActionForm>
      </Confirm>
    </div>
  );
}

/** The owner's own name for it, else who it is with. */
function nameOf({ name, group, parties, with: other }: ConversationView): string {
  if (name !== "") return name;
  const party = parties.find(({ uri }, i) => i > 0 && plain(uri) === plain(other));
  return group?.name || party?.name || plain(other);
}

function plain(uri: string): string {
  return uri.replace(/^sips?:/, "");
}
