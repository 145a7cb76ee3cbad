import { readAssumedBy } from './assumed-by.ts';
import { isDay } from './day.ts';
import type { Dated } from './due.ts';
import type { FileGuards } from './file-guards.ts';
import { exempting } from './guards.ts';
import { listOf } from './list.ts';
import type { Complain, KeyPath, YamlFile } from './located.ts';
import { matchersOf, problemsOfMatch, trustOf } from './principals.ts';
import type { Demand, Rule } from './rule-book.ts';
import type { ExpectedInput, RuleInput } from './schema.ts';
import { labelOf, type OwnSets } from './sets.ts';
import type { Diagnostic } from './types.ts';
import type { WrittenRule } from './written-rule.ts';

/** What the rules of one file are read with. */
export interface RuleSurroundings {
  readonly yaml: YamlFile;
  readonly complain: Complain;
  readonly sets: OwnSets;
  readonly guards: FileGuards;
  /** `2026-11-24`, UTC. */
  readonly today: string;
}

/** Reads the rules of a file one by one. */
export class RuleReader {
  /** What a person should think over although it is right. */
  readonly advice: Diagnostic[] = [];
  /** Rules that are to be looked at again. */
  readonly dated: Dated[] = [];
  readonly #yaml: YamlFile;
  readonly #complain: Complain;
  readonly #sets: OwnSets;
  readonly #guards: FileGuards;
  readonly #today: string;

  constructor({ yaml, complain, sets, guards, today }: RuleSurroundings) {
    this.#yaml = yaml;
    this.#complain = complain;
    this.#sets = sets;
    this.#guards = guards;
    this.#today = today;
  }

  /** A rule whose shape is right. */
  rule(input: RuleInput, path: KeyPath): Rule {
    for (const problem of problemsOfMatch(input.match)) this.#complain(problem, [...path, 'match']);
    const trusts = input.expect === 'any' ? trustOf(input.match) : undefined;
    if (trusts !== undefined) {
      const message = `whoever may ${trusts} decides who is not judged: name them, or expect sets`;
      this.advice.push({ severity: 'warning', message, location: this.#yaml.locate(path) });
    }
    const own = this.#guards.ofRule(input.guards, [...path, 'guards']);
    const { 'assumed-by': given } = input;
    const written = given === undefined ? undefined : listOf(given);
    const assumers = written?.flatMap((one, index) => {
      const read = readAssumedBy(one);
      if (!('problem' in read)) return [read];
      this.#complain(read.problem, [...path, 'assumed-by', index]);
      return [];
    });
    const demand = this.demand(input.expect, [...path, 'expect']);
    const unguarded = this.#unguarded(input, demand, path);
    return {
      matchers: matchersOf(input.match),
      ...(assumers && { assumedBy: assumers }),
      demand: unguarded === undefined ? demand : bothOf(demand, unguarded),
      written: {
        ...writtenRule(input.expect, own.written),
        ...(input.unguarded && { unguarded: input.unguarded }),
        ...(written && { assumedBy: written }),
        own: typeof input.match === 'string' && !/[*?]/.test(input.match),
      },
      guards: own.guards.map((guard) => exempting(guard, unguarded?.policies ?? [])),
      location: this.#yaml.locate(path),
      ...this.#ended(input, path),
    };
  }

  /** What may be done without guards. */
  #unguarded({ unguarded }: RuleInput, demand: Demand, path: KeyPath): DemandedSets | undefined {
    if (unguarded === undefined) return undefined;
    const at = [...path, 'unguarded'];
    const read = this.demand(unguarded, at);
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

  /** What a list of sets, or the word for what is not judged by sets, amounts to. */
  demand(expected: ExpectedInput, path: KeyPath): Demand {
    if (expected === 'any' || expected === 'built-in') return { kind: expected };
    const references = listOf(expected);
    const policies = references.flatMap((reference, index) => {
      const at = Array.isArray(expected) ? [...path, index] : path;
      if (reference === 'any' || reference === 'built-in') {
        this.#complain(`write "expect: ${reference}": it stands alone, without a list`, at);
        return [];
      }
      return this.#sets.policiesOf(reference, at).map((policy) => ({ reference, policy }));
    });
    const labels = references.map((reference) => {
      const own = policies.filter((one) => one.reference === reference).map(({ policy }) => labelOf(policy));
      // A set of the file is called by its own name, whatever it consists of.
      return this.#sets.has(reference) ? reference : own.join(' + ');
    });
    return {
      kind: 'sets',
      label: labels.join(' + ') || 'nothing',
      policies: [...new Set(policies.map(({ policy }) => policy))],
    };
  }
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

/** A rule as its line says it, for what is written back. */
export function writtenRule(expected: ExpectedInput, guards: WrittenRule['guards']): WrittenRule {
  const expect = expected === 'any' || expected === 'built-in' ? expected : listOf(expected);
  return { expect, ...(guards && { guards }), own: false };
}
