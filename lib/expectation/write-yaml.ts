import { Document, isCollection, isNode } from 'yaml';
import type { SuppressionInput } from './schema.ts';

/** An expectations file that is to be written. */
export interface FileDraft {
  /** Lines at the top. */
  readonly heading: readonly string[];
  readonly region: string;
  readonly sets: ReadonlyMap<string, readonly object[]>;
  readonly guards: Readonly<Record<string, object>>;
  readonly rules: readonly RuleDraft[];
  readonly suppress: readonly SuppressionDraft[];
}

export interface SuppressionDraft {
  /** What a person should decide, one line each. */
  readonly comments: readonly string[];
  readonly suppression: SuppressionInput;
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
export function expectationsText(draft: FileDraft): string {
  const { heading, region, sets, guards, rules, suppress } = draft;
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
    ...(suppress.length > 0 && { suppress: suppress.map(({ suppression }) => suppression) }),
  });
  document.commentBefore = commentOf(heading);
  for (const [section, key, all] of [
    ['principals', 'expect', rules],
    ['suppress', 'actions', suppress],
  ] as const) {
    for (const [index, { comments }] of all.entries()) {
      const entry = document.getIn([section, index], true);
      if (isNode(entry) && comments.length > 0) entry.commentBefore = commentOf(comments);
      const list = document.getIn([section, index, key], true);
      if (isCollection(list)) list.flow = true;
    }
  }
  return document.toString({ lineWidth: 110, flowCollectionPadding: false });
}

const commentOf = (lines: readonly string[]): string => lines.map((line) => ` ${line}`).join('\n');
