import { useRef } from "preact/hooks";
import { Button } from "../../kit/mod.ts";
import { EmoticonDrawing } from "../text/emoticon_picture.tsx";
import { EMOTICONS } from "../text/emoticons.ts";
import { t } from "../texts.ts";

/** Emoticons to choose from: the text of the one that is chosen goes into the message (USE-6). */
export function EmoticonPicker({ onPick, disabled }: { onPick: (text: string) => void; disabled: boolean }) {
  const panel = useRef<HTMLDivElement>(null);
  return (
    <span class="picker">
      <Button
        look="quiet"
        icon="smile"
        label={t("emoticons")}
        hideLabel
        disabled={disabled}
        onPress={() => {
          panel.current?.showPopover();
          panel.current?.querySelector("button")?.focus();
        }}
        more={{ "aria-haspopup": "dialog" }}
      />
      <div
        ref={panel}
        class="picker-panel"
        popover="auto"
        role="dialog"
        aria-label={t("emoticons")}
        onKeyDown={(event) => moveInGrid(event, panel.current!)}
      >
        {EMOTICONS.map((emoticon) => (
          <button
            key={emoticon.name}
            type="button"
            title={`${t(`e.${emoticon.name}`)} ${emoticon.forms[0]}`}
            aria-label={`${t(`e.${emoticon.name}`)} ${emoticon.forms[0]}`}
            onClick={() => {
              panel.current?.hidePopover();
              onPick(emoticon.forms[0]);
            }}
          >
            <EmoticonDrawing emoticon={emoticon} />
          </button>
        ))}
      </div>
    </span>
  );
}

/** Arrow keys to the neighbours: in rows of as many as there are beside each other. */
function moveInGrid(event: KeyboardEvent, panel: HTMLElement): void {
  const all = [...panel.querySelectorAll("button")];
  const from = all.indexOf(document.activeElement as HTMLButtonElement);
  if (from < 0) return;
  const inRow = all.findIndex(({ offsetTop }) => offsetTop > all[0].offsetTop);
  const columns = inRow < 0 ? all.length : inRow;
  const forward = getComputedStyle(panel).direction === "rtl" ? -1 : 1;
  const step = { ArrowRight: forward, ArrowLeft: -forward, ArrowDown: columns, ArrowUp: -columns }[event.key];
  if (step === undefined) return;
  event.preventDefault();
  all[Math.max(0, Math.min(all.length - 1, from + step))].focus();
}
