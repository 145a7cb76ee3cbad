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
  const artifacts = Object.entries(data.artifacts);
  return {
    stacks: artifacts.flatMap(([id, artifact]) => stackOf(id, artifact)),
    stages: artifacts.flatMap(([, { type, properties }]) =>
      type === 'cdk:cloud-assembly' ? (properties?.directoryName ?? []) : [],
    ),
    isIncomplete: (data.missing ?? []).length > 0,
  };
}

type Artifact = z.infer<typeof manifest>['artifacts'][string];

/** The stack that an artifact is; none where it is something else. */
function stackOf(
  id: string,
  { type, environment = '', metadata = {}, properties }: Artifact,
): AssemblyStack[] {
  if (type !== 'aws:cloudformation:stack' || properties?.templateFile === undefined) return [];
  const [, account, region] = /^aws:\/\/([^/]+)\/(.+)$/.exec(environment) ?? [];
  return [
    {
      templateFile: properties.templateFile,
      stackName: properties.stackName ?? id,
      ...(account !== undefined && /^\d{12}$/.test(account) ? { accountId: account } : {}),
      ...(region === undefined || region === 'unknown-region' ? {} : { region }),
      parameters: properties.parameters ?? {},
      paths: pathsOf(metadata),
    },
  ];
}

function pathsOf(metadata: NonNullable<Artifact['metadata']>): Map<string, string> {
  const paths = Object.entries(metadata).flatMap(([path, entries]) =>
    entries.flatMap(({ type, data }) =>
      type === 'aws:cdk:logicalId' && typeof data === 'string' ? [[data, path] as const] : [],
    ),
  );
  return new Map(paths);
}

/** What is read of a manifest of assets: where each file is, by its hash. */
const assetManifest = z.object({
  files: z._default(
    z.record(z.string(), z.object({ source: z.object({ path: z.optional(z.string()) }) })),
    {},
  ),
});

/** The paths of assets by their hashes; none of what is no manifest of assets. */
export function assetFiles(value: unknown): Map<string, string> {
  const { success, data } = z.safeParse(assetManifest, value);
  if (!success) return new Map();
  return new Map(
    Object.entries(data.files).flatMap(([hash, { source }]) =>
      source.path === undefined ? [] : [[hash, source.path] as const],
    ),
  );
}

const stackResources = z.object({
  Resources: z.record(
    z.string(),
    z.object({
      Type: z.string(),
      Properties: z.optional(
        z.object({
          TemplateURL: z.optional(z.unknown()),
          Parameters: z.optional(z.record(z.string(), z.unknown())),
        }),
      ),
    }),
  ),
});

/** A template that another deploys. */
export interface NestedTemplate {
  readonly path: string;
  /** Those values of its parameters that are written out. */
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * The templates that a template deploys as nested stacks and that are in the assembly, by logical id: TemplateURL ends
 * in the hash of the file.
 */
export function nestedIn(
  template: unknown,
  assets: ReadonlyMap<string, string>,
): Map<string, NestedTemplate> {
  const { success, data } = z.safeParse(stackResources, template);
  const found = new Map<string, NestedTemplate>();
  for (const [id, { Type, Properties }] of Object.entries(success ? data.Resources : {})) {
    if (Type !== 'AWS::CloudFormation::Stack') continue;
    const url = JSON.stringify(Properties?.TemplateURL ?? '');
    const path = [...assets].find(([hash]) => url.includes(hash))?.[1];
    if (path === undefined) continue;
    const given = Object.entries(Properties?.Parameters ?? {});
    const parameters = given.flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value] as const] : [],
    );
    found.set(id, { path, parameters: Object.fromEntries(parameters) });
  }
  return found;
}
