import assert from "node:assert/strict";
import type { Child } from "hono/jsx";
import { LineChart } from "../charts/line_chart.tsx";
import { Meter } from "../charts/meter.tsx";
import { Checkbox, Field, PasswordField, Radios, Select, Textarea } from "../forms/fields.tsx";
import { ActionForm, Form } from "../forms/form.tsx";
import type { Ui } from "../request_ui.ts";
import { inPage } from "../testing/ui_of.ts";
import { Alert, Badge } from "./alert.tsx";
import { Button, ButtonLink } from "./button.tsx";
import { Page } from "./page.tsx";
import { Confirm, Copyable, Countdown, EmptyState, Facts, Qr, Time } from "./pieces.tsx";
import { Pager, Table } from "./table.tsx";

const EVIL = `"><script>alert(1)</script><img src=x onerror='alert(2)'>`;
const html = (piece: () => Child, parts: Partial<Ui> = {}) => inPage(() => String(piece()), parts);

Deno.test("every piece escapes what it is given", () => {
  const form = { values: { a: EVIL }, errors: { a: EVIL }, alert: EVIL };
  const common = { form, name: "a", label: EVIL, hint: EVIL };
  const options = [{ value: EVIL, label: EVIL }];
  const pieces: [string, () => Child][] = [
    ["Field", () => <Field {...common} autocomplete="off" placeholder={EVIL} />],
    ["PasswordField", () => <PasswordField {...common} autocomplete="off" />],
    ["Textarea", () => <Textarea {...common} />],
    ["Select", () => <Select {...common} options={options} />],
    ["Radios", () => <Radios {...common} options={options} />],
    ["Checkbox", () => <Checkbox {...common} />],
    ["Form", () => <Form state={form} action={EVIL} label={EVIL}>{EVIL}</Form>],
    ["ActionForm", () => <ActionForm fields={{ [EVIL.slice(0, 3)]: EVIL }}>x</ActionForm>],
    ["Button", () => <Button name={EVIL} value={EVIL} label={EVIL}>{EVIL}</Button>],
    ["ButtonLink", () => <ButtonLink href={EVIL} label={EVIL}>{EVIL}</ButtonLink>],
    ["Alert", () => <Alert tone="info" title={EVIL}>{EVIL}</Alert>],
    ["Badge", () => <Badge tone="ok">{EVIL}</Badge>],
    ["Copyable", () => <Copyable id="c" text={EVIL} what={EVIL} />],
    ["Qr", () => <Qr text={EVIL} label={EVIL} />],
    ["Confirm", () => <Confirm label={EVIL}>{EVIL}</Confirm>],
    ["EmptyState", () => <EmptyState icon="info" title={EVIL}>{EVIL}</EmptyState>],
    ["Facts", () => <Facts of={[[EVIL, EVIL]]} />],
    ["Meter", () => <Meter label={EVIL} used={1} limit={2} />],
    [
      "LineChart",
      () => <LineChart series={{ title: EVIL, unit: EVIL, from: 0, step_ms: 1000, points: [1, null, 2] }} />,
    ],
    [
      "Table",
      () => (
        <Table
          caption={EVIL}
          rows={[EVIL]}
          columns={[{ label: EVIL, head: true, cell: (row) => row }, { label: EVIL, cell: (row) => row }]}
        />
      ),
    ],
    [
      "Page",
      () => <Page title={EVIL} lead={EVIL} home="/" version={EVIL} crumb={{ href: EVIL, label: EVIL }}>{EVIL}</Page>,
    ],
  ];
  for (const [name, piece] of pieces) {
    const text = html(piece, { flash: { tone: "ok", text: EVIL }, path: `/x?${EVIL}` });
    assert.doesNotMatch(text, /<script>|<img/, name);
    assert.ok(text.includes("&lt;script&gt;") || name === "PasswordField" && text.includes("&quot;"), name);
  }
});

Deno.test("a field says what it is, what is wrong beside it, and whose it is", () => {
  const form = { values: { mail: "ada" }, errors: { mail: "no address" }, alert: "" };
  const text = html(() => <Field form={form} name="mail" label="Mail" hint="Yours." autocomplete="email" required />);
  assert.match(text, /<label for="f-mail">Mail<\/label>/);
  for (
    const part of [
      'value="ada"',
      'autocomplete="email"',
      'aria-invalid="true"',
      'aria-describedby="f-mail-error f-mail-hint"',
      'id="f-mail-error"',
      'id="f-mail-hint"',
      "required",
    ]
  ) assert.ok(text.includes(part), part);
});

Deno.test("a secret is never sent back", () => {
  const form = { values: { password: "hunter2" }, errors: { password: "too short" }, alert: "" };
  const text = html(() => <PasswordField form={form} name="password" label="Password" autocomplete="new-password" />);
  assert.doesNotMatch(text, /hunter2/);
  assert.match(text, /too short/);
});

Deno.test("a textarea keeps the empty line that it begins with", () => {
  const text = html(() => <Textarea form={{ values: { a: "\nx" }, errors: {}, alert: "" }} name="a" label="A" />);
  assert.match(text, />\n\nx<\/textarea>/);
});

Deno.test("a form carries its token in itself, in the address where its body is a stream", () => {
  assert.match(html(() => <Form>x</Form>), /<input type="hidden" name="_csrf" value="token-of-the-form"/);
  const streamed = html(() => <Form action="/up" streamed>x</Form>);
  assert.match(streamed, /action="\/up\?_csrf=token-of-the-form"/);
  assert.match(streamed, /enctype="multipart\/form-data"/);
});

Deno.test("a table names its columns in every cell, for the narrow screen", () => {
  const text = html(() => (
    <Table
      caption="Users"
      rows={[{ name: "Ada", n: 3 }]}
      columns={[{ label: "Name", head: true, cell: ({ name }) => name }, {
        label: "N",
        number: true,
        cell: ({ n }) => n,
      }]}
    />
  ));
  assert.match(text, /<caption[^>]*>Users/);
  assert.match(text, /<th scope="row" role="rowheader"><div>Ada/);
  assert.match(text, /<td role="cell" class="number" data-label="N"><div>3/);
});

Deno.test("a chart tells its figures in words and as a table, and an empty one says so", () => {
  const text = html(() => <LineChart series={{ title: "Load", from: 0, step_ms: 3_600_000, points: [1, null, 4] }} />);
  assert.match(text, /role="img" aria-label="Load: from 1 to 4, last 4\."/);
  assert.match(text, /<td>–<\/td>/);
  const flat = html(() => <LineChart series={{ title: "Load", from: 0, step_ms: 1, points: [0] }} />);
  assert.doesNotMatch(flat, /NaN|Infinity/);
  assert.match(
    html(() => <LineChart series={{ title: "Load", from: 0, step_ms: 1, points: [null] }} />),
    /No data yet/,
  );
});

Deno.test("times are exact for machines and relative for people; a countdown stands without script", () => {
  const now = Date.UTC(2026, 0, 1);
  assert.match(html(() => <Time at={now - 300_000} />), /datetime="2025-12-31T23:55:00\.000Z"[^>]*>5 minutes ago</);
  assert.match(html(() => <Time at={0} />), /never/);
  assert.match(html(() => <Countdown until={now + 59_500} />), /data-countdown="60"[^>]*>1:00</);
});

Deno.test("a meter warns before it is full, and a limit of nothing does not break it", () => {
  assert.match(html(() => <Meter label="Q" used={95} limit={100} />), /class="meter critical"/);
  assert.match(html(() => <Meter label="Q" used={80} limit={100} />), /class="meter warning"/);
  assert.doesNotMatch(html(() => <Meter label="Q" used={0} limit={0} />), /NaN|Infinity/);
});

Deno.test("a pager leads on only where there is more", () => {
  assert.doesNotMatch(html(() => <Pager total={3} first={null} next={null} />), /<nav/);
  assert.match(html(() => <Pager total={10_000} more first={null} next="/n" />), /10,000 entries or more.*href="\/n"/s);
});

Deno.test("a page has its landmarks, a way past them, and says its language", () => {
  const nav = [{ label: "People", items: [{ href: "/users", label: "Users", icon: "users" as const, count: 2 }] }];
  const text = html(() => <Page title="T" home="/" version="1.2" nav={nav} here="/users" events="/events">x</Page>);
  for (
    const part of [
      '<a class="skip" href="#main">',
      "<header",
      '<nav id="nav"',
      '<main id="main"',
      "<footer",
      'aria-current="page"',
      '<html lang="en" dir="ltr"',
      'data-events="/events"',
      "Version 1.2",
    ]
  ) assert.ok(text.includes(part), part);
});

Deno.test("a page that answers a form leads nowhere by itself: what it shows once would be lost", () => {
  const page = () => <Page title="T" home="/" version="">{<Countdown until={Date.UTC(2026, 0, 2)} />}</Page>;
  assert.match(html(page), /action="\/preferences"/);
  const answer = html(page, { answersForm: true });
  assert.doesNotMatch(answer, /action="\/preferences"/);
  assert.match(answer, /data-then="stay"/);
});
