import { namesakes } from './readings.ts';
import { markedTexts } from './secrets.ts';
import { Accounts, accountOf } from './terraform-accounts.ts';
import { declarationsOf, isRead } from './terraform-declarations.ts';
import type { Setting } from './terraform-names.ts';
import { parseTerraformPlan, type TerraformPlan } from './terraform-plan.ts';
import { References } from './terraform-references.ts';
import { type Resource, Resources } from './terraform-resources.ts';
import { noteConfigured, snapshotOf } from './terraform-role-policies.ts';
import { type Declaration, declarationKey, type Open, type Planned, type Source } from './types.ts';

export interface ReadOptions {
  /** The plan's own name, for messages. */
  readonly file: string;
  readonly accountId?: string | undefined;
  readonly partition?: string | undefined;
  /** The file and line where a resource is written, by its address. */
  readonly locate?: ((address: string) => Pick<Source, 'file' | 'line'> | undefined) | undefined;
}

/**
 * Reads `terraform show -json` of a plan, or OpenTofu's.
 *
 * @throws {InputError} naming the file and the key that is not as it should be.
 */
export function readTerraformPlan(value: unknown, options: ReadOptions): Planned {
  const { file, locate } = options;
  const plan = parseTerraformPlan(value, file);
  const references = new References(plan.configuration?.root_module);
  const resources = new Resources(plan, references);
  const accounts = new Accounts(resources.all, references);
  const accountId = accounts.chosen(file, options.accountId) ?? accountOf(plan);
  const setting: Setting = {
    resources,
    accountId,
    partition: options.partition ?? partitionOf(plan),
    sourceOf: ({ address }) => ({ address, ...locate?.(address) }),
  };
  for (const resource of resources.all) noteConfigured(resource, resources);

  const own = resources.all.filter((resource) => accounts.mayBeOf(resource, accountId));
  const effects = own.map((resource) => effectOf(resource, setting));
  const all = (part: 'removed' | 'added' | 'unchanged') => effects.flatMap((one) => one[part]);
  const owned = new Set([...all('removed'), ...all('added'), ...all('unchanged')].map(declarationKey));
  const snapshots = own.map((resource) => ({
    stays: meaningOf(resource.actions)?.endsRole !== true || outlivedBy(resource.type),
    shown: outlivedBy(resource.type)
      ? leftBehind(resource, owned, setting)
      : snapshotOf(resource, owned, setting.sourceOf(resource)),
  }));
  const shownOf = (stays: boolean) => snapshots.flatMap((one) => (one.stays === stays ? one.shown : []));
  const unchanged = [...all('unchanged'), ...shownOf(true)];
  const kept = new Set(unchanged.map(declarationKey));
  return {
    format: 'Terraform plan',
    file,
    ...(accountId === undefined ? {} : { accountId }),
    partition: setting.partition,
    // A deposed object may have the name of the one that stays.
    removed: [...all('removed'), ...shownOf(false)].filter((one) => !kept.has(declarationKey(one))),
    added: all('added'),
    unchanged,
    open: [
      ...openOf(plan, file),
      ...effects.flatMap(({ open }) => open),
      ...namesakes([...all('added'), ...unchanged]),
    ],
    notes: [],
    secrets: plan.resource_changes.filter(({ type }) => isRead(type)).flatMap(secretsOf),
  };
}

/** The texts of a resource that are marked as sensitive. */
function secretsOf({ change }: TerraformPlan['resource_changes'][number]): readonly string[] {
  return [
    ...markedTexts(change.before, change.before_sensitive),
    ...markedTexts(change.after, change.after_sensitive),
  ];
}

/** What the change of one resource does. */
function effectOf(
  resource: Resource,
  setting: Setting,
): Pick<Planned, 'removed' | 'added' | 'unchanged' | 'open'> {
  const nothing = { removed: [], added: [], unchanged: [] };
  if (!isRead(resource.type)) {
    return { ...nothing, open: [...guardrailChange(resource, setting), ...deploysMore(resource, setting)] };
  }
  const meaning = meaningOf(resource.actions);
  const { ends = false, begins = false } = meaning ?? {};
  const before = declarationsOf(resource, 'before', setting);
  const after = declarationsOf(resource, 'after', setting);
  const stays = !ends && (!begins || resource.actions.includes('forget'));
  // What it says may change with another resource: the boundary of a permission set.
  const changed = !ends && !begins && before.length > 0 && JSON.stringify(before) !== JSON.stringify(after);
  if (changed && after.length > 0) return { ...nothing, removed: before, added: after, open: [] };
  const reason = `The plan does "${resource.actions.join(', ')}" to ${resource.address}, which is not known here`;
  return {
    removed: ends && !(meaning?.endsRole === true && outlivedBy(resource.type)) ? before : [],
    added: begins ? after : [],
    unchanged: !stays ? [] : before.length > 0 ? before : after,
    open: meaning === undefined ? [{ source: setting.sourceOf(resource), reason }] : [],
  };
}

/** The provider deletes such a list without detaching what it names. */
const outlivedBy = (type: string): boolean => type.endsWith('_attachments_exclusive');

/** What the end of an exclusive list leaves attached, where no resource of its own owns it. */
function leftBehind(resource: Resource, owned: ReadonlySet<string>, setting: Setting): Declaration[] {
  if (meaningOf(resource.actions)?.endsRole !== true) return [];
  return declarationsOf(resource, 'before', setting).filter(
    (one) => one.is === 'attachment' && !owned.has(declarationKey(one)),
  );
}

/** What a change is to the object. */
interface Meaning {
  /** The object as it was is no more. */
  readonly ends?: boolean;
  /** The object as it will be is there. */
  readonly begins?: boolean;
  /** With everything that hung on it. */
  readonly endsRole?: boolean;
}

const meanings: Readonly<Record<string, Meaning>> = {
  'no-op': {},
  read: {},
  create: { begins: true },
  update: { ends: true, begins: true },
  delete: { ends: true, endsRole: true },
  'delete,create': { ends: true, begins: true, endsRole: true },
  'create,delete': { ends: true, begins: true, endsRole: true },
  // What is forgotten stays in AWS.
  forget: {},
  'create,forget': { begins: true },
  'forget,create': { begins: true },
};

const meaningOf = (actions: readonly string[]): Meaning | undefined => meanings[actions.join()];

function* openOf(plan: TerraformPlan, file: string): Generator<Open> {
  const source = { address: file };
  if (plan.errored === true)
    yield { source, reason: 'The plan ended with an error, so it does not show everything' };
  if (plan.complete === false) {
    yield {
      source,
      reason: 'The plan is not complete (-target, or deferred changes), so it does not show everything',
    };
  }
  for (const { reason, resource_change: change } of plan.deferred_changes) {
    if (change !== undefined && !/^aws_(iam|ssoadmin|organizations)_/.test(change.type)) continue;
    const address = change?.address ?? file;
    yield {
      source: { address },
      reason: `What becomes of ${address} is decided in a later plan (${reason})`,
    };
  }
  if (plan.action_invocations.length + plan.deferred_action_invocations.length > 0) {
    yield { source, reason: 'The plan runs Terraform actions, and what those do is not in it' };
  }
}

/** Resource types that deploy a template, which may declare anything. */
const deployers = new Set(
  `aws_cloudformation_stack aws_cloudformation_stack_set aws_cloudformation_stack_set_instance
  aws_cloudformation_stack_instances aws_serverlessapplicationrepository_cloudformation_stack
  aws_servicecatalog_provisioned_product awscc_cloudformation_stack awscc_cloudformation_stack_set
  awscc_servicecatalog_cloudformation_provisioned_product`.split(/\s+/),
);

function deploysMore(resource: Resource, setting: Setting): Open[] {
  if (!deployers.has(resource.type) || !changes(resource)) return [];
  const reason = `${resource.address} deploys a template, which is not seen here`;
  return [{ source: setting.sourceOf(resource), reason }];
}

const changes = ({ actions }: Resource): boolean =>
  actions.some((action) => action !== 'no-op' && action !== 'read');

function guardrailChange(resource: Resource, setting: Setting): Open[] {
  if (!/^aws_organizations_policy(_attachment)?$/.test(resource.type) || !changes(resource)) return [];
  const type = (resource.after ?? resource.before)?.type;
  if (typeof type === 'string' && type !== 'SERVICE_CONTROL_POLICY') return [];
  return [
    {
      source: setting.sourceOf(resource),
      reason: `${resource.address} changes what the organization lets the account do, and the guardrails given are those before it`,
      about: 'guardrails',
    },
  ];
}

function partitionOf(plan: TerraformPlan): string {
  return /arn:(aws(?:-[\w-]+)?):/.exec(JSON.stringify(plan.resource_changes))?.[1] ?? 'aws';
}
