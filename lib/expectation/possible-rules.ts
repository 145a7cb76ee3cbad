import type { Principal } from '#lib/account/types.ts';
import { answerTo } from './open-matches.ts';
import type { Matcher } from './principals.ts';
import type { Rule, RuleBook } from './rule-book.ts';

/** What may decide: a rule, or what holds for whom no rule matches; after the end of another where that came first. */
interface Deciding {
  readonly ended?: Rule;
  readonly rule: RuleBook['fallback'];
}

/** A rule that may match, with its patterns that may, and what that depends on in words. */
interface Asking {
  readonly rule: Rule;
  readonly matchers: readonly Matcher[];
  readonly words: readonly string[];
}

/**
 * What may decide about somebody of whom not all is known: the first match wins, and what may match may be the first.
 */
export function possiblyDeciding(
  { rules, fallback }: Pick<RuleBook, 'rules' | 'fallback'>,
  principal: Principal,
): { readonly deciding: readonly Deciding[]; readonly asks: readonly Asking[] } {
  const answered = rules.flatMap((rule) => {
    const answers = rule.matchers.map((matcher) => ({ matcher, ...answerTo(matcher, principal) }));
    if (answers.some(({ answer }) => answer === 'yes')) return [{ rule, certain: true, perhaps: [] }];
    const perhaps = answers.filter(({ answer }) => answer === 'maybe');
    return perhaps.length === 0 ? [] : [{ rule, certain: false, perhaps }];
  });
  const isLast = answered.findIndex(({ certain, rule }) => certain && rule.ended === undefined);
  const open = isLast === -1 ? answered : answered.slice(0, isLast + 1);
  const asks = open.flatMap(({ rule, perhaps }) =>
    perhaps.length === 0
      ? []
      : [
          {
            rule,
            matchers: perhaps.map(({ matcher }) => matcher),
            words: perhaps.flatMap((one) => one.asks),
          },
        ],
  );
  /** What decides from here on, of rules that have not ended. */
  const onwards = (from: number): RuleBook['fallback'][] => {
    const rest = open.slice(from).filter(({ rule }) => rule.ended === undefined);
    return isLast === -1 ? [...rest.map(({ rule }) => rule), fallback] : rest.map(({ rule }) => rule);
  };
  const firstCertain = open.findIndex(({ certain }) => certain);
  const firsts = firstCertain === -1 ? open : open.slice(0, firstCertain + 1);
  const deciding = firsts.flatMap(({ rule }, index): Deciding[] =>
    rule.ended === undefined ? [{ rule }] : onwards(index + 1).map((next) => ({ ended: rule, rule: next })),
  );
  return { deciding: firstCertain === -1 ? [...deciding, { rule: fallback }] : deciding, asks };
}
