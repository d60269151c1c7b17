import type { Tabs } from "../doors.ts";

/** Hears what other tabs say, beside whoever hears it already. */
export function hearTabs(tabs: Tabs, listener: (value: unknown) => void): void {
  const before = tabs.onValue;
  tabs.onValue = (value) => {
    before?.(value);
    listener(value);
  };
}
