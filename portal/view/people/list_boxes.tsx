import { useId } from "preact/hooks";
import { t } from "./texts.ts";

interface ListBoxesProps {
  readonly lists: readonly string[];
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
}

/** Lists to choose from, any number of them. */
export function ListBoxes({ lists, chosen, onChange }: ListBoxesProps) {
  const id = useId();
  return (
    <fieldset class="choice">
      <legend>{t("in-lists")}</legend>
      {lists.map((list, at) => (
        <div class="choice-option" key={list}>
          <input
            type="checkbox"
            id={`${id}-${at}`}
            checked={chosen.includes(list)}
            onChange={({ currentTarget }) =>
              onChange(currentTarget.checked ? [...chosen, list] : chosen.filter((one) => one !== list))}
          />
          <label for={`${id}-${at}`}>
            <bdi>{list}</bdi>
          </label>
        </div>
      ))}
    </fieldset>
  );
}
