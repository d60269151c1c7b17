import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { moveFocus } from "./menu.tsx";

export interface TabListProps<I extends string> {
  readonly label: string;
  readonly tabs: readonly { readonly id: I; readonly label: string; readonly count?: number }[];
  readonly current: I;
  readonly onPick: (id: I) => void;
}

/** Tabs; arrow keys move and pick. Beside it one `TabPanel` with the id of `current`. */
export function TabList<I extends string>({ label, tabs, current, onPick }: TabListProps<I>) {
  const list = useRef<HTMLDivElement>(null);
  return (
    <div
      ref={list}
      class="tabs"
      role="tablist"
      aria-label={label}
      onKeyDown={(event) => {
        if (moveFocus([...list.current!.querySelectorAll<HTMLElement>("[role=tab]")], event.key, true)) {
          event
            .preventDefault();
        }
      }}
    >
      {tabs.map(({ id, label, count = 0 }) => (
        <button
          key={id}
          type="button"
          role="tab"
          id={`tab-${id}`}
          aria-selected={id === current}
          aria-controls={id === current ? `panel-${id}` : undefined}
          tabIndex={id === current ? 0 : -1}
          onFocus={() => id !== current && onPick(id)}
          onClick={() => onPick(id)}
        >
          {label}
          {count > 0 && <span class="count num">{count}</span>}
        </button>
      ))}
    </div>
  );
}

export function TabPanel({ id, children }: { id: string; children: ComponentChildren }) {
  return <div class="tab-panel" role="tabpanel" id={`panel-${id}`} aria-labelledby={`tab-${id}`}>{children}</div>;
}
