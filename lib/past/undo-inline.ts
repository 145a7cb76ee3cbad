import * as z from 'zod/mini';

const texts = z.union([z.string(), z.array(z.string())]);
/** Elements in the order in which they were written. */
const statementSchema = z.record(z.string(), z.unknown());
const statementsSchema = z.union([z.array(statementSchema), statementSchema]);
type RawStatement = z.infer<typeof statementSchema>;

/** An inline policy as it was, as far as Rekognition goes. */
export interface TakenBack {
  /** Absent where nothing is left: the policy is to go. */
  readonly text?: string;
  /** Statements of today that are not in it, by their place, from 1. */
  readonly out: readonly number[];
}

/**
 * An inline policy with what it said of Rekognition before, and what it says of other services now: nobody remembers
 * what else it said.
 *
 * @param now its document
 * @param before its statements about Rekognition; absent: it had none, or was not there
 * @returns undefined where a pattern speaks of Rekognition and of other services at once, so that it cannot be split
 */
export function takenBack(now: string, before: string | undefined): TakenBack | undefined {
  const former = before === undefined ? [] : statementsOf(before);
  const same = new Set(former.map((one) => JSON.stringify(one)));
  const statements = statementsOf(now);
  const left = statements.map((one) => (same.has(JSON.stringify(one)) ? [one] : withoutRekognition(one)));
  if (left.some((one) => one === undefined)) return undefined;
  const kept = left.flatMap((one) => one ?? []);
  const there = new Set(statements.map((one) => JSON.stringify(one)));
  const all = [...kept, ...former.filter((one) => !there.has(JSON.stringify(one)))];
  const out = left.flatMap((one, at) => (one?.length === 0 ? [at + 1] : []));
  return all.length === 0 ? { out } : { out, text: JSON.stringify({ ...documentIn(now), Statement: all }) };
}

const documentIn = (text: string) => z.record(z.string(), z.unknown()).parse(JSON.parse(text));
const statementsOf = (text: string): readonly RawStatement[] =>
  [statementsSchema.parse(documentIn(text).Statement)].flat();

const isOfRekognition = (pattern: string): boolean => /^rekognition:/i.test(pattern);
const isOfEverything = (pattern: string): boolean => /^\*+(:\*+)?$/.test(pattern);
/** `re*:List*`: some services together. */
const isOfSome = (pattern: string): boolean => /^[^:]*[*?]/.test(pattern);

/** What a statement says of other services: one statement, or none; undefined where that cannot be said. */
function withoutRekognition(statement: RawStatement): readonly RawStatement[] | undefined {
  if (statement.NotAction !== undefined) {
    const others = patternsIn(statement.NotAction).filter((pattern) => !isOfRekognition(pattern));
    return [{ ...statement, NotAction: [...others, 'rekognition:*'] }];
  }
  const patterns = patternsIn(statement.Action);
  if (patterns.some(isOfEverything)) {
    const { Action: _, ...rest } = statement;
    return [{ ...rest, NotAction: 'rekognition:*' }];
  }
  if (patterns.some(isOfSome)) return undefined;
  const others = patterns.filter((pattern) => !isOfRekognition(pattern));
  if (others.length === patterns.length) return [statement];
  return others.length === 0 ? [] : [{ ...statement, Action: others }];
}

const patternsIn = (value: unknown): readonly string[] => [texts.parse(value ?? [])].flat();
