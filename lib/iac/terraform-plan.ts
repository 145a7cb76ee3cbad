/**
 * The parts that are read of `terraform show -json` of a plan (OpenTofu writes the same). What is not read is not
 * looked at: properties are added within a major version.
 *
 * Source: Terraform documentation, "JSON Output Format"; internal/command/jsonplan of Terraform and OpenTofu.
 */
import * as z from 'zod/mini';
import { describeSchemaError, InputError } from '#lib/errors.ts';

const json = z.unknown();
const fields = z.record(z.string(), json);

/** `{ constant_value }`, `{ references }` or `{}`; blocks are lists of maps of expressions. */
export interface Expression {
  readonly references?: readonly string[] | undefined;
}

const resourceChange = z.object({
  address: z.string(),
  module_address: z.optional(z.string()),
  mode: z._default(z.string(), 'managed'),
  type: z.string(),
  name: z.string(),
  index: z.optional(z.union([z.string(), z.number(), z.null()])),
  deposed: z.optional(z.string()),
  change: z.object({
    actions: z.array(z.string()),
    before: z.optional(z.nullable(fields)),
    after: z.optional(z.nullable(fields)),
    after_unknown: z._default(z.union([z.boolean(), fields]), {}),
    before_sensitive: z._default(json, false),
    after_sensitive: z._default(json, false),
    before_identity: z.optional(z.nullable(fields)),
    after_identity: z.optional(z.nullable(fields)),
  }),
});

const stateResource = z.object({
  address: z.string(),
  mode: z._default(z.string(), 'managed'),
  type: z.string(),
  name: z.string(),
  index: z.optional(z.union([z.string(), z.number(), z.null()])),
  values: z._default(z.nullable(fields), {}),
});

export interface StateModule {
  readonly resources?: readonly z.infer<typeof stateResource>[] | undefined;
  readonly child_modules?: readonly StateModule[] | undefined;
}
const stateModule: z.ZodMiniType<StateModule> = z.object({
  resources: z.optional(z.array(stateResource)),
  get child_modules() {
    return z.optional(z.array(stateModule));
  },
});

const configResource = z.object({
  address: z.string(),
  provider_config_key: z.optional(z.string()),
  expressions: z._default(fields, {}),
});

export interface ConfigModule {
  readonly resources?: readonly z.infer<typeof configResource>[] | undefined;
  readonly outputs?: Readonly<Record<string, { readonly expression?: unknown }>> | undefined;
  readonly module_calls?:
    | Readonly<
        Record<
          string,
          {
            readonly source?: string | undefined;
            readonly expressions?: Readonly<Record<string, unknown>> | undefined;
            readonly module?: ConfigModule | undefined;
          }
        >
      >
    | undefined;
}
const configModule: z.ZodMiniType<ConfigModule> = z.object({
  resources: z.optional(z.array(configResource)),
  outputs: z.optional(z.record(z.string(), z.object({ expression: z.optional(json) }))),
  get module_calls() {
    return z.optional(
      z.record(
        z.string(),
        z.object({
          source: z.optional(z.string()),
          expressions: z.optional(fields),
          module: z.optional(configModule),
        }),
      ),
    );
  },
});

const plan = z.object({
  format_version: z.string(),
  resource_changes: z._default(z.array(resourceChange), []),
  prior_state: z.optional(
    z.object({ values: z.optional(z.object({ root_module: z.optional(stateModule) })) }),
  ),
  configuration: z.optional(z.object({ root_module: z.optional(configModule) })),
  errored: z.optional(z.boolean()),
  complete: z.optional(z.boolean()),
  deferred_changes: z._default(
    z.array(
      z.object({ reason: z._default(z.string(), 'unknown'), resource_change: z.optional(resourceChange) }),
    ),
    [],
  ),
  action_invocations: z._default(z.array(json), []),
  deferred_action_invocations: z._default(z.array(json), []),
});

export type TerraformPlan = z.infer<typeof plan>;
export type ResourceChange = z.infer<typeof resourceChange>;
export type StateResource = z.infer<typeof stateResource>;
export type ConfigResource = z.infer<typeof configResource>;

/** What a plan has some of, and a state none. */
const parts = ['planned_values', 'resource_changes', 'configuration'];

/** @throws {InputError} naming the file and the key that is not as it should be. */
export function parseTerraformPlan(value: unknown, file: string): TerraformPlan {
  const { success, data, error } = z.safeParse(plan, value);
  if (!success)
    throw new InputError(
      `${file}: not a plan as \`terraform show -json\` prints it: ${describeSchemaError(error)}`,
    );
  const major = data.format_version.split('.')[0];
  if (major !== '0' && major !== '1') {
    throw new InputError(`${file}: format_version: ${data.format_version} is not read here, only 1.x`);
  }
  // Without a plan's file `terraform show -json` prints the state, which says nothing of what will change.
  if (!parts.some((name) => Object.hasOwn(Object(value), name))) {
    throw new InputError(
      `${file}: this is a state, not a plan: give what \`terraform show -json PLAN\` prints, with the plan's file`,
    );
  }
  return data;
}

/** Resources of a state, those of its modules among them. */
export function* stateResources(module: StateModule | undefined): Generator<StateResource> {
  yield* module?.resources ?? [];
  for (const child of module?.child_modules ?? []) yield* stateResources(child);
}
