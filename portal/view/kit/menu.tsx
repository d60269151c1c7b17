import { useId, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { Button, type ButtonProps } from "./button.tsx";
import { Icon, type IconName } from "./icon.tsx";

export interface MenuItem {
  readonly label: string;
  readonly icon?: IconName;
  readonly danger?: boolean;
  readonly onPress: () => void;
}

export interface MenuProps {
  /** Name of the button and of the menu. */
  readonly label: string;
  readonly items: readonly MenuItem[];
  /** `more` if not told. */
  readonly icon?: IconName;
  readonly look?: ButtonProps["look"];
  /** Shows the name beside the icon. */
  readonly showLabel?: boolean;
  /** False: the button is not on the way of the tab key, for lists with a way of their own to it. */
  readonly tabbable?: boolean;
}

/** A button that opens a menu: arrow keys, first letters, Escape; the focus comes back to the button. */
export function Menu({ label, items, icon = "more", look = "quiet", showLabel = false, tabbable = true }: MenuProps) {
  const id = useId(), open = useSignal(false);
  const button = useRef<HTMLButtonElement>(null), panel = useRef<HTMLDivElement>(null), wasOpen = useRef(false);
  const show = () => {
    panel.current?.showPopover();
    place(panel.current!, button.current!);
    itemsOf(panel.current!)[0]?.focus();
  };
  const hide = () => panel.current?.hidePopover();
  return (
    <span class="menu">
      <Button
        look={look}
        icon={icon}
        label={label}
        hideLabel={!showLabel}
        expanded={open.value}
        elementRef={button}
        onPress={() => {
          if (!wasOpen.current) show();
          wasOpen.current = false;
        }}
        more={{
          "aria-haspopup": "menu",
          "aria-controls": id,
          tabIndex: tabbable ? 0 : -1,
          // A press outside closes an open menu by itself; it shall not open again at the end of the same press.
          onPointerDown: () => void (wasOpen.current = open.value),
          onKeyDown: (event: KeyboardEvent) => {
            if (event.key !== "ArrowDown") return;
            event.preventDefault();
            event.stopPropagation();
            show();
          },
        }}
      />
      <div
        ref={panel}
        id={id}
        role="menu"
        aria-label={label}
        class="menu-panel"
        popover="auto"
        onToggle={(event) => {
          open.value = (event as unknown as { newState: string }).newState === "open";
        }}
        onKeyDown={(event) => {
          event.stopPropagation();
          if (event.key === "Escape" || event.key === "Tab") {
            hide();
            button.current?.focus();
            if (event.key === "Escape") event.preventDefault();
          } else if (moveFocus(itemsOf(panel.current!), event.key)) event.preventDefault();
        }}
      >
        {items.map((item) => (
          <button
            key={item.label}
            type="button"
            role="menuitem"
            tabIndex={-1}
            class={item.danger ? "danger" : undefined}
            onClick={() => {
              hide();
              button.current?.focus();
              item.onPress();
            }}
          >
            {item.icon !== undefined && <Icon name={item.icon} />}
            <span>{item.label}</span>
          </button>
        ))}
      </div>
    </span>
  );
}

function itemsOf(panel: HTMLElement): HTMLElement[] {
  return [...panel.querySelectorAll<HTMLElement>("[role=menuitem]")];
}

/** Below the button, or above where there is no room; its end at the button's end. */
function place(panel: HTMLElement, button: HTMLElement): void {
  const at = button.getBoundingClientRect(), size = panel.getBoundingClientRect(), edge = 8;
  const rtl = getComputedStyle(button).direction === "rtl";
  const left = rtl ? at.left : at.right - size.width;
  const top = at.bottom + size.height + edge > innerHeight && at.top > size.height ? at.top - size.height : at.bottom;
  panel.style.left = `${Math.max(edge, Math.min(left, innerWidth - size.width - edge))}px`;
  panel.style.top = `${Math.max(edge, Math.min(top, innerHeight - size.height - edge))}px`;
}

/** Moves the focus in a row of elements by arrow keys, Home, End and first letters. False: the key is for others. */
export function moveFocus(all: readonly HTMLElement[], key: string, sideways = false): boolean {
  const from = all.indexOf(document.activeElement as HTMLElement);
  const rtl = sideways && all[0] !== undefined && getComputedStyle(all[0]).direction === "rtl";
  const [before, after] = sideways
    ? (rtl ? ["ArrowRight", "ArrowLeft"] : ["ArrowLeft", "ArrowRight"])
    : ["ArrowUp", "ArrowDown"];
  let to = -1;
  if (key === after) to = (from + 1) % all.length;
  else if (key === before) to = (from <= 0 ? all.length : from) - 1;
  else if (key === "Home") to = 0;
  else if (key === "End") to = all.length - 1;
  else if (key.length === 1 && key !== " ") {
    const turned = [...all.slice(from + 1), ...all.slice(0, from + 1)];
    const found = turned.find(({ textContent }) => textContent?.trim().toLowerCase().startsWith(key.toLowerCase()));
    to = found === undefined ? -1 : all.indexOf(found);
  }
  all[to]?.focus();
  return to >= 0;
}
