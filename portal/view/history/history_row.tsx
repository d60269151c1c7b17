import { useId } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { HistoryItem, HistoryModel } from "../../model/mod.ts";
import { TextDialog } from "../doing/ask_dialogs.tsx";
import { goWith, hrefOf } from "../route.ts";
import { Bytes, Dialog, Icon, Menu, whenText } from "../kit/mod.ts";
import { spanText } from "./span_text.ts";
import { t } from "./texts.ts";
import { isolated } from "../doing/isolated.ts";

interface HistoryRowProps {
  readonly item: HistoryItem;
  readonly history: HistoryModel;
  readonly chosen: boolean;
  readonly onChoose: (on: boolean) => void;
  readonly onMove: () => void;
  readonly onDelete: () => void;
  readonly onChanged: () => void;
}

/** What a conversation is called: by its user, else by whom it was with. */
export function titleOf({ name, withName }: HistoryItem): string {
  return name !== "" ? name : withName;
}

/** One recorded conversation. */
export function HistoryRow({ item, history, chosen, onChoose, onMove, onDelete, onChanged }: HistoryRowProps) {
  const asking = useSignal<"" | "rename" | "export">("");
  const id = useId();
  const title = titleOf(item);
  const close = () => void (asking.value = "");
  return (
    <li class="history-row">
      <input
        type="checkbox"
        id={id}
        checked={chosen}
        aria-label={t("choose", { name: title })}
        onChange={({ currentTarget }) => onChoose(currentTarget.checked)}
      />
      <a class="history-main-link" href={hrefOf({ page: "with", key: item.with, message: "" })}>
        <bdi class="contact-name">{title}</bdi> {item.name !== "" && <bdi class="contact-address">{item.withName}</bdi>}
        {" "}
        {item.subject !== "" && <bdi class="room-subject">{item.subject}</bdi>}{" "}
        <span class="hint history-facts">
          <span>{spanText(item.from, item.until)}</span>
          <span>
            {t("messages", { n: item.messages })}, <Bytes n={item.octets} />
          </span>
          {item.open && <span>{t("open")}</span>}
          {item.folder !== "" && (
            <span>
              <Icon name="folder" /> <bdi>{item.folder}</bdi>
            </span>
          )}
          {item.expiresAt > 0 && <span>{t("expires", { day: whenText(item.expiresAt, "day") })}</span>}
        </span>
      </a>
      <Menu
        label={t("actions-of", { name: title })}
        items={[
          { label: t("show"), icon: "message", onPress: () => goWith(item.with) },
          { label: t("rename"), icon: "edit", onPress: () => void (asking.value = "rename") },
          { label: t("move"), icon: "folder", onPress: onMove },
          { label: t("export"), icon: "download", onPress: () => void (asking.value = "export") },
          { label: t("delete"), icon: "trash", danger: true, onPress: onDelete },
        ]}
      />
      {asking.value === "rename" && (
        <TextDialog
          title={t("rename")}
          label={t("name")}
          hint={t("name-hint")}
          value={item.name}
          optional
          onSave={(name) => history.rename(item.reference, name).then((problem) => (problem ?? onChanged(), problem))}
          onClose={close}
        />
      )}
      {asking.value === "export" && (
        <Dialog title={t("export-title", { name: isolated(title) })} onClose={close}>
          <p>{t("export-text")}</p>
          {(["html", "json"] as const).map((format) => (
            <p key={format}>
              <a class="button plain" href={history.exportPath(item.reference, format)} download="">
                <Icon name="download" /> <span>{t(`export-${format}`)}</span>
              </a>
            </p>
          ))}
        </Dialog>
      )}
    </li>
  );
}
