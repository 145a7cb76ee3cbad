import { declarationsOf, isRead } from './terraform-declarations.ts';
import type { Setting } from './terraform-names.ts';
import { parseTerraformPlan, stateResources, type TerraformPlan } from './terraform-plan.ts';
import { References } from './terraform-references.ts';
import { type Resource, Resources } from './terraform-resources.ts';
import { noteConfigured, snapshotOf } from './terraform-role-policies.ts';
import { type Declaration, declarationKey, type Open, type Planned, type Source } from './types.ts';
import { hasUnknown } from './unknown.ts';

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
  const accountId = options.accountId ?? accountOf(plan);
  const setting: Setting = {
    resources,
    accountId,
    partition: options.partition ?? partitionOf(plan),
    sourceOf: ({ address }) => ({ address, ...locate?.(address) }),
  };
  for (const resource of resources.all) noteConfigured(resource, resources);

  const effects = resources.all.map((resource) => effectOf(resource, setting));
  const all = (part: 'removed' | 'added' | 'unchanged') => effects.flatMap((one) => one[part]);
  const owned = ownedBy([...all('removed'), ...all('added'), ...all('unchanged')]);
  const snapshots = resources.all.map((resource) => ({
    stays: meaningOf(resource.actions)?.endsRole !== true,
    shown: snapshotOf(resource, owned, setting.sourceOf(resource)),
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
    open: [...openOf(plan, file), ...effects.flatMap(({ open }) => open)],
    notes: [],
  };
}

/** What the change of one resource does. */
function effectOf(
  resource: Resource,
  setting: Setting,
): Pick<Planned, 'removed' | 'added' | 'unchanged' | 'open'> {
  const nothing = { removed: [], added: [], unchanged: [] };
  if (!isRead(resource.type)) return { ...nothing, open: guardrailChange(resource, setting) };
  const meaning = meaningOf(resource.actions);
  const { ends = false, begins = false } = meaning ?? {};
  const before = declarationsOf(resource, 'before', setting);
  const after = declarationsOf(resource, 'after', setting);
  const stays = !ends && (!begins || resource.actions.includes('forget'));
  const reason = `The plan does "${resource.actions.join(', ')}" to ${resource.address}, which is not known here`;
  return {
    removed: ends ? before : [],
    added: begins ? after : [],
    unchanged: !stays ? [] : before.length > 0 ? before : after,
    open: meaning === undefined ? [{ source: setting.sourceOf(resource), reason }] : [],
  };
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

function guardrailChange(resource: Resource, setting: Setting): Open[] {
  const changes = resource.actions.some((action) => action !== 'no-op' && action !== 'read');
  if (!/^aws_organizations_policy(_attachment)?$/.test(resource.type) || !changes) return [];
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

/** Inline policies and attachments of roles that resources of their own own. */
function ownedBy(declarations: readonly Declaration[]): Set<string> {
  const owned = new Set<string>();
  for (const one of declarations) {
    if (one.is === 'inline-policy' && one.of.kind === 'role') owned.add(`${one.of.name} inline ${one.name}`);
    if (one.is === 'attachment' && one.to.kind === 'role') owned.add(`${one.to.name} ${one.policyArn}`);
  }
  return owned;
}

/** The account that the plan's own values name: of its identities, its IAM ARNs, or of who made the plan. */
function accountOf(plan: TerraformPlan): string | undefined {
  return (
    accountOfIdentities(plan) ??
    accountOfArns(plan) ??
    accountOfCaller(plan) ??
    literalAccountOf(JSON.stringify(plan.resource_changes))
  );
}

function accountOfIdentities({ resource_changes }: TerraformPlan): string | undefined {
  return resource_changes
    .flatMap(({ change }) => [change.before_identity?.account_id, change.after_identity?.account_id])
    .find((account) => typeof account === 'string');
}

function accountOfArns({ resource_changes }: TerraformPlan): string | undefined {
  return resource_changes
    .filter(({ type }) => type.startsWith('aws_iam_'))
    .flatMap(({ change }) => [change.before?.arn, change.after?.arn])
    .map((arn) => (typeof arn === 'string' && !hasUnknown(arn) ? (arn.split(':')[4] ?? '') : ''))
    .find((account) => /^\d{12}$/.test(account));
}

function accountOfCaller({ prior_state }: TerraformPlan): string | undefined {
  return [...stateResources(prior_state?.values?.root_module)]
    .filter(({ type }) => type === 'aws_caller_identity')
    .map(({ values }) => values?.account_id)
    .find((account) => typeof account === 'string');
}

/**
 * The one account that ARNs in a text name: of Rekognition's resources, else of IAM's; undefined where there are several
 * or none.
 */
export function literalAccountOf(text: string): string | undefined {
  for (const service of ['rekognition', 'iam']) {
    const [only, ...more] = accountsIn(text, service);
    if (only !== undefined) return more.length === 0 ? only : undefined;
  }
  return undefined;
}

/** Accounts in the ARNs of a service. */
export function accountsIn(text: string, service: string): string[] {
  const arns = text.matchAll(new RegExp(`arn:aws[\\w-]*:${service}:[\\w*-]*:(\\d{12}):`, 'g'));
  return [...new Set([...arns].map(([, id = '']) => id))];
}

function partitionOf(plan: TerraformPlan): string {
  return /arn:(aws(?:-[\w-]+)?):/.exec(JSON.stringify(plan.resource_changes))?.[1] ?? 'aws';
}
