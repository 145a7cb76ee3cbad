import { isDeepStrictEqual } from 'node:util';
import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLSeq,
} from 'yaml';
import { type Acceptance, entryOf } from './acceptance.ts';
import { inLayoutOf } from './keep-layout.ts';

/**
 * The text of an expectations file with acceptances written into it: each as a rule for its principal alone, above the
 * rule that has decided so far, or in the place of that rule where it names nobody else. Comments and layout stay.
 *
 * @param text of the file that the acceptances' lines are about; empty: a file is begun
 */
export function acceptIn(text: string, acceptances: readonly Acceptance[]): string {
  const lineCounter = new LineCounter();
  const document: Document = parseDocument(text, { lineCounter, stringKeys: true });
  if (document.contents === null) document.contents = document.createNode({});
  // The lines are those of the file before anything is written.
  const lineOf = (node: Node): number => lineCounter.linePos(node.range?.[0] ?? 0).line;
  const targets = acceptances.map((acceptance) => ({
    acceptance,
    rule: rulesOf(document)?.items.find((item) => isMap(item) && lineOf(item) === acceptance.at?.line),
  }));
  for (const { acceptance, rule } of targets) {
    defineSets(document, acceptance);
    const own = ownRule(document, acceptance.subject, rule);
    if (own !== undefined) rewrite(document, own, acceptance);
    else insert(document, acceptance, rule);
  }
  return inLayoutOf(text, document);
}

function rulesOf(document: Document): YAMLSeq | undefined {
  const rules = document.getIn(['principals'], true);
  return isSeq(rules) ? rules : undefined;
}

/**
 * The place of the rule that names a principal and nobody else. Below the rule that has decided so far it would decide
 * nothing: the first match wins.
 */
function ownRule(document: Document, subject: string, decides: unknown): number | undefined {
  const items = rulesOf(document)?.items ?? [];
  const place = items.indexOf(decides);
  const above = place < 0 ? items : items.slice(0, place + 1);
  const index = above.findIndex((item) => isMap(item) && item.get('match') === subject);
  return index < 0 ? undefined : index;
}

function insert(document: Document, acceptance: Acceptance, above: unknown): void {
  const entry = document.createNode(entryOf(acceptance));
  makeFlow(entry);
  const rules = rulesOf(document);
  if (rules === undefined) {
    document.setIn(['principals'], document.createNode([entry]));
    return;
  }
  if (rules.items.length === 0) rules.flow = false;
  const place = rules.items.indexOf(above);
  rules.items.splice(place < 0 ? rules.items.length : place, 0, entry);
}

/** Changes of a rule what the acceptance changes; another acceptance may have changed it before. */
function rewrite(document: Document, index: number, { rule, edit }: Acceptance): void {
  if (rule.ended && document.hasIn(['principals', index, 'until'])) {
    // What it said does not hold any more: what decides instead is what is changed.
    document.deleteIn(['principals', index, 'until']);
    document.setIn(['principals', index, 'expect'], document.createNode(rule.expect));
  }
  const keys = [
    ['expect', rule.expect, edit.expect],
    ['unguarded', rule.unguarded, edit.unguarded],
    ['guards', rule.guards, edit.guards],
    ['assumed-by', rule.assumedBy, edit.assumedBy],
  ] as const;
  for (const [key, before, after] of keys) {
    if (after === undefined) continue;
    const path = ['principals', index, key];
    const written = listAt(document, path);
    const base = Array.isArray(before) ? before : [];
    const kept = (written ?? base).filter((one) => has(after, one) || !has(base, one));
    const value = document.createNode([
      ...kept,
      ...after.filter((one) => !has(kept, one) && !has(base, one)),
    ]);
    makeFlow(value);
    document.setIn(path, value);
  }
}

const has = (list: readonly unknown[], one: unknown): boolean =>
  list.some((other) => isDeepStrictEqual(asRead(other), asRead(one)));

/** A value with its scalars as text, as expectations are read; the order of keys says nothing. */
function asRead(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asRead);
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, asRead(member)]));
}

/** What a list, or a text in the place of a list, says; undefined for any other word. */
function listAt(document: Document, path: readonly (string | number)[]): readonly unknown[] | undefined {
  const node = document.getIn(path, true);
  if (isSeq(node)) return node.toJS(document);
  return isScalar(node) && node.value !== 'built-in' && node.value !== 'any' ? [node.value] : undefined;
}

function defineSets(document: Document, { edit }: Acceptance): void {
  for (const [name, statements] of Object.entries(edit.sets ?? {})) {
    // A set is called by a digest of what it says.
    if (document.hasIn(['sets', name])) continue;
    const value = document.createNode(statements);
    for (const statement of value.items) makeFlow(statement);
    document.setIn(['sets', name], value);
  }
}

/** Writes the lists and mappings within an entry on one line each. */
function makeFlow(node: unknown): void {
  if (isSeq(node)) node.flow = true;
  if (isMap(node)) for (const { value } of node.items) if (isSeq(value) || isMap(value)) value.flow = true;
}
