import assert from "node:assert/strict";
import { ParleyProcess } from "../support/parley.ts";

const FOLDER = new URL("../../docs/monitoring/", import.meta.url);
const read = (name: string) => Deno.readTextFileSync(new URL(name, FOLDER));

/** Expressions of the alert rules, by alert. */
function alerts(): Map<string, string> {
  const rules = read("alerts.yml").split(/^ {6}- alert: /m).slice(1);
  return new Map(rules.map((rule) => {
    const [, name] = /^(\w+)\n/.exec(rule)!;
    const [, expression] = /^ {8}expr: (.+)$/m.exec(rule)!;
    assert.match(rule, /labels: \{ severity: (?:warning|critical) \}/, name);
    assert.match(rule, /^ {10}summary: ".+"$/m, name);
    assert.match(rule, /^ {10}description: ".+"$/m, name);
    return [name, expression];
  }));
}

/** Expressions of the dashboard, by panel. */
function panels(): { title: string; expressions: string[] }[] {
  const dashboard = JSON.parse(read("grafana.json"));
  assert.equal(dashboard.title, "Parley");
  return dashboard.panels.map(({ title, targets }: { title: string; targets: { expr: string }[] }) => ({
    title,
    expressions: targets.map(({ expr }) => expr),
  }));
}

/** Metrics with their label names and values, as a page of /metrics has them. */
function exposed(text: string): { names: Set<string>; labels: Set<string> } {
  const names = new Set([...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name));
  const labels = new Set<string>();
  for (const [, name, pairs] of text.matchAll(/^(\w+)\{([^}]*)\} /gm)) {
    for (const [, label, value] of pairs.matchAll(/(\w+)="([^"]*)"/g)) {
      labels.add(`${name} ${label}`).add(`${name} ${label}=${value}`);
    }
  }
  return { names, labels };
}

const OWN = /\b(?:parley|sip|dns)_[a-z_]+\b/g;
/** What Prometheus itself adds to a series. */
const ADDED = new Set(["job", "instance"]);

Deno.test("alert rules and dashboard name only metrics and labels that a running box has", async () => {
  await using parley = await ParleyProcess.start();
  const { names, labels } = exposed(await parley.metrics());
  assert.ok(names.size > 30, `${names.size} metrics`);
  const rules = alerts();
  const board = panels();
  assert.ok(rules.size >= 10 && board.length >= 12);
  const expressions = [
    ...[...rules].map(([name, expression]) => [name, expression]),
    ...board.flatMap(({ title, expressions }) => expressions.map((one) => [title, one])),
  ];
  const unknown: string[] = [];
  for (const [where, expression] of expressions) {
    for (const [metric] of expression.matchAll(OWN)) if (!names.has(metric)) unknown.push(`${where}: ${metric}`);
    for (const [, metric, selector] of expression.matchAll(/\b(\w+)\{([^}]*)\}/g)) {
      for (const [, label, operator, value] of selector.matchAll(/(\w+)(=~|=)"([^"]*)"/g)) {
        const wanted = operator === "=" ? `${metric} ${label}=${value}` : `${metric} ${label}`;
        if (!ADDED.has(label) && !labels.has(wanted)) unknown.push(`${where}: ${metric}{${label}="${value}"}`);
      }
    }
    for (const [, label, metric] of expression.matchAll(/\bby \((\w+)\) \(rate\((\w+)/g)) {
      if (!ADDED.has(label) && !labels.has(`${metric} ${label}`)) unknown.push(`${where}: ${metric} by ${label}`);
    }
  }
  assert.deepEqual(unknown, []);
});

Deno.test("the dashboard's panels do not overlap, and each has an id of its own", () => {
  const dashboard = JSON.parse(read("grafana.json"));
  const taken = new Set<string>();
  const ids = new Set<number>();
  for (const { id, title, gridPos: { x, y, w, h } } of dashboard.panels) {
    assert.ok(x + w <= 24, title);
    assert.ok(!ids.has(id), `${title}: id ${id}`);
    ids.add(id);
    for (let i = x; i < x + w; i++) {
      for (let j = y; j < y + h; j++) {
        assert.ok(!taken.has(`${i} ${j}`), `${title} overlaps`);
        taken.add(`${i} ${j}`);
      }
    }
  }
});
