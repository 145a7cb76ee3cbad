import { Document, isCollection, isNode } from 'yaml';

/** An expectations file that is to be written. */
export interface FileDraft {
  /** Lines at the top. */
  readonly heading: readonly string[];
  readonly region: string;
  readonly sets: ReadonlyMap<string, readonly object[]>;
  readonly guards: Readonly<Record<string, object>>;
  readonly rules: readonly RuleDraft[];
}

export interface RuleDraft {
  /** What a person should decide, one line each. */
  readonly comments: readonly string[];
  readonly match: readonly string[];
  /** Names of sets, or `any`. */
  readonly expect: readonly string[] | 'any';
  readonly assumedBy?: readonly (string | object)[];
}

/** The text of an expectations file; principals whom no rule names should be able to do nothing. */
export function expectationsText({ heading, region, sets, guards, rules }: FileDraft): string {
  const document = new Document({
    region,
    ...(sets.size > 0 && { sets: Object.fromEntries(sets) }),
    ...(Object.keys(guards).length > 0 && { guards }),
    principals: rules.map(({ match, expect, assumedBy }) => ({
      match: match.length === 1 ? match[0] : match,
      expect,
      ...(assumedBy && { 'assumed-by': assumedBy }),
    })),
    default: [],
  });
  document.commentBefore = commentOf(heading);
  for (const [index, { comments }] of rules.entries()) {
    const rule = document.getIn(['principals', index], true);
    if (isNode(rule) && comments.length > 0) rule.commentBefore = commentOf(comments);
    const expect = document.getIn(['principals', index, 'expect'], true);
    if (isCollection(expect)) expect.flow = true;
  }
  return document.toString({ lineWidth: 110, flowCollectionPadding: false });
}

const commentOf = (lines: readonly string[]): string => lines.map((line) => ` ${line}`).join('\n');
