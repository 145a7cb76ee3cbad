import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import type { Lines, LocatedData } from './located.ts';

const deployedSchema = z.object({
  sha256: z.string(),
  data: z.unknown(),
  lines: z.custom<Lines>(isLines),
  problems: z.array(
    z.object({ severity: z.enum(['error', 'warning']), message: z.string(), line: z.number() }),
  ),
});

/**
 * An expectations.yaml as the build leaves it beside each function: read already, so that no function has to load a
 * YAML parser to start. It names the text that it was made of.
 */
export function asDeployed(text: string, located: LocatedData): string {
  return `${JSON.stringify({ sha256: sha256(text), ...located })}\n`;
}

/** What the build has read; undefined when the text beside it is not the one that it was made of. */
export function readDeployed(deployed: string, text: string): LocatedData | undefined {
  const { sha256: of, ...located } = deployedSchema.parse(JSON.parse(deployed));
  return of === sha256(text) ? located : undefined;
}

function isLines(value: unknown): value is Lines {
  if (!Array.isArray(value)) return typeof value === 'number';
  const [line, inside]: readonly unknown[] = value;
  return (
    typeof line === 'number' &&
    typeof inside === 'object' &&
    inside !== null &&
    Object.values(inside).every(isLines)
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
