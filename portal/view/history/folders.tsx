import type { FolderModel } from "../../model/mod.ts";
import { Bytes, Icon, Select } from "../kit/mod.ts";
import { t } from "./texts.ts";

interface FoldersProps {
  readonly folders: readonly FolderModel[];
  /** Null: all of them. */
  readonly current: string | null;
  readonly onPick: (folder: string | null) => void;
}

/** The folders to choose from; where there is little room, as one field. */
export function Folders({ folders, current, onPick }: FoldersProps) {
  const name = (folder: string) => folder === "" ? t("no-folder") : folder;
  return (
    <>
      <div class="folders-narrow">
        <Select
          label={t("folder")}
          value={current === null ? "*" : `/${current}`}
          onChange={(value) => onPick(value === "*" ? null : value.slice(1))}
          options={[
            { value: "*", label: t("all") },
            ...folders.map(({ folder }) => ({ value: `/${folder}`, label: name(folder) })),
          ]}
        />
      </div>
      <ul class="folders" aria-label={t("folders")}>
        <li>
          <button type="button" aria-pressed={current === null} onClick={() => onPick(null)}>
            <Icon name="clock" /> <span>{t("all")}</span>
          </button>
        </li>
        {folders.map(({ folder, conversations, octets }) => (
          <li key={folder}>
            <button type="button" aria-pressed={current === folder} onClick={() => onPick(folder)}>
              <Icon name="folder" />{" "}
              <span>
                <bdi>{name(folder)}</bdi>{" "}
                <small>
                  {t("folder-count", { n: conversations })}, <Bytes n={octets} />
                </small>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
