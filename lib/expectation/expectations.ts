import type { Principal } from '#lib/account/types.ts';
import { didYouMean } from '#lib/catalog/did-you-mean.ts';
import { subjectName } from '#lib/words/labels.ts';
import { builtInExpectation, builtInLabel } from './built-in.ts';
import { guardApplies } from './guards.ts';
import type { Matcher } from './principals.ts';
import type { Rule, RuleBook } from './rule-book.ts';
import { type ActiveSuppression, coveringSuppressions, isExpired, suppressionsOf } from './suppressions.ts';
import type {
  Baseline,
  Diagnostic,
  Expectation,
  Expectations,
  SourceLocation,
  Suppressible,
  Suppression,
} from './types.ts';

export type { Expectations };

/** Answers from a rule book, and remembers which of its patterns have been of use. */
export class RuleBookExpectations implements Expectations {
  readonly source: string;
  readonly content: string;
  readonly baseline: Baseline;
  readonly suppressions: readonly Suppression[];
  readonly book: RuleBook;
  protected readonly winners = new Set<Rule>();
  protected readonly matched = new Set<Matcher>();
  /** Suppressions that have covered a finding. */
  readonly #used = new Set<Suppression>();
  /** Suppressions of findings that an earlier one covers. */
  readonly #preceded = new Set<Suppression>();
  /** Patterns that mean less than they did in version 0.1, each with somebody whom that concerns. */
  readonly #narrowed = new Map<Matcher, Principal>();
  /** Names to propose for patterns that match nobody. */
  readonly #seen = new Set<string>();
  readonly #hasPatterns: boolean;
  readonly #known = new Map<RuleBook['fallback'], Map<string, Expectation>>();
  /** By the rule that ended and by what decides instead. */
  readonly #ended = new Map<Rule, Map<RuleBook['fallback'], RuleBook['fallback']>>();

  constructor(book: RuleBook) {
    this.book = book;
    this.#hasPatterns = book.rules.length + book.suppressions.length > 0;
    this.source = book.source;
    this.content = book.content;
    this.baseline = book.baseline;
    this.suppressions = book.suppressions.map(({ suppression }) => suppression);
  }

  expectationFor(principal: Principal): Expectation {
    if (this.#hasPatterns) this.#seen.add(subjectName(principal));
    for (const { matcher } of this.book.suppressions) if (matcher) this.#matches(matcher, principal);
    // Every rule is asked, so that each pattern that matches anybody is known.
    const matching = this.book.rules.filter((rule) =>
      rule.matchers.map((matcher) => this.#matches(matcher, principal)).includes(true),
    );
    const [first] = matching;
    if (first !== undefined) this.winners.add(first);
    const winner = matching.find(({ ended }) => ended === undefined);
    if (winner !== undefined) this.winners.add(winner);
    const rule = winner ?? this.book.fallback;
    return this.expectation(first?.ended === undefined ? rule : this.afterEnd(first, rule), principal);
  }

  /**
   * What holds where a rule has ended: the next rule that names sets, else nothing. Whoever gave access for a time did not
   * mean that any access, or what is attached, is fine afterwards.
   */
  protected afterEnd(ended: Rule, next: RuleBook['fallback']): RuleBook['fallback'] {
    const known = this.#ended.get(ended) ?? new Map<RuleBook['fallback'], RuleBook['fallback']>();
    this.#ended.set(ended, known);
    const before = known.get(next);
    if (before !== undefined) return before;
    const isNamed = next.demand.kind === 'sets';
    const { label, policies } =
      next.demand.kind === 'sets' ? next.demand : { label: 'nothing', policies: [] };
    const owner = ended.ended?.owner === undefined ? '' : `; its owner is ${ended.ended.owner}`;
    const rule = {
      ...(isNamed ? next : ended),
      demand: {
        kind: 'sets' as const,
        label: `${label} (more was expected until ${ended.ended?.until}${owner})`,
        policies,
      },
      written: {
        ...(isNamed ? next.written : { ...ended.written, expect: [] }),
        own: ended.written.own,
        ended: true,
      },
      location: ended.location,
    };
    known.set(next, rule);
    return rule;
  }

  suppressionFor(principal: Principal, action: string, today: string): Suppression | undefined {
    return this.#first(coveringSuppressions(this.book.suppressions, principal, action, today));
  }

  suppressionOf(
    finding: Suppressible,
    principal: Principal | undefined,
    today: string,
  ): Suppression | undefined {
    return this.#first(suppressionsOf(this.book.suppressions, finding, principal, today));
  }

  #first([first, ...others]: readonly Suppression[]): Suppression | undefined {
    if (first !== undefined) this.#used.add(first);
    for (const other of others) this.#preceded.add(other);
    return first;
  }

  expiredSuppressions(today: string): readonly Suppression[] {
    return this.suppressions.filter((suppression) => isExpired(suppression, today));
  }

  idleEntries(today: string): readonly Diagnostic[] {
    const warning = (message: string, location: SourceLocation): Diagnostic => {
      return { severity: 'warning', message, location };
    };
    return [
      ...this.book.rules.flatMap((rule) =>
        this.#idleIn(rule).map((message) => warning(message, rule.location)),
      ),
      ...this.book.suppressions.flatMap((one) => {
        const message = this.#idleSuppression(one, today);
        return message === undefined ? [] : [warning(`suppress: ${message}`, one.suppression.location)];
      }),
    ];
  }

  /** What of a rule is of no use, and which of its patterns mean less than they did. */
  #idleIn(rule: Rule): readonly string[] {
    const idle = rule.matchers.filter((matcher) => !this.matched.has(matcher));
    const never = idle.length === 0 && !this.winners.has(rule);
    const narrowed = rule.matchers.flatMap((matcher) => {
      const example = this.#narrowed.get(matcher);
      return example === undefined ? [] : [narrowedWords(matcher, example)];
    });
    return [
      ...idle.map((matcher) => this.#nobody(matcher)),
      ...(never ? ['the rule never applies: earlier rules match everybody whom it matches'] : []),
      ...narrowed,
    ];
  }

  #idleSuppression({ matcher, suppression }: ActiveSuppression, today: string): string | undefined {
    if (matcher !== undefined && !this.matched.has(matcher)) return this.#nobody(matcher);
    if (this.#used.has(suppression) || isExpired(suppression, today)) return undefined;
    return this.#preceded.has(suppression)
      ? 'earlier suppressions cover all of its findings, so it suppresses nothing: take it out'
      : 'there is no such finding, so it suppresses nothing: take it out';
  }

  #nobody({ text }: Matcher): string {
    return `no user or role matches "${text}"${didYouMean(text, [...this.#seen])}`;
  }

  #matches(matcher: Matcher, principal: Principal): boolean {
    const matches = matcher.matches(principal);
    if (matches) this.matched.add(matcher);
    else if (matcher.matchedOnce?.(principal)) this.#narrowed.set(matcher, principal);
    return matches;
  }

  /** One object for all principals that are to have the same, so that work on it can be shared. */
  protected expectation(rule: RuleBook['fallback'], principal: Principal): Expectation {
    const known = this.#known.get(rule) ?? new Map<string, Expectation>();
    this.#known.set(rule, known);
    const { demand, location, assumedBy, written } = rule;
    const label =
      demand.kind === 'any'
        ? 'anything (not judged)'
        : demand.kind === 'built-in'
          ? builtInLabel(principal)
          : demand.label;
    const key = `${principal.kind} ${label}`;
    const same = known.get(key);
    if (same !== undefined) return same;
    const guards = rule.guards.filter((guard) => guardApplies(guard, principal)).map(({ guard }) => guard);
    const from = location === undefined ? {} : { rule: location };
    const judgement: Expectation =
      demand.kind === 'any'
        ? { kind: 'any', label, administrator: false, ...from }
        : demand.kind === 'built-in'
          ? builtInExpectation(principal, guards, location)
          : { kind: 'sets', label, policies: demand.policies, guards, ...from };
    const expectation: Expectation = { ...judgement, written, ...(assumedBy && { assumedBy }) };
    known.set(key, expectation);
    return expectation;
  }
}

function narrowedWords({ text }: Matcher, { kind, name }: Principal): string {
  return (
    `"${text}" does not match ${kind}/${name} any more: a name under "attached" means AWS's policy (a customer's needs ` +
    'its ARN), and a wildcard in an ARN stands for text without a colon'
  );
}
