import type { Child } from "hono/jsx";
import { useUi } from "../request_ui.ts";
import { t } from "../texts/kit.ts";
import { ButtonLink } from "./button.tsx";
import { Icon } from "./icon.tsx";

/** One column of a table of `R`. */
export interface Column<R> {
  readonly label: string;
  readonly cell: (row: R) => Child;
  /** Names the row: a header cell. */
  readonly head?: boolean;
  readonly number?: boolean;
  /** On a narrow screen without its label: buttons. */
  readonly bare?: boolean;
  /** Link that sorts by it, and whether it is sorted so. */
  readonly sort?: { readonly href: string; readonly direction: "ascending" | "descending" | null };
}

/**
 * A table; where there is little room each row becomes a card. The roles are said again because such rows would else lose
 * them. `caption` says what is listed; `quiet` leaves it to assistive technology.
 */
export function Table<R>(
  { caption, quiet, columns, rows }: {
    caption: string;
    quiet?: boolean;
    columns: readonly Column<R>[];
    rows: readonly R[];
  },
) {
  return (
    <div class="table-box">
      <table class="table" role="table">
        <caption class={quiet ? "unseen" : undefined}>{caption}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map((column) => (
              <th
                scope="col"
                role="columnheader"
                class={column.number ? "number" : undefined}
                aria-sort={column.sort?.direction ?? undefined}
              >
                <Heading column={column} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row) => <tr role="row">{columns.map((column) => <Cell column={column} row={row} />)}</tr>)}
        </tbody>
      </table>
    </div>
  );
}

function Heading<R>({ column: { label, sort, bare } }: { column: Column<R> }) {
  if (bare) return <span class="unseen">{label}</span>;
  if (sort === undefined) return <>{label}</>;
  return (
    <a href={sort.href} title={t("sort.by", { what: label })}>
      {label}
      {sort.direction !== null && <Icon name={sort.direction === "ascending" ? "up" : "down"} />}
    </a>
  );
}

function Cell<R>({ column, row }: { column: Column<R>; row: R }) {
  if (column.head) {
    return (
      <th scope="row" role="rowheader">
        <div>{column.cell(row)}</div>
      </th>
    );
  }
  const names = [column.number ? "number" : "", column.bare ? "bare-cell" : ""].filter((name) => name !== "").join(" ");
  return (
    <td role="cell" class={names === "" ? undefined : names} data-label={column.label}>
      <div>{column.cell(row)}</div>
    </td>
  );
}

/** Below a table that is paged by the server: how many there are, and the way on. */
export function Pager(
  { total, more, first, next }: {
    /** All that match; null where nobody counts. */
    total: number | null;
    /** `total` was counted only so far. */
    more?: boolean;
    /** Links; null where one is there already, or where there is no more. */
    first: string | null;
    next: string | null;
  },
) {
  const { format } = useUi();
  return (
    <div class="pager">
      <span>
        {total === null ? "" : more ? t("pager.many", { n: format.number(total) }) : t("pager.total", { n: total })}
      </span>
      {(first !== null || next !== null) && (
        <nav class="actions" aria-label={t("pager")}>
          {first !== null && <ButtonLink href={first} small>{t("pager.first")}</ButtonLink>}
          {next !== null && <ButtonLink href={next} small>{t("pager.next")}</ButtonLink>}
        </nav>
      )}
    </div>
  );
}
