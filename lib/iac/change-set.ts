import * as z from 'zod/mini';
import { describeSchemaError, InputError } from '#lib/errors.ts';
import {
  bearsOnAccess,
  type CfnResource,
  cfnDeclarations,
  cfnOpen,
  isProperties,
  type Properties,
} from './template-declarations.ts';
import { isForOthers } from './terraform-accounts.ts';
import type { Open, Planned, Value } from './types.ts';
import { unknown } from './unknown.ts';

/** What DescribeChangeSet answers, as far as it is read. Source: CloudFormation API Reference. */
const changeSet = z.object({
  StackName: z.optional(z.string()),
  StackId: z.optional(z.string()),
  NextToken: z.optional(z.nullable(z.string())),
  Status: z.optional(z.string()),
  StatusReason: z.optional(z.nullable(z.string())),
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
  const { Status: status = 'CREATE_COMPLETE', StatusReason: why } = data;
  // CloudFormation calls it a failure, too, where there is nothing to change.
  const isEmpty =
    status === 'FAILED' && /didn't contain changes|No updates are to be performed/.test(why ?? '');
  if (!isEmpty && status !== 'CREATE_COMPLETE') {
    throw new InputError(
      `${file}: Status: the change set is ${status}${why ? ` (${why})` : ''}: describe it once it is CREATE_COMPLETE`,
    );
  }
  const own = /^arn:[^:]+:cloudformation:[^:]*:(\d{12}):/.exec(data.StackId ?? '')?.[1];
  const accountId = options.accountId ?? own;
  if (own !== undefined && accountId !== undefined && own !== accountId) {
    throw new InputError(isForOthers(file, [own], accountId));
  }
  const place = { ...options, accountId, stackName: data.StackName };
  const effects = data.Changes.flatMap(({ ResourceChange: change }) =>
    change !== undefined && bearsOnAccess(change.ResourceType) ? [effectOf(change, place)] : [],
  );
  return {
    format: 'CloudFormation change set',
    file,
    ...(accountId === undefined ? {} : { accountId }),
    partition,
    removed: effects.flatMap(({ removed }) => removed),
    added: effects.flatMap(({ added }) => added),
    unchanged: effects.flatMap(({ unchanged }) => unchanged),
    open: effects.flatMap(({ open }) => open),
    notes: [],
  };
}

type Effect = Pick<Planned, 'removed' | 'added' | 'unchanged' | 'open'>;

/** What the change of one resource does. */
function effectOf(change: ResourceChange, place: Place): Effect {
  const { Action, BeforeContext, AfterContext, PolicyAction = '' } = change;
  const before = Action === 'Add' ? undefined : resourceOf(change, BeforeContext, 'before', place);
  const after = Action === 'Remove' ? undefined : resourceOf(change, AfterContext, 'after', place);
  const lost = before === undefined ? [] : cfnDeclarations(before);
  // What is retained keeps its access, and nothing manages it any more.
  const stays = /Retain/.test(PolicyAction);
  const begins = Action === 'Add' || Action === 'Import';
  const isShown = (before !== undefined || begins) && (after !== undefined || Action === 'Remove');
  return {
    removed: stays ? [] : lost,
    unchanged: stays ? lost : [],
    added: after === undefined ? [] : cfnDeclarations(after),
    open: [...openOf(change, isShown), ...(after === undefined ? [] : cfnOpen(after))],
  };
}

const knownActions = ['Add', 'Modify', 'Remove', 'Import', 'Dynamic', 'SyncWithActual'];

/** What is not known of a change. */
function openOf({ Action, LogicalResourceId: id }: ResourceChange, isShown: boolean): Open[] {
  const reasons: string[] = [];
  if (!knownActions.includes(Action))
    reasons.push(`The change set does "${Action}" to ${id}, which is not known here`);
  if (!isShown)
    reasons.push(`The change set does not show what ${id} is: describe it with --include-property-values`);
  if (Action === 'Dynamic') reasons.push(`What becomes of ${id} is decided during the deployment`);
  return reasons.map((reason) => ({ source: { address: id }, reason }));
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
  place: Place,
): CfnResource | undefined {
  if (context === undefined) return undefined;
  const { file, accountId = '', partition } = place;
  const { LogicalResourceId: logicalId, PhysicalResourceId: physical, ResourceType: type } = change;
  const properties = propertiesOf(
    context,
    `${side === 'before' ? 'Before' : 'After'}Context of ${logicalId}`,
    change,
    file,
  );
  if (properties === undefined) return undefined;
  const isNew = side === 'after' && (change.Replacement === 'True' || change.Action === 'Add');
  const kept = isNew ? undefined : physical;
  const name = nameOf(properties, kept, place, logicalId);
  const path = typeof properties.Path === 'string' ? properties.Path : '/';
  const iam = `arn:${partition}:iam::${accountId}:`;
  const arn = kept?.startsWith('arn:') ? kept : `${iam}policy${path}${name}`;
  return { type, logicalId, name, arn, iam, properties, source: { address: logicalId, file }, isNew };
}

/** @throws {InputError} for a context that is not JSON, or no resource. */
function propertiesOf(
  context: string,
  called: string,
  { LogicalResourceId: logicalId }: ResourceChange,
  file: string,
): Properties | undefined {
  let parsed: Value;
  try {
    parsed = JSON.parse(context);
  } catch {
    throw new InputError(`${file}: ${called} is not JSON`);
  }
  const own = isProperties(parsed) ? (parsed.Properties ?? {}) : undefined;
  if (!isProperties(own)) throw new InputError(`${file}: ${called} has no mapping of properties`);
  const properties = withUnknowns(own, logicalId);
  return isProperties(properties) ? properties : undefined;
}

/** The name that the template gives, that the resource has, or that CloudFormation makes. */
function nameOf(
  { RoleName, UserName, GroupName, ManagedPolicyName }: Properties,
  physical: string | undefined,
  { stackName }: Place,
  logicalId: string,
): string {
  const given = RoleName ?? UserName ?? GroupName ?? ManagedPolicyName;
  if (typeof given === 'string') return given;
  // Of a managed policy the physical id is the ARN.
  if (physical !== undefined)
    return physical.startsWith('arn:') ? physical.slice(physical.lastIndexOf('/') + 1) : physical;
  return `${stackName ?? unknown('AWS::StackName')}-${logicalId}-${unknown(`${logicalId} name`)}`;
}

function withUnknowns(value: Value, name: string): Value {
  if (typeof value === 'string') return value.replaceAll(AFTER_APPLY, unknown(name));
  if (Array.isArray(value)) return value.map((item, index) => withUnknowns(item, `${name}[${index}]`));
  if (!isProperties(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withUnknowns(item, `${name}.${key}`)]),
  );
}
