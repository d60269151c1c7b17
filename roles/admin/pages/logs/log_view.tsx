import {
  Button,
  ButtonLink,
  Card,
  EmptyState,
  Field,
  type FormState,
  Icon,
  SearchForm,
  Select,
  type Tone,
  useUi,
} from "../../../../web/ui/mod.ts";
import type { LogLine } from "../../services/mod.ts";
import { fieldText } from "./log_line.ts";
import { t } from "./texts.ts";

const HERE = "/admin/logs";
const LEVELS = ["debug", "info", "warn", "error"] as const;
const TONES: Readonly<Record<LogLine["level"], Tone>> = {
  debug: "plain",
  info: "info",
  warn: "warning",
  error: "critical",
};

interface LogViewProps {
  readonly lines: readonly LogLine[];
  readonly components: readonly string[];
  readonly query: URLSearchParams;
  /** Lines behind this id come by the stream. */
  readonly next: number;
  readonly form: FormState;
  readonly zone: string;
}

/** The log: filters, tools, lines. */
export function LogView(props: LogViewProps) {
  const { lines } = props;
  return (
    <>
      <Card>
        <Filter {...props} />
        <Tools {...props} />
      </Card>
      {lines.length === 0 && (
        <div id="log-empty">
          <Card>
            <EmptyState icon="logs" title={t("none")}>{t("none.words")}</EmptyState>
          </Card>
        </div>
      )}
      <ol class="log" id="log" aria-label={t("list")} hidden={lines.length === 0} dir="ltr">
        {lines.map((line) => <Row line={line} />)}
      </ol>
      <template id="log-row">
        <Row line={null} />
      </template>
    </>
  );
}

function Filter({ components, form, query }: LogViewProps) {
  const asked = query.get("component") ?? "";
  const known = asked === "" || components.includes(asked) ? components : [asked, ...components];
  return (
    <SearchForm action={HERE} label={t("filter")}>
      <Select
        form={form}
        name="level"
        label={t("level")}
        options={LEVELS.map((value) => ({ value, label: t(`level.${value}`) }))}
      />
      <Select
        form={form}
        name="component"
        label={t("component")}
        options={[
          { value: "", label: t("component.all") },
          ...known.map((name) => ({ value: name, label: name })),
        ]}
      />
      <Field
        form={form}
        name="search"
        type="search"
        label={t("search")}
        placeholder={t("search.hint")}
        autocomplete="off"
        maxlength={200}
      />
      <Button icon="search">{t("filter.do")}</Button>
    </SearchForm>
  );
}

/** `follow.js` finds its words and addresses here. */
function Tools({ query, next, zone }: LogViewProps) {
  return (
    <div
      class="actions"
      id="log-tools"
      data-stream={`/api/v1/logs/stream?${query}`}
      data-after={String(next)}
      data-zone={zone}
      data-follow={t("follow")}
      data-pause={t("pause")}
      data-following={t("following")}
      data-paused={t("paused")}
      data-lost={t("lost")}
      data-lost-lines={t("lost.lines", { n: "{n}" })}
      data-copied={t("copied")}
      data-debug={t("word.debug")}
      data-info={t("word.info")}
      data-warn={t("word.warn")}
      data-error={t("word.error")}
    >
      <button type="button" class="button needs-script" data-follow="" aria-pressed="false">
        <Icon name="down" />
        <span data-label="">{t("follow")}</span>
      </button>
      <ButtonLink href={`${HERE}?${query}`} icon="refresh">{t("refresh")}</ButtonLink>
      <ButtonLink kind="quiet" href={`${HERE}/parley.log?${query}`} icon="download" download>
        {t("download")}
      </ButtonLink>
      <button type="button" class="button quiet needs-script" data-copy-log="">
        <Icon name="copy" />
        {t("copy")}
      </button>
      <span class="follow-sign" data-said="" role="status"></span>
    </div>
  );
}

/** One line; null: an empty row for the script to fill. */
function Row({ line }: { line: LogLine | null }) {
  const { format } = useUi();
  if (line === null) {
    return (
      <li>
        <span class="when"></span>
        <span class="level"></span>
        <span class="component"></span>
        <span class="body">
          <span class="text"></span>
          <span class="fields"></span>
        </span>
      </li>
    );
  }
  const tone = TONES[line.level];
  return (
    <li class={tone === "warning" || tone === "critical" ? tone : undefined}>
      <time class="when" datetime={new Date(line.at).toISOString()} title={format.full(line.at)}>
        {format.precise(line.at)}
      </time>
      <span class={`level ${tone}`}>{t(`word.${line.level}`)}</span>
      <span class="component">{line.component}</span>
      <span class="body">
        <span class="text">{line.text}</span>
        <span class="fields">{fieldText(line.fields)}</span>
      </span>
    </li>
  );
}
