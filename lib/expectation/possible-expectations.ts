import type { Principal } from '#lib/account/types.ts';
import { RuleBookExpectations } from './expectations.ts';
import { answerTo } from './open-matches.ts';
import { possiblyDeciding } from './possible-rules.ts';
import type { Matcher } from './principals.ts';
import type { RuleBook } from './rule-book.ts';
import type { Expectation, Expectations } from './types.ts';

/** What a principal may be expected to do where not all is known of it that rules ask for. */
export interface PossibleExpectations {
  /** The likeliest first: that of the rule that matches for certain, or of none. */
  readonly all: readonly [Expectation, ...Expectation[]];
  /** What decides between them, in words: `the tag team of aws_iam_role.worker`; empty where there is one. */
  readonly asks: readonly string[];
}

/** Expectations of principals of whom not all is known before a deployment. */
export interface OpenExpectations extends Expectations {
  /** Of anybody else the one of `expectationFor`, which goes by what is certain. */
  possibleFor(principal: Principal): PossibleExpectations;
}

/** The same expectations, for principals of whom not all is known, too. */
export function openExpectations(expectations: Expectations): OpenExpectations {
  if (expectations instanceof RuleBookExpectations) return new OpenRuleBook(expectations.book);
  throw new Error('expectations of a plan are those of a file, or the built-in ones');
}

class OpenRuleBook extends RuleBookExpectations implements OpenExpectations {
  constructor(book: RuleBook) {
    const rules = book.rules.map((rule) => ({ ...rule, matchers: rule.matchers.map(certain) }));
    const suppressions = book.suppressions.map(({ matcher, ...one }) => ({
      ...one,
      ...(matcher && { matcher: certain(matcher) }),
    }));
    super({ ...book, rules, suppressions });
  }

  possibleFor(principal: Principal): PossibleExpectations {
    const sure = this.expectationFor(principal);
    if (principal.open === undefined) return { all: [sure], asks: [] };
    const { deciding, asks } = possiblyDeciding(this.book, principal);
    for (const { rule, matchers } of asks) {
      this.winners.add(rule);
      for (const matcher of matchers) this.matched.add(matcher);
    }
    const others = deciding.map(({ ended, rule }) =>
      this.expectation(ended === undefined ? rule : this.afterEnd(ended, rule), principal),
    );
    const all = new Set([sure, ...others]);
    const words = all.size === 1 ? [] : asks.flatMap((one) => one.words);
    return { all: [sure, ...[...all].slice(1)], asks: [...new Set(words)] };
  }
}

/** The pattern, matching only what it matches for certain. */
const certain = (matcher: Matcher): Matcher => ({
  ...matcher,
  matches: (principal) => answerTo(matcher, principal).answer === 'yes',
});
