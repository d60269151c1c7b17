import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { moveFocus } from "./menu.tsx";

/** For the one element of an item that takes the focus. */
export interface Roving {
  readonly tabIndex: number;
  readonly onFocus: () => void;
  readonly "data-roving": string;
}

export interface RovingListProps<T> {
  readonly label: string;
  readonly items: readonly T[];
  /** The same as long as it is the same item. */
  readonly keyOf: (item: T) => string;
  /** Draws an item; `roving` is to be spread on its link or button. */
  readonly render: (item: T, roving: Roving) => ComponentChildren;
  /** The item that is chosen: where the tab key enters the list. */
  readonly current?: string;
  readonly class?: string;
}

/** A list with one place on the way of the tab key: arrow keys, Home, End and first letters move in it. */
export function RovingList<T>({ label, items, keyOf, render, current, class: style = "" }: RovingListProps<T>) {
  const list = useRef<HTMLUListElement>(null), focused = useSignal("");
  const keys = items.map(keyOf);
  const entry = [focused.value, current ?? ""].find((key) => key !== "" && keys.includes(key)) ?? keys[0];
  return (
    <ul
      ref={list}
      class={`list ${style}`}
      aria-label={label}
      onKeyDown={(event) => {
        const target = event.target as HTMLElement;
        if (!target.hasAttribute("data-roving") || event.altKey || event.ctrlKey || event.metaKey) return;
        if (moveFocus([...list.current!.querySelectorAll<HTMLElement>("[data-roving]")], event.key)) {
          event
            .preventDefault();
        }
      }}
    >
      {items.map((item, at) => (
        <li key={keys[at]}>
          {render(item, {
            tabIndex: keys[at] === entry ? 0 : -1,
            onFocus: () => void (focused.value = keys[at]),
            "data-roving": "",
          })}
        </li>
      ))}
    </ul>
  );
}
