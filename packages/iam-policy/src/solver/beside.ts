import { keyFacts } from '../condition-keys.ts';
import { contextValue } from '../context.ts';
import type { Template } from '../template.ts';
import type { RequestContext } from '../types.ts';
import { closedValues } from './closed-values.ts';
import type { Effort } from './effort.ts';
import { classesOf } from './remembered-classes.ts';
import type { ResourceForm, SearchSpace } from './space.ts';
import { anyText, literal, type TextPattern } from './text-patterns.ts';
import { type ResourceAtom, testsAgainst, testsOf, type Usage } from './usage.ts';
import { candidateValues } from './values.ts';

/** A key, and what its values may stand in. */
interface Standing {
  /** In lower case. */
  readonly key: string;
  readonly usage: Usage;
  readonly space: SearchSpace;
  readonly contexts: readonly RequestContext[];
  readonly effort: Effort;
}

/**
 * Values of a policy variable that make the texts around it those that other keys and resources have: of the keys
 * whose tests it stands in, and of the resources whose patterns it stands in.
 */
export function valuesBeside(standing: Standing): string[] {
  const { key, usage, space } = standing;
  const values = new Set<string>();
  for (const { test } of testsAgainst(usage, key)) {
    const target = test.test.key.toLowerCase();
    const closed = closedValues(space, target);
    const candidates = closed ?? ownValues({ ...standing, key: target });
    for (const text of test.test.values) for (const value of candidates) addFilling(text, key, value, values);
  }
  for (const { pattern } of usage.patterns) {
    if (!pattern.variables.some((name) => name.toLowerCase() === key)) continue;
    for (const value of fillings(pattern, standing)) values.add(value);
  }
  return [...values].slice(0, maxBeside);
}

const maxBeside = 40;

/** What has to stand for a key in a pattern so that it matches a resource: one that people would rather read, if one fits. */
function fillings(
  { text, template }: ResourceAtom['pattern'],
  { key, space, effort }: Standing,
): Set<string> {
  const found = new Set<string>();
  const { resource } = space;
  const forms = typeof resource === 'string' ? [] : resource;
  const arns = typeof resource === 'string' ? [resource] : forms.flatMap(({ hints }) => hints.slice(0, 3));
  for (const arn of arns) addFilling(text, key, arn, found);
  if (found.size > 0) return found;
  for (const arn of textsWithin(template, forms, effort)) addFilling(text, key, arn, found);
  return found;
}

/** What a search may do to find a resource of a form that a pattern can match. */
const workOfForm = 20_000;

/** A resource of each form that a pattern can match, whatever stands for its variables: it may name one that no hint does. */
function textsWithin(template: Template, forms: readonly ResourceForm[], effort: Effort): string[] {
  const widest: TextPattern = template.flatMap((token) =>
    token.kind === 'text'
      ? literal(token.text)
      : anyText.map((step) => ({ ...step, repeat: token.kind !== 'one' })),
  );
  const made = new Map([[JSON.stringify(widest), () => widest]]);
  return forms.flatMap((form) => classesOf(form.pattern, made, workOfForm, effort).texts.get('1') ?? []);
}

/** What a key can be by its own tests. */
function ownValues({ key, usage, space, contexts, effort }: Standing): readonly string[] {
  const known = contextValue(space.known, key);
  if (known !== undefined) return [known].flat();
  const usual = contextValue(space.baseline ?? {}, key);
  const { values } = candidateValues({
    tests: testsOf(usage, key).map(({ test }) => test),
    key,
    facts: keyFacts(key),
    preferred: usual === undefined ? [] : [usual],
    contexts,
    kept: [],
    beside: [],
    forms: space.free?.get(key)?.forms,
    effort,
  });
  return values.flatMap((value) => value ?? []).slice(0, maxBeside);
}

/** What has to stand for `${key}` so that a text of a policy is like a value; what is before and behind is compared. */
function addFilling(text: string, key: string, value: string, found: Set<string>): void {
  const at = text.toLowerCase().indexOf(`\${${key}`);
  if (at === -1) return;
  const end = text.indexOf('}', at);
  const before = regularExpression(text.slice(0, at));
  const behind = regularExpression(text.slice(end + 1));
  if (`${before}${behind}`.split('*').length > maxStars) return;
  const filling = new RegExp(`^${before}(.*?)${behind}$`, 's').exec(value)?.[1];
  if (filling !== undefined) found.add(filling);
}

/** Wildcards and other variables are any text: whether it fits is found out later. Stars in a row are one. */
function regularExpression(text: string): string {
  return text
    .slice(0, maxContext)
    .replace(/\$\{[^}]*\}|\*/g, '*')
    .replace(/\*+/g, '*')
    .replace(/[\\^$+.()|[\]{}]/g, '\\$&')
    .replaceAll('?', '.')
    .replaceAll('*', '.*?');
}

const maxContext = 200;
/** More would cost too much to try. */
const maxStars = 4;
