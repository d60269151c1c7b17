import { Bytes, bytesText, Icon } from "../../kit/mod.ts";
import { t } from "../texts.ts";

/** A message of a type that is not shown, or malformed. */
export function Unreadable({ type, size }: { type: string; size: number }) {
  const name = type.slice(0, 100);
  return (
    <p class="unreadable" dir="auto">
      <Icon name="warning" />
      {name === ""
        ? (
          <>
            {t("unreadable.plain")} (<Bytes n={size} />)
          </>
        )
        : t("unreadable", { type: name, size: bytesText(size) })}
    </p>
  );
}
