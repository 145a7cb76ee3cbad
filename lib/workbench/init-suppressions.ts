import type { Finding } from '#lib/compare/types.ts';
import type { SuppressionDraft } from '#lib/expectation/write-yaml.ts';
import { wrap } from '#lib/report/wrap.ts';
import { escapeText } from '#lib/words/escape.ts';
import type { FindingKind } from '#lib/words/kinds.ts';
import { suppressed } from './accept.ts';

/** Days until what nobody has decided by then is found again. */
const DAYS = 90;

/** What a rule would say, and says too much of where a check finds it with what it has today. */
const ofRules: readonly FindingKind[] = ['excess', 'unguarded', 'missing'];

/** Whether a finding is suppressed, by its id: no rule can say it without hiding what comes later. */
export function isSuppressible({ kind, principalArn }: Finding): boolean {
  return principalArn === undefined || !ofRules.includes(kind);
}

export function isSame(some: readonly Finding[], others: readonly Finding[]): boolean {
  const ids = new Set(others.map(({ id }) => id));
  return some.length === others.length && some.every(({ id }) => ids.has(id));
}

/** Suppressions of findings for a time, with what a person should decide. */
export function suppressionsFor(findings: readonly Finding[], now: Date): SuppressionDraft[] {
  const last = new Date(now);
  last.setUTCDate(last.getUTCDate() + DAYS);
  const until = last.toISOString().slice(0, 10);
  return findings.map((finding) => ({
    comments: commentLines([
      `${finding.severity} ${finding.kind}: ${finding.summary.replace(/\.$/, '')}; is that so?`,
    ]),
    suppression: {
      ...suppressed(finding),
      reason: 'so when init wrote this file; nobody has decided yet',
      owner: 'nobody yet',
      until,
    },
  }));
}

/** What is said of suppressed findings, and of what is not judged. */
export function toldOf(
  findings: readonly Finding[],
  notJudged: readonly string[],
): { readonly notJudged: readonly string[]; readonly suppressed: readonly string[] } {
  const isUnknown = ({ kind }: Finding) => kind === 'inconclusive';
  const said = ({ subject, summary }: Finding) => `${subject}: ${summary}`;
  return {
    notJudged: [...notJudged, ...findings.filter(isUnknown).map(said)],
    suppressed: findings.filter((one) => !isUnknown(one)).map(said),
  };
}

/** Of a comment; behind indentation and `#`, lines fit 80 columns. */
const COMMENT_WIDTH = 76;

/** Sentences as lines of a comment. */
export function commentLines(sentences: readonly string[]): string[] {
  return sentences.flatMap((line) => wrap(escapeText(line, 400), '', COMMENT_WIDTH));
}
