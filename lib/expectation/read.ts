import type { PolicySource } from '@permission-check/iam-policy';
import { regionProblem } from '#lib/catalog/regions.ts';
import { readAssumedBy } from './assumed-by.ts';
import { baselineOf, defaultRegion } from './baseline.ts';
import { problemOfKey, problemOfValue } from './condition-keys.ts';
import { isDay } from './day.ts';
import type { Dated } from './due.ts';
import { type Demand, type Rule, RuleBookExpectations } from './expectations.ts';
import { FileGuards } from './file-guards.ts';
import { exempting } from './guards.ts';
import { listOf } from './list.ts';
import { type Complain, type KeyPath, type LocatedData, locatedIn, type YamlFile } from './located.ts';
import { matchersOf, problemsOfMatch, trustOf } from './principals.ts';
import {
  type ExpectedInput,
  entry,
  namePattern,
  type Outline,
  outlineSchema,
  type RuleInput,
} from './schema.ts';
import { labelOf, OwnSets, type SetItems } from './sets.ts';
import { describePath, readShape } from './shape.ts';
import { readSuppression } from './suppressions.ts';
import type { Baseline, Diagnostic, Expectations } from './types.ts';
import type { WrittenRule } from './written-rule.ts';

export interface ExpectationOptions {
  /** For a file that names no Region, with a warning for one that names another; us-east-1 when left out. */
  readonly region?: string;
  /** The moment of the run, for aws:CurrentTime. */
  readonly now?: Date;
}

export interface ReadExpectations {
  /** To be used only when no diagnostic is an error. */
  readonly expectations: Expectations;
  readonly diagnostics: Diagnostic[];
  /** What a person should think over although it is right: told by `validate`, not by every check. */
  readonly advice: Diagnostic[];
  /** How many rules it has. */
  readonly rules: number;
  /** Rules and suppressions that are to be looked at again. */
  readonly dated: readonly Dated[];
  /** The file's own sets as policies. */
  readonly sets: ReadonlyMap<string, readonly PolicySource[]>;
}

/**
 * What expectations.yaml says. Never throws for what is in the file: everything wrong with it is a diagnostic with its
 * line. It knows nothing of YAML, whose parser is more than a function needs to start.
 *
 * @param file what to call it in messages
 */
export function readExpectations(
  located: LocatedData,
  file: string,
  options: ExpectationOptions = {},
): ReadExpectations {
  const yaml = locatedIn(located, file);
  const diagnostics = [...yaml.diagnostics];
  const reader = new FileReader(yaml, diagnostics);
  const { expectations, sets, rules } = reader.read(file, options, JSON.stringify(located));
  diagnostics.sort((a, b) => a.location.line - b.location.line);
  return { expectations, diagnostics, advice: reader.advice, dated: reader.dated, rules, sets: sets.all() };
}

/** The expectations of a team that has written no file. */
export function builtInExpectations(options: ExpectationOptions = {}): Expectations {
  return new RuleBookExpectations({
    source: 'built-in expectation',
    content: '',
    baseline: baselineOf({}, options.region ?? defaultRegion, options.now ?? new Date()),
    rules: [],
    fallback: {
      demand: { kind: 'built-in' },
      guards: [],
      written: { expect: 'built-in', own: false },
    },
    suppressions: [],
  });
}

function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity === 'error');
}

type DemandedSets = Extract<Demand, { readonly kind: 'sets' }>;

/** What two lists of sets amount to. */
function bothOf(one: Demand, other: DemandedSets): Demand {
  if (one.kind !== 'sets' || other.policies.length === 0) return one;
  return {
    kind: 'sets',
    label: one.policies.length === 0 ? other.label : `${one.label} + ${other.label}`,
    policies: [...new Set([...one.policies, ...other.policies])],
  };
}

function writtenRule(expected: ExpectedInput, guards: WrittenRule['guards']): WrittenRule {
  const expect = expected === 'any' || expected === 'built-in' ? expected : listOf(expected);
  return { expect, ...(guards && { guards }), own: false };
}

class FileReader {
  readonly advice: Diagnostic[] = [];
  readonly dated: Dated[] = [];
  #today = '';
  readonly #yaml: YamlFile;
  readonly #diagnostics: Diagnostic[];
  readonly #complain: Complain;

  constructor(yaml: YamlFile, diagnostics: Diagnostic[]) {
    this.#yaml = yaml;
    this.#diagnostics = diagnostics;
    this.#complain = (message, path, severity = 'error') =>
      diagnostics.push({ severity, message: `${describePath(path)}${message}`, location: yaml.locate(path) });
  }

  read(file: string, options: ExpectationOptions, content: string) {
    const outline = this.#outline();
    const baseline = this.#baseline(outline, options);
    this.#today = (options.now ?? new Date()).toISOString().slice(0, 10);
    const sets = new OwnSets(this.#sets(outline), this.#complain);
    sets.readAll();
    const guards = this.#guards(outline, baseline);
    const rules = (outline.principals ?? []).flatMap((value, index): Rule[] => {
      const path = ['principals', index];
      const rule = readShape(this.#yaml, entry.rule, value, path, this.#diagnostics);
      return rule === undefined ? [] : [this.#rule(rule, path, sets, guards)];
    });
    const demand = this.#demand(outline.default ?? 'built-in', ['default'], sets);
    const suppressions = (outline.suppress ?? []).flatMap((value, index) => {
      const path = ['suppress', index];
      const input = readShape(this.#yaml, entry.suppression, value, path, this.#diagnostics);
      return input === undefined ? [] : [readSuppression(input, path, this.#yaml, this.#complain)];
    });
    for (const { suppression } of suppressions) {
      this.dated.push({ ...suppression, kind: 'suppression', whom: suppression.principal });
    }
    if (!hasErrors(this.#diagnostics)) {
      for (const name of sets.unused()) this.#complain('the set is never used', ['sets', name], 'warning');
    }
    const fallback = {
      demand,
      guards: guards.every().guards,
      written: writtenRule(outline.default ?? 'built-in', guards.every().written),
      ...(outline.default === undefined ? {} : { location: this.#yaml.locate(['default']) }),
    };
    const book = { source: file, content, baseline, rules, fallback, suppressions };
    const expectations = new RuleBookExpectations(book);
    return { expectations, sets, rules: rules.length };
  }

  #baseline(outline: Outline, options: ExpectationOptions) {
    const region = outline.region ?? options.region ?? defaultRegion;
    const wrongRegion = outline.region === undefined ? undefined : regionProblem(outline.region);
    if (wrongRegion !== undefined) this.#complain(wrongRegion.message, ['region'], wrongRegion.severity);
    if (options.region !== undefined && options.region !== region) {
      this.#complain(`used, although the check was started for ${options.region}`, ['region'], 'warning');
    }
    const baseline = baselineOf(outline.context ?? {}, region, options.now ?? new Date());
    this.#checkContext(outline.context ?? {});
    if (Object.keys(outline).length === 0 && !hasErrors(this.#diagnostics)) {
      this.#complain('the file says nothing: the built-in expectation holds', [], 'warning');
    }
    return baseline;
  }

  #checkContext(context: NonNullable<Outline['context']>): void {
    for (const [key, value] of Object.entries(context)) {
      const unknown = problemOfKey(key);
      if (unknown !== undefined) {
        this.#complain(unknown, ['context', key], key.includes(':') ? 'warning' : 'error');
        continue;
      }
      for (const { severity, message } of listOf(value).flatMap(
        (one) => problemOfValue(key, String(one)) ?? [],
      )) {
        this.#complain(message, ['context', key], severity);
      }
    }
  }

  /** The sections whose outline is right; the others are left out after complaining. */
  #outline(): Outline {
    const data = this.#yaml.data ?? {};
    const outline = readShape(this.#yaml, outlineSchema, data, [], this.#diagnostics);
    if (outline !== undefined) return outline;
    const isSound = ([key, value]: [string, unknown]) => outlineSchema.safeParse({ [key]: value }).success;
    const sound = typeof data === 'object' ? Object.entries(data).filter(isSound) : [];
    return outlineSchema.safeParse(Object.fromEntries(sound)).data ?? {};
  }

  /** The items of each set; undefined for one whose shape is wrong. */
  #sets(outline: Outline): Map<string, SetItems> {
    return new Map(
      this.#named('sets', outline).map(([name, value]) => {
        const items = Array.isArray(value) ? value : [value];
        return [
          name,
          items.map((item: unknown, index) =>
            readShape(this.#yaml, entry.setItem, item, ['sets', name, index], this.#diagnostics),
          ),
        ];
      }),
    );
  }

  #guards(outline: Outline, baseline: Baseline): FileGuards {
    const inputs = this.#named('guards', outline).map(
      ([name, value]) =>
        [name, readShape(this.#yaml, entry.guard, value, ['guards', name], this.#diagnostics)] as const,
    );
    return new FileGuards(inputs, baseline, this.#complain);
  }

  #named(section: 'sets' | 'guards', outline: Outline): [string, unknown][] {
    const entries = Object.entries(outline[section] ?? {});
    for (const [name] of entries) {
      if (namePattern.test(name)) continue;
      this.#complain('use letters, digits, "-", "_" and "." in names', [section, name]);
    }
    return entries;
  }

  #rule(input: RuleInput, path: KeyPath, sets: OwnSets, guards: FileGuards): Rule {
    for (const problem of problemsOfMatch(input.match)) this.#complain(problem, [...path, 'match']);
    const trusts = input.expect === 'any' ? trustOf(input.match) : undefined;
    if (trusts !== undefined) {
      const message = `whoever may ${trusts} decides who is not judged: name them, or expect sets`;
      this.advice.push({ severity: 'warning', message, location: this.#yaml.locate(path) });
    }
    const own = guards.ofRule(input.guards, [...path, 'guards']);
    const assumers = input['assumed-by']?.flatMap((one, index) => {
      const read = readAssumedBy(one);
      if (!('problem' in read)) return [read];
      this.#complain(read.problem, [...path, 'assumed-by', index]);
      return [];
    });
    const demand = this.#demand(input.expect, [...path, 'expect'], sets);
    const unguarded = this.#unguarded(input, demand, path, sets);
    return {
      matchers: matchersOf(input.match),
      ...(assumers && { assumedBy: assumers }),
      demand: unguarded === undefined ? demand : bothOf(demand, unguarded),
      written: {
        ...writtenRule(input.expect, own.written),
        ...(input.unguarded && { unguarded: input.unguarded }),
        ...(input['assumed-by'] && { assumedBy: input['assumed-by'] }),
        own: typeof input.match === 'string' && !/[*?]/.test(input.match),
      },
      guards: own.guards.map((guard) => exempting(guard, unguarded?.policies ?? [])),
      location: this.#yaml.locate(path),
      ...this.#ended(input, path),
    };
  }

  /** What may be done without guards. */
  #unguarded(
    { unguarded }: RuleInput,
    demand: Demand,
    path: KeyPath,
    sets: OwnSets,
  ): DemandedSets | undefined {
    if (unguarded === undefined) return undefined;
    const at = [...path, 'unguarded'];
    const read = this.#demand(unguarded, at, sets);
    if (demand.kind === 'sets' && read.kind === 'sets') return read;
    this.#complain('stands beside a list of sets under "expect"', at);
    return undefined;
  }

  /** What is to be looked at again of a rule, and whether its last day is past. */
  #ended({ match, owner, reviewed, until }: RuleInput, path: KeyPath): Pick<Rule, 'ended'> {
    for (const [key, day] of Object.entries({ reviewed, until })) {
      if (day === undefined || isDay(day)) continue;
      this.#complain(`"${day}" is not a day: write it as 2026-12-31`, [...path, key]);
    }
    if (reviewed !== undefined || until !== undefined) {
      const whom = listOf<string | object>(match).map((one) =>
        typeof one === 'string' ? one : JSON.stringify(one),
      );
      const location = this.#yaml.locate(path);
      this.dated.push({ kind: 'rule', whom: whom.join(', '), owner, reviewed, until, location });
    }
    return until === undefined || until >= this.#today ? {} : { ended: { until, owner } };
  }

  #demand(expected: ExpectedInput, path: KeyPath, sets: OwnSets): Demand {
    if (expected === 'any' || expected === 'built-in') return { kind: expected };
    const references = listOf(expected);
    const policies = references.flatMap((reference, index) => {
      const at = Array.isArray(expected) ? [...path, index] : path;
      if (reference === 'any' || reference === 'built-in') {
        this.#complain(`write "expect: ${reference}": it stands alone, without a list`, at);
        return [];
      }
      return sets.policiesOf(reference, at).map((policy) => ({ reference, policy }));
    });
    const labels = references.map((reference) => {
      const own = policies.filter((one) => one.reference === reference).map(({ policy }) => labelOf(policy));
      // A set of the file is called by its own name, whatever it consists of.
      return sets.has(reference) ? reference : own.join(' + ');
    });
    return {
      kind: 'sets',
      label: labels.join(' + ') || 'nothing',
      policies: [...new Set(policies.map(({ policy }) => policy))],
    };
  }
}
