import { z } from 'zod';

/** A request's input as it is on the wire. Before validation, anything may be in it. */
export type Input = Readonly<Record<string, unknown>>;

const record = z.record(z.string(), z.unknown());

/** A text member, also of a nested structure: `OperationsConfig.DetectModerationLabels.ProjectVersion`. */
export function textOf(input: Input, path: string): string | undefined {
  const value = memberOf(input, path);
  return typeof value === 'string' ? value : undefined;
}

export function memberOf(input: Input, path: string): unknown {
  let value: unknown = input;
  for (const member of path.split('.')) {
    const parsed = record.safeParse(value);
    if (!parsed.success) return undefined;
    value = parsed.data[member];
  }
  return value;
}

/** A map of texts (Tags); empty where there is none. */
export function textsByKey(input: Input, path: string): Readonly<Record<string, string>> {
  const parsed = z.record(z.string(), z.string()).safeParse(memberOf(input, path));
  return parsed.success ? parsed.data : {};
}

/** A list of texts; empty where there is none. */
export function listOf(input: Input, path: string): readonly string[] {
  const parsed = z.array(z.string()).safeParse(memberOf(input, path));
  return parsed.success ? parsed.data : [];
}
