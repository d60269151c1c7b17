import { t } from "../texts.ts";
import type { Emoticon } from "./emoticons.ts";

/** The drawing of an emoticon alone. */
export function EmoticonDrawing({ emoticon }: { emoticon: Emoticon }) {
  return (
    <svg
      class={`emoticon-drawing ${emoticon.face || emoticon.name}`}
      viewBox="0 0 20 20"
      aria-hidden="true"
      focusable="false"
    >
      {emoticon.face !== "" && <circle cx="10" cy="10" r="9" />}
      {emoticon.shapes !== "" && <path class="shapes" d={emoticon.shapes} />}
      {emoticon.lines !== "" && <path class="lines" d={emoticon.lines} />}
    </svg>
  );
}

/** An emoticon in a text (USE-5): seen as a picture; read, found and copied as the text that it is. */
export function EmoticonPicture({ emoticon, text }: { emoticon: Emoticon; text: string }) {
  return (
    <span class="emoticon" title={t(`e.${emoticon.name}`)}>
      <EmoticonDrawing emoticon={emoticon} />
      <span class="emoticon-text">{text}</span>
    </span>
  );
}
