import { compileActionPattern } from '@permission-check/iam-policy';
import * as z from 'zod/mini';
import { actions as catalog } from '#lib/catalog/actions.ts';
import type { PatchOperation } from './document-patch.ts';

/** IAM stores a null in a list; it matches nothing. */
const texts = z.union([z.string(), z.array(z.union([z.string(), z.null()]))]);
const statementSchema = z.looseObject({ Action: z.optional(texts), NotAction: z.optional(texts) });
const documentSchema = z.looseObject({ Statement: z.union([z.array(statementSchema), statementSchema]) });
type RawStatement = z.infer<typeof statementSchema>;

/** Actions that a statement is to say nothing about any more. */
export interface StatementEdit {
  /** Place in the policy's list, from 1. */
  readonly index: number;
  /** `rekognition:DeleteFaces` */
  readonly actions: readonly string[];
  /** Allows the same actions under a further condition instead: a Condition block. */
  readonly condition?: ConditionBlock;
}

export type ConditionBlock = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** `nothing`: no statement would be left, so that the policy as a whole is to go. */
export type DocumentEdit = readonly PatchOperation[] | 'nothing';

/**
 * The edit of a policy document that takes actions out of its statements, and adds others at its end; undefined where the
 * language cannot say it: of `*` among other patterns nothing can be taken out, and none of a document that is none.
 */
export function documentEdit(
  text: string,
  edits: readonly StatementEdit[],
  added: readonly object[] = [],
): DocumentEdit | undefined {
  const document = z.safeParse(documentSchema, JSON.parse(text));
  if (!document.success) return undefined;
  const { Statement: written } = document.data;
  const statements = [written].flat();
  const replaced = statements.map((statement, at) => {
    const edit = edits.find(({ index }) => index === at + 1);
    return edit === undefined ? [statement] : editedStatement(statement, edit);
  });
  if (replaced.some((one) => one === undefined)) return undefined;
  const after = replaced.map((one) => one ?? []);
  const more = [...after.flatMap((one) => one.slice(1)), ...added];
  if (after.every((one) => one.length === 0) && more.length === 0) return 'nothing';
  if (!Array.isArray(written)) {
    const all = [...after.flatMap((one) => one.slice(0, 1)), ...more];
    return [{ op: 'replace', path: '/Statement', value: all.length === 1 ? all[0] : all }];
  }
  const changed = after.flatMap(([first], at) => {
    const before = statements[at];
    return first === undefined || before === undefined || first === before
      ? []
      : elementPatch(before, first, at);
  });
  const gone = after.flatMap((one, at) => (one.length === 0 ? [at] : [])).reverse();
  return [
    ...changed,
    ...more.map((value): PatchOperation => ({ op: 'add', path: '/Statement/-', value })),
    ...gone.map((at): PatchOperation => ({ op: 'remove', path: `/Statement/${at}` })),
  ];
}

/** The elements that differ between a statement and the one in its place. */
function elementPatch(before: RawStatement, after: RawStatement, at: number): PatchOperation[] {
  const path = (element: string) => `/Statement/${at}/${element}`;
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap(
    (element): PatchOperation[] => {
      const value = after[element];
      if (value === before[element]) return [];
      if (value === undefined) return [{ op: 'remove', path: path(element) }];
      return [{ op: element in before ? 'replace' : 'add', path: path(element), value }];
    },
  );
}

/** What stands in the place of a statement: none, one, or what is left of it and its guarded copy. */
function editedStatement(
  statement: RawStatement,
  { actions, condition }: StatementEdit,
): readonly RawStatement[] | undefined {
  const rest = withoutActions(statement, actions);
  if (rest === undefined) return undefined;
  if (condition === undefined) return rest;
  const together = conditionOfBoth(statement.Condition, condition);
  if (together === undefined) return undefined;
  const { Action: _, NotAction: __, Sid: sid, ...same } = statement;
  const guarded = { ...same, Action: actions.length === 1 ? actions[0] : actions, Condition: together };
  if (rest.length > 0) return [...rest, guarded as RawStatement];
  // All of it is guarded: that is the same statement with one more condition.
  return [{ ...statement, Condition: together }];
}

function withoutActions(
  statement: RawStatement,
  actions: readonly string[],
): readonly RawStatement[] | undefined {
  if (statement.NotAction !== undefined) {
    const named = [statement.NotAction].flat();
    return [{ ...statement, NotAction: [...named, ...actions.filter((action) => !named.includes(action))] }];
  }
  const written = [statement.Action ?? []].flat().filter((pattern) => pattern !== null);
  if (written.some((pattern) => /^\*+(:\*+)?$/.test(pattern))) {
    const { Action: _, ...rest } = statement;
    return [{ ...rest, NotAction: actions.length === 1 ? (actions[0] ?? []) : [...actions] }];
  }
  const kept = written.map((pattern) => withoutNamed(pattern, actions));
  if (kept.some((one) => one === undefined)) return undefined;
  const left = [...new Set(kept.flatMap((one) => one ?? []))];
  if (left.length === 0) return [];
  return [{ ...statement, Action: left.length === 1 ? (left[0] ?? []) : left }];
}

/** What a pattern is about, without some actions; undefined where it is about other services, too. */
function withoutNamed(pattern: string, taken: readonly string[]): readonly string[] | undefined {
  const matches = compileActionPattern(pattern);
  if (!taken.some((action) => matches(action.toLowerCase()))) return [pattern];
  if (!/[*?]/.test(pattern)) return [];
  if (!/^rekognition:/i.test(pattern)) return undefined;
  const out = new Set(taken.map((action) => action.toLowerCase()));
  return catalog
    .map(({ action }) => action)
    .filter((action) => matches(action.toLowerCase()) && !out.has(action.toLowerCase()));
}

/** Two Condition blocks as one, in which both hold; undefined where the same test has other values. */
export function conditionOfBoth(one: unknown, other: ConditionBlock): ConditionBlock | undefined {
  const block: Record<string, Record<string, unknown>> = {};
  const blocks = z.record(z.string(), z.record(z.string(), z.unknown()));
  for (const [operator, tests] of [...Object.entries(blocks.parse(one ?? {})), ...Object.entries(other)]) {
    const own: Record<string, unknown> = block[operator] ?? Object.create(null);
    block[operator] = own;
    for (const [key, value] of Object.entries(tests)) {
      const isKnown = Object.keys(own).some((known) => known.toLowerCase() === key.toLowerCase());
      if (isKnown && JSON.stringify(own[key]) !== JSON.stringify(value)) return undefined;
      own[key] = value;
    }
  }
  return block;
}
