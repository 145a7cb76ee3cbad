import * as z from 'zod/mini';
import { describeSchemaError, InputError } from '#lib/errors.ts';

/** What is read of a cloud assembly's manifest.json. Source: npm @aws-cdk/cloud-assembly-schema. */
const manifest = z.object({
  version: z.string(),
  missing: z.optional(z.array(z.unknown())),
  artifacts: z._default(
    z.record(
      z.string(),
      z.object({
        type: z.string(),
        environment: z.optional(z.string()),
        metadata: z.optional(
          z.record(z.string(), z.array(z.object({ type: z.string(), data: z.optional(z.unknown()) }))),
        ),
        properties: z.optional(
          z.object({
            templateFile: z.optional(z.string()),
            stackName: z.optional(z.string()),
            directoryName: z.optional(z.string()),
            parameters: z.optional(z.record(z.string(), z.string())),
          }),
        ),
      }),
    ),
    {},
  ),
});

/** A stack of a cloud assembly. */
export interface AssemblyStack {
  /** Path of the template in the assembly. */
  readonly templateFile: string;
  readonly stackName: string;
  readonly accountId?: string;
  readonly region?: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** Construct path by logical id. */
  readonly paths: ReadonlyMap<string, string>;
}

export interface Assembly {
  readonly stacks: readonly AssemblyStack[];
  /** Folders of stages, each an assembly of its own. */
  readonly stages: readonly string[];
  /** Lookups that were not made, so that templates are not final. */
  readonly isIncomplete: boolean;
}

/** @throws {InputError} naming the file and the key that is not as it should be. */
export function parseAssembly(value: unknown, file: string): Assembly {
  const { success, data, error } = z.safeParse(manifest, value);
  if (!success)
    throw new InputError(`${file}: not the manifest of a cloud assembly: ${describeSchemaError(error)}`);
  const stacks: AssemblyStack[] = [];
  const stages: string[] = [];
  for (const [id, { type, environment, metadata = {}, properties }] of Object.entries(data.artifacts)) {
    if (type === 'cdk:cloud-assembly' && properties?.directoryName !== undefined)
      stages.push(properties.directoryName);
    if (type !== 'aws:cloudformation:stack' || properties?.templateFile === undefined) continue;
    const [, account, region] = /^aws:\/\/([^/]+)\/(.+)$/.exec(environment ?? '') ?? [];
    const paths = Object.entries(metadata).flatMap(([path, entries]) =>
      entries.flatMap((entry) =>
        entry.type === 'aws:cdk:logicalId' && typeof entry.data === 'string'
          ? [[entry.data, path] as const]
          : [],
      ),
    );
    stacks.push({
      templateFile: properties.templateFile,
      stackName: properties.stackName ?? id,
      ...(account !== undefined && /^\d{12}$/.test(account) ? { accountId: account } : {}),
      ...(region === undefined || region === 'unknown-region' ? {} : { region }),
      parameters: properties.parameters ?? {},
      paths: new Map(paths),
    });
  }
  return { stacks, stages, isIncomplete: (data.missing ?? []).length > 0 };
}
