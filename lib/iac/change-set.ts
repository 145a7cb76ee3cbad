import * as z from 'zod/mini';
import { describeSchemaError, InputError } from '#lib/errors.ts';
import { type CfnResource, cfnDeclarations, cfnOpen, isProperties } from './template-declarations.ts';
import type { Declaration, Open, Planned, Value } from './types.ts';
import { unknown } from './unknown.ts';

/** What DescribeChangeSet answers, as far as it is read. Source: CloudFormation API Reference. */
const changeSet = z.object({
  StackName: z.optional(z.string()),
  StackId: z.optional(z.string()),
  NextToken: z.optional(z.nullable(z.string())),
  Changes: z.array(
    z.object({
      ResourceChange: z.optional(
        z.object({
          Action: z.string(),
          PolicyAction: z.optional(z.string()),
          LogicalResourceId: z.string(),
          PhysicalResourceId: z.optional(z.string()),
          ResourceType: z.string(),
          Replacement: z.optional(z.string()),
          BeforeContext: z.optional(z.string()),
          AfterContext: z.optional(z.string()),
          ChangeSetId: z.optional(z.string()),
        }),
      ),
    }),
  ),
});

type ResourceChange = NonNullable<z.infer<typeof changeSet>['Changes'][number]['ResourceChange']>;

export interface ChangeSetOptions {
  readonly file: string;
  readonly accountId: string | undefined;
  readonly region: string;
  readonly partition: string;
}

const read = /^AWS::(IAM|SSO|Organizations)::|^AWS::CloudFormation::(Stack|StackSet)$/;

/**
 * Reads what `aws cloudformation describe-change-set --include-property-values` prints.
 *
 * @throws {InputError} naming the file and the key that is not as it should be.
 */
export function readChangeSet(value: unknown, options: ChangeSetOptions): Planned {
  const { file, partition } = options;
  const { success, data, error } = z.safeParse(changeSet, value);
  if (!success)
    throw new InputError(
      `${file}: not a change set as describe-change-set prints it: ${describeSchemaError(error)}`,
    );
  if (data.NextToken) {
    throw new InputError(
      `${file}: NextToken: this is only a page of the change set: let the AWS CLI page (without --max-items)`,
    );
  }
  const accountId =
    options.accountId ?? /^arn:[^:]+:cloudformation:[^:]*:(\d{12}):/.exec(data.StackId ?? '')?.[1];
  const removed: Declaration[] = [];
  const added: Declaration[] = [];
  const unchanged: Declaration[] = [];
  const open: Open[] = [];
  for (const { ResourceChange: change } of data.Changes) {
    if (change === undefined || !read.test(change.ResourceType)) continue;
    const place = { ...options, accountId, stackName: data.StackName };
    const before =
      change.Action === 'Add' ? undefined : resourceOf(change, change.BeforeContext, 'before', place);
    const after =
      change.Action === 'Remove' ? undefined : resourceOf(change, change.AfterContext, 'after', place);
    const source = { address: change.LogicalResourceId };
    if (!['Add', 'Modify', 'Remove', 'Import', 'Dynamic', 'SyncWithActual'].includes(change.Action)) {
      open.push({
        source,
        reason: `The change set does "${change.Action}" to ${change.LogicalResourceId}, which is not known here`,
      });
    }
    if (
      (before === undefined && change.Action !== 'Add') ||
      (after === undefined && change.Action !== 'Remove')
    ) {
      open.push({
        source,
        reason: `The change set does not show what ${change.LogicalResourceId} is: describe it with --include-property-values`,
      });
    }
    if (change.Action === 'Dynamic') {
      open.push({
        source,
        reason: `What becomes of ${change.LogicalResourceId} is decided during the deployment`,
      });
    }
    // What is retained keeps its access, and nothing manages it any more.
    const stays = /Retain/.test(change.PolicyAction ?? '');
    if (before !== undefined) (stays ? unchanged : removed).push(...cfnDeclarations(before));
    if (after !== undefined) {
      added.push(...cfnDeclarations(after));
      open.push(...cfnOpen(after));
    }
  }
  return {
    format: 'CloudFormation change set',
    file,
    ...(accountId === undefined ? {} : { accountId }),
    partition,
    removed,
    added,
    unchanged,
    open,
    notes: [],
  };
}

/** How a change set writes a value that the deployment makes. */
const AFTER_APPLY = '{{changeSet:KNOWN_AFTER_APPLY}}';

interface Place extends ChangeSetOptions {
  readonly stackName: string | undefined;
}

function resourceOf(
  change: ResourceChange,
  context: string | undefined,
  side: 'before' | 'after',
  { file, accountId = '', partition, stackName }: Place,
): CfnResource | undefined {
  const { LogicalResourceId: logicalId, PhysicalResourceId: physical, ResourceType: type } = change;
  if (context === undefined) return undefined;
  let parsed: Value;
  try {
    parsed = JSON.parse(context);
  } catch {
    throw new InputError(
      `${file}: ${side === 'before' ? 'BeforeContext' : 'AfterContext'} of ${logicalId} is not JSON`,
    );
  }
  const own = isProperties(parsed) && isProperties(parsed.Properties) ? parsed.Properties : {};
  const properties = withUnknowns(own, logicalId);
  if (!isProperties(properties)) return undefined;
  const isReplaced = side === 'after' && (change.Replacement === 'True' || change.Action === 'Add');
  const given =
    properties.RoleName ?? properties.UserName ?? properties.GroupName ?? properties.ManagedPolicyName;
  const generated = `${stackName ?? unknown('AWS::StackName')}-${logicalId}-${unknown(`${logicalId} name`)}`;
  const isArn = physical?.startsWith('arn:') === true;
  const kept =
    isReplaced || physical === undefined
      ? undefined
      : isArn
        ? physical.slice(physical.lastIndexOf('/') + 1)
        : physical;
  const name = (typeof given === 'string' ? given : undefined) ?? kept ?? generated;
  const path = typeof properties.Path === 'string' ? properties.Path : '/';
  const arn = isArn && !isReplaced ? physical : `arn:${partition}:iam::${accountId}:policy${path}${name}`;
  const source = { address: logicalId, file };
  return { type, logicalId, name, arn, properties, source, isNew: isReplaced };
}

function withUnknowns(value: Value, name: string): Value {
  if (typeof value === 'string') return value.replaceAll(AFTER_APPLY, unknown(name));
  if (Array.isArray(value)) return value.map((item, index) => withUnknowns(item, `${name}[${index}]`));
  if (!isProperties(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withUnknowns(item, `${name}.${key}`)]),
  );
}
