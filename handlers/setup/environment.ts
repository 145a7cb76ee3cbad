import * as z from 'zod/mini';
import { describeSchemaError } from '#lib/errors.ts';

/** The kinds of values that template.yaml puts into a function's environment. */
export const variable = {
  arn: z.string().check(z.regex(/^arn:/, 'an ARN is needed')),
  url: z.string().check(z.regex(/^https?:/, 'a URL is needed')),
  name: z.string().check(z.minLength(1)),
  count: z.pipe(
    z.string().check(z.regex(/^\d+(\.\d+)?$/, 'a number of zero or more is needed')),
    z.transform((text) => Number(text)),
  ),
  /** Separated by commas; may be empty. */
  list: z.pipe(
    z.string(),
    z.transform((text) =>
      text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== ''),
    ),
  ),
} as const;

/**
 * Reads the environment variables that a function needs, once, when it starts.
 * @throws {Error} naming every variable that is absent or wrong: the stack is broken, and says so at its first call.
 */
export function readEnvironment<Schema extends z.core.$ZodObject>(
  schema: Schema,
  environment: NodeJS.ProcessEnv = process.env,
): z.output<Schema> {
  const parsed = z.safeParse(schema, environment);
  if (parsed.success) return parsed.data;
  throw new Error(
    `the function's environment is not as template.yaml sets it: ${describeSchemaError(parsed.error)}`,
  );
}
